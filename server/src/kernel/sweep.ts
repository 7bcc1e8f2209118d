import { type RawBuilder, sql } from 'kysely';
import { onPlatformTables, type Pool, Unit } from './database/pool.ts';
import type { Chore } from './jobs.ts';

const TENANTS_AT_ONCE = 50;
/** Tenants are gone through no more often than this, so that few tenants cost little. */
const ROUND_MS = 5 * 60_000;

/** So old, by the database's clock. */
const ago = (age: string) => sql<Date>`platform_time() - ${age}::interval`;

function before(column: string, age: string): RawBuilder<boolean> {
  return sql`${sql.ref(column)} < ${ago(age)}`;
}

/** Rows deleted in one statement at most, so that none takes long and none is refused for its time. */
const SLICE = 5_000;
/** So many of each table in one visit; the next visit goes on. */
const MAX_SLICES = 100;

/**
 * What of a tenant is over, and when: in this order, since some refer to others. Sessions that ended and credentials
 * that open nothing are no acts any more, so their going has no entry; the entries of the acts stay.
 *
 * Not here, because their own jobs end them: results of tasks, sent mails, registrations, deleted namespaces.
 */
const over = [
  { table: 'idempotency_records', when: before('created_at', '24 hours') },
  { table: 'nonces', when: before('expires_at', '0') },
  { table: 'spent_challenges', when: before('expires_at', '0') },
  { table: 'unfinished_sign_ins', when: before('expires_at', '0') },
  { table: 'device_requests', when: before('expires_at', '0') },
  { table: 'devices', when: before('last_seen_at', '400 days') },
  // Somebody began to enrol it and did not go on.
  { table: 'factors', when: sql`confirmed_at is null and ${before('created_at', '1 day')}` },
  { table: 'refusal_counts', when: before('minute', '24 hours') },
  // A link lives 7 days at most and a session 30 days, used, ended or not.
  { table: 'links', when: before('expires_at', '30 days') },
  { table: 'email_changes', when: before('expires_at', '30 days') },
  { table: 'sessions', when: before('expires_at', '30 days') },
  { table: 'change_request_inputs', when: before('expires_at', '0') },
  { table: 'change_requests', when: before('expires_at', '400 days') },
  { table: 'access_requests', when: before('expires_at', '400 days') },
  // Evidence of reviews: three years. The items of a large one go in slices, then the campaign.
  {
    table: 'review_items',
    when: sql`campaign_id in (select id from review_campaigns where ${before('closed_at', '1100 days')})`,
  },
  {
    table: 'review_campaigns',
    when: sql`${before('closed_at', '1100 days')} and not exists (select from review_items i where i.campaign_id = review_campaigns.id)`,
  },
  { table: 'ownership_transfers', when: before('expires_at', '90 days') },
  { table: 'ownership_recoveries', when: before('decided_at', '400 days') },
  { table: 'sign_in_trips', when: before('expires_at', '1 hour') },
  { table: 'saml_messages', when: before('expires_at', '0') },
  { table: 'saml_sessions', when: before('expires_at', '0') },
  // With its private key; who may change the gateway was told 30, 7 and 1 days before, and when it was over.
  { table: 'gateway_certificates', when: before('expires_at', '30 days') },
  { table: 'saml_keys', when: before('retires_at', '0') },
  { table: 'provider_tests', when: before('expires_at', '0') },
  { table: 'assertions', when: before('expires_at', '1 hour') },
  { table: 'leases', when: before('asked_at', '1 hour') },
  { table: 'guest_sessions', when: before('expires_at', '0') },
  { table: 'guest_invitations', when: before('expires_at', '30 days') },
  { table: 'import_keys', when: before('expires_at', '90 days') },
  { table: 'provider_set_up_links', when: before('expires_at', '30 days') },
  // No program keeps what it has not reported for so long.
  { table: 'agent_journals', when: before('at', '100 days') },
  { table: 'usage_days', when: before('day', '800 days') },
  { table: 'transaction_counts', when: before('day', '800 days') },
  { table: 'provisioning_calls', when: before('at', '7 days') },
  { table: 'provisioning_holds', when: before('decided_at', '90 days') },
  {
    table: 'notice_reads',
    when: sql`notice_id in (select id from notices where ${before('created_at', '90 days')})`,
  },
  {
    table: 'notices',
    when: sql`${before('created_at', '90 days')} and not exists (select from notice_reads where notice_id = notices.id)`,
  },
  {
    // One that another is being replaced by goes after that.
    table: 'credentials',
    when: sql`(${before('revoked_at', '90 days')} or ${before('ends_at', '90 days')} or ${before('expires_at', '90 days')})
              and not exists (select from credentials replaced where replaced.successor_id = credentials.id)`,
  },
];

