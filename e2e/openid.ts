import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Provider, { type Context } from 'oidc-provider';
import type { Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { freePort } from '../server/test/free-port.ts';

/** A real OpenID provider, at which everybody signs in with the name that they type. */

export interface OpenId {
  issuer: string;
  /** Registers a web client (RFC 7591). */
  register(redirectUrl: string): Promise<{ clientId: string; clientSecret: string }>;
  /** Signs in on the page that has come to it. */
  signIn(page: Page, name: string): Promise<void>;
  /** Nothing answers any more. */
  stop(): void;
}

const scope = 'openid profile email groups';

/** Starts one; it ends with the test file. */
export async function anOpenId(): Promise<OpenId> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    features: { registration: { enabled: true }, devInteractions: { enabled: false } },
    interactions: { url: () => '/door' },
    cookies: { keys: ['only a test'] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
    scopes: scope.split(' '),
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    pkce: { required: () => true },
    /** Nobody is asked for consent. */
    loadExistingGrant: async ({ oidc: { client, session, provider: ours } }: Context) => {
      const grant = new ours.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(scope);
      await grant.save();
      return grant;
    },
    findAccount: (_ctx: unknown, name: string) => ({
      accountId: name,
      claims: () => ({
        sub: name,
        name: `${name} Example`,
        given_name: name,
        family_name: 'Example',
        preferred_username: name.toLowerCase(),
        email: `${name.toLowerCase()}@people.example`,
        email_verified: true,
        groups: ['staff', 'nights'],
      }),
    }),
  });
  const answer = provider.callback();
  const server = createServer(async (request, reply) => {
    if (request.url !== '/door') return answer(request, reply);
    if (request.method === 'POST') {
      const accountId = new URLSearchParams(await text(request)).get('name');
      return provider.interactionFinished(request, reply, { login: { accountId } });
    }
    reply.writeHead(200, { 'content-type': 'text/html' });
    reply.end('<title>Sign in</title><form method="post"><input name="name"><button>Sign in</button></form>');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  afterAll(stop);
  return {
    issuer,
    stop,
    async register(redirectUrl) {
      const reply = await fetch(`${issuer}/reg`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [redirectUrl], grant_types: ['authorization_code'] }),
      });
      const client = (await reply.json()) as { client_id: string; client_secret: string };
      if (!reply.ok) throw new Error(`Not registered: ${JSON.stringify(client)}`);
      return { clientId: client.client_id, clientSecret: client.client_secret };
    },
    async signIn(page, name) {
      await page.waitForURL(`${issuer}/door`);
      await page.locator('input').fill(name);
      await page.locator('button').click();
    },
  };
}
