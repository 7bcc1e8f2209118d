-- The way back from 0022_calls_of_changes.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
drop index provisioning_calls_changes;
create index provisioning_calls_of_target on provisioning_calls (tenant_id, target_key, at);
delete from migrations where name = '0022_calls_of_changes.sql';
commit;
