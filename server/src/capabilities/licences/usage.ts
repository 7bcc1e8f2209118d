import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid } from '../../kernel/problem.ts';
import * as metering from './metering-store.ts';
import type { UsageQuery } from './schema.ts';
import { type Standing, standingOf } from './standing.ts';
import { find } from './store.ts';

const DAY_MS = 86_400_000;
/** As long as figures are kept. */
const MOST_DAYS = 800;

/**
 * What is used now and what was, day by day; of one licence where it is named.
 *
 * @throws {Problem} `not-found`: no such licence
 */
export async function readUsage(ctx: TenantContext, query: z.output<typeof UsageQuery>) {
  const today = metering.dayOf(ctx.now);
  const until = query.until ?? today;
  const from = query.from ?? metering.dayOf(new Date(Date.parse(until) - 30 * DAY_MS));
  const days = (Date.parse(until) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1) throw invalid({ path: 'query.from', message: 'must not come after until' });
  if (days > MOST_DAYS)
    throw invalid({ path: 'query.from', message: `must be at most ${MOST_DAYS} days before until` });
  const { licenceId } = query;
  if (licenceId) await find(ctx, licenceId);
  const users = await metering.countUsers(ctx);
  const standing = await standingOf(ctx, users);
  const products = new Set(
    standing.terms
      .filter((term) => term.licenceId === licenceId)
      .flatMap(({ tiers }) => tiers.map(({ product }) => product.code)),
  );
  // Licences of one product add up in what they allow of users.
  const isAsked = (licence: { id: string } | null, product: string | null) =>
    !licenceId || (licence ? licence.id === licenceId : product === null || products.has(product));
  const items = await metering.usageOf(ctx, from, until, licenceId);
  return {
    from,
    until,
    users,
    transactionsThisMonth: await metering.transactionsThisMonth(ctx, licenceId),
    limits: standing.limits.filter(({ licence, product }) => isAsked(licence, product.code)),
    refused: refusedIn(standing, users, isAsked),
    items,
  };
}

/** What licences refuse now, and why, in the order of what it stops. */
export async function refusedNow(ctx: TenantContext) {
  const standing = await standingOf(ctx);
  return refusedIn(standing, standing.users ?? 0, () => true);
}

/** Namespaces of one licence refuse for one reason. Users are counted in the tenant, of all licences. */
function refusedIn(
  { seats, refusals }: Standing,
  users: number,
  isAsked: (licence: { id: string } | null, product: string | null) => boolean,
) {
  const isFull = seats && users >= seats.count && isAsked(null, seats.product);
  const ofLicences = new Map(refusals.map(({ licence, reason }) => [licence.id, { licence, reason }]));
  return [
    ...(isFull ? [{ of: 'users' as const, licence: null, reason: seats.reason }] : []),
    ...[...ofLicences.values()]
      .filter(({ licence }) => isAsked(licence, null))
      .map((each) => ({ of: 'transactions' as const, ...each })),
  ];
}
