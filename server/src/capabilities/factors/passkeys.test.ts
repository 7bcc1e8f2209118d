import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { Authenticator } from '../../../test/authenticator.ts';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { addPasskey, addTotp, aPerson, Browser, password } from '../../../test/people.ts';
import { idToBase62 } from '../../kernel/ids.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const tenant = await aTenant(platform);

let sources = 0;
const aSource = () => `198.51.${Math.floor(sources / 250)}.${(sources++ % 250) + 1}`;
const aBrowser = (node = 0) => new Browser(platform, { node, from: aSource() });

const byPasskey = async (browser: Browser, authenticator: Authenticator, lies = {}) => {
  const { body } = await browser.post('/v1/sign-in/passkeys/options');
  return browser.post('/v1/sign-in/passkeys', { response: authenticator.get(body, lies) });
};

test('a passkey signs in by itself, as two factors, on any node and without an address', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  const { authenticator, recoveryCodes } = await addPasskey(browser);
  expect(recoveryCodes).toHaveLength(10);
  const another = aBrowser(1);
  const options = await another.post('/v1/sign-in/passkeys/options');
  expect(options).toMatchObject({ status: 200, body: { allowCredentials: [], userVerification: 'required' } });
  expect(options.body.rpId).toBeUndefined();
  const reply = await another.post('/v1/sign-in/passkeys', { response: authenticator.get(options.body) });
  expect(reply).toMatchObject({ status: 201, body: { tenantId: tenant.id, accountId: id, region: 'au' } });
  const [session] = (await another.get('/v1/me/sessions')).body.items.filter(
    (each: { isCurrent: boolean }) => each.isCurrent,
  );
  expect(session).toMatchObject({ method: 'passkey', secondFactorAt: expect.any(String) });
  const listed = await another.get('/v1/me/factors');
  expect(listed.body).toMatchObject({
    items: [{ kind: 'passkey', name: 'Laptop', lastUsedAt: expect.any(String) }],
    recoveryCodesLeft: 10,
    hasPassword: true,
  });
});

test('what an authenticator keeps of a person tells neither tenant nor account', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  const { body } = await browser.post('/v1/me/passkeys/options');
  const handle = Buffer.from(body.user.id, 'base64url');
  expect(handle.length).toBeLessThanOrEqual(64);
  for (const known of [id, tenant.id]) {
    expect(handle.includes(Buffer.from(known.replaceAll('-', ''), 'hex'))).toBe(false);
    expect(handle.toString('latin1')).not.toContain(idToBase62(known));
  }
  expect((await browser.post('/v1/me/passkeys/options')).body.user.id).toBe(body.user.id);
});

test('A9: hostile answers to a sign-in by passkey are refused alike, and are in the audit of the account', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  const { authenticator } = await addPasskey(browser);
  const other = await aPerson(platform, tenant);
  const { authenticator: others } = await addPasskey(other.browser);
  const foreign = await aTenant(platform);
  const stranger = await aPerson(platform, foreign);
  const { authenticator: strangers } = await addPasskey(stranger.browser);
  const attacker = aBrowser();
  const options = async () => (await attacker.post('/v1/sign-in/passkeys/options')).body;
  const handleOf = (from: Authenticator, challenge: { challenge: string; allowCredentials: [] }) =>
    from.get(challenge).response.userHandle;
  const begun = await options();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = handleOf(authenticator, begun);
  const registered = (await browser.post('/v1/me/passkeys/options')).body.challenge;
  const steppedUp = (await browser.post('/v1/me/step-up/options')).body.passkey.challenge;

  const attempts: [string, object][] = [
    ['another page', authenticator.get(await options(), { origin: 'https://evil.example' })],
    ['a page below ours', authenticator.get(await options(), { origin: 'http://x.localhost:0' })],
    ['another port', authenticator.get(await options(), { origin: 'http://localhost:1' })],
    ['within another page', authenticator.get(await options(), { crossOrigin: true })],
    ['another relying party', authenticator.get(await options(), { rpId: 'evil.example' })],
    ['a challenge of its own', authenticator.get(await options(), { challenge: 'bm90LW91cnM' })],
    ['a challenge of an enrolment', authenticator.get(await options(), { challenge: registered })],
    ['a challenge of a step-up', authenticator.get(await options(), { challenge: steppedUp })],
    ['the form of a registration', authenticator.get(await options(), { type: 'webauthn.create' })],
    ['nobody verified', authenticator.get(await options(), { isUnverified: true })],
    ['nobody there', authenticator.get(await options(), { isAbsent: true })],
    ['another key', authenticator.get(await options(), { key: privateKey })],
    ["another's passkey as this person's", others.get(await options(), { userHandle: own })],
    ["another tenant's passkey as this person's", strangers.get(await options(), { userHandle: own })],
    ["this person's passkey as another's", authenticator.get(await options(), { userHandle: handleOf(others, begun) })],
    [
      "this person's passkey as one of another tenant",
      authenticator.get(await options(), { userHandle: handleOf(strangers, begun) }),
    ],
    ['an unknown credential', authenticator.get(await options(), { credentialId: 'AAAA' })],
    ['no handle', authenticator.get(await options(), { userHandle: '' })],
    [
      'a handle of its own',
      authenticator.get(await options(), { userHandle: Buffer.alloc(60, 7).toString('base64url') }),
    ],
    ['a copy that counted less', authenticator.get(await options(), { counter: 1 })],
  ];
  const told = new Set<string>();
  for (const [what, response] of attempts) {
    const reply = await attacker.post('/v1/sign-in/passkeys', { response });
    expect(reply.status, `${what}: ${reply.text}`).toBe(401);
    const { requestId: _, ...body } = reply.body;
    told.add(JSON.stringify(body));
    expect(reply.headers.getSetCookie(), what).toEqual([]);
  }
  expect(told.size).toBe(1);
  const refused = await platform.sql(
    'au',
    `select count(*)::int as count from audit_entries where action = 'sign-in.by-passkey' and outcome = 'refused' and actor_id = $1`,
    [id],
  );
  expect(refused[0].count).toBeGreaterThan(10);
  expect((await byPasskey(attacker, authenticator)).status).toBe(201);
});

