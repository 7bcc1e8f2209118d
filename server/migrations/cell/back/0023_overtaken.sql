-- The way back from 0023_overtaken.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop function overtaken();
delete from migrations where name = '0023_overtaken.sql';
commit;
