import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { BailiwickProblem, createBailiwick, paginate } from './index.ts';

interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** A server that gives the answers one after the other, the last one for ever, and keeps what it received. */
async function aServer(...answers: Answer[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    const { status = 200, headers: sent, body: content } = answers[Math.min(received.length, answers.length - 1)] ?? {};
    received.push({ method, url, headers, body });
    response.writeHead(status, { 'content-type': 'application/json', ...sent });
    response.end(content === undefined ? undefined : typeof content === 'string' ? content : JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const problem = (status: number, code: string, members: object = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: `urn:bailiwick:problem:${code}`, title: 'No', status, detail: 'Not so.', requestId: 'r1', ...members },
});
const group = { id: 'g1', name: 'ops' };
const at = { tenantId: 't1', id: 'g1' };

test('a call fills the path, sends key, body and version, and answers data and ETag', async () => {
  const { url, received } = await aServer({ headers: { etag: '"4"' }, body: group });
  const client = createBailiwick({ baseUrl: `${url}/`, key: 'bwk_sa_x', headers: { 'x-own': 'yes' } });

  const { data, etag } = await client.groups.change({
    tenantId: 't1',
    id: 'a/b?c',
    ifMatch: '"3"',
    body: { name: 'ops' },
  });

  expect(data).toEqual(group);
  expect(etag).toBe('"4"');
  expect(received).toMatchObject([
    {
      method: 'PATCH',
      url: '/v1/tenants/t1/groups/a%2Fb%3Fc',
      headers: { authorization: 'Bearer bwk_sa_x', 'if-match': '"3"', 'x-own': 'yes' },
      body: '{"name":"ops"}',
    },
  ]);
});

test('what does not stand in the path goes to the query', async () => {
  const { url, received } = await aServer({ body: { items: [] } });
  await createBailiwick({ baseUrl: url }).groups.list({ tenantId: 't1', limit: 5, q: 'a&b' });
  expect(received[0]?.url).toBe('/v1/tenants/t1/groups?limit=5&q=a%26b');
});

test('a reply without a body is undefined', async () => {
  const { url } = await aServer({ status: 204 });
  expect((await createBailiwick({ baseUrl: url }).groups.delete({ ...at, ifMatch: '*' })).data).toBeUndefined();
});

test('text that is not JSON is handed over as it is', async () => {
  const { url } = await aServer({ headers: { 'content-type': 'text/csv' }, body: 'id,name\r\n1,ops\r\n' });
  expect((await createBailiwick({ baseUrl: url }).regions.list()).data).toBe('id,name\r\n1,ops\r\n');
});

test('each creation has an Idempotency-Key of its own, unless the caller names one; nothing else has', async () => {
  const { url, received } = await aServer({ status: 201, body: group });
  const client = createBailiwick({ baseUrl: url });
  await client.groups.create({ tenantId: 't1', body: { name: 'a' } });
  await client.raw.POST('/v1/tenants/{tenantId}/groups', { params: { path: { tenantId: 't1' } }, body: { name: 'b' } });
  await client.groups.create({ tenantId: 't1', body: { name: 'c' }, idempotencyKey: 'mine' });
  await client.groups.disable(at);

  const keys = received.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual([
    expect.stringMatching(/^[0-9a-f]{32}$/),
    expect.stringMatching(/^[0-9a-f]{32}$/),
    'mine',
    undefined,
  ]);
  expect(keys[0]).not.toBe(keys[1]);
});

test('a refusal is thrown with all that RFC 9457 and the server say', async () => {
  const errors = [{ path: 'name', message: 'must not be empty' }];
  const { url } = await aServer(problem(400, 'invalid-request', { errors, more: 1 }));
  const refusal = await createBailiwick({ baseUrl: url })
    .groups.create({ tenantId: 't1', body: { name: '' } })
    .catch((error) => error);
  expect(refusal).toBeInstanceOf(BailiwickProblem);
  expect(refusal).toMatchObject({
    message: 'Not so.',
    type: 'urn:bailiwick:problem:invalid-request',
    code: 'invalid-request',
    title: 'No',
    status: 400,
    detail: 'Not so.',
    requestId: 'r1',
    errors,
    members: { more: 1 },
    etag: undefined,
  });
});

test('who loses to another edit is told what is there now, and its version', async () => {
  const { url } = await aServer({ ...problem(412, 'version-changed', { current: group }), headers: { etag: '"7"' } });
  const lost = await createBailiwick({ baseUrl: url })
    .groups.change({ tenantId: 't1', id: 'g1', ifMatch: '"6"', body: { name: 'ops' } })
    .catch((error) => error);
  expect(lost).toMatchObject({ code: 'version-changed', etag: '"7"', members: { current: group } });
});

test.each([
  ['a page of a proxy', { status: 502, body: '<h1>Bad gateway</h1>' }],
  ['nothing', { status: 502 }],
  ['null', { status: 502, body: 'null' }],
])('%s instead of a problem is a problem too', async (_, answer) => {
  const { url } = await aServer(answer);
  await expect(createBailiwick({ baseUrl: url }).regions.list()).rejects.toMatchObject({
    name: 'BailiwickProblem',
    status: 502,
    code: 'about:blank',
    errors: [],
    detail: expect.stringContaining('502'),
  });
});

test('no answer at all is what fetch throws', async () => {
  const client = createBailiwick({ baseUrl: 'http://127.0.0.1:1' });
  await expect(client.regions.list()).rejects.toThrow('fetch failed');
});

test('a 421 is followed to the region that it names, with key, body and query', async () => {
  const right = await aServer({ status: 201, body: group });
  const wrong = await aServer(problem(421, 'wrong-region', { baseUrl: `${right.url}/` }));
  const client = createBailiwick({ baseUrl: wrong.url, key: 'bwk_sa_x' });

  const { data } = await client.groups.create({ tenantId: 't1', body: { name: 'ops' } });
  await client.groups.list({ tenantId: 't1', q: 'x' });

  expect(data).toEqual(group);
  expect(right.received).toMatchObject([
    {
      method: 'POST',
      url: '/v1/tenants/t1/groups',
      body: '{"name":"ops"}',
      headers: { authorization: 'Bearer bwk_sa_x' },
    },
    { method: 'GET', url: '/v1/tenants/t1/groups?q=x' },
  ]);
  expect(right.received[0]?.headers['idempotency-key']).toBe(wrong.received[0]?.headers['idempotency-key']);
});

test('a second 421 is a refusal, so that two regions cannot send a client round', async () => {
  const asked: string[] = [];
  const client = createBailiwick({
    baseUrl: 'https://eu.example.com',
    fetch: async (url) => {
      asked.push(url);
      const elsewhere = url.includes('eu') ? 'https://us.example.com' : 'https://eu.example.com';
      return Response.json(problem(421, 'wrong-region', { baseUrl: elsewhere }).body, { status: 421 });
    },
  });
  await expect(client.regions.list()).rejects.toMatchObject({ status: 421 });
  expect(asked).toEqual(['https://eu.example.com/v1/regions', 'https://us.example.com/v1/regions']);
});

test('a redirect is not followed: the key goes nowhere that the caller did not name', async () => {
  const other = await aServer({ body: { items: [] } });
  const { url } = await aServer({ status: 307, headers: { location: other.url } });
  await expect(createBailiwick({ baseUrl: url }).regions.list()).rejects.toMatchObject({ status: 307 });
  expect(other.received).toEqual([]);
});

test.each([
  ['turned off', { followRegion: false }, (url: string) => problem(421, 'wrong-region', { baseUrl: url })],
  ['without a base URL', {}, () => problem(421, 'wrong-region')],
  ['to another scheme', {}, () => problem(421, 'wrong-region', { baseUrl: 'file:///etc/hosts' })],
  ['of somebody else', {}, (url: string) => problem(421, 'misdirected', { baseUrl: url })],
])('a 421 is not followed: %s', async (_, options, answer) => {
  const right = await aServer({ body: { items: [] } });
  const wrong = await aServer(answer(right.url));
  await expect(createBailiwick({ baseUrl: wrong.url, ...options }).regions.list()).rejects.toMatchObject({
    status: 421,
    detail: 'Not so.',
  });
  expect(right.received).toEqual([]);
});

test('a 421 never leads from https to http, where the credential would be read on the way', async () => {
  const asked: string[] = [];
  const client = createBailiwick({
    baseUrl: 'https://eu.example.com',
    fetch: async (url) => {
      asked.push(url);
      return Response.json(problem(421, 'wrong-region', { baseUrl: 'http://us.example.com' }).body, { status: 421 });
    },
  });
  await expect(client.regions.list()).rejects.toMatchObject({ status: 421 });
  expect(asked).toEqual(['https://eu.example.com/v1/regions']);
});

const busy = (status: number, seconds: string | undefined): Answer => ({
  ...problem(status, 'busy'),
  ...(seconds === undefined ? {} : { headers: { 'retry-after': seconds } }),
});

test.each([429, 503])('%i with Retry-After is tried again where nothing can happen twice', async (status) => {
  const { url, received } = await aServer(busy(status, '0'), { body: group });
  const client = createBailiwick({ baseUrl: url });
  expect((await client.groups.read(at)).data).toEqual(group);
  expect(received).toHaveLength(2);

  const creation = await aServer(busy(status, '0'), { status: 201, body: group });
  await createBailiwick({ baseUrl: creation.url }).groups.create({ tenantId: 't1', body: { name: 'ops' } });
  expect(creation.received.map(({ body }) => body)).toEqual(['{"name":"ops"}', '{"name":"ops"}']);
  expect(new Set(creation.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
});

test('it is tried again as often as allowed and no more', async () => {
  const { url, received } = await aServer(busy(503, '0'));
  await expect(createBailiwick({ baseUrl: url }).regions.list()).rejects.toMatchObject({
    status: 503,
    retryAfterSeconds: 0,
  });
  expect(received).toHaveLength(3);
  await expect(createBailiwick({ baseUrl: url, retries: 0 }).regions.list()).rejects.toMatchObject({ status: 503 });
  expect(received).toHaveLength(4);
});

test('it is not tried again: an act without a key, no Retry-After, a wait too long, another status', async () => {
  const act = await aServer(busy(503, '0'));
  await expect(createBailiwick({ baseUrl: act.url }).groups.disable(at)).rejects.toMatchObject({ status: 503 });
  expect(act.received).toHaveLength(1);
  for (const answer of [busy(503, undefined), busy(429, '31'), busy(500, '0')]) {
    const { url, received } = await aServer(answer);
    await expect(createBailiwick({ baseUrl: url }).regions.list()).rejects.toBeInstanceOf(BailiwickProblem);
    expect(received).toHaveLength(1);
  }
});

test('a wait ends when the caller gives up', async () => {
  const { url, received } = await aServer(busy(503, '20'));
  const began = Date.now();
  const signal = AbortSignal.timeout(50);
  await expect(createBailiwick({ baseUrl: url }).groups.read({ ...at, signal })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect(Date.now() - began).toBeLessThan(15_000);
  expect(received).toHaveLength(1);
});

test('paginate goes through the pages, and asks for the next one only when it is needed', async () => {
  const { url, received } = await aServer(
    { body: { items: [{ id: '1' }, { id: '2' }], nextCursor: 'c+1' } },
    { body: { items: [], nextCursor: 'c2' } },
    { body: { items: [{ id: '3' }], nextCursor: null } },
  );
  const client = createBailiwick({ baseUrl: url });
  const ids: string[] = [];
  for await (const { id } of paginate((page) => client.groups.list({ tenantId: 't1', ...page }))) {
    if (ids.length === 1) expect(received).toHaveLength(1);
    ids.push(id);
  }
  expect(ids).toEqual(['1', '2', '3']);
  expect(received.map(({ url: asked }) => asked.replace('/v1/tenants/t1/groups', ''))).toEqual([
    '',
    '?cursor=c%2B1',
    '?cursor=c2',
  ]);
});

test('the types ask for what the contract asks for, and know what comes back', async () => {
  const { url } = await aServer({ body: { ...group, items: [{ ...group, memberCount: 2 }] } });
  const { groups, regions } = createBailiwick({ baseUrl: url });
  const made = await groups.create({ tenantId: 't1', body: { name: 'ops' } });
  const name: string = made.data.name;
  const status: 'enabled' | 'disabled' = made.data.status;
  const [first] = (await groups.list({ tenantId: 't1', limit: 5, sort: '-name' })).data.items;
  const count: number | undefined = first?.memberCount;
  const nothing: undefined = (await groups.delete({ ...at, ifMatch: made.etag })).data;
  expect([name, status, count, nothing]).toEqual(['ops', undefined, 2, { ...group, items: expect.anything() }]);

  // @ts-expect-error a body is needed
  await groups.create({ tenantId: 't1' });
  // @ts-expect-error no such field
  await groups.create({ tenantId: 't1', body: { name: 'ops', colour: 'red' } });
  // @ts-expect-error the version is needed
  await groups.delete(at);
  // @ts-expect-error a reading has no version to hold
  await groups.read({ ...at, ifMatch: '*' });
  // @ts-expect-error no such filter
  await groups.list({ tenantId: 't1', color: 'red' });
  // @ts-expect-error no such order
  await groups.list({ tenantId: 't1', sort: 'colour' });
  // @ts-expect-error no such member
  expect((await regions.list()).data.colour).toBeUndefined();
});
