-- The way back from 0011_scim_speed.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table provisioning_calls drop constraint provisioning_calls_pkey;
alter table provisioning_calls add primary key (tenant_id, id);
create index provisioning_calls_newest on provisioning_calls (tenant_id, at, id);
alter table groups reset (fillfactor);
alter table accounts reset (fillfactor);
drop index accounts_waiting;
create index accounts_waiting on accounts (tenant_id, id)
  where status = 'new' and verified_at is not null and deleted_at is null;
delete from migrations where name = '0011_scim_speed.sql';
commit;
