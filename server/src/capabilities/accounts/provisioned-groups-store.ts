import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';
import { holdToLeave } from '../groups/service.ts';

/** The groups that an account of provisioning leaves and comes back into. */

/** Whether an account is in a group that gives anything, to be foreseen. */
export const holding = prepared((db, at: { id: string }) =>
  db.selectNoFrom(
    // Each group is looked up by itself, behind a limit that the planner does not take away: without statistics it would
    // read all groups of the tenant.
    sql<boolean>`exists(
      select 1 from memberships m
      cross join lateral (select is_owner_group from groups where id = m.group_id limit 1) g
      where m.principal_id = ${at.id}
        and (g.is_owner_group or exists(select 1 from grants r where r.group_id = m.group_id)))`.as('holds'),
  ),
);

/** Takes an account out of its groups, which it holds first; out of all, or of those of provisioning. @returns their ids */
export const leaveGroups = async (
  ctx: TenantContext,
  accountId: string,
  which: 'all' | 'provisioned' = 'all',
): Promise<string[]> => {
  holdToLeave(ctx, accountId);
  const left = await ctx.db
    .deleteFrom('memberships')
    .where('principalId', '=', accountId)
    .$if(which === 'provisioned', (rows) =>
      rows.where('groupId', 'in', (eb) => eb.selectFrom('groups').select('id').where('source', '=', 'scim')),
    )
    .returning('groupId')
    .execute();
  const ids = left.map(({ groupId }) => groupId).sort();
  touchGroups(ctx, ids);
  return ids;
};

/** Puts an account into groups that `holdGroups` holds. Nothing waits for it. */
export const joinGroups = (ctx: TenantContext, accountId: string, groupIds: string[]): void => {
  if (groupIds.length === 0) return;
  const { db, tenantId, now, actor } = ctx;
  ctx.defer(
    db
      .insertInto('memberships')
      .values(
        groupIds.map((groupId) => ({ tenantId, groupId, principalId: accountId, addedAt: now, addedBy: actor.id })),
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
  touchGroups(ctx, groupIds);
};

const touchGroups = (ctx: TenantContext, ids: string[]): void => {
  if (ids.length === 0) return;
  ctx.defer(
    ctx.db
      .updateTable('groups')
      .set((eb) => ({ ...ctx.changedBy, version: eb('version', '+', 1) }))
      .where('id', 'in', ids),
  );
};

/** Those of the groups that are there, held until the transaction ends. */
export const holdGroups = ({ db }: TenantContext, ids: readonly string[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('groups')
        .select(['id', 'isOwnerGroup'])
        .where('id', 'in', [...ids])
        .orderBy('id')
        .forUpdate()
        .execute();

export const groupsThere = async ({ db }: TenantContext, ids: readonly string[]): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', [...ids])
    .execute();
  return new Set(rows.map(({ id }) => id));
};
