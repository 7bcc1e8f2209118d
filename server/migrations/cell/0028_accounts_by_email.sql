-- As 0028_accounts_by_created.sql. Below row security no index serves a condition on coalesce, but one on case. A column
-- inside an expression is read from the index only when it stands there too.
create index accounts_by_email_now on accounts (tenant_id, ((case when email_canonical is null then ''::text else email_canonical end) collate "C"),
  id, last_sign_in_at) include (email_canonical) where deleted_at is null;
drop index accounts_by_email;
alter index accounts_by_email_now rename to accounts_by_email;
