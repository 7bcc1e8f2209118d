import { afterEach, expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { formatCredential } from '../../kernel/credential-text.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

afterEach(() => platform.shiftClock('au', '0'));

const daysFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const problem = (code: string) => `urn:bailiwick:problem:${code}`;

async function aServiceAccount(body: object = {}) {
  const reply = await client.post('/service-accounts', { name: aName('robot'), ...body });
  expect(reply.status).toBe(201);
  return { ...reply.body, etag: reply.etag };
}

test('the bootstrap key belongs to a service account in the Owner Group', async () => {
  const { body } = await client.get('/service-accounts?q=bootstrap');

  expect(body.items).toMatchObject([{ name: 'bootstrap', status: 'enabled', groups: [{ name: 'Owners' }] }]);
  expect((await client.get(`/service-accounts/${body.items[0].id}/keys`)).body.items).toMatchObject([
    { name: 'bootstrap', state: 'active', lastFour: tenant.ownerKey.slice(-4) },
  ]);
});

test('a service account is made in groups, changed, disabled, enabled and deleted', async () => {
  const group = await given.group();
  const made = await aServiceAccount({ description: 'deploys', groupIds: [group.id] });
  expect(made).toMatchObject({ status: 'enabled', description: 'deploys', groups: [{ id: group.id }], etag: '"1"' });

  const changed = await client.patch(`/service-accounts/${made.id}`, { description: '' }, made.etag);
  expect(changed).toMatchObject({ status: 200, etag: '"2"', body: { description: '', name: made.name } });
  expect(await client.patch(`/service-accounts/${made.id}`, { description: 'x' }, made.etag)).toMatchObject({
    status: 412,
  });
  expect(await client.patch(`/service-accounts/${made.id}`, { description: 'x' })).toMatchObject({ status: 428 });

  expect((await client.post(`/service-accounts/${made.id}/disable`)).body.status).toBe('disabled');
  expect((await client.get('/service-accounts?status=disabled')).body.items).toMatchObject([{ id: made.id }]);
  expect((await client.post(`/service-accounts/${made.id}/enable`)).body.status).toBe('enabled');

  const key = await client.post(`/service-accounts/${made.id}/keys`, { name: 'one' });
  expect((await tenant.below(key.body.value).get('/groups')).status).toBe(403);
  expect(await client.delete(`/service-accounts/${made.id}`, '*')).toMatchObject({ status: 204 });
  expect(await client.get(`/service-accounts/${made.id}`)).toMatchObject({ status: 404 });
  expect((await tenant.below(key.body.value).get('/groups')).status).toBe(401);
  expect((await client.get(`/groups/${group.id}/members`)).body.items).toEqual([]);
  expect((await client.post('/service-accounts', { name: made.name })).status).toBe(201);
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining([
      'service-accounts.create',
      'service-accounts.change',
      'service-accounts.disable',
      'service-accounts.enable',
      'service-accounts.issue-key',
      'service-accounts.delete',
    ]),
  );
});

test('names are unique without regard to case, and look-alikes are the same', async () => {
  const { name } = await aServiceAccount();

  for (const taken of [name, name.toUpperCase()])
    expect(await client.post('/service-accounts', { name: taken })).toMatchObject({
      status: 409,
      body: { type: problem('name-taken') },
    });
});

test('a body is refused with the field that is wrong', async () => {
  const wrong: [object, string][] = [
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'x', status: 'disabled' }, 'status'],
    [{ name: aName(), groupIds: [crypto.randomUUID()] }, 'groupIds.0'],
  ];
  for (const [body, path] of wrong)
    expect(await client.post('/service-accounts', body)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
});

test('a key lives 90 days unless said otherwise, 365 at most, and is over at its second', async () => {
  const { id } = await aServiceAccount();
  const issued = await client.post(`/service-accounts/${id}/keys`, { name: 'first' });

  expect(issued).toMatchObject({ status: 201, body: { state: 'active', lastUsedAt: null } });
  expect(issued.body.value).toMatch(/^bwk_sa_[0-9A-Za-z]{54}_[0-9A-Za-z]{6}$/);
  expect(Date.parse(issued.body.expiresAt) - Date.parse(issued.body.createdAt)).toBe(90 * 86_400_000);
  for (const expiresAt of [daysFromNow(366), daysFromNow(-1)])
    expect(await client.post(`/service-accounts/${id}/keys`, { name: 'x', expiresAt })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'expiresAt' }] },
    });
  expect((await client.post(`/service-accounts/${id}/keys`, { name: 'x', expiresAt: daysFromNow(364) })).status).toBe(
    201,
  );

  const machine = tenant.below(issued.body.value);
  await platform.shiftClock('au', '89 days 23 hours 59 minutes');
  expect((await machine.get('/groups')).status).toBe(403);
  await platform.shiftClock('au', '90 days');
  expect((await machine.get('/groups')).status).toBe(401);
});

test('several keys work side by side; a revoked one is refused with its next request', async () => {
  const machine = await given.machine([{ permission: 'groups.view' }]);
  const second = await client.post(`/service-accounts/${machine.id}/keys`, { name: 'second' });
  expect((await machine.client.get('/groups')).status).toBe(200);

  expect(await client.delete(`/service-accounts/${machine.id}/keys/${machine.keyId}`)).toMatchObject({ status: 204 });

  expect((await machine.client.get('/groups')).status).toBe(401);
  expect((await tenant.below(second.body.value).get('/groups')).status).toBe(200);
  expect((await client.get(`/service-accounts/${machine.id}/keys?sort=name`)).body.items).toMatchObject([
    { name: 'first', state: 'revoked' },
    { name: 'second', state: 'active' },
  ]);
  expect((await client.delete(`/service-accounts/${machine.id}/keys/${machine.keyId}`)).status).toBe(204);
  const other = await aServiceAccount();
  expect((await client.delete(`/service-accounts/${other.id}/keys/${second.body.id}`)).status).toBe(404);
});

