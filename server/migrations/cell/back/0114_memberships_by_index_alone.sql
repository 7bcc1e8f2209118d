-- The way back from 0114_memberships_by_index_alone.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
create index memberships_of_principal_before on memberships (tenant_id, principal_id, group_id);
drop index memberships_of_principal;
alter index memberships_of_principal_before rename to memberships_of_principal;
delete from migrations where name = '0114_memberships_by_index_alone.sql';
commit;
