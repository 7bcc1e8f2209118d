import type { Actor } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import { visitOf } from '../visits/service.ts';
import type { Recall, VisitOver } from './messages.ts';
import { endGuestFrom } from './service.ts';
import * as store from './store.ts';

/** What home says of guests, and how the visited tenant follows. */

/**
 * A job of the home tenant: the visited one hears which stay is over, and leaves a later one. Nothing is said when one has
 * begun: jobs and regions of an older version know no stays.
 */
export async function followHome(
  ctx: TenantContext,
  visit: { accountId: string; visitedTenantId: string; visitedRegion: string; stay?: number | null },
): Promise<void> {
  if (await visitOf(ctx, visit.accountId, visit.visitedTenantId)) return;
  const { platform, place, tenantId: homeTenantId } = ctx;
  const { code: homeRegion } = place.region;
  const { accountId: homeAccountId, visitedTenantId, visitedRegion, stay } = visit;
  const said = { visitedTenantId, homeTenantId, homeRegion, homeAccountId, ...(stay ? { stay } : {}) };
  await askRegion(platform, homeRegion, visitedRegion, 'visit-over', said);
}

/** A region says that its person does not visit a tenant here any more. */
export async function guestOver(
  platform: Platform,
  from: string,
  { visitedTenantId, stay, ...home }: VisitOver,
): Promise<void> {
  const place = await platform.locateHere(visitedTenantId);
  if (!place) return;
  const request = { id: newId(), action: 'guests.end', sourceAddress: null, userAgent: null, ifMatch: '*' };
  const actor: Actor = { kind: 'system', id: null, credentialId: null, door: 'job' };
  await enterTenant({ platform, place, tenantId: visitedTenantId, actor, request }, (there) =>
    endGuestFrom(there, { ...home, homeRegion: from }, stay),
  );
}

/** A region takes back what it said of its people: what nodes here heard is over when this is answered. */
export async function forget(platform: Platform, from: string, { homeTenantId, guests }: Recall): Promise<void> {
  for (const { accountId, visitedTenantId } of guests) {
    const place = await platform.locateHere(visitedTenantId);
    if (place) await store.countRecall(place.cell, visitedTenantId, { homeTenantId, accountId, region: from });
  }
}
