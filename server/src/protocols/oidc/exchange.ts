import * as client from 'openid-client';
import {
  type Arrival,
  type External,
  onlyTextOf,
  type Provider,
  SignInRefused,
  type Trip,
  textOf,
} from '../../capabilities/identity-providers/service.ts';
import { OutgoingFailed, outgoingFetch } from '../../kernel/outgoing.ts';
import { type Asking, type Connection, configurationOf, connectionTo } from './connection.ts';
import { verifyIdToken } from './id-token.ts';

type Claims = Record<string, unknown>;

/** A person was asked again so many seconds ago at most, when a fresh proof was wanted. */
const FRESH_SECONDS = 300;
/** The last second that a time may have. */
const MOST_SECONDS = 8.64e12;

/** What the browser is sent to the provider with. */
export async function authorisationUrl(
  asking: Asking,
  provider: Provider,
  trip: Trip,
  state: string,
  redirectUrl: string,
): Promise<string> {
  const connection = await connectionTo(asking, provider);
  const settings = provider.type === 'oidc' ? provider.oidc : provider.oauth2;
  const config = configurationOf(asking.platform, provider, connection, undefined);
  const { scopes = [], audience, resource } = settings;
  return client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUrl,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(trip.codeVerifier),
    code_challenge_method: 'S256',
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...(provider.type === 'oidc' ? { nonce: trip.nonce } : {}),
    ...(audience ? { audience } : {}),
    ...(resource ? { resource } : {}),
    ...(trip.purpose === 'step-up' ? { prompt: 'login', max_age: '0' } : {}),
  }).href;
}

/**
 * Exchanges what the browser brought back for who the person is.
 *
 * @param currentUrl our callback with its query
 * @returns who it is, or why not, with the claims as far as they came
 */
export async function exchange(
  asking: Asking,
  provider: Provider,
  trip: Trip,
  state: string,
  currentUrl: URL,
): Promise<Arrival> {
  const seen: { claims?: Claims } = {};
  try {
    const connection = await connectionTo(asking, provider);
    const external = await externalBy(asking, provider, trip, state, currentUrl, connection, seen);
    return { external };
  } catch (error) {
    const refusal = explained(error, provider);
    if (!refusal) throw error;
    return { refusal, claims: seen.claims };
  }
}

async function externalBy(
  asking: Asking,
  provider: Provider,
  trip: Trip,
  state: string,
  currentUrl: URL,
  connection: Connection,
  seen: { claims?: Claims },
): Promise<External> {
  const { platform, now } = asking;
  const isOidc = provider.type === 'oidc';
  const settings = isOidc ? provider.oidc : provider.oauth2;
  const { clientId = '' } = settings;
  let idToken: Claims | undefined;
  let refusal: unknown;
  // The token is verified as it arrives, so that the signature comes before all else that is said of it.
  const watching = async (url: string, options: client.CustomFetchOptions): Promise<Response> => {
    const answer = await outgoingFetch(platform)(url, options);
    if (!isOidc || url !== connection.server.token_endpoint || answer.status !== 200) return answer;
    const said = (await answer
      .clone()
      .json()
      .catch(() => undefined)) as Claims | undefined;
    if (typeof said?.id_token !== 'string') return answer;
    try {
      const issuer = connection.server.issuer;
      idToken = await verifyIdToken(said.id_token, connection, { issuer, clientId, nonce: trip.nonce, now });
      seen.claims = idToken;
    } catch (error) {
      refusal = error;
      throw error;
    }
    return answer;
  };
  const secrets: (string | undefined)[] = provider.clientSecrets.length > 0 ? provider.clientSecrets : [undefined];
  let config: client.Configuration | undefined;
  let tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>> | undefined;
  for (const [at, secret] of secrets.entries()) {
    config = configurationOf(platform, provider, connection, secret, watching as client.CustomFetch);
    try {
      tokens = await client.authorizationCodeGrant(
        config,
        new URL(currentUrl),
        {
          pkceCodeVerifier: trip.codeVerifier,
          expectedState: state,
          ...(isOidc ? { expectedNonce: trip.nonce, idTokenExpected: true } : {}),
          ...(isOidc && trip.purpose === 'step-up' ? { maxAge: FRESH_SECONDS } : {}),
        },
        settings.resource ? { resource: settings.resource } : {},
      );
      break;
    } catch (error) {
      if (refusal) throw refusal;
      // While secrets overlap the provider may know the earlier one only.
      if (!isUnknownClient(error)) throw error;
      if (at === secrets.length - 1)
        throw new SignInRefused(
          'answer',
          'provider-refused',
          'The provider does not accept this client ID with this client secret.',
          'clientSecret',
        );
    }
  }
  if (!tokens || !config) throw new Error('No secret was tried.');
  if (!isOidc) return byUserInfo(asking, provider, connection, config, tokens.access_token, seen);

  if (!idToken) throw answerRefused('The provider gave no ID token. Is openid among the scopes?', 'oidc.scopes');
  const { sub } = idToken as { sub: string };
  const claims = await withUserInfo(provider, connection, config, tokens.access_token, sub, idToken);
  seen.claims = claims;
  const { auth_time: at } = idToken;
  const provedAt =
    typeof at === 'number' && at >= 0 && at < MOST_SECONDS ? new Date(at * 1000).toISOString() : undefined;
  return { issuer: connection.server.issuer, subject: sub, claims, provedAt };
}

