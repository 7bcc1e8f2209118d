import { EncryptJWT, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { accept, aName, aPlatform, aTenant } from '../../harness.ts';
import { type Away, aBrowser, aHostileProvider, aKey, aProvider, type Claims, seconds } from './hostile.ts';

/** Rows O1 to O9 of the attacks. Each is first done right, so that a refusal is of what is wrong. */

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
const tenant = await aTenant(platform);
const hostile = await aHostileProvider();
const other = await aHostileProvider();
const browser = aBrowser(platform, tenant.id);
const provider = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });

beforeEach(() => {
  hostile.behave();
  other.behave();
});

const rightly = (away: Away, more: Claims = {}): Claims => ({
  iss: hostile.issuer,
  aud: 'client',
  sub: 'ann',
  exp: seconds(300),
  iat: seconds(),
  nonce: away.nonce,
  email: 'ann@people.example',
  name: 'Ann Example',
  preferred_username: 'ann',
  ...more,
});

/** Goes there and back with claims, or a token, made of the trip. */
async function signIn(claims: (away: Away) => Claims | string | Promise<string>, query: Record<string, string> = {}) {
  const away = await browser.setOut(provider.id);
  hostile.says.idToken = await claims(away);
  return browser.comeBack(away, query);
}

const me = async (session: string | undefined) =>
  (await platform.anyone.call('GET', '/v1/me', { headers: { cookie: session ?? '' } })).body;

test('done rightly it is a session of the account that was made', async () => {
  const away = await browser.setOut(provider.id, '?returnTo=%2Fgroups%3Fq%3Dx');
  expect(Object.fromEntries(away.location.searchParams)).toMatchObject({
    response_type: 'code',
    client_id: 'client',
    scope: 'openid profile email',
    code_challenge_method: 'S256',
    redirect_uri: expect.stringMatching(new RegExp(`/v1/sign-in/oidc/${tenant.id}/${provider.id}/callback$`)),
  });
  hostile.says.idToken = rightly(away);
  const back = await browser.comeBack(away);

  expect(back).toMatchObject({ status: 303, problem: null });
  expect(back.location.pathname + back.location.search).toBe('/groups?q=x');
  expect(await me(back.session)).toMatchObject({
    kind: 'account',
    displayName: 'Ann Example',
    email: 'ann@people.example',
  });
  const [exchange] = hostile.requests.filter(({ path }) => path === '/token').slice(-1);
  expect(exchange?.body.get('code_verifier')).toMatch(/^\w{43}$/);
  expect(exchange?.authorization).toMatch(/^Basic /);
});

