-- The grants of a permission to any number of groups are one stretch of one index, that of what is granted once. Of two
-- indexes with the same columns PostgreSQL took the one or the other, and by groups first it searches for each of them.
-- Made beside what is there: whoever reads goes on by that.
create index grants_of_group on grants (tenant_id, group_id) include (permission, namespace_id);
create unique index grants_once_now on grants (tenant_id, permission, group_id, namespace_id) nulls not distinct;
alter table grants drop constraint grants_once;
alter table grants add constraint grants_once unique using index grants_once_now;
drop index grants_of_permission;
