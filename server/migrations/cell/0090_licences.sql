-- What the operator offers, what tenants may use by it or by a file of the vendor's, and who is billed.

-- Of no tenant. It lies in the region's home cell: what is offered follows the region, and is there while the directory
-- is away.
create table products (
  id uuid primary key,
  code text not null constraint products_code unique,
  name text not null,
  description text not null,
  is_offered boolean not null,
  -- What `ProductTier` says, a list.
  tiers jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  updated_at timestamptz not null default platform_time()
);

create table licences (
  tenant_id uuid not null references tenants,
  id uuid not null,
  name text not null,
  source text not null constraint licences_source check (source in ('catalogue', 'file')),
  legacy_key text,
  -- Of a file: who signed it, the number of the licence there, the key, and how long the file may be used.
  issuer text,
  file_number text,
  key_id text,
  issued_at timestamptz,
  file_ends_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, id),
  constraint licences_file unique (tenant_id, issuer, file_number)
);
create index licences_created on licences (tenant_id, created_at, id);

-- The newest file of each licence, also of one that is deleted: an older one is not taken again.
create table licence_files (
  tenant_id uuid not null references tenants,
  issuer text not null,
  file_number text not null,
  issued_at timestamptz not null,
  hash bytea not null,
  primary key (tenant_id, issuer, file_number)
);

create table subscriptions (
  tenant_id uuid not null,
  id uuid not null,
  licence_id uuid not null,
  number text not null,
  active_from timestamptz not null,
  active_through timestamptz not null,
  auto_renew boolean not null,
  renewal_frequency text not null
    constraint subscriptions_renewal_frequency check (renewal_frequency in ('month', 'quarter', 'year')),
  -- What `SubscriptionTier` says, a list: as it was when it was added, whatever is offered later.
  tiers jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, id),
  constraint subscriptions_number unique (tenant_id, licence_id, number),
  constraint subscriptions_licence foreign key (tenant_id, licence_id) references licences (tenant_id, id) on delete cascade,
  constraint subscriptions_times check (active_from < active_through)
);

-- A namespace has one licence at most.
create table licence_namespaces (
  tenant_id uuid not null,
  namespace_id uuid not null,
  licence_id uuid not null,
  primary key (tenant_id, namespace_id),
  constraint licence_namespaces_namespace foreign key (tenant_id, namespace_id)
    references namespaces (tenant_id, id) on delete cascade,
  constraint licence_namespaces_licence foreign key (tenant_id, licence_id)
    references licences (tenant_id, id) on delete cascade
);
create index licence_namespaces_licence_id on licence_namespaces (tenant_id, licence_id);

create table billing_profiles (
  tenant_id uuid primary key references tenants,
  account_type text not null constraint billing_profiles_account_type check (account_type in ('account', 'card')),
  reference text not null,
  currency text not null,
  contact_name text not null,
  contact_email text not null,
  contact_phone text,
  purchase_order text,
  active_since timestamptz not null,
  version integer not null default 1,
  updated_at timestamptz not null,
  updated_by uuid
);

do $$
declare name text;
begin
  foreach name in array array['licences', 'licence_files', 'subscriptions', 'licence_namespaces', 'billing_profiles'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
