-- The way back from 0102_held_apart.sql, as the owner of the tables. What provisioning was refused of changes of
-- credentials is lost: it waits anew with the next attempt.

begin;
lock table migrations in exclusive mode;
-- Forced row security hides every tenant's rows from the owner too.
alter table provisioning_holds no force row level security;
delete from provisioning_holds where kind = 'credentials';
alter table provisioning_holds force row level security;
alter table provisioning_holds
  drop column token_id,
  drop column let_through,
  drop column told_at;
delete from migrations where name = '0102_held_apart.sql';
commit;
