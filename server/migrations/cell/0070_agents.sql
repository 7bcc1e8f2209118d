-- Programs that run gateways: what they are and are to do, and beside it how they say they are.

-- Moves with every change of the gateway, its routes and its rules.
alter table gateways add column configuration int not null default 1;

create table agents (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  gateway_id uuid not null,
  name text not null,
  -- What it is to do.
  state text not null constraint agents_state check (state in ('serving', 'draining')),
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint agents_gateway foreign key (tenant_id, gateway_id) references gateways (tenant_id, id) on delete cascade
);
create index agents_of_gateway on agents (tenant_id, gateway_id, created_at);
alter table agents enable row level security;
alter table agents force row level security;
create policy own_tenant on agents using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

create table agent_reports (
  tenant_id uuid not null references tenants on delete cascade,
  agent_id uuid not null,
  at timestamptz not null,
  state text not null,
  problem text,
  -- The version of the program.
  program text not null,
  configuration text,
  started_at timestamptz not null,
  -- Requests since it started.
  carried bigint not null,
  refused bigint not null,
  failed bigint not null,
  open_requests int not null,
  primary key (tenant_id, agent_id),
  constraint agent_reports_agent foreign key (tenant_id, agent_id) references agents (tenant_id, id) on delete cascade
);
alter table agent_reports enable row level security;
alter table agent_reports force row level security;
create policy own_tenant on agent_reports using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
