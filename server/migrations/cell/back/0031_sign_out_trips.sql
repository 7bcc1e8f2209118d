-- The way back from 0031_sign_out_trips.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
delete from sign_in_trips where purpose = 'sign-out';
alter table sign_in_trips drop constraint sign_in_trips_purpose;
alter table sign_in_trips add constraint sign_in_trips_purpose
  check (purpose in ('sign-in', 'test', 'link', 'step-up', 'drill'));
delete from migrations where name = '0031_sign_out_trips.sql';
commit;
