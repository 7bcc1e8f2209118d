import { allOf, conditions } from './conditions.ts';
import type { TenantContext } from './context.ts';
import { type Prepared, Unit } from './database/pool.ts';
import { Problem, unauthenticated } from './problem.ts';
import { askRegion } from './region-messages.ts';
import type { Platform } from './regions.ts';

/**
 * The right of a guest whose home is in another region: home says that it holds, for ten seconds at most, counted on this
 * node's monotonic clock from before it was asked (design, section 5). It is over at once when home recalls it.
 */

const LEASE_MS = 10_000;
/** Longer than a lease, on the clock of home from after its commit. */
const RECALL_MS = 11_000;
const MOST_KEPT = 50_000;

/** By what home lets its person in: an invitation, groups of it. */
interface Word {
  isInvited: boolean;
  groupIds: string[];
}

interface Lease extends Word {
  until: number;
  freshUntil: number;
  /** How often home had recalled when the request that asked began. */
  recalls: number;
}

/** What home says: for how long at most the session and its freshness last. A region of before says nothing of groups. */
export interface Said extends Partial<Word> {
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

interface Asked {
  region: string;
  /** Of home. */
  tenantId: string;
  accountId: string;
  sessionId: string;
  visitedTenantId: string;
  from: string | null;
  /** Below zero when there is nothing to count them in: then the word is not kept. */
  recalls: number;
}

/**
 * Home's word for a guest.
 *
 * @throws {Problem} 401 when home does not let its person visit the tenant any more; 503 when home gives no answer
 */
export async function leaseOf(platform: Platform, here: string, asked: Asked): Promise<Word & { isFresh: boolean }> {
  const { region, tenantId: homeTenantId, accountId, sessionId, visitedTenantId, from, recalls } = asked;
  const key = [homeTenantId, sessionId, visitedTenantId, from].join(' ');
  const before = performance.now();
  let lease = recalls < 0 ? undefined : platform.leases.get(key);
  if (!lease || lease.recalls !== recalls || lease.until <= before) {
    platform.leases.delete(key);
    const body = { homeTenantId, accountId, sessionId, visitedTenantId, from };
    const said = await askRegion<Said>(platform, here, region, 'lease', body).catch((error) => {
      if (error instanceof Problem && error.status < 500)
        throw unauthenticated('Your own organisation does not let you in here any more. Sign in there again.');
      throw error;
    });
    const { validMs, freshMs, isInvited = true, groupIds = [] } = said;
    const until = before + Math.min(LEASE_MS, validMs);
    lease = { recalls, until, freshUntil: before + freshMs, isInvited, groupIds };
    if (recalls >= 0) platform.leases.keep(key, lease);
    if (until <= performance.now()) throw unauthenticated('Home answered too late. Try again.');
  }
  return { isInvited: lease.isInvited, groupIds: lease.groupIds, isFresh: performance.now() < lease.freshUntil };
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

/** Leases whose word is not true any more: one of the groups by which somebody was let in lets them in no longer. */
const untrue: Prepared = {
  name: 'leases-not-true',
  text: `select account_id as "accountId", session_id as "sessionId", visited_tenant_id as "visitedTenantId",
                visited_region as "visitedRegion", asked_at::text as "askedAt"
         from leases l
         where asked_at > platform_time() - interval '15 seconds' and exists (
           select from unnest(l.group_ids) said where not said = any(${lendingGroups('l.account_id', 'l.visited_tenant_id')}))
         order by account_id, session_id, visited_tenant_id`,
  values: [],
};

/** The groups by which a tenant, which is home, lets an account into another: over SQL expressions of the two. */
export function lendingGroups(account: string, visited: string): string {
  return `array(select g.id from delegations d
    join groups g on g.id = d.partner_group_id and ${allOf(conditions.group)}
    join memberships m on m.group_id = g.id and ${allOf(conditions.membership)}
    where d.side = 'partner' and d.other_tenant_id = ${visited} and d.state in ('requested', 'active')
      and m.principal_id = ${account})`;
}

interface Untrue {
  accountId: string;
  sessionId: string;
  visitedTenantId: string;
  visitedRegion: string;
  askedAt: string;
}

/**
 * After a change of a tenant whose groups are let in elsewhere: takes back what it said of people who are in them no longer,
 * whatever path took them out. The answer waits for it.
 */
export async function takeBackLent({ platform, place, tenantId: homeTenantId }: TenantContext): Promise<void> {
  const { unit, rows } = await Unit.open(place.cell, homeTenantId, [untrue], 'read');
  unit.finishRead();
  const taken = rows[0] as Untrue[];
  if (taken.length === 0) return;
  await recalled(
    [...new Set(taken.map(({ visitedRegion }) => visitedRegion))].map((region) =>
      askRegion(platform, place.region.code, region, 'recall', {
        homeTenantId,
        guests: taken.filter(({ visitedRegion }) => visitedRegion === region),
      }),
    ),
  );
  // What was asked again meanwhile is looked at with the next change.
  const done = await Unit.open(place.cell, homeTenantId, [], 'late');
  await done.unit.commit(
    taken.map(({ accountId, sessionId, visitedTenantId, askedAt }) => ({
      name: 'lease-taken-back',
      text: `update leases set group_ids = '{}'
             where account_id = $1 and session_id = $2 and visited_tenant_id = $3 and asked_at = $4::timestamptz`,
      values: [accountId, sessionId, visitedTenantId, askedAt],
    })),
  );
}
