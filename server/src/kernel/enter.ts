import { type Actor, type Identity, operatorStatement, systemIdentity, type TenantRow } from './authenticate.ts';
import { type RequestFacts, TenantContext } from './context.ts';
import { Unit } from './database/pool.ts';
import { passages } from './doors.ts';
import { forbidden } from './problem.ts';
import type { Place, Platform } from './regions.ts';

export interface Entrance {
  platform: Platform;
  place: Place;
  tenantId: string;
  actor: Actor;
  request: RequestFacts;
}

/**
 * Opens a tenant for one who holds no credential yet: a link in a mail, a sign-in. Commits when the work is done. The
 * work calls `requireDoorOpen` once it knows that the caller may hear of the tenant's state.
 *
 * @returns undefined when the cell has no such tenant
 */
export async function enterTenant<T>(
  { platform, place, tenantId, actor, request }: Entrance,
  work: (ctx: TenantContext) => Promise<T>,
): Promise<T | undefined> {
  const { unit, rows } = await Unit.open(place.cell, tenantId, [operatorStatement]);
  try {
    const tenant = rows[0]?.[0] as TenantRow | undefined;
    if (!tenant) {
      await unit.rollback();
      return undefined;
    }
    const identity = systemIdentity(actor, tenant);
    const ctx = new TenantContext({ platform, place, tenantId, identity, request, unit });
    const result = await work(ctx);
    await ctx.commit();
    return result;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

/** @throws {Problem} 403 that names the tenant's state, when it shuts the actor's door */
export function requireDoorOpen({ actor, tenantStatus }: Pick<Identity, 'actor' | 'tenantStatus'>): void {
  if (passages[tenantStatus][actor.door] !== 'shut') return;
  if (tenantStatus === 'closed') throw forbidden('tenant-closed', 'This tenant is closed.');
  throw forbidden(
    tenantStatus === 'closing' ? 'tenant-closing' : 'tenant-suspended',
    `This tenant is ${tenantStatus}. The operator of the platform can tell why.`,
  );
}
