import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf, type TestPlatform, type TestTenant } from '../harness.ts';

/** I1 to I3 and P37 below HTTP's libraries: bytes on the wire, limits of size and time, ambiguous framing. */

let platform: TestPlatform;
let tenant: TestTenant;
let port: number;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
  tenant = await aTenant(platform, 'au');
  port = Number(new URL(platform.url).port);
});

interface Heard {
  text: string;
  /** Whether the server closed the connection. */
  isClosed: boolean;
  afterMs: number;
}

/** Sends bytes and listens until the server closes, or for so long. */
async function onTheWire(send: (socket: Socket) => void | Promise<void>, forMs = 20_000): Promise<Heard> {
  const socket = connect(port, '127.0.0.1');
  const began = performance.now();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined); // the server may close while we still send
  await new Promise((resolve) => socket.once('connect', resolve));
  await send(socket);
  const isClosed = await new Promise<boolean>((resolve) => {
    if (socket.closed) return resolve(true);
    socket.once('close', () => resolve(true));
    setTimeout(() => resolve(false), forMs);
  });
  socket.destroy();
  return { text, isClosed, afterMs: performance.now() - began };
}

const bytes = (text: string) => (socket: Socket) => void socket.write(text);
const statusOf = ({ text }: Heard) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
const answersIn = ({ text }: Heard) => text.match(/HTTP\/1\.1 \d{3}/g)?.length ?? 0;
const groupsPath = () => `${tenant.path}/groups`;
const head = (lines: string[]) => [`POST ${groupsPath()} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
const authorised = () => `Authorization: Bearer ${tenant.ownerKey}`;
const smuggled = () => `GET /v1/regions HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('ambiguous framing is refused and the connection closed', () => {
  const body = '{"name":"smuggled"}';
  const cases: [string, () => string][] = [
    [
      'Content-Length and Transfer-Encoding',
      () =>
        `${head([
          authorised(),
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          'Transfer-Encoding: chunked',
        ])}13\r\n${body}\r\n0\r\n\r\n`,
    ],
    [
      'Transfer-Encoding and Content-Length',
      () =>
        head([authorised(), 'Content-Type: application/json', 'Transfer-Encoding: chunked', 'Content-Length: 4']) +
        `13\r\n${body}\r\n0\r\n\r\n`,
    ],
    [
      'two different Content-Length',
      () =>
        head([authorised(), 'Content-Type: application/json', `Content-Length: ${body.length}`, 'Content-Length: 0']) +
        body,
    ],
    [
      'two equal Content-Length',
      () =>
        head([
          authorised(),
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          `Content-Length: ${body.length}`,
        ]) + body,
    ],
    [
      'a list of Content-Length',
      () =>
        head([authorised(), 'Content-Type: application/json', `Content-Length: ${body.length}, ${body.length}`]) + body,
    ],
    [
      'a signed Content-Length',
      () => head([authorised(), 'Content-Type: application/json', `Content-Length: +${body.length}`]) + body,
    ],
    [
      'an unknown Transfer-Encoding',
      () => head([authorised(), 'Content-Type: application/json', 'Transfer-Encoding: xchunked']) + body,
    ],
    [
      'chunked that is not last',
      () =>
        head([authorised(), 'Content-Type: application/json', 'Transfer-Encoding: chunked, identity']) +
        `13\r\n${body}\r\n0\r\n\r\n`,
    ],
    [
      'a chunk size that is no number',
      () =>
        head([authorised(), 'Content-Type: application/json', 'Transfer-Encoding: chunked']) +
        `zz\r\n${body}\r\n0\r\n\r\n`,
    ],
    [
      'a bare LF in the header',
      () =>
        `POST ${groupsPath()} HTTP/1.1\nHost: localhost\n${authorised()}\nContent-Length: ${body.length}\n\n${body}`,
    ],
    [
      'a bare CR in a header',
      () => head([authorised(), `X-One: a\rContent-Length: 0`, `Content-Length: ${body.length}`]) + body,
    ],
    ['a NUL in a header', () => head([authorised(), 'X-One: a\0b', `Content-Length: ${body.length}`]) + body],
    ['a space before the colon', () => head([authorised(), `Content-Length : ${body.length}`]) + body],
    ['a folded header', () => head([authorised(), 'X-One: a', ' b', `Content-Length: ${body.length}`]) + body],
    ['no Host', () => `GET /v1/regions HTTP/1.1\r\n\r\n`],
    ['an unknown method', () => `BREW /v1/regions HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['another protocol', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ];

  test.each(cases)('%s', async (what, request) => {
    const before = (await tenant.client.get('/groups')).body.total;
    const heard = await onTheWire(bytes(request() + smuggled()));
    expect(statusOf(heard), heard.text).toBe(what === 'an unknown method' ? 501 : 400);
    expect(heard.text).toContain('"type":"urn:bailiwick:problem:');
    expect(answersIn(heard), heard.text).toBe(1); // what follows on the connection is not read as a request
    expect(heard.isClosed).toBe(true);
    expect((await tenant.client.get('/groups')).body.total).toBe(before);
  });

  test('two Host headers do not choose anything', async () => {
    const heard = await onTheWire(
      bytes('GET /v1/regions HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
    );
    expect([200, 400]).toContain(statusOf(heard));
    expect(heard.text).not.toContain('evil.example');
  });
});

describe('size', () => {
  test('a body that says that it has 100 MB is refused before it is sent', async () => {
    const heard = await onTheWire(
      bytes(head([authorised(), 'Content-Type: application/json', 'Content-Length: 104857600'])),
    );
    expect(statusOf(heard)).toBe(413);
    expect(heard.text).toContain('urn:bailiwick:problem:too-large');
    expect(heard.isClosed).toBe(true);
    expect(heard.afterMs).toBeLessThan(15_000);
  });

  test('a body of 100 MB in chunks is refused after the limit, not read to its end', async () => {
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    let sent = 0;
    const heard = await onTheWire(async (socket) => {
      socket.write(head([authorised(), 'Content-Type: application/json', 'Transfer-Encoding: chunked']));
      while (sent < 104_857_600 && !socket.destroyed && socket.writable) {
        if (!socket.write(chunk)) {
          const went = await Promise.race([
            new Promise((resolve) => socket.once('drain', () => resolve(true))),
            new Promise((resolve) => socket.once('close', () => resolve(false))),
            new Promise((resolve) => setTimeout(() => resolve(false), 5_000)),
          ]);
          if (!went) break;
        }
        sent += 0x10000;
      }
    });
    expect(statusOf(heard)).toBe(413);
    expect(sent).toBeLessThan(20 * 1024 * 1024);
    expect(heard.isClosed).toBe(true);
  });

  test('100,000 header lines: 431', async () => {
    const line = 'x: y\r\n'.repeat(1_000);
    const heard = await onTheWire((socket) => {
      socket.write('GET /v1/regions HTTP/1.1\r\nHost: localhost\r\n');
      for (let count = 0; count < 100 && socket.writable; count++) socket.write(line);
      socket.write('\r\n');
    });
    expect(statusOf(heard)).toBe(431);
    expect(heard.text).toContain('urn:bailiwick:problem:headers-too-large');
    expect(heard.isClosed).toBe(true);
  });

  test('within the size, no header line is dropped', async () => {
    const lines = Array.from({ length: 1_500 }, () => 'a:b');
    const heard = await onTheWire(
      bytes(
        [`GET /v1/me HTTP/1.1`, 'Host: localhost', ...lines, authorised(), 'Connection: close', '', ''].join('\r\n'),
      ),
    );
    expect(statusOf(heard), heard.text).toBe(200);
  });

  test.each([
    ['a path of 20,000 characters', () => `/v1/tenants/${'a'.repeat(20_000)}`, [400, 431]],
    ['a parameter of 5,000 characters', () => `/v1/tenants/${'a'.repeat(5_000)}/groups`, [400, 401, 404]],
    ['a query of 10,000 characters', () => `${groupsPath()}?q=${'a'.repeat(10_000)}`, [400]],
    ['10,000 query parameters', () => `${groupsPath()}?${'a=&'.repeat(4_000)}`, [400]],
    ['a path with a broken escape', () => `${tenant.path}/groups/%zz`, [400]],
    ['a path with an overlong escape', () => `${tenant.path}/groups/%c0%af`, [400]],
    ['a path with NUL', () => `${tenant.path}/groups/%00`, [400]],
    ['a path with dots', () => `${tenant.path}/groups/../../../healthz`, [200, 400, 401, 404]],
    ['an absolute address', () => 'http://evil.example/v1/regions', [200, 400, 404]],
  ])('%s: a problem, no 5xx', async (_what, path, statuses) => {
    const heard = await onTheWire(
      bytes(`GET ${path()} HTTP/1.1\r\nHost: localhost\r\n${authorised()}\r\nConnection: close\r\n\r\n`),
    );
    expect(statuses, heard.text.slice(0, 500)).toContain(statusOf(heard));
    expect(heard.text).not.toContain('evil.example');
    if (statusOf(heard) >= 400) {
      expect(heard.text.toLowerCase()).toContain('content-type: application/problem+json');
      expect(heard.text).toContain('"requestId"');
    }
  });
});

describe('time', () => {
  test('headers and bodies that do not come to an end are cut off', { timeout: 60_000 }, async () => {
    const drip = (first: string) => async (socket: Socket) => {
      socket.write(first);
      const timer = setInterval(() => socket.writable && socket.write('a'), 1_000);
      socket.once('close', () => clearInterval(timer));
    };
    const [header, body, silent] = await Promise.all([
      onTheWire(drip('GET /v1/regions HTTP/1.1\r\nHost: localhost\r\nX-Slow: '), 50_000),
      onTheWire(
        drip(`${head([authorised(), 'Content-Type: application/json', 'Content-Length: 1000'])}{"name":"`),
        50_000,
      ),
      onTheWire(() => undefined, 50_000),
    ]);
    expect(header.isClosed).toBe(true);
    expect(header.afterMs).toBeLessThan(20_000);
    expect(statusOf(header)).toBe(408);
    expect(body.isClosed).toBe(true);
    expect(body.afterMs).toBeLessThan(40_000);
    expect(statusOf(body)).toBe(408);
    expect(silent.isClosed).toBe(true);
  });

  test('200 slow connections do not keep others from being served', async () => {
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST /v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
      return socket;
    });
    const began = performance.now();
    for (let count = 0; count < 20; count++) expect((await tenant.client.get('/groups')).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(20_000);
    for (const socket of slow) socket.destroy();
  });
});

