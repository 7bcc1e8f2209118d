-- The way back from 0101_looks_go_on.sql, as the owner of the tables. Looks that are to come stay.

begin;
lock table migrations in exclusive mode;
delete from migrations where name = '0101_looks_go_on.sql';
commit;
