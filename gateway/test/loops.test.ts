import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { aGateway, anIssuer, anUpstream, aPlace, audience, type Place, type Running, until } from './given.ts';

/** Gateways that lead to gateways: what ends arrives, what comes back does not go round. */

let platform: TestPlatform;
let place: Place;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let token: string;
let first: Running;
let second: Running;
let next: { id: string; running: Running };
/** Of the connections that the balancer was asked for. */
let balanced = 0;

/** Two programs of one gateway, in turn. */
const balancer = createServer((socket) => {
  balanced += 1;
  const { port } = new URL([first, second][balanced % 2]?.url as string);
  const onward = connect(Number(port), '127.0.0.1');
  socket.pipe(onward).pipe(socket);
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const)
    one.on('error', () => other.destroy());
});

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  const issuer = await anIssuer();
  upstream = await anUpstream();
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
  const { client } = place.tenant;
  const at = `/namespaces/${place.namespace.id}/gateways`;
  const made = await client.post(at, {
    name: 'next',
    prefix: '/next',
    identityProviderId: place.provider.id,
    audiences: [audience],
  });
  const run = (gateway: string) => aGateway({ enrol: place.namespace.agentKey, url: platform.url, gateway });
  first = await run(place.gateway.id);
  second = await run(place.gateway.id);
  next = { id: made.body.id, running: await run(made.body.id) };
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
  const { port } = balancer.address() as { port: number };
  const service = { serviceId: place.service.id, itemFrom: 'none' };
  await client.post(`${at}/${next.id}/rules`, { serviceId: place.service.id, groupIds: [place.group.id] });
  for (const [gateway, name, to] of [
    [place.gateway.id, 'round', `http://127.0.0.1:${port}/erp/round`],
    [place.gateway.id, 'there', `${next.running.url}/next/back`],
    [next.id, 'back', `${first.url}/erp/there`],
    [place.gateway.id, 'onward', `${next.running.url}/next/end`],
    [next.id, 'end', `${upstream.url}/api`],
  ] as const) {
    const route = { ...service, name, pathPrefix: `/${name}`, upstream: to };
    expect((await client.post(`${at}/${gateway}/routes`, route)).status).toBe(201);
  }
  for (const [path, running] of [
    ['/erp/onward', first],
    ['/erp/onward', second],
  ] as const)
    await until('the routes are in force', async () => (await running.get(path, token)).status === 200);
}, 120_000);

afterAll(() => void balancer.close());

const get = (path: string, via?: string) => first.get(path, token, via === undefined ? {} : { headers: { via } });

test('a chain of two gateways ends at the upstream, which is told of both', async () => {
  const reply = await get('/erp/onward/7', '1.0 a-proxy.example');
  expect(reply.status).toBe(200);
  const { url, headers } = (await reply.json()) as { url: string; headers: Record<string, string> };
  expect(url).toBe('/api/7');
  expect(headers.via).toBe(`1.1 bailiwick-${place.gateway.id}, 1.1 bailiwick-${next.id}`);
});

test('what comes back to its gateway by another of its programs is a loop: 508, at the first time', async () => {
  balanced = 0;
  const reply = await get('/erp/round');
  expect(reply.status).toBe(508);
  expect(await reply.json()).toMatchObject({ type: 'urn:bailiwick:problem:loop' });
  expect(balanced).toBe(1);
});

test('so is what comes back by another gateway', async () => {
  expect((await get('/erp/there')).status).toBe(508);
});

test('through 20 gateways nothing goes on', async () => {
  const through = (count: number) => Array.from({ length: count }, () => `1.1 bailiwick-${randomUUID()}`).join(', ');
  expect((await get('/erp/onward', through(18))).status).toBe(200);
  expect((await get('/erp/onward', through(20))).status).toBe(508);
});
