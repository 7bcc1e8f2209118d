import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { aGateway, anIssuer, anUpstream, aPlace, type Place, type Running, until } from './given.ts';

/** A gateway as a process between a region of two nodes, a provider and an upstream: who is let in, and what arrives. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let place: Place;
let gateway: Running;
let token: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  upstream = await anUpstream();
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
  gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url, name: 'first' });
}, 120_000);

describe('who is let in', () => {
  test('a person of the group, and the request arrives below the upstream', async () => {
    const reply = await gateway.get('/erp/orders/7?q=a%20b', token, { method: 'POST', body: 'the body' });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ method: 'POST', url: '/api/7?q=a%20b', body: 'the body' });
  });

  test.each([
    ['nobody', undefined, '/erp/orders/7', 401, 'unauthenticated'],
    ['a text that is no token', 'nonsense', '/erp/orders/7', 401, 'unauthenticated'],
  ])('%s is not', async (_who, bearer, path, status, code) => {
    const reply = await gateway.get(path, bearer);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(await reply.json()).toMatchObject({ type: `urn:bailiwick:problem:${code}`, requestId: expect.any(String) });
  });

  test('somebody of another group, of none, or unknown here is not', async () => {
    await place.person('eve', [(await place.tenant.given.group()).id]);
    for (const subject of ['eve', 'nobody here'])
      expect((await gateway.get('/erp/orders/7', await issuer.token(subject))).status, subject).toBe(403);
  });

  test('paths lead to routes, or nowhere', async () => {
    const nowhere = await gateway.get('/erp/reports', token);
    expect(nowhere.status).toBe(404);
    expect(nowhere.headers.get('cache-control')).toBe('no-store');
    expect((await gateway.get('/orders/7', token)).status).toBe(404);
    expect((await gateway.get('/erp/orders/a%2fb', token)).status).toBe(400);
  });

  test('a change of the rules is in force', async () => {
    const { client } = place.tenant;
    const reports = await place.tenant.given.group();
    const at = `${place.gatewayAt}/rules`;
    const made = await client.post(at, { serviceId: place.service.id, item: 'secret', groupIds: [reports.id] });
    await until('the named rule decides', async () => (await gateway.get('/erp/orders/secret', token)).status === 403);
    expect((await gateway.get('/erp/orders/7', token)).status).toBe(200);
    await client.delete(`${at}/${made.body.id}`, '*');
    await until('the base rule decides', async () => (await gateway.get('/erp/orders/secret', token)).status === 200);
  });

  test('a claim lets in whom the region does not know', async () => {
    const { client } = place.tenant;
    await client.patch(
      `${place.gatewayAt}/rules/${place.rule.id}`,
      { claims: [{ name: 'roles', values: ['clerk'] }] },
      '*',
    );
    const clerk = await issuer.token('a stranger', { roles: ['clerk'] });
    await until('the claim lets in', async () => (await gateway.get('/erp/orders/7', clerk)).status === 200);
    await client.patch(`${place.gatewayAt}/rules/${place.rule.id}`, { claims: [] }, '*');
    await until('it does not any more', async () => (await gateway.get('/erp/orders/7', clerk)).status === 403);
  });

  test('whoever leaves the group is refused, and so is an account that is disabled', async () => {
    const bob = await place.person('bob');
    const theirs = await issuer.token('bob');
    expect((await gateway.get('/erp/orders/7', theirs)).status).toBe(200);
    await place.tenant.client.delete(`/groups/${place.group.id}/members/${bob.id}`);
    await until('bob is refused', async () => (await gateway.get('/erp/orders/7', theirs)).status === 403);
    const cid = await place.person('cid');
    const more = await issuer.token('cid');
    expect((await gateway.get('/erp/orders/7', more)).status).toBe(200);
    await place.tenant.client.post(`/accounts/${cid.id}/disable`);
    await until('cid is refused', async () => (await gateway.get('/erp/orders/7', more)).status === 403);
  });
});

describe('what arrives', () => {
  test('headers that say who comes are the gateway’s own, those of a connection stay, the route’s are set', async () => {
    const reply = await gateway.get('/erp/orders/7', token, {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        x_forwarded_for: '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        'x-real-ip': '6.6.6.6',
        'x-bailiwick-subject': 'root',
        'remote-user': 'root',
        'x-original-url': '/api/secret',
        'x-rewrite-url': '/api/secret',
        'x-remove': 'this',
        'x-set': 'by whoever asks',
        'x-kept': 'this',
      },
    });
    const { headers } = (await reply.json()) as { headers: Record<string, string> };
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(gateway.url).host,
      'x-request-id': reply.headers.get('x-request-id'),
      'x-set': 'by the route',
      'x-kept': 'this',
      host: new URL(upstream.url).host,
      authorization: `Bearer ${token}`,
    });
    for (const name of [
      'x_forwarded_for',
      'forwarded',
      'x-real-ip',
      'x-bailiwick-subject',
      'remote-user',
      'x-remove',
      'x-original-url',
      'x-rewrite-url',
    ])
      expect(headers[name], name).toBeUndefined();
    expect(reply.headers.get('x-answered')).toBe('by the route');
    expect(reply.headers.get('x-upstream')).toBeNull();
  });
});

test('the region sees how it is, with the configuration in force', async () => {
  const list = () => place.tenant.client.get(`${place.gatewayAt}/agents`);
  await until('a report of the configuration in force', async () => {
    const [agent] = (await list()).body.items;
    return agent?.health === 'serving' && agent.configuration.isCurrent && agent.counts.carried > 0;
  });
  const [agent] = (await list()).body.items;
  expect(agent).toMatchObject({ name: 'first', state: 'serving', problem: null, program: '0.1.0' });
  const audit = await place.tenant.client.get('/audit-entries?action=agents.enrol');
  expect(audit.body.items[0]).toMatchObject({
    action: 'agents.enrol',
    actor: { kind: 'agent-key' },
    target: { id: agent.id },
  });
});

test('drained by order it refuses, and serves again by order', async () => {
  const { client } = place.tenant;
  const [agent] = (await client.get(`${place.gatewayAt}/agents`)).body.items;
  const at = `${place.gatewayAt}/agents/${agent.id}`;
  expect((await client.post(`${at}/drain`)).body.state).toBe('draining');
  await until('it refuses', async () => (await gateway.get('/erp/orders/7', token)).status === 503);
  expect((await gateway.get('/.bailiwick/health')).status).toBe(503);
  await client.post(`${at}/resume`);
  await until('it serves', async () => (await gateway.get('/erp/orders/7', token)).status === 200);
});

test('by a licence that is used up it refuses, without telling why to whoever sends requests, and serves again', async () => {
  const { tenant, namespace } = place;
  const refusal = [tenant.id, namespace.id, 'The licence "Ours" is used up.'];
  await platform.sql(
    'au',
    'insert into licence_refusals (tenant_id, namespace_id, reason) values ($1, $2, $3)',
    refusal,
  );
  await until('it refuses', async () => (await gateway.get('/erp/orders/7', token)).status === 503);
  const reply = await gateway.get('/erp/orders/7', token);
  const text = await reply.text();
  expect(JSON.parse(text).type).toBe('urn:bailiwick:problem:licence');
  expect(text).not.toContain('Ours');
  expect((await gateway.get('/erp/orders/7')).status).toBe(401);
  const seen = async () => (await tenant.client.get(`${place.gatewayAt}/agents`)).body.items[0];
  await until('those who run it are told why', async () => (await seen()).health === 'refusing');
  expect((await seen()).problem).toBe('The licence "Ours" is used up.');
  await platform.sql('au', 'delete from licence_refusals where tenant_id = $1', [tenant.id]);
  await until('it serves', async () => (await gateway.get('/erp/orders/7', token)).status === 200);
  await until('and says so', async () => (await seen()).health === 'serving' && (await seen()).problem === null);
}, 120_000);

test('an enrolment that is removed opens nothing any more', async () => {
  const { client } = place.tenant;
  const another = await aGateway({ enrol: place.namespace.agentKey, url: platform.urls[1] as string, name: 'second' });
  expect((await another.get('/erp/orders/7', token)).status).toBe(200);
  const { items } = (await client.get(`${place.gatewayAt}/agents?q=second`)).body;
  expect(items).toHaveLength(1);
  expect((await client.delete(`${place.gatewayAt}/agents/${items[0].id}`)).status).toBe(204);
  await until('it refuses', async () => (await another.get('/erp/orders/7', token)).status === 503);
  expect((await gateway.get('/erp/orders/7', token)).status).toBe(200);
  await until('it is said', () => another.output.text.includes('region refuses'));
});
