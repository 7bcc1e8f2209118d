-- The way back from 0051_device_requests_session.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table device_requests drop constraint device_requests_session;
alter table device_requests drop column session_id;
delete from migrations where name = '0051_device_requests_session.sql';
commit;
