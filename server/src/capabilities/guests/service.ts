import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid } from '../../kernel/problem.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import * as effects from '../effects/service.ts';
import { changesOfGroups, groupsOf, holdToLeave, leaveAllGroups, requireNotStronger } from '../groups/service.ts';
import { allVisits, type Home, hideTenant, peopleOf, showTenant } from '../visits/service.ts';
import { Guest, type GuestQuery } from './schema.ts';
import * as store from './store.ts';

/** The visited side: people of other tenants in groups of this one. Only ids of them are kept. */

async function shown(ctx: TenantContext, rows: store.GuestRow[]) {
  const [people, groups] = await Promise.all([
    peopleOf(ctx, rows),
    groupsOf(
      ctx,
      rows.map(({ id }) => id),
    ),
  ]);
  const actions = actionsOf(ctx, [{ name: 'guests.remove', permission: 'accounts.change' }]);
  return rows.map((row) => {
    const person = people.get(row.homeAccountId);
    return {
      displayName: person?.displayName ?? null,
      homeTenantName: person?.tenantDisplayName ?? null,
      groups: groups.get(row.id) ?? [],
      actions,
      ...row,
    };
  });
}

export async function listGuests(ctx: TenantContext, query: z.output<typeof GuestQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shown(ctx, found.items) };
}

export const readGuest = async (ctx: TenantContext, id: string) => (await shown(ctx, [await store.find(ctx, id)]))[0];

/** What it would change that a guest leaves all groups here; what its organisation's groups are let have stays. */
async function changeByEnd(ctx: TenantContext, id: string): Promise<effects.Change> {
  const own = (await groupsOf(ctx, [id])).get(id) ?? [];
  return { groups: await changesOfGroups(ctx, new Map(own.map((group) => [group.id, { leaving: [id] }]))) };
}

/** The same before it is done. @throws {Problem} 400 that names `id` */
export async function lookAtGuest(ctx: TenantContext, { id }: { id: string }): Promise<{ change: effects.Change }> {
  if (!(await store.findIfAny(ctx, id))) throw invalid({ path: 'id', message: 'names a guest that does not exist' });
  return { change: await changeByEnd(ctx, id) };
}

/**
 * Ends a guest's time here: nothing of it counts with the next request, and home hears of it.
 *
 * @throws {Problem} 403 `stronger-principal`
 */
export async function removeGuest(ctx: TenantContext, id: string): Promise<void> {
  await store.find(ctx, id);
  const said = await effects.askHomes(ctx, { guestIds: [id] }); // before anything is held
  const before = await store.lock(ctx, id);
  holdToLeave(ctx, id);
  await requireNotStronger(ctx, id);
  const effect = await effects.effectOf(ctx, { ...(await changeByEnd(ctx, id)), said });
  await end(ctx, before, { details: { effect } });
  const { homeTenantId, homeRegion, homeAccountId, stay } = before;
  ctx.enqueue('visits.drop', { homeTenantId, homeRegion, homeAccountId, stay });
}

/** Home does not let its person visit any more, as of that stay. Nothing happens when the guest is gone already. */
export async function endGuestFrom(ctx: TenantContext, home: Home, stay = Number.POSITIVE_INFINITY): Promise<void> {
  const guest = await store.lockFrom(ctx, home);
  if (guest && guest.stay <= stay) await end(ctx, guest, { action: 'guests.end' });
}

async function end(
  ctx: TenantContext,
  guest: store.GuestRow,
  { details, ...more }: { action?: string; details?: object },
): Promise<void> {
  const { id, homeTenantId, homeRegion, homeAccountId } = guest;
  await leaveAllGroups(ctx, id);
  await store.end(ctx, id);
  ctx.audit(Guest, {
    target: { kind: 'guest', id },
    details: { homeTenantId, homeRegion, homeAccountId, ...details },
    ...more,
  });
  showSoon(ctx, guest);
}

/** Has the guest's list of tenants follow, before the answer if that is possible. */
export function showSoon(ctx: TenantContext, { id }: { id: string }): void {
  ctx.enqueue('guests.show', { guestId: id });
  ctx.afterwards(async () => {
    await ctx.again((later) => showTo(later, { guestId: id })).catch(() => undefined);
  });
}

/** Shows this tenant to a guest in its list of tenants, or takes it from there when its time is over. */
export async function showTo(ctx: TenantContext, { guestId }: { guestId: string }): Promise<void> {
  const guest = await store.findEver(ctx, guestId);
  if (!guest) return;
  const { homeTenantId, homeAccountId, endedAt } = guest;
  if (endedAt) await hideTenant(ctx.place.cell, homeTenantId, homeAccountId, ctx.tenantId);
  else await showTenant(ctx.place.cell, homeTenantId, homeAccountId, await store.shown(ctx));
}

const SHOWN_AT_ONCE = 200;

/** After a change of the tenant's names: all guests see the new ones. */
export async function showToAll(ctx: TenantContext, { after }: { after: string | null }): Promise<void> {
  const guests = await store.batch(ctx, after, SHOWN_AT_ONCE);
  const tenant = await store.shown(ctx);
  for (const { homeTenantId, homeAccountId } of guests)
    await showTenant(ctx.place.cell, homeTenantId, homeAccountId, tenant);
  if (guests.length === SHOWN_AT_ONCE) ctx.enqueue('guests.show-to-all', { after: guests.at(-1)?.id });
}

export { shown as shownOfTenant } from './store.ts';

/** The tenant has other names from now on: its guests' lists follow. */
export const namesChanged = (ctx: TenantContext): void => {
  ctx.enqueue('guests.show-to-all', { after: null });
};

/**
 * Before a closed tenant is deleted: nobody is shown it any more, and those concerned elsewhere hear that it is over, as far
 * as they can be reached; without its rows nothing of it counts anyway.
 */
export async function partWithAll(ctx: TenantContext): Promise<void> {
  const { platform, place, tenantId } = ctx;
  const { code } = place.region;
  const tell = (region: string, kind: string, body: object) =>
    askRegion(platform, code, region, kind, body).catch(() => undefined);
  let after: string | null = null;
  do {
    const guests = await store.batch(ctx, after, SHOWN_AT_ONCE);
    for (const { homeTenantId, homeRegion, homeAccountId, stay } of guests) {
      await hideTenant(place.cell, homeTenantId, homeAccountId, tenantId);
      await tell(homeRegion, 'guest-over', {
        visitedTenantId: tenantId,
        homeTenantId,
        homeRegion,
        homeAccountId,
        stay,
      });
    }
    after = guests.length === SHOWN_AT_ONCE ? (guests.at(-1)?.id ?? null) : null;
  } while (after);
  for (const { accountId: homeAccountId, visitedTenantId, visitedRegion, stay } of await allVisits(ctx))
    await tell(visitedRegion, 'visit-over', {
      visitedTenantId,
      homeTenantId: tenantId,
      homeRegion: code,
      homeAccountId,
      ...(stay ? { stay } : {}),
    });
}
