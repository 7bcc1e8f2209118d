-- E-mail domains that a tenant proved, and which tenant an address leads to.

create table domains (
  tenant_id uuid not null references tenants,
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

-- Takes a closed tenant's rows away for good, of every table that has row security: those first to which nothing
-- refers. A new table needs no line here.
create or replace function purge_tenant() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare name text;
begin
  if not exists (select from tenants where tenant_id = current_tenant() and status = 'closed') then
    raise exception 'purge_tenant: the tenant is not closed';
  end if;
  delete from sign_in_index where tenant_id = current_tenant();
  for name in
    with recursive tables as (
      select oid, relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and relforcerowsecurity),
    depths as (
      select oid, 0 as depth from tables
      union
      select conrelid, depth + 1 from depths join pg_constraint on confrelid = depths.oid and contype = 'f' and conrelid <> confrelid
      where depth < 20)
    select relname from tables join depths using (oid) group by relname order by max(depth) desc, relname
  loop
    execute format('delete from %I where tenant_id = current_tenant()', name);
  end loop;
end $$;
