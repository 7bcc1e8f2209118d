-- Access review campaigns: who has what at a moment, and what those who answer for it decided. What was decided is
-- kept when groups and memberships are gone, so nothing here refers to them.

create table review_campaigns (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  name text not null,
  scope jsonb not null,
  -- Group owners decide about their groups, the named ones about the rest; or the named ones about all.
  reviewers text not null constraint review_campaigns_reviewers check (reviewers in ('group-owners', 'accounts')),
  reviewer_ids uuid[] not null,
  -- What becomes at the end of what nobody decided.
  undecided text not null constraint review_campaigns_undecided check (undecided in ('keep', 'remove')),
  state text not null default 'gathering'
    constraint review_campaigns_state check (state in ('gathering', 'open', 'closing', 'closed')),
  due_at timestamptz not null,
  -- The task that gathers, later the one that closes.
  task_id uuid,
  -- How many items stand how, once it is closed.
  counts jsonb,
  closed_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null default platform_time(),
  created_by uuid not null,
  updated_at timestamptz not null default platform_time(),
  updated_by uuid,
  primary key (tenant_id, id)
);
create index review_campaigns_created on review_campaigns (tenant_id, created_at, id);

alter table review_campaigns enable row level security;
alter table review_campaigns force row level security;
create policy own_tenant on review_campaigns using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

-- The groups in scope, and what they gave when the campaign began.
create table review_groups (
  tenant_id uuid not null references tenants on delete cascade,
  campaign_id uuid not null,
  group_id uuid not null,
  name text not null,
  is_owner_group boolean not null,
  grants text[] not null,
  -- Of a group of another tenant's people: the consent that lets them in.
  delegation_id uuid,
  primary key (tenant_id, campaign_id, group_id),
  constraint review_groups_campaign foreign key (tenant_id, campaign_id)
    references review_campaigns (tenant_id, id) on delete cascade
);

alter table review_groups enable row level security;
alter table review_groups force row level security;
create policy own_tenant on review_groups using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());

create table review_items (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  campaign_id uuid not null,
  group_id uuid not null,
  -- Null for all people of another tenant's group.
  principal_id uuid,
  kind text not null constraint review_items_kind check (kind in ('account', 'service-account', 'guest', 'partner')),
  path text not null
    constraint review_items_path check (path in ('direct', 'provisioning', 'identity-provider', 'partner')),
  added_at timestamptz not null,
  ends_at timestamptz,
  -- -infinity: never.
  last_used_at timestamptz not null default '-infinity',
  state text not null default 'undecided'
    constraint review_items_state check (state in ('undecided', 'kept', 'removed', 'waiting', 'left')),
  reason text,
  decided_by uuid,
  decided_at timestamptz,
  -- Why a removal waits, or what there was to say about it.
  note text,
  primary key (tenant_id, id),
  constraint review_items_group foreign key (tenant_id, campaign_id, group_id)
    references review_groups (tenant_id, campaign_id, group_id) on delete cascade
);
create index review_items_used on review_items (tenant_id, campaign_id, last_used_at, id);
create index review_items_of_group on review_items (tenant_id, campaign_id, group_id, id);
create index review_items_standing on review_items (tenant_id, campaign_id, state, id);

alter table review_items enable row level security;
alter table review_items force row level security;
create policy own_tenant on review_items using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
