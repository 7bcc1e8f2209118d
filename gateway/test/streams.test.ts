import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { BEHIND } from '../src/threads.ts';
import {
  aGateway,
  anIssuer,
  anUpstream,
  aPlace,
  audience,
  memoryOf,
  type Place,
  type Running,
  until,
} from './given.ts';

/** Long bodies both ways, event streams and WebSockets, and what becomes of them when something ends. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let place: Place;
let gateway: Running;
let token: string;

const CHUNK = randomBytes(64 * 1024);
const MIB_16 = 16;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  upstream = await anUpstream();
  upstream.answers.set('/api/count', async (asked, reply) => {
    let length = 0;
    for await (const chunk of asked) length += (chunk as Buffer).length;
    reply.end(String(length));
  });
  upstream.answers.set('/api/long', (asked, reply) => {
    const pieces = Number(new URL(asked.url ?? '', 'http://h').searchParams.get('mib')) * MIB_16;
    Readable.from(
      (function* () {
        for (let at = 0; at < pieces; at++) yield CHUNK;
      })(),
    ).pipe(reply);
  });
  upstream.answers.set('/api/events', (_asked, reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' });
    let at = 0;
    const timer = setInterval(() => reply.write(`data: ${at++}\n\n`), 20);
    reply.on('close', () => clearInterval(timer));
  });
  upstream.server.on('upgrade', (asked, socket) => {
    const accept = createHash('sha1')
      .update(`${asked.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
  gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url, 'drain-seconds': '20' });
}, 120_000);

test('200 MB each way, and the memory stays flat', async () => {
  const PIECES = 200 * MIB_16;
  await gateway.get('/erp/orders/7', token);
  const before = await memoryOf(gateway.pid);
  let most = 0;
  const watching = setInterval(() => void memoryOf(gateway.pid).then((now) => (most = Math.max(most, now))), 100);
  const reply = await gateway.get('/erp/orders/long?mib=200', token);
  let length = 0;
  for await (const chunk of reply.body as unknown as AsyncIterable<Uint8Array>) length += chunk.length;
  expect(length).toBe(PIECES * CHUNK.length);
  const sent = await new Promise<string>((resolve, reject) => {
    const asked = request(
      `${gateway.url}/erp/orders/count`,
      { method: 'POST', headers: { authorization: `Bearer ${token}` } },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        resolve(text);
      },
    ).on('error', reject);
    Readable.from(
      (function* () {
        for (let at = 0; at < PIECES; at++) yield CHUNK;
      })(),
    ).pipe(asked);
  });
  clearInterval(watching);
  expect(sent).toBe(String(PIECES * CHUNK.length));
  // How far garbage piles up is for `bench/gateway.mjs`; here none of the two bodies is held.
  expect(most - before).toBeLessThan(100);
}, 120_000);

test.runIf(process.platform === 'linux')('the thread that carries requests goes before those that help it', () => {
  const threads = `/proc/${gateway.pid}/task`;
  const niceOf = (id: number) => {
    // proc(5): the nineteenth field; behind the name, which is the second, the seventeenth.
    const fields = readFileSync(`${threads}/${id}/stat`, 'latin1').split(') ')[1]?.split(' ');
    return Number(fields?.[16]);
  };
  const others = readdirSync(threads)
    .map(Number)
    .filter((id) => id !== gateway.pid);
  const behind = Math.min(19, niceOf(gateway.pid) + BEHIND);
  // V8 has four helpers, and four wait for disks.
  expect(others.filter((id) => niceOf(id) === behind).length).toBeGreaterThanOrEqual(8);
});

/** Reads until so many events came. */
async function events(reply: Response, wanted: number) {
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (text.split('\n\n').length <= wanted) {
    const { done, value } = await reader.read();
    if (done) break;
    text += Buffer.from(value).toString();
  }
  return { text, reader };
}

test('events arrive one by one, and end when the person is not let in any more', async () => {
  const bob = await place.person('bob');
  const reply = await gateway.get('/erp/orders/events', await issuer.token('bob'));
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  const { reader } = await events(reply, 3);
  await place.tenant.client.delete(`/groups/${place.group.id}/members/${bob.id}`);
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toThrow();
});

