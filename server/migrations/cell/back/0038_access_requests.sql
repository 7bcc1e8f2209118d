-- The way back from 0038_access_requests.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table access_requests;
delete from migrations where name = '0038_access_requests.sql';
commit;
