-- Partner access where partner and customer are served by different nodes.

-- By which groups home said that somebody is let in: what takes one of them away takes this back.
alter table leases add column group_ids uuid[] not null default '{}';

-- Whether groups of this tenant are let in elsewhere: only then does a change look for what it takes back.
alter table tenants add column lends_groups boolean not null default false;
alter table tenants no force row level security;
alter table delegations no force row level security;
update tenants t set lends_groups = true
where exists (select from delegations d where d.tenant_id = t.tenant_id and d.side = 'partner');
alter table delegations force row level security;
alter table tenants force row level security;

-- Where the other side lives, as it said itself.
alter table delegations add column other_region text;
