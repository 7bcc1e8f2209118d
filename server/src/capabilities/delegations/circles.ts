import type { TenantContext } from '../../kernel/context.ts';
import { eachOf } from '../../kernel/lists.ts';
import { conflict, unavailable } from '../../kernel/problem.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import * as effects from '../effects/service.ts';
import { type AskedAbove, MOST_ASKED } from './messages.ts';
import * as store from './store.ts';
import { answersTo } from './telling.ts';

/**
 * Partners do not stand in a circle. Who manages whom is known to these two alone, so each tenant on the way is asked by
 * the one that it manages, in its own region, and says no more than yes or no (decision 36).
 */

/** @throws {Problem} 409 `delegation-cycle` */
export async function requireNotManaged(ctx: TenantContext, asked: store.DelegationRow): Promise<void> {
  if ((await store.standingWith(ctx, 'partner', asked.otherTenantId)).length > 0)
    throw conflict(
      'delegation-cycle',
      'This tenant asks that one for access, or has it. Two tenants do not manage each other: end that first.',
    );
}

/**
 * The same of who is managed through others. Requires `holdConsents` of what is approved: of two approvals that close a
 * circle together each holds its tenant before it asks, so at least one finds the other held, or done.
 *
 * @throws {Problem} 409 `delegation-cycle`; 503 when a tenant on the way gives no answer
 */
export async function requireNotAbove(ctx: TenantContext, asked: store.DelegationRow): Promise<void> {
  if (await isLetIn(ctx, asked)) return; // one more closes no circle
  const above = await isAbove(ctx, asked);
  if (above === undefined)
    throw unavailable(
      'Whether this closes a circle of partners is not known: a tenant on the way does not answer or decides about a partner itself, or there are too many. Try again.',
    );
  if (above)
    throw conflict(
      'delegation-cycle',
      'This tenant stands above that one already, through tenants that it has access to. Partners do not stand in a circle: end one of these first.',
    );
}

const isLetIn = async (ctx: TenantContext, { otherTenantId }: store.DelegationRow): Promise<boolean> =>
  (await store.standingWith(ctx, 'customer', otherTenantId)).some(({ state }) => state === 'active');

/** Whether this tenant manages another through customers of its own; undefined when that is not known. */
async function isAbove(ctx: TenantContext, other: store.DelegationRow): Promise<boolean | undefined> {
  if (!(await store.hasCustomers(ctx))) return false;
  const question = { sought: ctx.tenantId, most: MOST_ASKED };
  const answer = await effects.ask<boolean>(ctx, other, 'delegation-above', question, effects.whileHeld());
  return 'said' in answer ? answer.said : undefined;
}

const AT_ONCE = 10;

/**
 * Whether the tenant that is sought is a partner of the one that is asked, or of one of those above it.
 *
 * @throws {Problem} 503 when that is not known of one of them
 */
export async function standsAbove(platform: Platform, from: string, asked: AskedAbove): Promise<boolean> {
  const { to, sought, most } = asked;
  const [free, rows] = await answersTo<[unknown, { id: string | null }]>(platform, from, asked, [
    store.freeToDecide,
    store.partnersOf(asked),
  ]);
  const partners = rows.flatMap(({ id }) => id ?? []);
  if (partners.includes(sought)) return true;
  let isKnown = rows.length === 0 || free.length > 0;
  const next = partners.slice(0, most);
  if (next.length < partners.length) isKnown = false;
  const region = next.length > 0 && (await platform.regionOfTenant(to));
  const left = Math.floor((most - next.length) / next.length);
  const silent = new Set<string>();
  let found = false;
  if (region)
    await eachOf(next, AT_ONCE, async (id) => {
      const there = found ? undefined : await platform.regionOfTenant(id);
      if (!there) return;
      const question = { of: to, to: id, sought, most: left };
      await askRegion<boolean>(platform, region, there, 'delegation-above', question, silent).then(
        (said) => {
          found ||= said;
        },
        () => {
          isKnown = false;
        },
      );
    });
  if (!found && !isKnown) throw unavailable('Who stands above is not known.');
  return found;
}
