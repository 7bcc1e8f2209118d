import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { hashSecret } from '../../kernel/credential-text.ts';
import { newId, randomBase62 } from '../../kernel/ids.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import { type Provider, readProvider } from './reading.ts';
import type { ProviderType } from './schema.ts';
import * as store from './store.ts';

/**
 * A trip is one browser's way to a provider and back. It is a row, so that whichever node it comes back to consumes it
 * once (P11), and it is bound to the browser that set out by a cookie that the provider's answer carries along.
 */

const TRIP_SECONDS = 600;
const SECRET_LENGTH = 43;
const SIGN_IN_COOKIE = '__Host-bailiwick-signin';

/**
 * - `sign-in`: makes a session
 * - `test`: shows an administrator what came, and makes nothing
 * - `link`: a person who is signed in says who they are at the provider
 * - `step-up`: proves the same person again, freshly
 * - `sign-out`: a person who signed out here is on the way to be signed out there
 */
export type Purpose = 'sign-in' | 'test' | 'link' | 'step-up' | 'sign-out';

export interface Trip {
  id: string;
  providerId: string;
  purpose: Purpose;
  /** Who set out, where that was known before. */
  accountId: string | null;
  testId: string | null;
  /** As it was when the trip began: what changed meanwhile makes it void. */
  trustVersion: number;
  nonce: string;
  /** PKCE. */
  codeVerifier: string;
  /** A path of ours. */
  returnTo: string;
}

export interface BegunTrip {
  trip: Trip;
  provider: Provider;
  /** Goes to the provider and comes back: `state`; SAML makes its request's id of it. */
  state: string;
  /** To be set with the answer that sends the browser to the provider. */
  cookie: string;
}

/** A path of the console; anything that could lead elsewhere is the start page (P29). */
export function safeReturnTo(text: string | undefined): string {
  if (!text || text.length > 1000 || !/^\/(?![/\\])[!-~]*$/.test(text) || text.includes('\\')) return '/';
  // Whatever a server or a browser would take apart once more before it goes there.
  if (/%(2f|5c|0d|0a|00|40)/i.test(text.replace(/\?.*$/, ''))) return '/';
  const base = 'https://here.invalid';
  if (!URL.canParse(text, base)) return '/';
  const url = new URL(text, base);
  return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : '/';
}

/** The secret that binds trips to this browser, when it holds one. */
export const browserOf = ({ request }: PlatformContext): string | undefined => {
  const value = request.cookies?.[SIGN_IN_COOKIE];
  return value && /^[0-9A-Za-z]{43}$/.test(value) ? value : undefined;
};

const signInCookie = (value: string) =>
  `${SIGN_IN_COOKIE}=${value}; Path=/; Max-Age=${TRIP_SECONDS}; HttpOnly; Secure; SameSite=None`;

/** Where a trip of the protocol sets out. */
export const startPath = (tenantId: string, { id, type }: Pick<Provider, 'id' | 'type'>) =>
  `/v1/sign-in/${type === 'saml' ? 'saml' : 'oidc'}/${tenantId}/${id}/start`;

/**
 * Makes a trip of somebody who is known already, to be opened once within ten minutes: in the browser that asked for it
 * and holds the cookie, but for tests, which change nothing. Else one could be led to end another's trip.
 *
 * @returns the address to open, and the cookie
 */
export async function issueTrip(
  ctx: TenantContext,
  provider: Pick<Provider, 'id' | 'type' | 'trustVersion'>,
  trip: {
    purpose: Exclude<Purpose, 'sign-in' | 'sign-out'>;
    returnTo: string;
    testId?: string;
    accountId?: string | null;
  },
): Promise<{ url: string; cookie: string }> {
  const ticket = randomBase62(SECRET_LENGTH);
  const browser = randomBase62(SECRET_LENGTH);
  await store.insertTrip(ctx, {
    id: newId(),
    providerId: provider.id,
    purpose: trip.purpose,
    accountId: trip.accountId ?? null,
    testId: trip.testId ?? null,
    trustVersion: provider.trustVersion,
    ticketHash: hashSecret(ticket),
    stateHash: null,
    browserHash: trip.purpose === 'test' ? null : hashSecret(browser),
    secrets: null,
    returnTo: safeReturnTo(trip.returnTo),
    expiresAt: ctx.later(TRIP_SECONDS),
  });
  return {
    url: `${ctx.place.region.baseUrl}${startPath(ctx.tenantId, provider)}?ticket=${ticket}`,
    cookie: signInCookie(browser),
  };
}

/**
 * Begins a trip: a sign-in, or what a ticket is for. The protocol puts `state` into its request.
 *
 * @throws {Problem} 404 when the provider is not there or, but for tests, not active; 400 `sign-in-over` for a ticket
 *   that was used or is too old
 */
