import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { aGateway, anIssuer, anUpstream, aPlace, audience, type Place, until } from './given.ts';

/** What a gateway reports of requests, whatever is killed or away meanwhile. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let token: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  upstream = await anUpstream();
  token = await issuer.token('ann');
});

interface Item {
  method: string;
  path: string;
  status: number;
  reason: string | null;
  person: { name: string } | null;
  route: { id: string } | null;
  ruleId: string | null;
  service: { id: string } | null;
  bytesIn: number;
  bytesOut: number;
}

/** All that the region has of the place, newest first. */
async function all({ tenant, namespace }: Place): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await tenant.client.get(
      `/namespaces/${namespace.id}/transactions?limit=200${cursor ? `&cursor=${cursor}` : ''}`,
    );
    items.push(...body.items);
    cursor = body.nextCursor;
  }
  return items;
}

async function reported(place: Place, count: number): Promise<Item[]> {
  await until(`${count} are reported`, async () => (await all(place)).length === count);
  return all(place);
}

const placed = async () => {
  const place = await aPlace(platform, issuer.issuer, upstream.url);
  const account = await place.person('ann');
  return { place, account, enrol: place.namespace.agentKey };
};

test('each request is one transaction: carried or refused, with what decided and who came, and no query', async () => {
  const { place, account, enrol } = await placed();
  const gateway = await aGateway({ enrol, url: platform.url });
  const answered = async (...asked: Parameters<typeof gateway.get>) => {
    const reply = await gateway.get(...asked);
    await reply.text();
    return reply.status;
  };
  expect(await answered('/erp/orders/one?secret=in-the-query', token)).toBe(200);
  expect(await answered('/erp/orders/one', token, { method: 'POST', body: 'x'.repeat(5_000) })).toBe(200);
  expect(await answered('/erp/orders/one')).toBe(401);
  expect(await answered('/erp/orders/one', await issuer.token('nobody here'))).toBe(403);
  expect(await answered('/elsewhere', token)).toBe(404);
  expect(await answered('/erp/orders/one', await issuer.token('ann', { aud: `${audience}/other` }))).toBe(401);
  const items = await reported(place, 6);
  items.reverse();
  const decided = {
    route: { id: place.route.id, name: 'orders' },
    ruleId: place.rule.id,
    service: { id: place.service.id, name: 'orders' },
  };
  const carried = {
    status: 200,
    reason: null,
    person: { accountId: account.id, name: account.displayName },
    ...decided,
  };
  expect(items).toEqual([
    expect.objectContaining({ method: 'GET', path: '/erp/orders/one', ...carried }),
    expect.objectContaining({ method: 'POST', ...carried }),
    expect.objectContaining({ status: 401, reason: 'unauthenticated', person: null, route: null }),
    expect.objectContaining({
      status: 403,
      reason: 'not-let-in',
      person: { accountId: null, name: 'nobody here' },
      ...decided,
    }),
    expect.objectContaining({ status: 404, reason: 'no-route', route: null, ruleId: null }),
    expect.objectContaining({ status: 401, reason: 'unauthenticated', person: null }),
  ]);
  expect(items[1]?.bytesIn).toBeGreaterThan(5_000);
  expect(items[1]?.bytesOut).toBeGreaterThan(5_000);
  expect(JSON.stringify(items)).not.toContain('in-the-query');
});