test('disabling stops the keys at once, enabling lets them work again', async () => {
  const machine = await given.machine([{ permission: 'groups.view' }]);

  await client.post(`/service-accounts/${machine.id}/disable`);
  expect((await machine.client.get('/groups')).status).toBe(401);
  await client.post(`/service-accounts/${machine.id}/enable`);
  expect((await machine.client.get('/groups')).status).toBe(200);
});

test('a service account has at most 20 live keys, however many are asked for at once', async () => {
  const { id } = await aServiceAccount();
  const replies = await Promise.all(
    Array.from({ length: 25 }, (_, at) => client.post(`/service-accounts/${id}/keys`, { name: `key ${at}` })),
  );

  expect(replies.filter(({ status }) => status === 201)).toHaveLength(20);
  expect(replies.find(({ status }) => status !== 201)).toMatchObject({
    status: 409,
    body: { type: problem('too-many-keys') },
  });
});

test('a tenant has at most 1,000 service accounts; deleted ones do not count', async () => {
  const full = await aTenant(platform);
  await platform.sql(
    'au',
    `with made as (insert into principals (tenant_id, id, kind)
                     select $1, gen_random_uuid(), 'service-account' from generate_series(1, 998) returning id)
     insert into service_accounts (tenant_id, id, name, name_canonical) select $1, id, id::text, id::text from made`,
    [full.id],
  );
  const make = () => full.client.post('/service-accounts', { name: aName('machine') });
  const last = await make();
  expect(last.status).toBe(201);

  const refused = await make();

  expect(refused).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:too-many-service-accounts' } });
  expect(refused.body.detail).toContain('1,000 service accounts');
  await full.client.delete(`/service-accounts/${last.body.id}`, '*');
  await expect.poll(async () => (await make()).status).toBe(201);
  expect((await make()).status).toBe(409);
});

test('nobody touches the keys or the status of a stronger service account', async () => {
  const weak = await given.machine([{ permission: 'integrations.*' }]);
  const strong = await given.machine([{ permission: 'tenant.change' }]);
  const [owner] = (await client.get('/service-accounts?q=bootstrap')).body.items;

  for (const { id } of [strong, owner]) {
    const tried = [
      await weak.client.post(`/service-accounts/${id}/keys`, { name: 'mine' }),
      await weak.client.patch(`/service-accounts/${id}`, { description: 'mine' }, '*'),
      await weak.client.post(`/service-accounts/${id}/disable`),
      await weak.client.delete(`/service-accounts/${id}`, '*'),
      await weak.client.delete(`/service-accounts/${id}/keys/${strong.keyId}`),
    ];
    for (const reply of tried)
      expect(reply).toMatchObject({ status: 403, body: { type: problem('stronger-principal') } });
  }
  const equal = await given.machine([{ permission: 'integrations.view' }]);
  expect((await weak.client.post(`/service-accounts/${equal.id}/keys`, { name: 'another' })).status).toBe(201);
});

test('a service account cannot be made in a group that holds more than its maker', async () => {
  const weak = await given.machine([{ permission: 'integrations.change' }, { permission: 'groups.change' }]);
  const strong = await given.machine([{ permission: 'tenant.change' }]);

  expect(await weak.client.post('/service-accounts', { name: aName(), groupIds: [strong.groupId] })).toMatchObject({
    status: 403,
    body: { type: problem('not-yours-to-grant') },
  });
});

test('each act needs its permission', async () => {
  const { id } = await aServiceAccount();
  const viewer = await given.machine([{ permission: 'integrations.view' }]);
  const changer = await given.machine([{ permission: 'integrations.change' }]);

  expect((await viewer.client.get(`/service-accounts/${id}/keys`)).status).toBe(200);
  expect((await viewer.client.post('/service-accounts', { name: aName() })).status).toBe(403);
  expect((await changer.client.post(`/service-accounts/${id}/keys`, { name: 'x' })).status).toBe(403);
  const { body } = await viewer.client.get(`/service-accounts/${id}`);
  expect(body.actions).toContainEqual({
    name: 'service-accounts.issue-key',
    allowed: false,
    reason: 'This needs the permission integrations.issue.',
  });
});

test('a key is shown once: a repeat, a list and the audit never have it', async () => {
  const { id } = await aServiceAccount();
  const headers = { 'idempotency-key': aName() };
  const first = await client.post(`/service-accounts/${id}/keys`, { name: 'once' }, headers);
  const again = await client.post(`/service-accounts/${id}/keys`, { name: 'once' }, headers);

  expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.body.value).toBeUndefined();
  const seen = [
    again,
    await client.get(`/service-accounts/${id}/keys`),
    await client.get(`/service-accounts/${id}`),
    await client.get('/audit-entries?limit=200'),
  ];
  const secret = first.body.value.slice('bwk_sa_'.length + 22, -7);
  for (const { text } of seen) expect(text).not.toContain(secret);
  const rows = await platform.sql(
    'au',
    'select c::text from credentials c union all select a::text from audit_entries a',
  );
  expect(JSON.stringify(rows)).not.toContain(secret);
});

test('a key of the right form that was never issued is refused', async () => {
  const [node] = platform.nodes;
  const forged = formatCredential('sa', tenant.id, node?.platform.fingerprintKey as Buffer);

  expect((await tenant.below(forged).get('/groups')).status).toBe(401);
});
