import { expect, test } from 'vitest';
import { Authenticator, codeOf } from '../../../test/authenticator.ts';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { addPasskey, addTotp, aPerson, Browser, letStepsPass, password } from '../../../test/people.ts';
import { describe as describeContract } from '../../kernel/openapi.ts';
import { operations, version } from '../../node.ts';

const platform = await aPlatform({ nodes: 2, env: { BAILIWICK_TRUST_PROXY: '127.0.0.1' } });
const tenant = await aTenant(platform);

let sources = 0;
const aSource = () => `198.51.${Math.floor(sources / 250)}.${(sources++ % 250) + 1}`;
const aBrowser = (node = 0) => new Browser(platform, { node, from: aSource() });
const over = { status: 410, body: { type: 'urn:bailiwick:problem:link-over' } };
const next = 'harbour violin cactus medal';

const secretsIn = (mails: { body: string }[], path: string) =>
  mails.flatMap(({ body }) =>
    [...body.matchAll(new RegExp(`${path}#(\\w+)`, 'g'))].map(([, secret]) => secret as string),
  );

/** Secrets of links of that path which were mailed to the address, newest first, once there are so many. */
async function mailed(email: string, path: string, count = 1): Promise<string[]> {
  await expect.poll(async () => secretsIn(await platform.outbox(email), path).length).toBe(count);
  return secretsIn(await platform.outbox(email), path);
}

/** What an answer tells, without what differs between any two. */
const told = ({ status, headers, body }: Awaited<ReturnType<Browser['post']>>) => {
  const { requestId: _, ...rest } = body ?? {};
  return { status, rest, names: [...headers.keys()].filter((name) => !['date', 'x-request-id'].includes(name)) };
};

type Paths = Record<string, Record<string, { operationId: string; 'x-access': string }>>;

test('A4: what stands between password and second factor opens nothing but the rest of its sign-in', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { secret } = await addTotp(platform, browser);
  const half = aBrowser();
  expect((await half.signIn(email)).body).toMatchObject({ tenantId: tenant.id, asks: ['totp', 'recovery-code'] });
  expect([...half.cookies.keys()]).toEqual(['__Host-bailiwick-unfinished-au']);
  const { paths } = describeContract(operations, version) as { paths: Paths };
  let tried = 0;
  for (const [path, methods] of Object.entries(paths))
    for (const [method, described] of Object.entries(methods)) {
      if (described['x-access'] === 'open') continue;
      const filled = path.replaceAll('{tenantId}', tenant.id).replace(/\{\w+\}/g, tenant.id);
      const reply = await half.call(method.toUpperCase(), filled, undefined, { 'if-match': '*' });
      expect({ id: described.operationId, status: reply.status }).toEqual({ id: described.operationId, status: 401 });
      tried++;
    }
  expect(tried).toBeGreaterThan(100);
  // Nor does its secret as a session's.
  const value = half.cookies.get('__Host-bailiwick-unfinished-au');
  expect((await platform.session(`__Host-bailiwick-au=${value}`).get('/v1/me')).status).toBe(401);
  const read = await half.get('/v1/sign-in/unfinished');
  expect(read).toMatchObject({
    status: 200,
    body: {
      tenantId: tenant.id,
      tenantDisplayName: `${tenant.name} display`,
      region: 'au',
      asks: ['totp', 'recovery-code'],
    },
  });
  for (const path of ['totp', 'new-password', 'new-passkey/options', 'passkeys/options'])
    expect([404, 409], path).toContain((await half.post(`/v1/sign-in/unfinished/${path}`)).status);
  const session = await half.post('/v1/sign-in/finish', { totp: codeOf(secret) });
  expect(session.status).toBe(201);
  expect([...half.cookies.keys()].sort()).toEqual(['__Host-bailiwick-au', '__Host-bailiwick-device-au']);
  expect((await aBrowser().get('/v1/sign-in/unfinished')).status).toBe(404);
});

