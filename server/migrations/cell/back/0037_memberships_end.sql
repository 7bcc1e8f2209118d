-- The way back from 0037_memberships_end.sql, as the owner of the tables. What was to end stays.

begin;
lock table migrations in exclusive mode;
alter table memberships drop column ends_at;
delete from migrations where name = '0037_memberships_end.sql';
commit;
