-- The way back from 0020_no_lock_on_the_tenant.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table groups add constraint groups_tenant_id_fkey foreign key (tenant_id) references tenants;
alter table principals add constraint principals_tenant_id_fkey foreign key (tenant_id) references tenants;
alter table subject_keys add constraint subject_keys_tenant_id_fkey foreign key (tenant_id) references tenants;
alter table notices add constraint notices_tenant_id_fkey foreign key (tenant_id) references tenants;
alter table idempotency_records add constraint idempotency_records_tenant_id_fkey foreign key (tenant_id) references tenants;
delete from migrations where name = '0020_no_lock_on_the_tenant.sql';
commit;
