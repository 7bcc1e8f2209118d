-- Sign-in of a device that has no browser (RFC 8628): what it shows to its person, and what a person said to it.

create table device_requests (
  tenant_id uuid not null references tenants,
  id uuid not null,
  device_code_hash bytea not null,
  -- Keyed: a code is short, since people type it.
  user_code_fingerprint bytea not null,
  name text not null,
  source_address text,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  asked_at timestamptz not null default platform_time(),
  -- Who decided, and what their session had proved: the new one has proved as much.
  account_id uuid,
  identity_provider_id uuid,
  has_second_factor boolean,
  is_allowed boolean,
  consumed_at timestamptz,
  primary key (tenant_id, id),
  constraint device_requests_device_code unique (tenant_id, device_code_hash),
  constraint device_requests_user_code unique (tenant_id, user_code_fingerprint),
  constraint device_requests_account foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);

alter table device_requests enable row level security;
alter table device_requests force row level security;
create policy own_tenant on device_requests using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
