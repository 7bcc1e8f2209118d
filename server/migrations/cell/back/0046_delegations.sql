-- The way back from 0046_delegations.sql, as the owner of the tables. What partners were let into is over.

begin;
lock table migrations in exclusive mode;
delete from groups g using delegations d where d.tenant_id = g.tenant_id and d.group_id = g.id;
drop table delegation_acts, delegation_activations, delegations;
alter table tenants drop column partner_access_stopped_at;
delete from migrations where name = '0046_delegations.sql';
commit;
