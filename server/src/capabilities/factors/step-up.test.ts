import { expect, test } from 'vitest';
import { codeOf } from '../../../test/authenticator.ts';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { addPasskey, addTotp, aPerson, Browser, letStepsPass, password } from '../../../test/people.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const tenant = await aTenant(platform);

let sources = 0;
const aSource = () => `198.51.${Math.floor(sources / 250)}.${(sources++ % 250) + 1}`;
const asked = { status: 403, body: { type: 'urn:bailiwick:problem:fresh-sign-in-required' } };
const wrong = { status: 403, body: { type: 'urn:bailiwick:problem:step-up-failed' } };

const aged = (id: string) =>
  platform.sql('au', `update sessions set proved_at = proved_at - interval '30 minutes' where account_id = $1`, [id]);

test('A7: a password proves again who is there, under a new cookie; the old one is over', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  await aged(id);
  expect(await browser.post('/v1/me/totp')).toMatchObject(asked);
  const options = await browser.post('/v1/me/step-up/options');
  expect(options.body).toMatchObject({ ways: ['password'], passkey: null, identityProviderId: null });
  const before = browser.cookie;
  expect(await browser.post('/v1/me/step-up', { password: `${password}!` })).toMatchObject(wrong);
  expect(browser.cookie).toBe(before);
  const done = await browser.post('/v1/me/step-up', { password });
  expect(done.status).toBe(200);
  expect(browser.cookie).not.toBe(before);
  for (const node of [0, 1]) expect((await platform.session(before, node).get('/v1/me')).status).toBe(401);
  expect((await browser.post('/v1/me/totp')).status).toBe(201);
  const actions = await platform.sql(
    'au',
    `select outcome from audit_entries where actor_id = $1 and action = 'me.step-up' order by at`,
    [id],
  );
  expect(actions.map(({ outcome }) => outcome)).toEqual(['refused', 'success']);
});

test('whoever has an app proves with it too; a passkey proves alone', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  const { secret, recoveryCodes } = await addTotp(platform, browser);
  await aged(id);
  expect((await browser.post('/v1/me/step-up/options')).body.ways).toEqual(['password-and-code']);
  expect(await browser.post('/v1/me/step-up', { password })).toMatchObject(wrong);
  expect((await browser.post('/v1/me/step-up', { totp: codeOf(secret) })).status).toBe(400);
  expect(await browser.post('/v1/me/step-up', { password: 'another', totp: codeOf(secret) })).toMatchObject(wrong);
  const done = await browser.post('/v1/me/step-up', { password, totp: codeOf(secret) });
  expect(done.status).toBe(200);
  expect(await browser.post('/v1/me/step-up', { password, totp: codeOf(secret) })).toMatchObject(wrong);
  expect((await browser.post('/v1/me/step-up', { password, recoveryCode: recoveryCodes?.[0] })).status).toBe(200);
  await letStepsPass(platform);

  const { authenticator } = await addPasskey(browser);
  await aged(id);
  const { body } = await browser.post('/v1/me/step-up/options');
  expect(body.ways).toEqual(['passkey', 'password-and-code']);
  const signIn = (await browser.post('/v1/sign-in/passkeys/options')).body;
  expect(await browser.post('/v1/me/step-up', { passkey: authenticator.get(signIn) })).toMatchObject(wrong);
  const unverified = authenticator.get(body.passkey, { isUnverified: true });
  expect(await browser.post('/v1/me/step-up', { passkey: unverified })).toMatchObject(wrong);
  const answer = authenticator.get(body.passkey);
  const stranger = await aPerson(platform, tenant);
  expect(await stranger.browser.post('/v1/me/step-up', { passkey: answer })).toMatchObject(wrong);
  expect((await browser.post('/v1/me/step-up', { passkey: answer })).status).toBe(200);
  expect(await browser.post('/v1/me/step-up', { passkey: answer })).toMatchObject(wrong);
});

test('a session that was taken guesses five times', async () => {
  const { id, browser } = await aPerson(platform, tenant);
  await aged(id);
  const statuses = [];
  for (let guess = 0; guess < 7; guess++)
    statuses.push((await browser.post('/v1/me/step-up', { password: `${password}${guess}` })).status);
  expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
  expect((await browser.post('/v1/me/step-up', { password })).status).toBe(429);
  expect((await browser.put('/v1/me/password', { currentPassword: password, newPassword: password })).status).toBe(403);
});

