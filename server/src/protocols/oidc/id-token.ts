import { errors, type JWTPayload, jwtVerify } from 'jose';
import { SignInRefused } from '../../capabilities/identity-providers/service.ts';
import type { Connection } from './connection.ts';

/** Seconds that clocks may differ. */
const TOLERANCE = 60;

interface Expected {
  issuer: string;
  clientId: string;
  /** Of an ID token; signed user information has none. */
  nonce?: string;
  now: Date;
}

const refused = (stage: 'signature' | 'issuer' | 'audience' | 'claims', message: string, path: string | null = null) =>
  new SignInRefused(stage, 'answer-not-valid', message, path);

/**
 * Verifies an ID token (OpenID Connect Core 1.0 section 3.1.3.7): signature by a key of the provider's and a good
 * algorithm, then issuer, audience, authorised party, times, nonce. What the token's header says of keys is not used.
 *
 * @throws {SignInRefused} with the stage at which it fails
 */
export async function verifyIdToken(
  token: string,
  { keys, algorithms }: Pick<Connection, 'keys' | 'algorithms'>,
  { issuer, clientId, nonce, now }: Expected,
): Promise<JWTPayload> {
  if (!keys) throw refused('signature', 'There are no keys to verify with.', 'oauth2.jwksUrl');
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keys, {
      algorithms,
      currentDate: now,
      clockTolerance: TOLERANCE,
      requiredClaims: ['iss', 'aud', 'sub', ...(nonce === undefined ? [] : ['exp', 'iat'])],
    }));
  } catch (error) {
    throw explained(error);
  }
  if (payload.iss !== issuer)
    throw refused('issuer', `The token was issued by ${shown(payload.iss)} instead of "${issuer}".`, 'oidc.issuer');
  const audiences = [payload.aud ?? []].flat();
  if (!audiences.includes(clientId))
    throw refused('audience', `The token is for ${shown(payload.aud)} instead of "${clientId}".`, 'oidc.clientId');
  // Points 3 to 5: with several audiences, or a party named, it is us.
  if (audiences.length > 1 ? payload.azp !== clientId : payload.azp !== undefined && payload.azp !== clientId)
    throw refused(
      'audience',
      `The token was issued to ${shown(payload.azp)} instead of "${clientId}".`,
      'oidc.clientId',
    );
  if (typeof payload.iat === 'number' && payload.iat > now.getTime() / 1000 + TOLERANCE)
    throw refused('audience', 'The token was issued in the future. Is the clock of the provider right?');
  if (nonce !== undefined && payload.nonce !== nonce)
    throw refused('audience', 'The token answers another request: its nonce is not the one that was sent.');
  return payload;
}

const shown = (value: unknown) => JSON.stringify(value ?? null).slice(0, 300);

function explained(error: unknown): unknown {
  if (error instanceof errors.JWTClaimValidationFailed)
    return refused(
      error.claim === 'iss' ? 'issuer' : error.claim === 'sub' ? 'claims' : 'audience',
      error.reason === 'missing' ? `The token has no ${error.claim}.` : `The token's ${error.claim} does not hold.`,
    );
  if (error instanceof errors.JWTExpired)
    return refused('audience', 'The token is over. Is the clock of the provider right?');
  if (error instanceof errors.JOSEAlgNotAllowed)
    return refused(
      'signature',
      'The token is signed in a way that is not accepted. RS256, PS256, ES256 and EdDSA are.',
    );
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return refused('signature', 'The provider publishes no key that fits the token.');
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refused('signature', 'The signature of the token is not by the key that the provider publishes.');
  if (error instanceof errors.JOSEError) return refused('signature', 'The token is not of the form that is accepted.');
  if (error instanceof SignInRefused) return error;
  return refused('signature', 'The keys of the provider could not be read.');
}
