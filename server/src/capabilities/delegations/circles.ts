import type { TenantContext } from '../../kernel/context.ts';
import { eachOf } from '../../kernel/lists.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import { type AskedAbove, MOST_ASKED } from './messages.ts';
import * as store from './store.ts';
import { answering, sayToOther } from './telling.ts';

/**
 * Partners do not stand in a circle. Who manages whom is known to these two alone, so each tenant on the way is asked by
 * the one that it manages, in its own region, and says no more than yes or no (decision 36).
 */

const AT_ONCE = 10;

/** Whether this tenant manages another through customers of its own. A region that gives no answer knows of none. */
export const isAbove = async (ctx: TenantContext, other: store.DelegationRow): Promise<boolean> =>
  (await sayToOther<boolean>(ctx, other, 'delegation-above', { sought: ctx.tenantId, most: MOST_ASKED }).catch(
    () => false,
  )) === true;

const partnersOf = answering(store.partnersOf);

/** Whether the tenant that is sought is a partner of the one that is asked, or of one of those above it. */
export async function standsAbove(platform: Platform, from: string, asked: AskedAbove): Promise<boolean> {
  const { to, sought, most } = asked;
  const partnerIds = (await partnersOf(platform, from, asked)).map((row) => (row as { id: string }).id);
  if (partnerIds.includes(sought)) return true;
  const region = (await platform.regionOfTenant(to)) as string;
  const next = partnerIds.slice(0, most);
  const left = Math.floor((most - next.length) / next.length);
  let found = false;
  await eachOf(next, AT_ONCE, async (id) => {
    const there = found ? undefined : await platform.regionOfTenant(id);
    if (!there) return;
    const said = { of: to, to: id, sought, most: left };
    if (await askRegion<boolean>(platform, region, there, 'delegation-above', said).catch(() => false)) found = true;
  });
  return found;
}
