-- The way back from 0096_held_credentials.sql, as the owner of the tables. What provisioning was refused of changes of
-- credentials is lost.

begin;
lock table migrations in exclusive mode;
-- Forced row security hides every tenant's rows from the owner too.
alter table provisioning_holds no force row level security;
delete from provisioning_holds where kind = 'credentials';
alter table provisioning_holds force row level security;
alter table provisioning_holds
  drop constraint provisioning_holds_changes,
  drop constraint provisioning_holds_kind,
  drop column changes,
  drop column email,
  drop column settled_at,
  add constraint provisioning_holds_kind check (kind in ('clash', 'deactivation', 'deletion'));
delete from migrations where name = '0096_held_credentials.sql';
commit;
