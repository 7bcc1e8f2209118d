import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { reserved } from '../src/headers.ts';
import { readSettings } from '../src/settings.ts';
import { blocksOf } from './documented.ts';
import { aGateway, anIssuer, anUpstream, aPlace, type Place, type Running, until } from './given.ts';

/** The door where proxies ask, without one: as Envoy asks by the configuration of docs/proxies.md, and as nobody should. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let place: Place;
let gateway: Running;
let door: string;
let token: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  place = await aPlace(platform, issuer.issuer, (await anUpstream()).url);
  for (const subject of ['ann', 'auth0|50%é']) await place.person(subject);
  token = await issuer.token('ann');
  gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url, 'proxy-listen': '127.0.0.1:0' });
  door = doorOf(gateway);
}, 120_000);

/** Where it says that proxies ask. */
const doorOf = ({ output }: Running) =>
  /"proxies ask here","url":"([^"]+)"|"url":"([^"]+)"[^\n]*"proxies ask here"/
    .exec(output.text)
    ?.slice(1)
    .find(Boolean) as string;

type Answer = { status: number; headers: Record<string, string | undefined>; body: string };

/** As Envoy asks: the method and the host of the request, its path behind the prefix. */
const ask = (method: string, path: string, headers: Record<string, string | string[]> = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const asked = request(
      door,
      { method, path, headers: { host: 'shop.example.com', 'content-length': '0', ...headers } },
      async (reply) => {
        let body = '';
        for await (const part of reply) body += part;
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers as Answer['headers'], body });
      },
    ).on('error', reject);
    asked.end();
  });

/** Bytes as they are. @returns all that is answered */
const said = async (text: string) => {
  const { hostname, port } = new URL(door);
  const socket = connect(Number(port), hostname, () => socket.write(text));
  let heard = '';
  for await (const part of socket.setEncoding('latin1')) heard += part;
  return heard;
};
const bearer = (of = token) => ({ authorization: `Bearer ${of}` });

describe('as Envoy asks', () => {
  test('the configuration of the page asks below the prefix, and fails closed', () => {
    const [manager = ''] = blocksOf('proxies.md', 'yaml');
    expect(manager).toContain('path_prefix: /envoy\n');
    expect(manager).toContain('failure_mode_allow: false\n');
    for (const name of ['x-bailiwick-subject', 'x-bailiwick-service', 'x-bailiwick-item', 'x-bailiwick-token'])
      expect(manager).toContain(`- exact: ${name}\n`);
  });

  test('it takes out what no client may say, carries no upgrade but WebSocket, and names its hosts', () => {
    const [manager = ''] = blocksOf('proxies.md', 'yaml');
    const removed = new RegExp(`^(${/ regex: (.+)\n/.exec(manager)?.[1]})$`);
    for (const name of reserved)
      for (const sign of ['-', '.', '~', '!'])
        expect(name.replace('*', 'anything').replaceAll('-', sign)).toMatch(removed);
    expect('x-envoy-retry-on').toMatch(removed);
    for (const name of ['authorization', 'cookie', 'content-type', 'x-csrf-token', ':path', ':authority', 'host'])
      expect(name).not.toMatch(removed);
    expect(manager).toContain('headers_with_underscores_action: REJECT_REQUEST\n');
    expect([...manager.matchAll(/upgrade_type: (.+)/g)].map(([, type]) => type)).toEqual(['websocket']);
    expect([...manager.matchAll(/domains: (.+)/g)].map(([, domains]) => domains)).toEqual(['[shop.example.com]']);
  });

  test('what streams is not cut off by the 15 seconds of Envoy, and is over in the end', () => {
    const [manager = ''] = blocksOf('proxies.md', 'yaml');
    expect(/ route:\n(( {12}).*\n)+/.exec(manager)?.[0]).toMatch(/ timeout: 0s\n[\s\S]* max_stream_duration: \{/);
  });

  test('who is let in, and what the upstream is to be told', async () => {
    const { status, headers } = await ask('POST', '/envoy/erp/orders/secret?q=1', bearer());
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'x-bailiwick-subject': 'ann',
      'x-bailiwick-service': 'orders',
      'x-bailiwick-item': 'secret',
    });
  });

  test('each name comes each time, so that nothing of a client stays in its place', async () => {
    const { headers } = await ask('GET', '/envoy/erp/orders', bearer());
    expect(headers['x-bailiwick-item']).toBe('');
  });

  test('a name that no header can hold stands escaped', async () => {
    const { status, headers } = await ask('GET', '/envoy/erp/orders/7', bearer(await issuer.token('auth0|50%é')));
    expect(status).toBe(200);
    expect(headers['x-bailiwick-subject']).toBe('auth0|50%25%C3%A9');
  });

  test.each<[string, string, string, Record<string, string>, number, string]>([
    ['no token', 'GET', '/envoy/erp/orders/7', {}, 401, 'unauthenticated'],
    ['another route', 'GET', '/envoy/elsewhere', { authorization: 'ann' }, 404, 'no-route'],
    ['a path in two readings', 'GET', '/envoy/erp/%2e%2e/orders', { authorization: 'ann' }, 400, 'bad-path'],
    ['an escaped slash', 'GET', '/envoy/erp/orders%2f7', { authorization: 'ann' }, 400, 'bad-path'],
    ['an empty segment', 'GET', '/envoy//erp/orders/7', { authorization: 'ann' }, 400, 'bad-path'],
    ['another method', 'PROPFIND', '/envoy/erp/orders/7', { authorization: 'ann' }, 405, 'method-not-allowed'],
    ['somebody else', 'GET', '/envoy/erp/orders/7', { authorization: 'eve' }, 403, 'not-let-in'],
  ])('%s is refused as it is', async (_what, method, path, { authorization }, status, code) => {
    const answer = await ask(method, path, authorization ? bearer(await issuer.token(authorization)) : {});
    expect(answer.status).toBe(status);
    expect(answer.headers['x-bailiwick-reason']).toBe(code);
    expect(answer.headers).not.toHaveProperty('x-bailiwick-subject');
  });

  test('two who send it are one too many', async () => {
    const answer = await ask('GET', '/envoy/erp/orders/7', {
      authorization: [`Bearer ${token}`, `Bearer ${await issuer.token('eve')}`],
    });
    expect(answer.status).toBe(400);
  });

  test.each([
    ['that is any', ['admin.example'], 200],
    ['that is none', ['admin.example,x'], 400],
    ['with another one', ['shop.example.com', 'admin.example'], 400],
  ])('a host %s: %j is answered by %i', async (_what, hosts, status) => {
    const lines = hosts.map((host) => `host: ${host}\r\n`).join('');
    const heard = await said(
      `GET /envoy/erp/orders/7 HTTP/1.1\r\n${lines}authorization: Bearer ${token}\r\nconnection: close\r\n\r\n`,
    );
    expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (status === 400) expect(heard).toContain('x-bailiwick-reason: bad-request');
  });
});

