import { beforeAll, describe, expect, test } from 'vitest';
import {
  agentOf,
  aName,
  aPlatform,
  aTenant,
  clientOf,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';
import { signRequest } from '../../kernel/http-signature.ts';
import { newId } from '../../kernel/ids.ts';

let platform: TestPlatform;
let tenant: TestTenant;
let namespace: { id: string; agentKey: string };
let carried: Awaited<ReturnType<TestTenant['given']['gateway']>>;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'], nodes: 2 });
  tenant = await aTenant(platform);
  namespace = await tenant.given.namespace();
  carried = await tenant.given.gateway(namespace.id);
});

const signing = (agentKey = namespace.agentKey, node = 0) => agentOf(platform.urls[node] as string, agentKey);
const report = (more: object = {}) => ({
  program: '0.1.0',
  configuration: null,
  state: 'serving',
  problem: null,
  startedAt: new Date().toISOString(),
  carried: 3,
  refused: 2,
  failed: 1,
  openRequests: 0,
  ...more,
});

describe('enrolment', () => {
  test('is recorded with the key that did it, and the program appears as new', async () => {
    const made = await signing().post(`${tenant.path}/agents`, { name: 'rack 7' });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toEqual({
      id: expect.any(String),
      gateway: { id: carried.gateway.id, name: carried.gateway.name },
      region: { code: 'au', baseUrl: expect.any(String) },
    });
    const at = `${carried.at}/agents/${made.body.id}`;
    expect((await tenant.client.get(at)).body).toMatchObject({
      name: 'rack 7',
      state: 'serving',
      health: 'new',
      lastContactAt: null,
      counts: null,
      configuration: { inForce: null, isCurrent: false },
    });
    const [entry] = (await tenant.client.get('/audit-entries?action=agents.enrol')).body.items;
    expect(entry).toMatchObject({ actor: { kind: 'agent-key' }, target: { kind: 'agent', id: made.body.id } });
  });

  test('names the gateway where there are several, and only those of the namespace', async () => {
    const other = await tenant.given.namespace();
    const enrol = (body: object) => signing(other.agentKey).post(`${tenant.path}/agents`, { name: 'one', ...body });
    const none = await enrol({});
    expect(none.status).toBe(400);
    expect(none.body.errors).toEqual([{ path: 'gateway', message: expect.stringContaining('no gateway yet') }]);
    const [a, b] = [await tenant.given.gateway(other.id), await tenant.given.gateway(other.id)];
    const unsaid = await enrol({});
    expect(unsaid.body.errors[0].message).toContain(a.gateway.name);
    expect((await enrol({ gateway: carried.gateway.id })).status).toBe(400);
    expect((await enrol({ gateway: b.gateway.name })).body.gateway.id).toBe(b.gateway.id);
    expect((await enrol({ gateway: a.gateway.id })).body.gateway.id).toBe(a.gateway.id);
  });

  test('of one gateway are at most 50, and those of whom nobody heard for a day make room', async () => {
    const other = await tenant.given.namespace();
    const { at, gateway } = await tenant.given.gateway(other.id);
    await tenant.given.agent(other.agentKey);
    await platform.sql(
      tenant.region,
      `insert into agents (tenant_id, id, gateway_id, name, state)
       select $1, gen_random_uuid(), $2, 'number ' || n, 'serving' from generate_series(1, 49) n`,
      [tenant.id, gateway.id],
    );
    const full = await signing(other.agentKey).post(`${tenant.path}/agents`, { name: 'one more' });
    expect(full).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:too-many-agents' } });
    await platform.sql(
      tenant.region,
      `update agents set created_at = now() - interval '25 hours' where gateway_id = $1`,
      [gateway.id],
    );
    await tenant.given.agent(other.agentKey, { name: 'one more' });
    const { items } = (await tenant.client.get(`${at}/agents`)).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(['one more']);
    const forgotten = await tenant.client.get('/audit-entries?action=agents.forget');
    expect(forgotten.body.total).toBe(50);
  });
});

