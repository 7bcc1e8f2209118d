-- The way back from 0034_guests.sql, as the owner of the tables. Guests that were let in are over.

begin;
lock table migrations in exclusive mode;
drop table shown_tenants, guest_invitations;
delete from visits;
alter table visits drop column id, drop column created_at;
delete from memberships where principal_id in (select id from guests);
delete from guests;
drop index guests_created;
alter table guests drop column invited_by, drop column ended_at;
delete from migrations where name = '0034_guests.sql';
commit;