describe('methods', () => {
  test('HEAD answers like GET, without a body, and changes nothing', async () => {
    const { client } = platform;
    const got = await tenant.client.get('/groups');
    const headed = await client(tenant.ownerKey).call('HEAD', groupsPath());
    expect(headed.status).toBe(200);
    expect(headed.text).toBe('');
    expect(headed.headers.get('content-length')).toBe(got.headers.get('content-length'));
    expect((await client(null).call('HEAD', groupsPath())).status).toBe(401);
  });

  test.each(['x-http-method-override', 'x-method-override', 'x-http-method'])('%s decides nothing', async (name) => {
    const group = await tenant.given.group();
    const { client } = platform;
    const at = `${groupsPath()}/${group.id}`;
    const got = await client(tenant.ownerKey).get(at, { [name]: 'DELETE' });
    expect(got.status).toBe(200);
    const posted = await client(tenant.ownerKey).post(at, undefined, { [name]: 'DELETE', 'if-match': '*' });
    expect(posted.status).toBe(405);
    expect((await client(tenant.ownerKey).post(`${groupsPath()}?_method=GET`, { name: 'x' })).status).toBe(400);
    expect((await client(tenant.ownerKey).get(at)).status).toBe(200);
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('%s where there is none: 405 with Allow', async (method) => {
    const origin = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' };
    const { client, anyone } = platform;
    for (const [of, path, allow] of [
      [anyone, '/v1/regions', 'GET, HEAD, OPTIONS'],
      [anyone, '/healthz', 'GET, HEAD, OPTIONS'],
      [client(tenant.ownerKey), groupsPath(), 'GET, HEAD, POST, OPTIONS'],
      [client(tenant.ownerKey), '/v1/tenants/nobodys/groups?limit=1', 'GET, HEAD, POST, OPTIONS'],
    ] as const) {
      const reply = await of.call(method, path, { headers: origin });
      expect(reply).toMatchObject({ status: 405, body: { type: 'urn:bailiwick:problem:method-not-allowed' } });
      expect(reply.headers.get('allow')).toBe(allow);
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await anyone.call(method, groupsPath())).status).toBe(401);
    expect((await client(tenant.ownerKey).call(method, '/v1/nothing')).status).toBe(404);
  });

  test('OPTIONS names the methods of an address, and lets no other site in', async () => {
    const { client, anyone } = platform;
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const reply = await client(tenant.ownerKey).call('OPTIONS', groupsPath(), { headers });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(reply.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
    expect(reply.headers.get('access-control-allow-origin')).toBeNull();
    expect((await anyone.call('OPTIONS', groupsPath())).status).toBe(401);
    expect((await anyone.call('OPTIONS', '/v1/nothing')).status).toBe(404);
  });

  // RFC 9110 section 15.6.2.
  test.each(['TRACE', 'PROPFIND', 'QUERY', 'PURGE', 'FOO', 'get'])('%s is 501, and echoes nothing', async (method) => {
    for (const path of ['/v1/regions', '/v1/nothing']) {
      const heard = await onTheWire(
        bytes(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nX-Secret: echoed\r\nConnection: close\r\n\r\n`),
      );
      expect(statusOf(heard)).toBe(501);
      expect(heard.text).toContain('urn:bailiwick:problem:method-not-implemented');
      expect(heard.text).not.toContain('echoed');
    }
  });

  test('CONNECT is not taken', async () => {
    const connected = await onTheWire(bytes('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'));
    expect(connected.isClosed).toBe(true);
    expect(connected.text).not.toContain('200');
  });

  test('an upgrade is not taken', async () => {
    const heard = await onTheWire(
      bytes(
        'GET /v1/regions HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n',
      ),
    );
    expect(heard.text).not.toContain('101 Switching');
  });
});

describe('spelling of the path decides nothing (P27)', () => {
  test.each([
    (path: string) => path.toUpperCase(),
    (path: string) => `${path}/`,
    (path: string) => path.replace('/groups', '//groups'),
    (path: string) => path.replace('/groups', '/./groups'),
    (path: string) => path.replace('groups', '%67roups'),
    (path: string) => `${path};x=1`,
    (path: string) => path.replace('/groups', '/groups%2f'),
    (path: string) => `/${path}`,
  ])('%s', async (spell) => {
    const at = spell(groupsPath());
    for (const key of [null, 'bwk_sa_nonsense']) {
      const reply = await clientOf(platform.url, key).get(at);
      expect([400, 401, 404], `${at}: ${reply.text}`).toContain(reply.status);
    }
  });
});
