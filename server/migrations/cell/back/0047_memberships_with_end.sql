-- The way back from 0047_memberships_with_end.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index memberships_with_end;
delete from migrations where name = '0047_memberships_with_end.sql';
commit;
