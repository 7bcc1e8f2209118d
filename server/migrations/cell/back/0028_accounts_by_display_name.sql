-- The way back from 0028_accounts_by_display_name.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

drop index accounts_by_display_name;
create index accounts_display_name on accounts (tenant_id, display_name collate "C", id) where deleted_at is null;

delete from migrations where name = '0028_accounts_by_display_name.sql';
commit;
