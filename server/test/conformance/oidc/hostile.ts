import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { afterAll } from 'vitest';
import type { TestPlatform, TestTenant } from '../../harness.ts';

/** A provider that says whatever a test wants, over HTTP, and browsers that go to it and come back. */

export type Claims = Record<string, unknown>;

export type Hostile = Awaited<ReturnType<typeof aHostileProvider>>;

export async function aKey(alg = 'RS256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { alg, privateKey, publicKey, jwk: { ...jwk, kid, alg, use: 'sig' }, kid };
}

interface Said {
  /** Over what is right of the discovery document. */
  metadata: Claims;
  /** The whole ID token, or the claims of one. */
  idToken: string | Claims | undefined;
  header: Partial<JWTHeaderParameters>;
  key: { privateKey: CryptoKey | Uint8Array; kid: string; alg: string };
  token: { status: number; body: Claims; challenge?: string } | undefined;
  userInfo: { status: number; body: Claims | string; type: string };
  /** ID tokens of several who come at once, by their code. */
  byCode: Record<string, string> | undefined;
  /** Where the user information redirects to. */
  location: string | undefined;
}

/** Starts one; it ends with the test file. */
export async function aHostileProvider() {
  const key = await aKey();
  const requests: { path: string; body: URLSearchParams; authorization: string | undefined }[] = [];
  const says = {} as Said;
  const keys: { jwks: unknown[] } = { jwks: [key.jwk] };
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const path = (request.url ?? '').replace(/\?.*$/, '');
      const body = new URLSearchParams(Buffer.concat(chunks).toString());
      requests.push({ path, body, authorization: request.headers.authorization });
      const send = (status: number, value: unknown, type = 'application/json', more = {}) => {
        reply.writeHead(status, { 'content-type': type, ...more });
        reply.end(typeof value === 'string' ? value : JSON.stringify(value));
      };
      if (path === '/.well-known/openid-configuration') send(200, { ...metadata(), ...says.metadata });
      else if (path === '/jwks') send(200, { keys: keys.jwks });
      else if (path === '/userinfo') {
        const more = says.location ? { location: says.location } : {};
        send(says.userInfo.status, says.userInfo.body, says.userInfo.type, more);
      } else if (path === '/token') {
        const token: NonNullable<Said['token']> = says.token ?? {
          status: 200,
          body: { access_token: 'a', token_type: 'bearer', expires_in: 60 },
        };
        const byCode = says.byCode?.[body.get('code') ?? ''];
        const idToken =
          byCode ?? (says.idToken === undefined || typeof says.idToken === 'string' ? says.idToken : await signed());
        const said = { ...token.body, ...(token.status === 200 && idToken ? { id_token: idToken } : {}) };
        send(token.status, said, undefined, token.challenge ? { 'www-authenticate': token.challenge } : {});
      } else send(404, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  afterAll(stop);
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256', 'none'],
    authorization_response_iss_parameter_supported: false,
  });
  const signed = (claims = says.idToken as Claims) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: says.key.alg, kid: says.key.kid, ...says.header })
      .sign(says.key.privateKey);
  const behave = () =>
    Object.assign(says, {
      metadata: {},
      idToken: undefined,
      header: {},
      key,
      token: undefined,
      userInfo: { status: 200, body: {}, type: 'application/json' },
      location: undefined,
      byCode: undefined,
    });
  behave();
  return { issuer, key, keys, says, signed, behave, requests, metadata, stop };
}

/** Seconds since 1970, as tokens have them. */
export const seconds = (from = 0) => Math.floor(Date.now() / 1000) + from;

/** One that the hostile provider may speak for, active. */
export async function aProvider(tenant: TestTenant, { issuer }: Pick<Hostile, 'issuer'>, body: Claims = {}) {
  const made = await tenant.given.identityProvider({ oidc: { issuer, clientId: 'client' }, ...body });
  const active = await tenant.client.post(`/identity-providers/${made.id}/activate`);
  if (active.status !== 200) throw new Error(`Not activated: ${active.text}`);
  return active.body as { id: string; [name: string]: unknown };
}

export interface Away {
  providerId: string;
  location: URL;
  state: string;
  nonce: string;
  /** As a Cookie header. */
  cookie: string;
}

/** A browser of a tenant's, on one of the nodes. */
export function aBrowser(platform: TestPlatform, tenantId: string, node = 0) {
  const get = (path: string, cookie?: string, at = node) =>
    platform.client(null, at).get(path, cookie ? { cookie } : undefined);
  const cookiesOf = (headers: Headers) => headers.getSetCookie().map((each) => each.split(';')[0] as string);
  return {
    get,
    async setOut(providerId: string, query = '', cookie?: string): Promise<Away> {
      const reply = await get(`/v1/sign-in/oidc/${tenantId}/${providerId}/start${query}`, cookie);
      const location = new URL(reply.headers.get('location') ?? 'none:');
      const [signIn] = cookiesOf(reply.headers);
      if (reply.status !== 303 || !signIn)
        throw new Error(`Did not set out: ${reply.status} ${location} ${reply.text}`);
      const { state = '', nonce = '' } = Object.fromEntries(location.searchParams);
      return { providerId, location, state, nonce, cookie: signIn };
    },
    async comeBack(away: Away, query: Record<string, string> = {}, { cookie = away.cookie, at = node } = {}) {
      const search = new URLSearchParams({ code: 'code', state: away.state, ...query });
      const reply = await get(`/v1/sign-in/oidc/${tenantId}/${away.providerId}/callback?${search}`, cookie, at);
      const location = new URL(reply.headers.get('location') ?? 'none:');
      const session = cookiesOf(reply.headers).find((each) => /^__Host-bailiwick-au=\w/.test(each));
      return {
        status: reply.status,
        location,
        problem: location.searchParams.get('problem'),
        session,
        text: reply.text,
      };
    },
  };
}
