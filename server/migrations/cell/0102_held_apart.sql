-- What is held of credentials is of one token and one wanted content each; what is let through is marked as such.
-- Servers of before take such a hold for one that is decided, since `decided_at` is filled from the start.
alter table provisioning_holds
  add column token_id uuid,
  add column let_through boolean,
  add column told_at timestamptz;