test('A9: a challenge is answered once, on whichever node, and for five minutes', async () => {
  const { browser } = await aPerson(platform, tenant);
  const { authenticator } = await addPasskey(browser);
  const first = aBrowser();
  const { body } = await first.post('/v1/sign-in/passkeys/options');
  const answer = authenticator.get(body);
  const statuses = await Promise.all(
    [0, 1, 0, 1].map(async (node) => (await aBrowser(node).post('/v1/sign-in/passkeys', { response: answer })).status),
  );
  expect(statuses.sort()).toEqual([201, 401, 401, 401]);

  const { body: later } = await first.post('/v1/sign-in/passkeys/options');
  await platform.shiftClock('au', '5 minutes');
  expect((await first.post('/v1/sign-in/passkeys', { response: authenticator.get(later) })).status).toBe(401);
  await platform.shiftClock('au', '0');
  expect((await first.post('/v1/sign-in/passkeys', { response: authenticator.get(later) })).status).toBe(201);
  const replay = authenticator.get(later); // counts on, so that only the challenge is old
  for (const node of [0, 1])
    expect((await aBrowser(node).post('/v1/sign-in/passkeys', { response: replay })).status).toBe(401);
});

test('A9: hostile registrations are refused', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  const other = await aPerson(platform, tenant);
  const options = async () => (await browser.post('/v1/me/passkeys/options')).body;
  const authenticator = new Authenticator();
  const theirs = (await other.browser.post('/v1/me/passkeys/options')).body;
  const stepUp = (await browser.post('/v1/sign-in/passkeys/options')).body.challenge;
  for (const [what, response] of [
    ['another page', authenticator.create(await options(), { origin: 'https://evil.example' })],
    ['another relying party', authenticator.create(await options(), { rpId: 'evil.example' })],
    ["another session's challenge", authenticator.create(theirs)],
    ['a challenge of a sign-in', authenticator.create(await options(), { challenge: stepUp })],
    ['the form of a sign-in', authenticator.create(await options(), { type: 'webauthn.get' })],
    ['nobody verified', authenticator.create(await options(), { isUnverified: true })],
    ['nobody there', authenticator.create(await options(), { isAbsent: true })],
    ['an algorithm that was not offered', authenticator.create(await options(), { algorithm: -65535 })],
    ['a certificate of its maker', authenticator.create(await options(), { attestation: 'packed-with-certificate' })],
    [
      'no CBOR',
      { ...authenticator.create(await options()), response: { clientDataJSON: 'e30', attestationObject: '_w' } },
    ],
  ] as const) {
    const reply = await browser.post('/v1/me/passkeys', { name: 'Bad', response });
    expect(reply, what).toMatchObject({ status: 400, body: { errors: [{ path: 'response' }] } });
  }
  const response = authenticator.create(await options());
  expect((await browser.post('/v1/me/passkeys', { name: 'Good', response })).status).toBe(201);
  expect((await browser.post('/v1/me/passkeys', { name: 'Again', response })).status).toBe(400);
  expect((await browser.get('/v1/me/factors')).body.items).toHaveLength(1);
  const rows = await platform.sql('au', 'select 1 from factors where account_id = $1', [id]);
  expect(rows).toHaveLength(1);
});

