import type { Actor } from '../../kernel/authenticate.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { Reply } from '../../kernel/operation.ts';
import { Problem, problemOf } from '../../kernel/problem.ts';
import type { Place } from '../../kernel/regions.ts';
import { admitted } from '../accounts/service.ts';
import { enter } from '../sessions/service.ts';
import { admit, type External, link, SignInRefused } from './admit.ts';
import { noteKnownAs } from './known-as.ts';
import { type Provider, readActive, readProvider } from './reading.ts';
import * as store from './store.ts';
import { type Arrival, finishTest } from './tests.ts';
import { safeReturnTo, signInOver, startPath, type Trip } from './trips.ts';
import { tellUnconfirmed } from './trusting.ts';

/** The end of a trip, the same for all protocols: what was verified becomes a session, a link or a test's report. */

/** Nobody yet: whoever comes from a provider is somebody when it is over. */
const fromProvider: Actor = { kind: 'system', id: null, credentialId: null, door: 'identity-provider' };

export interface AtTenant {
  place: Place;
  tenantId: string;
}

/** Opens the tenant for somebody on the way to a provider or back. @throws {Problem} 403 with the tenant's state */
export const enterFromProvider = <T>(
  { platform, request }: PlatformContext,
  { place, tenantId }: AtTenant,
  work: (ctx: TenantContext) => Promise<T>,
): Promise<T | undefined> =>
  enterTenant({ platform, place, tenantId, actor: fromProvider, request }, async (ctx) => {
    requireDoorOpen(ctx.identity);
    return work(ctx);
  });

/** Sends the browser on. */
export const redirectTo = (url: string, cookies: string[] = []) =>
  new Reply(undefined, {
    status: 303,
    headers: {
      location: url,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    },
  });

/**
 * Sends a browser to the start of the provider's own protocol; to the sign-in page when there is no such provider, or
 * the tenant is not here or not open.
 */
export async function startAt(
  ctx: PlatformContext,
  { tenantId, providerId }: { tenantId: string; providerId: string },
  returnTo: string | undefined,
): Promise<Reply> {
  const { platform } = ctx;
  const place = await platform.locate(tenantId);
  const asked = place && askFirst(ctx, { place, tenantId }, { returnTo });
  if (asked) return asked;
  const found =
    place &&
    (await enterFromProvider(ctx, { place, tenantId }, async (tenant) => {
      const provider = await readActive(tenant, providerId);
      return `${place.region.baseUrl}${startPath(tenantId, provider)}`;
    }).catch((error) => {
      if (error instanceof Problem && error.status < 500) return undefined;
      throw error;
    }));
  const baseUrl = place?.region.baseUrl ?? '';
  if (!found) return backToSignIn(baseUrl, tenantId, 'provider-not-available');
  return redirectTo(returnTo ? `${found}?returnTo=${encodeURIComponent(returnTo)}` : found);
}

/**
 * A page of another site may lead a browser here, and the provider of its choice would sign the person in as somebody
 * without a word. Such a browser comes to the tenant's sign-in page first, where its person chooses.
 *
 * @returns undefined for a browser that was not sent from elsewhere, and with a ticket, which only its holder has
 */
export const askFirst = (
  { request }: PlatformContext,
  { place, tenantId }: AtTenant,
  { ticket, returnTo }: { ticket?: string | undefined; returnTo?: string | undefined },
): Reply | undefined => {
  if (request.sentFrom !== 'cross-site' || ticket !== undefined) return undefined;
  const next = returnTo === undefined ? '' : `?next=${encodeURIComponent(safeReturnTo(returnTo))}`;
  return redirectTo(`${place.region.baseUrl}/t/${encodeURIComponent(tenantId)}/sign-in${next}`);
};

/** Back to the tenant's sign-in page, which says what the code means. The same for every tenant and provider. */
export const backToSignIn = (baseUrl: string, tenantId: string, code: string): Reply =>
  redirectTo(`${baseUrl}/t/${encodeURIComponent(tenantId)}/sign-in?problem=${encodeURIComponent(code)}`);

