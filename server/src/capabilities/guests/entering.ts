import type { Actor } from '../../kernel/authenticate.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { plainAddress } from '../../kernel/guesses.ts';
import { isLetInByDelegation, meet } from '../../kernel/guests.ts';
import { newId } from '../../kernel/ids.ts';
import { leaseOf } from '../../kernel/leases.ts';
import { Reply } from '../../kernel/operation.ts';
import { Problem } from '../../kernel/problem.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import { replaceHeld, sessionCookie } from '../sessions/service.ts';
import * as store from './store.ts';

interface Asserted {
  accountId: string;
  sessionId: string;
  visitedTenantId: string;
  validMs: number;
}

const over = () =>
  new Problem(
    410,
    'assertion-over',
    'This way in was used, or is over. Go back to your own organisation and enter again.',
  );

/**
 * Lets in whom another region sends over: a session of this region that opens nothing without home's word. What the browser
 * held here before is over.
 *
 * @throws {Problem} 410 `assertion-over`; 403 `activation-needed`; 503 when home gives no answer
 */
export async function enterFromHome({ platform, request }: PlatformContext, assertion: string): Promise<Reply> {
  const homeTenantId = parseLinkSecret(assertion)?.tenantId;
  const homeRegion = homeTenantId && (await platform.regionOfTenant(homeTenantId));
  if (!homeTenantId || !homeRegion) throw over();
  const asserted = await askEach(homeRegion, homeTenantId);
  const { visitedTenantId: tenantId, accountId, sessionId } = asserted;
  const place = await platform.locateHere(tenantId);
  if (!place) throw over();
  const from = plainAddress(request.sourceAddress);
  const session = { region: homeRegion, tenantId: homeTenantId, accountId, sessionId };
  const { groupIds } = await leaseOf(platform, place.region.code, {
    ...session,
    visitedTenantId: tenantId,
    from,
    recalls: -1, // it opens nothing: the session asks anew
  });
  const actor: Actor = { kind: 'system', id: null, credentialId: null, door: 'console' };
  const entered = await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
    requireDoorOpen(ctx.identity);
    const invited = await store.lockFrom(ctx, { homeTenantId, homeRegion, homeAccountId: accountId });
    const guestId = invited?.id ?? (await meetPartner(ctx, groupIds));
    if (!guestId) throw over();
    await replaceHeld(ctx);
    const secret = formatLinkSecret(tenantId);
    const seconds = Math.max(1, Math.floor(asserted.validMs / 1000));
    const expiresAt = ctx.later(seconds);
    await store.insertSession(ctx, {
      id: newId(),
      secretHash: hashSecret(secret),
      guestId,
      homeSessionId: sessionId,
      expiresAt,
    });
    const cookie = sessionCookie(place.region.code, secret, seconds);
    return new Reply({ tenantId, guestId, expiresAt }, { status: 201, headers: { 'set-cookie': cookie } });
  });
  if (!entered) throw over();
  return entered;

  /** One of a partner's group gets in while a delegation, and where that is asked an activation, holds. */
  async function meetPartner(ctx: TenantContext, groups: string[]): Promise<string | undefined> {
    if (groups.length === 0) return undefined;
    const guestId = await meet(
      ctx,
      { region: homeRegion as string, tenantId: homeTenantId as string, accountId },
      groups,
    );
    const isLetIn =
      guestId && (await isLetInByDelegation(ctx, { tenantId: homeTenantId as string, accountId }, groups));
    return isLetIn ? guestId : undefined;
  }

  /** An assertion is for one region; a node that serves several asks for each until one is right. */
  async function askEach(region: string, tenant: string): Promise<Asserted> {
    for (const code of platform.regions.keys()) {
      const said = await askRegion<Asserted>(platform, code, region, 'assertion', {
        homeTenantId: tenant,
        secret: assertion,
      }).catch((error) => {
        if (error instanceof Problem && error.status < 500) return undefined;
        throw error;
      });
      if (said) return said;
    }
    throw over();
  }
}