describe('the configuration', () => {
  test('has routes and rules, moves with each change, and is waited for on another node', async () => {
    const { id } = await tenant.given.agent(namespace.agentKey);
    const read = (query = '', node = 0) =>
      signing(namespace.agentKey, node).get(`${tenant.path}/agents/${id}/configuration${query}`);
    const first = await read('?waitSeconds=0');
    expect(first.status, first.text).toBe(200);
    expect(first.body).toMatchObject({
      state: 'serving',
      provider: null,
      gateway: { id: carried.gateway.id, prefix: carried.gateway.prefix },
      routes: [{ id: carried.route.id, pathPrefix: '/orders', upstream: 'https://orders.internal.example/api' }],
      rules: [{ id: carried.rule.id, item: null, groupIds: [carried.group.id] }],
    });
    expect((await read(`?after=${first.body.version}&waitSeconds=0`)).status).toBe(304);
    const waiting = read(`?after=${first.body.version}`, 1);
    await tenant.client.patch(
      `${carried.at}/rules/${carried.rule.id}`,
      { claims: [{ name: 'a', values: ['b'] }] },
      '*',
    );
    const second = await waiting;
    expect(second.status).toBe(200);
    expect(second.body.version).not.toBe(first.body.version);
    expect(second.body.rules[0].claims).toEqual([{ name: 'a', values: ['b'] }]);
  });

  test('is waited for by one request of an agent at a time: its next one ends the waiting of the one before', async () => {
    const { id } = await tenant.given.agent(namespace.agentKey);
    const at = `${tenant.path}/agents/${id}/configuration`;
    const { body } = await signing().get(`${at}?waitSeconds=0`);
    const waiting = [1, 2].map(async (name) => ({ name, reply: await signing().get(`${at}?after=${body.version}`) }));
    const first = await Promise.race(waiting);
    expect(first.reply.status).toBe(304);
    expect((await tenant.client.post(`${carried.at}/agents/${id}/drain`)).status).toBe(200);
    const [other] = (await Promise.all(waiting)).filter(({ name }) => name !== first.name);
    expect(other?.reply).toMatchObject({ status: 200, body: { state: 'draining' } });
  });

  test('a key that is reset while it is waited for gets none', async () => {
    const other = await tenant.given.namespace();
    await tenant.given.gateway(other.id);
    const { id } = await tenant.given.agent(other.agentKey);
    const at = `${tenant.path}/agents/${id}/configuration`;
    const { body } = await signing(other.agentKey).get(`${at}?waitSeconds=0`);
    const waiting = signing(other.agentKey, 1).get(`${at}?after=${body.version}`);
    const reset = await tenant.client.post(`/namespaces/${other.id}/agent-key/reset`, { overlapSeconds: 0 });
    expect((await waiting).status).toBe(401);
    expect((await signing(reset.body.agentKey).get(`${at}?waitSeconds=0`)).status).toBe(200);
  });

  test('a suspended tenant gives none', async () => {
    const another = await aTenant(platform);
    const own = await another.given.namespace();
    await another.given.gateway(own.id);
    const { id } = await another.given.agent(own.agentKey);
    await platform.operator.post(`${another.path}/suspend`, {});
    const reply = await signing(own.agentKey).get(`${another.path}/agents/${id}/configuration?waitSeconds=0`);
    expect(reply).toMatchObject({ status: 403, body: { type: 'urn:bailiwick:problem:tenant-suspended' } });
  });
});

test('groups are told of those that rules name, for one subject at a time', async () => {
  const own = await tenant.given.namespace();
  const provider = await tenant.given.identityProvider({
    oidc: { issuer: 'https://login.groups.example', clientId: 'c' },
  });
  const { group } = await tenant.given.gateway(own.id, { identityProviderId: provider.id, audiences: ['here'] });
  const unnamed = await tenant.given.group();
  const { id } = await tenant.given.agent(own.agentKey);
  const account = await tenant.given.account();
  await platform.sql(tenant.region, `update accounts set status = 'enabled' where id = $1`, [account.id]);
  await platform.sql(
    tenant.region,
    `insert into external_identities (tenant_id, id, provider_id, issuer, subject, account_id)
     values ($1, $2, $3, 'https://login.groups.example', 'ann', $4)`,
    [tenant.id, newId(), provider.id, account.id],
  );
  for (const each of [group, unnamed])
    await tenant.client.post(`/groups/${each.id}/members`, { accountIds: [account.id] });
  const ask = async () =>
    (await signing(own.agentKey).post(`${tenant.path}/agents/${id}/principals`, { subjects: ['ann', 'nobody'] })).body
      .items;
  const nobody = [
    { subject: 'ann', groupIds: [] },
    { subject: 'nobody', groupIds: [] },
  ];
  expect(await ask()).toEqual(nobody); // the provider is not active
  await platform.sql(tenant.region, `update identity_providers set status = 'active' where id = $1`, [provider.id]);
  expect(await ask()).toEqual([{ subject: 'ann', groupIds: [group.id] }, nobody[1]]);
  await tenant.client.post(`/groups/${group.id}/disable`);
  expect(await ask()).toEqual(nobody);
  await tenant.client.post(`/groups/${group.id}/enable`);
  await tenant.client.post(`/accounts/${account.id}/disable`);
  expect(await ask()).toEqual(nobody);
});

