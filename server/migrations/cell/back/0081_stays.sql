-- The way back from 0081_stays.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table visits drop column stay;
alter table guests drop column stay;
delete from migrations where name = '0081_stays.sql';
commit;
