import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant, signIn, type TestPlatform } from '../../../test/harness.ts';
import { formatLinkSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { splitName } from './registration.ts';

const platform = await aPlatform({ regions: ['au', 'eu'], cells: 2 });
/** Several platforms in one file share the server's connections. */
const few = { BAILIWICK_POOL_SIZE: '4' };
const password = 'seven quiet herons walk home';
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const pathsOf = (reply: { body: { errors?: { path: string }[] } }) => reply.body.errors?.map(({ path }) => path);

const aRequest = (more: object = {}) => ({
  region: 'eu',
  email: `${aName('ann')}@example.com`,
  fullName: 'Ann Maria Lee',
  mobilePhone: '+4915112345678',
  ...more,
});
const aProfile = (more: object = {}) => ({
  password,
  name: aName('registered'),
  displayName: 'Nordlicht',
  legalName: 'Nordlicht GmbH',
  country: 'DE',
  ...more,
});

async function tokenFor(on: TestPlatform, email: string): Promise<string> {
  const [mail] = await on.outbox(email);
  return /\/register\/complete#(\S+)/.exec(mail?.body ?? '')?.[1] ?? 'no mail';
}

/** Asks for a tenant. @returns the token of the mailed link */
async function registered(on: TestPlatform = platform, more: object = {}) {
  const request = aRequest(more);
  const reply = await on.anyone.post('/v1/registrations', request);
  expect(reply.status).toBe(202);
  return { ...request, token: await tokenFor(on, request.email) };
}

test('who registers gets a link by mail, makes the tenant with it and signs in as its owner', async () => {
  const { token, email } = await registered();
  const [mail] = await platform.outbox(email);
  expect(mail).toMatchObject({ to: email, region: 'eu' });
  expect(await platform.anyone.post('/v1/registrations/question', { token })).toMatchObject({
    status: 200,
    body: { region: 'eu', email, fullName: 'Ann Maria Lee', mobilePhone: '+4915112345678' },
  });
  const profile = aProfile({ taxId: 'DE 136 695 976' });
  const made = await platform.anyone.post('/v1/registrations/complete', { token, ...profile });
  expect(made.status).toBe(201);
  expect(Object.keys(made.body).sort()).toEqual(['accountId', 'baseUrl', 'region', 'tenantId']);
  expect(made.body.region).toBe('eu');
  expect(made.headers.get('set-cookie')).toBeNull();

  const session = platform.session(await signIn(platform, email, password));
  const path = `/v1/tenants/${made.body.tenantId}`;
  expect(await session.get(path)).toMatchObject({
    status: 200,
    body: { name: profile.name, type: 'customer', status: 'active', region: 'eu', taxId: 'DE136695976' },
  });
  const account = await session.get(`${path}/accounts/${made.body.accountId}`);
  expect(account.body).toMatchObject({
    email,
    firstName: 'Ann Maria',
    lastName: 'Lee',
    mobilePhone: '+4915112345678',
    status: 'enabled',
    groups: [{ name: 'Owners' }],
  });
  expect((await session.post(`${path}/groups`, { name: 'First' })).status).toBe(201);
  const entries = (await session.get(`${path}/audit-entries?limit=200`)).body.items;
  expect(entries.map(({ action }: { action: string }) => action)).toContain('registrations.complete');
  expect(await platform.directorySql('select region, state from tenants where id = $1', [made.body.tenantId])).toEqual([
    { region: 'eu', state: 'confirmed' },
  ]);
  expect(await platform.sql('au', 'select 1 from mails where recipient = $1', [email])).toEqual([]);
});

test('known and unknown addresses get the same answer, and both a mail', async () => {
  const tenant = await aTenant(platform, 'eu');
  const known = await platform.anyone.post('/v1/registrations', aRequest({ email: tenant.ownerEmail }));
  const unknown = await platform.anyone.post('/v1/registrations', aRequest());
  expect(known.text).toBe(unknown.text);
  expect(known.status).toBe(202);
  expect(await tokenFor(platform, tenant.ownerEmail)).toHaveLength(65);
});

test('of ten who use one link at once one makes a tenant', async () => {
  const { token } = await registered();
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => platform.anyone.post('/v1/registrations/complete', { token, ...aProfile() })),
  );
  const statuses = replies.map(({ status }) => status).sort();
  expect(statuses[0]).toBe(201);
  expect(statuses.slice(1).every((status) => status === 410 || status === 409)).toBe(true);
  const made = replies.find(({ status }) => status === 201)?.body.tenantId;
  let tenants = 0;
  for (const region of ['au', 'eu'])
    tenants += (await platform.sql(region, 'select 1 from tenant_index where tenant_id = $1', [made])).length;
  expect(tenants).toBeLessThanOrEqual(1); // none when it went to the other cell
  const late = await platform.anyone.post('/v1/registrations/complete', { token, ...aProfile() });
  expect(late).toMatchObject({ status: 410, body: { type: problem('link-over') } });
  expect((await platform.anyone.post('/v1/registrations/question', { token })).status).toBe(410);
});

