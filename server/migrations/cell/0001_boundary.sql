-- One cell of a region. Every tenant table carries tenant_id, row security enabled and forced, and composite keys;
-- the loop at the end of this file does it for all of them, and a schema test proves it on the migrated database.

-- The tenant of the unit of work; null outside one, so that no row is seen and none is written.
create function current_tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('bailiwick.tenant', true), '')::uuid;

-- The time by which everything is judged: the real time at which the statement came. Test databases replace it to shift
-- the clock.
create function platform_time() returns timestamptz language sql stable parallel safe
  return statement_timestamp();

-- ---------------------------------------------------------------- tenant tables

create table tenants (
  tenant_id uuid primary key,
  name text not null,
  display_name text not null,
  legal_name text not null,
  type text not null constraint tenants_type check (type in ('customer', 'partner')),
  region text not null,
  status text not null default 'active'
    constraint tenants_status check (status in ('active', 'read-only', 'suspended', 'closing', 'closed')),
  company_id text,
  tax_id text,
  country text not null,
  phone text,
  support_domain text,
  support_id text,
  partner_tenant_id uuid,
  parent_tenant_id uuid,
  primary_address jsonb,
  billing_address jsonb,
  namespace_regions text[] not null,
  account_enabling text not null default 'automatic'
    constraint tenants_account_enabling check (account_enabling in ('automatic', 'administrator')),
  closes_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  updated_at timestamptz not null default platform_time(),
  updated_by uuid
);

-- The tenant's data key, wrapped by the region's master key. Deleting the row makes every secret and every personal
-- part of the audit unreadable.
create table data_keys (
  tenant_id uuid primary key references tenants,
  wrapped bytea not null
);

-- One key a person: erasing it erases the person from the audit while its chain still verifies.
create table subject_keys (
  tenant_id uuid not null references tenants,
  subject_id uuid not null,
  wrapped bytea not null,
  primary key (tenant_id, subject_id)
);

create table principals (
  tenant_id uuid not null references tenants,
  id uuid not null,
  kind text not null constraint principals_kind check (kind in ('account', 'service-account', 'guest')),
  created_at timestamptz not null default platform_time(),
  primary key (tenant_id, id)
);

create table accounts (
  tenant_id uuid not null,
  id uuid not null,
  email text not null,
  email_canonical text not null,
  username text not null,
  username_canonical text not null,
  first_name text not null,
  last_name text not null,
  display_name text not null,
  mobile_phone text,
  status text not null default 'new' constraint accounts_status check (status in ('new', 'enabled', 'disabled')),
  source text not null default 'local' constraint accounts_source check (source in ('local', 'scim')),
  verified_at timestamptz,
  last_sign_in_at timestamptz,
  deleted_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint accounts_principal foreign key (tenant_id, id) references principals (tenant_id, id)
);
create unique index accounts_email on accounts (tenant_id, email_canonical) where deleted_at is null;
create unique index accounts_username on accounts (tenant_id, username_canonical) where deleted_at is null;
create index accounts_created on accounts (tenant_id, created_at, id);

create table passwords (
  tenant_id uuid not null,
  account_id uuid not null,
  hash text not null,
  changed_at timestamptz not null default platform_time(),
  primary key (tenant_id, account_id),
  constraint passwords_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);

create table service_accounts (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  name_canonical text not null,
  description text not null default '',
  status text not null default 'enabled'
    constraint service_accounts_status check (status in ('enabled', 'disabled')),
  deleted_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint service_accounts_principal foreign key (tenant_id, id) references principals (tenant_id, id)
);
create unique index service_accounts_name on service_accounts (tenant_id, name_canonical) where deleted_at is null;
create index service_accounts_created on service_accounts (tenant_id, created_at, id);

-- An account of another tenant let into a group of this one: ids only, no copy of the person.
create table guests (
  tenant_id uuid not null,
  id uuid not null,
  home_tenant_id uuid not null,
  home_region text not null,
  home_account_id uuid not null,
  created_at timestamptz not null default platform_time(),
  primary key (tenant_id, id),
  constraint guests_home unique (tenant_id, home_tenant_id, home_account_id),
  constraint guests_principal foreign key (tenant_id, id) references principals (tenant_id, id)
);

