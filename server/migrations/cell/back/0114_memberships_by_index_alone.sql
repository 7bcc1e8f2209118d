-- The way back from 0114_memberships_by_index_alone.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index memberships_of_principal;
create index memberships_of_principal on memberships (tenant_id, principal_id, group_id);
delete from migrations where name = '0114_memberships_by_index_alone.sql';
commit;
