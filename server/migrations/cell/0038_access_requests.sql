-- What people asked for when they were refused, and what was decided.
create table access_requests (
  tenant_id uuid not null references tenants,
  id uuid not null,
  principal_id uuid not null,
  permission text not null,
  -- Null for the whole tenant.
  namespace_id uuid,
  reason text not null,
  state text not null default 'pending'
    constraint access_requests_state check (state in ('pending', 'approved', 'refused', 'withdrawn', 'expired')),
  -- Approved: by which group, and until when.
  group_id uuid,
  ends_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision text,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  constraint access_requests_principal foreign key (tenant_id, principal_id)
    references principals (tenant_id, id) on delete cascade,
  constraint access_requests_namespace foreign key (tenant_id, namespace_id)
    references namespaces (tenant_id, id) on delete cascade,
  constraint access_requests_group foreign key (tenant_id, group_id)
    references groups (tenant_id, id) on delete set null (group_id)
);
create unique index access_requests_pending on access_requests (tenant_id, principal_id, permission, namespace_id)
  nulls not distinct where state = 'pending';
create index access_requests_created on access_requests (tenant_id, created_at, id);
create index access_requests_of_namespace on access_requests (tenant_id, namespace_id);
create index access_requests_of_group on access_requests (tenant_id, group_id);

alter table access_requests enable row level security;
alter table access_requests force row level security;
create policy own_tenant on access_requests using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
