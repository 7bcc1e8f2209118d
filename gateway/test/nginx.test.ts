import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { blocksOf, replaced } from './documented.ts';
import { aGateway, anIssuer, anUpstream, aPlace, freePort, type Place, type Running, until } from './given.ts';

/** The nginx of Debian with the configuration that stands in docs/proxies.md, before a gateway and an upstream. */

const binary = [process.env.BAILIWICK_TEST_NGINX, '/usr/sbin/nginx'].find((file) => file && existsSync(file));
if (process.env.BAILIWICK_TEST_NGINX && !binary)
  throw new Error(`There is no nginx at ${process.env.BAILIWICK_TEST_NGINX}.`);

const PROXY_TOKEN = 'the-token-of-the-door-32-characters';

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let place: Place;
let gateway: Running;
let gatewayPort: number;
let token: string;
let port: number;
let folder: string;
let nginx: ChildProcess | undefined;

test.skipIf(binary)('nginx did not run here: it is not installed, .ci/run has it', () => undefined);

describe.skipIf(!binary)('nginx', () => {
  beforeAll(async () => {
    platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
    issuer = await anIssuer();
    upstream = await anUpstream();
    upstream.server.on('upgrade', (asked, socket) => {
      const key = `${asked.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash('sha1').update(key).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      socket.on('error', () => socket.destroy()).pipe(socket);
    });
    place = await aPlace(platform, issuer.issuer, upstream.url);
    const { client } = place.tenant;
    expect((await client.post(`${place.gatewayAt}/certificates/generate`, {})).status).toBe(201);
    expect((await client.patch(place.gatewayAt, { signing: {} }, '*')).status).toBe(200);
    // Reports are read, never written.
    const reports = (await client.post('/services', { name: 'reports' })).body;
    await client.post(`${place.gatewayAt}/routes`, {
      name: 'reports',
      pathPrefix: '/reports',
      methods: ['GET', 'HEAD'],
      serviceId: reports.id,
      upstream: upstream.url,
    });
    await client.post(`${place.gatewayAt}/rules`, { serviceId: reports.id, groupIds: [place.group.id] });
    await place.person('ann');
    token = await issuer.token('ann');
    gatewayPort = await freePort();
    gateway = await aGateway(
      {
        enrol: place.namespace.agentKey,
        url: platform.url,
        'proxy-listen': `127.0.0.1:${gatewayPort}`,
      },
      { BAILIWICK_PROXY_TOKEN: PROXY_TOKEN },
    );
    await runNginx();
  }, 120_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => nginx?.once('close', resolve));
    if (nginx?.kill('SIGTERM')) await ended;
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  async function runNginx() {
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'bailiwick-nginx-'));
    chmodSync(folder, 0o777);
    const [block = ''] = blocksOf('proxies.md', 'nginx');
    const server = replaced(block, {
      '127.0.0.1:7081': `127.0.0.1:${gatewayPort}`,
      '127.0.0.1:9000': new URL(upstream.url).host,
      '127.0.0.1:8080': `127.0.0.1:${port}`,
    });
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
       events { worker_connections 256; }
       http { access_log off; ${paths.join(' ')}\n${server}\n}`,
    );
    const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
    const checked = spawnSync(binary as string, ['-t', ...args], { encoding: 'utf8' });
    expect(checked.status, checked.stderr).toBe(0);
    nginx = spawn(binary as string, args, { stdio: 'ignore' });
    await until('nginx listens', () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      ),
    );
  }

  /** Bytes as they are, so that nothing puts the path in order before nginx sees it. @returns the whole answer */
  const raw = (request: string, more: string[] = [], bearer: string | undefined = token) =>
    new Promise<{ status: number; head: string; body: string }>((resolve, reject) => {
      let heard = '';
      const lines = [`${request} HTTP/1.1`, 'host: shop.example.com', 'connection: close', ...more];
      if (bearer) lines.push(`authorization: Bearer ${bearer}`);
      const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
      socket
        .setEncoding('latin1')
        .on('data', (part: string) => {
          heard += part;
        })
        .on('close', () => {
          const [head = '', body = ''] = heard.split('\r\n\r\n');
          resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body });
        })
        .on('error', reject);
    });

  test('who is let in is carried, with method, path and query as they came', async () => {
    const before = upstream.seen.length;
    expect((await raw('GET /erp/orders/7?q=a%20b&x=%2f..%2f')).status).toBe(200);
    expect((await raw('DELETE /erp/orders/7')).status).toBe(200);
    expect(upstream.seen.slice(before)).toMatchObject([
      { method: 'GET', url: '/erp/orders/7?q=a%20b&x=%2f..%2f' },
      { method: 'DELETE', url: '/erp/orders/7' },
    ]);
    const posted = await fetch(`http://127.0.0.1:${port}/erp/orders/7`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: 'the body',
    });
    expect(await posted.json()).toMatchObject({ method: 'POST', body: 'the body' });
  });

  test('the upstream is told who comes, by headers and by the signed token', async () => {
    expect((await raw('GET /erp/orders/secret')).status).toBe(200);
    const { headers } = upstream.seen.at(-1) as { headers: Record<string, string> };
    expect(headers).toMatchObject({
      'x-bailiwick-subject': 'ann',
      'x-bailiwick-service': 'orders',
      'x-bailiwick-item': 'secret',
      'x-forwarded-for': '127.0.0.1',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(decodeJwt(headers['x-bailiwick-token'] as string)).toMatchObject({
      sub: 'ann',
      aud: 'orders',
      item: 'secret',
      groups: [place.group.id],
    });
    expect(headers).not.toHaveProperty('x-bailiwick-proxy-token');
  });

  test('no token, a bad one, somebody else, another route, another method: refused, and nothing arrives', async () => {
    const before = upstream.seen.length;
    const none = await raw('GET /erp/orders/7', [], '');
    expect(none.status).toBe(401);
    expect(none.head.toLowerCase()).toContain('www-authenticate: bearer');
    expect((await raw('GET /erp/orders/7', [], 'nonsense')).status).toBe(401);
    expect((await raw('GET /erp/orders/7', [], await issuer.token('a stranger'))).status).toBe(403);
    expect((await raw('GET /erp/elsewhere')).status).toBe(403);
    expect((await raw('GET /erp/reports/1')).status).toBe(200);
    expect((await raw('POST /erp/reports/1', ['content-length: 0'])).status).toBe(403);
    expect((await raw('DELETE /erp/reports/1')).status).toBe(403);
    expect((await raw('PROPFIND /erp/orders/7')).status).toBe(403);
    expect(upstream.seen.length).toBe(before + 1);
  });

  test('headers that a client forges decide nothing and do not arrive', async () => {
    const forged = [
      'x-bailiwick-subject: root',
      'x-bailiwick-service: everything',
      'x-bailiwick-item: secret',
      'x-bailiwick-token: forged',
      'x-bailiwick-proxy-token: forged',
      'x_bailiwick_subject: root',
      'x-forwarded-for: 6.6.6.6',
      'x-forwarded-host: elsewhere.example',
      'forwarded: for=6.6.6.6',
      'x-real-ip: 6.6.6.6',
      'remote-user: root',
      'x-remote-user: root',
      'x-original-uri: /erp/orders/7',
      'x-original-url: /erp/orders/7',
      'x-original-method: GET',
      'x-rewrite-url: /erp/orders/7',
      'x-http-method-override: DELETE',
    ];
    expect((await raw('POST /erp/reports/1', ['content-length: 0', ...forged])).status).toBe(403);
    expect((await raw('GET /erp/orders/7', forged, '')).status).toBe(401);
    expect((await raw('GET /erp/orders/7', forged)).status).toBe(200);
    const { headers } = upstream.seen.at(-1) as { headers: Record<string, string> };
    expect(headers['x-bailiwick-subject']).toBe('ann');
    expect(decodeJwt(headers['x-bailiwick-token'] as string).sub).toBe('ann');
    expect(JSON.stringify({ ...headers, 'x-original-method': '' })).not.toMatch(/root|forged|6\.6\.6\.6|elsewhere/);
    for (const name of ['x-original-uri', 'x-original-url', 'x-rewrite-url', 'x-http-method-override'])
      expect(headers, name).not.toHaveProperty(name);
  });

  test('two who send it are one too many', async () => {
    const before = upstream.seen.length;
    const { status } = await raw('GET /erp/orders/7', [`authorization: Bearer ${await issuer.token('a stranger')}`]);
    expect([400, 403]).toContain(status);
    expect(upstream.seen.length).toBe(before);
  });

  test.each([
    '/erp/%2e%2e/erp/orders/7',
    '/elsewhere/../erp/orders/7',
    '/erp/orders/../reports/1',
    '/erp/orders/%2e%2e/reports/1',
    '//erp/orders/7',
    '/erp//orders/7',
    '/erp/orders%2f7',
    '/erp/orders/a%5cb',
    '/erp/orders/7;/../../reports',
    '/erp/%6frders/7',
    '/erp/orders/%00',
  ])('%s could be read in two ways: refused', async (path) => {
    const before = upstream.seen.length;
    expect([400, 403]).toContain((await raw(`GET ${path}`)).status);
    expect(upstream.seen.length).toBe(before);
  });

  test('nobody outside reaches the door itself by nginx', async () => {
    expect((await raw('GET /.bailiwick/ask')).status).toBe(404);
    const straight = await fetch(`http://127.0.0.1:${gatewayPort}/nginx/GET/http://shop.example.com/erp/orders/7`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(straight.status).toBe(400);
    expect(await straight.json()).toMatchObject({ type: 'urn:bailiwick:problem:not-the-proxy' });
  });

  test('a WebSocket is carried when its offer is let in', async () => {
    const offer = (bearer: string) =>
      new Promise<{ socket: ReturnType<typeof connect>; head: string }>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', reject).once('data', (first: Buffer) => resolve({ socket, head: first.toString() }));
        socket.write(
          `GET /erp/orders/socket HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${bearer}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
        );
      });
    const refused = await offer(await issuer.token('a stranger'));
    expect(refused.head).toMatch(/^HTTP\/1\.1 403 /);
    refused.socket.destroy();
    const { socket, head } = await offer(token);
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    const echoed = new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())));
    socket.write('frames of any kind');
    expect(await echoed).toBe('frames of any kind');
    socket.destroy();
  });

  test('each question is a transaction, with what decided', async () => {
    expect((await raw('GET /erp/orders/counted')).status).toBe(200);
    expect((await raw('GET /erp/orders/counted', [], '')).status).toBe(401);
    const at = `/namespaces/${place.namespace.id}/transactions?pathPrefix=${encodeURIComponent('/erp/orders/counted')}`;
    await until('both are reported', async () => (await place.tenant.client.get(at)).body.items.length === 2);
    expect((await place.tenant.client.get(`${at}&sort=status`)).body.items).toMatchObject([
      { method: 'GET', status: 200, reason: 'let-in', service: { name: 'orders' }, route: { name: 'orders' } },
      { method: 'GET', status: 401, reason: 'unauthenticated', person: null },
    ]);
  });

  test('with the gateway away nobody comes in', async () => {
    const before = upstream.seen.length;
    await gateway.kill();
    const { status, head } = await raw('GET /erp/orders/7');
    expect(status).toBe(503);
    expect(head.toLowerCase()).toContain('retry-after: 5');
    expect(upstream.seen.length).toBe(before);
    gateway = await aGateway(
      {
        enrol: place.namespace.agentKey,
        url: platform.url,
        data: gateway.data,
        'proxy-listen': `127.0.0.1:${gatewayPort}`,
      },
      { BAILIWICK_PROXY_TOKEN: PROXY_TOKEN },
    );
    await until('it is let in again', async () => (await raw('GET /erp/orders/7')).status === 200);
  });
});
