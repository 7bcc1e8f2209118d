-- Partner access: what a partner asks of a customer, what the customer consents to, and what was done with it. Both
-- tenants hold a row of the same id, each the truth about its own consent; a change of one is told to the other.

create table delegations (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  side text not null constraint delegations_side check (side in ('customer', 'partner')),
  other_tenant_id uuid not null,
  -- The partner's group whose members come in.
  partner_group_id uuid not null,
  -- The customer's group of source `imported` that they come into, from the approval to the end.
  group_id uuid,
  relation text not null constraint delegations_relation check (relation in ('partner', 'parent')),
  -- What the partner says stays in its row.
  purpose text,
  asked_permissions text[] not null,
  asked_namespaces text[],
  asked_days int not null,
  -- What the customer let through; null until then.
  permissions text[],
  needs_activation boolean not null default false,
  renews uuid,
  state text not null constraint delegations_state check (state in ('requested', 'active', 'refused', 'ended')),
  reason text,
  created_at timestamptz not null,
  requested_by uuid,
  request_ends_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  ends_at timestamptz,
  ended_at timestamptz,
  ended_by text constraint delegations_ended_by check (ended_by in ('customer', 'partner', 'time')),
  version int not null default 1,
  primary key (tenant_id, id)
);
create index delegations_requested on delegations (tenant_id, created_at, id);
create index delegations_other on delegations (tenant_id, other_tenant_id, state);
create index delegations_group on delegations (tenant_id, partner_group_id) where side = 'partner';

alter table delegations enable row level security;
alter table delegations force row level security;
create policy own_tenant on delegations using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- Where the customer wants each use approved: who of the partner's people may act, for some hours.
create table delegation_activations (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  delegation_id uuid not null,
  home_account_id uuid not null,
  reason text,
  hours int not null,
  state text not null constraint delegation_activations_state check (state in ('requested', 'active', 'refused', 'ended')),
  asked_at timestamptz not null,
  decided_at timestamptz,
  decided_by uuid,
  ends_at timestamptz,
  version int not null default 1,
  primary key (tenant_id, id),
  constraint delegation_activations_delegation foreign key (tenant_id, delegation_id) references delegations (tenant_id, id) on delete cascade
);
create index delegation_activations_of on delegation_activations (tenant_id, delegation_id, home_account_id, asked_at);

alter table delegation_activations enable row level security;
alter table delegation_activations force row level security;
create policy own_tenant on delegation_activations using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- Each act of a partner's person, on both sides: with the customer's entry in its transaction, with the partner's when it
-- was told. `twin_at` is when the other side was known to have it.
create table delegation_acts (
  tenant_id uuid not null references tenants on delete cascade,
  entry_id uuid not null,
  delegation_id uuid not null,
  home_account_id uuid not null,
  action text not null,
  at timestamptz not null,
  twin_at timestamptz,
  primary key (tenant_id, entry_id)
);
create index delegation_acts_of on delegation_acts (tenant_id, delegation_id, at, entry_id);
create index delegation_acts_outstanding on delegation_acts (tenant_id, delegation_id) where twin_at is null;

alter table delegation_acts enable row level security;
alter table delegation_acts force row level security;
create policy own_tenant on delegation_acts using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- The owners' one switch.
alter table tenants add column partner_access_stopped_at timestamptz;
