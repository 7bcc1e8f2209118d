-- What provisioning has used of a tenant's second: all of it together, and each of its tokens. A table of its own, since
-- the server before this one meters by the key of quota_blocks.

create table quota_shares (
  tenant_id uuid not null,
  share text not null,
  period timestamptz not null,
  used integer not null,
  primary key (tenant_id, share, period)
);
create index quota_shares_age on quota_shares (period);

-- Until when every removal passes the guard.
alter table tenants add column guard_open_until timestamptz;

-- A name can also belong to a local group, and be asked for by a user or group of provisioning that is there already.
alter table provisioning_holds
  alter column account_id drop not null,
  add column group_id uuid,
  add column asked_for uuid,
  add column taken_name text,
  add column taken_email text,
  add constraint provisioning_holds_of_one check (num_nonnulls(account_id, group_id) = 1),
  add constraint provisioning_holds_group foreign key (tenant_id, group_id) references groups (tenant_id, id)
    on delete cascade;
create unique index provisioning_holds_open_of_group on provisioning_holds (tenant_id, group_id)
  where decided_at is null and group_id is not null;
create index provisioning_holds_of_group on provisioning_holds (tenant_id, group_id) where group_id is not null;
