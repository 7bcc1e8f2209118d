import type { TenantContext } from '../../kernel/context.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { endGuestFrom } from './service.ts';

/** A job of the home tenant: the visited one hears that it does not let its person visit any more. */
export async function followHome(
  ctx: TenantContext,
  { accountId, visitedTenantId }: { accountId: string; visitedTenantId: string; visitedRegion: string },
): Promise<void> {
  const { platform, request, tenantId } = ctx;
  const place = await platform.locateHere(visitedTenantId);
  if (!place) return;
  const home = { homeTenantId: tenantId, homeRegion: ctx.place.region.code, homeAccountId: accountId };
  const actor = { kind: 'system' as const, id: null, credentialId: null, door: 'job' as const };
  await enterTenant({ platform, place, tenantId: visitedTenantId, actor, request }, (there) =>
    endGuestFrom(there, home),
  );
}
