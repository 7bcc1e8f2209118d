-- The way back from 0025_members_in_bulk.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
alter table memberships
  add constraint memberships_principal foreign key (tenant_id, principal_id) references principals (tenant_id, id);
delete from migrations where name = '0025_members_in_bulk.sql';
commit;
