import type { TenantContext } from '../../kernel/context.ts';
import { ask } from '../../kernel/database/pool.ts';
import { newId } from '../../kernel/ids.ts';
import { Lines } from '../../kernel/line.ts';
import { tooMany } from '../../kernel/problem.ts';
import { countTransactions, keptToday, notTold } from '../licences/service.ts';
import type { TransactionBatch, TransactionReceipt, TransactionRecord } from './schema.ts';
import * as store from './store.ts';

/** Clocks of gateways may be ahead of ours by as much as their signatures may. */
const DAY_MS = 86_400_000;

/**
 * Writes down what a program that runs a gateway reports. What its journal numbers is counted once, however often it is
 * sent; what is older than the tenant keeps is left out, and what is more than it may have kept in a day is counted only.
 *
 * @returns how many of what was new are not kept, and why
 * @throws {Problem} 429 when the tenant's second is used up: the journal waits
 */
export const recordTransactions = (
  ctx: TenantContext,
  source: store.Source,
  batch: TransactionBatch,
): Promise<TransactionReceipt> => lines.run(ctx.tenantId, () => recordNow(ctx, source, batch));

/** So that a flood of one tenant's batches keeps no more connections of a node than these from the others. */
const lines = new Lines(
  2,
  8,
  'Many transactions of this tenant are being written down. Keep them and send them again.',
);

async function recordNow(
  ctx: TenantContext,
  source: store.Source,
  { journal, items }: TransactionBatch,
): Promise<TransactionReceipt> {
  await takeShare(ctx, items.length);
  const [last, days, today] = await Promise.all([
    store.holdJournal(ctx, source, journal),
    store.retention(ctx),
    keptToday(ctx),
  ]);
  const oldest = new Date(ctx.now.getTime() - days.transactionDays * DAY_MS);
  const fresh = items.filter(({ sequence }) => sequence > last);
  const rows = fresh
    .map((item) => ({ id: newId(), ...item, at: earlier(new Date(item.at), ctx.now) }))
    .filter(({ at }) => at >= oldest);
  const isKept = hasRoom(ctx, today.kept);
  if (rows.length > 0) {
    if (isKept) {
      await store.requirePartitions(ctx, new Set(rows.map(({ at }) => at.toISOString().slice(0, 10))));
      await store.insert(ctx, source, rows);
    } else await tellOnce(ctx);
    countTransactions(ctx, source.namespaceId, {
      letIn: rows.filter(wasLetIn).length,
      kept: isKept ? rows.length : 0,
      leftOut: isKept ? 0 : rows.length,
    });
  }
  store.noteJournal(ctx, source, journal, Math.max(last, ...items.map(({ sequence }) => sequence)));
  return { leftOut: { beyondDay: isKept ? 0 : rows.length, tooOld: fresh.length - rows.length } };
}

/** Whole batches, so that those who report at one time may go beyond it by what they bring. */
const hasRoom = ({ platform: { config } }: TenantContext, kept: number): boolean =>
  config.transactionsPerDay === 0 || kept < config.transactionsPerDay;

/** Owners are told once a day. */
async function tellOnce(ctx: TenantContext): Promise<void> {
  const about = `transactions-left-out ${ctx.now.toISOString().slice(0, 10)}`;
  if ((await notTold(ctx, [about])).size === 0) return;
  ctx.notify({
    kind: 'transactions-left-out',
    to: 'owners',
    text: `Your gateways reported more than the ${ctx.platform.config.transactionsPerDay} transactions that are kept in a day. What comes beyond them until midnight (UTC) is counted for your licences, and is not in Logging.`,
  });
}

/** Why something let in was not carried to its end. */
const AFTER_LETTING_IN = new Set(['upstream-failed', 'upstream-late', 'too-long', 'fault']);
/** Who asked hung up. */
const HUNG_UP = 499;

/**
 * Licences are for what is let in, whoever carries it then and whatever comes of it; nobody uses one up by what is
 * refused. Older gateways say nothing of why where somebody hung up before it was decided: then no route is named.
 */
function wasLetIn({ reason, status, routeId }: Pick<TransactionRecord, 'reason' | 'status' | 'routeId'>): boolean {
  if (reason === null) return status !== HUNG_UP || routeId !== null;
  return reason === 'let-in' || (AFTER_LETTING_IN.has(reason) && routeId !== null);
}

const earlier = (a: Date, b: Date) => (a < b ? a : b);

/** Of what the region writes down in a second a tenant has its share, so that one's flood leaves room for the others. */
async function takeShare({ tenantId, place, platform }: TenantContext, count: number): Promise<void> {
  const [row] = await ask<{ taken: boolean }>(place.cell, {
    name: 'take-share-of-transactions',
    text: `with taken as (
             insert into quota_shares as q (tenant_id, share, period, used)
             values ($1, 'transactions', date_trunc('second', platform_time()), $2)
             on conflict (tenant_id, share, period) do update set used = q.used + $2 where q.used + $2 <= $3
             returning 1)
           select exists (select from taken) as taken`,
    values: [tenantId, count, platform.config.transactionsPerSecond],
  });
  if (!row?.taken)
    throw tooMany('This tenant has used up its transactions of this second. Keep them and send them again.', 1);
}
