import { afterEach, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, rawRequest } from '../../../test/harness.ts';
import { agentKeyParts, formatKeyId } from '../../kernel/credential-text.ts';
import { signRequest } from '../../kernel/http-signature.ts';
import { idToBase62 } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au', 'eu'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

afterEach(() => platform.shiftClock('au', '0'));

const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const withoutRequestId = ({ text }: { text: string }) => text.replace(/"requestId":"[^"]*"/, '');

/** Tries a service key. */
const asService = (key: string) => platform.client(key).get('/v1/me');

/** Tries an agent key by its signature. */
const asAgent = (agentKey: string, { nonce = aName('nonce'), now = new Date(), path = '/v1/me' } = {}) =>
  platform.anyone.get(
    path,
    signRequest({ method: 'GET', targetUri: platform.url + path, body: Buffer.alloc(0), agentKey, now, nonce }),
  );

/** A key of the tenant's bootstrap service account that outlives shifts of the clock. */
async function aLastingOwner() {
  const [bootstrap] = (await client.get('/service-accounts?q=bootstrap')).body.items;
  const key = await client.post(`/service-accounts/${bootstrap.id}/keys`, { name: aName('lasting') });
  return tenant.below(key.body.value);
}

const remove = async (namespace: { id: string; name: string }) =>
  expect(await client.delete(`/namespaces/${namespace.id}?confirmName=${namespace.name}`, '*')).toMatchObject({
    status: 204,
  });

test('a namespace is made in the tenant’s region, its two keys shown once', async () => {
  const made = await client.post('/namespaces', { name: 'production', description: 'live' });

  expect(made).toMatchObject({
    status: 201,
    etag: '"1"',
    body: {
      name: 'production',
      description: 'live',
      region: 'au',
      status: 'active',
      restorableUntil: null,
      agentKeys: [{ endsAt: null, lastUsedAt: null }],
      serviceKeys: [{ endsAt: null }],
    },
  });
  const { agentKey, serviceKey, ...rest } = made.body;
  expect(agentKey).toMatch(/^bwk_ak_[0-9A-Za-z]{87}_[0-9A-Za-z]{6}$/);
  expect(serviceKey).toMatch(/^bwk_sk_[0-9A-Za-z]{54}_[0-9A-Za-z]{6}$/);
  expect(rest.agentUrl).toMatch(new RegExp(`^http://[^/]+/agents/${idToBase62(tenant.id)}/production$`));
  expect((await client.get(`/namespaces/${rest.id}`)).body).toEqual(rest);
});

test('secrets are in no later reply, entry or row', async () => {
  const made = await given.namespace();
  const reset = (await client.post(`/namespaces/${made.id}/agent-key/reset`)).body.agentKey;
  const seen = [
    await client.get('/namespaces'),
    await client.get(`/namespaces/${made.id}`),
    await client.get(`/namespaces/${made.id}/contents`),
    await client.get('/audit-entries?limit=200'),
  ].map(({ text }) => text);
  for (const table of ['credentials', 'namespaces', 'audit_entries', 'idempotency_records'])
    seen.push(JSON.stringify(await platform.sql('au', `select t::text from ${table} t`)));

  // The seed of an agent key stands after the tenant's id and the key's own.
  const secrets = [made.agentKey.slice(51, -7), reset.slice(51, -7), made.serviceKey.slice(29, -7)];
  for (const secret of secrets) for (const text of seen) expect(text).not.toContain(secret);
});

test('names have letters, digits, _ and -, and are unique whatever their case', async () => {
  for (const name of ['no spaces', '', 'x'.repeat(64), 'a/b', 'ä', 'a.b'])
    expect(await client.post('/namespaces', { name })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'name' }] },
    });
  const { name } = await given.namespace();
  expect(await client.post('/namespaces', { name: name.toUpperCase() })).toMatchObject({
    status: 409,
    body: { type: problem('name-taken') },
  });
});

test('a tenant has at most 500 namespaces, with those that can be restored', async () => {
  const full = await aTenant(platform);
  await platform.sql(
    'au',
    `insert into namespaces (tenant_id, id, name, name_canonical, region)
     select $1, gen_random_uuid(), n::text, n::text, 'au' from generate_series(1, 499) n`,
    [full.id],
  );
  const last = await full.given.namespace();
  const refusal = { status: 409, body: { type: 'urn:bailiwick:problem:too-many-namespaces' } };

  expect(await full.client.post('/namespaces', { name: aName('ns') })).toMatchObject(refusal);
  await full.client.delete(`/namespaces/${last.id}?confirmName=${last.name}`, '*');
  expect(await full.client.post('/namespaces', { name: aName('ns') })).toMatchObject(refusal);
  expect((await full.client.post(`/namespaces/${last.id}/restore`)).status).toBe(200);
});

