import { randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { aPlatform, signIn } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, problem, query, type Scim, shown, unlimited, urn } from './scim.ts';

/** The S rows of the attacks that every release withstands, over HTTP, each by its number. */

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: unlimited });
const scim = await aScim(platform);
const neighbour = await aScim(platform);

const password = 'correct-horse-battery-staple-9';
const soon = { timeout: 20_000, interval: 100 };
const read = async (path: string) => (await scim.get(path)).body;

/** A provisioned person who signed in. */
async function aSession(of = scim) {
  const email = `${aWord('person')}@${of.tenant.name}.example`;
  const user = await of.given.user({
    userName: email,
    emails: [{ value: email, type: 'work', primary: true }],
    password,
  });
  const cookie = await signIn(platform, email, password, of.tenant.id);
  const session = platform.session(cookie);
  expect((await session.get('/v1/me')).status).toBe(200);
  return { id: user.id as string, email, session, elsewhere: platform.session(cookie, 1) };
}

test('S1 a token on another tenant is as on one that never was; it opens nothing else, and nothing else opens SCIM', async () => {
  const { value } = scim.token;
  const client = platform.client(value);
  const theirs = await neighbour.given.user();
  const nowhere = `/scim/v2/${crypto.randomUUID()}`;

  for (const path of [
    '/Users',
    `/Users/${theirs.id}`,
    '/Groups',
    '/ServiceProviderConfig',
    '/Schemas',
    '/Users?filter=x',
  ]) {
    const [there, never] = [await client.get(neighbour.base + path), await client.get(nowhere + path)];
    expect([there.status, there.text]).toEqual([404, never.text]);
    expect([...there.headers.keys()].sort()).toEqual([...never.headers.keys()].sort());
  }
  for (const [method, path] of [
    ['POST', '/Users'],
    ['POST', '/Bulk'],
    ['PATCH', `/Users/${theirs.id}`],
    ['DELETE', `/Users/${theirs.id}`],
  ] as const)
    expect(
      (
        await client.call(method, neighbour.base + path, {
          ...(method === 'DELETE' ? {} : { body: { userName: 'x' } }),
        })
      ).status,
    ).toBe(404);
  expect(await neighbour.get(`/Users/${theirs.id}`)).toMatchObject({ status: 200, body: theirs });

  for (const path of ['/accounts', '/groups', '/provisioning-tokens', '/audit-entries', ''])
    expect([401, 403, 404]).toContain((await client.get(scim.tenant.path + path)).status);
  const { session } = await aSession();
  for (const path of ['/Users', '/ServiceProviderConfig']) {
    expect((await session.get(scim.base + path)).status).toBe(401);
    expect((await platform.client(scim.tenant.ownerKey).get(scim.base + path)).status).toBe(401);
    expect((await platform.operator.get(scim.base + path)).status).toBe(401);
  }
});

test('S2 ids of others in externalId, userName and id are data, and select no account', async () => {
  const owner = (await scim.tenant.client.get('/accounts')).body.items.find(
    ({ source }: { source: string }) => source === 'local',
  );
  const other = await scim.given.user();

  for (const name of ['1', owner.id, other.id, `${aWord()}'--`, '../Users', 'admin']) {
    const made = await scim.post('/Users', { id: name, externalId: name, userName: name });
    expect(made).toMatchObject({ status: 201, body: { externalId: name, userName: name } });
    expect([owner.id, other.id, name]).not.toContain(made.body.id);
    if (name !== other.id) expect((await scim.get(`/Users/${encodeURIComponent(name)}`)).status).toBe(404);
    expect(shown(await scim.find('Users', `externalId eq "${name}"`), 'id')).toEqual([made.body.id]);
  }
  expect(await read(`/Users/${other.id}`)).toEqual(other);
  expect((await scim.tenant.client.get(`/accounts/${owner.id}`)).body).toEqual(owner);
});

