import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../harness.ts';
import { aBrowser, aHostileProvider, aProvider, type Claims, seconds } from './hostile.ts';

/** What a provider and a browser bring, broken anywhere: nobody is let in by it who was not right, and nothing fails. */

const scale = process.env.FULL ? 10 : 1;
const patiently = { timeout: process.env.FULL ? 900_000 : 120_000 };
const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
const tenant = await aTenant(platform);
const hostile = await aHostileProvider();
const browser = aBrowser(platform, tenant.id);
const provider = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
const { clientId } = (await tenant.client.get(`/identity-providers/${provider.id}`)).body.oidc;

beforeEach(() => hostile.behave());

const rightly = (nonce: string): Claims => ({
  iss: hostile.issuer,
  aud: clientId,
  sub: 'ann',
  exp: seconds(300),
  iat: seconds(),
  nonce,
  email: 'ann@people.example',
  name: 'Ann Example',
  preferred_username: 'ann',
});

const me = async (session: string | undefined) =>
  session ? (await platform.anyone.call('GET', '/v1/me', { headers: { cookie: session } })).body : undefined;

/** Back at a page of ours, with a session or with what is wrong. */
async function expectOrderly(back: Awaited<ReturnType<typeof browser.comeBack>>, made: unknown) {
  expect(back.status, JSON.stringify(made)).toBe(303);
  expect(back.location.pathname, JSON.stringify(made)).toMatch(new RegExp(`^(/t/${tenant.id}/sign-in|/)$`));
  expect(Boolean(back.session) || back.problem !== null || back.location.search.includes('unfinished')).toBe(true);
}

const text = fc.string({ unit: 'binary', maxLength: 40 });
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('sub', '__proto__', 'constructor', 'a'), text, { maxKeys: 2 }),
  fc.constantFrom('ann', 'client', 'x'.repeat(20_000), '\u0000', '﷽', '../..', '1e309'),
);
const claims = ['iss', 'aud', 'sub', 'exp', 'iat', 'nonce', 'azp', 'nbf', 'email', 'name', 'preferred_username', 'amr'];

test('claims of any kind: let in is only who is named by a token that is right', patiently, async () => {
  const changes = fc.array(fc.tuple(fc.constantFrom(...claims), value), { minLength: 1, maxLength: 3 });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(changes, async (all) => {
      const away = await browser.setOut(provider.id);
      const right = rightly(away.nonce);
      const said: Claims = { ...right, ...Object.fromEntries(all) };
      hostile.says.idToken = JSON.parse(JSON.stringify(said));
      const back = await browser.comeBack(away);
      await expectOrderly(back, said);
      if (!back.session) return void refused++;
      const { iss, aud, nonce } = hostile.says.idToken as Claims;
      expect([iss, nonce], JSON.stringify(said)).toEqual([right.iss, right.nonce]);
      expect([aud].flat(), JSON.stringify(said)).toContain(clientId);
    }),
    { numRuns: 120 * scale },
  );
  expect(refused).toBeGreaterThan(30 * scale);
});

test('a token that is changed anywhere after it was signed lets nobody in', patiently, async () => {
  const edit = fc.record({ at: fc.nat(), cut: fc.nat(5), put: fc.string({ maxLength: 5 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const away = await browser.setOut(provider.id);
      const token = await hostile.signed(rightly(away.nonce));
      let broken = token;
      for (const { at, cut, put } of edits) {
        const from = at % broken.length;
        broken = broken.slice(0, from) + put + broken.slice(from + cut);
      }
      hostile.says.idToken = broken;
      const back = await browser.comeBack(away);
      await expectOrderly(back, broken);
      if (back.session) expect(sameBytes(broken, token), broken).toBe(true);
    }),
    { numRuns: 120 * scale },
  );
});

/** Base64url writes some bytes in more than one way; what is signed is the text, so only the signature may differ so. */
const sameBytes = (a: string, b: string) => {
  const [one, other] = [a.split('.'), b.split('.')];
  const bytes = (part = '') => Buffer.from(part, 'base64url').toString('hex');
  return one[0] === other[0] && one[1] === other[1] && bytes(one[2]) === bytes(other[2]);
};

test('whatever comes in the address lets nobody in but with the state that was sent', patiently, async () => {
  const names = fc.constantFrom(
    'code',
    'state',
    'iss',
    'error',
    'error_description',
    'id_token',
    'response',
    '__proto__',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(names, text), { minLength: 1, maxLength: 5 }), async (query) => {
      const away = await browser.setOut(provider.id);
      hostile.says.idToken = rightly(away.nonce);
      const all = new Map(query);
      const back = await browser.comeBack(away, Object.fromEntries(all));
      if (back.status === 400) return; // a parameter longer than is read, or one twice
      await expectOrderly(back, query);
      if (back.session) expect(all.get('state') ?? away.state).toBe(away.state);
    }),
    { numRuns: 120 * scale },
  );
});