test('an unfinished sign-in is over after ten minutes, and a foreign page finishes none', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { secret } = await addTotp(platform, browser);
  const half = aBrowser();
  await half.signIn(email);
  const foreign = await half.call(
    'POST',
    '/v1/sign-in/finish',
    { totp: codeOf(secret) },
    { origin: 'https://evil.example' },
  );
  expect(foreign).toMatchObject({ status: 403, body: { type: 'urn:bailiwick:problem:foreign-origin' } });
  await platform.shiftClock('au', '10 minutes');
  expect((await half.post('/v1/sign-in/finish', { totp: codeOf(secret) })).status).toBe(404);
  await platform.shiftClock('au', '0');
});

test('where a second factor is required the first sign-in enrols one, and none after it', async () => {
  const other = await aTenant(platform);
  const people = [await aPerson(platform, other), await aPerson(platform, other)] as const;
  await platform.sql('au', `update tenants set second_factor = 'required' where tenant_id = $1`, [other.id]);
  const stranger = aBrowser(1); // who knows the password too, and began first
  expect((await stranger.signIn(people[0].email)).body.asks).toEqual(['enrol-factor']);
  const begunByStranger = await stranger.post('/v1/sign-in/unfinished/totp');
  expect(begunByStranger.status).toBe(201);

  const person = aBrowser();
  await person.signIn(people[0].email);
  const begun = await person.post('/v1/sign-in/unfinished/totp');
  const enrolled = await person.post('/v1/sign-in/unfinished/totp/confirmation', { code: codeOf(begun.body.secret) });
  expect(enrolled).toMatchObject({ status: 201, body: { accountId: people[0].id, recoveryCodes: expect.any(Array) } });
  expect((await person.get('/v1/me')).status).toBe(200);
  const [session] = (await person.get('/v1/me/sessions')).body.items;
  expect(session.secondFactorAt).not.toBeNull();
  const late = await stranger.post('/v1/sign-in/unfinished/totp/confirmation', {
    code: codeOf(begunByStranger.body.secret),
  });
  expect([404, 409]).toContain(late.status);
  expect((await stranger.get('/v1/me')).status).toBe(401);

  const another = aBrowser();
  expect((await another.signIn(people[1].email)).body.asks).toEqual(['enrol-factor']);
  const { body: options } = await another.post('/v1/sign-in/unfinished/new-passkey/options');
  const authenticator = new Authenticator();
  expect(
    (
      await another.post('/v1/sign-in/unfinished/new-passkey', {
        name: 'Laptop',
        response: authenticator.create(options, { origin: 'https://evil.example' }),
      })
    ).status,
  ).toBe(400);
  const made = await another.post('/v1/sign-in/unfinished/new-passkey', {
    name: 'Laptop',
    response: authenticator.create(options),
  });
  expect(made).toMatchObject({ status: 201, body: { accountId: people[1].id } });
  expect(made.body.recoveryCodes).toHaveLength(10);
  expect((await aBrowser().signIn(people[1].email)).body.asks).toEqual(['passkey', 'recovery-code']);
  await expect
    .poll(async () => (await platform.outbox(people[1].email)).map(({ body }) => body).join('\n'))
    .toContain('A passkey was added to your account');
});

test('A3: a forgotten password: the answer is the same for known, unknown, disabled and invited', async () => {
  const { email } = await aPerson(platform, tenant);
  const disabled = await aPerson(platform, tenant);
  await tenant.client.post(`/accounts/${disabled.id}/disable`);
  const invited = await tenant.given.account();
  const ask = (address: string) => aBrowser().post('/v1/sign-in/password-resets', { email: address });
  const unknown = await ask(`${aName('nobody')}@${tenant.name}.example`);
  expect(unknown.status).toBe(202);
  for (const address of [email, email.toUpperCase(), disabled.email, invited.email])
    expect(told(await ask(address))).toEqual(told(unknown));
  expect((await ask('nonsense')).status).toBe(400);
  await mailed(email, '/reset', 2);
  for (const address of [disabled.email, invited.email])
    expect(secretsIn(await platform.outbox(address), '/reset')).toEqual([]);
});

