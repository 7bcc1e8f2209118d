import type { Identity } from './authenticate.ts';
import { Problem, unauthenticated } from './problem.ts';
import { askRegion } from './region-messages.ts';
import type { Place, Platform } from './regions.ts';

/**
 * The right of a guest whose home is in another region: home says that it holds, for ten seconds at most, counted on this
 * node's monotonic clock from before it was asked (design, section 5). It is over at once when home recalls it.
 */

const LEASE_MS = 10_000;
/** Longer than a lease, on the clock of home from after its commit. */
const RECALL_MS = 11_000;
const MOST_KEPT = 50_000;

interface Lease {
  until: number;
  freshUntil: number;
  /** How often home had recalled when the request that asked began. */
  recalls: number;
}

/** What home says: for how long at most the session and its freshness last. */
export interface Said {
  validMs: number;
  freshMs: number;
}

export class Leases extends Map<string, Lease> {
  keep(key: string, lease: Lease): Lease {
    if (this.size >= MOST_KEPT) this.delete(this.keys().next().value as string);
    this.delete(key);
    this.set(key, lease);
    return lease;
  }
}

/**
 * @returns the identity with what home says of it
 * @throws {Problem} 401 when home does not let its person visit the tenant any more; 503 when home gives no answer
 */
export async function requireLease(
  platform: Platform,
  identity: Identity,
  place: Place,
  tenantId: string,
  from: string | null,
): Promise<Identity> {
  const { home } = identity;
  if (!home?.abroad) return identity;
  const { region, sessionId, recalls } = home.abroad;
  const key = [home.tenantId, sessionId, tenantId, from].join(' ');
  const before = performance.now();
  let lease = platform.leases.get(key);
  if (!lease || lease.recalls !== recalls || lease.until <= before) {
    platform.leases.delete(key);
    const asked = {
      homeTenantId: home.tenantId,
      accountId: home.accountId,
      sessionId,
      visitedTenantId: tenantId,
      from,
    };
    const said = await askRegion<Said>(platform, place.region.code, region, 'lease', asked).catch((error) => {
      if (error instanceof Problem && error.status < 500)
        throw unauthenticated('Your own organisation does not let you in here any more. Sign in there again.');
      throw error;
    });
    const until = before + Math.min(LEASE_MS, said.validMs);
    lease = platform.leases.keep(key, { recalls, until, freshUntil: before + said.freshMs });
    if (until <= performance.now()) throw unauthenticated('Home answered too late. Try again.');
  }
  return { ...identity, isFresh: performance.now() < lease.freshUntil };
}

/** Done when every region has confirmed that it forgot what it had heard, or when nothing that it heard can hold any more. */
export async function recalled(confirmations: Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RECALL_MS);
  });
  await Promise.race([over, Promise.all(confirmations.map((each) => each.catch(() => over)))]);
  clearTimeout(timer);
}
