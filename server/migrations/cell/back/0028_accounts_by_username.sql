-- The way back from 0028_accounts_by_username.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

drop index accounts_by_username;
create index accounts_by_username on accounts (tenant_id, username_canonical collate "C", id) where deleted_at is null;

delete from migrations where name = '0028_accounts_by_username.sql';
commit;
