-- A group of one tenant let into another by a one-time key. What each side consents to is a row of `delegations`, asked with
-- each request as partner access is: at home of side `partner`, where it is imported of side `customer`, without an end.

alter table delegations add column kind text not null default 'delegation'
  constraint delegations_kind check (kind in ('delegation', 'import'));
create unique index delegations_imported_once on delegations (tenant_id, other_tenant_id, partner_group_id, side)
  where kind = 'import' and state = 'active';
create index delegations_imports on delegations (tenant_id, created_at, id) where kind = 'import';

-- At home: what another tenant imports the group with, once.
create table import_keys (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  group_id uuid not null,
  secret_hash bytea not null,
  receiving_tenant_id uuid not null,
  created_at timestamptz not null,
  created_by uuid,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  constraint import_keys_group foreign key (tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
create unique index import_keys_secret on import_keys (tenant_id, secret_hash);
create index import_keys_created on import_keys (tenant_id, created_at, id);
create index import_keys_group on import_keys (tenant_id, group_id);

alter table import_keys enable row level security;
alter table import_keys force row level security;
create policy own_tenant on import_keys using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