describe('O1: the signature', () => {
  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('%s is accepted', async (alg) => {
    const key = await aKey(alg);
    hostile.keys.jwks = [hostile.key.jwk, key.jwk];
    const fresh = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
    const away = await browser.setOut(fresh.id);
    Object.assign(hostile.says, {
      idToken: rightly(away, { sub: alg, email: `${alg}@people.example`, preferred_username: alg }),
      key,
    });
    const back = await browser.comeBack(away);
    hostile.keys.jwks = [hostile.key.jwk];
    expect(back).toMatchObject({ problem: null, session: expect.any(String) });
  });

  const forgeries: Record<string, (away: Away) => Promise<string> | string> = {
    'alg none': (away) => new UnsecuredJWT(rightly(away)).encode(),
    'HS256 with the public key': async (away) =>
      new SignJWT(rightly(away))
        .setProtectedHeader({ alg: 'HS256', kid: hostile.key.kid })
        .sign(new TextEncoder().encode(JSON.stringify(hostile.key.jwk))),
    'HS256 with the client secret': async (away) =>
      new SignJWT(rightly(away))
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode('a secret of the provider'.padEnd(32))),
    RS384: async (away) => {
      const key = await aKey('RS384');
      hostile.keys.jwks = [hostile.key.jwk, key.jwk];
      return new SignJWT(rightly(away)).setProtectedHeader({ alg: 'RS384', kid: key.kid }).sign(key.privateKey);
    },
    'a key in the header': async (away) => {
      const key = await aKey();
      return new SignJWT(rightly(away)).setProtectedHeader({ alg: 'RS256', jwk: key.jwk }).sign(key.privateKey);
    },
    'a key in the header by the name of the right one': async (away) => {
      const key = await aKey();
      return new SignJWT(rightly(away))
        .setProtectedHeader({ alg: 'RS256', jwk: key.jwk, kid: hostile.key.kid })
        .sign(key.privateKey);
    },
    'keys elsewhere (jku)': async (away) =>
      new SignJWT(rightly(away))
        .setProtectedHeader({ alg: 'RS256', jku: `${other.issuer}/jwks`, kid: other.key.kid })
        .sign(other.key.privateKey),
    'a certificate elsewhere (x5u)': async (away) =>
      new SignJWT(rightly(away))
        .setProtectedHeader({ alg: 'RS256', x5u: `${other.issuer}/x5u`, kid: other.key.kid })
        .sign(other.key.privateKey),
    'a crit that nobody knows': async (away) =>
      new SignJWT(rightly(away))
        .setProtectedHeader({ alg: 'RS256', kid: hostile.key.kid, crit: ['mine'], mine: true })
        .sign(hostile.key.privateKey, { crit: { mine: true } }),
    'a body that was not encoded (b64)': async (away) => {
      const [, , signature] = (await hostile.signed(rightly(away))).split('.');
      const head = { alg: 'RS256', kid: hostile.key.kid, b64: false, crit: ['b64'] };
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      return [encode(head), encode(rightly(away)), signature].join('.');
    },
    'encrypted, by the public key': async (away) => {
      const jwt = new EncryptJWT(rightly(away)).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM' });
      const { n, e } = hostile.key.jwk;
      return jwt.encrypt(await importJWK({ kty: 'RSA', n: n as string, e: e as string }, 'RSA-OAEP-256'));
    },
    'no signature': async (away) => `${(await hostile.signed(rightly(away))).split('.').slice(0, 2).join('.')}.`,
    "another one's signature": async (away) => {
      const [head, body] = (await hostile.signed(rightly(away, { sub: 'somebody-else' }))).split('.');
      const [, , signature] = (await hostile.signed(rightly(away))).split('.');
      return [head, body, signature].join('.');
    },
    'no token at all': () => 'not a token',
  };
  test.each(Object.keys(forgeries))('%s is refused, and nothing is fetched for it', async (name) => {
    const before = other.requests.length;
    const back = await signIn(forgeries[name] as never);
    hostile.keys.jwks = [hostile.key.jwk];

    expect(back).toMatchObject({ status: 303, problem: 'answer-not-valid', session: undefined });
    expect(other.requests.length).toBe(before);
  });

  test('however many unknown keys are named, keys are fetched once', async () => {
    const fresh = await aProvider(tenant, other, { admission: { createsAccounts: true } });
    const stranger = await aKey();
    const fetches = () => other.requests.filter(({ path }) => path === '/jwks').length;
    const before = fetches();
    for (let at = 0; at < 5; at++) {
      const away = await browser.setOut(fresh.id);
      other.says.idToken = await new SignJWT({ ...rightly(away), iss: other.issuer })
        .setProtectedHeader({ alg: 'RS256', kid: `unknown-${at}` })
        .sign(stranger.privateKey);
      expect((await browser.comeBack(away)).problem).toBe('answer-not-valid');
    }
    expect(fetches() - before).toBe(1);
  });
});

