-- People of one tenant let into groups of another: invited by a one-time link, ended by either side.

alter table guests add column invited_by uuid;
alter table guests add column ended_at timestamptz;
create index guests_created on guests (tenant_id, created_at, id);

-- Nothing has written a row of this table so far.
alter table visits add column id uuid not null;
alter table visits add column created_at timestamptz not null default platform_time();
create unique index visits_id on visits (tenant_id, id);
create index visits_created on visits (tenant_id, created_at, id);

create table guest_invitations (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  secret_hash bytea not null,
  -- Only people of this tenant may accept it; anybody who has an account somewhere without.
  home_tenant_id uuid,
  group_ids text[] not null,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id)
);
create unique index guest_invitations_secret on guest_invitations (tenant_id, secret_hash);
create index guest_invitations_created on guest_invitations (tenant_id, created_at, id);

alter table guest_invitations enable row level security;
alter table guest_invitations force row level security;
create policy own_tenant on guest_invitations using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- What people of a tenant, which may live elsewhere, are shown of the tenants of this cell that let them in: their list
-- of tenants costs the page, however many they are. It follows `guests` and the names of the tenant.
create table shown_tenants (
  tenant_id uuid not null,
  account_id uuid not null,
  shown_tenant_id uuid not null,
  name text not null,
  display_name text not null,
  legal_name text not null,
  type text not null,
  created_at timestamptz not null,
  primary key (tenant_id, account_id, shown_tenant_id)
);
create index shown_tenants_created on shown_tenants (tenant_id, account_id, created_at, shown_tenant_id);

alter table shown_tenants enable row level security;
alter table shown_tenants force row level security;
create policy own_tenant on shown_tenants using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
