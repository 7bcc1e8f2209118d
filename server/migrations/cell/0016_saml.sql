-- SAML 2.0: keys of ours for each provider, messages that were used, and who is to be signed out with whom. All of it
-- goes with its provider.

create table saml_keys (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  provider_id uuid not null,
  certificate text not null,
  -- Sealed for this row and column.
  private_key bytea not null,
  -- From then on requests are signed with it; it is published and decrypts from the beginning.
  signs_from timestamptz not null,
  expires_at timestamptz not null,
  -- From then on it is published no more and decrypts nothing: another one took its place.
  retires_at timestamptz,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  primary key (tenant_id, id),
  constraint saml_keys_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade
);
create index saml_keys_of_provider on saml_keys (tenant_id, provider_id, signs_from);

-- Ids of assertions and requests of a provider that were taken, so that none is taken twice on any node.
create table saml_messages (
  tenant_id uuid not null references tenants on delete cascade,
  provider_id uuid not null,
  id_hash bytea not null,
  expires_at timestamptz not null,
  primary key (tenant_id, provider_id, id_hash),
  constraint saml_messages_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade
);
create index saml_messages_over on saml_messages (tenant_id, expires_at);

-- By what name and session index a provider knows a session of ours.
create table saml_sessions (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  provider_id uuid not null,
  account_id uuid not null,
  -- Null while a sign-in waited for a second factor: the session that came of it is the account's all the same.
  session_id uuid,
  name_hash bytea not null,
  index_hash bytea,
  -- Sealed: the name with its format and qualifiers, and the index.
  subject bytea not null,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  constraint saml_sessions_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade,
  constraint saml_sessions_account foreign key (tenant_id, account_id)
    references accounts (tenant_id, id) on delete cascade
);
create index saml_sessions_of_name on saml_sessions (tenant_id, provider_id, name_hash);
create index saml_sessions_of_account on saml_sessions (tenant_id, account_id, provider_id, created_at);
create index saml_sessions_over on saml_sessions (tenant_id, expires_at);

do $$
declare name text;
begin
  foreach name in array array['saml_keys', 'saml_messages', 'saml_sessions']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