test('S3 roles, owner flags, tenants, hashes, unknown extensions and read-only attributes give no right', async () => {
  const { id, session } = await aSession();
  const evil = {
    roles: [{ value: 'owner', primary: true }],
    entitlements: [{ value: '*' }],
    isOwner: true,
    owner: true,
    source: 'local',
    tenantId: neighbour.tenant.id,
    passwordHash: 'x',
    groups: [{ value: 'Owners' }],
    permissions: ['*'],
    'urn:bailiwick:owner': { isOwner: true },
    meta: { version: 'W/"1"' },
  };
  const { userName } = await read(`/Users/${id}`);

  expect((await scim.put(`/Users/${id}`, { ...evil, userName })).status).toBe(200);
  expect((await scim.patch(`/Users/${id}`, { op: 'replace', value: evil })).status).toBe(200);
  for (const path of ['isOwner', 'tenantId', 'source', 'passwordHash', 'permissions', 'groups', 'meta.version'])
    expect((await scim.patch(`/Users/${id}`, { op: 'replace', path, value: 'x' })).status, path).toBe(400);

  const [row] = await platform.sql('au', 'select * from accounts where id = $1', [id]);
  expect(row).toMatchObject({ tenant_id: scim.tenant.id, source: 'scim' });
  expect(JSON.stringify(row.attributes)).not.toMatch(/isOwner|tenantId|passwordHash|permissions|bailiwick/);
  const account = (await scim.tenant.client.get(`/accounts/${id}`)).body;
  expect(account).toMatchObject({ source: 'scim', groups: [] });
  for (const path of ['/accounts', '/groups', '/audit-entries'])
    expect((await session.get(scim.tenant.path + path)).status).toBe(403);
});

test('S4 a local owner is out of reach by email, userName, externalId and id, and so is the Owner Group', async () => {
  const before = (await scim.tenant.client.get('/accounts?source=local')).body;
  const owner = before.items[0];
  const groups = (await scim.tenant.client.get('/groups?source=local')).body;
  const ownerGroup = groups.items.find(({ isOwnerGroup }: { isOwnerGroup: boolean }) => isOwnerGroup);

  for (const body of [
    { userName: owner.username },
    { userName: owner.username.toUpperCase() },
    { userName: aWord(), emails: [{ value: owner.email, primary: true }] },
    { userName: aWord(), emails: [{ value: owner.email.toUpperCase(), type: 'work' }] },
  ])
    expect(await scim.post('/Users', body)).toMatchObject(problem(409, 'uniqueness'));
  const mine = await scim.given.user();
  expect(
    await scim.patch(`/Users/${mine.id}`, { op: 'replace', path: 'userName', value: owner.username }),
  ).toMatchObject(problem(409, 'uniqueness'));
  expect(await scim.put(`/Users/${mine.id}`, { ...mine, emails: [{ value: owner.email }] })).toMatchObject(
    problem(409, 'uniqueness'),
  );

  const never = await scim.get(`/Users/${crypto.randomUUID()}`);
  const at = [`/Users/${owner.id}`, `/Groups/${ownerGroup.id}`];
  for (const path of at) {
    expect((await scim.get(path)).status).toBe(404);
    expect((await scim.patch(path, { op: 'replace', value: { active: false, displayName: 'x' } })).status).toBe(404);
    expect((await scim.put(path, { userName: 'x', displayName: 'x' })).status).toBe(404);
    expect((await scim.delete(path)).status).toBe(404);
  }
  expect((await scim.get(`/Users/${owner.id}`)).text).toBe(never.text);
  expect(await scim.post('/Groups', { displayName: ownerGroup.name })).toMatchObject(problem(409, 'uniqueness'));
  expect(await scim.post('/Groups', { displayName: aWord(), members: [{ value: owner.id }] })).toMatchObject(
    problem(400, 'invalidValue'),
  );
  for (const filter of [`userName eq "${owner.username}"`, `emails.value eq "${owner.email}"`, `id eq "${owner.id}"`])
    expect((await scim.find('Users', filter)).body.totalResults).toBe(0);
  expect((await scim.find('Groups', `displayName eq "${ownerGroup.name}"`)).body.totalResults).toBe(0);
  expect(shown(await scim.get('/Users?count=1000'), 'id')).not.toContain(owner.id);

  expect((await scim.tenant.client.get('/accounts?source=local')).body).toEqual(before);
  expect((await scim.tenant.client.get('/groups?source=local')).body).toEqual(groups);
});

