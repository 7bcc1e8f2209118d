-- As 0028_accounts_by_created.sql, each in a transaction of its own, so that none holds the table long.
create index accounts_by_display_name on accounts (tenant_id, display_name collate "C", id, last_sign_in_at)
  where deleted_at is null;
drop index accounts_display_name;
