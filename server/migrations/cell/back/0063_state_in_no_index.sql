-- The way back from 0063_state_in_no_index.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;
create index accounts_not_acting on accounts (tenant_id, id) where status <> 'enabled' or deleted_at is not null;
delete from migrations where name = '0063_state_in_no_index.sql';
commit;
