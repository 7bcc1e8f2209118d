-- How people sign in: a tenant's policy, second factors, sign-ins that are not finished, browsers that are known.

alter table tenants
  add column second_factor text not null default 'optional'
    constraint tenants_second_factor check (second_factor in ('optional', 'required')),
  add column session_hours integer not null default 12
    constraint tenants_session_hours check (session_hours between 1 and 720),
  add column idle_minutes integer not null default 120
    constraint tenants_idle_minutes check (idle_minutes between 5 and 43200),
  -- CIDR; none: from anywhere.
  add column allowed_networks text[] not null default '{}',
  add column networks_hold_for_provisioning boolean not null default false,
  add column sign_in_label text,
  add column single_sign_on text not null default 'optional'
    constraint tenants_single_sign_on check (single_sign_on in ('optional', 'required'));

-- Whether it is long enough without a second factor.
alter table passwords add column stands_alone boolean not null default true;

alter table sessions
  add column method text not null default 'password'
    constraint sessions_method check (method in ('password', 'passkey', 'identity-provider', 'emergency-code', 'link', 'device')),
  add column identity_provider_id uuid,
  -- The last time that its person proved to be there, and how: dangerous acts ask for a fresh proof.
  add column proved_at timestamptz not null default platform_time(),
  add column proved_by text not null default 'password',
  add column second_factor_at timestamptz;
create index sessions_of_provider on sessions (tenant_id, identity_provider_id) where identity_provider_id is not null;

-- Passkeys, and one-time-code generators, whose seed is encrypted. Unconfirmed ones open nothing.
create table factors (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  kind text not null constraint factors_kind check (kind in ('passkey', 'totp')),
  name text not null,
  credential_id bytea,
  public_key bytea,
  sign_count bigint not null default 0,
  transports text[] not null default '{}',
  seed bytea,
  -- The newest time step whose code was used: no code counts twice.
  last_step bigint,
  created_at timestamptz not null default platform_time(),
  confirmed_at timestamptz,
  last_used_at timestamptz,
  version integer not null default 1,
  primary key (tenant_id, id),
  constraint factors_credential unique (tenant_id, credential_id),
  constraint factors_account foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);
create index factors_of_account on factors (tenant_id, account_id, created_at);

create table recovery_codes (
  tenant_id uuid not null,
  account_id uuid not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (tenant_id, account_id, code_hash),
  constraint recovery_codes_account foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);

-- Somebody proved the first thing and owes another one. No session: it opens nothing but the rest of its sign-in.
create table unfinished_sign_ins (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  secret_hash bytea not null,
  method text not null
    constraint unfinished_sign_ins_method check (method in ('password', 'passkey', 'identity-provider', 'emergency-code', 'link', 'device')),
  identity_provider_id uuid,
  asks text[] not null,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  constraint unfinished_sign_ins_hash unique (tenant_id, secret_hash),
  constraint unfinished_sign_ins_account foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);
create index unfinished_sign_ins_of_account on unfinished_sign_ins (tenant_id, account_id, created_at);

-- Challenges that were answered: each counts once over all nodes.
create table spent_challenges (
  tenant_id uuid not null,
  challenge_hash bytea not null,
  expires_at timestamptz not null,
  primary key (tenant_id, challenge_hash)
);

-- Browsers that an account signed in from; any other is told to its person.
create table devices (
  tenant_id uuid not null,
  account_id uuid not null,
  secret_hash bytea not null,
  created_at timestamptz not null default platform_time(),
  last_seen_at timestamptz not null default platform_time(),
  primary key (tenant_id, account_id, secret_hash),
  constraint devices_account foreign key (tenant_id, account_id) references accounts (tenant_id, id) on delete cascade
);

alter table links drop constraint links_purpose;
alter table links add constraint links_purpose
  check (purpose in ('registration', 'invitation', 'setup', 'password-reset', 'sign-in')) not valid;
alter table links validate constraint links_purpose;

do $$
declare name text;
begin
  foreach name in array array['factors', 'recovery_codes', 'unfinished_sign_ins', 'spent_challenges', 'devices']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;

-- Takes a closed tenant's rows away for good, of every table that has row security: those first to which nothing
-- refers. A new table needs no line here.
create or replace function purge_tenant() returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare name text;
begin
  if not exists (select from tenants where tenant_id = current_tenant() and status = 'closed') then
    raise exception 'purge_tenant: the tenant is not closed';
  end if;
  delete from sign_in_index where tenant_id = current_tenant();
  for name in
    with recursive tables as (
      select oid, relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and relforcerowsecurity),
    depths as (
      select oid, 0 as depth from tables
      union
      select conrelid, depth + 1 from depths join pg_constraint on confrelid = depths.oid and contype = 'f' and conrelid <> confrelid
      where depth < 20)
    select relname from tables join depths using (oid) group by relname order by max(depth) desc, relname
  loop
    execute format('delete from %I where tenant_id = current_tenant()', name);
  end loop;
end $$;