test('O6: a passkey of a disabled account, or of a tenant that is suspended or requires single sign-on, opens nothing', async () => {
  const other = await aTenant(platform);
  const { id, browser } = await aPerson(platform, other);
  const { authenticator } = await addPasskey(browser);
  await platform.sql('au', `update tenants set single_sign_on = 'required' where tenant_id = $1`, [other.id]);
  expect(await byPasskey(aBrowser(), authenticator)).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:single-sign-on-required' },
  });
  await platform.sql('au', `update tenants set single_sign_on = 'optional' where tenant_id = $1`, [other.id]);
  await other.client.post(`/accounts/${id}/disable`);
  expect((await byPasskey(aBrowser(), authenticator)).status).toBe(401);
  await other.client.post(`/accounts/${id}/enable`);
  expect((await byPasskey(aBrowser(), authenticator)).status).toBe(201);
  await platform.operator.post(`/v1/tenants/${other.id}/suspend`);
  expect((await byPasskey(aBrowser(), authenticator)).status).toBe(403);
});

test('A2: who guesses passwords keeps nobody from signing in by a passkey, from the same network', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { authenticator } = await addPasskey(browser);
  const from = aSource();
  const at = new Browser(platform, { from });
  const statuses = [];
  for (let guess = 0; guess < 11; guess++)
    statuses.push((await at.signIn(email, undefined, `${password}${guess}`)).status);
  expect(statuses.at(-1)).toBe(429);
  expect((await byPasskey(at, authenticator)).status).toBe(201);
});

test('A8: removing a passkey ends other sessions on all nodes, and tells its person', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { authenticator, id } = await addPasskey(browser);
  const other = aBrowser(1);
  expect((await byPasskey(other, authenticator)).status).toBe(201);
  expect((await browser.delete(`/v1/me/factors/${id}`)).status).toBe(204);
  expect((await browser.get('/v1/me')).status).toBe(200);
  expect((await other.get('/v1/me')).status).toBe(401);
  expect((await byPasskey(aBrowser(), authenticator)).status).toBe(401);
  const subjects = async () => (await platform.outbox(email)).map(({ body }) => body).join('\n');
  await expect.poll(subjects).toContain('A passkey was removed from your account');
  expect(await subjects()).toContain('A passkey was added to your account');
  expect((await browser.get('/v1/me/factors')).body).toMatchObject({ items: [], recoveryCodesLeft: 0 });
});

test('as a second factor a passkey answers the challenge of its own sign-in only', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  await addTotp(platform, browser);
  const { authenticator, recoveryCodes } = await addPasskey(browser);
  expect(recoveryCodes).toBeUndefined(); // with the first factor they were shown
  const one = aBrowser();
  const two = aBrowser();
  for (const each of [one, two]) expect((await each.signIn(email)).body.asks).toContain('passkey');
  const { body: optionsOfOne } = await one.post('/v1/sign-in/unfinished/passkeys/options');
  const { body: optionsOfTwo } = await two.post('/v1/sign-in/unfinished/passkeys/options');
  expect(optionsOfOne.allowCredentials).toHaveLength(1);
  const crossed = await one.post('/v1/sign-in/finish', { passkey: authenticator.get(optionsOfTwo) });
  expect(crossed.status).toBe(401);
  const alone = await one.post('/v1/sign-in/passkeys/options');
  expect((await one.post('/v1/sign-in/finish', { passkey: authenticator.get(alone.body) })).status).toBe(401);
  const answer = authenticator.get(optionsOfOne);
  expect((await one.post('/v1/sign-in/finish', { passkey: answer })).status).toBe(201);
  expect((await two.post('/v1/sign-in/finish', { passkey: answer })).status).toBe(401);
});

test('an owner whose only way in is a passkey keeps it', async () => {
  const other = await aTenant(platform);
  const { id, browser } = await aPerson(platform, other);
  const { id: passkey } = await addPasskey(browser);
  await platform.sql('au', 'delete from passwords where account_id = $1', [id]);
  expect(await browser.delete(`/v1/me/factors/${passkey}`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:last-way-in' },
  });
  expect((await browser.put('/v1/me/password', { newPassword: password })).status).toBe(204);
  expect((await browser.delete(`/v1/me/factors/${passkey}`)).status).toBe(204);
});
