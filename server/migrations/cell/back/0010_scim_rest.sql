-- The way back from 0010_scim_rest.sql, as the owner of the tables. What provisioning was refused because of local
-- groups is lost.

begin;
lock table migrations in exclusive mode;
drop table quota_shares;
alter table tenants drop column guard_open_until;
-- Forced row security hides every tenant's rows from the owner too.
alter table provisioning_holds no force row level security;
delete from provisioning_holds where account_id is null;
alter table provisioning_holds force row level security;
alter table provisioning_holds
  drop column group_id,
  drop column asked_for,
  drop column taken_name,
  drop column taken_email,
  alter column account_id set not null;
delete from migrations where name = '0010_scim_rest.sql';
commit;
