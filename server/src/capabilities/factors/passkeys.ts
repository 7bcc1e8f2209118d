import type { AuthenticationResponseJSON, RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server';
import type { TenantContext } from '../../kernel/context.ts';
import { idFromBase62, idToBase62 } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import type { Platform, Region } from '../../kernel/regions.ts';
import { openStably, sealStably } from '../../kernel/secrets.ts';
import { CHALLENGE_SECONDS, type ChallengeUse, isChallenge, makeChallenge, spendChallenge } from './challenges.ts';
import type { PasskeyAssertion, PasskeyRegistration } from './schema.ts';
import * as store from './store.ts';

/** Passkeys (Web Authentication): kept in the authenticator, with the person verified each time, so that one is two factors. */

/** EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];
const MAX_PASSKEYS = 20;

/** A passkey belongs to the host of its region's address. */
const rpIdOf = ({ baseUrl }: Region) => new URL(baseUrl).hostname;
const originOf = ({ baseUrl }: Region) => new URL(baseUrl).origin;

/** What an authenticator keeps of whose passkey it is: tells nobody but us, and us where to look. */
const userHandleOf = (platform: Platform, tenantId: string, accountId: string): string =>
  sealStably(
    platform.fingerprintKey,
    Buffer.from(idToBase62(tenantId) + idToBase62(accountId)),
    'passkey user',
  ).toString('base64url');

/** Whose passkey an authenticator says that it used; undefined for a handle that we never gave. */
export function readUserHandle(
  platform: Platform,
  handle: string,
): { tenantId: string; accountId: string } | undefined {
  const text = openStably(platform.fingerprintKey, Buffer.from(handle, 'base64url'), 'passkey user')?.toString() ?? '';
  const tenantId = idFromBase62(text.slice(0, 22));
  const accountId = idFromBase62(text.slice(22));
  return tenantId && accountId ? { tenantId, accountId } : undefined;
}

const described = ({ credentialId, transports }: { credentialId: Buffer | null; transports: string[] }) => ({
  id: (credentialId as Buffer).toString('base64url'),
  type: 'public-key' as const,
  ...(transports.length > 0 ? { transports } : {}),
});

/** What the browser makes a passkey of. @param bound the session or unfinished sign-in that asks */
export async function passkeyCreation(ctx: TenantContext, accountId: string, bound: string) {
  const { platform, tenantId, place, identity } = ctx;
  const { email, username, displayName } = await store.person(ctx, accountId);
  return {
    rp: { id: rpIdOf(place.region), name: identity.tenantDisplayName },
    user: { id: userHandleOf(platform, tenantId, accountId), name: email ?? username, displayName },
    challenge: makeChallenge(platform, ctx.now, { purpose: 'enrolment', bound }),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key' as const, alg })),
    timeout: CHALLENGE_SECONDS * 1000,
    excludeCredentials: (await store.passkeysOf(ctx, accountId)).map(described),
    authenticatorSelection: {
      residentKey: 'required' as const,
      requireResidentKey: true as const,
      userVerification: 'required' as const,
    },
    attestation: 'none' as const,
  };
}

/** Loaded with the first passkey: it takes more memory than the rest of sign-in. */
const webauthn = async () => ({
  ...(await import('@simplewebauthn/server')),
  ...(await import('@simplewebauthn/server/helpers')),
});
type WebAuthn = Awaited<ReturnType<typeof webauthn>>;

/** Only what says nothing of its maker, as was asked for: no certificate of a stranger is read. */
function isPlainAttestation({ decodeAttestationObject }: WebAuthn, { response }: PasskeyRegistration): boolean {
  const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(response.attestationObject, 'base64url')));
  const form = attestation.get('fmt');
  return form === 'none' || (form === 'packed' && attestation.get('attStmt').get('x5c') === undefined);
}

/** Asked for by our page within a page of somebody else. */
const isFramed = (
  { decodeClientDataJSON }: WebAuthn,
  { response: { clientDataJSON } }: PasskeyRegistration | PasskeyAssertion,
): boolean => decodeClientDataJSON(clientDataJSON).crossOrigin === true;

