-- The way back from 0058_group_imports.sql, as the owner of the tables. Whoever came in by an imported group is out.

begin;
lock table migrations in exclusive mode;
delete from groups g using delegations d
  where d.kind = 'import' and d.side = 'customer' and d.tenant_id = g.tenant_id and d.group_id = g.id;
delete from shown_tenants s using delegations d
  where d.kind = 'import' and d.side = 'customer' and s.tenant_id = d.other_tenant_id
    and s.account_id = d.partner_group_id and s.shown_tenant_id = d.tenant_id;
delete from delegation_acts a using delegations d
  where d.kind = 'import' and d.tenant_id = a.tenant_id and d.id = a.delegation_id;
delete from delegations where kind = 'import';
drop index delegations_imports, delegations_imported_once;
alter table delegations drop column kind;
drop table import_keys;
delete from migrations where name = '0058_group_imports.sql';
commit;
