-- The way back from 0012_device_requests.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop table device_requests;
delete from migrations where name = '0012_device_requests.sql';
commit;