test('A6: a reset link opens once, for an hour, for its account, at the configured address; all sessions end', async () => {
  const { id, email, browser } = await aPerson(platform, tenant);
  const { secret: seed } = await addTotp(platform, browser);
  const asking = aBrowser(1);
  const forged = await asking.call(
    'POST',
    '/v1/sign-in/password-resets',
    { email },
    {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    },
  );
  expect(forged.status).toBe(202);
  const [older] = await mailed(email, '/reset');
  expect((await platform.outbox(email)).map(({ body }) => body).join()).not.toContain('evil.example');
  await asking.post('/v1/sign-in/password-resets', { email });
  const secrets = await mailed(email, '/reset', 2);
  const newer = secrets.find((each) => each !== older) as string;
  const accept = (secret: string, chosen = next) =>
    aBrowser().post('/v1/sign-in/password-resets/accept', { secret, password: chosen });
  expect(await accept(older as string)).toMatchObject(over);
  expect(await accept(`${newer.slice(0, -1)}${newer.endsWith('0') ? '1' : '0'}`)).toMatchObject(over);
  expect(await aBrowser().post('/v1/sign-in/links/accept', { secret: newer })).toMatchObject(over);
  expect((await aBrowser().post('/v1/invitations/accept', { token: newer, password: next })).status).toBe(410);
  const question = await aBrowser().post('/v1/sign-in/password-resets/question', { secret: newer });
  expect(question).toMatchObject({ status: 200, body: { tenantId: tenant.id, email, minLength: 8 } });
  expect(await accept(newer, 'short')).toMatchObject({ status: 400, body: { errors: [{ path: 'password' }] } });
  const foreign = await aBrowser().call(
    'POST',
    '/v1/sign-in/password-resets/accept',
    { secret: newer, password: next },
    {
      origin: 'https://evil.example',
    },
  );
  expect(foreign.status).toBe(403);
  const replies = await Promise.all([0, 1, 2].map(() => accept(newer)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 410, 410]);
  expect(replies.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
  expect((await browser.get('/v1/me')).status).toBe(401);
  expect((await aBrowser().signIn(email)).status).toBe(401);
  await letStepsPass(platform);
  const half = aBrowser();
  expect((await half.signIn(email, undefined, next)).body.asks).toEqual(['totp', 'recovery-code']);
  expect((await half.post('/v1/sign-in/finish', { totp: codeOf(seed) })).status).toBe(201);
  const [entry] = (await tenant.client.get('/audit-entries?action=sign-in.reset-password')).body.items;
  expect(entry).toMatchObject({ target: { kind: 'account', id }, details: { ended: [expect.any(String)] } });

  await asking.post('/v1/sign-in/password-resets', { email });
  const last = (await mailed(email, '/reset', 3)).find((each) => !secrets.includes(each)) as string;
  await platform.shiftClock('au', '60 minutes');
  expect(await accept(last)).toMatchObject(over);
  await platform.shiftClock('au', '0');
});

test('a mailed link signs in once, for a quarter of an hour, and a second factor is still asked', async () => {
  const { id, email, browser } = await aPerson(platform, tenant);
  const asking = aBrowser();
  expect((await asking.post('/v1/sign-in/links', { email })).status).toBe(202);
  const [secret] = await mailed(email, '/sign-in/link');
  const held = new Map(asking.cookies);
  expect(await asking.post('/v1/sign-in/links/accept', { secret })).toMatchObject({
    status: 201,
    body: { accountId: id },
  });
  expect((await asking.get('/v1/me')).body.email).toBe(email);
  const again = aBrowser(1);
  for (const [name, value] of held) again.cookies.set(name, value);
  expect(await again.post('/v1/sign-in/links/accept', { secret })).toMatchObject(over);

  await addTotp(platform, browser);
  await again.post('/v1/sign-in/links', { email });
  const second = (await mailed(email, '/sign-in/link', 2)).find((each) => each !== secret);
  expect(await again.post('/v1/sign-in/links/accept', { secret: second })).toMatchObject({
    status: 200,
    body: { asks: ['totp', 'recovery-code'] },
  });
  await again.post('/v1/sign-in/links', { email });
  const third = (await mailed(email, '/sign-in/link', 3)).find((each) => each !== secret && each !== second);
  await platform.shiftClock('au', '15 minutes');
  expect(await again.post('/v1/sign-in/links/accept', { secret: third })).toMatchObject(over);
  await platform.shiftClock('au', '0');
});

test('a link signs in the browser that asked for it, and no other: there it shows a code for that browser', async () => {
  const { id, email } = await aPerson(platform, tenant);
  const asking = aBrowser();
  const elsewhere = aBrowser(1); // the telephone of the person, or somebody who was talked into opening it
  await asking.post('/v1/sign-in/links', { email });
  const [secret] = await mailed(email, '/sign-in/link');
  const refused = { status: 403, body: { type: 'urn:bailiwick:problem:other-browser' } };
  expect(await elsewhere.post('/v1/sign-in/links/accept', { secret })).toMatchObject(refused);
  await elsewhere.post('/v1/sign-in/links', { email: `${aName('nobody')}@example.com` }); // it asked for another
  expect(await elsewhere.post('/v1/sign-in/links/accept', { secret })).toMatchObject(refused);

  const earlier = (await elsewhere.post('/v1/sign-in/links/code', { secret })).body.code;
  const shown = await elsewhere.post('/v1/sign-in/links/code', { secret });
  expect(shown).toMatchObject({
    status: 200,
    body: { code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/), tenantDisplayName: `${tenant.name} display` },
  });
  const { code } = shown.body;
  const type = (browser: Browser, typed: string, address = email) =>
    browser.post('/v1/sign-in/links/by-code', { email: address, code: typed });
  expect(await type(elsewhere, code)).toMatchObject(over);
  expect(await type(aBrowser(), code)).toMatchObject(over);
  expect(await type(asking, earlier)).toMatchObject(over);
  expect(await type(asking, code, `${aName('nobody')}@example.com`)).toMatchObject(over);
  expect(await type(asking, code.toLowerCase().replace('-', ' '))).toMatchObject({
    status: 201,
    body: { accountId: id },
  });
  expect(await type(asking, code)).toMatchObject(over);
  expect(await asking.post('/v1/sign-in/links/accept', { secret })).toMatchObject(over);
  expect(await elsewhere.post('/v1/sign-in/links/code', { secret })).toMatchObject(over);
  expect((await elsewhere.get('/v1/me')).status).toBe(401);
});

