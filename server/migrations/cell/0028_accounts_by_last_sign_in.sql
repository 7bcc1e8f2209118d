-- As 0028_accounts_by_email.sql.
create index accounts_by_last_sign_in_now on accounts (tenant_id, (case when last_sign_in_at is null then '-infinity'::timestamptz else last_sign_in_at end),
  id) include (last_sign_in_at) where deleted_at is null;
drop index accounts_by_last_sign_in;
alter index accounts_by_last_sign_in_now rename to accounts_by_last_sign_in;