test('another region is taken only where the tenant allows it', async () => {
  for (const region of ['eu', 'mars'])
    expect(await client.post('/namespaces', { name: aName(), region })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'region' }] },
    });
  await platform.sql('au', `update tenants set namespace_regions = '{au,eu}' where tenant_id = $1`, [tenant.id]);

  const made = await given.namespace({ region: 'eu' });

  expect(made).toMatchObject({ region: 'eu', agentUrl: expect.stringContaining('/agents/') });
  expect(await platform.sql('eu', 'select id from namespaces')).toEqual([]);
});

test('a repeat with the same Idempotency-Key gives the one namespace without its keys', async () => {
  const body = { name: aName('ns') };
  const headers = { 'idempotency-key': aName() };
  const first = await client.post('/namespaces', body, headers);
  const again = await client.post('/namespaces', body, headers);

  expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
  expect(again.body.agentKey ?? again.body.serviceKey).toBeUndefined();
});

test('the description changes, the name and the region never', async () => {
  const { id, etag } = await given.namespace();

  expect(await client.patch(`/namespaces/${id}`, { description: 'new' }, etag)).toMatchObject({
    status: 200,
    etag: '"2"',
    body: { description: 'new' },
  });
  expect((await client.patch(`/namespaces/${id}`, { description: 'newer' }, etag)).status).toBe(412);
  expect((await client.patch(`/namespaces/${id}`, { description: 'newer' })).status).toBe(428);
  for (const field of ['name', 'region', 'agentUrl'])
    expect(await client.patch(`/namespaces/${id}`, { description: 'newer', [field]: 'eu' }, '*')).toMatchObject({
      status: 400,
      body: { errors: [{ path: field }] },
    });
});

test('a service key and an agent key tell what they are', async () => {
  const made = await given.namespace();

  expect((await asService(made.serviceKey)).body).toMatchObject({
    kind: 'service-key',
    tenantId: tenant.id,
    namespaceId: made.id,
  });
  expect((await asAgent(made.agentKey)).body).toMatchObject({
    kind: 'agent-key',
    tenantId: tenant.id,
    namespaceId: made.id,
  });
  expect((await tenant.below(made.serviceKey).get('/namespaces')).status).toBe(401);
  expect((await platform.client(made.agentKey).get('/v1/me')).status).toBe(401);
});

test('an agent’s signature counts once, for its own request, within 5 minutes', async () => {
  const { agentKey } = await given.namespace();
  const nonce = aName('nonce');
  expect((await asAgent(agentKey, { nonce })).status).toBe(200);
  expect((await asAgent(agentKey, { nonce })).status).toBe(401);

  const at = (seconds: number) => asAgent(agentKey, { now: new Date(Date.now() + seconds * 1000) });
  expect([(await at(-310)).status, (await at(310)).status, (await at(-280)).status]).toEqual([401, 401, 200]);

  const signed = (method: string, path: string, base = platform.url) =>
    signRequest({
      method,
      targetUri: base + path,
      body: Buffer.alloc(0),
      agentKey,
      now: new Date(),
      nonce: aName('nonce'),
    });
  expect((await platform.anyone.get('/v1/me', signed('POST', '/v1/me'))).status).toBe(401);
  expect((await platform.anyone.get('/v1/me', signed('GET', '/v1/me/sessions'))).status).toBe(401);
  expect((await platform.anyone.get('/v1/me', signed('GET', '/v1/me'))).status).toBe(200);

  // Signed for another server and replayed here with its Host.
  const host = 'agents.elsewhere.example';
  const elsewhere = { ...signed('GET', '/v1/me', `http://${host}`), host };
  expect((await rawRequest(platform.url, { method: 'GET', path: '/v1/me', headers: elsewhere })).status).toBe(401);
});

test('a signature in the name of another namespace’s key is refused', async () => {
  const [mine, other] = [await given.namespace(), await given.namespace()];
  const keyIdOf = (agentKey: string) => {
    const parts = agentKeyParts(agentKey);
    if (!parts) throw new Error('Not an agent key.');
    return formatKeyId(parts.tenantId, parts.keyId);
  };
  const headers = signRequest({
    method: 'GET',
    targetUri: `${platform.url}/v1/me`,
    body: Buffer.alloc(0),
    agentKey: mine.agentKey,
    now: new Date(),
    nonce: aName('nonce'),
  });
  const input = headers['signature-input']?.replace(keyIdOf(mine.agentKey), keyIdOf(other.agentKey)) ?? '';

  expect(input).toContain(keyIdOf(other.agentKey));
  expect((await platform.anyone.get('/v1/me', { ...headers, 'signature-input': input })).status).toBe(401);
});