/** Asks for what the mapping names and the ID token lacks; its own claims stand. */
async function withUserInfo(
  { mapping, admission }: Provider,
  { server }: Connection,
  config: client.Configuration,
  accessToken: string,
  sub: string,
  idToken: Claims,
): Promise<Claims> {
  const { email, username, firstName, lastName, displayName, groups } = mapping;
  const named = [
    email,
    username,
    firstName,
    lastName,
    displayName,
    ...(admission.mappedGroups.length > 0 ? [groups] : []),
  ];
  const isComplete = named.every((name) => name === null || textOf(idToken, name) !== null);
  if (isComplete || !server.userinfo_endpoint) return idToken;
  let said: Claims;
  try {
    said = await client.fetchUserInfo(config, accessToken, client.skipSubjectCheck);
  } catch {
    return idToken; // what lacks then is told by its own stage
  }
  // OpenID Connect Core 1.0 section 5.3.2: of another person nothing may be used.
  if (said.sub !== sub)
    throw new SignInRefused(
      'claims',
      'answer-not-valid',
      'The user information is about somebody else than the ID token.',
    );
  return { ...said, ...idToken };
}

async function byUserInfo(
  { now }: Asking,
  provider: Provider,
  connection: Connection,
  config: client.Configuration,
  accessToken: string,
  seen: { claims?: Claims },
): Promise<External> {
  const { userInfoUrl = '', clientId = '', issuer } = provider.oauth2;
  const answer = await client.fetchProtectedResource(
    config,
    accessToken,
    new URL(userInfoUrl),
    'GET',
    undefined,
    new Headers({ accept: 'application/json' }),
  );
  if (answer.status !== 200)
    throw new SignInRefused(
      'claims',
      'answer-not-valid',
      `The user information answered with ${answer.status} instead of 200.`,
      'oauth2.userInfoUrl',
    );
  const text = await answer.text();
  const isSigned = answer.headers.get('content-type')?.toLowerCase().startsWith('application/jwt');
  const claims = isSigned
    ? await verifyIdToken(text, connection, { issuer: connection.server.issuer, clientId, now })
    : objectOf(text);
  seen.claims = claims;
  const subject = onlyTextOf(claims, provider.mapping.subject);
  if (subject === null)
    throw new SignInRefused(
      'claims',
      'answer-not-valid',
      `The user information has no ${provider.mapping.subject} of one value, which tells who somebody is.`,
      'mapping.subject',
    );
  return { issuer: issuer ?? connection.server.issuer, subject, claims };
}

function objectOf(text: string): Claims {
  try {
    const value = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw new SignInRefused(
    'claims',
    'answer-not-valid',
    'The user information is not a JSON object.',
    'oauth2.userInfoUrl',
  );
}

/** RFC 6749 section 5.2: a client that authenticated by a header is refused with a challenge. */
const isUnknownClient = (error: unknown) =>
  error instanceof client.WWWAuthenticateChallengeError ||
  (error instanceof client.ResponseBodyError && error.error === 'invalid_client');

const answerRefused = (message: string, path: string | null = null) =>
  new SignInRefused('answer', 'answer-not-valid', message, path);

/** What an error of the library means, in words; undefined for a fault of ours. */
function explained(error: unknown, { type }: Provider): SignInRefused | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof SignInRefused) return at;
    if (at instanceof OutgoingFailed)
      return new SignInRefused(
        'provider',
        'provider-unreachable',
        at.message,
        type === 'oidc' ? 'oidc.issuer' : 'oauth2.tokenUrl',
      );
    if (at instanceof client.AuthorizationResponseError)
      return new SignInRefused(
        'answer',
        'provider-refused',
        `The provider said: ${said(at.error, at.error_description)}`,
      );
    if (at instanceof client.ResponseBodyError)
      return new SignInRefused(
        'answer',
        'provider-refused',
        `The provider gave no token: ${said(at.error, at.error_description)}`,
        at.error === 'unauthorized_client' ? 'clientSecret' : null,
      );
    if (at instanceof client.ClientError || at.name === 'OperationProcessingError')
      return answerRefused(`The answer of the provider is not accepted: ${at.message}.`);
    if (at instanceof client.WWWAuthenticateChallengeError)
      return answerRefused('The provider did not accept the token that it gave.');
  }
  return undefined;
}

const said = (error: string, description: string | undefined) =>
  [error, description]
    .filter(Boolean)
    .map((text) => String(text).slice(0, 300))
    .join(': ');