/** The offer of a WebSocket, byte by byte. */
const offer = (bearer: string) =>
  new Promise<{ socket: ReturnType<typeof connect>; head: string }>((resolve, reject) => {
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', reject).once('data', (first: Buffer) => resolve({ socket, head: first.toString() }));
    socket.write(
      `GET /erp/orders/socket HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${bearer}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
  });

test('a WebSocket is carried both ways, and cut when the person is not let in any more', async () => {
  expect((await offer('nonsense')).head).toMatch(/^HTTP\/1\.1 401 /);
  expect((await offer(await issuer.token('a stranger'))).head).toMatch(/^HTTP\/1\.1 403 /);
  const cid = await place.person('cid');
  const { socket, head } = await offer(await issuer.token('cid'));
  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  expect(head).toContain('sec-websocket-accept: ');
  const echoed = new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())));
  socket.write('frames of any kind');
  expect(await echoed).toBe('frames of any kind');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await place.tenant.client.delete(`/groups/${place.group.id}/members/${cid.id}`);
  await closed;
});

test('an upstream that breaks off is not taken for whole; one that is away is 502, one that is late 504', async () => {
  let breakOff: () => void = () => undefined;
  upstream.answers.set('/api/broken', (_asked, reply) => {
    reply.write('the beginning');
    breakOff = () => reply.destroy();
  });
  const reply = await gateway.get('/erp/orders/broken', token);
  expect(reply.status).toBe(200);
  breakOff();
  await expect(reply.text()).rejects.toThrow();
  upstream.answers.set('/api/late', () => undefined);
  expect((await gateway.get('/erp/orders/late', token)).status).toBe(504);
  upstream.answers.set('/api/gone', (asked) => asked.socket.destroy());
  expect((await gateway.get('/erp/orders/gone', token, { method: 'POST' })).status).toBe(502);
}, 60_000);

test('an upstream may think for as long as its time is, with a body whose length is known', async () => {
  upstream.answers.set('/api/thinking', (asked, reply) => {
    asked.resume().on('end', () => setTimeout(() => reply.end('thought'), 1_500));
  });
  const reply = await gateway.get('/erp/orders/thinking', token, { method: 'POST', body: 'the question' });
  expect(await reply.text()).toBe('thought');
  expect((await gateway.get('/erp/orders/7', token)).status).toBe(200);
});

/** What comes for a GET, by a client that takes no offence at the length of a body that is left out. */
const got = (path: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(`${gateway.url}${path}`, { agent: false, headers }, (reply) => resolve(reply.resume()))
      .on('error', reject)
      .end();
  });

test('an answer without a body that says how long its body would be arrives (RFC 9110 section 8.6)', async () => {
  for (const status of [304, 204])
    upstream.answers.set(`/api/${status}`, (_asked, reply) => {
      reply.writeHead(status, { 'content-length': 5, etag: '"kept"' }).end();
    });
  const unchanged = await got('/erp/orders/304');
  expect(unchanged.statusCode).toBe(304);
  expect(unchanged.headers).toMatchObject({ etag: '"kept"', 'content-length': '5' });
  const empty = await got('/erp/orders/204');
  expect(empty.statusCode).toBe(204);
  expect(empty.headers).toMatchObject({ etag: '"kept"' });
  expect(empty.headers).not.toHaveProperty('content-length');
});

test.each([
  ['with its length', 'content-length: 1000000', 'the beginning'],
  ['in pieces', 'transfer-encoding: chunked', 'd\r\nthe beginning\r\n'],
])('an upstream that answers before it has the body, %s, ends the connection', async (_how, length, beginning) => {
  upstream.answers.set('/api/enough', (_asked, reply) => reply.writeHead(413).end('enough'));
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  let text = '';
  const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
  socket.on('data', (piece: Buffer) => (text += piece));
  socket.write(
    `POST /erp/orders/enough HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${token}\r\n${length}\r\n\r\n${beginning}`,
  );
  await closed;
  expect(text).toMatch(/^HTTP\/1\.1 413 .*\r\nconnection: close\r\n.*enough/is);
});

test('an upstream that says 100 Continue unasked is answered for with 502, and asked once; other interim answers are left out', async () => {
  const tries: string[] = [];
  const said = (interim: string) =>
    upstream.answers.set('/api/interim', ({ method = '', socket }) => {
      tries.push(method);
      socket.end(`HTTP/1.1 ${interim}\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone`);
    });
  said('100 Continue');
  for (const init of [{}, { method: 'POST', body: 'a body' }]) {
    tries.length = 0;
    const reply = await gateway.get('/erp/orders/interim', token, init);
    expect(reply.status).toBe(502);
    expect(await reply.json()).toMatchObject({ type: 'urn:bailiwick:problem:upstream-failed' });
    expect(tries).toHaveLength(1);
  }
  for (const interim of ['102 Processing', '103 Early Hints\r\nlink: </a.css>']) {
    said(interim);
    const reply = await gateway.get('/erp/orders/interim', token);
    expect([reply.status, reply.headers.get('link'), await reply.text()]).toEqual([200, null, 'done']);
  }
});

/** What comes for any method, with a body or without; `fetch` sends none with a GET. @returns status and text */
const answered = (path: string, method: string, body: string | undefined) =>
  new Promise<[number, string]>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-length': body.length }),
    };
    request(`${gateway.url}${path}`, { agent: false, method, headers }, async (reply) => {
      let text = '';
      for await (const part of reply) text += part;
      resolve([reply.statusCode ?? 0, text]);
    })
      .on('error', reject)
      .end(body);
  });

describe('only what is safe is sent once more, when the connection broke before an answer', () => {
  /** Upstreams that break this many connections, and what arrived there. */
  function breaking(times: number) {
    const arrived: string[] = [];
    upstream.answers.set('/api/breaking', async (asked, reply) => {
      let body = '';
      for await (const part of asked) body += part;
      arrived.push(`${asked.method} ${body}`.trim());
      if (arrived.length <= times) asked.socket.destroy();
      else reply.end('carried');
    });
    return arrived;
  }

  test.each(['GET', 'HEAD', 'OPTIONS'])('%s is sent twice, and no third time', async (method) => {
    const once = breaking(1);
    expect(await answered('/erp/orders/breaking', method, undefined)).toEqual([
      200,
      method === 'HEAD' ? '' : 'carried',
    ]);
    expect(once).toEqual([method, method]);
    const always = breaking(Number.POSITIVE_INFINITY);
    expect((await answered('/erp/orders/breaking', method, undefined))[0]).toBe(502);
    expect(always).toEqual([method, method]);
  });

  test.each([
    ['POST', undefined],
    ['PUT', undefined],
    ['PATCH', undefined],
    ['DELETE', undefined],
    ['POST', 'a body'],
    ['PUT', 'a body'],
    ['PATCH', 'a body'],
    ['DELETE', 'a body'],
    ['GET', 'a body'],
    ['OPTIONS', 'a body'],
  ])('%s with %s is sent once', async (method, body) => {
    const arrived = breaking(1);
    expect((await answered('/erp/orders/breaking', method, body))[0]).toBe(502);
    expect(arrived).toEqual([`${method} ${body ?? ''}`.trim()]);
  });
});

test('a new configuration drops nothing that is open', async () => {
  const reply = await gateway.get('/erp/orders/events', token);
  const { reader } = await events(reply, 2);
  const { client } = place.tenant;
  const at = `${place.gatewayAt}/routes/${place.route.id}`;
  await client.patch(
    at,
    { connectTimeoutMs: 4_000, responseHeaders: { set: [{ name: 'x-new', value: 'yes' }], remove: [] } },
    '*',
  );
  await until('the new configuration is in force', async () => {
    const now = await gateway.get('/erp/orders/7', token);
    return now.headers.get('x-new') === 'yes';
  });
  expect((await reader.read()).done).toBe(false);
  await reader.cancel();
});

test('who was let in for other audiences or by another provider is cut off', async () => {
  const { reader } = await events(await gateway.get('/erp/orders/events', token), 2);
  const { client } = place.tenant;
  await client.patch(place.gatewayAt, { audiences: ['https://others.example'] }, '*');
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toThrow();
  expect((await gateway.get('/erp/orders/7', token)).status).toBe(401);
  await client.patch(place.gatewayAt, { audiences: [audience] }, '*');
  await until(
    'the first audience is good again',
    async () => (await gateway.get('/erp/orders/7', token)).status === 200,
  );
});

test('killed in the middle of a stream, the stream is cut, and a new start serves', async () => {
  const own = await aGateway({ enrol: place.namespace.agentKey, url: platform.url });
  const { reader } = await events(await own.get('/erp/orders/events', token), 2);
  await own.kill('SIGKILL');
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toThrow();
  const again = await aGateway({ data: own.data });
  expect((await again.get('/erp/orders/7', token)).status).toBe(200);
  // It has a configuration that is kept; that the region answers it does not learn from a long poll of 20 seconds.
  const health = async () => (await (await again.get('/.bailiwick/health')).json()) as { region: string };
  await until('the region was heard', async () => (await health()).region === 'answers', 15);
});

test('SIGTERM lets what is open end, and takes nothing new', async () => {
  const own = await aGateway({ enrol: place.namespace.agentKey, url: platform.url });
  let finish: () => void = () => undefined;
  upstream.answers.set('/api/open', (_asked, reply) => {
    reply.write('begun, ');
    finish = () => reply.end('ended');
  });
  const reply = await own.get('/erp/orders/open', token);
  const end = own.kill('SIGTERM');
  await until('nothing new is taken', () =>
    own.get('/.bailiwick/health').then(
      ({ status }) => status === 503,
      () => true,
    ),
  );
  finish();
  expect(await reply.text()).toBe('begun, ended');
  expect(await end).toBe(0);
  const { items } = (await place.tenant.client.get(`${place.gatewayAt}/agents?sort=-createdAt`)).body;
  expect(items[0]).toMatchObject({ health: 'ended', counts: { openRequests: 0 } });
});
