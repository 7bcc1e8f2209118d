import { createSign, generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestTenant } from '../../harness.ts';
import { type Away, aBrowser, aHostileProvider, aProvider, type Claims, seconds } from '../oidc/hostile.ts';
import { answerTo, aBrowser as aSamlBrowser, aSamlProvider } from '../saml/browser.ts';

/** What hostile administrators, providers and pages do to people who sign in, beside the rows O and M. */

const platform = await aPlatform({
  regions: ['au'],
  nodes: 2,
  env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8', BAILIWICK_REQUESTS_PER_SECOND: '1000000' },
});
const password = 'lantern orbit plum ferry';
const hostile = await aHostileProvider();
const tenant = await aTenant(platform);
const provider = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
const browser = aBrowser(platform, tenant.id);

beforeEach(() => {
  hostile.behave();
});

const claimsOf = (away: Away, who: string, more: Claims = {}): Claims => ({
  iss: hostile.issuer,
  aud: 'client',
  sub: who,
  exp: seconds(300),
  iat: seconds(),
  nonce: away.nonce,
  email: `${who}@people.example`,
  name: 'Somebody',
  preferred_username: who,
  ...more,
});

async function comeIn(more: Claims = {}, who = aName('who'), at = { browser, provider }) {
  const away = await at.browser.setOut(at.provider.id);
  hostile.says.idToken = claimsOf(away, who, more);
  return at.browser.comeBack(away);
}

describe('A2: nobody is kept from signing in by accounts that others make for their address', () => {
  /** A tenant whose own provider vouches for the address, and whose account has a password besides that is used. */
  async function byProvider(email: string) {
    const theirs = await aTenant(platform);
    const own = await aProvider(theirs, hostile, { admission: { createsAccounts: true } });
    const back = await comeIn({ email }, aName('who'), { browser: aBrowser(platform, theirs.id), provider: own });
    const session = platform.session(back.session ?? '');
    expect((await session.put('/v1/me/password', { newPassword: 'a password of somebody else' })).status).toBe(204);
    await signIn(platform, email, 'a password of somebody else', theirs.id);
  }
  async function byProvisioning(email: string) {
    const theirs = await aTenant(platform);
    const { value } = await theirs.given.token();
    const made = await platform.client(value).call('POST', `/scim/v2/${theirs.id}/Users`, {
      headers: { 'content-type': 'application/scim+json' },
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: email,
        password: 'a password of somebody else',
        active: true,
        emails: [{ value: email, primary: true }],
      },
    });
    expect(made.status, made.text).toBe(201);
    await signIn(platform, email, 'a password of somebody else', theirs.id);
  }

  test.each([
    ['provider', byProvider],
    ['provisioning', byProvisioning],
  ])('by a %s of theirs: the password opens, and a link for a new one comes', async (_by, makeOne) => {
    const { email, id } = await tenant.given.person(password);
    for (let at = 0; at < 5; at++) await makeOne(email);

    const opened = await platform.anyone.post('/v1/sessions', { email, password });
    expect(opened, opened.text).toMatchObject({ status: 201, body: { accountId: id } });
    await platform.anyone.post('/v1/sign-in/password-resets', { email });
    const mails = await platform.outbox(email);
    expect(mails.map(({ subject }) => subject)).toContain(`Your password at ${tenant.name} display`);
  });
});

describe('O5: a page of another site does not sign a browser in by a provider of its choice', () => {
  const startsOf = (kind: 'oidc' | 'saml', id: string) => [
    `/v1/sign-in/${kind}/${tenant.id}/${id}/start`,
    `/v1/sign-in/${tenant.id}/providers/${id}/start`,
  ];
  const sent = async (path: string, site: string) => {
    const reply = await platform.anyone.get(path, { 'sec-fetch-site': site });
    expect(reply.status).toBe(303);
    return { to: new URL(reply.headers.get('location') ?? ''), cookies: reply.headers.getSetCookie() };
  };

  test('it is asked on the sign-in page first; who comes from our pages, by hand or from a mail goes on', async () => {
    const saml = await aSamlProvider(tenant);
    for (const path of [...startsOf('oidc', provider.id), ...startsOf('saml', saml.id)]) {
      const { to, cookies } = await sent(`${path}?returnTo=%2Fgroups`, 'cross-site');
      expect(to.pathname + to.search, path).toBe(`/t/${tenant.id}/sign-in?next=%2Fgroups`);
      expect(cookies).toEqual([]);
      expect((await sent(`${path}?returnTo=%2F%2Fevil.example`, 'cross-site')).to.search).toBe('?next=%2F');
      for (const site of ['same-origin', 'same-site', 'none'])
        expect((await sent(path, site)).to.pathname).not.toBe(`/t/${tenant.id}/sign-in`);
    }
  });
});

