import { SignJWT, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../harness.ts';
import { type Away, aBrowser, aHostileProvider, aKey, aProvider, type Claims, seconds } from './hostile.ts';

/** What a provider says of a person beside, or instead of, an ID token: OAuth 2.0 knows who somebody is by it alone. */

const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
const tenant = await aTenant(platform);
const hostile = await aHostileProvider();
const other = await aHostileProvider();
const browser = aBrowser(platform, tenant.id);

beforeEach(() => {
  hostile.behave();
  other.behave();
});

const me = async (session: string | undefined) =>
  (await platform.anyone.call('GET', '/v1/me', { headers: { cookie: session ?? '' } })).body;
const says = (body: Claims | string, { status = 200, type = 'application/json' } = {}) => {
  hostile.says.userInfo = { status, body, type };
};

describe('OAuth 2.0', () => {
  const oauth2 = {
    authorisationUrl: `${hostile.issuer}/authorize`,
    tokenUrl: `${hostile.issuer}/token`,
    userInfoUrl: `${hostile.issuer}/userinfo`,
    clientId: 'client',
    scopes: ['read:user'],
  };
  const mapping = { subject: 'account.id', username: 'login', displayName: 'name', email: 'email' };
  const make = (more: Claims = {}) =>
    aProvider(tenant, hostile, {
      type: 'oauth2',
      oidc: undefined,
      oauth2: { ...oauth2, ...more },
      mapping,
      admission: { createsAccounts: true },
    });
  const someone = (more: Claims = {}) => {
    const login = aName('login');
    return { account: { id: login }, login, name: 'Ann', email: `${login}@people.example`, ...more };
  };
  const signIn = async (id: string, query: Record<string, string> = {}) =>
    browser.comeBack(await browser.setOut(id), query);

  test('done rightly it is a session; the token goes in the header, and no ID token is believed', async () => {
    const { id } = await make();
    const ann = someone({ account: { id: 4711 } });
    const away = await browser.setOut(id);
    expect(Object.fromEntries(away.location.searchParams)).toMatchObject({
      response_type: 'code',
      scope: 'read:user',
      code_challenge_method: 'S256',
    });
    says(ann);
    hostile.says.idToken = { iss: hostile.issuer, aud: 'client', sub: 'eve', exp: seconds(300), iat: seconds() };
    const first = await browser.comeBack(away);
    expect(first).toMatchObject({ status: 303, problem: null });
    expect(await me(first.session)).toMatchObject({ kind: 'account', email: ann.email });
    const [asked] = hostile.requests.filter(({ path }) => path === '/userinfo').slice(-1);
    expect(asked?.authorization).toBe('Bearer a');

    // Another name and address: the same person, by what never changes.
    says(someone({ account: { id: 4711 } }));
    const second = await signIn(id);
    expect((await me(second.session)).id).toBe((await me(first.session)).id);
  });

  const wrong: Record<string, () => void> = {
    'an error': () => says({ error: 'x' }, { status: 500 }),
    'a refusal of the token': () => says({}, { status: 401 }),
    'an error with everything right': () => says(someone(), { status: 403 }),
    'no JSON': () => says('<html>'),
    nothing: () => says(''),
    'a list': () => says(JSON.stringify([someone()])),
    'nobody (null)': () => says('null'),
    'no subject': () => says(someone({ account: {} })),
    'a subject that is empty': () => says(someone({ account: { id: '' } })),
    'a subject that is an object': () => says(someone({ account: { id: { $ne: null } } })),
    'a subject that is half a number': () => says(someone({ account: { id: 1.5 } })),
    'several subjects': () => says(someone({ account: { id: ['one', 'two'] } })),
    'a subject without end': () => says(someone({ account: { id: 'x'.repeat(300) } })),
    'a subject by a name with dots beside': () => says(someone({ account: null, 'account.id.x': 'ann' })),
    'more than is read': () => says(someone({ bio: 'x'.repeat(2 * 1024 * 1024) })),
  };
  test.each(Object.keys(wrong))('O2: user information that is wrong lets nobody in: %s', async (name) => {
    const { id } = await make();
    wrong[name]?.();
    const back = await signIn(id);
    expect(back).toMatchObject({ status: 303, session: undefined });
    expect(back.problem).toMatch(/^(answer-not-valid|provider-unreachable)$/);
  });

  test('O1: signed user information is held against the keys that are set, and is for us', async () => {
    const { id } = await make({ issuer: hostile.issuer, jwksUrl: `${hostile.issuer}/jwks` });
    const right = (more: Claims = {}) => ({ ...someone(), iss: hostile.issuer, aud: 'client', sub: 'x', ...more });
    const type = 'application/jwt';
    const stranger = await aKey();
    const by = (key: typeof stranger, claims: Claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: hostile.key.kid }).sign(key.privateKey);
    says(await by(hostile.key, right()), { type });
    expect((await signIn(id)).problem).toBeNull();
    for (const text of [
      new UnsecuredJWT(right()).encode(),
      await by(stranger, right()),
      await by(hostile.key, right({ aud: 'another' })),
      await by(hostile.key, right({ iss: other.issuer })),
      await by(hostile.key, right({ exp: seconds(-600) })),
      JSON.stringify(right()),
    ]) {
      says(text, { type });
      expect(await signIn(id)).toMatchObject({ problem: 'answer-not-valid', session: undefined });
    }
  });

  test('O4: an answer that names another issuer is refused, where one is set', async () => {
    const { id } = await make({ issuer: hostile.issuer });
    says(someone());
    expect(await signIn(id, { iss: other.issuer })).toMatchObject({ problem: 'answer-not-valid', session: undefined });
    expect((await signIn(id, { iss: hostile.issuer })).problem).toBeNull();
  });

  test('X3: a redirect is not followed, and the token goes nowhere else', async () => {
    const { id } = await make();
    const before = other.requests.length;
    says(someone(), { status: 302 });
    hostile.says.location = `${other.issuer}/userinfo`;
    expect(await signIn(id)).toMatchObject({ session: undefined });
    expect(other.requests.length).toBe(before);
  });

  test('O3: an address that is another’s is nobody, and the same subject of another provider is somebody else', async () => {
    const [first, second] = [await make(), await make()];
    const ann = someone();
    says(ann);
    const there = await signIn(first.id);
    expect(there.problem).toBeNull();
    expect(await signIn(second.id)).toMatchObject({ problem: 'account-in-the-way', session: undefined });
    says({ ...someone(), account: ann.account });
    expect((await me((await signIn(second.id)).session)).id).not.toBe((await me(there.session)).id);
  });

  test('an address that the provider did not verify makes no account', async () => {
    const { id } = await make();
    says(someone({ email_verified: false }));
    expect((await signIn(id)).problem).toBe('no-account');
  });
});

