-- The way back from 0094_languages.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table mails drop column language;
alter table tenants drop column language;
alter table accounts drop column language;
delete from migrations where name = '0094_languages.sql';
commit;
