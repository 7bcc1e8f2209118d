-- The directory: which region a tenant lives in, and keyed fingerprints. No names, no addresses, no persons.

create table regions (
  code text primary key check (code ~ '^[a-z]{2,8}$'),
  name text not null,
  country text not null,
  base_url text not null
);

create table tenants (
  id uuid primary key,
  region text not null references regions (code),
  name_fingerprint bytea not null unique,
  state text not null check (state in ('reserved', 'confirmed')),
  reserved_at timestamptz not null default clock_timestamp()
);
create index tenants_half_done on tenants (region, reserved_at) where state = 'reserved';
