import { sql } from 'kysely';
import type { z } from 'zod';
import { notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { CampaignQuery, Counts, NewReviewCampaign, Scope } from './schema.ts';

/** Campaigns and the groups in their scope. */

const campaigns = ({ db }: TenantContext) =>
  db
    .selectFrom('reviewCampaigns as c')
    .select([
      'c.id',
      'c.name',
      sql<Scope>`c.scope`.as('scope'),
      sql<'group-owners' | 'accounts'>`c.reviewers`.as('reviewers'),
      'c.reviewerIds',
      sql<'keep' | 'remove'>`c.undecided`.as('undecided'),
      sql<'gathering' | 'open' | 'closing' | 'closed'>`c.state`.as('state'),
      'c.dueAt',
      'c.taskId',
      sql<Counts | null>`c.counts`.as('counts'),
      'c.closedAt',
      sql<string>`coalesce(c.ends_as, c.created_by)`.as('endsAs'),
      'c.version',
      'c.createdAt',
      'c.createdBy',
      'c.updatedAt',
      'c.updatedBy',
    ]);
export type CampaignRow = Awaited<ReturnType<typeof find>>;

/** Who may not see groups sees the campaigns that it decides in. */
const seenBy = (ctx: TenantContext) => {
  const id = ctx.actor.id ?? '';
  return sql<boolean>`(${id}::uuid = any(c.reviewer_ids) or c.reviewers = 'group-owners' and exists (
    select from review_groups rg join groups g on g.id = rg.group_id
    where rg.campaign_id = c.id and g.owner_id = ${id}::uuid))`;
};

const visible = (ctx: TenantContext) => {
  const rows = campaigns(ctx);
  return ctx.rights.may('groups.view') ? rows : rows.where(seenBy(ctx));
};

export const find = (ctx: TenantContext, id: string) =>
  visible(ctx)
    .where('c.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('campaign'));

export const lock = (ctx: TenantContext, id: string) =>
  visible(ctx)
    .where('c.id', '=', id)
    .forUpdate('c')
    .executeTakeFirstOrThrow(() => notFound('campaign'));

/** Many decide at once, and nobody ends it meanwhile. */
export const hold = (ctx: TenantContext, id: string) =>
  visible(ctx)
    .where('c.id', '=', id)
    .forShare('c')
    .executeTakeFirstOrThrow(() => notFound('campaign'));

export const lockIfThere = (ctx: TenantContext, id: string) =>
  campaigns(ctx).where('c.id', '=', id).forUpdate('c').executeTakeFirst();

export const holdIfThere = (ctx: TenantContext, id: string) =>
  campaigns(ctx).where('c.id', '=', id).forShare('c').executeTakeFirst();

export const list = (ctx: TenantContext, query: z.output<typeof CampaignQuery>) => {
  let rows = visible(ctx);
  if (query.state) rows = rows.where('c.state', '=', query.state);
  return page(ctx.db, query, { rows, id: 'c.id', sorts: { createdAt: byTime('c.created_at') } });
};

export const countOpen = async ({ db }: TenantContext): Promise<number> =>
  (await db.selectFrom('reviewCampaigns').select('id').where('state', '<>', 'closed').execute()).length;

export const insert = (ctx: TenantContext, id: string, { scope, dueAt, ...campaign }: NewReviewCampaign) =>
  ctx.db
    .insertInto('reviewCampaigns')
    .values({
      tenantId: ctx.tenantId,
      id,
      scope: JSON.stringify(scope),
      dueAt: new Date(dueAt),
      createdAt: ctx.now,
      createdBy: ctx.actor.id as string,
      updatedAt: ctx.now,
      updatedBy: ctx.actor.id,
      ...campaign,
    })
    .execute();

export const update = (
  ctx: TenantContext,
  id: string,
  changes: {
    name?: string;
    reviewerIds?: string[];
    undecided?: 'keep' | 'remove';
    dueAt?: Date;
    endsAs?: string;
    state?: 'open' | 'closing' | 'closed';
    taskId?: string;
    counts?: string;
    closedAt?: Date;
  },
) =>
  ctx.db
    .updateTable('reviewCampaigns')
    .set({ ...ctx.changedBy, version: sql`version + 1`, ...changes })
    .where('id', '=', id)
    .execute();

/** What a group grants, as grants are written. */
const grantsOf = sql`array(select r.permission || coalesce('@' || r.namespace_id::text, '') from grants r
                           where r.group_id = g.id order by 1)`;

/** Whether any grant of the group is of these topics, or counts in these namespaces. */
const grantsAny = (condition: ReturnType<typeof sql<boolean>>) =>
  sql<boolean>`(g.is_owner_group or exists (select from grants r where r.group_id = g.id and ${condition}))`;

/** Keeps the groups in scope, with what they give. */
export async function insertGroups(
  ctx: TenantContext,
  campaignId: string,
  { groupIds, topics, namespaceIds }: Scope,
  namespacedTopics: string[],
) {
  const inScope = [
    ...(groupIds ? [sql<boolean>`g.id = any(${groupIds}::uuid[])`] : []),
    ...(topics ? [grantsAny(sql<boolean>`split_part(r.permission, '.', 1) = any(${topics}::text[])`)] : []),
    ...(namespaceIds
      ? [
          grantsAny(sql<boolean>`(r.namespace_id = any(${namespaceIds}::uuid[])
            or r.namespace_id is null and split_part(r.permission, '.', 1) = any(${namespacedTopics}::text[]))`),
        ]
      : []),
  ];
  await sql`
    insert into review_groups (tenant_id, campaign_id, group_id, name, is_owner_group, grants, delegation_id)
    select g.tenant_id, ${campaignId}::uuid, g.id, g.name, g.is_owner_group, ${grantsOf},
           (select d.id from delegations d
            where d.group_id = g.id and d.side = 'customer' and d.state = 'active'
              and ${sql.raw(notOver('d'))}
            order by d.ends_at desc nulls first limit 1)
    from groups g
    where ${inScope.length > 0 ? sql.join(inScope, sql` and `) : sql`true`}`.execute(ctx.db);
}

/** Of these ids those that are no enabled account, no group, no namespace. */
export const missing = async (
  { db }: TenantContext,
  kind: 'accounts' | 'groups' | 'namespaces',
  ids: readonly string[],
): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const there = {
    accounts: sql`accounts where status = 'enabled' and deleted_at is null`,
    groups: sql`groups where true`,
    namespaces: sql`namespaces where deleted_at is null`,
  }[kind];
  const { rows } = await sql<{ id: string }>`
    select named.id from unnest(${[...ids]}::uuid[]) named(id)
    where named.id not in (select id from ${there})`.execute(db);
  return new Set(rows.map(({ id }) => id));
};

/** By their ids, also of those who are deleted. */
export const namesOf = async ({ db }: TenantContext, ids: string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('accounts').select(['id', 'displayName']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, displayName }) => [id, displayName]));
};

/** Whether the account may act now; a task goes on when its session is over. */
export const isEnabled = async ({ db }: TenantContext, id: string): Promise<boolean> =>
  (await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', id)
    .where('status', '=', 'enabled')
    .where('deletedAt', 'is', null)
    .executeTakeFirst()) !== undefined;

export const kindOf = async ({ db }: TenantContext, id: string) =>
  (
    await db
      .selectFrom('principals')
      .select('kind')
      .where('id', '=', id)
      .$narrowType<{ kind: 'account' | 'service-account' | 'guest' }>()
      .executeTakeFirst()
  )?.kind;
