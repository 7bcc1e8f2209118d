import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { job } from '../../kernel/jobs.ts';
import * as metering from './metering-store.ts';
import { Subscription } from './schema.ts';
import { noteStandings, standingOf } from './standing.ts';
import * as store from './store.ts';
import { tell } from './telling.ts';
import { endAfter, nextChange } from './terms.ts';

/**
 * What follows of licences: renewals, limits in force, refusals, figures of the day, notices. Looked at with each
 * change, whenever time may change something, each hour, and each minute where transactions are limited; also of a
 * tenant that has no licence any more, as the operator may change whether one is asked for.
 */

const HOUR_SECONDS = 3600;
const MINUTE_SECONDS = 60;
const DAY_MS = 86_400_000;

interface NextLook {
  lookId: string;
  countUsersAt?: string;
}

/**
 * Holds the tenant's licences against other changes and looks until the transaction ends. Each change begins with it,
 * before it holds anything else, and ends with a look.
 */
export async function holdLicences(ctx: TenantContext): Promise<NextLook> {
  const lookId = newId();
  await metering.beginLook(ctx, lookId);
  await ctx.readClock();
  return { lookId };
}

/** @param countUsersAt when they are counted anew, unless a limit of users has them counted anyhow; else now */
export async function look(ctx: TenantContext, countUsersAt?: Date): Promise<void> {
  const next = await holdLicences(ctx);
  await renew(ctx);
  const isCountDue = countUsersAt === undefined || ctx.now >= countUsersAt;
  const standing = await standingOf(ctx, isCountDue ? await metering.countUsers(ctx) : undefined);
  await noteStandings(ctx, standing);
  if (standing.hadTerms) await metering.noteTerms(ctx);
  await limit(ctx, standing);
  if (standing.licences.length === 0 && !standing.hadTerms) return;
  if (standing.users !== undefined) await metering.keepUsage(ctx, standing.users);
  await tell(ctx, standing);
  const isLimited = standing.limits.some((each) => each.of === 'transactions');
  const endOfDay = new Date((Math.floor(ctx.now.getTime() / DAY_MS) + 1) * DAY_MS - 1000);
  const earliest = (...times: (Date | undefined)[]) =>
    new Date(Math.min(...times.flatMap((at) => (at !== undefined && at > ctx.now ? [at.getTime()] : []))));
  const countAt = isCountDue ? earliest(ctx.later(HOUR_SECONDS), endOfDay) : countUsersAt;
  const soon = isLimited ? ctx.later(MINUTE_SECONDS) : undefined;
  ctx.enqueue(
    'licences.look',
    { countUsersAt: countAt.toISOString(), ...next },
    earliest(soon, countAt, nextChange(standing.terms, ctx.now)),
  );
}

/** Of several that were asked for only the last goes on. */
export const nextLook = job<NextLook>('licences.look', async (ctx, { lookId, countUsersAt }) => {
  if (await metering.isNextLook(ctx, lookId)) await look(ctx, countUsersAt ? new Date(countUsersAt) : undefined);
});

/** What the catalogue gave is renewed at its end for as long as it was; for a file the vendor is asked. */
async function renew(ctx: TenantContext): Promise<void> {
  for (const row of await store.allSubscriptions(ctx)) {
    if (!row.autoRenew || row.activeThrough > ctx.now) continue;
    const activeThrough = endAfter(row.activeFrom, row.renewalFrequency, ctx.now);
    await store.updateSubscription(ctx, row.id, { activeThrough });
    ctx.audit(Subscription, {
      before: { activeThrough: row.activeThrough },
      after: { activeThrough },
      target: { kind: 'subscription', id: row.id },
      action: 'subscriptions.renew',
    });
  }
}

/** Puts into force what is allowed now. */
async function limit(ctx: TenantContext, { seats, refusals }: Awaited<ReturnType<typeof standingOf>>): Promise<void> {
  const before = await metering.seatLimit(ctx);
  if (!seats) {
    if (before) await metering.endSeatLimit(ctx);
  } else if (before?.seats !== seats.count) await metering.limitSeats(ctx, seats.count, seats.reason);
  else if (before.reason !== seats.reason) await metering.sayOfSeats(ctx, seats.reason);
  await metering.refuseIn(ctx, refusals);
}