test('the code of a link is guessed five times by a browser; of ten at once one is let in', async () => {
  const { email } = await aPerson(platform, tenant);
  const asking = aBrowser();
  await asking.post('/v1/sign-in/links', { email });
  const [secret] = await mailed(email, '/sign-in/link');
  const { code } = (await aBrowser().post('/v1/sign-in/links/code', { secret })).body;
  const many = await Promise.all(
    Array.from({ length: 5 }, () => asking.post('/v1/sign-in/links/by-code', { email, code })),
  );
  expect(many.map(({ status }) => status).sort()).toEqual([201, 410, 410, 410, 410]);
  for (const address of [email, `${aName('nobody')}@example.com`]) {
    const guessing = aBrowser();
    await guessing.post('/v1/sign-in/links', { email: address });
    const statuses = [];
    for (let at = 0; at < 6; at++)
      statuses.push((await guessing.post('/v1/sign-in/links/by-code', { email: address, code: 'BBBB-BBBB' })).status);
    expect(statuses).toEqual([410, 410, 410, 410, 410, 429]);
  }
});

test('an address in several tenants gets a link of each; a changed password makes them void', async () => {
  const there = await aTenant(platform, 'eu');
  const email = `${aName('both')}@${tenant.name}.example`;
  await tenant.given.person(password, { email });
  await there.client.post('/accounts', { email, firstName: 'Grace', lastName: 'Person' });
  await expect.poll(async () => secretsIn(await platform.outbox(email), '/accept').length).toBe(2);
  const invitation = (await platform.outbox(email)).find(({ region }) => region === 'eu');
  const [token] = secretsIn(invitation ? [invitation] : [], '/accept');
  expect((await platform.anyone.post('/v1/invitations/accept', { token, password })).status).toBe(200);
  const asking = aBrowser();
  await asking.post('/v1/sign-in/links', { email });
  await mailed(email, '/sign-in/link', 2);
  const mails = (await platform.outbox(email)).filter(({ body }) => body.includes('/sign-in/link'));
  expect(mails.map(({ region }) => region).sort()).toEqual(['au', 'eu']);
  const browser = aBrowser();
  await browser.signIn(email, tenant.id);
  expect((await browser.put('/v1/me/password', { currentPassword: password, newPassword: next })).status).toBe(204);
  for (const mail of mails) {
    const reply = await asking.post('/v1/sign-in/links/accept', { secret: secretsIn([mail], '/sign-in/link')[0] });
    expect(reply.status).toBe(mail.region === 'au' ? 410 : 201);
  }
});

