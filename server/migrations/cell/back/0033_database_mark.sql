-- The way back from 0033_database_mark.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table database_mark;
delete from migrations where name = '0033_database_mark.sql';
commit;
