import { expect, test } from 'vitest';
import { codeOf } from '../../../test/authenticator.ts';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { addPasskey, addTotp, aPerson, Browser, letStepsPass } from '../../../test/people.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const tenant = await aTenant(platform);

let sources = 0;
const aSource = () => `198.51.${Math.floor(sources / 250)}.${(sources++ % 250) + 1}`;
const aBrowser = (node = 0, from = aSource()) => new Browser(platform, { node, from });
const failed = { status: 401, body: { type: 'urn:bailiwick:problem:sign-in-failed' } };

/** A browser that owes the second factor. */
async function half(email: string, node = 0, from = aSource()) {
  const browser = aBrowser(node, from);
  const reply = await browser.signIn(email);
  expect(reply).toMatchObject({ status: 200, body: { asks: expect.arrayContaining(['totp']) } });
  return browser;
}

test('an authenticator app is set up by a code of it; what is shown once is kept encrypted or hashed', async () => {
  const { id, email, browser } = await aPerson(platform, tenant);
  const begun = await browser.post('/v1/me/totp');
  expect(begun).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^[A-Z2-7]{32}$/) } });
  const uri = new URL(begun.body.uri);
  expect(uri.protocol).toBe('otpauth:');
  expect(Object.fromEntries(uri.searchParams)).toMatchObject({
    secret: begun.body.secret,
    issuer: `${tenant.name} display`,
    digits: '6',
    period: '30',
  });
  expect(decodeURIComponent(uri.pathname)).toContain(email);
  // Begun and not confirmed it asks nobody for anything.
  expect((await aBrowser().signIn(email)).status).toBe(201);
  expect((await browser.get('/v1/me/factors')).body.items).toEqual([]);
  const wrong = codeOf(begun.body.secret) === '000000' ? '000001' : '000000';
  expect(await browser.post('/v1/me/totp/confirmation', { code: wrong })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'code' }] },
  });
  const added = await browser.post('/v1/me/totp/confirmation', { code: codeOf(begun.body.secret) });
  expect(added).toMatchObject({ status: 201, body: { kind: 'totp', name: 'Authenticator app' } });
  expect(added.body.recoveryCodes).toHaveLength(10);
  const stored = JSON.stringify([
    await platform.sql('au', 'select seed::text, encode(seed, $$escape$$) as text from factors where account_id = $1', [
      id,
    ]),
    await platform.sql('au', 'select encode(code_hash, $$escape$$) from recovery_codes where account_id = $1', [id]),
    await platform.sql('au', 'select changes from audit_entries where tenant_id = $1', [tenant.id]),
    await platform.outbox(email),
  ]);
  for (const secret of [begun.body.secret, ...added.body.recoveryCodes]) expect(stored).not.toContain(secret);
  const listed = await browser.get('/v1/me/factors');
  expect(listed.body).toMatchObject({ items: [{ id: added.body.id, lastUsedAt: null }], recoveryCodesLeft: 10 });
  const renamed = await browser.patch(`/v1/me/factors/${added.body.id}`, { name: 'Telephone' }, '"1"');
  expect(renamed).toMatchObject({ status: 200, body: { name: 'Telephone' }, etag: '"2"' });
  expect((await browser.patch(`/v1/me/factors/${added.body.id}`, { name: 'Other' }, '"1"')).status).toBe(412);
  expect(await browser.get(`/v1/me/factors/${added.body.id}`)).toMatchObject({ status: 200, body: renamed.body });
  const stranger = await aPerson(platform, tenant);
  expect((await stranger.browser.get(`/v1/me/factors/${added.body.id}`)).status).toBe(404);
});

