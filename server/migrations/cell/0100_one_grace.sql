-- Since when a licence is over, for each limit that was reached in a month: one that is gone and comes back was reached
-- when it was reached first.

-- The greatest limit of which it is so. What was noted before takes the limit that is there at the next look.
alter table licence_standings add column amount bigint not null default 0;
alter table licence_standings add column is_now boolean not null default true;
alter table licence_standings drop constraint licence_standings_pkey;
alter table licence_standings add primary key (tenant_id, licence_id, product, month, amount);
