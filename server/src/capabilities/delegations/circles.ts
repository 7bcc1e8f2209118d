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

/**
 * Refuses whom this tenant manages, itself or through others. It holds for an approval that holds its tenant (`holdConsents`)
 * before it asks: of approvals that close a circle together the last to do so finds each of the others held, or done.
 *
 * @throws {Problem} 409 `delegation-cycle`; 503 when a tenant on the way gives no answer
 */
export async function requireNotAbove(ctx: TenantContext, asked: store.DelegationRow): Promise<void> {
  if (await isRenewal(ctx, asked)) return;
  const above = await isAbove(ctx, asked);
  if (above === undefined)
    throw unavailable(
      'Whether this closes a circle of partners is not known yet: a tenant on the way gave no answer, or is being changed itself. Try again.',
    );
  if (above === null)
    throw conflict(
      'delegation-cycle',
      'So many tenants stand above that one that it cannot be seen whether this closes a circle of partners. Have it end partner access that it does not need.',
    );
  if (above)
    throw conflict(
      'delegation-cycle',
      'This tenant has access to that one already, itself or through tenants that it has access to. Partners do not stand in a circle: end that first.',
    );
}

/**
 * Whether it takes the place of access that the partner has. Only one that the partner asked for while it had it closes no circle:
 * of one more it may be that the partner ended the first, of which this tenant has not heard.
 */
const isRenewal = async (ctx: TenantContext, { renews, otherTenantId }: store.DelegationRow): Promise<boolean> =>
  renews !== null &&
  (await store.standingWith(ctx, 'customer', otherTenantId)).some(
    ({ id, state }) => id === renews && state === 'active',
  );

/** Null where there are too many to tell, undefined while it is not known. */
type Above = boolean | null | undefined;

/** Whether this tenant manages another through customers of its own. */
async function isAbove(ctx: TenantContext, other: store.DelegationRow): Promise<Above> {
  if (!(await store.hasCustomers(ctx))) return false;
  const question = { sought: ctx.tenantId, most: MOST_ASKED };
  const answer = await effects.ask<Above>(ctx, other, 'delegation-above', question, effects.whileHeld());
  return 'said' in answer ? answer.said : undefined;
}

const AT_ONCE = 10;

/**
 * Whether the tenant that is sought is a partner of the one that is asked, or of one of those above it.
 *
 * @throws {Problem} 503 while that is not known of one of them
 */
export async function standsAbove(platform: Platform, from: string, asked: AskedAbove): Promise<boolean | null> {
  const { to, sought, most } = asked;
  const [free, rows] = await answersTo<[unknown, { id: string | null }]>(platform, from, asked, [
    store.freeToDecide,
    store.partnersOf(asked),
  ]);
  const partners = rows.flatMap(({ id }) => id ?? []);
  if (partners.includes(sought)) return true;
  const next = partners.slice(0, most);
  const left = Math.floor((most - next.length) / next.length);
  const region = next.length > 0 ? await platform.regionOfTenant(to) : undefined;
  const silent = new Set<string>();
  const ask = async (id: string): Promise<Above> => {
    const there = await platform.regionOfTenant(id);
    if (!there) return false; // it is gone
    if (!region) return undefined;
    return askRegion(platform, region, there, 'delegation-above', { of: to, to: id, sought, most: left }, silent);
  };
  const said = new Set<Above>([rows.length === 0 || free.length > 0 ? false : undefined]);
  if (next.length < partners.length) said.add(null);
  await eachOf(next, AT_ONCE, async (id) => {
    if (!said.has(true)) said.add(await ask(id).catch(() => undefined));
  });
  if (said.has(true)) return true;
  if (said.has(undefined)) throw unavailable('That is not known yet.');
  return said.has(null) ? null : false;
}
