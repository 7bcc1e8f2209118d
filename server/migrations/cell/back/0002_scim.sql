-- The way back from 0002_scim.sql, as the owner of the tables. Accounts and groups of provisioning stay; those without an
-- address get one that leads nowhere. Their attributes, what was refused and what provisioning did lately are lost.

begin;
lock table migrations in exclusive mode;

create or replace function purge_tenant() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare name text;
begin
  if not exists (select from tenants where tenant_id = current_tenant() and status = 'closed') then
    raise exception 'purge_tenant: the tenant is not closed';
  end if;
  foreach name in array array['task_chunks', 'tasks', 'jobs', 'nonces', 'refusal_counts', 'idempotency_records',
    'notice_reads', 'notices', 'mails', 'links', 'registrations', 'sessions', 'passwords', 'grants', 'memberships',
    'audit_entries', 'visits', 'subject_keys', 'data_keys']
  loop
    execute format('delete from %I where tenant_id = current_tenant()', name);
  end loop;
  update credentials set successor_id = null where tenant_id = current_tenant();
  foreach name in array array['credentials', 'namespaces', 'groups', 'guests', 'service_accounts', 'accounts', 'principals']
  loop
    execute format('delete from %I where tenant_id = current_tenant()', name);
  end loop;
  delete from sign_in_index where tenant_id = current_tenant();
  delete from tenants where tenant_id = current_tenant();
end $$;

drop table provisioning_calls, provisioning_holds, account_emails;
alter table groups drop column external_id;
drop index groups_scim;
drop index accounts_scim;
alter table accounts
  drop constraint accounts_of_source,
  drop column username_folded,
  drop column external_id,
  drop column attributes,
  drop column removed_at;
-- Forced row security hides every tenant's rows from the owner too.
alter table accounts no force row level security;
update accounts set email = id || '@address.invalid', email_canonical = id || '@address.invalid' where email is null;
alter table accounts force row level security;
alter table accounts alter column email set not null, alter column email_canonical set not null;
alter table tenants drop column provisioning, drop column guard_percent, drop column undo_days;

delete from migrations where name = '0002_scim.sql';
commit;