/** Deletes what is over and nobody else takes away. */
export function sweeping(): Chore {
  const tenants = visitingTenants('sweep', TENANTS_AT_ONCE, sweepTenant);
  return {
    ...tenants,
    async run(platform, region) {
      for (const cell of region.cells) await sweepPlatformTables(cell);
      await tenants.run(platform, region);
    },
  };
}

/** Visits every tenant of each cell in turn, so many every 10 seconds, and begins again five minutes after it began. */
export function visitingTenants(
  name: string,
  atOnce: number,
  visit: (cell: Pool, tenantId: string) => Promise<void>,
): Chore {
  const rounds = new Map<Pool, Round>();
  return {
    name,
    everySeconds: 10,
    async run(_platform, { cells }) {
      for (const cell of cells) {
        const round = rounds.get(cell) ?? { after: undefined, startedAt: Number.NEGATIVE_INFINITY };
        rounds.set(cell, await visitSome(cell, round, atOnce, visit));
      }
    },
  };
}

interface Round {
  /** The last tenant visited; undefined between rounds. */
  after: string | undefined;
  /** On this node's monotonic clock, in milliseconds. */
  startedAt: number;
}

/** Row security shows a tenant's rows in its context only, so tenants are opened in turn, some at a time. */
async function visitSome(
  cell: Pool,
  { after, startedAt }: Round,
  atOnce: number,
  visit: (cell: Pool, tenantId: string) => Promise<void>,
): Promise<Round> {
  if (after === undefined && performance.now() - startedAt < ROUND_MS) return { after, startedAt };
  const begun = after === undefined ? performance.now() : startedAt;
  const tenants = await onPlatformTables(cell, (db) => {
    let next = db.selectFrom('tenantIndex').select('tenantId').orderBy('tenantId').limit(atOnce);
    if (after !== undefined) next = next.where('tenantId', '>', after);
    return next.execute();
  });
  for (const { tenantId } of tenants) await visit(cell, tenantId);
  const last = tenants.length === atOnce ? tenants.at(-1)?.tenantId : undefined;
  return { after: last, startedAt: begun };
}

export const sweepPlatformTables = (cell: Pool): Promise<void> =>
  onPlatformTables(cell, async (db) => {
    await Promise.all([
      db.deleteFrom('quotaBlocks').where('period', '<', ago('1 minute')).execute(),
      db.deleteFrom('quotaShares').where('period', '<', ago('1 minute')).execute(),
      db.deleteFrom('guesses').where('period', '<', ago('24 hours')).execute(),
      db.deleteFrom('operatorRequests').where('createdAt', '<', ago('24 hours')).execute(),
    ]);
  });

/** Deletes of one tenant what is over, in as many transactions as it takes. */
export async function sweepTenant(cell: Pool, tenantId: string): Promise<void> {
  for (let slice = 0; slice < MAX_SLICES; slice++) if (!(await sweepSlice(cell, tenantId))) return;
}

/**
 * Whom provisioning deleted so long ago that it cannot be undone any more: with the person's key what the audit holds of
 * them goes for good, and its entries still verify.
 */
async function erasePeople(db: Unit['db']): Promise<bigint> {
  const { numAffectedRows = 0n } = await sql`
    with erased as (
      update accounts set erased_at = platform_time()
      where id = any(array(
        select id from accounts
        where source = 'scim' and erased_at is null
          and deleted_at < platform_time() - (select undo_days from tenants) * interval '1 day'
        limit ${SLICE}))
      returning id)
    delete from subject_keys using erased where subject_id = erased.id`.execute(db);
  return numAffectedRows;
}

/** @returns whether there may be more */
async function sweepSlice(cell: Pool, tenantId: string): Promise<boolean> {
  const { unit } = await Unit.open(cell, tenantId);
  try {
    let isMore = false;
    for (const { table, when } of over) {
      const rows = sql.table(table);
      const { numAffectedRows = 0n } = await sql`
        delete from ${rows} where ctid = any(array(select ctid from ${rows} where ${when} limit ${SLICE}))`.execute(
        unit.db,
      );
      isMore ||= numAffectedRows >= SLICE;
    }
    isMore ||= (await erasePeople(unit.db)) >= SLICE;
    await unit.commit();
    return isMore;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}