describe('O2: the claims', () => {
  const wrong: Record<string, (away: Away) => Claims> = {
    'another issuer': (away) => rightly(away, { iss: other.issuer }),
    'an issuer with a slash more': (away) => rightly(away, { iss: `${hostile.issuer}/` }),
    'no issuer': (away) => rightly(away, { iss: undefined }),
    'the audience of another client': (away) => rightly(away, { aud: 'another' }),
    'no audience': (away) => rightly(away, { aud: undefined }),
    'issued to another party': (away) => rightly(away, { azp: 'another' }),
    'several audiences and no party': (away) => rightly(away, { aud: ['client', 'another'] }),
    'no end': (away) => rightly(away, { exp: undefined }),
    over: (away) => rightly(away, { exp: seconds(-120) }),
    'not yet': (away) => rightly(away, { nbf: seconds(300) }),
    'issued in the future': (away) => rightly(away, { iat: seconds(300) }),
    'an end that is a text': (away) => rightly(away, { exp: String(seconds(300)) }),
    'no nonce': (away) => rightly(away, { nonce: undefined }),
    'a nonce in a list': (away) => rightly(away, { nonce: [away.nonce] }),
    'an issuer in a list': (away) => rightly(away, { iss: [hostile.issuer] }),
    'an audience that holds ours by another name': (away) => rightly(away, { aud: { client: 'client' } }),
    'no time of issue': (away) => rightly(away, { iat: undefined }),
    'another nonce': (away) => rightly(away, { nonce: 'x'.repeat(43) }),
    'no subject': (away) => rightly(away, { sub: undefined }),
    'an empty subject': (away) => rightly(away, { sub: '' }),
    'a subject that is no text': (away) => rightly(away, { sub: { $ne: null } }),
    'a subject without end': (away) => rightly(away, { sub: 'x'.repeat(300) }),
  };
  test.each(Object.keys(wrong))('%s is refused', async (name) => {
    const back = await signIn((away) => JSON.parse(JSON.stringify((wrong[name] as (away: Away) => Claims)(away))));
    expect(back).toMatchObject({ status: 303, problem: 'answer-not-valid', session: undefined });
  });

  test('the nonce of another trip is refused', async () => {
    const [one, two] = [await browser.setOut(provider.id), await browser.setOut(provider.id)];
    hostile.says.idToken = rightly(one);
    expect((await browser.comeBack(two)).problem).toBe('answer-not-valid');
  });

  test('a discovery document of another issuer is refused before anybody goes there', async () => {
    hostile.says.metadata = { issuer: other.issuer };
    const fresh = await aProvider(tenant, hostile);
    const reply = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${fresh.id}/start`);
    expect(reply.headers.get('location')).toContain('problem=answer-not-valid');
  });

  test('X1: what discovery leads to is held against the same list as what is typed', async () => {
    const inside = [
      'http://169.254.169.254/token',
      'https://10.0.0.1/token',
      'https://user:x@example.com/',
      'ftp://x.example.com/',
    ];
    for (const url of inside) {
      hostile.says.metadata = { token_endpoint: url };
      const fresh = await aProvider(tenant, hostile);
      const reply = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${fresh.id}/start`);
      expect(reply.headers.get('location'), url).toContain('problem=provider-unreachable');
    }
  });
});

test('a provider that is gone is known within a minute: one comes back to the sign-in page, which says so', async () => {
  const dying = await aHostileProvider();
  const gone = await aProvider(tenant, dying);
  const setOut = async () =>
    (await browser.get(`/v1/sign-in/oidc/${tenant.id}/${gone.id}/start`)).headers.get('location') as string;
  expect(await setOut()).toContain(`${dying.issuer}/authorize`);
  dying.stop();
  expect(await setOut()).toContain(`${dying.issuer}/authorize`);
  await platform.shiftClock('au', '61 seconds');
  expect(await setOut()).toMatch(new RegExp(`/t/${tenant.id}/sign-in\\?problem=provider-unreachable`));
  await platform.shiftClock('au', '0');
});