test.each([
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'constructor.prototype',
  '__proto__.polluted',
  'name.__proto__',
  'emails[type eq "work"].__proto__',
])('S5 %s as a path and as a key', async (name) => {
  const { id, userName } = await scim.given.user({
    name: { givenName: 'A' },
    emails: [{ value: `${aWord()}@x.example`, type: 'work' }],
  });
  const at = `/Users/${id}`;
  const before = await read(at);
  const key = JSON.stringify(name);
  const evil = `{${key}:{"polluted":true,"isOwner":true}}`;

  for (const operation of [
    `{"op":"add","path":${key},"value":{"polluted":true}}`,
    `{"op":"replace","path":${key},"value":true}`,
    `{"op":"remove","path":${key}}`,
    `{"op":"add","value":${evil}}`,
    // A key with brackets names nothing below name, and is ignored.
    ...(name.includes('[') ? [] : [`{"op":"replace","path":"name","value":${evil}}`]),
  ])
    expect(await scim.send('PATCH', at, `{"Operations":[${operation}]}`), operation).toMatchObject(problem(400));
  expect(await read(at)).toEqual(before);
  // In a whole resource it is an attribute that no schema has, or refused.
  const put = await scim.send('PUT', at, `{"userName":${JSON.stringify(userName)},${evil.slice(1)}`);
  expect([200, 400]).toContain(put.status);
  expect((await scim.find('Users', `${name} eq "x"`)).status).toBe(400);
  expect((await scim.get(`/Users${query({ attributes: name, excludedAttributes: '' })}`)).status).toBe(200);
  expect((await scim.get(`/Users${query({ sortBy: name })}`)).status).toBe(400);

  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('polluted' in {}).toBe(false);
  expect(typeof {}.toString).toBe('function');
  expect(JSON.stringify(await read(at))).not.toContain('polluted');
});

test('S6 filters that are deep, long and many: 400 invalidFilter, on GET and in .search', async () => {
  const deep = `${'('.repeat(10_000)}userName pr${')'.repeat(10_000)}`;
  const nots = `${'not ('.repeat(2000)}userName pr${')'.repeat(2000)}`;
  const many = Array.from({ length: 10_000 }, () => 'userName eq "a"').join(' or ');
  const long = `userName eq "${'a'.repeat(1_000_000)}"`;

  for (const filter of [
    deep,
    nots,
    many,
    long,
    '('.repeat(10_000),
    'emails['.repeat(1000),
    '"'.repeat(5000),
    `userName ${' '.repeat(9000)} pr`,
  ]) {
    expect(await scim.post('/Users/.search', { filter })).toMatchObject(problem(400, 'invalidFilter'));
    const got = await scim.find('Users', filter.slice(0, 9000));
    expect([400, 414, 431]).toContain(got.status);
  }
  for (const [parameter, value] of [
    ['filter', 'password pr'],
    ['sortBy', 'password'],
  ] as const)
    expect((await scim.get(`/Users${query({ [parameter]: value })}`)).status).toBe(400);
});

test('S7 a Bulk of 200 operations, half of them deletions of nobody; other tenants are served meanwhile', async () => {
  const operations = Array.from({ length: 200 }, (_, at) =>
    at % 2
      ? { method: 'DELETE', path: `/Users/${crypto.randomUUID()}` }
      : { method: 'POST', path: '/Users', bulkId: `b${at}`, data: { userName: aWord('many') } },
  );
  const running = scim.post('/Bulk', bulkOf(operations));
  for (let at = 0; at < 5; at++) expect((await neighbour.get('/Users?count=1')).status).toBe(200);

  const { body } = await running;
  expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(
    operations.map(({ method }) => (method === 'POST' ? '201' : '404')),
  );
});

test('S8 a token revoked on one node is over on the other, and a long Bulk stops at its next operation', async () => {
  const own = await aScim(platform);
  const operations = Array.from({ length: 600 }, (_, at) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `b${at}`,
    data: { userName: aWord('bulk') },
  }));
  const bulk = own.post('/Bulk', bulkOf(operations));
  const count = async () =>
    Number((await platform.sql('au', 'select count(*) from accounts where tenant_id = $1', [own.tenant.id]))[0].count);
  while ((await count()) < 5) await new Promise((resolve) => setTimeout(resolve, 10));

  expect((await own.tenant.client.delete(`/provisioning-tokens/${own.token.id}`)).status).toBe(204);
  const atRevocation = await count();
  const uses = await Promise.all(
    Array.from({ length: 60 }, (_, at) => platform.client(own.token.value, at % 2).get(`${own.base}/Users?count=1`)),
  );

  expect(new Set(uses.map(({ status }) => status))).toEqual(new Set([401]));
  const { status, body } = await bulk;
  // One was under way.
  expect((await count()) - atRevocation).toBeLessThanOrEqual(1);
  expect(atRevocation).toBeLessThan(operations.length);
  if (status === 200) {
    const last = body.Operations.at(-1);
    expect(last).toMatchObject({ status: '401', response: { schemas: [urn.error] } });
  } else expect(status).toBe(401);
});

