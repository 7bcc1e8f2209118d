-- Whom the text of a notice or a mail names, or who its recipient is: what is taken away when that person is erased.
alter table notices add column names uuid[] not null default '{}';
alter table mails add column names uuid[] not null default '{}';
