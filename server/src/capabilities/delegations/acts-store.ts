import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byTime, page } from '../../kernel/page.ts';
import type { AskedOf } from './messages.ts';
import type { ActQuery } from './schema.ts';

/** What was done by delegations, on each side. */

export interface ActRow {
  entryId: string;
  delegationId: string;
  homeAccountId: string;
  action: string;
  at: Date;
}

const AT_ONCE = 200;
/** Of each side, the newest so many are compared. */
const COMPARED = 10_000;

/** Acts of a delegation that the other side is not known to have, the oldest first. */
export const outstandingActs = ({ db }: TenantContext, delegationId: string): Promise<ActRow[]> =>
  db
    .selectFrom('delegationActs')
    .select(['entryId', 'delegationId', 'homeAccountId', 'action', 'at'])
    .where('delegationId', '=', delegationId)
    .where('twinAt', 'is', null)
    .orderBy('at')
    .limit(AT_ONCE)
    .execute();

export const noteTwins = async ({ db, now }: TenantContext, entryIds: string[]): Promise<void> => {
  await db.updateTable('delegationActs').set({ twinAt: now }).where('entryId', 'in', entryIds).execute();
};

/** @returns whether it is new here */
export const insertTwin = async ({ db, tenantId, now }: TenantContext, row: ActRow): Promise<boolean> =>
  (await db
    .insertInto('delegationActs')
    .values({ tenantId, ...row, twinAt: now })
    .onConflict((conflict) => conflict.columns(['tenantId', 'entryId']).doNothing())
    .returning('entryId')
    .executeTakeFirst()) !== undefined;

export const listActs = (ctx: TenantContext, delegationId: string, query: z.output<typeof ActQuery>) =>
  page(ctx.db, query, {
    rows: ctx.db
      .selectFrom('delegationActs')
      .where('delegationId', '=', delegationId)
      .select(['entryId', 'homeAccountId', 'action', 'at', sql<boolean>`twin_at is null`.as('isOutstanding')]),
    id: 'delegation_acts.entry_id',
    sorts: { at: byTime('delegation_acts.at') },
    defaultSort: '-at',
  });

/** Of a delegation with the tenant that asks, the ids of its newest acts. */
export const actsToCompare = ({ of, ids: [delegationId] }: AskedOf) => ({
  name: 'acts-to-compare',
  text: `select a.entry_id as id from delegation_acts a join delegations d on d.id = a.delegation_id
         where d.id = $2 and d.other_tenant_id = $1 order by a.at desc limit ${COMPARED}`,
  values: [of, delegationId],
});

/** The ids of the newest acts of a delegation. */
export const actIds = async ({ db }: TenantContext, delegationId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('delegationActs')
    .select('entryId')
    .where('delegationId', '=', delegationId)
    .orderBy('at', 'desc')
    .limit(COMPARED)
    .execute();
  return rows.map(({ entryId }) => entryId);
};

export const countActs = async ({ db }: TenantContext, delegationId: string) =>
  db
    .selectFrom('delegationActs')
    .where('delegationId', '=', delegationId)
    .select([
      sql<number>`count(*)::int`.as('acts'),
      sql<number>`(count(*) filter (where twin_at is null))::int`.as('outstanding'),
    ])
    .executeTakeFirstOrThrow();
