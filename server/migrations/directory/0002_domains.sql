-- Which tenants proved an e-mail domain, by keyed fingerprint, so that every region can lead to them.

create table domains (
  fingerprint bytea not null,
  tenant_id uuid not null,
  region text not null references regions (code),
  -- Another tenant proved it since; set until the region has told its tenant.
  joined_at timestamptz,
  primary key (fingerprint, tenant_id)
);
create index domains_joined on domains (region) where joined_at is not null;
