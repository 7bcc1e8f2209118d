-- Identity providers of a tenant: how its people sign in elsewhere, whom that lets in here, and each sign-in that is
-- under way. All of it goes with its tenant, so purge_tenant need not know these tables.

create table identity_providers (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  name text not null,
  name_canonical text not null,
  type text not null constraint identity_providers_type check (type in ('oidc', 'oauth2', 'saml')),
  description text not null default '',
  status text not null default 'inactive' constraint identity_providers_status check (status in ('inactive', 'active')),
  -- What the type has of its own, without secrets; which claims are read; whom it lets in.
  settings jsonb not null,
  mapping jsonb not null,
  admission jsonb not null,
  -- Sealed for this row and column. The earlier one is tried where the provider does not know the new one yet.
  client_secret bytea,
  client_secret_expires_at timestamptz,
  earlier_client_secret bytea,
  earlier_client_secret_until timestamptz,
  -- Moves with everything that the trust in the provider rests on: links made before do not carry over.
  trust_version integer not null default 1,
  activated_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id)
);
create unique index identity_providers_name on identity_providers (tenant_id, name_canonical);

-- Groups that people who come through a provider join: those whose claim has the value, or all whom it creates ('').
create table identity_provider_groups (
  tenant_id uuid not null references tenants on delete cascade,
  provider_id uuid not null,
  claim_value text collate "C" not null,
  group_id uuid not null,
  primary key (tenant_id, provider_id, claim_value, group_id),
  constraint identity_provider_groups_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade,
  constraint identity_provider_groups_group foreign key (tenant_id, group_id)
    references groups (tenant_id, id) on delete cascade
);
create index identity_provider_groups_of_group on identity_provider_groups (tenant_id, group_id);

-- Who somebody of a provider is here: found by tenant, provider, issuer and subject, never by an address.
create table external_identities (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  provider_id uuid not null,
  issuer text collate "C" not null,
  subject text collate "C" not null,
  account_id uuid not null,
  -- The provider made the account, so that names follow its claims.
  owns_fields boolean not null default false,
  created_at timestamptz not null default platform_time(),
  primary key (tenant_id, id),
  constraint external_identities_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade,
  constraint external_identities_account foreign key (tenant_id, account_id)
    references accounts (tenant_id, id) on delete cascade
);
create unique index external_identities_subject on external_identities (tenant_id, provider_id, issuer, subject);
create index external_identities_of_account on external_identities (tenant_id, account_id);

-- Memberships that a mapped claim gave, which end when the claim does; others are not touched.
create table identity_memberships (
  tenant_id uuid not null references tenants on delete cascade,
  identity_id uuid not null,
  group_id uuid not null,
  primary key (tenant_id, identity_id, group_id),
  constraint identity_memberships_identity foreign key (tenant_id, identity_id)
    references external_identities (tenant_id, id) on delete cascade,
  constraint identity_memberships_group foreign key (tenant_id, group_id)
    references groups (tenant_id, id) on delete cascade
);
create index identity_memberships_of_group on identity_memberships (tenant_id, group_id);

-- A way to the provider and back, of one browser: used once on whichever node it comes back to.
create table sign_in_trips (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  provider_id uuid not null,
  purpose text not null
    constraint sign_in_trips_purpose check (purpose in ('sign-in', 'test', 'link', 'step-up', 'drill')),
  -- Who set out, where that is known before: all purposes but sign-in.
  account_id uuid,
  test_id uuid,
  trust_version integer not null,
  -- Opens the trip at the protocol's start, once.
  ticket_hash bytea,
  -- `state` of OpenID Connect and OAuth 2.0, the request's id of SAML.
  state_hash bytea,
  browser_hash bytea,
  -- Sealed: nonce and PKCE verifier, or what SAML needs.
  secrets bytea,
  return_to text not null,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  consumed_at timestamptz,
  primary key (tenant_id, id),
  constraint sign_in_trips_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade
);
create unique index sign_in_trips_ticket on sign_in_trips (tenant_id, ticket_hash) where ticket_hash is not null;
create unique index sign_in_trips_state on sign_in_trips (tenant_id, state_hash) where state_hash is not null;
create index sign_in_trips_over on sign_in_trips (tenant_id, expires_at);
create index sign_in_trips_of_provider on sign_in_trips (tenant_id, provider_id);

-- What a test sign-in showed, sealed since claims are about a person; kept for a day.
create table provider_tests (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  provider_id uuid not null,
  state text not null default 'waiting' constraint provider_tests_state check (state in ('waiting', 'passed', 'failed')),
  report bytea,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  finished_at timestamptz,
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  constraint provider_tests_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade
);
create index provider_tests_of_provider on provider_tests (tenant_id, provider_id, id);
create index provider_tests_over on provider_tests (tenant_id, expires_at);

-- A link by which somebody who knows the provider finishes the set-up of this one, and nothing else.
create table provider_set_up_links (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  provider_id uuid not null,
  secret_hash bytea not null,
  created_at timestamptz not null default platform_time(),
  created_by uuid,
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  constraint provider_set_up_links_provider foreign key (tenant_id, provider_id)
    references identity_providers (tenant_id, id) on delete cascade
);
create unique index provider_set_up_links_secret on provider_set_up_links (tenant_id, secret_hash);
create index provider_set_up_links_of_provider on provider_set_up_links (tenant_id, provider_id);

do $$
declare name text;
begin
  foreach name in array array['identity_providers', 'identity_provider_groups', 'external_identities',
    'identity_memberships', 'sign_in_trips', 'provider_tests', 'provider_set_up_links']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
