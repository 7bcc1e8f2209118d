-- The way back from 0029_logos.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table logos;
delete from migrations where name = '0029_logos.sql';
commit;
