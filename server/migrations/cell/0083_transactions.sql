-- What gateways carried and refused: a row a request, in a partition a day, which is dropped when its time is over.

alter table tenants add column transaction_days int not null default 30
  constraint tenants_transaction_days check (transaction_days between 1 and 90);

-- How far each journal of a program that runs a gateway has been written down, so that what it repeats counts once.
create table agent_journals (
  tenant_id uuid not null references tenants on delete cascade,
  namespace_id uuid not null,
  id uuid not null,
  agent_id uuid not null,
  last bigint not null default 0,
  at timestamptz not null,
  primary key (tenant_id, namespace_id, id),
  constraint agent_journals_namespace foreign key (tenant_id, namespace_id) references namespaces (tenant_id, id) on delete cascade
);
alter table agent_journals enable row level security;
alter table agent_journals force row level security;
create policy own_tenant on agent_journals using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

alter table agent_reports add column records_waiting bigint, add column records_dropped bigint;

-- No references: a reference would be asked about with each row, and would hold the tenant when a partition is made.
-- purge_tenant deletes of every partition.
create table transactions (
  tenant_id uuid not null,
  namespace_id uuid not null,
  at timestamptz not null,
  id uuid not null,
  gateway_id uuid not null,
  agent_id uuid not null,
  route_id uuid,
  rule_id uuid,
  service_id uuid,
  method text not null,
  -- Without the query.
  path text not null collate "C",
  status int not null,
  -- Why the gateway answered itself.
  reason text,
  -- Who it was: the account, or as the provider calls whom no account is known of.
  account_id uuid,
  subject text,
  duration_ms int not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  -- What a live tail goes by: with all older ones committed, nothing comes before it any more.
  written_by xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, namespace_id, at, id)
) partition by range (at);
create index transactions_status on transactions (tenant_id, namespace_id, status, at, id);
create index transactions_path on transactions (tenant_id, namespace_id, path, at, id);
create index transactions_gateway on transactions (tenant_id, gateway_id, at, id);
create index transactions_account on transactions (tenant_id, account_id, at, id) where account_id is not null;
create index transactions_subject on transactions (tenant_id, subject, at, id) where subject is not null;
create index transactions_written_by on transactions (tenant_id, namespace_id, written_by);
alter table transactions enable row level security;
alter table transactions force row level security;
create policy own_tenant on transactions using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- Made beside the table and then attached, so that nobody who reads or writes waits for it.
create function make_transaction_partition(day date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare name text := 'transactions_' || to_char(day, 'YYYYMMDD');
begin
  if day not between (platform_time() at time zone 'UTC')::date - 92 and (platform_time() at time zone 'UTC')::date + 7 then
    raise exception 'make_transaction_partition: no day to keep transactions of';
  end if;
  lock table transactions in share update exclusive mode;
  if to_regclass(name) is not null then
    return;
  end if;
  execute format('create table %I (like transactions including all)', name);
  execute format('alter table %I enable row level security', name);
  execute format('alter table %I force row level security', name);
  execute format('create policy own_tenant on %I using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
  execute format('alter table transactions attach partition %I for values from (%L) to (%L)',
    name, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
end $$;
revoke execute on function make_transaction_partition(date) from public;

-- Those that no tenant may see any more. Whoever is in the way is not waited for: the next call goes on.
create function drop_transaction_partitions() returns void
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '200ms' as $$
declare name text;
begin
  for name in
    select relname from pg_class join pg_inherits on inhrelid = oid
    where inhparent = 'transactions'::regclass
      and to_date(right(relname, 8), 'YYYYMMDD') < (platform_time() at time zone 'UTC')::date - 91
    order by relname
  loop
    execute format('drop table %I', name);
  end loop;
exception when lock_not_available then
  null;
end $$;
revoke execute on function drop_transaction_partitions() from public;