export async function beginTrip(
  ctx: TenantContext,
  {
    providerId,
    ticket,
    returnTo,
    browser = randomBase62(SECRET_LENGTH),
    types,
  }: {
    providerId: string;
    ticket?: string | undefined;
    returnTo?: string | undefined;
    browser?: string | undefined;
    /** That the protocol speaks. */
    types: ProviderType[];
  },
): Promise<BegunTrip> {
  const held =
    ticket === undefined ? undefined : await store.takeTicket(ctx, providerId, hashSecret(ticket), hashSecret(browser));
  if (ticket !== undefined && !held) throw signInOver();
  const purpose = (held?.purpose ?? 'sign-in') as Purpose;
  const provider = await readProvider(ctx, providerId);
  if (!types.includes(provider.type) || (purpose !== 'test' && provider.status !== 'active'))
    throw notFound('identity provider');

  const state = randomBase62(SECRET_LENGTH);
  const trip: Trip = {
    id: held?.id ?? newId(),
    providerId,
    purpose,
    accountId: held?.accountId ?? null,
    testId: held?.testId ?? null,
    trustVersion: provider.trustVersion,
    nonce: randomBase62(SECRET_LENGTH),
    codeVerifier: randomBase62(SECRET_LENGTH),
    returnTo: held?.returnTo ?? safeReturnTo(returnTo),
  };
  const { nonce, codeVerifier } = trip;
  const kept = {
    trustVersion: trip.trustVersion,
    stateHash: hashSecret(state),
    browserHash: hashSecret(browser),
    secrets: await ctx.keys.seal(JSON.stringify({ nonce, codeVerifier }), 'sign_in_trips', trip.id, 'secrets'),
    expiresAt: ctx.later(TRIP_SECONDS),
  };
  if (held) await store.boardTrip(ctx, trip.id, kept);
  else {
    const { id, accountId, testId, returnTo: goesTo } = trip;
    await store.insertTrip(ctx, {
      id,
      providerId,
      purpose,
      accountId,
      testId,
      ticketHash: null,
      returnTo: goesTo,
      ...kept,
    });
  }
  return { trip, provider, state, cookie: signInCookie(browser) };
}

/**
 * Consumes the trip that came back, once over all nodes. Commit before anything else is tried: what fails afterwards
 * is over.
 *
 * @throws {Problem} 400 `sign-in-over`: unknown, used, too old, of another provider or of another browser
 */
export async function consumeTrip(
  ctx: TenantContext,
  { providerId, state, browser }: { providerId: string; state: string; browser: string | undefined },
): Promise<{ trip: Trip; provider: Provider }> {
  const row =
    browser === undefined
      ? undefined
      : await store.consumeTrip(ctx, providerId, hashSecret(state), hashSecret(browser));
  if (!row?.secrets) throw signInOver();
  const { secrets, ...trip } = row;
  const { nonce, codeVerifier } = JSON.parse(await ctx.keys.open(secrets, 'sign_in_trips', row.id, 'secrets')) as {
    nonce: string;
    codeVerifier: string;
  };
  const provider = await readProvider(ctx, providerId);
  if (provider.trustVersion !== trip.trustVersion) throw signInOver();
  return { trip: { ...trip, providerId, purpose: row.purpose as Purpose, nonce, codeVerifier }, provider };
}

/** Who set out from a provider, or for its sign-out: nobody asked them to, so they go nowhere in particular. */
export async function unaskedTrip(
  ctx: TenantContext,
  provider: Provider,
  purpose: 'sign-in' | 'sign-out' = 'sign-in',
): Promise<Trip> {
  const id = newId();
  const trip = { id, providerId: provider.id, purpose, accountId: null, testId: null };
  const { trustVersion } = provider;
  await store.insertTrip(ctx, {
    ...trip,
    trustVersion,
    ticketHash: null,
    stateHash: null,
    browserHash: null,
    secrets: null,
    returnTo: '/',
    expiresAt: ctx.later(TRIP_SECONDS),
    consumedAt: ctx.now,
  });
  return { ...trip, trustVersion, nonce: '', codeVerifier: '', returnTo: '/' };
}

const PARKED_SECONDS = 60;

/**
 * Keeps what a provider's form brought. A form of another site comes without the cookie of the browser's session, so the
 * browser fetches it by an address of ours, where that is seen.
 *
 * @returns the ticket, and the cookie that it goes with
 */
export async function parkTrip(
  ctx: TenantContext,
  trip: Trip,
  arrival: object,
  browser = randomBase62(SECRET_LENGTH),
): Promise<{ ticket: string; cookie: string }> {
  const ticket = randomBase62(SECRET_LENGTH);
  await store.parkTrip(ctx, trip.id, {
    ticketHash: hashSecret(ticket),
    browserHash: hashSecret(browser),
    secrets: await ctx.keys.seal(JSON.stringify(arrival), 'sign_in_trips', trip.id, 'secrets'),
    expiresAt: ctx.later(PARKED_SECONDS),
  });
  return { ticket, cookie: signInCookie(browser) };
}

/** @throws {Problem} 400 `sign-in-over`: unknown, used, more than a minute old or of another browser */
export async function fetchTrip(
  ctx: TenantContext,
  { providerId, ticket, browser }: { providerId: string; ticket: string; browser: string | undefined },
): Promise<{ trip: Trip; arrival: unknown }> {
  const row =
    browser === undefined ? undefined : await store.fetchTrip(ctx, providerId, hashSecret(ticket), hashSecret(browser));
  if (!row?.secrets) throw signInOver();
  const { secrets, ...rest } = row;
  const arrival: unknown = JSON.parse(await ctx.keys.open(secrets, 'sign_in_trips', row.id, 'secrets'));
  return { trip: { ...rest, providerId, purpose: row.purpose as Purpose, nonce: '', codeVerifier: '' }, arrival };
}

export const signInOver = () =>
  new Problem(
    400,
    'sign-in-over',
    'This sign-in was used already, took too long or began in another browser. Begin again.',
  );