test('a reset without overlap kills the old key at once', async () => {
  const made = await given.namespace();
  const agent = await client.post(`/namespaces/${made.id}/agent-key/reset`);
  const service = await client.post(`/namespaces/${made.id}/service-key/reset`, {});

  expect(agent).toMatchObject({ status: 200, body: { id: made.id, agentKeys: [{ endsAt: null }] } });
  expect(agent.body.serviceKey).toBeUndefined();
  expect([(await asAgent(made.agentKey)).status, (await asAgent(agent.body.agentKey)).status]).toEqual([401, 200]);
  expect([(await asService(made.serviceKey)).status, (await asService(service.body.serviceKey)).status]).toEqual([
    401, 200,
  ]);
  expect(await tenant.auditedActions()).toEqual(
    expect.arrayContaining(['namespaces.reset-agent-key', 'namespaces.reset-service-key']),
  );
});

test('a reset with an overlap leaves both valid until it is over', async () => {
  const made = await given.namespace();
  const reset = await client.post(`/namespaces/${made.id}/service-key/reset`, { overlapSeconds: 3600 });
  const next = reset.body.serviceKey;

  expect(reset.body.serviceKeys).toMatchObject([{ endsAt: expect.any(String) }, { endsAt: null }]);
  expect([(await asService(made.serviceKey)).status, (await asService(next)).status]).toEqual([200, 200]);
  expect(await client.post(`/namespaces/${made.id}/service-key/reset`, { overlapSeconds: 60 })).toMatchObject({
    status: 409,
    body: { type: problem('reset-under-way') },
  });
  await platform.shiftClock('au', '1 hour');
  expect([(await asService(made.serviceKey)).status, (await asService(next)).status]).toEqual([401, 200]);
  expect((await client.get(`/namespaces/${made.id}`)).body.serviceKeys).toHaveLength(1);
});

test('a reset without overlap ends an overlap that is under way', async () => {
  const made = await given.namespace();
  const second = (await client.post(`/namespaces/${made.id}/service-key/reset`, { overlapSeconds: 3600 })).body;
  const third = (await client.post(`/namespaces/${made.id}/service-key/reset`, { overlapSeconds: 0 })).body;

  const statuses = [];
  for (const key of [made.serviceKey, second.serviceKey, third.serviceKey])
    statuses.push((await asService(key)).status);
  expect(statuses).toEqual([401, 401, 200]);
});

test('20 resets at once leave one live key', async () => {
  const made = await given.namespace();
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => client.post(`/namespaces/${made.id}/service-key/reset`)),
  );

  expect(replies.every(({ status }) => status === 200)).toBe(true);
  expect((await client.get(`/namespaces/${made.id}`)).body.serviceKeys).toHaveLength(1);
});

test('an overlap is a whole number of seconds up to a day', async () => {
  const { id } = await given.namespace();

  for (const overlapSeconds of [-1, 86_401, 0.5, '0', null])
    expect(await client.post(`/namespaces/${id}/agent-key/reset`, { overlapSeconds })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'overlapSeconds' }] },
    });
});

test('deleting asks for the name and the version, and says before what goes with it', async () => {
  const { id, name, etag } = await given.namespace();
  const group = await given.group();
  await client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'namespaces.view', namespaceId: id }] }, '*');

  const contents = await client.get(`/namespaces/${id}/contents`);
  expect(contents.body).toMatchObject({
    id,
    contents: [
      { kind: 'gateway', count: 0 },
      { kind: 'agent-key', count: 1 },
      { kind: 'service-key', count: 1 },
      { kind: 'grant', count: 1 },
    ],
  });
  expect(Date.parse(contents.body.restorableUntil) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);

  for (const query of ['', '?confirmName=', `?confirmName=${name.toUpperCase()}`])
    expect(await client.delete(`/namespaces/${id}${query}`, '*')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.confirmName' }] },
    });
  expect((await client.delete(`/namespaces/${id}?confirmName=${name}`)).status).toBe(428);
  expect((await client.delete(`/namespaces/${id}?confirmName=${name}`, '"99"')).status).toBe(412);
  expect((await client.delete(`/namespaces/${id}?confirmName=${name}`, etag)).status).toBe(204);
  expect(await client.delete(`/namespaces/${id}?confirmName=${name}`, '*')).toMatchObject({
    status: 409,
    body: { type: problem('namespace-deleted') },
  });
});