describe('a proxy that is not set up as it should be', () => {
  test.each([
    '/',
    '/erp/orders/7',
    '/nginx',
    '/nginx/GET',
    '/nginx/GET/erp/orders/7',
    '/nginx/GET/https:///erp/orders/7',
    '/nginx/GET/https://shop.example.com',
    '/nginx/GET//https://shop.example.com/erp/orders/7',
    '/nginx/get/https://shop.example.com/erp/orders/7',
    '/nginx//https://shop.example.com/erp/orders/7',
    '/envoy',
    '/envoyerp/orders/7',
  ])('asks at %s: refused in words, whatever else it sends', async (path) => {
    const answer = await ask('GET', path, {
      ...bearer(),
      'x-original-uri': '/erp/orders/7',
      'x-original-method': 'GET',
      'x-forwarded-uri': '/erp/orders/7',
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:bailiwick:problem:not-a-question',
      detail: expect.stringContaining('$request_uri'),
    });
  });

  test('the log of the gateway says so', async () => {
    await ask('GET', '/', bearer());
    await until('it is said', () => gateway.output.text.includes('a proxy asks in a way that is not answered'));
  });
});

describe('who may ask', () => {
  const token = 'x'.repeat(32);
  const settings = (listen: string, given: string | undefined = undefined, ...more: string[]) =>
    readSettings(['--proxy-listen', listen, ...more], given ? { BAILIWICK_PROXY_TOKEN: given } : {}).proxy;
  const tls = ['--tls-certificate', 'tls.pem', '--tls-key', 'tls.key'];
  const elsewhere = ['0.0.0.0:7081', '[::]:7081', '10.0.0.7:7081', '127.0.0.1.example.com:7081'];

  test('only this machine, without a token; a short one is none', () => {
    expect(settings('127.0.0.1:7081')).toMatchObject({ host: '127.0.0.1', token: undefined, isTls: false });
    expect(settings('[::1]:7081')).toMatchObject({ host: '::1' });
    for (const listen of elsewhere)
      expect(() => settings(listen, undefined, ...tls), listen).toThrow('BAILIWICK_PROXY_TOKEN');
    expect(() => settings('0.0.0.0:7081', 'short', ...tls)).toThrow('32');
    expect(() => settings('127.0.0.1:7081', 'short')).toThrow('32');
    expect(settings('0.0.0.0:7081', token, ...tls)).toMatchObject({ token, isTls: true });
  });

  test('elsewhere than on this machine only by https', () => {
    for (const listen of elsewhere) expect(() => settings(listen, token), listen).toThrow('--tls-certificate');
    expect(settings('127.0.0.1:7081', token)).toMatchObject({ token, isTls: false });
  });

  test('the token is no argument, which others on the machine see: it comes by the environment or a file', () => {
    expect(() => settings('127.0.0.1:7081', undefined, '--proxy-token', token)).toThrow('--proxy-token-file');
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-door-'));
    const file = join(folder, 'token');
    try {
      writeFileSync(file, `${token}\n`);
      expect(settings('127.0.0.1:7081', undefined, '--proxy-token-file', file)?.token).toBe(token);
      writeFileSync(file, '');
      expect(() => settings('127.0.0.1:7081', undefined, '--proxy-token-file', file)).toThrow('32');
      expect(() => settings('127.0.0.1:7081', token, '--proxy-token-file', `${file}s`)).toThrow('cannot be read');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the bounds of the gateway are those of the door', () => {
  test('too many headers are refused, none left out', async () => {
    const many = Object.fromEntries(Array.from({ length: 2_500 }, (_, at) => [`x-${at}`, '']));
    const answer = await ask('GET', '/envoy/erp/orders/7', { ...many, ...bearer() });
    expect(answer.status).toBe(431);
    expect(answer.headers['x-bailiwick-reason']).toBe('too-many-headers');
  });

  test('not more connections than it may have', async () => {
    const small = await aGateway({
      enrol: place.namespace.agentKey,
      url: platform.url,
      'proxy-listen': '127.0.0.1:0',
      'max-connections': '1',
    });
    const { hostname, port } = new URL(doorOf(small));
    const first = connect(Number(port), hostname);
    await once(first, 'connect');
    first.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n');
    await once(first, 'data');
    const second = connect(Number(port), hostname);
    second.on('error', () => undefined).resume();
    await once(second, 'close');
    first.destroy();
  });

  test('CONNECT is answered, and what is no HTTP too', async () => {
    for (const [text, status] of [
      ['CONNECT shop.example.com:443 HTTP/1.1\r\nhost: shop.example.com\r\n\r\n', 405],
      ['nonsense\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nhost: h\r\nx: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    ] as const) {
      const heard = await said(text);
      expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(heard).toContain('cache-control: no-store');
    }
  });
});

test('no answer is one to keep, let in or refused', async () => {
  for (const [path, headers, status] of [
    ['/envoy/erp/orders/7', bearer(), 200],
    ['/envoy/erp/orders/7', {}, 401],
    ['/envoy/erp/orders/7', bearer(await issuer.token('eve')), 403],
    ['/envoy/elsewhere', bearer(), 404],
    ['/erp/orders/7', bearer(), 400],
  ] as const) {
    const answer = await ask('GET', path, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers['cache-control'], path).toBe('no-store');
  }
});

test('the code of the page asks over AuthZEN, and takes anything but a yes for a no', async () => {
  const { tenant, namespace, group } = place;
  const [block = ''] = blocksOf('proxies.md', 'js');
  const { isAllowed } = (await import(`data:text/javascript,${encodeURIComponent(block)}`)) as {
    isAllowed: (place: object, accountId: string, permission: string) => Promise<boolean>;
  };
  const at = { url: platform.url, tenantId: tenant.id, namespaceId: namespace.id, serviceKey: namespace.serviceKey };
  const account = await place.person('dan');
  expect(await isAllowed(at, account.id, 'gateways.change')).toBe(false);
  await tenant.client.put(
    `/groups/${group.id}/grants`,
    { grants: [{ permission: 'gateways.change', namespaceId: namespace.id }] },
    '*',
  );
  expect(await isAllowed(at, account.id, 'gateways.change')).toBe(true);
  expect(await isAllowed({ ...at, serviceKey: 'nonsense' }, account.id, 'gateways.change')).toBe(false);
  expect(await isAllowed({ ...at, url: 'http://127.0.0.1:1' }, account.id, 'gateways.change')).toBe(false);
});

test('drained by order the door lets in nobody', async () => {
  const { client } = place.tenant;
  const [agent] = (await client.get(`${place.gatewayAt}/agents`)).body.items;
  expect((await client.post(`${place.gatewayAt}/agents/${agent.id}/drain`)).status).toBe(200);
  await until('it refuses', async () => (await ask('GET', '/envoy/erp/orders/7', bearer())).status === 503);
  await client.post(`${place.gatewayAt}/agents/${agent.id}/resume`);
  await until('it serves', async () => (await ask('GET', '/envoy/erp/orders/7', bearer())).status === 200);
});