test('S9 a token without a lifetime is over after 30 days, to the second', async () => {
  const own = await aScim(platform);
  const [row] = await platform.sql('au', 'select platform_time() as now');
  const left = Date.parse((own.token as unknown as { expiresAt: string }).expiresAt) - row.now.getTime();
  try {
    await platform.shiftClock('au', `${Math.floor(left / 1000) - 30} seconds`);
    expect((await own.get('/Users')).status).toBe(200);
    await platform.shiftClock('au', `${Math.ceil(left / 1000)} seconds`);
    expect(await own.get('/Users')).toMatchObject(problem(401));
    expect(await own.post('/Users', { userName: aWord() })).toMatchObject(problem(401));
  } finally {
    await platform.shiftClock('au', '0');
  }
});

test('S10 neither token nor password is in any row, reply or audit entry', async () => {
  const own = await aScim(platform);
  const secret = `Canary-${randomBytes(12).toString('hex')}`;
  const { id, userName } = await own.given.user({ password: secret });
  await own.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: `${secret}1` });
  await own.put(`/Users/${id}`, { userName, password: `${secret}2` });
  await own.post('/Users', { userName, password: secret, emails: [{ value: secret.repeat(40) }] });
  await own.post(
    '/Bulk',
    bulkOf([
      {
        method: 'PATCH',
        path: `/Users/${id}`,
        data: patchOf({ op: 'replace', path: 'password', value: `${secret}3` }),
      },
    ]),
  );
  await own.find('Users', `password eq "${secret}"`);
  // What is written beside the requests is there after a second.
  await new Promise((resolve) => setTimeout(resolve, 1500));

  const texts = [
    (await own.get('/Users')).text,
    (await own.tenant.client.get('/audit-entries?limit=200')).text,
    (await own.tenant.client.get('/provisioning-tokens')).text,
  ];
  const tables = await platform.sql(
    'au',
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  for (const { name } of tables)
    texts.push(JSON.stringify(await platform.sql('au', `select t::text from "${name}" t`)));
  for (const text of texts) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(own.token.value.slice('bwk_pt_'.length + 22, -7));
  }
});

test.each([
  ['active false', (id: string) => scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })],
  [
    'active "False" without a path',
    (id: string) => scim.patch(`/Users/${id}`, { op: 'Replace', value: { active: 'False' } }),
  ],
  [
    'PUT with active false',
    async (id: string) => scim.put(`/Users/${id}`, { ...(await read(`/Users/${id}`)), active: false }),
  ],
  ['DELETE', (id: string) => scim.delete(`/Users/${id}`)],
  ['a Bulk', (id: string) => scim.post('/Bulk', bulkOf([{ method: 'DELETE', path: `/Users/${id}` }]))],
])(
  'S11: %s: the session is over with the next request, on every node, and a sign-in is refused',
  async (_name, act) => {
    const { id, email, session, elsewhere } = await aSession();
    expect((await act(id)).status).toBeLessThan(300);

    for (const each of [session, elsewhere]) expect((await each.get('/v1/me')).status).toBe(401);
    expect((await platform.anyone.post('/v1/sessions', { email, password, tenantId: scim.tenant.id })).status).toBe(
      401,
    );
  },
);

