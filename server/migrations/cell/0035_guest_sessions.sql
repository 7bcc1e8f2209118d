-- Guests whose home is in another region: how they enter, and what holds their right to be there.

-- At home: what the browser carries over, once.
create table assertions (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  secret_hash bytea not null,
  account_id uuid not null,
  session_id uuid not null,
  visited_tenant_id uuid not null,
  visited_region text not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  primary key (tenant_id, id)
);
create unique index assertions_secret on assertions (tenant_id, secret_hash);

-- At home: who asked when for the last time whether somebody is still let in.
create table leases (
  tenant_id uuid not null references tenants on delete cascade,
  account_id uuid not null,
  session_id uuid not null,
  visited_tenant_id uuid not null,
  visited_region text not null,
  asked_at timestamptz not null,
  primary key (tenant_id, account_id, session_id, visited_tenant_id)
);
create index leases_asked on leases (tenant_id, asked_at);

-- Where the guest is: the session of that region's cookie.
create table guest_sessions (
  tenant_id uuid not null,
  id uuid not null,
  secret_hash bytea not null,
  guest_id uuid not null,
  home_session_id uuid not null,
  created_at timestamptz not null default platform_time(),
  expires_at timestamptz not null,
  primary key (tenant_id, id),
  constraint guest_sessions_guest foreign key (tenant_id, guest_id) references guests (tenant_id, id) on delete cascade
);
create unique index guest_sessions_secret on guest_sessions (tenant_id, secret_hash);
create index guest_sessions_guest_id on guest_sessions (tenant_id, guest_id);

-- How often home took back what it had said of a guest: what nodes heard before is over with it.
alter table guests add column recalls integer not null default 0;

do $$
declare
  name text;
begin
  foreach name in array array['assertions', 'leases', 'guest_sessions']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;
