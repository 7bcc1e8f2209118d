-- The way back from 0006_sign_in.sql, as the owner of the tables. Second factors, and who is in the middle of a sign-in,
-- are lost: with an older version passwords alone open again.

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
    'audit_entries', 'visits', 'subject_keys', 'data_keys', 'account_emails', 'provisioning_holds',
    'provisioning_calls']
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

-- Forced row security hides every tenant's rows from the owner too.
alter table links no force row level security;
delete from links where purpose in ('password-reset', 'sign-in');
alter table links force row level security;
alter table links drop constraint links_purpose;
alter table links add constraint links_purpose check (purpose in ('registration', 'invitation', 'setup'));

drop table devices, spent_challenges, unfinished_sign_ins, recovery_codes, factors;
drop index sessions_of_provider;
alter table sessions
  drop column method,
  drop column identity_provider_id,
  drop column proved_at,
  drop column proved_by,
  drop column second_factor_at;
alter table passwords drop column stands_alone;
alter table tenants
  drop column second_factor,
  drop column session_hours,
  drop column idle_minutes,
  drop column allowed_networks,
  drop column networks_hold_for_provisioning,
  drop column sign_in_label,
  drop column single_sign_on;

delete from migrations where name = '0006_sign_in.sql';
commit;
