-- The way back from 0028_accounts_by_email.sql, as the owner of the tables.

begin;
lock table migrations in exclusive mode;

drop index accounts_by_email;
create index accounts_by_email on accounts (tenant_id, (coalesce(email_canonical, '') collate "C"), id)
  where deleted_at is null;

delete from migrations where name = '0028_accounts_by_email.sql';
commit;