-- The home side of a guest: where an account of this tenant is let in.
create table visits (
  tenant_id uuid not null,
  account_id uuid not null,
  visited_tenant_id uuid not null,
  visited_region text not null,
  primary key (tenant_id, account_id, visited_tenant_id),
  constraint visits_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);

create table groups (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null,
  name_canonical text not null,
  description text not null default '',
  status text not null default 'enabled' constraint groups_status check (status in ('enabled', 'disabled')),
  source text not null default 'local' constraint groups_source check (source in ('local', 'scim', 'imported')),
  is_owner_group boolean not null default false,
  owner_id uuid,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint groups_name unique (tenant_id, name_canonical)
);
create unique index groups_owner_group on groups (tenant_id) where is_owner_group;
create index groups_created on groups (tenant_id, created_at, id);

create table memberships (
  tenant_id uuid not null,
  group_id uuid not null,
  principal_id uuid not null,
  added_at timestamptz not null default platform_time(),
  added_by uuid,
  primary key (tenant_id, group_id, principal_id),
  constraint memberships_group foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade,
  constraint memberships_principal foreign key (tenant_id, principal_id) references principals (tenant_id, id)
);
create index memberships_of_principal on memberships (tenant_id, principal_id, group_id);

create table namespaces (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null,
  name_canonical text not null,
  description text not null default '',
  region text not null,
  deleted_at timestamptz,
  restorable_until timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint namespaces_name unique (tenant_id, name_canonical)
);
create index namespaces_created on namespaces (tenant_id, created_at, id);

create table grants (
  tenant_id uuid not null,
  group_id uuid not null,
  permission text not null,
  namespace_id uuid,
  granted_at timestamptz not null default platform_time(),
  constraint grants_once unique nulls not distinct (tenant_id, group_id, permission, namespace_id),
  constraint grants_group foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade,
  constraint grants_namespace foreign key (tenant_id, namespace_id) references namespaces (tenant_id, id) on delete cascade
);

-- Every issued credential: service-account keys (sa), provisioning tokens (pt), service keys (sk), agent keys (ak).
-- Only a hash, or for an agent key only its public half, is stored.
create table credentials (
  tenant_id uuid not null references tenants,
  id uuid not null,
  kind text not null constraint credentials_kind check (kind in ('sa', 'pt', 'sk', 'ak')),
  name text not null,
  principal_id uuid,
  namespace_id uuid,
  secret_hash bytea,
  public_key bytea,
  last_four text not null,
  expires_at timestamptz,
  ends_at timestamptz,
  successor_id uuid,
  last_used_at timestamptz,
  paused_at timestamptz,
  revoked_at timestamptz,
  noticed_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint credentials_hash unique (tenant_id, secret_hash),
  constraint credentials_holder check (
    case kind when 'sa' then principal_id is not null and namespace_id is null
              when 'pt' then principal_id is null and namespace_id is null
              else principal_id is null and namespace_id is not null end),
  constraint credentials_proof check ((kind = 'ak') = (public_key is not null) and (kind = 'ak') = (secret_hash is null)),
  constraint credentials_principal foreign key (tenant_id, principal_id) references service_accounts (tenant_id, id),
  constraint credentials_namespace foreign key (tenant_id, namespace_id) references namespaces (tenant_id, id)
    on delete cascade,
  constraint credentials_successor foreign key (tenant_id, successor_id) references credentials (tenant_id, id)
);
create index credentials_of_kind on credentials (tenant_id, kind, created_at, id);
create index credentials_of_principal on credentials (tenant_id, principal_id) where principal_id is not null;
create index credentials_of_namespace on credentials (tenant_id, namespace_id) where namespace_id is not null;
create index credentials_of_successor on credentials (tenant_id, successor_id) where successor_id is not null;

