import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { afterAll } from 'vitest';
import { freePort } from './process.ts';

/** A real OpenID provider, at which everybody signs in with the name that they type. */

export interface OpenId {
  issuer: string;
  /** Registers a web client (RFC 7591). */
  register(redirectUrl: string): Promise<{ clientId: string; clientSecret: string }>;
}

/** Starts one; it ends with the test file. */
export async function anOpenId(): Promise<OpenId> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    features: { registration: { enabled: true }, devInteractions: { enabled: true } },
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    pkce: { required: () => true },
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
  const server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    issuer,
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
  };
}
