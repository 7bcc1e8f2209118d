import { type RawBuilder, sql } from 'kysely';
import { allOf, conditions, notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { behind } from '../credentials/service.ts';
import type { Counts, ItemQuery, itemStates, Scope, Which } from './schema.ts';

/** What is reviewed: memberships, and partners' groups as a whole. */

type State = (typeof itemStates)[number];
type Kind = 'account' | 'service-account' | 'guest' | 'partner';

const isCurrent = sql.raw(allOf(conditions.membership));
const isAccount = sql.raw(allOf(conditions.account).replaceAll('a.', 'o.'));

/** The account that answers for the group now, where it decides: on o. */
const answering = sql<boolean>`c.reviewers = 'group-owners' and o.id = g.owner_id and ${isAccount}`;
/** Whether it is about the account, or about a machine behind which it stands. Nobody decides about their own access. */
const isAbout = (accountId: RawBuilder<unknown>) => sql<boolean>`coalesce(i.principal_id = ${accountId}
  or i.kind = 'service-account' and ${accountId} in ${behind(sql`i.principal_id`)}, false)`;
/** The account that answers, as far as the item is not about itself. */
const owner = sql`case when not ${isAbout(sql`o.id`)} then o.id end`;

/** Whether nobody may decide about a machine, as they all stand behind it. What runs by it is not cut for that. */
const isNobodys = sql<boolean>`(i.kind = 'service-account' and ${owner} is null
  and not exists (select from unnest(c.reviewer_ids) reviewer where not ${isAbout(sql`reviewer`)}))`;

const idIn = (id: string) => sql`${id}::uuid`;

/** Whose it is to decide. */
const isYours = (id: string) => sql<boolean>`
  (not ${isAbout(idIn(id))} and coalesce(${owner} = ${id}::uuid, ${id}::uuid = any(c.reviewer_ids)))`;

/** Who may decide about it, though it be somebody else's to do so. */
const mayDecide = (id: string) => sql<boolean>`
  (not ${isAbout(idIn(id))} and (coalesce(${owner} = ${id}::uuid, false) or ${id}::uuid = any(c.reviewer_ids)))`;

const idOf = ({ actor }: TenantContext) => actor.id as string;

const around = ({ db }: TenantContext, campaignId: string) =>
  db
    .selectFrom('reviewItems as i')
    .innerJoin('reviewCampaigns as c', 'c.id', 'i.campaignId')
    .innerJoin('reviewGroups as rg', (join) =>
      join.onRef('rg.campaignId', '=', 'i.campaignId').onRef('rg.groupId', '=', 'i.groupId'),
    )
    .leftJoin('groups as g', 'g.id', 'i.groupId')
    .leftJoin('accounts as o', (join) => join.on(answering))
    .where('i.campaignId', '=', campaignId);

const items = (ctx: TenantContext, campaignId: string) =>
  around(ctx, campaignId)
    .leftJoin('accounts as a', 'a.id', 'i.principalId')
    .leftJoin('serviceAccounts as s', 's.id', 'i.principalId')
    .leftJoin('memberships as m', (join) =>
      join
        .onRef('m.groupId', '=', 'i.groupId')
        .onRef('m.principalId', '=', 'i.principalId')
        .on(sql<boolean>`${isCurrent}`),
    )
    .leftJoin('delegations as d', (join) =>
      join
        .onRef('d.id', '=', 'rg.delegationId')
        .on('i.kind', '=', 'partner')
        .on(sql<boolean>`d.state = 'active' and ${sql.raw(notOver('d'))}`),
    )
    .select([
      'i.id',
      'i.principalId',
      sql<Kind>`i.kind`.as('kind'),
      sql<string>`coalesce(a.display_name, s.name, case i.kind when 'partner' then rg.name when 'guest' then 'Guest' else 'Deleted' end)`.as(
        'displayName',
      ),
      'a.email',
      'i.groupId',
      'rg.name as groupName',
      'rg.isOwnerGroup',
      'rg.grants',
      'rg.delegationId',
      sql<'delegation' | 'import' | null>`d.kind`.as('consentKind'),
      sql<'direct' | 'provisioning' | 'identity-provider' | 'partner'>`i.path`.as('path'),
      'i.addedAt',
      'i.endsAt',
      sql<Date | null>`nullif(i.last_used_at, '-infinity')`.as('lastUsedAt'),
      sql<State>`i.state`.as('state'),
      'i.reason',
      'i.decidedBy',
      'i.decidedAt',
      'i.note',
      'g.source as groupSource',
      'g.status as groupStatus',
      sql<string[] | null>`case when g.id is not null then array(
        select r.permission || coalesce('@' || r.namespace_id::text, '') from grants r where r.group_id = g.id order by 1) end`.as(
        'grantsNow',
      ),
      sql<Date | null>`coalesce(m.added_at, d.decided_at, d.created_at)`.as('addedAtNow'),
      sql<Date | null>`coalesce(m.ends_at, d.ends_at)`.as('endsAtNow'),
      mayDecide(idOf(ctx)).as('mayDecide'),
      isAbout(idIn(idOf(ctx))).as('isOwn'),
    ]);
export type ItemRow = Awaited<ReturnType<typeof lock>>;

/** Who may not see groups sees what it decides about, and of the groups that it answers for all. */
const visible = (ctx: TenantContext) =>
  sql<boolean>`(${idOf(ctx)}::uuid = any(c.reviewer_ids) or c.reviewers = 'group-owners' and g.owner_id = ${idOf(ctx)}::uuid)`;

const unusedFor = (days: number) => sql<boolean>`i.last_used_at < c.created_at - ${days} * interval '1 day'`;

export const list = (ctx: TenantContext, campaignId: string, query: ItemQuery) => {
  let rows = items(ctx, campaignId);
  if (!ctx.rights.may('groups.view')) rows = rows.where(visible(ctx));
  if (query.state) rows = rows.where('i.state', '=', query.state);
  if (query.groupId) rows = rows.where('i.groupId', '=', query.groupId);
  if (query.unusedDays) rows = rows.where(unusedFor(query.unusedDays));
  if (query.yours) rows = rows.where('i.state', '=', 'undecided').where(isYours(idOf(ctx)));
  if (query.q) {
    const like = containing(query.q);
    rows = rows.where(
      sql<boolean>`(a.display_name ilike ${like} or a.email ilike ${like} or s.name ilike ${like} or rg.name ilike ${like})`,
    );
  }
  return page(ctx.db, query, {
    rows,
    id: 'i.id',
    sorts: { lastUsedAt: byTime('i.last_used_at'), addedAt: byTime('i.added_at') },
    defaultSort: 'lastUsedAt',
  });
};

export const lock = (ctx: TenantContext, campaignId: string, id: string) => {
  let rows = items(ctx, campaignId).where('i.id', '=', id);
  if (!ctx.rights.may('groups.view')) rows = rows.where(visible(ctx));
  return rows.forUpdate('i').executeTakeFirstOrThrow(() => notFound('item of the campaign'));
};

export const find = (ctx: TenantContext, campaignId: string, id: string) =>
  items(ctx, campaignId)
    .where('i.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('item of the campaign'));

/** All of them in the order of their ids, so many after one. */
export const after = (ctx: TenantContext, campaignId: string, id: string, limit: number) =>
  items(ctx, campaignId).where('i.id', '>', id).orderBy('i.id').limit(limit).execute();

const notRemoved = (ctx: TenantContext, campaignId: string, itemIds: string[]) =>
  items(ctx, campaignId).where('i.id', 'in', itemIds).where('i.state', 'in', ['undecided', 'kept', 'waiting']);

const undecidedOf = (ctx: TenantContext, campaignId: string, { itemIds, groupId, unusedDays }: Which) => {
  let rows = items(ctx, campaignId);
  rows = itemIds
    ? notRemoved(ctx, campaignId, itemIds).where(mayDecide(idOf(ctx)))
    : rows.where('i.state', '=', 'undecided').where(isYours(idOf(ctx)));
  if (groupId) rows = rows.where('i.groupId', '=', groupId);
  if (unusedDays) rows = rows.where(unusedFor(unusedDays));
  return rows.orderBy('i.id');
};

/** Those named that the caller may decide about; where none is named, what is the caller's to decide. */
export const yours = (ctx: TenantContext, campaignId: string, which: Which, limit: number) =>
  undecidedOf(ctx, campaignId, which).limit(limit).execute();

/** Those named that the caller may see: all of them with the permission to view groups, else as `yours`. */
export const toLookAt = (ctx: TenantContext, campaignId: string, which: Which, limit: number) =>
  which.itemIds && ctx.rights.may('groups.view')
    ? notRemoved(ctx, campaignId, which.itemIds).orderBy('i.id').limit(limit).execute()
    : yours(ctx, campaignId, which, limit);

export const holdYours = (ctx: TenantContext, campaignId: string, which: Which, after: string, limit: number) =>
  undecidedOf(ctx, campaignId, which).where('i.id', '>', after).limit(limit).forUpdate('i').execute();

export const countYours = async (ctx: TenantContext, campaignId: string, which: Which = {}): Promise<number> => {
  const { itemIds, groupId, unusedDays } = which;
  if (itemIds) return itemIds.length;
  let rows = around(ctx, campaignId)
    .select(sql<number>`count(*)::int`.as('count'))
    .where('i.state', '=', 'undecided')
    .where(isYours(idOf(ctx)));
  if (groupId) rows = rows.where('i.groupId', '=', groupId);
  if (unusedDays) rows = rows.where(unusedFor(unusedDays));
  return (await rows.executeTakeFirst())?.count ?? 0;
};

/** Those that stand so, held, in the order of their ids. */
export const standingAfter = (ctx: TenantContext, campaignId: string, state: State, id: string, limit: number) =>
  items(ctx, campaignId)
    .select(isNobodys.as('isNobodys'))
    .where('i.state', '=', state)
    .where('i.id', '>', id)
    .orderBy('i.id')
    .limit(limit)
    .forUpdate('i')
    .execute();

export const count = async ({ db }: TenantContext, campaignId: string, state?: State): Promise<number> => {
  let rows = db
    .selectFrom('reviewItems')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('campaignId', '=', campaignId);
  if (state) rows = rows.where('state', '=', state);
  return (await rows.executeTakeFirst())?.count ?? 0;
};

const standing = ['total', 'undecided', 'kept', 'removed', 'waiting', 'left'] as const;
const countedBy = sql`
  count(*)::int as total,
  count(*) filter (where i.state = 'undecided')::int as undecided, count(*) filter (where i.state = 'kept')::int as kept,
  count(*) filter (where i.state = 'removed')::int as removed, count(*) filter (where i.state = 'waiting')::int as waiting,
  count(*) filter (where i.state = 'left')::int as left`;

/** How they stand, of these campaigns, and how many wait for the caller, as `isYours` says of each: read once, by group. */
export const countsOf = async (ctx: TenantContext, campaignIds: string[]) => {
  const found = new Map<string, { counts: Counts; yours: number }>();
  if (campaignIds.length === 0) return found;
  const you = sql`${ctx.actor.id}::uuid`;
  const { rows } = await sql<Counts & { campaignId: string; yours: number }>`
    select s.campaign_id as "campaignId", ${sql.join(standing.map((name) => sql`sum(s.${sql.ref(name)})::int as ${sql.ref(name)}`))},
           sum(case when o.id = ${you} then s.undecided - s.about_you
                    when not coalesce(${you} = any(c.reviewer_ids), false) then 0
                    when o.id is not null then s.about_owner
                    else s.undecided - s.about_you end)::int as yours
    from (
      select i.campaign_id, i.group_id, ${countedBy},
             count(*) filter (where i.state = 'undecided' and ${isAbout(you)})::int as about_you,
             count(*) filter (where i.state = 'undecided' and ${isAbout(sql`g.owner_id`)} and not ${isAbout(you)})::int as about_owner
      from review_items i left join groups g on g.id = i.group_id
      where i.campaign_id = any(${campaignIds}::uuid[]) group by 1, 2) s
         join review_campaigns c on c.id = s.campaign_id left join groups g on g.id = s.group_id
         left join accounts o on ${answering}
    group by 1`.execute(ctx.db);
  for (const { campaignId, yours, ...counts } of rows) found.set(campaignId, { counts, yours });
  return found;
};

export const countsByGroup = async ({ db }: TenantContext, campaignId: string, limit: number) =>
  (
    await sql<Counts & { id: string; name: string }>`
      select rg.group_id as id, rg.name, counted.* from (
        select i.group_id, ${countedBy} from review_items i where i.campaign_id = ${campaignId} group by 1) counted
      join review_groups rg on rg.campaign_id = ${campaignId} and rg.group_id = counted.group_id
      order by counted.undecided + counted.waiting desc, rg.name limit ${limit}`.execute(db)
  ).rows;

export const countsByReviewer = async ({ db }: TenantContext, campaignId: string) =>
  (
    await sql<{ id: string; decided: number }>`
      select decided_by as id, count(*)::int as decided from review_items
      where campaign_id = ${campaignId} and decided_by is not null group by 1 order by 2 desc limit 200`.execute(db)
  ).rows;

/** How many wait for each of those whose they are to decide. */
export const waitingByReviewer = async ({ db }: TenantContext, campaignId: string) =>
  (
    await sql<{ accountId: string; count: number }>`
      select reviewer as "accountId", count(*)::int as count
      from review_items i join review_campaigns c on c.id = i.campaign_id left join groups g on g.id = i.group_id
           left join accounts o on ${answering},
           lateral (select ${owner} as owner) answers,
           lateral unnest(case when owner is not null then array[owner] else c.reviewer_ids end) reviewer
      where i.campaign_id = ${campaignId} and i.state = 'undecided' and not ${isAbout(sql`reviewer`)}
      group by 1 order by 2 desc limit 200`.execute(db)
  ).rows;

export const decide = (
  { db, now }: TenantContext,
  ids: string[],
  decided: { state: State; reason?: string; note: string | null; decidedBy?: string | null },
) =>
  db
    .updateTable('reviewItems')
    .set({ decidedAt: now, ...decided })
    .where('id', 'in', ids)
    .execute();

/** What a removal came to, of a decision that stands. */
export const settle = ({ db }: TenantContext, ids: string[], settled: { state: State; note: string | null }) =>
  db.updateTable('reviewItems').set(settled).where('id', 'in', ids).execute();

/** Who belongs to the groups in scope. */
const held = (campaignId: string, { kinds }: Scope) => sql`
  review_groups rg
  join memberships m on m.group_id = rg.group_id
  join principals p on p.id = m.principal_id
  where rg.campaign_id = ${campaignId} and ${isCurrent} ${kinds ? sql`and p.kind = any(${kinds}::text[])` : sql``}`;

const withPartners = ({ kinds }: Scope) => !kinds || kinds.includes('partner');

export const countHeld = async ({ db }: TenantContext, campaignId: string, scope: Scope): Promise<number> =>
  (
    await sql<{ count: number }>`
      select ((select count(*) from ${held(campaignId, scope)})
        ${withPartners(scope) ? sql`+ (select count(*) from review_groups where campaign_id = ${campaignId} and delegation_id is not null)` : sql``}
      )::int as count`.execute(db)
  ).rows[0]?.count ?? 0;

/** Keeps who is in, so many after one, in the order of group and principal. */
export const insertHeld = async (
  { db, tenantId }: TenantContext,
  campaignId: string,
  scope: Scope,
  [groupId, principalId]: readonly string[],
  ids: string[],
): Promise<{ groupId: string; principalId: string }[]> =>
  (
    await sql<{ groupId: string; principalId: string }>`
      with page as (
        select m.group_id, m.principal_id, m.added_at, m.ends_at, p.kind,
               row_number() over (order by m.group_id, m.principal_id) as at
        from ${held(campaignId, scope)} and (m.group_id, m.principal_id) > (${groupId}::uuid, ${principalId}::uuid)
        order by m.group_id, m.principal_id limit ${ids.length})
      insert into review_items (tenant_id, id, campaign_id, group_id, principal_id, kind, path, added_at, ends_at, last_used_at)
      select ${tenantId}::uuid, (${ids}::uuid[])[h.at], ${campaignId}::uuid, h.group_id, h.principal_id, h.kind,
             case when g.source = 'scim' then 'provisioning'
                  when exists (select from identity_memberships im join external_identities e on e.id = im.identity_id
                               where im.group_id = h.group_id and e.account_id = h.principal_id) then 'identity-provider'
                  else 'direct' end,
             h.added_at, h.ends_at,
             coalesce(case h.kind when 'account' then a.last_sign_in_at
                      when 'guest' then (select u.last_used_at from guests u where u.id = h.principal_id)
                      else (select max(c.last_used_at) from credentials c where c.principal_id = h.principal_id) end, '-infinity')
      from page h join groups g on g.id = h.group_id left join accounts a on a.id = h.principal_id
      returning group_id as "groupId", principal_id as "principalId"`.execute(db)
  ).rows;

/** Keeps the partners' groups, each as a whole: who is in them, their own tenant decides. */
export const insertPartners = async (
  { db }: TenantContext,
  campaignId: string,
  newIds: (count: number) => string[],
) => {
  const { rows } = await sql<{ groupId: string }>`
    select group_id as "groupId" from review_groups where campaign_id = ${campaignId} and delegation_id is not null`.execute(
    db,
  );
  if (rows.length === 0) return 0;
  await sql`
    insert into review_items (tenant_id, id, campaign_id, group_id, kind, path, added_at, ends_at, last_used_at)
    select rg.tenant_id, named.id, rg.campaign_id, rg.group_id, 'partner', 'partner', coalesce(d.decided_at, d.created_at), d.ends_at,
           coalesce((select max(act.at) from delegation_acts act where act.delegation_id = d.id), '-infinity')
    from unnest(${newIds(rows.length)}::uuid[], ${rows.map(({ groupId }) => groupId)}::uuid[]) named(id, group_id)
    join review_groups rg on rg.campaign_id = ${campaignId} and rg.group_id = named.group_id
    join delegations d on d.id = rg.delegation_id`.execute(db);
  return rows.length;
};
