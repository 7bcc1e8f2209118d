import type { TenantContext } from '../../kernel/context.ts';
import { eachOf } from '../../kernel/lists.ts';
import { conflict } from '../../kernel/problem.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import * as effects from '../effects/service.ts';
import { type AskedAbove, MOST_ASKED } from './messages.ts';
import * as store from './store.ts';
import { answering } from './telling.ts';

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

/** The same of who is managed through others. @throws {Problem} 409 `delegation-cycle` */
export async function requireNotAbove(ctx: TenantContext, asked: store.DelegationRow): Promise<void> {
  if (!(await isLetIn(ctx, asked)) && (await isAbove(ctx, asked)))
    throw conflict(
      'delegation-cycle',
      'This tenant stands above that one already, through tenants that it has access to. Partners do not stand in a circle: end one of these first.',
    );
}

/** Whether the partner is let in already: one more delegation closes no circle then. */
export const isLetIn = async (ctx: TenantContext, { otherTenantId }: store.DelegationRow): Promise<boolean> =>
  (await store.standingWith(ctx, 'customer', otherTenantId)).some(({ state }) => state === 'active');

/** Whether this tenant manages another through customers of its own. Who does not answer in time knows of none. */
export async function isAbove(ctx: TenantContext, other: store.DelegationRow): Promise<boolean> {
  const question = { sought: ctx.tenantId, most: MOST_ASKED };
  const answer = await effects.ask<boolean>(ctx, other, 'delegation-above', question, effects.whileHeld());
  return 'said' in answer && answer.said === true;
}

const partnersOf = answering<AskedAbove, { id: string }>(store.partnersOf);
const AT_ONCE = 10;

/** Whether the tenant that is sought is a partner of the one that is asked, or of one of those above it. */
export async function standsAbove(platform: Platform, from: string, asked: AskedAbove): Promise<boolean> {
  const { to, sought, most } = asked;
  const partners = await partnersOf(platform, from, asked);
  if (partners.some(({ id }) => id === sought)) return true;
  const next = partners.slice(0, most);
  const region = next.length > 0 && (await platform.regionOfTenant(to));
  if (!region) return false;
  const left = Math.floor((most - next.length) / next.length);
  const silent = new Set<string>();
  let found = false;
  await eachOf(next, AT_ONCE, async ({ id }) => {
    const there = found ? undefined : await platform.regionOfTenant(id);
    if (!there) return;
    const question = { of: to, to: id, sought, most: left };
    if (await askRegion<boolean>(platform, region, there, 'delegation-above', question, silent).catch(() => false))
      found = true;
  });
  return found;
}
