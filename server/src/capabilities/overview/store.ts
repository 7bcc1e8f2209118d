import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';

/** Read models over several capabilities' tables, for the home page alone. */

const counted = async (rows: Promise<{ count: number | string | bigint }>) => Number((await rows).count);

export const countAccounts = ({ db }: TenantContext) =>
  counted(
    db
      .selectFrom('accounts')
      .where('deletedAt', 'is', null)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  );

/** Accepted their invitation and wait for an administrator to enable them. */
export const countWaitingAccounts = ({ db }: TenantContext) =>
  counted(
    db
      .selectFrom('accounts')
      .where('deletedAt', 'is', null)
      .where('status', '=', 'new')
      .where('verifiedAt', 'is not', null)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  );

export const countGroups = ({ db }: TenantContext) =>
  counted(
    db
      .selectFrom('groups')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  );

/** Of all namespaces, or of those that the caller may see. */
export const countNamespaces = async ({ db }: TenantContext, seen: 'all' | string[]) => {
  if (seen.length === 0) return 0;
  let rows = db.selectFrom('namespaces').where('deletedAt', 'is', null);
  if (seen !== 'all') rows = rows.where('id', 'in', seen);
  return counted(rows.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow());
};

export const countServiceAccounts = ({ db }: TenantContext) =>
  counted(
    db
      .selectFrom('serviceAccounts')
      .where('deletedAt', 'is', null)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  );

const live = ({ db, now }: TenantContext) =>
  db
    .selectFrom('credentials')
    .where('revokedAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .where((eb) => eb.or([eb('endsAt', 'is', null), eb('endsAt', '>', now)]));

export const countProvisioningTokens = (ctx: TenantContext) =>
  counted(
    live(ctx)
      .where('kind', '=', 'pt')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  );

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

/** Entries by day (UTC) and outcome since a time. */
export const entriesPerDay = ({ db }: TenantContext, since: Date) =>
  db
    .selectFrom('auditEntries')
    .where('at', '>=', since)
    .select([
      sql<string>`to_char(at at time zone 'UTC', 'YYYY-MM-DD')`.as('day'),
      sql<number>`(count(*) filter (where outcome = 'success'))::int`.as('changes'),
      sql<number>`(count(*) filter (where outcome = 'refused'))::int`.as('refused'),
    ])
    .groupBy('day')
    .execute();