async function verifiedRegistration(ctx: TenantContext, response: PasskeyRegistration, bound: string) {
  const { platform, place, now } = ctx;
  const library = await webauthn();
  let answered = '';
  try {
    if (!isPlainAttestation(library, response) || isFramed(library, response)) return undefined;
    const { registrationInfo } = await library.verifyRegistrationResponse({
      response: { clientExtensionResults: {}, ...response } as RegistrationResponseJSON,
      expectedChallenge: (challenge) => {
        answered = challenge;
        return isChallenge(platform, now, { purpose: 'enrolment', bound }, challenge);
      },
      expectedOrigin: originOf(place.region),
      expectedRPID: rpIdOf(place.region),
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    return registrationInfo && { ...registrationInfo.credential, challenge: answered };
  } catch {
    return undefined; // whatever was wrong with it
  }
}

/**
 * Registers what the browser made.
 *
 * @throws {Problem} 400 that names `response`; 409 `passkey-taken`, `too-many-factors`
 */
export async function registerPasskey(
  ctx: TenantContext,
  accountId: string,
  { name, response }: { name: string; response: PasskeyRegistration },
  bound: string,
) {
  const made = await verifiedRegistration(ctx, response, bound);
  if (!made || !(await spendChallenge(ctx, made.challenge)))
    throw invalid({ path: 'response', message: 'is not a passkey that was asked for here; begin again' });
  if ((await store.passkeysOf(ctx, accountId)).length >= MAX_PASSKEYS)
    throw conflict('too-many-factors', `You have ${MAX_PASSKEYS} passkeys. Remove one first.`);
  return store.insertPasskey(ctx, {
    accountId,
    name,
    credentialId: Buffer.from(made.id, 'base64url'),
    publicKey: Buffer.from(made.publicKey),
    signCount: made.counter,
    transports: response.response.transports ?? [],
  });
}

/** What a browser asks any passkey of the page for, before anybody is known: the same for everybody. */
export const anyPasskeyRequest = (platform: Platform, now: Date) => ({
  challenge: makeChallenge(platform, now, { purpose: 'sign-in', bound: '' }),
  timeout: CHALLENGE_SECONDS * 1000,
  allowCredentials: [],
  userVerification: 'required' as const,
});

/** What a browser asks the account's passkeys for; null when it has none. */
export async function passkeyRequest(ctx: TenantContext, accountId: string, use: ChallengeUse) {
  const passkeys = await store.passkeysOf(ctx, accountId);
  if (passkeys.length === 0) return null;
  return {
    challenge: makeChallenge(ctx.platform, ctx.now, use),
    timeout: CHALLENGE_SECONDS * 1000,
    rpId: rpIdOf(ctx.place.region),
    allowCredentials: passkeys.map(described),
    userVerification: 'required' as const,
  };
}

/**
 * Uses a passkey of the account: right page, right challenge, once, the person verified, and no copy of it that counted
 * on.
 *
 * @returns whether it was one
 */
export async function usePasskey(
  ctx: TenantContext,
  accountId: string,
  response: PasskeyAssertion,
  use: ChallengeUse,
): Promise<boolean> {
  const { platform, tenantId } = ctx;
  const { userHandle } = response.response;
  if (userHandle && userHandle !== userHandleOf(platform, tenantId, accountId)) return false;
  const passkey = await store.lockPasskey(ctx, accountId, Buffer.from(response.id, 'base64url'));
  if (!passkey?.publicKey) return false;
  const credential = { id: response.id, publicKey: new Uint8Array(passkey.publicKey), counter: passkey.signCount };
  const answer = await verifiedAssertion(ctx, response, credential, use);
  if (!answer || !(await spendChallenge(ctx, answer.challenge))) return false;
  store.notePasskey(ctx, passkey.id, answer.newCounter);
  return true;
}

async function verifiedAssertion(
  { platform, place, now }: TenantContext,
  response: PasskeyAssertion,
  credential: WebAuthnCredential,
  use: ChallengeUse,
) {
  const library = await webauthn();
  let answered = '';
  try {
    if (isFramed(library, response)) return undefined;
    const { verified, authenticationInfo } = await library.verifyAuthenticationResponse({
      response: { clientExtensionResults: {}, ...response } as AuthenticationResponseJSON,
      expectedChallenge: (challenge) => {
        answered = challenge;
        return isChallenge(platform, now, use, challenge);
      },
      expectedOrigin: originOf(place.region),
      expectedRPID: rpIdOf(place.region),
      credential,
      requireUserVerification: true,
    });
    return verified ? { challenge: answered, newCounter: authenticationInfo.newCounter } : undefined;
  } catch {
    return undefined; // whatever was wrong with it
  }
}
