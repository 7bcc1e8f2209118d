import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { canonicalName } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import { keptToday } from '../licences/service.ts';
import { type Filters, type TransactionQuery, TransactionRetention } from './schema.ts';
import * as store from './store.ts';

export { recordTransactions } from './recording.ts';

const DAY_MS = 86_400_000;

export const tooMuch = () =>
  new Problem(
    400,
    'too-much-to-read',
    'There is too much in this range to be read at once. Name a shorter one with from and until, or a gateway, a status, a path or a person.',
  );

/**
 * What filters mean here, no further back than the tenant keeps.
 *
 * @throws {Problem} 404 `not-found`: no such namespace in this tenant
 */
export async function rangeOf(ctx: TenantContext, namespaceId: string, filters: Filters): Promise<store.Range> {
  const { from, until, person } = filters;
  const [{ transactionDays }, accountIds] = await Promise.all([
    store.retention(ctx),
    person === undefined ? [] : store.accountsOf(ctx, isId(person) ? person : null, canonicalName(person)),
    store.requireNamespace(ctx, namespaceId),
  ]);
  const oldest = new Date(ctx.now.getTime() - transactionDays * DAY_MS);
  const asked = from ? new Date(from) : oldest;
  return {
    namespaceId,
    from: asked > oldest ? asked : oldest,
    until: until ? new Date(until) : undefined,
    accountIds,
    filters,
  };
}

/** @throws {Problem} 400 `too-much-to-read` */
export async function listTransactions(
  ctx: TenantContext,
  namespaceId: string,
  query: z.output<typeof TransactionQuery>,
) {
  const found = await store.list(ctx, await rangeOf(ctx, namespaceId, query), query, tooMuch());
  return { ...found, items: await shown(ctx, found.items) };
}

/** With the names that things and people have now. */
export async function shown(ctx: TenantContext, rows: store.TransactionRow[]) {
  const ids = rows.flatMap(({ gatewayId, agentId, routeId, serviceId, accountId }) => [
    gatewayId,
    agentId,
    ...[routeId, serviceId, accountId].filter((id) => id !== null),
  ]);
  const names = await store.namesOf(ctx, [...new Set(ids)]);
  const named = (id: string) => ({ id, name: names.get(id) ?? null });
  return rows.map(({ gatewayId, agentId, routeId, serviceId, accountId, subject, ...row }) => ({
    gateway: named(gatewayId),
    agent: named(agentId),
    route: routeId ? named(routeId) : null,
    service: serviceId ? named(serviceId) : null,
    person: accountId
      ? { accountId, name: names.get(accountId) ?? 'Former account' }
      : subject
        ? { accountId: null, name: subject }
        : null,
    ...row,
  }));
}

/** Spans in seconds that people think in. */
const SPANS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800];
const MOST_BUCKETS = 60;

/** The range in at most 61 spans of equal length. @throws {Problem} 400 `too-much-to-read` */
export async function readHistogram(ctx: TenantContext, namespaceId: string, filters: Filters) {
  const range = await rangeOf(ctx, namespaceId, filters);
  const until = range.until && range.until < ctx.now ? range.until : ctx.now;
  const seconds = Math.max(1, (until.getTime() - range.from.getTime()) / 1000);
  const bucketSeconds = SPANS.find((span) => seconds / span <= MOST_BUCKETS) ?? 172_800;
  const width = bucketSeconds * 1000;
  const begin = Math.floor(range.from.getTime() / width) * width;
  const items = Array.from({ length: Math.max(1, Math.ceil((until.getTime() - begin) / width)) }, (_, at) => ({
    at: new Date(begin + at * width),
    '1xx': 0,
    '2xx': 0,
    '3xx': 0,
    '4xx': 0,
    '5xx': 0,
  }));
  const counted = await store.histogram(ctx, { ...range, until }, new Date(begin), bucketSeconds, tooMuch());
  for (const { bucket, class: first, count } of counted) {
    const item = items[bucket];
    if (item) item[`${first as 1 | 2 | 3 | 4 | 5}xx`] = count;
  }
  return { from: range.from, until, bucketSeconds, items };
}

async function shownRetention(ctx: TenantContext, row: { transactionDays: number; version: number }) {
  return {
    days: row.transactionDays,
    mostPerDay: ctx.platform.config.transactionsPerDay,
    today: await keptToday(ctx),
    version: row.version,
    actions: actionsOf(ctx, [{ name: 'transactions.change-retention', permission: 'logging.change' }]),
  };
}

export const readRetention = async (ctx: TenantContext) => shownRetention(ctx, await store.retention(ctx));

/** The version is that of the tenant. What is older than so many days is shown to nobody from then on. */
export async function changeRetention(ctx: TenantContext, days: number) {
  const before = await store.holdRetention(ctx);
  ctx.requireVersion(before);
  if (before.transactionDays === days) return shownRetention(ctx, before);
  const after = await store.updateRetention(ctx, days);
  ctx.audit(TransactionRetention, {
    before: { days: before.transactionDays },
    after: { days },
    target: { kind: 'transaction-retention', id: null },
  });
  return shownRetention(ctx, after);
}