describe('O3: an e-mail address is nobody', () => {
  const asserting = (claims: Claims) =>
    signIn((away) => rightly(away, { sub: aName('stranger'), preferred_username: aName('stranger'), ...claims }));

  test('of an owner, of a local account, of an account of another provider: no sign-in, no link', async () => {
    const owner = await accept(platform, tenant.ownerEmail, 'a long enough password for tests');
    const local = await tenant.given.person('a long enough password for tests');
    const links = async () => (await platform.sql('au', 'select count(*)::int as n from external_identities'))[0].n;
    const before = await links();
    expect(owner.status).toBe('enabled');

    for (const email of [tenant.ownerEmail, local.email, tenant.ownerEmail.toUpperCase(), 'ann@people.example'])
      expect(await asserting({ email, email_verified: true }), email).toMatchObject({
        problem: 'account-in-the-way',
        session: undefined,
      });
    expect(await asserting({ email: 'new@people.example', preferred_username: local.email })).toMatchObject({
      problem: 'account-in-the-way',
    });
    expect(await links()).toBe(before);
  });

  test('of an account of another tenant: an account here, which opens nothing there', async () => {
    const there = await aTenant(platform);
    const person = await there.given.person('a long enough password for tests');
    const back = await asserting({ email: person.email });

    const here = await me(back.session);
    expect(here).toMatchObject({ tenantId: tenant.id, email: person.email });
    expect(here.id).not.toBe(person.id);
    const reply = await platform.anyone.call('GET', `${there.path}/groups`, {
      headers: { cookie: back.session ?? '' },
    });
    expect(reply.status).toBe(404);
  });

  test('the same subject of another provider, and of another issuer, is somebody else', async () => {
    const first = await signIn((away) => rightly(away));
    const second = await aProvider(tenant, other, { admission: { createsAccounts: true } });
    const away = await browser.setOut(second.id);
    other.says.idToken = await new SignJWT({
      ...rightly(away),
      iss: other.issuer,
      email: 'ann2@people.example',
      preferred_username: 'ann2',
    })
      .setProtectedHeader({ alg: 'RS256', kid: other.key.kid })
      .sign(other.key.privateKey);
    const back = await browser.comeBack(away);

    expect(back.problem).toBeNull();
    expect((await me(back.session)).id).not.toBe((await me(first.session)).id);
  });

  test('an address that the provider did not verify makes no account', async () => {
    for (const email_verified of [false, 'false', 'no', 0, 1, '', [], {}])
      expect(await asserting({ email: 'unverified@people.example', email_verified })).toMatchObject({
        problem: 'no-account',
      });
    for (const email_verified of [true, 'True', null, undefined])
      expect((await asserting({ email: `${aName('verified')}@people.example`, email_verified })).problem).toBeNull();
  });
});

describe('O4: mix-up', () => {
  test('an answer of one provider is none of another: each has its own address', async () => {
    const second = await aProvider(tenant, other, { admission: { createsAccounts: true } });
    const away = await browser.setOut(provider.id);
    hostile.says.idToken = rightly(away);

    expect(await browser.comeBack({ ...away, providerId: second.id })).toMatchObject({
      problem: 'sign-in-over',
      session: undefined,
    });
    const there = await aTenant(platform);
    const reply = await browser.get(
      `/v1/sign-in/oidc/${there.id}/${provider.id}/callback?code=code&state=${away.state}`,
      away.cookie,
    );
    expect(reply.headers.get('location')).toContain('problem=');
    expect(reply.headers.getSetCookie().filter((each) => each.includes('bailiwick-au'))).toEqual([]);
  });

  test('an iss parameter that names another issuer is refused; a missing one is, where it is promised', async () => {
    expect(await signIn(rightly, { iss: other.issuer })).toMatchObject({ problem: 'answer-not-valid' });
    expect((await signIn(rightly, { iss: hostile.issuer })).problem).toBeNull();
    hostile.says.metadata = { authorization_response_iss_parameter_supported: true };
    const fresh = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
    const away = await browser.setOut(fresh.id);
    hostile.says.idToken = rightly(away, { email: 'iss@people.example', preferred_username: 'iss' });
    expect((await browser.comeBack(away)).problem).toBe('answer-not-valid');
  });
});

