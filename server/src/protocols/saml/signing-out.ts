import {
  addressesOf,
  endKnownAs,
  ownKnownAs,
  type Provider,
  readActive,
  readProvider,
  SignInRefused,
  takeMessage,
} from '../../capabilities/identity-providers/service.ts';
import { endCurrentSession, signedOutCookie } from '../../capabilities/sessions/service.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { notFound } from '../../kernel/problem.ts';
import { settled } from './exchange.ts';
import { examineLogoutAddress, examineLogoutForm } from './logout.ts';
import { addressWith, logoutRequest, logoutResponse, signingKey } from './requests.ts';

/** Single logout: a provider signs its people out here, and who signs out here is signed out there. */

const TAKEN_SECONDS = 3600;
const MOST_RELAY_STATE = 200;

export type LogoutMessage =
  | { kind: 'address'; query: string; relayState: string | undefined }
  | { kind: 'form'; encoded: string; relayState: string | undefined };

const addressesFor = (ctx: TenantContext, provider: Provider) => {
  const { entityId = '', logoutUrl = '' } = addressesOf(ctx, provider.id, 'saml');
  return { entityId, logoutUrl };
};

/**
 * Does what a provider asks: ends the sessions that came of it for the person whom it names.
 *
 * @returns where the browser goes on: to the provider with our answer, or undefined where it takes none
 * @throws {SignInRefused} the request is not to be believed
 */
export async function signOutAsAsked(
  ctx: TenantContext,
  providerId: string,
  message: LogoutMessage,
): Promise<string | undefined> {
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
  const destination = provider.saml.singleLogoutUrl;
  if (!destination) return undefined;
  const head = { id: `_${newId()}`, now: ctx.now, destination, issuer: entityId };
  const { relayState } = message;
  return addressWith(destination, 'SAMLResponse', logoutResponse(head, id), {
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
  const url = (provider && outAt(ctx, provider, known.subject)) ?? null;
  return new Reply({ url }, { headers: { 'set-cookie': signedOutCookie(ctx) } });
}

function outAt(ctx: TenantContext, provider: Provider, subject: Record<string, string | null> | undefined) {
  const { type, status, saml, keys } = provider;
  if (status !== 'active') return undefined;
  if (type !== 'saml') return provider[type].logoutUrl ?? undefined;
  const destination = saml.singleLogoutUrl;
  if (!destination || !subject?.value) return undefined;
  const { value, format = null, nameQualifier = null, spNameQualifier = null, sessionIndex = null } = subject;
  const head = { id: `_${newId()}`, now: ctx.now, destination, issuer: addressesFor(ctx, provider).entityId };
  const request = logoutRequest(head, { value, format, nameQualifier, spNameQualifier }, sessionIndex);
  return addressWith(destination, 'SAMLRequest', request, { key: signingKey(keys, ctx.now) });
}