describe('A10: a session is as fresh as what its provider says of the person', () => {
  const provedAt = async (session: string | undefined) =>
    Date.parse((await platform.session(session ?? '').post('/v1/me/step-up/options')).body.provedAt) / 1000;
  const changesPassword = async (session: string | undefined) =>
    (await platform.session(session ?? '').put('/v1/me/password', { newPassword: password })).status;

  test('OpenID Connect: auth_time, where it is said and not to come', async () => {
    const hourAgo = seconds(-3600);
    const stale = await comeIn({ auth_time: hourAgo });
    expect(await provedAt(stale.session)).toBe(hourAgo);
    expect(await changesPassword(stale.session)).toBe(403);
    for (const auth_time of [seconds(50), undefined]) {
      const fresh = await comeIn({ auth_time });
      expect(Math.abs((await provedAt(fresh.session)) - seconds())).toBeLessThan(20);
      expect(await changesPassword(fresh.session)).toBe(204);
    }
  });

  test('SAML: AuthnInstant', async () => {
    const saml = await aSamlProvider(tenant);
    const away = await aSamlBrowser(platform, tenant.id).setOut(saml.id);
    const who = aName('who');
    const attributes = { mail: [`${who}@people.example`], uid: [who], name: [who] };
    const xml = answerTo(saml, away, { nameId: who, attributes, authenticatedAt: -3600 });
    const back = await aSamlBrowser(platform, tenant.id).comeBack(away, xml);
    expect(Math.abs((await provedAt(back.session)) - seconds(-3600))).toBeLessThan(20);
    expect(await changesPassword(back.session)).toBe(403);
  });
});

describe('what a provider says of a person', () => {
  test.each([false, 'false', 'False', 'no', '', 0, 1, {}, ['true']])(
    'O3: an address that it calls verified by %j makes no account',
    async (email_verified) => {
      expect(await comeIn({ email_verified })).toMatchObject({
        problem: Array.isArray(email_verified) ? null : 'no-account',
      });
    },
  );

  test.each([true, 'true', 'True', null, undefined])('%j lets in', async (email_verified) => {
    expect(await comeIn({ email_verified })).toMatchObject({ problem: null, session: expect.any(String) });
  });

  test.each(['a\u0000b', 'a\ud800', '', 'x'.repeat(256), ' ', 7, null, {}, ['a']])(
    'O2: a subject of %j is refused in words, or is a person of its own',
    async (sub) => {
      const back = await comeIn({ sub });
      expect(back.status).toBe(303);
      expect([null, 'answer-not-valid', 'no-account']).toContain(back.problem);
    },
  );

  test('O1: a key of 1,024 bits signs nothing', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    hostile.keys.jwks = [{ ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'RS256', use: 'sig' }];
    const own = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
    const away = await browser.setOut(own.id);
    const [head, body] = [{ alg: 'RS256', kid: 'short' }, claimsOf(away, aName('who'))].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = createSign('sha256').update(`${head}.${body}`).sign(privateKey, 'base64url');
    hostile.says.idToken = `${head}.${body}.${signature}`;
    expect(await browser.comeBack(away)).toMatchObject({ problem: 'answer-not-valid', session: undefined });
    hostile.keys.jwks = [hostile.key.jwk];
  });
});

describe('mails to strangers', () => {
  const bait = 'You won. Claim it: https://evil.example/win or www.evil.example, evil.example/x';
  const linksIn = (text: string) => text.match(/https?:\/\/\S+|\b\w+\.\w+\S*/g) ?? [];

  async function baited(): Promise<TestTenant> {
    const theirs = await aTenant(platform);
    const { etag } = await platform.client(theirs.ownerKey).get(theirs.path);
    const changed = await platform.client(theirs.ownerKey).patch(theirs.path, { displayName: bait }, etag);
    expect(changed.status, changed.text).toBe(200);
    return theirs;
  }

  test('W2: what somebody called themselves or their organisation is no link in them', async () => {
    const theirs = await baited();
    const { id, email } = await theirs.given.person(password);
    const named = await theirs.client.patch(`/accounts/${id}`, { displayName: bait }, '*');
    expect(named.status, named.text).toBe(200);
    const next = `${aName('stranger')}@stranger.example`;
    const session = platform.session(await signIn(platform, email, password));
    expect((await session.post('/v1/me/email/change', { email: next })).status).toBe(200);
    await platform.anyone.post('/v1/sign-in/password-resets', { email });

    const mails = [...(await platform.outbox(email)), ...(await platform.outbox(next))];
    expect(mails.length).toBeGreaterThanOrEqual(3);
    for (const { subject, body } of mails) {
      expect(linksIn(subject)).toEqual([]);
      expect(linksIn(body).filter((link) => !/^http:\/\/localhost:/.test(link))).toEqual([]);
    }
  });
});

test('A6: of ten who choose a password by one link at once, over two nodes, one does', async () => {
  const { email } = await tenant.given.person(password);
  await platform.anyone.post('/v1/sign-in/password-resets', { email });
  const [mail] = (await platform.outbox(email)).filter(({ subject }) => subject.startsWith('Your password'));
  const secret = /reset#(\S+)/.exec(mail?.body ?? '')?.[1];
  const tries = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      platform.client(null, at % 2).post('/v1/sign-in/password-resets/accept', {
        secret,
        password: `${password} number ${at}`,
      }),
    ),
  );
  const ends = tries.map(({ status }) => status);
  expect(ends.filter((status) => status < 300)).toHaveLength(1);
  expect(ends.filter((status) => status === 410)).toHaveLength(9);
});
