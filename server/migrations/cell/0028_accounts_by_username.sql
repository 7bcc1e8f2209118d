-- As 0028_accounts_by_created.sql.
create index accounts_by_username_now on accounts (tenant_id, username_canonical collate "C", id, last_sign_in_at)
  where deleted_at is null;
drop index accounts_by_username;
alter index accounts_by_username_now rename to accounts_by_username;
