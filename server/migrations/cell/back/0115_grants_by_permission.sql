-- The way back from 0115_grants_by_permission.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
create unique index grants_once_before on grants (tenant_id, group_id, permission, namespace_id) nulls not distinct;
create index grants_of_permission on grants (tenant_id, permission, group_id, namespace_id);
alter table grants drop constraint grants_once;
alter table grants add constraint grants_once unique using index grants_once_before;
drop index grants_of_group;
delete from migrations where name = '0115_grants_by_permission.sql';
commit;
