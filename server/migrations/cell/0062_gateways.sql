-- What gateways lead to and let in: the services that a tenant names, the gateways of its namespaces, their routes and
-- their rules.

create table services (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  name text not null,
  description text not null,
  -- Names of what is in it, each with a description; null when rules name the whole service only.
  items jsonb,
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint services_name unique (tenant_id, name)
);
alter table services enable row level security;
alter table services force row level security;
create policy own_tenant on services using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

create table gateways (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  namespace_id uuid not null,
  name text not null,
  name_canonical text not null,
  prefix text not null,
  description text not null,
  identity_provider_id uuid,
  audiences text[] not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint gateways_namespace foreign key (tenant_id, namespace_id) references namespaces (tenant_id, id) on delete cascade,
  constraint gateways_identity_provider foreign key (tenant_id, identity_provider_id) references identity_providers (tenant_id, id),
  constraint gateways_name unique (tenant_id, namespace_id, name_canonical),
  constraint gateways_prefix unique (tenant_id, namespace_id, prefix)
);
create index gateways_of_provider on gateways (tenant_id, identity_provider_id);
alter table gateways enable row level security;
alter table gateways force row level security;
create policy own_tenant on gateways using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

create table routes (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  gateway_id uuid not null,
  name text not null,
  host text not null,
  path_prefix text not null,
  methods text[] not null,
  service_id uuid not null,
  item_from text not null constraint routes_item_from check (item_from in ('none', 'path', 'fixed')),
  item text,
  upstream text not null,
  strips_prefix boolean not null,
  connect_timeout_ms int not null,
  response_timeout_ms int not null,
  trusted_certificates text,
  request_headers jsonb not null,
  response_headers jsonb not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint routes_gateway foreign key (tenant_id, gateway_id) references gateways (tenant_id, id) on delete cascade,
  constraint routes_service foreign key (tenant_id, service_id) references services (tenant_id, id),
  constraint routes_name unique (tenant_id, gateway_id, name)
);
create index routes_of_service on routes (tenant_id, service_id);
alter table routes enable row level security;
alter table routes force row level security;
create policy own_tenant on routes using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

create table rules (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  gateway_id uuid not null,
  service_id uuid not null,
  -- Null: the base rule of the service.
  item text,
  claims jsonb not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint rules_gateway foreign key (tenant_id, gateway_id) references gateways (tenant_id, id) on delete cascade,
  constraint rules_service foreign key (tenant_id, service_id) references services (tenant_id, id),
  constraint rules_subject unique nulls not distinct (tenant_id, gateway_id, service_id, item)
);
create index rules_of_service on rules (tenant_id, service_id);
alter table rules enable row level security;
alter table rules force row level security;
create policy own_tenant on rules using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- The groups that a rule lets in. One that is deleted is let in no more; a rule without anybody lets in nobody.
create table rule_groups (
  tenant_id uuid not null references tenants on delete cascade,
  rule_id uuid not null,
  group_id uuid not null,
  primary key (tenant_id, rule_id, group_id),
  constraint rule_groups_rule foreign key (tenant_id, rule_id) references rules (tenant_id, id) on delete cascade,
  constraint rule_groups_group foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
create index rule_groups_of_group on rule_groups (tenant_id, group_id);
alter table rule_groups enable row level security;
alter table rule_groups force row level security;
create policy own_tenant on rule_groups using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