test('a discovery document, keys and answers of any kind are refused in words', patiently, async () => {
  const members = fc.constantFrom(
    'issuer',
    'authorization_endpoint',
    'token_endpoint',
    'jwks_uri',
    'userinfo_endpoint',
    'response_types_supported',
    'id_token_signing_alg_values_supported',
    'token_endpoint_auth_methods_supported',
  );
  const body = fc.dictionary(fc.constantFrom('access_token', 'token_type', 'expires_in', 'error', 'scope'), value);
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(members, value, { maxKeys: 2 }),
      fc.option(fc.tuple(fc.constantFrom(200, 204, 301, 400, 401, 500), body)),
      fc.option(fc.array(value, { maxLength: 2 })),
      async (metadata, token, jwks) => {
        hostile.behave();
        // Another one, since what was found of a provider is known for a while.
        const fresh = await tenant.given.identityProvider({ oidc: { issuer: hostile.issuer, clientId: 'client' } });
        const begun = (await tenant.client.post(`/identity-providers/${fresh.id}/test`)).body;
        Object.assign(hostile.says, {
          metadata,
          ...(token ? { token: { status: token[0], body: token[1] } } : {}),
        });
        if (jwks) hostile.keys.jwks = jwks;
        const reply = await browser.get(`${new URL(begun.url).pathname}${new URL(begun.url).search}`);
        expect(reply.status).toBe(303);
        const location = new URL(reply.headers.get('location') ?? 'none:');
        const { state, nonce } = Object.fromEntries(location.searchParams);
        if (state && nonce) {
          hostile.says.idToken = rightly(nonce);
          const cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? '';
          const away = { providerId: fresh.id, location, state, nonce, cookie };
          expect((await browser.comeBack(away)).status).toBe(303);
        }
        hostile.keys.jwks = [hostile.key.jwk];
        const shown = await tenant.client.get(`/identity-providers/${fresh.id}/tests/${begun.id}`);
        expect(shown.body.state, JSON.stringify({ metadata, token, jwks })).toMatch(/^(passed|failed)$/);
        await tenant.client.delete(`/identity-providers/${fresh.id}`, '*');
      },
    ),
    { numRuns: 60 * scale },
  );
});

test('after all that the provider lets its people in', async () => {
  const away = await browser.setOut(provider.id);
  hostile.says.idToken = rightly(away.nonce);
  expect(await me((await browser.comeBack(away)).session)).toMatchObject({ email: 'ann@people.example' });
});

test('a test of a provider that calls itself otherwise says so, and of nothing that was not looked at that it passed', async () => {
  hostile.behave();
  hostile.says.metadata = { ...hostile.metadata(), issuer: `${hostile.issuer}/` };
  const fresh = await tenant.given.identityProvider({ oidc: { issuer: hostile.issuer, clientId: 'client' } });
  const begun = (await tenant.client.post(`/identity-providers/${fresh.id}/test`)).body;
  await browser.get(`${new URL(begun.url).pathname}${new URL(begun.url).search}`);
  hostile.behave();
  const { stages } = (await tenant.client.get(`/identity-providers/${fresh.id}/tests/${begun.id}`)).body;
  expect(stages.map(({ stage, outcome }: { stage: string; outcome: string }) => `${stage}: ${outcome}`)).toEqual([
    'provider: failed',
    'answer: not-reached',
    'signature: not-reached',
    'issuer: not-reached',
    'audience: not-reached',
    'claims: not-reached',
    'account: not-reached',
  ]);
  expect(stages[0]).toMatchObject({ path: 'oidc.issuer', message: expect.stringContaining(`${hostile.issuer}/`) });
});
