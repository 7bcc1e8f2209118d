-- The way back from 0003_audit_indexes.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index audit_entries_newest;
create index audit_entries_newest on audit_entries (tenant_id, at, id) include (outcome);
create index audit_entries_of_action on audit_entries (tenant_id, action, at);
create index audit_entries_of_request on audit_entries (tenant_id, request_id);
delete from migrations where name = '0003_audit_indexes.sql';
commit;