/** Finds the tenant, and turns what goes wrong on the way into a sign-in page that says so. */
export async function atSignIn(ctx: PlatformContext, tenantId: string, work: (place: Place) => Promise<Reply>) {
  const place = await ctx.platform.locate(tenantId);
  if (!place) return backToSignIn('', tenantId, 'provider-not-available');
  try {
    return await work(place);
  } catch (error) {
    const { baseUrl } = place.region;
    if (error instanceof SignInRefused) return backToSignIn(baseUrl, tenantId, error.code);
    if (error instanceof Problem && error.status === 404)
      return backToSignIn(baseUrl, tenantId, 'provider-not-available');
    if (error instanceof Problem && error.status < 500) return backToSignIn(baseUrl, tenantId, error.code);
    throw error;
  }
}

/**
 * Ends a trip.
 *
 * @returns where the browser goes on, with the cookies of the session if one was made
 */
export async function arrive(ctx: PlatformContext, at: AtTenant, trip: Trip, arrival: Arrival): Promise<Reply> {
  const { baseUrl } = at.place.region;
  try {
    const reply = await enterFromProvider(ctx, at, (tenant) => arriveIn(tenant, trip, arrival, baseUrl));
    if (reply) return reply;
    throw signInOver();
  } catch (error) {
    if (error instanceof SignInRefused) {
      if (error.code === 'provider-not-confirmed')
        await enterFromProvider(ctx, at, (tenant) => tellUnconfirmed(tenant, trip.providerId));
      return backToSignIn(baseUrl, at.tenantId, error.code);
    }
    const problem = problemOf(error);
    if (problem && problem.status < 500) return backToSignIn(baseUrl, at.tenantId, problem.code);
    throw error;
  }
}

async function arriveIn(ctx: TenantContext, trip: Trip, arrival: Arrival, baseUrl: string): Promise<Reply> {
  const provider = await (trip.purpose === 'test' ? readProvider : readActive)(ctx, trip.providerId);
  if (provider.trustVersion !== trip.trustVersion) throw signInOver();
  if (trip.purpose === 'test' && trip.testId) {
    await finishTest(ctx, provider, trip.testId, arrival);
    return redirectTo(baseUrl + trip.returnTo);
  }
  if ('refusal' in arrival) throw arrival.refusal;
  if (trip.purpose === 'link') {
    await linkOwn(ctx, provider, arrival.external, trip.accountId);
    return redirectTo(baseUrl + trip.returnTo);
  }
  const { accountId, status, hasSecondFactor } = await admit(ctx, provider, arrival.external);
  if (trip.accountId !== null && trip.accountId !== accountId)
    throw new SignInRefused('account', 'another-account', 'The provider answered for somebody else.');
  // What was made for them stays.
  if (status !== 'enabled') return backToSignIn(baseUrl, ctx.tenantId, 'account-waiting');
  const entered = await enter(ctx, {
    accountId,
    method: 'identity-provider',
    identityProviderId: provider.id,
    hasSecondFactor,
    provedAt: earlierOf(arrival.external.provedAt, ctx.now),
  });
  const { knownAs } = arrival.external;
  if (knownAs)
    await noteKnownAs(
      ctx,
      provider.id,
      accountId,
      entered.kind === 'session' ? entered.session.sessionId : null,
      knownAs,
    );
  if (entered.kind === 'session') return redirectTo(baseUrl + trip.returnTo, entered.cookies);
  const onward = `returnTo=${encodeURIComponent(trip.returnTo)}`;
  return redirectTo(
    `${baseUrl}/t/${ctx.tenantId}/sign-in?unfinished=${entered.asks.join(',')}&${onward}`,
    entered.cookies,
  );
}

/** A clock of the provider's that is ahead proves nothing to come. */
const earlierOf = (said: string | undefined, now: Date) =>
  said !== undefined && Date.parse(said) < now.getTime() ? new Date(said) : now;

/**
 * Links a person who is signed in with who they are at the provider: the only way in by it for owners and for others who
 * had an account before.
 */
async function linkOwn(ctx: TenantContext, provider: Provider, external: External, accountId: string | null) {
  const account = accountId === null ? undefined : await admitted(ctx, accountId);
  if (!accountId || account?.status !== 'enabled') throw signInOver();
  const known = await store.identity(ctx, provider.id, external.issuer, external.subject);
  if (known?.accountId === accountId) return;
  if (known) throw new SignInRefused('account', 'another-account', 'This person is linked with another account.');
  await link(ctx, provider, external, accountId, false);
}