test('reports say how it is, and silence is told', async () => {
  const { id } = await tenant.given.agent(namespace.agentKey, { name: aName('reporting') });
  const at = `${carried.at}/agents/${id}`;
  const { body } = await signing().get(`${tenant.path}/agents/${id}/configuration?waitSeconds=0`);
  const said = report({ configuration: body.version, state: 'refusing', problem: 'The provider is away.' });
  expect((await signing().post(`${tenant.path}/agents/${id}/report`, said)).status).toBe(204);
  expect((await tenant.client.get(at)).body).toMatchObject({
    health: 'refusing',
    problem: 'The provider is away.',
    configuration: { inForce: body.version, isCurrent: true },
    counts: { carried: 3, refused: 2, failed: 1, openRequests: 0 },
  });
  const drained = await tenant.client.post(`${at}/drain`);
  expect(drained.body).toMatchObject({ state: 'draining', configuration: { isCurrent: false } });
  await platform.sql(tenant.region, `update agent_reports set at = now() - interval '61 seconds' where agent_id = $1`, [
    id,
  ]);
  expect((await tenant.client.get(at)).body.health).toBe('silent');
});

test('one that said goodbye has ended, and is not silent; it says so itself, with no entry, and no replay says it again', async () => {
  const { id } = await tenant.given.agent(namespace.agentKey, { name: aName('leaving') });
  const at = `${carried.at}/agents/${id}`;
  const health = async () => (await tenant.client.get(at)).body.health;
  const path = `${tenant.path}/agents/${id}/report`;
  const other = await tenant.given.namespace();
  expect((await signing(other.agentKey).post(path, report({ state: 'ended' }))).status).toBe(404);
  expect(await health()).toBe('new');

  const body = JSON.stringify(report({ state: 'ended' }));
  const url = platform.urls[0] as string;
  const { agentKey } = namespace;
  const signed = { method: 'POST', targetUri: url + path, agentKey, now: new Date(), nonce: newId() };
  const headers = signRequest({ ...signed, body: Buffer.from(body) });
  const goodbye = () => clientOf(url, null, headers).call('POST', path, { body });
  expect((await goodbye()).status).toBe(204);
  await platform.sql(tenant.region, `update agent_reports set at = now() - interval '1 hour' where agent_id = $1`, [
    id,
  ]);
  expect(await health()).toBe('ended');
  const { items } = (await tenant.client.get(`/audit-entries?targetId=${id}`)).body;
  expect(items.map(({ action }: { action: string }) => action)).toEqual(['agents.enrol']);

  expect((await signing().post(path, report())).status).toBe(204);
  expect(await health()).toBe('serving');
  expect((await goodbye()).status).toBe(401);
  expect(await health()).toBe('serving');
});