test.each([
  ['active false', (of: Scim, id: string) => of.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })],
  ['DELETE', (of: Scim, id: string) => of.delete(`/Users/${id}`)],
])(
  'S11: %s: devices, links and decisions stop too, and what the person issued has none of their rights',
  async (_name, act) => {
    const own = await aScim(platform);
    const { tenant } = own;
    const { id, email, session, elsewhere } = await aSession(own);
    const rights = ['accounts.view', 'groups.view', 'integrations.issue', 'provisioning.issue'];
    const group = await tenant.given.group();
    const grants = rights.map((permission) => ({ permission }));
    expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, group.etag)).status).toBe(200);
    const other = await own.given.user({ password });
    const members = { accountIds: [id, other.id] };
    expect((await tenant.client.post(`/groups/${group.id}/members`, members)).status).toBeLessThan(300);

    const device = async (by: typeof session) => {
      const begun = await platform.anyone.post('/v1/sign-in/device', { tenantId: tenant.id, name: 'line' });
      const { userCode, deviceCode } = begun.body;
      expect((await by.post('/v1/me/device-requests/allow', { userCode })).status).toBe(204);
      return () => platform.anyone.post('/v1/sign-in/device/session', { deviceCode });
    };
    const entered = await (await device(session))();
    expect(entered.status, entered.text).toBe(201);
    const signedIn = platform.session(entered.headers.get('set-cookie')?.split(';')[0] as string, 1);
    const waiting = await device(session);
    await platform.anyone.post('/v1/sign-in/password-resets', { email, tenantId: tenant.id });
    let secret = '';
    await vi.waitFor(async () => {
      const mails = await platform.outbox(email);
      secret = mails.map(({ body }) => /#(\S+)/.exec(body)?.[1]).find(Boolean) ?? '';
      expect(secret).not.toBe('');
    }, soon);
    const machine = await tenant.given.machine();
    const issue = async (path: string) => {
      const issued = await session.post(`${tenant.path}/${path}`, { name: aWord('theirs') });
      expect(issued.status, issued.text).toBe(201);
      return issued.body.value as string;
    };
    const key = platform.client(await issue(`service-accounts/${machine.id}/keys`));
    const token = platform.client(await issue('provisioning-tokens'), 1);
    const setPassword = () =>
      token.call('PATCH', `${own.base}/Users/${other.id}`, {
        body: patchOf({ op: 'replace', path: 'password', value: `${password}${aWord()}` }),
      });
    const asking = platform.client((await tenant.given.machine([{ permission: 'groups.evaluate' }])).key, 1);
    const decision = async () => {
      const { body } = await asking.post(`/authzen/${tenant.id}/access/v1/evaluation`, {
        subject: { type: 'user', id },
        action: { name: 'accounts.view' },
        resource: { type: 'tenant', id: tenant.id },
      });
      return body.decision;
    };
    for (const each of [session, elsewhere, signedIn])
      expect((await each.get(`${tenant.path}/accounts`)).status).toBe(200);
    expect(await decision()).toBe(true);
    expect((await setPassword()).status).toBeLessThan(300);
    expect((await key.get('/v1/me')).status).toBe(200);

    const done = await act(own, id);
    expect(done.status, done.text).toBeLessThan(300);

    for (const each of [session, elsewhere, signedIn])
      expect((await each.get(`${tenant.path}/accounts`)).status).toBe(401);
    expect((await waiting()).status).toBe(400);
    const reset = { secret, password: `${password}-again` };
    expect((await platform.anyone.post('/v1/sign-in/password-resets/accept', reset)).status).toBeGreaterThanOrEqual(
      400,
    );
    expect(await decision()).toBe(false);
    // A token provisions on for the tenant, as whoever stands behind it: somebody who holds nothing sets no password of who does.
    expect((await setPassword()).status).toBe(429);
    expect((await token.get(`${own.base}/Users/${other.id}`)).status).toBe(200);
    // A key is its machine's, which holds what its own groups give, and is ended with it.
    expect((await key.get('/v1/me')).status).toBe(200);
    expect((await tenant.client.post(`/service-accounts/${machine.id}/disable`)).status).toBeLessThan(300);
    expect((await key.get('/v1/me')).status).toBe(401);
  },
);

test('S11: activated again: old sessions stay dead, the password works', async () => {
  const { id, email, session } = await aSession();
  await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
  await scim.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true });

  expect((await session.get('/v1/me')).status).toBe(401);
  await expect(signIn(platform, email, password, scim.tenant.id)).resolves.toContain('=');
});

test('S11: out of a group: what the group granted is over with the next request', async () => {
  const { id, session, elsewhere } = await aSession();
  const group = await scim.given.group({ members: [{ value: id }] });
  const { etag } = await scim.tenant.client.get(`/groups/${group.id}/grants`);
  const granted = await scim.tenant.client.put(
    `/groups/${group.id}/grants`,
    { grants: [{ permission: 'accounts.view' }] },
    etag,
  );
  expect(granted.status).toBe(200);
  const path = `${scim.tenant.path}/accounts`;
  expect((await session.get(path)).status).toBe(200);

  for (const [remove, restore] of [
    [
      { op: 'Remove', path: 'members', value: [{ value: id }] },
      { op: 'add', path: 'members', value: [{ value: id }] },
    ],
    [
      { op: 'remove', path: `members[value eq "${id}"]` },
      { op: 'add', path: 'members', value: [{ value: id }] },
    ],
    [
      { op: 'replace', value: { members: [] } },
      { op: 'add', path: 'members', value: [{ value: id }] },
    ],
  ] as const) {
    await scim.patch(`/Groups/${group.id}`, remove);
    for (const each of [session, elsewhere]) expect((await each.get(path)).status).toBe(403);
    await scim.patch(`/Groups/${group.id}`, restore);
    for (const each of [session, elsewhere]) expect((await each.get(path)).status).toBe(200);
  }
  await scim.delete(`/Groups/${group.id}`);
  expect((await session.get(path)).status).toBe(403);
});