test('a refused form leaves the link as it is', async () => {
  const { token } = await registered();
  const taken = await aTenant(platform);
  const complete = (more: object) =>
    platform.anyone.post('/v1/registrations/complete', { token, ...aProfile(), ...more });
  expect(await complete({ name: taken.name })).toMatchObject({ status: 409, body: { type: problem('name-taken') } });
  for (const [path, more] of [
    ['password', { password: 'short' }],
    ['password', { password: 'nordlicht nordlicht' }],
    ['taxId', { taxId: 'DE136695977' }],
    ['name', { name: 'Not Good' }],
    ['country', { country: 'XX' }],
    ['type', { type: 'partner' }],
    ['region', { region: 'au' }],
    ['supportDomain', { supportDomain: '-' }],
  ] as const) {
    const refused = await complete(more);
    expect(refused.status, path).toBe(400);
    expect(pathsOf(refused)).toEqual([path]);
  }
  expect((await complete({})).status).toBe(201);
});

test('a link works for an hour, and only a link of ours', async () => {
  const { token } = await registered();
  const tokens = ['x', '', `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`, formatLinkSecret(newId())];
  for (const wrong of tokens)
    expect((await platform.anyone.post('/v1/registrations/question', { token: wrong })).status).toBe(410);
  expect((await platform.anyone.post('/v1/registrations/question', { token: 'x'.repeat(201) })).status).toBe(400);
  const tenant = await aTenant(platform);
  const [invitation] = await platform.outbox(tenant.ownerEmail);
  const other = /\/accept#(\S+)/.exec(invitation?.body ?? '')?.[1];
  expect((await platform.anyone.post('/v1/registrations/question', { token: other })).status).toBe(410);
});

test.each([
  ['region', { region: 'mars' }],
  ['region', { region: 7 }],
  ['email', { email: 'nobody' }],
  ['email', { email: 'a@b@example.com' }],
  ['email', { email: `${'x'.repeat(250)}@example.com` }],
  ['fullName', { fullName: '' }],
  ['fullName', { fullName: 'Ann\u0000' }],
  ['fullName', { fullName: 'x'.repeat(201) }],
  ['mobilePhone', { mobilePhone: '0151' }],
  ['mobilePhone', { mobilePhone: undefined }],
  ['password', { password }],
  ['invitation', { invitation: 7 }],
])('a registration with a wrong %s is refused: %j', async (path, more) => {
  const refused = await platform.anyone.post('/v1/registrations', aRequest(more));
  expect(refused.status).toBe(400);
  if (path !== 'fullName' || refused.body.errors[0].path !== 'body') expect(pathsOf(refused)).toEqual([path]);
});

test('registrations are counted exactly, by address and by source', async () => {
  const own = await aPlatform({ regions: ['au'], nodes: 2, env: few });
  const ask = (node: number, email: string) =>
    own.client(null, node).post('/v1/registrations', aRequest({ region: 'au', email }));
  const replies = await Promise.all(Array.from({ length: 12 }, (_, at) => ask(at % 2, 'Ann@Example.com')));
  expect(replies.filter(({ status }) => status === 202)).toHaveLength(5);
  const refused = replies.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(7);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask(0, 'ann@EXAMPLE.com')).status).toBe(429);
  expect((await ask(0, 'bob@example.com')).status).toBe(202);
  const more = await Promise.all(Array.from({ length: 60 }, (_, at) => ask(at % 2, `many-${at}@example.com`)));
  expect(more.filter(({ status }) => status === 202)).toHaveLength(60 - 14);
  const stored = await own.sql('au', 'select count(*)::int as count from registrations');
  expect(stored).toEqual([{ count: 5 + 1 + 46 }]);
});