create table sessions (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  secret_hash bytea not null,
  source_address text,
  user_agent text,
  created_at timestamptz not null default platform_time(),
  last_seen_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  constraint sessions_hash unique (tenant_id, secret_hash),
  constraint sessions_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index sessions_of_account on sessions (tenant_id, account_id, created_at);

-- Somebody who asked for a tenant; tenant_id is the id that the tenant will have.
create table registrations (
  tenant_id uuid not null,
  id uuid not null,
  email text not null,
  email_canonical text not null,
  full_name text not null,
  mobile_phone text not null,
  created_at timestamptz not null default platform_time(),
  completed_at timestamptz,
  primary key (tenant_id, id)
);

-- Single-use links in mails. Only a hash is stored.
create table links (
  tenant_id uuid not null,
  id uuid not null,
  purpose text not null constraint links_purpose check (purpose in ('registration', 'invitation', 'setup')),
  account_id uuid,
  registration_id uuid,
  secret_hash bytea not null,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  consumed_at timestamptz,
  primary key (tenant_id, id),
  constraint links_hash unique (tenant_id, secret_hash),
  constraint links_account foreign key (tenant_id, account_id) references accounts (tenant_id, id),
  constraint links_registration foreign key (tenant_id, registration_id) references registrations (tenant_id, id)
);
create index links_of_account on links (tenant_id, account_id, created_at);

-- The server inserts and reads; it has no right to update or delete (see the grants at the end).
create table audit_entries (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null default platform_time(),
  actor_kind text not null,
  actor_id uuid,
  on_behalf_of uuid,
  credential_id uuid,
  door text not null,
  action text not null,
  target_kind text not null,
  target_id uuid,
  target_name text,
  outcome text not null constraint audit_entries_outcome check (outcome in ('success', 'refused')),
  changes jsonb,
  subject_id uuid,
  personal bytea,
  content_hash bytea not null,
  request_id text not null,
  source_address text,
  transaction_id xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, id)
);
create index audit_entries_newest on audit_entries (tenant_id, at, id) include (outcome);
create index audit_entries_of_target on audit_entries (tenant_id, target_id, at);
create index audit_entries_of_actor on audit_entries (tenant_id, actor_id, at);
create index audit_entries_of_action on audit_entries (tenant_id, action, at);
create index audit_entries_of_request on audit_entries (tenant_id, request_id);

create table notices (
  tenant_id uuid not null references tenants,
  id uuid not null,
  kind text not null,
  audience text not null constraint notices_audience check (audience in ('owners', 'account')),
  account_id uuid,
  target_kind text,
  target_id uuid,
  text text not null,
  created_at timestamptz not null default platform_time(),
  primary key (tenant_id, id),
  constraint notices_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
);
create index notices_newest on notices (tenant_id, created_at, id);

create table notice_reads (
  tenant_id uuid not null,
  notice_id uuid not null,
  principal_id uuid not null,
  read_at timestamptz not null default platform_time(),
  primary key (tenant_id, notice_id, principal_id),
  constraint notice_reads_notice foreign key (tenant_id, notice_id) references notices (tenant_id, id),
  constraint notice_reads_principal foreign key (tenant_id, principal_id) references principals (tenant_id, id)
);

create table mails (
  tenant_id uuid not null,
  id uuid not null,
  recipient text not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null default platform_time(),
  sent_at timestamptz,
  primary key (tenant_id, id)
);

create table tasks (
  tenant_id uuid not null references tenants,
  id uuid not null,
  kind text not null,
  state text not null default 'waiting'
    constraint tasks_state check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  done integer not null default 0,
  total integer,
  parameters jsonb not null,
  result jsonb,
  request_id text not null,
  created_at timestamptz not null default platform_time(),
  created_by uuid not null,
  finished_at timestamptz,
  version integer not null default 1,
  primary key (tenant_id, id),
  constraint tasks_principal foreign key (tenant_id, created_by) references principals (tenant_id, id)
);
create index tasks_newest on tasks (tenant_id, created_at, id);

create table task_chunks (
  tenant_id uuid not null,
  task_id uuid not null,
  position integer not null,
  bytes bytea not null,
  primary key (tenant_id, task_id, position),
  constraint task_chunks_task foreign key (tenant_id, task_id) references tasks (tenant_id, id) on delete cascade
);