test('who hangs up before an answer is 499; an upstream that fails is told with its reason', async () => {
  const { place, enrol } = await placed();
  const gateway = await aGateway({ enrol, url: platform.url });
  let arrived: () => void = () => undefined;
  const isThere = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  upstream.answers.set('/api/never', () => arrived());
  upstream.answers.set('/api/broken', (asked) => asked.socket.destroy());
  const asked = request(`${gateway.url}/erp/orders/never`, { headers: { authorization: `Bearer ${token}` } });
  asked.on('error', () => undefined);
  asked.end();
  await isThere;
  asked.destroy();
  const opened = new Promise<void>((resolve) => {
    upstream.answers.set('/api/never', () => resolve());
  });
  const headers = {
    authorization: `Bearer ${token}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  };
  const socket = request(`${gateway.url}/erp/orders/never`, { headers });
  socket.on('error', () => undefined);
  socket.end();
  await opened;
  socket.destroy();
  expect((await gateway.get('/erp/orders/broken', token, { method: 'POST' })).status).toBe(502);
  const items = await reported(place, 3);
  expect(items.map(({ status, reason }) => [status, reason]).sort()).toEqual(
    [
      [499, null],
      [499, null],
      [502, 'upstream-failed'],
    ].sort(),
  );
});

test('who hangs up before it is decided is told as that, and uses up no licence', async () => {
  const slow = await anIssuer();
  slow.reads.areHeld = true;
  const place = await aPlace(platform, slow.issuer, upstream.url);
  const gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url });
  const asked = request(`${gateway.url}/erp/orders/one`, {
    headers: { authorization: `Bearer ${await slow.token('nobody here')}` },
  });
  asked.on('error', () => undefined).end();
  await until('the keys are asked for', () => slow.reads.keys > 0);
  asked.destroy();
  expect(await reported(place, 1)).toMatchObject([{ status: 499, reason: 'hung-up', route: null, person: null }]);
  expect((await place.tenant.client.get('/licences/usage')).body.transactionsThisMonth).toBe(0);
});

test('a status that HTTP does not know is carried, and told as the last that it knows', async () => {
  const { place, enrol } = await placed();
  const gateway = await aGateway({ enrol, url: platform.url });
  upstream.answers.set('/api/strange', (_asked, reply) => reply.writeHead(999).end());
  const status = await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(`${gateway.url}/erp/orders/strange`, { headers }, (reply) => resolve(reply.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(999);
  expect((await reported(place, 1)).map(({ status }) => status)).toEqual([599]);
});

test('killed hard and started again it reports what was on disk, each once', async () => {
  const { place, enrol } = await placed();
  let gateway = await aGateway({ enrol, url: platform.url });
  const { data } = gateway;
  let asked = 0;
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 40; at++) await (await gateway.get(`/erp/orders/${asked++}`, token)).text();
    // What the region has of it was acknowledged or is on its way: a kill in the middle must not count it twice.
    await until('the first are reported', async () => (await all(place)).length > round * 40);
    await gateway.kill();
    gateway = await aGateway({ url: platform.url, data });
  }
  const known = new Set((await all(place)).map(({ path }) => path));
  await (await gateway.get('/erp/orders/last', token)).text();
  await until('the last is reported', async () => (await all(place))[0]?.path === '/erp/orders/last');
  const items = await all(place);
  const paths = items.map(({ path }) => path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of known) expect(paths).toContain(path);
  expect(paths.length).toBeLessThanOrEqual(asked + 1);
});

/** Nothing of the tenant is taken: it has used up each second of the next hour. @returns what ends that */
async function takingNothing({ tenant }: Place) {
  await platform.sql(
    'au',
    `insert into quota_shares (tenant_id, share, period, used)
     select $1, 'transactions', date_trunc('second', platform_time()) + n * interval '1 second', 1000000
     from generate_series(0, 3600) n`,
    [tenant.id],
  );
  return () => platform.sql('au', 'delete from quota_shares where tenant_id = $1', [tenant.id]);
}

/** How many whole lines the journal of a program has. */
function linesOnDisk(data: string): number {
  const folder = join(data, 'journal');
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.reduce((sum, name) => sum + readFileSync(join(folder, name), 'utf8').split('\n').length - 1, 0);
}

test('killed hard before the region heard of anything it reports all that was on disk, each once', async () => {
  const { place, enrol } = await placed();
  let gateway = await aGateway({ enrol, url: platform.url });
  const { data } = gateway;
  const taking = await takingNothing(place);
  const asked: string[] = [];
  const ask = async () => {
    const path = `/erp/orders/${asked.length}`;
    const reply = await gateway.get(path, token);
    await reply.text();
    expect(reply.status).toBe(200);
    asked.push(path);
  };
  for (const count of [60, 7]) {
    for (let at = 0; at < count; at++) await ask();
    await until('all that was answered is on disk', () => linesOnDisk(data) === asked.length);
    await gateway.kill('SIGKILL');
    expect(await all(place)).toEqual([]);
    gateway = await aGateway({ url: platform.url, data });
  }
  await taking();
  await until('all are reported', async () => (await all(place)).length >= asked.length);
  // What comes then comes after them, and none of them a second time.
  await ask();
  await until('the last is reported', async () => (await all(place))[0]?.path === asked.at(-1));
  expect((await all(place)).map(({ path }) => path).sort()).toEqual(asked.sort());
});

test('drained it has all on disk, and reports it at the next start', async () => {
  const { place, enrol } = await placed();
  const gateway = await aGateway({ enrol, url: platform.url });
  const { data } = gateway;
  const taking = await takingNothing(place);
  for (let at = 0; at < 30; at++) await (await gateway.get(`/erp/orders/${at}`, token)).text();
  await gateway.kill('SIGTERM');
  expect(await all(place)).toEqual([]);
  await taking();
  await aGateway({ url: platform.url, data });
  await until('all are reported', async () => (await all(place)).length === 30);
});

test('what the region leaves out is told with the program, and in its log once', async () => {
  const small = await aPlatform({
    regions: ['au'],
    env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8', BAILIWICK_TRANSACTIONS_PER_DAY: '2' },
  });
  const place = await aPlace(small, issuer.issuer, upstream.url);
  await place.person('ann');
  const gateway = await aGateway({ enrol: place.namespace.agentKey, url: small.url });
  const agent = async () => (await place.tenant.client.get(`${place.gatewayAt}/agents`)).body.items[0];
  for (let at = 0; at < 3; at++) {
    await (await gateway.get(`/erp/orders/${at}`, token)).text();
    // Each in a batch of its own: batches are kept or left out whole.
    if (at < 2) await reported(place, at + 1);
  }
  await until('it is said', () => gateway.output.text.includes('the region leaves transactions out'));
  await (await gateway.get('/erp/orders/more', token)).text();
  await until('it is told', async () => (await agent()).journal?.leftOut === 2);
  expect(await agent()).toMatchObject({
    health: 'serving',
    problem: expect.stringContaining('until midnight (UTC)'),
    journal: { waiting: 0, dropped: 0, leftOut: 2 },
  });
  expect(gateway.output.text.match(/the region leaves transactions out/g)).toHaveLength(1);
  expect(gateway.output.text).toMatch(/"beyondDay":1,"tooOld":0/);
  expect((await all(place)).length).toBe(2);
});
