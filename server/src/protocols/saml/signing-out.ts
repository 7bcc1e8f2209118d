import {
  addressesOf,
  endKnownAs,
  fetchTrip,
  ownKnownAs,
  type Provider,
  parkTrip,
  readActive,
  readProvider,
  SignInRefused,
  signInOver,
  takeMessage,
  unaskedTrip,
} from '../../capabilities/identity-providers/service.ts';
import { endCurrentSession, signedOutCookie } from '../../capabilities/sessions/service.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { notFound } from '../../kernel/problem.ts';
import { settled } from './exchange.ts';
import { examineLogoutAddress, examineLogoutForm, relayStateIn } from './logout.ts';
import { type Carried, carried, logoutRequest, logoutResponse, signingKey } from './requests.ts';

/** Single logout: a provider signs its people out here, and who signs out here is signed out there. */

const TAKEN_SECONDS = 3600;
const MOST_RELAY_STATE = 200;

export type LogoutMessage =
  | { kind: 'address'; query: string }
  | { kind: 'form'; encoded: string; relayState: string | undefined };

const addressesFor = (ctx: TenantContext, provider: Provider) => {
  const { entityId = '', logoutUrl = '' } = addressesOf(ctx, provider.id, 'saml');
  return { entityId, logoutUrl };
};

/**
 * Does what a provider asks: ends the sessions that came of it for the person whom it names.
 *
 * @returns our answer for the provider, or undefined where it takes none
 * @throws {SignInRefused} the request is not to be believed
 */
export async function signOutAsAsked(
  ctx: TenantContext,
  providerId: string,
  message: LogoutMessage,
): Promise<Carried | undefined> {
  const provider = await readActive(ctx, providerId);
  if (provider.type !== 'saml') throw notFound('identity provider');
  const { entityId, logoutUrl } = addressesFor(ctx, provider);
  const expected = { provider, logoutUrl, now: ctx.now };
  const examined = settled(
    message.kind === 'address'
      ? examineLogoutAddress(message.query, expected)
      : examineLogoutForm(message.encoded, expected),
  );
  if ('found' in examined || !examined.value)
    throw new SignInRefused('answer', 'answer-not-valid', 'Not to be believed.');
  const { id, nameId, sessionIndexes } = examined.value;
  if (!(await takeMessage(ctx, providerId, id, TAKEN_SECONDS)))
    throw new SignInRefused('answer', 'answer-not-valid', 'It was used before.');
  await endKnownAs(ctx, providerId, nameId, sessionIndexes);
  const { singleLogoutUrl: url, singleLogoutBinding: binding } = provider.saml;
  if (!url) return undefined;
  const head = { id: `_${newId()}`, now: ctx.now, destination: url, issuer: entityId };
  const relayState = message.kind === 'address' ? relayStateIn(message.query) : message.relayState;
  return carried('SAMLResponse', logoutResponse(head, id), {
    url,
    binding,
    relayState: relayState && relayState.length <= MOST_RELAY_STATE ? relayState : undefined,
    key: signingKey(provider.keys, ctx.now),
  });
}

/**
 * Ends the caller's session, and says where the browser goes to be signed out at the provider too.
 *
 * @throws {Problem} 404 for a credential that is no session
 */
export async function signOut(ctx: TenantContext): Promise<Reply> {
  const known = await ownKnownAs(ctx);
  const provider = known && (await readProvider(ctx, known.providerId));
  await endCurrentSession(ctx);
  const goesOn = provider && outAt(ctx, provider, known.subject);
  if (!provider || !goesOn?.form)
    return new Reply({ url: goesOn?.url ?? null }, { headers: { 'set-cookie': signedOutCookie(ctx) } });
  const { ticket, cookie } = await parkTrip(ctx, await unaskedTrip(ctx, provider, 'sign-out'), goesOn);
  const { baseUrl } = ctx.place.region;
  return new Reply(
    { url: `${baseUrl}/v1/sign-in/saml/${ctx.tenantId}/${provider.id}/sign-out?ticket=${ticket}` },
    { headers: { 'set-cookie': [signedOutCookie(ctx), cookie] } },
  );
}

/** Fetches the form that signs somebody out at the provider, by the browser that signed out. @throws {Problem} 400 */
export async function fetchSignOut(ctx: TenantContext, at: Parameters<typeof fetchTrip>[1]): Promise<Carried> {
  const { trip, arrival } = await fetchTrip(ctx, at);
  if (trip.purpose !== 'sign-out') throw signInOver();
  return arrival as Carried;
}

function outAt(
  ctx: TenantContext,
  provider: Provider,
  subject: Record<string, string | null> | undefined,
): Carried | undefined {
  const { type, status, saml, keys } = provider;
  if (status !== 'active') return undefined;
  if (type !== 'saml') {
    const url = provider[type].logoutUrl;
    return url ? { url } : undefined;
  }
  const { singleLogoutUrl: url, singleLogoutBinding: binding } = saml;
  if (!url || !subject?.value) return undefined;
  const { value, format = null, nameQualifier = null, spNameQualifier = null, sessionIndex = null } = subject;
  const head = { id: `_${newId()}`, now: ctx.now, destination: url, issuer: addressesFor(ctx, provider).entityId };
  const request = logoutRequest(head, { value, format, nameQualifier, spNameQualifier }, sessionIndex);
  return carried('SAMLRequest', request, { url, binding, key: signingKey(keys, ctx.now) });
}
