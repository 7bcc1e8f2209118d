-- The way back from 0076_protected_namespaces.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table namespaces drop column protection;
delete from migrations where name = '0076_protected_namespaces.sql';
commit;
