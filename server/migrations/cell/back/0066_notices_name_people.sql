-- The way back from 0066_notices_name_people.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table mails drop column names;
alter table notices drop column names;
delete from migrations where name = '0066_notices_name_people.sql';
commit;