test('A5: a code counts once, over all nodes, and for its own account only', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { secret } = await addTotp(platform, browser);
  const other = await aPerson(platform, tenant);
  const others = await addTotp(platform, other.browser);
  const code = codeOf(secret);
  const browsers = [];
  for (const node of [0, 1, 0, 1]) browsers.push(await half(email, node));
  const statuses = await Promise.all(
    browsers.map(async (each) => (await each.post('/v1/sign-in/finish', { totp: code })).status),
  );
  expect(statuses.sort()).toEqual([201, 401, 401, 401]);
  const again = await half(email);
  expect(await again.post('/v1/sign-in/finish', { totp: code })).toMatchObject(failed);
  const next = codeOf(secret, 1);
  expect(await again.post('/v1/sign-in/finish', { totp: codeOf(others.secret) })).toMatchObject(failed);
  expect((await again.post('/v1/sign-in/finish', { totp: next })).status).toBe(201);
  expect((await again.get('/v1/me')).body.email).toBe(email);
  // The sign-in that was finished is over.
  const finished = await again.get('/v1/sign-in/unfinished');
  expect(finished).toMatchObject({ status: 404, body: { type: 'urn:bailiwick:problem:unfinished-sign-in-over' } });
});

test('A5: guessing codes ends after five, on all nodes together, and does not lock the person out', async () => {
  const { email, id, browser } = await aPerson(platform, tenant, { from: '192.0.2.77' });
  const { secret } = await addTotp(platform, browser);
  const wrong = [codeOf(secret), codeOf(secret, 1)].includes('123456') ? '654321' : '123456';
  const from = aSource();
  const statuses = [];
  for (let guess = 0; guess < 8; guess++) {
    const attacker = await half(email, guess % 2, from);
    statuses.push((await attacker.post('/v1/sign-in/finish', { totp: wrong })).status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  const warnings = await platform.sql(
    'au',
    `select 1 from notices where account_id = $1 and kind = 'second-factor-guessed'`,
    [id],
  );
  expect(warnings).toHaveLength(1);
  const late = await half(email, 0, from);
  expect((await late.post('/v1/sign-in/finish', { totp: codeOf(secret) })).status).toBe(429);
  // From many places: twenty in an hour, which does not hold where the person was before.
  for (let guess = 0; guess < 15; guess++) {
    const attacker = await half(email, guess % 2);
    await attacker.post('/v1/sign-in/finish', { totp: wrong });
  }
  const elsewhere = await half(email);
  expect((await elsewhere.post('/v1/sign-in/finish', { totp: codeOf(secret) })).status).toBe(429);
  const own = await half(email, 1, '192.0.2.77');
  expect((await own.post('/v1/sign-in/finish', { totp: codeOf(secret) })).status).toBe(201);
  const refused = await platform.sql(
    'au',
    `select count(*)::int as count from audit_entries where action = 'sign-in.finish' and outcome = 'refused' and actor_id = $1`,
    [id],
  );
  expect(refused[0].count).toBe(20);
});

test('A5: of twenty who use one recovery code at once one is let in', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { recoveryCodes } = await addTotp(platform, browser);
  const [code, spare] = recoveryCodes as string[];
  const browsers = [];
  for (let at = 0; at < 20; at++) browsers.push(await half(email, at % 2));
  const replies = await Promise.all(browsers.map((each) => each.post('/v1/sign-in/finish', { recoveryCode: code })));
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(replies.every(({ status }) => [201, 401, 404, 429].includes(status))).toBe(true);
  const later = await half(email, 0, '203.0.113.7');
  expect((await later.post('/v1/sign-in/finish', { recoveryCode: code })).status).toBe(401);
  const typed = spare?.toLowerCase().replaceAll('-', ' ');
  expect((await later.post('/v1/sign-in/finish', { recoveryCode: typed })).status).toBe(201);
  expect((await later.get('/v1/me/factors')).body.recoveryCodesLeft).toBe(8);
  const renewed = await later.post('/v1/me/recovery-codes');
  expect(renewed.status).toBe(201);
  expect(renewed.body.recoveryCodes).toHaveLength(10);
  const old = await half(email, 0, '203.0.113.7');
  expect((await old.post('/v1/sign-in/finish', { recoveryCode: recoveryCodes?.[2] })).status).toBe(401);
});

test('A8: removing the app ends other sessions and what others began; only its person removes it', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { id, secret } = await addTotp(platform, browser);
  const began = await half(email);
  const other = await half(email);
  expect((await other.post('/v1/sign-in/finish', { totp: codeOf(secret) })).status).toBe(201);
  const stranger = await aPerson(platform, tenant);
  expect((await stranger.browser.delete(`/v1/me/factors/${id}`)).status).toBe(404);
  expect((await browser.delete(`/v1/me/factors/${id}`)).status).toBe(204);
  expect((await other.get('/v1/me')).status).toBe(401);
  expect((await began.get('/v1/sign-in/unfinished')).status).toBe(404);
  expect((await browser.get('/v1/me/factors')).body).toMatchObject({ items: [], recoveryCodesLeft: 0 });
  expect((await aBrowser().signIn(email)).status).toBe(201);
  expect((await browser.post('/v1/me/recovery-codes')).status).toBe(409);
});

