-- The way back from 0028_accounts_by_last_sign_in.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

drop index accounts_by_last_sign_in;
create index accounts_by_last_sign_in on accounts (tenant_id, (coalesce(last_sign_in_at, '-infinity'::timestamptz)), id)
  where deleted_at is null;

delete from migrations where name = '0028_accounts_by_last_sign_in.sql';
commit;
