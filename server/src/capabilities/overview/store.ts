import { type SelectQueryBuilder, sql } from 'kysely';
import { notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';

/** Read models over several capabilities' tables, for the home page alone. */

/** Counts say "10,000 or more" beyond this, as lists do, so that they cost the same in the largest tenant. */
export const COUNTED = 10_000;

async function count<T extends keyof Tables>(
  { db }: TenantContext,
  rows: SelectQueryBuilder<Tables, T, { id: string }>,
) {
  const { found } = await db
    .selectFrom(rows.limit(COUNTED).as('counted'))
    .select((eb) => eb.fn.countAll<number>().as('found'))
    .executeTakeFirstOrThrow();
  return found;
}

const accounts = ({ db }: TenantContext) => db.selectFrom('accounts').select('id').where('deletedAt', 'is', null);

export const countAccounts = (ctx: TenantContext) => count(ctx, accounts(ctx));

/** Accepted their invitation and wait for an administrator to enable them, so that they never signed in. */
export const countWaitingAccounts = (ctx: TenantContext) =>
  count(
    ctx,
    accounts(ctx).where('status', '=', 'new').where('verifiedAt', 'is not', null).where('lastSignInAt', 'is', null),
  );

/** Of others who ask for a permission, and have no answer yet. */
export const countAccessRequests = (ctx: TenantContext) =>
  count(
    ctx,
    ctx.db
      .selectFrom('accessRequests')
      .select('id')
      .where(sql<boolean>`state = 'pending'`) // written out, so that each plan knows the index
      .where('expiresAt', '>', ctx.now)
      .where(sql<boolean>`principal_id is distinct from ${ctx.actor.id}::uuid`),
  );

/** Of partners who ask to be let in, and have no answer yet. */
export const countPartnerRequests = (ctx: TenantContext) =>
  count(
    ctx,
    ctx.db
      .selectFrom('delegations')
      .select('id')
      .where(sql<boolean>`side = 'customer' and state = 'requested'`)
      .where('requestEndsAt', '>', ctx.now),
  );

/** Of each delegation whose uses wait for approval, but those of these people, who approve none of their own. */
export const waitingActivations = ({ db }: TenantContext, but: string[]) =>
  db
    .selectFrom('delegationActivations as v')
    .innerJoin('delegations as d', 'd.id', 'v.delegationId')
    .innerJoin('groups as g', 'g.id', 'd.groupId')
    .where(sql<boolean>`v.state = 'requested'`) // written out, as above
    .where(sql<boolean>`d.side = 'customer' and d.state = 'active' and ${sql.raw(notOver('d'))}`)
    .where(
      sql<boolean>`not exists (select from guests who where who.id = any(${but}::uuid[])
        and who.home_tenant_id = d.other_tenant_id and who.home_account_id = v.home_account_id)`,
    )
    .groupBy(['d.id', 'g.name'])
    .select(['d.id as delegationId', 'g.name as groupName', sql<number>`count(*)::int`.as('count')])
    .orderBy('g.name')
    .limit(20)
    .execute();

/** Of others whose changes wait for a second person, in each of the namespaces where the caller may be that one. */
export const waitingChanges = ({ db, now, actor }: TenantContext, approvedBy: 'all' | string[]) =>
  db
    .selectFrom('changeRequests as c')
    .innerJoin('namespaces as n', 'n.id', 'c.namespaceId')
    .where(sql<boolean>`c.state = 'pending'`)
    .where('c.expiresAt', '>', now)
    .where('n.deletedAt', 'is', null)
    .where(sql<boolean>`c.asked_by is distinct from ${actor.id}::uuid`)
    .$if(approvedBy !== 'all', (rows) => rows.where(sql<boolean>`n.id = any(${approvedBy}::uuid[])`))
    .groupBy(['n.id', 'n.name'])
    .select(['n.id as namespaceId', 'n.name as namespaceName', sql<number>`count(*)::int`.as('count')])
    .orderBy('n.name')
    .limit(20)
    .execute();

export const countGroups = (ctx: TenantContext) => count(ctx, ctx.db.selectFrom('groups').select('id'));

export const countActiveProviders = (ctx: TenantContext) =>
  count(ctx, ctx.db.selectFrom('identityProviders').select('id').where('status', '=', 'active'));

/** Of all namespaces, or of those that the caller may see. */
export const countNamespaces = async (ctx: TenantContext, seen: 'all' | string[]) => {
  if (seen.length === 0) return 0;
  const rows = ctx.db.selectFrom('namespaces').select('id').where('deletedAt', 'is', null);
  return count(ctx, seen === 'all' ? rows : rows.where('id', 'in', seen));
};

export const countServiceAccounts = (ctx: TenantContext) =>
  count(ctx, ctx.db.selectFrom('serviceAccounts').select('id').where('deletedAt', 'is', null));

const live = ({ db, now }: TenantContext) =>
  db
    .selectFrom('credentials')
    .where('revokedAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .where((eb) => eb.or([eb('endsAt', 'is', null), eb('endsAt', '>', now)]));

export const countProvisioningTokens = (ctx: TenantContext) =>
  count(ctx, live(ctx).where('kind', '=', 'pt').select('id'));

/** Credentials that end before `until` and have no successor yet, the next first. */
export const expiring = (ctx: TenantContext, kinds: string[], until: Date) =>
  kinds.length === 0
    ? Promise.resolve([])
    : live(ctx)
        .where('kind', 'in', kinds)
        .where('successorId', 'is', null)
        .where('expiresAt', '<=', until)
        .select(['id', 'kind', 'name', sql<Date>`expires_at`.as('expiresAt')])
        .orderBy('expiresAt')
        .orderBy('id')
        .limit(20)
        .execute();

/** Of a busier day no more entries are counted. */
const COUNTED_A_DAY = 1_000;

/** Entries by day (UTC) and outcome from a midnight on; each day's by a range of the index, which holds the outcome. */
export const entriesPerDay = async ({ db }: TenantContext, firstDay: Date, days: number) => {
  const { rows } = await sql<{ day: string; changes: number; refused: number }>`
    select to_char(midnight at time zone 'UTC', 'YYYY-MM-DD') as day, changes, refused
    from generate_series(0, ${days - 1}::int) as nth
    cross join lateral (select ${firstDay}::timestamptz + nth * interval '24 hours' as midnight) as a_day
    cross join lateral (
      select (count(*) filter (where outcome = 'success'))::int as changes,
             (count(*) filter (where outcome = 'refused'))::int as refused
      from (select outcome from audit_entries
            where at >= midnight and at < midnight + interval '24 hours'
            order by at limit ${COUNTED_A_DAY}) as entries
    ) as counted
    order by midnight`.execute(db);
  return rows.map((row) => ({ ...row, isAtLeast: row.changes + row.refused === COUNTED_A_DAY }));
};
