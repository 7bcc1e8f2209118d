import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, expect, test } from 'vitest';
import { aPlatform } from '../../server/test/harness.ts';
import { aGateway, anUpstream, aPlace, audience, until } from './given.ts';

/** Tokens of a real OpenID provider, for a machine that the region knows nothing of. */

const server = createServer();
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** @returns what asks it for a token */
async function aProvider() {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = ['clerk', 'stranger'].map((name) => ({
    client_id: name,
    client_secret: `the secret of ${name}`,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  }));
  const provider = new Provider(issuer, {
    clients,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({ scope: 'orders', audience, accessTokenFormat: 'jwt' }),
      },
    },
    extraTokenClaims: (_ctx: unknown, { clientId }: { clientId: string }) => ({ roles: [clientId] }),
  });
  server.on('request', provider.callback());
  return {
    issuer,
    async token(name: string): Promise<string> {
      const reply = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${name}:${encodeURIComponent(`the secret of ${name}`)}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'orders' }),
      });
      const { access_token: token } = (await reply.json()) as { access_token: string };
      return token;
    },
  };
}

test('a claim in the token of a real provider lets a machine in', async () => {
  const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  const provider = await aProvider();
  const upstream = await anUpstream();
  const place = await aPlace(platform, provider.issuer, upstream.url);
  const gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url });
  const token = await provider.token('clerk');
  expect((await gateway.get('/erp/orders/7', token)).status).toBe(403);
  await place.tenant.client.patch(
    `${place.gatewayAt}/rules/${place.rule.id}`,
    { claims: [{ name: 'roles', values: ['clerk'] }] },
    '*',
  );
  await until('the claim lets in', async () => (await gateway.get('/erp/orders/7', token)).status === 200);
  expect((await gateway.get('/erp/orders/7', await provider.token('stranger'))).status).toBe(403);
});