test('a person has two apps at most, and a machine none', async () => {
  const { browser } = await aPerson(platform, tenant);
  await addTotp(platform, browser);
  await addTotp(platform, browser);
  const { body } = await browser.post('/v1/me/totp');
  const third = await browser.post('/v1/me/totp/confirmation', { code: codeOf(body.secret) });
  expect(third).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:too-many-factors' } });
  const { key } = await tenant.given.machine();
  for (const path of ['/v1/me/factors', '/v1/me/totp', '/v1/me/passkeys/options', '/v1/me/step-up/options'])
    expect(await platform.client(key).call(path.endsWith('factors') ? 'GET' : 'POST', path)).toMatchObject({
      status: 403,
      body: { type: 'urn:bailiwick:problem:people-only' },
    });
});

test('an administrator takes factors away from whom they may: told, audited, sessions end; not from an owner', async () => {
  const other = await aTenant(platform);
  const { id, email, browser } = await aPerson(platform, other);
  await addTotp(platform, browser);
  await addPasskey(browser);
  const administrator = await other.given.machine([{ permission: 'accounts.view' }, { permission: 'accounts.change' }]);
  const viewer = await other.given.machine([{ permission: 'accounts.view' }]);
  const listed = await viewer.client.get(`/accounts/${id}/factors`);
  expect(listed.body).toMatchObject({ recoveryCodesLeft: 10, hasPassword: true });
  expect(listed.body.items.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['passkey', 'totp']);
  expect(listed.text).not.toMatch(/seed|publicKey|credentialId/);
  expect((await viewer.client.delete(`/accounts/${id}/factors`)).status).toBe(403);
  const began = await half(email);
  expect((await administrator.client.delete(`/accounts/${id}/factors`)).status).toBe(204);
  expect((await browser.get('/v1/me')).status).toBe(401);
  expect((await began.get('/v1/sign-in/unfinished')).status).toBe(404);
  expect((await viewer.client.get(`/accounts/${id}/factors`)).body).toMatchObject({ items: [], recoveryCodesLeft: 0 });
  expect((await aBrowser().signIn(email)).status).toBe(201);
  await expect
    .poll(async () => (await platform.outbox(email)).map(({ body }) => body).join('\n'))
    .toContain('An administrator removed the passkeys');
  const [entry] = (await other.client.get('/audit-entries?action=accounts.reset-factors&outcome=success')).body.items;
  expect(entry).toMatchObject({ target: { kind: 'account', id }, actor: { id: administrator.id } });

  const owner = await aPerson(platform, other);
  const [owners] = (await other.client.get('/groups?q=Owners')).body.items;
  await other.client.post(`/groups/${owners.id}/members`, { accountIds: [owner.id] });
  await addPasskey(owner.browser);
  expect(await administrator.client.delete(`/accounts/${owner.id}/factors`)).toMatchObject({
    status: 403,
    body: { type: 'urn:bailiwick:problem:stronger-principal' },
  });
  // The only usable owner signs in by the passkey alone.
  await platform.sql('au', 'delete from passwords where account_id = $1', [owner.id]);
  await platform.sql('au', `update accounts set status = 'disabled' where created_by is null and tenant_id = $1`, [
    other.id,
  ]);
  expect(await other.client.delete(`/accounts/${owner.id}/factors`)).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:last-owner' },
  });
  await letStepsPass(platform);
});
