import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../server/src/kernel/certificates.ts';
import { freePort } from '../../server/test/free-port.ts';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { reserved } from '../src/headers.ts';
import { blocksOf, replaced } from './documented.ts';
import { aGateway, anIssuer, anUpstream, aPlace, type Place, type Running, until } from './given.ts';

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
const running: { child: ChildProcess; folder: string }[] = [];

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
    // One path, by its host for others only, by any host for ann.
    const strict = (await client.post('/services', { name: 'strict' })).body;
    const others = await place.tenant.given.group();
    await client.post(`${place.gatewayAt}/rules`, { serviceId: strict.id, groupIds: [others.id] });
    for (const route of [
      { name: 'strict', host: 'shop.example.com', serviceId: strict.id },
      { name: 'wide', serviceId: reports.id },
    ]) {
      const made = await client.post(`${place.gatewayAt}/routes`, {
        ...route,
        pathPrefix: '/hosted',
        upstream: upstream.url,
      });
      expect(made.status, made.text).toBe(201);
    }
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
    port = await runNginx(gatewayPort);
  }, 120_000);

  afterAll(async () => {
    for (const { child, folder } of running) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      if (child.kill('SIGTERM')) await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  /** With the page's configuration, its addresses and more of it replaced. @returns its port */
  async function runNginx(door: number, changes: Record<string, string> = {}) {
    const free = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-nginx-'));
    chmodSync(folder, 0o777);
    const [block = ''] = blocksOf('proxies.md', 'nginx');
    const server = replaced(block, {
      ...changes,
      '127.0.0.1:7081': `127.0.0.1:${door}`,
      '127.0.0.1:9000': new URL(upstream.url).host,
      '127.0.0.1:8080': `127.0.0.1:${free}`,
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
    running.push({ child: spawn(binary as string, args, { stdio: 'ignore' }), folder });
    await until('nginx listens', () =>
      fetch(`http://127.0.0.1:${free}/`).then(
        () => true,
        () => false,
      ),
    );
    return free;
  }

  /** Bytes as they are, so that nothing puts the path in order before nginx sees it. @returns the whole answer */
  const raw = (
    request: string,
    more: string[] = [],
    bearer: string | undefined = token,
    { host = 'shop.example.com', body: sent = '', at = port } = {},
  ) =>
    new Promise<{ status: number; head: string; body: string }>((resolve, reject) => {
      let heard = '';
      const lines = [`${request} HTTP/1.1`, `host: ${host}`, 'connection: close', ...more];
      if (bearer) lines.push(`authorization: Bearer ${bearer}`);
      const socket = connect(at, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n${sent}`, 'latin1'));
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
    expect((await raw('POST /erp/orders/7', ['content-length: 8'], token, { body: 'the body' })).status).toBe(200);
    expect(upstream.seen.at(-1)).toMatchObject({ method: 'POST', body: 'the body' });
  });

  test('what the page names goes on to the upstream', async () => {
    const named = { cookie: 'a=b; c=d', 'accept-language': 'de', 'if-none-match': '"1"', 'last-event-id': '7' };
    await raw(
      'GET /erp/orders/7',
      Object.entries(named).map(([name, value]) => `${name}: ${value}`),
    );
    expect(upstream.seen.at(-1)?.headers).toMatchObject({ ...named, host: 'shop.example.com' });
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
    // Also those that only other proxies and upstreams know, and a header that the gateway signs in elsewhere.
    const names = [...reserved, 'x-orders-token', 'x-auth-request-user', 'x-webauth-user', 'true-client-ip', 'via'];
    const forged = names
      .flatMap((name) => [name, name.replaceAll('-', '_')])
      .map((name) => `${name.replace('*', 'user')}: forged`);
    expect((await raw('POST /erp/reports/1', ['content-length: 0', ...forged])).status).toBe(403);
    expect((await raw('GET /erp/orders/7', forged, '')).status).toBe(401);
    expect((await raw('GET /erp/orders/7', forged)).status).toBe(200);
    const { headers } = upstream.seen.at(-1) as { headers: Record<string, string> };
    expect(headers['x-bailiwick-subject']).toBe('ann');
    expect(decodeJwt(headers['x-bailiwick-token'] as string).sub).toBe('ann');
    expect(JSON.stringify(headers)).not.toContain('forged');
  });

  test('the host by which it is judged is not the client’s to choose', async () => {
    const before = upstream.seen.length;
    const status = async (target: string, host: string) => (await raw(`GET ${target}`, [], token, { host })).status;
    // By the strict route of this host; without a host a wide one would let it in.
    for (const host of ['shop.example.com', 'SHOP.example.com', 'shop.example.com.', 'shop.example.com:9'])
      expect(await status('/erp/hosted/1', host), host).toBe(403);
    expect(await status('http://shop.example.com/erp/hosted/1', 'elsewhere.example.com')).toBe(403);
    for (const host of ['elsewhere.example.com', '127.0.0.1', 'shop.example.com.elsewhere.example.com', 'h'])
      expect(await status('/erp/hosted/1', host), host).toBe(421);
    expect(await status('http://elsewhere.example.com/erp/hosted/1', 'shop.example.com')).toBe(421);
    expect(upstream.seen.length).toBe(before);
  });

  test.each(['h2c', 'H2C', 'websocket, h2c', 'h2c, websocket', 'TLS/1.0', 'connect-udp'])(
    'an offer of %s is no tunnel to the upstream',
    async (offered) => {
      const more = [`upgrade: ${offered}`, 'http2-settings: AAMAAABkAARAAAAAAAIAAAAA'];
      const { status } = await raw('GET /erp/orders/7', more);
      expect(status).toBe(200);
      const { headers } = upstream.seen.at(-1) as { headers: Record<string, string> };
      expect(headers).not.toHaveProperty('upgrade');
      expect(headers).not.toHaveProperty('http2-settings');
      expect(headers).not.toHaveProperty('connection');
    },
  );

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
          `GET /erp/orders/socket HTTP/1.1\r\nhost: shop.example.com\r\nauthorization: Bearer ${bearer}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
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

  test('a gateway on another machine is asked by https, and only the one that is named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-door-'));
    const [file, key] = [join(folder, 'tls.pem'), join(folder, 'tls.key')];
    const day = 86_400_000;
    const made = await makeCertificate(
      'gateway.example.com',
      new Date(Date.now() - day),
      new Date(Date.now() + 90 * day),
      'ES256',
    );
    writeFileSync(file, made.certificate);
    writeFileSync(key, made.privateKey);
    writeFileSync(join(folder, 'token'), `${PROXY_TOKEN}\n`);
    const door = await freePort();
    const elsewhere = await aGateway({
      enrol: place.namespace.agentKey,
      url: platform.url,
      name: 'elsewhere',
      'proxy-listen': `0.0.0.0:${door}`,
      'proxy-token-file': join(folder, 'token'),
      'tls-certificate': file,
      'tls-key': key,
    });
    const [whole = '', byHttps = ''] = blocksOf('proxies.md', 'nginx');
    const here = /^ {2}location = \/\.bailiwick\/ask \{\n[\s\S]*?^ {2}\}\n/m.exec(whole)?.[0] as string;
    const trusting = byHttps.replace('/etc/nginx/bailiwick-ca.pem', file);
    const named = await runNginx(door, { [here]: trusting });
    expect((await raw('GET /erp/orders/7', [], token, { at: named })).status).toBe(200);
    expect((await raw('GET /erp/orders/7', [], '', { at: named })).status).toBe(401);
    const another = await runNginx(door, { [here]: trusting.replace('gateway.example.com', 'another.example.com') });
    expect((await raw('GET /erp/orders/7', [], token, { at: another })).status).toBe(503);
    await elsewhere.kill();
    rmSync(folder, { recursive: true });
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