describe('O5: state, browser and code', () => {
  test('a state that is missing, unknown, of another browser or twice is refused', async () => {
    const away = await browser.setOut(provider.id);
    hostile.says.idToken = rightly(away);
    const refused = { problem: 'sign-in-over', session: undefined };
    expect(await browser.comeBack({ ...away, state: '' })).toMatchObject(refused);
    expect(await browser.comeBack({ ...away, state: 'x'.repeat(43) })).toMatchObject(refused);
    expect(await browser.comeBack(away, {}, { cookie: '' })).toMatchObject(refused);
    const victim = await browser.setOut(provider.id);
    expect(await browser.comeBack(away, {}, { cookie: victim.cookie })).toMatchObject(refused);

    expect((await browser.comeBack(away)).problem).toBeNull();
    expect(await browser.comeBack(away)).toMatchObject(refused);
  });

  test('of ten at once on two nodes one is let in', async () => {
    const away = await browser.setOut(provider.id);
    hostile.says.idToken = rightly(away);
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, at) => browser.comeBack(away, {}, { at: at % 2 })),
    );
    expect(replies.filter(({ session }) => session)).toHaveLength(1);
    expect(replies.filter(({ problem }) => problem === 'sign-in-over')).toHaveLength(9);
  });

  test('a trip begun on one node ends on another, and is over after ten minutes', async () => {
    const away = await browser.setOut(provider.id);
    hostile.says.idToken = rightly(away);
    expect((await browser.comeBack(away, {}, { at: 1 })).session).toBeTruthy();
    const late = await browser.setOut(provider.id);
    await platform.shiftClock('au', '10 minutes');
    expect((await browser.comeBack(late)).problem).toBe('sign-in-over');
    await platform.shiftClock('au', '0');
  });

  test('a code that the provider refuses uses the trip up', async () => {
    const away = await browser.setOut(provider.id);
    hostile.says.token = { status: 400, body: { error: 'invalid_grant' } };
    expect((await browser.comeBack(away)).problem).toBe('provider-refused');
    hostile.behave();
    hostile.says.idToken = rightly(away);
    expect((await browser.comeBack(away)).problem).toBe('sign-in-over');
  });

  test('an error instead of a code is told without its words', async () => {
    const away = await browser.setOut(provider.id);
    const back = await browser.comeBack(away, {
      error: 'access_denied',
      error_description: '<script>alert(1)</script>',
    });
    expect(back).toMatchObject({ status: 303, problem: 'provider-refused' });
    expect(back.location.href).not.toContain('script');
  });

  test('a ticket opens once, and only in the browser that asked for it', async () => {
    const first = await signIn(rightly);
    const person = platform.session(first.session ?? '');
    const asked = await person.post(`${tenant.path}/identity-providers/${provider.id}/link`, {});
    expect(asked.status).toBe(200);
    const cookie = asked.headers.getSetCookie()[0]?.split(';')[0] as string;
    const query = new URL(asked.body.url).search;
    const elsewhere = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${provider.id}/start${query}`);
    expect(elsewhere.headers.get('location')).toContain('problem=sign-in-over');
    expect((await browser.setOut(provider.id, query, cookie)).state).toBeTruthy();
    const again = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${provider.id}/start${query}`, cookie);
    expect(again.headers.get('location')).toContain('problem=sign-in-over');
  });
});

