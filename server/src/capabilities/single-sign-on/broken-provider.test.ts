import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { aBrowser, seconds } from '../../../test/conformance/oidc/hostile.ts';
import { accept, aPlatform, aTenant, signIn } from '../../../test/harness.ts';

/** Item 6 of the issue, with a provider that really goes down: an owner is back in by the emergency door. */

const platform = await aPlatform({
  regions: ['au'],
  nodes: 2,
  env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8', BAILIWICK_TRUST_PROXY: '127.0.0.1' },
});
const password = 'lantern orbit plum ferry';

/** An identity provider that works until it is stopped, or answers nothing right any more. */
async function aProviderThatFails() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key', alg: 'RS256', use: 'sig' };
  let idToken = '';
  let isBroken = false;
  const server = createServer((request, reply) => {
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/jwks': { keys: [jwk] },
      '/token': { access_token: 'a', token_type: 'bearer', expires_in: 60, id_token: idToken },
    };
    const found = answers[request.url ?? ''];
    reply.writeHead(isBroken ? 503 : found ? 200 : 404, { 'content-type': 'application/json' });
    reply.end(JSON.stringify(isBroken ? {} : (found ?? {})));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  afterAll(stop);
  return {
    issuer,
    stop,
    fail: () => {
      isBroken = true;
    },
    async says(nonce: string, sub: string) {
      const claims = { iss: issuer, aud: 'client', sub, exp: seconds(300), iat: seconds(), nonce };
      const about = { email: `${sub}@people.example`, name: 'Kai Bridge', preferred_username: sub };
      idToken = await new SignJWT({ ...claims, ...about })
        .setProtectedHeader({ alg: 'RS256', kid: 'key' })
        .sign(privateKey);
    },
  };
}

/** A tenant that requires single sign-on by the provider, after an owner came through it for real. */
async function aRequiringTenant(issuer: string, says: (nonce: string, sub: string) => Promise<void>) {
  const tenant = await aTenant(platform);
  await accept(platform, tenant.ownerEmail, password);
  const owner = platform.session(await signIn(platform, tenant.ownerEmail, password));
  const provider = await tenant.given.identityProvider({
    oidc: { issuer, clientId: 'client' },
    admission: { createsAccounts: true },
  });
  await tenant.client.post(`/identity-providers/${provider.id}/activate`);
  const browser = aBrowser(platform, tenant.id);
  const away = await browser.setOut(provider.id);
  await says(away.nonce, 'kai');
  const back = await browser.comeBack(away);
  expect(back).toMatchObject({ status: 303, problem: null });
  const [kai] = (await tenant.client.get('/accounts?q=Kai')).body.items;
  const [owners] = (await tenant.client.get('/groups?q=Owners')).body.items;
  await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [kai.id] });
  const { codes } = (await owner.post('/v1/me/emergency-codes')).body;
  await owner.post('/v1/me/emergency-codes/drill', { code: codes[0] });
  const required = await tenant.client.post('/sign-in-policy/require-single-sign-on');
  expect(required, required.text).toMatchObject({ status: 200, body: { state: 'required' } });
  return { tenant, provider, browser, codes: codes.slice(1) as string[] };
}

test.each(['stopped', 'failing'])(
  'a provider that is %s: an owner is in again, told to all, and opens the rest',
  async (how) => {
    const provider = await aProviderThatFails();
    const { tenant, browser, provider: made, codes } = await aRequiringTenant(provider.issuer, provider.says);
    if (how === 'stopped') await provider.stop();
    else provider.fail();

    // Who tries it comes back to the sign-in page with a problem, or gets no token there; nobody gets in.
    const begin = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${made.id}/start`);
    if (begin.headers.get('location')?.startsWith(provider.issuer)) {
      const state = new URL(begin.headers.get('location') as string).searchParams.get('state') ?? '';
      const cookie = begin.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ');
      const back = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${made.id}/callback?code=x&state=${state}`, cookie);
      expect(back.headers.get('location')).toContain('problem=');
    } else expect(`${begin.status} ${begin.headers.get('location')}`).toMatch(/problem=|^50\d|^4\d\d/);
    const byPassword = () => platform.anyone.post('/v1/sessions', { email: tenant.ownerEmail, password });
    expect((await byPassword()).status).toBe(403);
    // The page says that the provider is there and nothing else; the emergency door needs no word of it.
    expect((await platform.anyone.get(`/v1/sign-in/tenants/${tenant.id}`)).body.methods).toEqual([]);

    const entered = await platform
      .client(null, 1)
      .post('/v1/sign-in/emergency-code', { tenantId: tenant.id, email: tenant.ownerEmail, code: codes[0] });
    expect(entered.status, entered.text).toBe(201);
    const cookie =
      entered.headers
        .getSetCookie()
        .find((each) => /^__Host-bailiwick-au=\w/.test(each))
        ?.split(';')[0] ?? '';
    const session = platform.session(cookie);
    const told = await platform.sql(
      'au',
      `select audience from notices where tenant_id = $1 and kind = 'emergency-code-used'`,
      [tenant.id],
    );
    expect(told).toEqual([{ audience: 'owners' }]);
    // At once: the sign-in was just proved.
    expect(await session.post(`${tenant.path}/sign-in-policy/stop-requiring-single-sign-on`)).toMatchObject({
      status: 200,
    });
    expect((await byPassword()).status).toBe(201);
  },
);
