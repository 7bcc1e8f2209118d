-- A protected namespace may want a second person: what somebody asks for in it is kept until that one decides.
alter table namespaces drop constraint namespaces_protection;
alter table namespaces add constraint namespaces_protection check (protection in ('none', 'name', 'approval'));

create table change_requests (
  tenant_id uuid not null references tenants,
  id uuid not null,
  namespace_id uuid not null,
  operation text not null,
  asked_by uuid not null,
  -- By which key it was asked; null for a session.
  key_id uuid,
  -- What the operation would have recorded: without secrets, as the audit has it.
  effects jsonb not null,
  effects_left_out integer not null default 0,
  state text not null default 'pending'
    constraint change_requests_state check (state in ('pending', 'approved', 'refused', 'withdrawn', 'lapsed')),
  decided_by uuid,
  decided_at timestamptz,
  decision text,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  constraint change_requests_namespace foreign key (tenant_id, namespace_id)
    references namespaces (tenant_id, id) on delete cascade,
  constraint change_requests_asked_by foreign key (tenant_id, asked_by)
    references principals (tenant_id, id) on delete cascade
);
create index change_requests_created on change_requests (tenant_id, namespace_id, created_at, id);
create index change_requests_of_author on change_requests (tenant_id, asked_by) where state = 'pending';

-- The input of a request that nobody has decided: it may hold secrets, so it is sealed and goes with the decision.
create table change_request_inputs (
  tenant_id uuid not null,
  request_id uuid not null,
  sealed bytea not null,
  expires_at timestamptz not null,
  primary key (tenant_id, request_id),
  constraint change_request_inputs_request foreign key (tenant_id, request_id)
    references change_requests (tenant_id, id) on delete cascade
);
create index change_request_inputs_expires on change_request_inputs (tenant_id, expires_at);

alter table change_requests enable row level security;
alter table change_requests force row level security;
create policy own_tenant on change_requests using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
alter table change_request_inputs enable row level security;
alter table change_request_inputs force row level security;
create policy own_tenant on change_request_inputs using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
