-- The picture that a tenant's sign-in page shows. It goes with its tenant.

create table logos (
  tenant_id uuid primary key references tenants on delete cascade,
  -- Of the picture; its address holds it, so that what was cached is never shown in place of another.
  digest text not null,
  type text not null constraint logos_type check (type in ('image/png', 'image/jpeg', 'image/webp')),
  width integer not null,
  height integer not null,
  picture bytea not null constraint logos_size check (octet_length(picture) <= 102400),
  updated_at timestamptz not null default platform_time(),
  updated_by uuid
);

alter table logos enable row level security;
alter table logos force row level security;
create policy own_tenant on logos using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