-- What a due job needs to know; due_jobs says only that there is one.
create table jobs (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null,
  payload jsonb not null,
  request_id text not null,
  created_at timestamptz not null default platform_time(),
  primary key (tenant_id, id)
);

create table idempotency_records (
  tenant_id uuid not null references tenants,
  actor_id uuid not null,
  route text not null,
  key_hash bytea not null,
  body_hash bytea not null,
  status integer,
  object_id uuid,
  created_at timestamptz not null default platform_time(),
  primary key (tenant_id, actor_id, route, key_hash)
);
create index idempotency_records_age on idempotency_records (tenant_id, created_at);

-- Nonces of signed agent requests (RFC 9421), kept for the ten minutes in which a signature could be replayed.
create table nonces (
  tenant_id uuid not null,
  credential_id uuid not null,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (tenant_id, credential_id, nonce),
  constraint nonces_credential foreign key (tenant_id, credential_id) references credentials (tenant_id, id)
    on delete cascade
);

-- Refusals of a principal in a minute: the first 60 are entries of their own, the rest one summary.
create table refusal_counts (
  tenant_id uuid not null,
  principal_id uuid not null,
  minute timestamptz not null,
  count integer not null,
  primary key (tenant_id, principal_id, minute)
);

-- ---------------------------------------------------------------- platform tables: ids and keyed fingerprints only

-- Which cell of this region a tenant lives in (home cell only).
create table placements (
  tenant_id uuid primary key,
  cell integer not null,
  created_at timestamptz not null default platform_time()
);

-- What the operator may see of this cell's tenants.
create table tenant_index (
  tenant_id uuid primary key,
  status text not null,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create index tenant_index_created on tenant_index (created_at, tenant_id);
create index tenant_index_status on tenant_index (status, created_at, tenant_id);

-- Which accounts of this cell an e-mail address may open, by keyed fingerprint.
create table sign_in_index (
  fingerprint bytea not null,
  tenant_id uuid not null,
  account_id uuid not null,
  last_used_at timestamptz not null default platform_time(),
  primary key (tenant_id, account_id)
);
create index sign_in_index_lookup on sign_in_index (fingerprint, last_used_at);

-- Failed guesses by keyed fingerprint of what was guessed at and from where; kept 24 hours.
create table guesses (
  fingerprint bytea not null,
  period timestamptz not null,
  count integer not null,
  primary key (fingerprint, period)
);
create index guesses_age on guesses (period);

create table quota_blocks (
  tenant_id uuid not null,
  period timestamptz not null,
  used integer not null,
  primary key (tenant_id, period)
);
create index quota_blocks_age on quota_blocks (period);

create table due_jobs (
  id uuid primary key,
  tenant_id uuid not null,
  kind text not null,
  due_at timestamptz not null default platform_time(),
  attempts integer not null default 0
);
create index due_jobs_due on due_jobs (due_at);

-- Mails kept for the operator to read because no mail server is set.
create table outbox (
  id uuid primary key,
  tenant_id uuid not null,
  created_at timestamptz not null default platform_time()
);
create index outbox_newest on outbox (created_at, id);

-- What the operator did, in ids only.
create table operator_entries (
  id uuid primary key,
  at timestamptz not null default platform_time(),
  action text not null,
  tenant_id uuid,
  outcome text not null,
  request_id text not null
);

create table operator_requests (
  key_fingerprint bytea primary key,
  body_fingerprint bytea not null,
  tenant_id uuid not null,
  created_at timestamptz not null default platform_time()
);

-- ---------------------------------------------------------------- isolation

do $$
declare name text;
begin
  for name in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and c.relname not in ('placements', 'tenant_index', 'sign_in_index', 'quota_blocks', 'due_jobs', 'outbox',
                            'operator_entries', 'operator_requests')
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;

-- Takes a closed tenant's rows away for good: the one way in which audit entries are deleted, and only for the tenant
-- of the transaction, and only when it is closed.
create function purge_tenant() returns void language plpgsql security definer set search_path = public, pg_temp as $$
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
revoke execute on function purge_tenant() from public;