describe('OpenID Connect', async () => {
  const { id } = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
  const token = ({ nonce }: Away, more: Claims = {}) => ({
    iss: hostile.issuer,
    aud: 'client',
    sub: aName('sub'),
    exp: seconds(300),
    iat: seconds(),
    nonce,
    ...more,
  });
  const enter = async (idToken: Claims, userInfo: (sub: unknown) => Claims) => {
    const away = await browser.setOut(id);
    const claims = token(away, idToken);
    hostile.says.idToken = claims;
    says(userInfo(claims.sub));
    return browser.comeBack(away);
  };
  const named = () => {
    const preferred_username = aName('name');
    return { preferred_username, name: 'Ann', email: `${preferred_username}@people.example` };
  };

  test('O2: user information about somebody else, or nobody, is refused', async () => {
    expect(await enter({}, () => ({ ...named(), sub: 'eve' }))).toMatchObject({
      problem: 'answer-not-valid',
      session: undefined,
    });
    // Without a subject it is as if none came, and nobody is named.
    for (const sub of [undefined, null, 1])
      expect(await enter({}, () => ({ ...named(), sub }))).toMatchObject({ problem: 'no-account', session: undefined });
    const person = named();
    const back = await enter({}, (sub) => ({ ...person, sub }));
    expect(await me(back.session)).toMatchObject({ email: person.email });
  });

  test('what the ID token says stands: user information changes none of it', async () => {
    const person = named();
    const back = await enter({ email: person.email }, (sub) => ({ ...named(), sub }));
    expect(await me(back.session)).toMatchObject({ email: person.email });
    const unverified = await enter({ email_verified: false }, (sub) => ({ ...named(), sub, email_verified: true }));
    expect(unverified.problem).toBe('no-account');
  });
});
