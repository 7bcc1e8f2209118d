import { createRemoteJWKSet, type JWTVerifyGetKey, customFetch as keysFetch } from 'jose';
import * as client from 'openid-client';
import { type Provider, SignInRefused } from '../../capabilities/identity-providers/service.ts';
import { OutgoingFailed, outgoing, outgoingFetch, refusalOf } from '../../kernel/outgoing.ts';
import type { Platform } from '../../kernel/regions.ts';

/** What a node knows of a provider beyond its settings: where it answers and with which keys. */
export interface Connection {
  server: client.ServerMetadata;
  /** Fetches what it does not know, at most once in 30 seconds however many unknown keys are named. */
  keys: JWTVerifyGetKey | undefined;
  /** Signatures that are accepted: those that we know to be good and the provider says it makes. */
  algorithms: string[];
}

const GOOD = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
/** A provider that answers no more is known within a minute: people are led back here, and owners to their door. */
const FRESH_MS = 60_000;
/** Who tests a provider sees what it says now. */
const FRESH_FOR_TESTS_MS = 30_000;
const FRESH_KEYS_MS = 10 * 60_000;
const MAX_KEPT = 1_000;

interface Kept {
  connection: Connection;
  at: number;
}

/** Beside each node, since keys decide nothing alone: what is kept belongs to a tenant, a provider and its version. */
const kept = new WeakMap<Platform, Map<string, Kept>>();

export interface Asking {
  platform: Platform;
  tenantId: string;
  /** The database's time. */
  now: Date;
  isTest: boolean;
}

/** @throws {SignInRefused} the provider does not answer, or answers as another */
export async function connectionTo(asking: Asking, provider: Provider): Promise<Connection> {
  const { platform, tenantId, now, isTest } = asking;
  const mine = kept.get(platform) ?? new Map<string, Kept>();
  kept.set(platform, mine);
  const key = `${tenantId} ${provider.id} ${provider.version}`;
  const known = mine.get(key);
  if (known && now.getTime() - known.at < (isTest ? FRESH_FOR_TESTS_MS : FRESH_MS)) return known.connection;
  const server = provider.type === 'oidc' ? await discover(platform, provider) : named(provider);
  const connection: Connection = {
    server,
    keys:
      known && known.connection.server.jwks_uri === server.jwks_uri ? known.connection.keys : keysOf(platform, server),
    algorithms: algorithmsOf(server, provider),
  };
  mine.delete(key);
  if (mine.size >= MAX_KEPT) mine.delete(mine.keys().next().value as string);
  mine.set(key, { connection, at: now.getTime() });
  return connection;
}

const keysOf = (platform: Platform, server: client.ServerMetadata): JWTVerifyGetKey | undefined =>
  server.jwks_uri === undefined
    ? undefined
    : createRemoteJWKSet(new URL(server.jwks_uri), {
        [keysFetch]: outgoingFetch(platform),
        cooldownDuration: 30_000,
        cacheMaxAge: FRESH_KEYS_MS,
      });

/** By OpenID Connect Discovery 1.0 section 3 a list must be there; without one RS256 is what all make. */
function algorithmsOf(server: client.ServerMetadata, { type }: Provider): string[] {
  if (type === 'oauth2') return GOOD;
  const said = server.id_token_signing_alg_values_supported;
  return Array.isArray(said) ? GOOD.filter((alg) => said.includes(alg)) : ['RS256'];
}

/** OAuth 2.0 has its addresses from the administrator. */
function named({ oauth2 }: Provider): client.ServerMetadata {
  const { issuer, authorisationUrl = '', tokenUrl = '', userInfoUrl = '', jwksUrl } = oauth2;
  return {
    issuer: issuer ?? new URL(userInfoUrl).origin,
    authorization_endpoint: authorisationUrl,
    token_endpoint: tokenUrl,
    userinfo_endpoint: userInfoUrl,
    ...(jwksUrl ? { jwks_uri: jwksUrl } : {}),
  };
}

const unreachable = (message: string, path: string | null) =>
  new SignInRefused('provider', 'provider-unreachable', message, path);

/** OpenID Connect Discovery 1.0 section 4. */
async function discover(platform: Platform, { oidc }: Provider): Promise<client.ServerMetadata> {
  const issuer = oidc.issuer ?? '';
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await outgoing(platform, url, { accept: 'application/json' }).catch((error) => {
    if (error instanceof OutgoingFailed) throw unreachable(error.message, 'oidc.issuer');
    throw error;
  });
  if (answer.status !== 200) throw unreachable(`${url} does not answer with 200. Is the issuer right?`, 'oidc.issuer');
  let said: Record<string, unknown>;
  try {
    said = JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw unreachable(`${url} does not answer with JSON. Is the issuer right?`, 'oidc.issuer');
  }
  if (typeof said !== 'object' || said === null)
    throw unreachable(`${url} does not answer with an object.`, 'oidc.issuer');
  // Section 4.3: exactly, or a provider could speak for another.
  if (said.issuer !== issuer)
    throw new SignInRefused(
      'provider',
      'answer-not-valid',
      `The provider calls itself ${JSON.stringify(said.issuer ?? null).slice(0, 300)}, and here stands "${issuer}". Both must be the same, letter by letter.`,
      'oidc.issuer',
    );
  for (const name of [
    'authorization_endpoint',
    'token_endpoint',
    'jwks_uri',
    'userinfo_endpoint',
    'end_session_endpoint',
  ]) {
    const value = said[name];
    if (value === undefined && (name === 'userinfo_endpoint' || name === 'end_session_endpoint')) continue;
    const refusal = typeof value === 'string' ? refusalOf(value, platform.config.egress) : 'is missing';
    if (refusal) throw unreachable(`What the provider says of ${name} cannot be used: it ${refusal}.`, 'oidc.issuer');
  }
  return said as unknown as client.ServerMetadata;
}

/** The library's view of a connection, with one of the secrets. */
export function configurationOf(
  platform: Platform,
  provider: Provider,
  { server }: Connection,
  secret: string | undefined,
  fetch: client.CustomFetch = outgoingFetch(platform) as client.CustomFetch,
): client.Configuration {
  const { clientId = '', clientAuthentication } = provider.type === 'oidc' ? provider.oidc : provider.oauth2;
  const authentication =
    clientAuthentication === 'none' || secret === undefined
      ? client.None()
      : clientAuthentication === 'client_secret_post'
        ? client.ClientSecretPost(secret)
        : client.ClientSecretBasic(secret);
  const config = new client.Configuration(server, clientId, { [client.clockTolerance]: 60 }, authentication);
  config[client.customFetch] = fetch;
  // Which addresses may be without TLS is decided by kernel/outgoing.ts.
  client.allowInsecureRequests(config);
  return config;
}
