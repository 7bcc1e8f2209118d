-- The way back from 0005_accounts.sql, as the owner of the tables. Changes of address that wait for their link are lost.

begin;
lock table migrations in exclusive mode;

drop table email_changes, account_words;
drop index accounts_without_words, accounts_display_name, accounts_deleted;
alter table accounts drop column has_words, drop column erased_at;

delete from migrations where name = '0005_accounts.sql';
commit;
