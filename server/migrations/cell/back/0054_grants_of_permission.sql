-- The way back from 0054_grants_of_permission.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index grants_of_permission;
delete from migrations where name = '0054_grants_of_permission.sql';
commit;