describe('O7: groups', () => {
  test('only mapped values of texts give groups, they end with the value, and others stay', async () => {
    const [admins, nested, own] = [await tenant.given.group(), await tenant.given.group(), await tenant.given.group()];
    const mapped = await aProvider(tenant, hostile, {
      admission: {
        createsAccounts: true,
        mappedGroups: [
          { value: 'Admins', groupId: admins.id },
          { value: '7', groupId: nested.id },
        ],
      },
    });
    const enter = async (groups: unknown) => {
      const away = await browser.setOut(mapped.id);
      hostile.says.idToken = rightly(away, {
        sub: 'seven',
        email: 'seven@people.example',
        preferred_username: 'seven',
        groups,
      });
      const back = await browser.comeBack(away);
      return (await me(back.session)).id as string;
    };
    const hostileGroups = [
      'Owners',
      'owners',
      'Owner Group',
      'admins',
      'Admins ',
      7,
      ['Admins'],
      { Admins: true },
      null,
      ...Array.from({ length: 10_000 }, (_, at) => `group-${at}`),
    ];
    const id = await enter(hostileGroups);
    const groupsNow = async () =>
      (await tenant.client.get(`/accounts/${id}`)).body.groups.map((group: { id: string }) => group.id).sort();
    expect(await groupsNow()).toEqual([]);

    await enter(['Admins', 'nothing']);
    await tenant.client.post(`/groups/${own.id}/members`, { accountIds: [id] });
    expect(await groupsNow()).toEqual([admins.id, own.id].sort());
    await enter([]);
    expect(await groupsNow()).toEqual([own.id]);
    const actions = (await tenant.client.get('/audit-entries?limit=50')).body.items.map(
      ({ action }: { action: string }) => action,
    );
    expect(actions).toEqual(
      expect.arrayContaining(['groups.add-members', 'groups.remove-member', 'identity-providers.link']),
    );
  });

  test('a mapping of an object or a prototype finds nothing', async () => {
    const away = await browser.setOut(provider.id);
    hostile.says.idToken = JSON.parse(
      JSON.stringify(rightly(away, { sub: 'proto', email: 'proto@people.example' })).replace(
        '{',
        '{"__proto__":{"preferred_username":"polluted"},',
      ),
    );
    const back = await browser.comeBack(away);
    expect(back.problem === null || back.problem === 'account-in-the-way').toBe(true);
    expect(({} as { preferred_username?: string }).preferred_username).toBeUndefined();
  });
});

test('O8: wherever it should lead, it leads to a path of ours', async () => {
  const bad = [
    '//x',
    '/\\x',
    'https:x',
    'https://x',
    '%2f%2fx',
    '/%2f%2fx',
    'javascript:alert(1)',
    '@x',
    '/\r\nx: y',
    '/%0d%0ax',
    '/..//x',
    '/.//x',
    '/%5cx',
    '\\\\x',
    ' /x',
    '/\u0000',
  ];
  for (const returnTo of bad) {
    const away = await browser.setOut(provider.id, `?returnTo=${encodeURIComponent(returnTo)}`);
    hostile.says.idToken = rightly(away);
    const { location } = await browser.comeBack(away);
    expect(location.pathname + location.search + location.hash, JSON.stringify(returnTo)).toBe('/');
  }
});

