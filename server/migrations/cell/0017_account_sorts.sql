-- What the list of accounts is sorted by, in the form in which it asks. State and source are read beside: an index that
-- mentions a state makes each change of it write to all indexes.
create index accounts_by_email on accounts (tenant_id, (coalesce(email_canonical, '') collate "C"), id)
  where deleted_at is null;
create index accounts_by_username on accounts (tenant_id, (username_canonical collate "C"), id) where deleted_at is null;
create index accounts_by_last_sign_in on accounts (tenant_id, (coalesce(last_sign_in_at, '-infinity'::timestamptz)), id)
  where deleted_at is null;
