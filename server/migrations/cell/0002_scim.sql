-- Provisioning (SCIM): what a provisioned account and group have beyond local ones, what provisioning was refused, and
-- what it did lately. Folded texts compare byte by byte (collate "C"), so that prefixes find by index.

alter table tenants
  add column provisioning text not null default 'on'
    constraint tenants_provisioning check (provisioning in ('on', 'paused', 'off')),
  add column guard_percent integer not null default 20
    constraint tenants_guard_percent check (guard_percent between 1 and 100),
  add column undo_days integer not null default 30
    constraint tenants_undo_days check (undo_days between 1 and 365);

alter table accounts
  alter column email drop not null,
  alter column email_canonical drop not null,
  add column username_folded text collate "C",
  add column external_id text collate "C",
  add column attributes jsonb,
  add column removed_at timestamptz,
  add constraint accounts_of_source check (
    case source when 'scim' then username_folded is not null and attributes is not null
                else email is not null and email_canonical is not null end);
create index accounts_scim on accounts (tenant_id, id) where source = 'scim' and deleted_at is null;
create index accounts_scim_username on accounts (tenant_id, username_folded, id)
  where source = 'scim' and deleted_at is null;
create index accounts_scim_external on accounts (tenant_id, external_id, id)
  where source = 'scim' and deleted_at is null and external_id is not null;
create index accounts_removed on accounts (tenant_id, removed_at) where removed_at is not null;

-- E-mail addresses of a provisioned account beyond the one in accounts.email_canonical, folded, to be found by.
create table account_emails (
  tenant_id uuid not null,
  account_id uuid not null,
  value text collate "C" not null,
  primary key (tenant_id, account_id, value),
  constraint account_emails_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index account_emails_value on account_emails (tenant_id, value, account_id);

alter table groups add column external_id text collate "C";
create index groups_scim on groups (tenant_id, id) where source = 'scim';
create index groups_scim_external on groups (tenant_id, external_id, id)
  where source = 'scim' and external_id is not null;

-- What provisioning was refused and an administrator may let through.
create table provisioning_holds (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null constraint provisioning_holds_kind check (kind in ('clash', 'deactivation', 'deletion')),
  account_id uuid not null,
  user_name text not null,
  external_id text collate "C",
  at timestamptz not null default platform_time(),
  attempts integer not null default 1,
  decided_at timestamptz,
  decided_by uuid,
  allowed_until timestamptz,
  primary key (tenant_id, id),
  constraint provisioning_holds_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index provisioning_holds_newest on provisioning_holds (tenant_id, at, id);
create index provisioning_holds_of_account on provisioning_holds (tenant_id, account_id);
-- Of retries one row: they count up the attempts.
create unique index provisioning_holds_open on provisioning_holds (tenant_id, account_id, kind) where decided_at is null;

-- One row for each SCIM request, written beside the requests.
create table provisioning_calls (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  token_id uuid,
  method text not null,
  resource text not null,
  target_key text,
  status integer not null,
  scim_type text,
  detail text,
  duration_ms integer not null,
  request_id text not null,
  primary key (tenant_id, id)
);
create index provisioning_calls_newest on provisioning_calls (tenant_id, at, id);
create index provisioning_calls_of_target on provisioning_calls (tenant_id, target_key, at);

do $$
declare name text;
begin
  foreach name in array array['account_emails', 'provisioning_holds', 'provisioning_calls']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;

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
