-- E-mail domains that a tenant proved, and which tenant an address leads to; single sign-on that is required, and the
-- owners' way in beside it; who becomes an owner. All of it goes with its tenant, so purge_tenant need not know these
-- tables.

create table domains (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  -- In ASCII form (IDNA).
  name text not null,
  fingerprint bytea not null,
  status text not null default 'pending'
    constraint domains_status check (status in ('pending', 'verified', 'failing', 'released')),
  -- What the TXT record must hold: this tenant's own.
  challenge text not null,
  verified_at timestamptz,
  last_checked_at timestamptz,
  last_found_at timestamptz,
  last_outcome text
    constraint domains_last_outcome check (last_outcome in ('found', 'absent', 'other-value', 'unanswered')),
  -- When another tenant was last seen to prove it too.
  shared_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint domains_name unique (tenant_id, name)
);
create index domains_created on domains (tenant_id, created_at, id);

-- Which tenants of this cell proved a domain, by keyed fingerprint. The directory follows: rows that it has not heard of
-- are not published, and withdrawn ones go once it knows.
create table domain_index (
  fingerprint bytea not null,
  tenant_id uuid not null,
  state text not null constraint domain_index_state check (state in ('verified', 'withdrawn')),
  published_at timestamptz,
  primary key (fingerprint, tenant_id)
);
create index domain_index_unpublished on domain_index (tenant_id) where published_at is null;

-- Set while requiring single sign-on waits for an owner to try new emergency codes.
alter table tenants add column single_sign_on_suspended_at timestamptz;

-- One-time codes by which an owner gets in whatever else fails. They do not expire. Of an owner at most two sets: the one
-- in use, and a new one until it was tried in a drill.
create table emergency_codes (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  set_id uuid not null,
  code_hash bytea not null,
  created_at timestamptz not null default platform_time(),
  used_at timestamptz,
  used_for text constraint emergency_codes_used_for check (used_for in ('drill', 'sign-in')),
  primary key (tenant_id, id),
  constraint emergency_codes_hash unique (tenant_id, code_hash),
  constraint emergency_codes_account foreign key (tenant_id, account_id) references accounts (tenant_id, id)
    on delete cascade
);
create index emergency_codes_of_account on emergency_codes (tenant_id, account_id, set_id);

-- An owner names another account, whose person accepts.
create table ownership_transfers (
  tenant_id uuid not null,
  id uuid not null,
  from_account_id uuid not null,
  to_account_id uuid not null,
  stays_owner boolean not null,
  state text not null default 'waiting'
    constraint ownership_transfers_state check (state in ('waiting', 'accepted', 'declined', 'cancelled')),
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  version integer not null default 1,
  primary key (tenant_id, id),
  constraint ownership_transfers_from foreign key (tenant_id, from_account_id) references accounts (tenant_id, id)
    on delete cascade,
  constraint ownership_transfers_to foreign key (tenant_id, to_account_id) references accounts (tenant_id, id)
    on delete cascade
);
create index ownership_transfers_newest on ownership_transfers (tenant_id, created_at, id);
create index ownership_transfers_of_giver on ownership_transfers (tenant_id, from_account_id);
create index ownership_transfers_of_taker on ownership_transfers (tenant_id, to_account_id);

-- The operator lets somebody in as an owner, after the owners had 72 hours to say no.
create table ownership_recoveries (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  email text not null,
  email_canonical text not null,
  first_name text not null,
  last_name text not null,
  state text not null default 'waiting'
    constraint ownership_recoveries_state check (state in ('waiting', 'done', 'cancelled', 'failed')),
  due_at timestamptz not null,
  created_at timestamptz not null default platform_time(),
  decided_at timestamptz,
  decided_by uuid,
  account_id uuid,
  version integer not null default 1,
  primary key (tenant_id, id)
);
create unique index ownership_recoveries_waiting on ownership_recoveries (tenant_id) where state = 'waiting';
create index ownership_recoveries_newest on ownership_recoveries (tenant_id, created_at, id);

do $$
declare name text;
begin
  foreach name in array array['domains', 'emergency_codes', 'ownership_transfers', 'ownership_recoveries']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
