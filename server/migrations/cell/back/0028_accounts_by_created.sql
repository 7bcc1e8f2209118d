-- The way back from 0028_accounts_by_created.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

drop index accounts_by_created;
create index accounts_created on accounts (tenant_id, created_at, id);

delete from migrations where name = '0028_accounts_by_created.sql';
commit;
