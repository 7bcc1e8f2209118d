-- Counting what licences limit: seats exactly, and only in tenants whose licences limit them; transactions a day.

alter table tenants add column has_seat_limit boolean not null default false;

-- What hard limits of the licences in force allow together; a row while there are any.
create table seat_limits (
  tenant_id uuid primary key references tenants,
  seats integer not null,
  -- What a refusal says.
  reason text not null
);

-- The free seats, spread over some rows so that accounts are made side by side. The first is below none where there
-- are more accounts than seats.
create table seats (
  tenant_id uuid not null references tenants,
  slot smallint not null,
  free integer not null,
  primary key (tenant_id, slot)
);

-- A row a day, namespace and node, so that none is waited for.
create table transaction_counts (
  tenant_id uuid not null,
  day date not null,
  namespace_id uuid not null,
  node smallint not null,
  count bigint not null,
  primary key (tenant_id, day, namespace_id, node),
  constraint transaction_counts_tenant foreign key (tenant_id) references tenants
);

create table usage_days (
  tenant_id uuid not null references tenants,
  day date not null,
  users integer not null,
  peak_users integer not null,
  primary key (tenant_id, day)
);

-- Since when a licence is over its transactions of a month.
create table licence_standings (
  tenant_id uuid not null,
  licence_id uuid not null,
  product text not null,
  month date not null,
  over_since timestamptz not null,
  primary key (tenant_id, licence_id, product, month),
  constraint licence_standings_licence foreign key (tenant_id, licence_id)
    references licences (tenant_id, id) on delete cascade
);
-- Which look at the licences goes on, of several that were asked for.
create table licence_looks (
  tenant_id uuid primary key references tenants,
  id uuid not null
);

-- What was told, so that it is told once.
create table licence_tellings (
  tenant_id uuid not null references tenants,
  about text not null,
  at timestamptz not null,
  primary key (tenant_id, about)
);

-- Why gateways of a namespace refuse.
create table licence_refusals (
  tenant_id uuid not null,
  namespace_id uuid not null,
  reason text not null,
  primary key (tenant_id, namespace_id),
  constraint licence_refusals_namespace foreign key (tenant_id, namespace_id)
    references namespaces (tenant_id, id) on delete cascade
);

do $$
declare name text;
begin
  foreach name in array array['seat_limits', 'seats', 'transaction_counts', 'usage_days', 'licence_standings',
                              'licence_looks', 'licence_tellings', 'licence_refusals'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  end loop;
end $$;

-- Whether an account holds a seat: it may sign in, or may accept its invitation.
create function holds_seat(status text, deleted_at timestamptz) returns boolean language sql immutable parallel safe
  return status <> 'disabled' and deleted_at is null;

-- Holds the tenant against those who begin or end a limit; two accounts do not hold each other up by it. A seat is
-- taken from a row that nobody holds, where there is one; for the last ones one waits for who came before.
create function take_seat() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare said text;
begin
  if not (select has_seat_limit from tenants where tenant_id = new.tenant_id for key share) then
    return null;
  end if;
  update seats set free = free - 1
  where tenant_id = new.tenant_id
    and slot = (select slot from seats where tenant_id = new.tenant_id and free > 0
                order by free desc, slot limit 1 for update skip locked);
  if not found then
    update seats set free = free - 1
    where tenant_id = new.tenant_id
      and slot = (select slot from seats where tenant_id = new.tenant_id and free > 0 order by slot limit 1 for update);
  end if;
  if not found then
    select reason into said from seat_limits where tenant_id = new.tenant_id;
    raise exception using errcode = '23514', constraint = 'seat_limit', message = said;
  end if;
  return null;
end $$;

-- Where more is taken than there is, that is filled up first.
create function give_seat_back() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not (select has_seat_limit from tenants where tenant_id = new.tenant_id for key share) then
    return null;
  end if;
  update seats set free = free + 1
  where tenant_id = new.tenant_id
    and not exists (select from seats where tenant_id = new.tenant_id and free < 0)
    and slot = (select slot from seats where tenant_id = new.tenant_id order by free, slot limit 1 for update skip locked);
  if not found then
    update seats set free = free + 1
    where tenant_id = new.tenant_id
      and slot = (select slot from seats where tenant_id = new.tenant_id order by free, slot limit 1 for update);
  end if;
  return null;
end $$;

create trigger seat_of_new after insert on accounts for each row
  when (holds_seat(new.status, new.deleted_at)) execute function take_seat();
create trigger seat_taken after update of status, deleted_at on accounts for each row
  when (holds_seat(new.status, new.deleted_at) and not holds_seat(old.status, old.deleted_at))
  execute function take_seat();
create trigger seat_given_back after update of status, deleted_at on accounts for each row
  when (holds_seat(old.status, old.deleted_at) and not holds_seat(new.status, new.deleted_at))
  execute function give_seat_back();
