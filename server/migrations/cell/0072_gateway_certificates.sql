-- Certificates by whose keys gateways sign for their upstreams. The private key is sealed with the tenant's data key.

create table gateway_certificates (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  gateway_id uuid not null,
  source text not null constraint gateway_certificates_source check (source in ('uploaded', 'generated')),
  -- PEM: the one of the key, then those that issued it.
  certificate text not null,
  private_key bytea not null,
  algorithm text not null,
  -- The thumbprint of the key (RFC 7638).
  key_id text not null,
  subject text not null,
  fingerprint text not null,
  starts_at timestamptz not null,
  expires_at timestamptz not null,
  signs_from timestamptz not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  created_by uuid,
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id),
  constraint gateway_certificates_gateway foreign key (tenant_id, gateway_id) references gateways (tenant_id, id) on delete cascade,
  constraint gateway_certificates_key unique (tenant_id, gateway_id, key_id)
);
alter table gateway_certificates enable row level security;
alter table gateway_certificates force row level security;
create policy own_tenant on gateway_certificates using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- How it signs for its upstreams; null: it does not.
alter table gateways add column signing jsonb;