test('keys of a deleted namespace open nothing; restoring it brings them back', async () => {
  const made = await given.namespace();
  await remove(made);

  expect([(await asService(made.serviceKey)).status, (await asAgent(made.agentKey)).status]).toEqual([401, 401]);
  expect((await client.get(`/namespaces/${made.id}`)).body).toMatchObject({
    status: 'deleted',
    restorableUntil: expect.any(String),
  });
  expect((await client.get(`/namespaces?q=${made.name}`)).body.items).toEqual([]);
  expect((await client.get(`/namespaces?q=${made.name}&status=deleted`)).body.items).toHaveLength(1);
  for (const act of ['agent-key/reset', 'service-key/reset'])
    expect(await client.post(`/namespaces/${made.id}/${act}`)).toMatchObject({
      status: 409,
      body: { type: problem('namespace-deleted') },
    });
  expect((await client.patch(`/namespaces/${made.id}`, { description: 'x' }, '*')).status).toBe(409);

  expect(await client.post(`/namespaces/${made.id}/restore`)).toMatchObject({
    status: 200,
    body: { status: 'active', restorableUntil: null },
  });
  expect([(await asService(made.serviceKey)).status, (await asAgent(made.agentKey)).status]).toEqual([200, 200]);
  expect(await client.post(`/namespaces/${made.id}/restore`)).toMatchObject({
    status: 409,
    body: { type: problem('not-deleted') },
  });
});

test('a deleted namespace holds its name for its grace, and is gone after it', async () => {
  const owner = await aLastingOwner();
  const made = await given.namespace();
  await remove(made);

  const held = await client.post('/namespaces', { name: made.name });
  expect(held).toMatchObject({ status: 409, body: { type: problem('name-held') } });
  expect(held.body.detail).toContain(`/namespaces/${made.id}/restore`);

  await platform.shiftClock('au', '30 days');
  expect((await owner.get(`/namespaces/${made.id}`)).status).toBe(404);
  expect((await owner.post(`/namespaces/${made.id}/restore`)).status).toBe(404);
  expect((await owner.post('/namespaces', { name: made.name })).status).toBe(201);
});

test('a job takes the rows of a deleted namespace away, and not of a restored one', async () => {
  const [gone, kept] = [await given.namespace(), await given.namespace()];
  await asAgent(gone.agentKey);
  for (const each of [gone, kept]) await remove(each);
  await client.post(`/namespaces/${kept.id}/restore`);

  await platform.shiftClock('au', '30 days');
  const left = () =>
    platform.sql(
      'au',
      `select id from namespaces where id = any($1) union all select namespace_id from credentials where namespace_id = $2`,
      [[gone.id, kept.id], gone.id],
    );
  let rows = await left();
  for (let attempt = 0; attempt < 200 && rows.length > 1; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    rows = await left();
  }
  expect(rows).toEqual([{ id: kept.id }]);
  expect(
    await platform.sql(
      'au',
      `select target_id from audit_entries where action = 'namespaces.purge' and target_id = $1`,
      [gone.id],
    ),
  ).toHaveLength(1);
});

test('who holds a permission in one namespace sees and does only what is there', async () => {
  const [mine, other] = [await given.namespace(), await given.namespace()];
  const machine = await given.machine([
    { permission: 'namespaces.view', namespaceId: mine.id },
    { permission: 'namespaces.change', namespaceId: mine.id },
  ]);

  const list = await machine.client.get('/namespaces');
  expect(list.body).toMatchObject({ items: [{ id: mine.id }], total: 1 });
  expect((await machine.client.patch(`/namespaces/${mine.id}`, { description: 'm' }, '*')).status).toBe(200);
  const hidden = await machine.client.get(`/namespaces/${other.id}`);
  expect(hidden.status).toBe(404);
  expect(withoutRequestId(hidden)).toBe(
    withoutRequestId(await machine.client.get(`/namespaces/${crypto.randomUUID()}`)),
  );
  expect((await machine.client.post('/namespaces', { name: aName() })).status).toBe(403);
  expect((await machine.client.post(`/namespaces/${mine.id}/agent-key/reset`)).status).toBe(403);
  expect(list.body.items[0].actions).toContainEqual({
    name: 'namespaces.reset-agent-key',
    allowed: false,
    reason: 'This needs the permission namespaces.reset-keys.',
  });
});