test('A8: changing the password needs it, a fresh proof, and a good one; other sessions end on all nodes', async () => {
  const { id, email, browser } = await aPerson(platform, tenant);
  const other = new Browser(platform, { node: 1, from: aSource() });
  await other.signIn(email);
  const next = 'harbour violin cactus medal';
  const change = (body: object) => browser.put('/v1/me/password', body);
  for (const [body, path] of [
    [{ newPassword: next }, 'currentPassword'],
    [{ currentPassword: 'no', newPassword: next }, 'currentPassword'],
    [{ currentPassword: password, newPassword: 'x'.repeat(14) }, 'newPassword'],
    [{ currentPassword: password, newPassword: `${email} password` }, 'newPassword'],
    [{ currentPassword: password, newPassword: 'x'.repeat(1025) }, 'newPassword'],
  ] as const)
    expect(await change(body)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  await aged(id);
  expect(await change({ currentPassword: password, newPassword: next })).toMatchObject(asked);
  await browser.post('/v1/me/step-up', { password });
  expect((await change({ currentPassword: password, newPassword: next })).status).toBe(204);
  expect((await browser.get('/v1/me')).status).toBe(200);
  expect((await other.get('/v1/me')).status).toBe(401);
  expect((await new Browser(platform, { from: aSource() }).signIn(email)).status).toBe(401);
  expect((await new Browser(platform, { from: aSource() }).signIn(email, undefined, next)).status).toBe(201);
  await expect
    .poll(async () => (await platform.outbox(email)).map(({ body }) => body).join('\n'))
    .toContain('The password of your account was changed');
});

test('a password that provisioning changes ends sessions too', async () => {
  const { value } = await tenant.given.token();
  const email = `${aName('scim')}@${tenant.name}.example`;
  const scim = (method: string, path: string, body: object) =>
    platform.client(value).call(method, `/scim/v2/${tenant.id}/Users${path}`, {
      body,
      headers: { 'content-type': 'application/scim+json' },
    });
  const made = await scim('POST', '', { userName: email, emails: [{ value: email, primary: true }], password });
  expect(made.status).toBe(201);
  const browser = new Browser(platform, { from: aSource() });
  expect((await browser.signIn(email)).status).toBe(201);
  const patch = (...operations: object[]) =>
    scim('PATCH', `/${made.body.id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: operations,
    });
  await patch({ op: 'replace', path: 'title', value: 'Engineer' });
  expect((await browser.get('/v1/me')).status).toBe(200);
  await patch({ op: 'replace', path: 'password', value: 'harbour violin cactus medal' });
  expect((await browser.get('/v1/me')).status).toBe(401);
});

test('A8: signing out everywhere ends all sessions, or all but this one', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const others = [0, 1].map((node) => new Browser(platform, { node, from: aSource() }));
  for (const each of others) await each.signIn(email);
  expect((await browser.delete('/v1/me/sessions?keepCurrent=true')).status).toBe(204);
  for (const each of others) expect((await each.get('/v1/me')).status).toBe(401);
  expect((await browser.get('/v1/me')).status).toBe(200);
  const cookie = browser.cookie;
  expect((await browser.delete('/v1/me/sessions')).status).toBe(204);
  expect((await platform.session(cookie).get('/v1/me')).status).toBe(401);
});

test('a short password beside an app is too short without it', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { id, secret } = await addTotp(platform, browser);
  const short = 'qv7 tulip';
  expect((await browser.put('/v1/me/password', { currentPassword: password, newPassword: short })).status).toBe(204);
  const both = new Browser(platform, { from: aSource() });
  expect((await both.signIn(email, undefined, short)).body.asks).toEqual(['totp', 'recovery-code']);
  expect((await both.post('/v1/sign-in/finish', { totp: codeOf(secret) })).status).toBe(201);
  expect((await browser.get('/v1/me')).status).toBe(200);
  expect((await browser.delete(`/v1/me/factors/${id}`)).status).toBe(204);
  const alone = new Browser(platform, { from: aSource() });
  expect(await alone.signIn(email, undefined, short)).toMatchObject({ status: 200, body: { asks: ['new-password'] } });
  expect((await alone.post('/v1/sign-in/finish', { totp: '000000' })).status).toBe(400);
  expect(await alone.post('/v1/sign-in/finish', { newPassword: 'still short' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'newPassword' }] },
  });
  expect((await alone.post('/v1/sign-in/finish', { newPassword: 'harbour violin cactus medal' })).status).toBe(201);
  expect((await alone.get('/v1/me')).status).toBe(200);
});

test('A1: passwords are long rather than odd, counted whole, and neither common nor of what everybody knows', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  let current = password;
  const change = (newPassword: string) => browser.put('/v1/me/password', { currentPassword: current, newPassword });
  for (const [what, chosen] of [
    ['14 characters', 'harbour violin'],
    ['257 characters', 'harbour violin cactus '.repeat(12).slice(0, 257)],
    ['common', 'password password'],
    ['a row of keys', 'qwertyuiopasdfghjkl'],
    ['one character', 'a'.repeat(40)],
    ['the address', `${email}${email}`],
    ['the organisation', `${tenant.name} display`],
    ['a direction', 'harbour violin\u202e cactus'],
  ] as const)
    expect({ what, ...(await change(chosen)) }).toMatchObject({
      what,
      status: 400,
      body: { errors: [{ path: 'newPassword' }] },
    });
  const long = 'harbour violin cactus medal tulip ferry orbit lantern sonnet gravel pepper window';
  for (const chosen of [
    'harbour violin ', // 15 characters
    'harbour violin cactus medal tulip ferry orbit lantern sonnet gra', // 64
    `${long} ${long} plum`, // more than 150
    'jardín señal ñandú große Straße 山川草木',
    long,
  ]) {
    const reply = await change(chosen);
    expect({ chosen, status: reply.status, text: reply.text }).toMatchObject({ chosen, status: 204 });
    current = chosen;
  }
  // Equal in the first 72 bytes, where another function would end.
  expect(Buffer.byteLength(long)).toBeGreaterThan(72);
  const at = new Browser(platform, { from: aSource() });
  expect((await at.signIn(email, undefined, long.slice(0, 72))).status).toBe(401);
  expect((await at.signIn(email, undefined, `${long.slice(0, -1)}x`)).status).toBe(401);
  expect((await at.signIn(email, undefined, long)).status).toBe(201);
  // However it was typed: one normalisation.
  current = long;
  expect((await change('jardín señal ñandú cactus'.normalize('NFD'))).status).toBe(204);
  expect((await at.signIn(email, undefined, 'jardín señal ñandú cactus'.normalize('NFC'))).status).toBe(201);
  expect((await at.signIn(email, undefined, 'x'.repeat(1_100_000))).status).toBe(413);
});
