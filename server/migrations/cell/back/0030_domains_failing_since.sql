-- The way back from 0030_domains_failing_since.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table domains drop column failing_since;
delete from migrations where name = '0030_domains_failing_since.sql';
commit;