test('what was kept of somebody who registered is forgotten a day after the link ran out', async () => {
  const own = await aPlatform({ regions: ['au'], env: few });
  const left = await registered(own, { region: 'au' });
  const done = await registered(own, { region: 'au' });
  await own.anyone.post('/v1/registrations/complete', { token: done.token, ...aProfile() });
  await own.shiftClock('au', '2 hours');
  expect((await own.anyone.post('/v1/registrations/question', { token: left.token })).status).toBe(410);
  await own.shiftClock('au', '27 hours');
  const kept = (table: string) => own.sql('au', `select 1 from ${table}`);
  await expect.poll(() => kept('registrations'), { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => own.sql('au', 'select 1 from mails where recipient = $1', [left.email])).toEqual([]);
  expect(await own.sql('au', `select 1 from links where purpose = 'registration'`)).toEqual([]);
  expect(await kept('tenants')).toHaveLength(1);
});

test('with registration off nobody registers', async () => {
  const own = await aPlatform({ regions: ['au'], env: { ...few, BAILIWICK_REGISTRATION: 'off' } });
  const refused = await own.anyone.post('/v1/registrations', aRequest({ region: 'au' }));
  expect(refused).toMatchObject({ status: 403, body: { type: problem('registration-off') } });
  expect(await own.sql('au', 'select 1 from registrations')).toEqual([]);
  expect((await own.anyone.get('/v1/regions')).body.registration).toBe('off');
  expect((await platform.anyone.get('/v1/regions')).body.registration).toBe('open');
});

test('with registration by invitation only who was invited registers, once, in that region, with that address', async () => {
  const own = await aPlatform({ regions: ['au', 'eu'], env: { ...few, BAILIWICK_REGISTRATION: 'invited' } });
  const invite = (body: object) => own.operator.post('/v1/operator/registration-invitations', body);
  const ask = (more: object) => own.anyone.post('/v1/registrations', aRequest(more));
  const refusedFor = async (more: object) => {
    const refused = await ask(more);
    expect(refused.status).toBe(400);
    expect(pathsOf(refused)).toEqual(['invitation']);
  };
  await refusedFor({});
  await refusedFor({ invitation: 'x' });
  await refusedFor({ invitation: formatLinkSecret(newId()) });

  const open = await invite({ region: 'eu' });
  expect(open.status).toBe(201);
  expect(Object.keys(open.body).sort()).toEqual(['expiresAt', 'invitation']);
  const { invitation } = open.body;
  await refusedFor({ region: 'au', invitation });
  const replies = await Promise.all(Array.from({ length: 4 }, () => ask({ email: 'ann@example.com', invitation })));
  expect(replies.map(({ status }) => status).sort()).toEqual([202, 400, 400, 400]);
  await refusedFor({ invitation });
  const token = await tokenFor(own, 'ann@example.com');
  await refusedFor({ invitation: token });
  expect((await own.anyone.post('/v1/registrations/question', { token: invitation })).status).toBe(410);
  expect((await own.anyone.post('/v1/registrations/complete', { token, ...aProfile() })).status).toBe(201);

  const bound = await invite({ region: 'au', email: 'Bea@Example.com' });
  await refusedFor({ region: 'au', email: 'carl@example.com', invitation: bound.body.invitation });
  expect((await ask({ region: 'au', email: 'bea@example.com', invitation: bound.body.invitation })).status).toBe(202);
  const beas = await tokenFor(own, 'bea@example.com');
  expect((await own.anyone.post('/v1/registrations/question', { token: beas })).body.fullName).toBe('Ann Maria Lee');

  const late = await invite({ region: 'eu' });
  await own.shiftClock('eu', '8 days');
  await refusedFor({ invitation: late.body.invitation });
  await own.shiftClock('eu', '0');

  for (const [path, body] of [
    ['region', { region: 'mars' }],
    ['region', {}],
    ['email', { region: 'eu', email: 'nobody' }],
    ['days', { region: 'eu', days: 3 }],
  ] as const)
    expect(pathsOf(await invite(body))).toEqual([path]);
  expect((await own.anyone.post('/v1/operator/registration-invitations', { region: 'eu' })).status).toBe(401);
  const noted = await own.sql('eu', `select action from operator_entries where action = 'registrations.invite'`);
  expect(noted).toHaveLength(2);
});

test('a full name is split at its last word', () => {
  expect(splitName('Ann Maria Lee')).toEqual({ firstName: 'Ann Maria', lastName: 'Lee' });
  expect(splitName('Madonna')).toEqual({ firstName: 'Madonna', lastName: '' });
});
