-- What provisioning has used of a tenant's second: all of it together, and each of its tokens. A table of its own, since
-- the server before this one meters by the key of quota_blocks.

create table quota_shares (
  tenant_id uuid not null,
  share text not null,
  period timestamptz not null,
  used integer not null,
  primary key (tenant_id, share, period)
);
create index quota_shares_age on quota_shares (period);
