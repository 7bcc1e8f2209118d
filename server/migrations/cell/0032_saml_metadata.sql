-- Metadata of SAML providers that is read again and again: how that goes. What is trusted stays with the provider.

create table saml_metadata (
  tenant_id uuid not null references tenants on delete cascade,
  provider_id uuid not null,
  read_at timestamptz,
  tried_at timestamptz,
  -- Null while it can be read; the settings stay as they were read last.
  failing_since timestamptz,
  problem text,
  told_at timestamptz,
  next_at timestamptz not null,
  -- Certificates that it names no more: by fingerprint, until when they are accepted.
  leaving jsonb not null,
  primary key (tenant_id, provider_id),
  constraint saml_metadata_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade
);
alter table saml_metadata enable row level security;
alter table saml_metadata force row level security;
create policy own_tenant on saml_metadata using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