test('O6: while single sign-on is required nothing is mailed, and what was mailed opens nothing', async () => {
  const other = await aTenant(platform);
  const { email } = await aPerson(platform, other);
  const asking = aBrowser();
  await asking.post('/v1/sign-in/links', { email });
  await aBrowser().post('/v1/sign-in/password-resets', { email });
  const [link] = await mailed(email, '/sign-in/link');
  const [reset] = await mailed(email, '/reset');
  await platform.sql('au', `update tenants set single_sign_on = 'required' where tenant_id = $1`, [other.id]);
  const refused = {
    status: 403,
    body: {
      type: 'urn:bailiwick:problem:single-sign-on-required',
      signInUrl: expect.stringMatching(new RegExp(`/t/${other.id}/sign-in$`)),
    },
  };
  expect(await asking.post('/v1/sign-in/links/accept', { secret: link })).toMatchObject(refused);
  expect(await aBrowser().post('/v1/sign-in/password-resets/accept', { secret: reset, password: next })).toMatchObject(
    refused,
  );
  expect((await aBrowser().post('/v1/sign-in/links', { email })).status).toBe(202);
  expect((await aBrowser().post('/v1/sign-in/password-resets', { email })).status).toBe(202);
  const mails = await platform.sql('au', `select 1 from mails where tenant_id = $1 and body ~ '/reset#|/link#'`, [
    other.id,
  ]);
  expect(mails).toHaveLength(2);
});

test("nobody's mailbox is filled: known and unknown addresses are limited alike", async () => {
  const { email } = await aPerson(platform, tenant);
  for (const address of [email, `${aName('nobody')}@example.com`]) {
    const browser = aBrowser();
    const statuses = [];
    for (let at = 0; at < 6; at++) statuses.push((await browser.post('/v1/sign-in/links', { email: address })).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
  }
});

test('A7: a sign-in replaces what the browser held: another cookie each time, the old one over', async () => {
  const { email, browser } = await aPerson(platform, tenant);
  const { authenticator } = await addPasskey(browser);
  const before = browser.cookies.get('__Host-bailiwick-au');
  const { body } = await browser.post('/v1/sign-in/passkeys/options');
  expect((await browser.post('/v1/sign-in/passkeys', { response: authenticator.get(body) })).status).toBe(201);
  const after = browser.cookies.get('__Host-bailiwick-au');
  expect(after).not.toBe(before);
  expect((await platform.session(`__Host-bailiwick-au=${before}`, 1).get('/v1/me')).status).toBe(401);
  expect((await browser.get('/v1/me')).body.email).toBe(email);
});
