-- The way back from 0108_left_out.sql, as the owner of the tables. How many transactions each program was told are left out is lost.

begin;
lock table migrations in exclusive mode;
alter table agent_reports drop column records_left_out;
delete from migrations where name = '0108_left_out.sql';
commit;