describe('O9: what changes under live sessions', () => {
  const enter = async (id: string, sub: string) => {
    const away = await browser.setOut(id);
    hostile.says.idToken = rightly(away, { sub, email: `${sub}@people.example`, preferred_username: sub });
    return browser.comeBack(away);
  };
  const isLive = async (session: string | undefined, at = 0) =>
    (await platform.client(null, at).call('GET', '/v1/me', { headers: { cookie: session ?? '' } })).status === 200;

  test('deactivated: sessions that came of it end on all nodes, others go on; nobody comes in', async () => {
    const own = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
    const [here, elsewhere] = [await enter(own.id, 'nine-a'), await signIn(rightly)];
    const away = await browser.setOut(own.id);
    expect(await isLive(here.session, 1)).toBe(true);

    await tenant.client.post(`/identity-providers/${own.id}/deactivate`);

    expect([await isLive(here.session), await isLive(here.session, 1), await isLive(elsewhere.session)]).toEqual([
      false,
      false,
      true,
    ]);
    expect((await browser.comeBack(away)).problem).toBe('sign-in-over');
    const start = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${own.id}/start`);
    const nowhere = await browser.get(`/v1/sign-in/oidc/${tenant.id}/${crypto.randomUUID()}/start`);
    expect(start.headers.get('location')).toBe(nowhere.headers.get('location'));
    await tenant.client.post(`/identity-providers/${own.id}/activate`);
    expect((await enter(own.id, 'nine-a')).problem).toBeNull();
  });

  test('another client, another issuer, deleted: sessions and links end, and the old link is nobody’s', async () => {
    const own = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
    const first = await enter(own.id, 'nine-b');
    const away = await browser.setOut(own.id);
    const changed = await tenant.client.patch(`/identity-providers/${own.id}`, { oidc: { clientId: 'client-2' } }, '*');
    expect(changed.status).toBe(200);

    expect(await isLive(first.session)).toBe(false);
    expect((await browser.comeBack(away)).problem).toBe('sign-in-over');
    // The account is there, and the new authority does not become it.
    const back = await browser.setOut(own.id);
    hostile.says.idToken = rightly(back, { sub: 'nine-b', aud: 'client-2', email: 'nine-b@people.example' });
    expect((await browser.comeBack(back)).problem).toBe('account-in-the-way');
  });
});

test('a disabled account is not let in, nor one that waits for an administrator', async () => {
  const first = await signIn((away) =>
    rightly(away, { sub: 'ten', email: 'ten@people.example', preferred_username: 'ten' }),
  );
  const { id } = await me(first.session);
  await tenant.client.post(`/accounts/${id}/disable`);
  expect(await signIn((away) => rightly(away, { sub: 'ten' }))).toMatchObject({
    problem: 'account-disabled',
    session: undefined,
  });

  await platform.sql('au', `update tenants set account_enabling = 'administrator' where tenant_id = $1`, [tenant.id]);
  const waiting = () =>
    signIn((away) => rightly(away, { sub: 'eleven', email: 'eleven@people.example', preferred_username: 'eleven' }));
  expect(await waiting()).toMatchObject({ problem: 'account-waiting', session: undefined });
  expect(await waiting()).toMatchObject({ problem: 'account-waiting', session: undefined });
  await platform.sql('au', `update tenants set account_enabling = 'automatic' where tenant_id = $1`, [tenant.id]);
  const [made] = (await tenant.client.get('/accounts?q=eleven')).body.items;
  expect(made.status).toBe('new');
  await tenant.client.post(`/accounts/${made.id}/enable`);
  expect((await waiting()).session).toBeTruthy();
});

test('the rule: without it nobody comes in; with domains only theirs, and only while they are proved', async () => {
  const enter = async (id: string, email: string) => {
    const away = await browser.setOut(id);
    hostile.says.idToken = rightly(away, { sub: email, email, preferred_username: email });
    return (await browser.comeBack(away)).problem;
  };
  const closed = await aProvider(tenant, hostile);
  expect(await enter(closed.id, 'twelve@people.example')).toBe('no-account');
  const domain = await tenant.given.domain();
  const narrow = await aProvider(tenant, hostile, {
    admission: { createsAccounts: true, domains: [domain.name.toUpperCase()] },
  });
  expect(await enter(narrow.id, `twelve@${domain.name}`)).toBe('no-account');
  // Another one that is proved, and that the rule does not name.
  const unnamed = await tenant.given.domain();
  await platform.sql('au', `update domains set status = 'verified' where id = any($1)`, [[domain.id, unnamed.id]]);
  expect(await enter(narrow.id, 'twelve@people.example')).toBe('no-account');
  expect(await enter(narrow.id, `twelve@${unnamed.name}`)).toBe('no-account');
  expect(await enter(narrow.id, `twelve@sub.${domain.name}`)).toBe('no-account');
  expect(await enter(narrow.id, `twelve@${domain.name}`)).toBeNull();
});

// RFC 6749 section 5.2: a refused client may be challenged as well.
test.each([undefined, 'Basic realm="tokens"'])(
  'while secrets overlap the earlier one is tried where the new one is refused, challenged by %s',
  async (challenge) => {
    const own = await aProvider(tenant, hostile, { admission: { createsAccounts: true } });
    await tenant.client.post(`/identity-providers/${own.id}/client-secret`, { clientSecret: 'the new one' });
    const away = await browser.setOut(own.id);
    const before = hostile.requests.length;
    hostile.says.token = { status: 401, body: { error: 'invalid_client' }, ...(challenge ? { challenge } : {}) };
    expect((await browser.comeBack(away)).problem).toBe('provider-refused');

    const shown = hostile.requests
      .slice(before)
      .filter(({ path }) => path === '/token')
      .map(({ authorization = '' }) => decodeURIComponent(Buffer.from(authorization.slice(6), 'base64').toString()));
    expect(shown.map((each) => each.replaceAll('+', ' '))).toEqual([
      'client:the new one',
      'client:a secret of the provider',
    ]);
  },
);
