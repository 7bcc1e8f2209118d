import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { constant, prepared } from '../../kernel/database/queries.ts';

/** Those who are named by a change of members, many at once, and what holds them meanwhile. */

// Lists of ids go as one parameter, `{id,id}`, and come back as one text: they may hold 100,000.

/** Ids as a parameter of type uuid[]; each must be an id (`isId`). */
export const listed = (ids: readonly string[]) => `{${ids.join(',')}}`;
export const idsOf = (text: string | null | undefined): string[] => (text ? text.split(',') : []);
/**
 * As rows. Behind a select the planner sees no length, so that it keeps one plan: to make one takes longer than to add
 * a member.
 */
export const asRows = (ids: string) => sql<{ id: string }>`unnest((select ${ids}::uuid[]))`.as<'named'>(sql`named(id)`);

const holdingMany = prepared((db, at: { ids: string }) =>
  db
    .selectFrom(asRows(at.ids))
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('principals')
          .select('principals.id')
          .whereRef('principals.id', '=', 'named.id')
          .limit(constant(1))
          .forKeyShare()
          .as('held'),
      (join) => join.onTrue(),
    )
    .select((eb) => eb.fn.countAll<number>().as('count')),
);

/** The same of one, who is named most often. */
const holdingAlone = prepared((db, at: { id: string }) =>
  db.selectFrom('principals').select(constant(1).as('count')).where('id', '=', at.id).forKeyShare(),
);

/**
 * Waits for those who are being deleted, and keeps the others from it until the transaction ends: a membership of a
 * tombstone would stay. In one order, and before any group is held, since a deletion holds its account and principal
 * first, then the groups: else two additions and two deletions could wait for one another in a circle.
 *
 * @param ids sorted
 */
export const holdingPrincipals = (ids: readonly string[]) =>
  ids.length === 1 ? holdingAlone({ id: ids[0] as string }) : holdingMany({ ids: listed(ids) });

/** The same at once, of ids in any order; before any group is held. @returns how many are there */
export const holdPrincipals = async (ctx: TenantContext, ids: readonly string[]): Promise<number> => {
  const each = [...new Set(ids)].sort();
  const [held] = each.length > 0 ? await ctx.ask(holdingPrincipals(each)) : [];
  return held?.count ?? 0;
};

/** Nobody makes a member of it from here on. */
export const holdingPrincipal = prepared((db, at: { id: string }) =>
  db.selectFrom('principals').select('id').where('id', '=', at.id).forUpdate(),
);
const holdingGroupsOf = prepared((db, at: { id: string }) =>
  db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', db.selectFrom('memberships').select('groupId').where('principalId', '=', at.id))
    .orderBy('id')
    .forUpdate(),
);

/** Holds, with the next query, who is to leave groups, and all that it is in in one order. */
export const holdToLeave = (ctx: TenantContext, id: string): void => {
  ctx.defer(holdingPrincipal({ id }));
  ctx.defer(holdingGroupsOf({ id }));
};

/** Members of every kind, as a deletion keeps them. */
export const memberIds = async ({ db }: TenantContext, groupId: string): Promise<string[]> => {
  const { ids } = await db
    .selectFrom('memberships')
    .where('groupId', '=', groupId)
    .select(sql<string | null>`string_agg(principal_id::text, ',')`.as('ids'))
    .executeTakeFirstOrThrow();
  return idsOf(ids);
};
