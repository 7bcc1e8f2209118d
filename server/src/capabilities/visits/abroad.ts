import type { TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { recalled } from '../../kernel/leases.ts';
import { forbidden, notFound } from '../../kernel/problem.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import * as leases from './leases-store.ts';
import type { AskedLease, AskedStanding, AskedStandings, HandedAssertion } from './messages.ts';
import * as store from './store.ts';

/** Visits to other regions: how one goes over, what home says while one is there, and how it takes that back. */

const ASSERTION_SECONDS = 60;

/**
 * Where the caller's browser goes to enter a tenant that lets it in: within this node the tenant's own pages, elsewhere
 * with an assertion that opens it once, in that region, within a minute.
 *
 * @throws {Problem} 404
 */
export async function enterVisited(ctx: TenantContext, tenantId: string) {
  const { actor, platform } = ctx;
  if (actor.kind !== 'account' || !actor.id || !actor.credentialId)
    throw forbidden('people-only', 'Only a person who is signed in at home does this.');
  const visit = (await store.find(ctx, actor.id, tenantId)) ?? (await store.findByGroup(ctx, actor.id, tenantId));
  const visitedRegion = visit?.visitedRegion ?? (visit && (await platform.regionOfTenant(tenantId)));
  if (!visitedRegion) throw notFound('tenant');
  const here = platform.regions.get(visitedRegion);
  if (here) return { url: `${here.baseUrl}/t/${tenantId}`, expiresAt: null };
  const region = await platform.regionInfo(visitedRegion);
  if (!region) throw await platform.wrongRegion(visitedRegion);
  const secret = formatLinkSecret(ctx.tenantId);
  const expiresAt = ctx.later(ASSERTION_SECONDS);
  leases.insertAssertion(ctx, {
    id: newId(),
    secretHash: hashSecret(secret),
    accountId: actor.id,
    sessionId: actor.credentialId,
    visitedTenantId: tenantId,
    visitedRegion,
    expiresAt,
  });
  return { url: `${region.baseUrl}/enter#${secret}`, expiresAt };
}

/** As far as it is known; without the directory it may not be. */
const livesIn = async (platform: Platform, tenantId: string, region: string): Promise<boolean> =>
  (await platform.regionOfTenant(tenantId).catch(() => undefined)) === region;

/** Another region asks whether somebody is still let in. @throws {Problem} 403 */
export async function sayLease(platform: Platform, from: string, asked: AskedLease) {
  const place = await platform.locateHere(asked.homeTenantId);
  const isThere = await livesIn(platform, asked.visitedTenantId, from);
  const said = place && (await leases.grant(place.cell, asked.homeTenantId, asked, from, isThere));
  if (!place || !said || said.validMs <= 0) throw forbidden('not-let-in', 'Home does not let this person in.');
  await leases.noteSeen(place.cell, asked.homeTenantId, asked.sessionId);
  return said;
}

/** A region asks which of these accounts are still let in, and by what. */
export async function sayStandings(platform: Platform, from: string, asked: AskedStandings) {
  const place = await platform.locateHere(asked.homeTenantId);
  if (!place) return [];
  return leases.standingsOf(place.cell, asked, from, await livesIn(platform, asked.visitedTenantId, from));
}

/** A region goes on with work that a person asked for, and asks whether that is still let in. @throws {Problem} 403 */
export async function sayStanding(platform: Platform, from: string, { accountId, ...asked }: AskedStanding) {
  const [said] = await sayStandings(platform, from, { ...asked, accountIds: [accountId] });
  if (!said) throw forbidden('not-let-in', 'Home does not let this person in.');
  return said;
}

/** Another region was handed an assertion. @throws {Problem} 403 */
export async function sayAssertion(platform: Platform, from: string, { homeTenantId, secret }: HandedAssertion) {
  const place = await platform.locateHere(homeTenantId);
  const found = place && (await leases.consumeAssertion(place.cell, homeTenantId, hashSecret(secret), from));
  if (!found) throw forbidden('assertion-over', 'This way in was used, or is over.');
  return found;
}

const waiting = new WeakMap<TenantContext, Set<string> | 'all'>();

/**
 * Takes back what other regions heard of an account, or of all of the tenant, once this is committed. The answer waits until
 * they confirmed, or until nothing that they heard can hold any more; from then on the next request is refused everywhere.
 */
export function recall(ctx: TenantContext, accountId: string | 'all'): void {
  const known = waiting.get(ctx);
  if (!known)
    ctx.afterwards(async () => {
      const whose = waiting.get(ctx) ?? 'all';
      await recallNow(ctx, whose === 'all' ? null : [...whose]);
    });
  if (accountId === 'all' || known === 'all') waiting.set(ctx, 'all');
  else waiting.set(ctx, (known ?? new Set<string>()).add(accountId));
}

async function recallNow(ctx: TenantContext, accountIds: string[] | null): Promise<void> {
  await takeBack(ctx, await leases.mayHold(ctx.place.cell, ctx.tenantId, accountIds));
}

/**
 * The same of what a statement of this change found that may hold. The change holds the account's row before that: so
 * whoever notes a lease meanwhile, which holds the row too, looks afterwards (`leases.grant`).
 */
export function recallFound(ctx: TenantContext, found: () => leases.Granted[]): void {
  ctx.afterwards(() => takeBack(ctx, found()));
}

async function takeBack({ platform, place, tenantId }: TenantContext, held: leases.Granted[]): Promise<void> {
  if (held.length === 0) return;
  const regions = new Set(held.map(({ visitedRegion }) => visitedRegion));
  await recalled(
    [...regions].map((region) =>
      askRegion(platform, place.region.code, region, 'recall', {
        homeTenantId: tenantId,
        guests: held.filter(({ visitedRegion }) => visitedRegion === region),
      }),
    ),
  );
}
