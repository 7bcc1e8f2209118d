-- E-mail domains that a tenant proved, and which tenant an address leads to. All of it goes with its tenant, so
-- purge_tenant need not know these tables.

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

do $$
declare name text;
begin
  foreach name in array array['domains']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