describe('signatures', () => {
  const path = () => `${tenant.path}/agents`;
  const send = (
    signed: Partial<Parameters<typeof signRequest>[0]> = {},
    sent: { node?: number; path?: string; body?: string; method?: string } = {},
  ) => {
    const body = JSON.stringify({ name: 'signed' });
    const url = platform.urls[sent.node ?? 0] as string;
    const headers = signRequest({
      method: 'POST',
      targetUri: url + path(),
      body: Buffer.from(body),
      agentKey: namespace.agentKey,
      now: new Date(),
      nonce: newId(),
      ...signed,
    });
    return clientOf(url, null, headers).call(sent.method ?? 'POST', sent.path ?? path(), { body: sent.body ?? body });
  };

  test('G1: another namespace’s key, a key that was reset: refused', async () => {
    const other = await tenant.given.namespace();
    const { id } = await tenant.given.agent(namespace.agentKey);
    const at = `${tenant.path}/agents/${id}`;
    for (const reply of [
      await signing(other.agentKey).get(`${at}/configuration?waitSeconds=0`),
      await signing(other.agentKey).post(`${at}/principals`, { subjects: ['ann'] }),
      await signing(other.agentKey).post(`${at}/report`, report()),
    ])
      expect(reply.status, reply.text).toBe(404);
    await tenant.client.post(`/namespaces/${other.id}/agent-key/reset`, { overlapSeconds: 0 });
    expect((await send({ agentKey: other.agentKey })).status).toBe(401);
  });

  test('G1: the same nonce twice, on two nodes: refused', async () => {
    const nonce = newId();
    const targetUri = `${platform.urls[0]}${path()}`;
    expect((await send({ nonce, targetUri })).status).toBe(201);
    expect((await send({ nonce, targetUri })).status).toBe(401);
    expect((await send({ nonce }, { node: 1 })).status).toBe(401);
  });

  test('G1: a nonce is used up by a request that is refused too, on every node', async () => {
    const place = await tenant.given.namespace();
    const body = JSON.stringify({ gateway: 'later', name: 'signed' });
    const signed = { agentKey: place.agentKey, nonce: newId(), body: Buffer.from(body) };
    const targetUri = `${platform.urls[0]}${path()}`;
    const again = (node: number) => send({ ...signed, targetUri, now }, { node, body });
    const now = new Date();
    expect((await again(0)).status).toBe(400);
    await tenant.given.gateway(place.id, { name: 'later' });
    for (const node of [0, 1]) expect((await again(node)).status).toBe(401);
    expect((await send({ ...signed, nonce: newId() }, { body })).status).toBe(201);
  });

  test('G1: another body, method or path than was signed: refused', async () => {
    expect((await send({}, { body: JSON.stringify({ name: 'forged' }) })).status).toBe(401);
    expect((await send({ method: 'PUT' })).status).toBe(401);
    expect((await send({}, { path: `${path()}?x=1` })).status).toBe(401);
    expect((await send({ targetUri: `https://elsewhere.example${path()}` })).status).toBe(401);
  });

  test.each([-360, 360])('G1: a clock that is %i seconds off is told so, and opens nothing', async (seconds) => {
    const reply = await send({ now: new Date(Date.now() + seconds * 1000) });
    expect(reply).toMatchObject({ status: 401, body: { type: 'urn:bailiwick:problem:clock-off' } });
    expect(reply.body.detail).toMatch(/3\d\d seconds (ahead of|behind) ours/);
    // Who does not hold the key learns nothing of clocks.
    const forged = await send({ now: new Date(Date.now() + seconds * 1000) }, { body: '{"name":"forged"}' });
    expect(forged.body.type).toBe('urn:bailiwick:problem:unauthenticated');
  });

  test('G1: what was signed ahead of its time and refused is not served when that has come', async () => {
    const body = JSON.stringify({ name: 'ahead' });
    const signed = { body: Buffer.from(body), targetUri: `${platform.urls[0]}${path()}` };
    const now = new Date(Date.now() + 900_000);
    const nonce = newId();
    const again = (node: number) => send({ ...signed, now, nonce }, { node, body });
    expect((await again(0)).body).toMatchObject({ status: 401, type: 'urn:bailiwick:problem:clock-off' });
    await platform.shiftClock(tenant.region, '15 minutes');
    for (const node of [0, 1])
      expect((await again(node)).body).toMatchObject({ status: 401, type: 'urn:bailiwick:problem:unauthenticated' });
    expect((await send({ ...signed, now }, { body })).status).toBe(201);
    await platform.shiftClock(tenant.region, '0');
    // It is kept for as long as the signature would count.
    const kept = 'select expires_at from nonces where nonce = $1';
    const [{ expires_at }] = await platform.sql(tenant.region, kept, [nonce]);
    expect(expires_at.getTime()).toBeGreaterThan(now.getTime() + 300_000);
    // Whatever time is claimed.
    const never = { getTime: () => 999_999_999_999_999 * 1000 } as Date;
    expect((await send({ now: never })).body).toMatchObject({ status: 401, type: 'urn:bailiwick:problem:clock-off' });
  });

  test('the clock of the region decides', async () => {
    await platform.shiftClock(tenant.region, '6 minutes');
    expect((await send()).body.detail).toMatch(/behind ours/);
    await platform.shiftClock(tenant.region, '0');
    expect((await send()).status).toBe(201);
  });
});
