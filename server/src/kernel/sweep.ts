import { type Kysely, sql } from 'kysely';
import { onPlatformTables, type Pool, Unit } from './database/pool.ts';
import type { Tables } from './database/tables.gen.ts';
import type { Chore } from './jobs.ts';

const TENANTS_AT_ONCE = 50;
/** Tenants are gone through no more often than this, so that few tenants cost little. */
const ROUND_MS = 5 * 60_000;

/** So old, by the database's clock. */
const ago = (age: string) => sql<Date>`platform_time() - ${age}::interval`;

/** Deletes what is over and only the kernel keeps: idempotency records, nonces, meters, ended sessions. */
export function sweeping(): Chore {
  const rounds = new Map<Pool, Round>();
  return {
    name: 'sweep',
    everySeconds: 10,
    async run(_platform, { cells }) {
      for (const cell of cells) {
        await sweepPlatformTables(cell);
        const round = rounds.get(cell) ?? { after: undefined, startedAt: Number.NEGATIVE_INFINITY };
        rounds.set(cell, await sweepSomeTenants(cell, round));
      }
    },
  };
}

interface Round {
  /** The last tenant swept; undefined between rounds. */
  after: string | undefined;
  /** On this node's monotonic clock, in milliseconds. */
  startedAt: number;
}

/** Row security shows a tenant's rows in its context only, so tenants are opened in turn, some at a time. */
async function sweepSomeTenants(cell: Pool, { after, startedAt }: Round): Promise<Round> {
  if (after === undefined && performance.now() - startedAt < ROUND_MS) return { after, startedAt };
  const begun = after === undefined ? performance.now() : startedAt;
  const tenants = await onPlatformTables(cell, (db) => {
    let next = db.selectFrom('tenantIndex').select('tenantId').orderBy('tenantId').limit(TENANTS_AT_ONCE);
    if (after !== undefined) next = next.where('tenantId', '>', after);
    return next.execute();
  });
  for (const { tenantId } of tenants) await sweepTenant(cell, tenantId);
  const last = tenants.length === TENANTS_AT_ONCE ? tenants.at(-1)?.tenantId : undefined;
  return { after: last, startedAt: begun };
}

export const sweepPlatformTables = (cell: Pool): Promise<void> =>
  onPlatformTables(cell, async (db) => {
    await Promise.all([
      db.deleteFrom('quotaBlocks').where('period', '<', ago('1 minute')).execute(),
      db.deleteFrom('guesses').where('period', '<', ago('24 hours')).execute(),
      db.deleteFrom('operatorRequests').where('createdAt', '<', ago('24 hours')).execute(),
    ]);
  });

/** Deletes of one tenant what is over. Sessions that ended are no acts any more, so their going has no entry. */
export async function sweepTenant(cell: Pool, tenantId: string): Promise<void> {
  const { unit } = await Unit.open(cell, tenantId);
  try {
    await Promise.all(overIn(unit.db));
    await unit.commit();
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

const overIn = (db: Kysely<Tables>) => [
  db.deleteFrom('idempotencyRecords').where('createdAt', '<', ago('24 hours')).execute(),
  db.deleteFrom('nonces').where('expiresAt', '<', ago('0')).execute(),
  db.deleteFrom('refusalCounts').where('minute', '<', ago('24 hours')).execute(),
  db.deleteFrom('links').where('consumedAt', '<', ago('30 days')).execute(),
  db
    .deleteFrom('sessions')
    .where((eb) => eb.or([eb('endedAt', '<', ago('30 days')), eb('expiresAt', '<', ago('30 days'))]))
    .execute(),
];
