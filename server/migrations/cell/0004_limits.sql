-- Indexes by which what is over, and who waits, is found without a look at all that is there.

create index sessions_over on sessions (tenant_id, expires_at);
create index links_over on links (tenant_id, expires_at);
create index accounts_waiting on accounts (tenant_id, id)
  where status = 'new' and verified_at is not null and deleted_at is null;
