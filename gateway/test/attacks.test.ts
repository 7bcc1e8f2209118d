import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants, connect as http2 } from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../server/test/free-port.ts';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { aGateway, anIssuer, anUpstream, aPlace, audience, type Place, type Running, until } from './given.ts';

/** What must not come in, by tokens, by requests that say two things, and by time. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let place: Place;
let gateway: Running;
let token: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  upstream = await anUpstream();
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
  gateway = await aGateway({ enrol: place.namespace.agentKey, url: platform.url, 'max-body-mb': '1' });
}, 120_000);

const status = async (bearer: string) => (await gateway.get('/erp/orders/7', bearer)).status;

describe('tokens', () => {
  test('G2: of another tenant’s provider, for another audience, over, without an end, not yet: refused', async () => {
    expect(await status(token)).toBe(200);
    const other = await anIssuer();
    const now = Math.floor(Date.now() / 1000);
    const refused = {
      'of another provider': await other.token('ann'),
      'of another provider in the name of ours': await other.token('ann', { iss: issuer.issuer }),
      'for another audience': await issuer.token('ann', { aud: 'https://elsewhere.example' }),
      over: await issuer.token('ann', { exp: now - 60 }),
      'not yet': await issuer.token('ann', { nbf: now + 300 }),
      'without an end': await new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'ann' })
        .setProtectedHeader({ alg: 'RS256', kid: 'first' })
        .sign((issuer.keys[0] as (typeof issuer.keys)[number]).privateKey),
    };
    for (const [what, bearer] of Object.entries(refused)) expect(await status(bearer), what).toBe(401);
  });

  test('G2: algorithms are not the token’s to choose, and neither are keys', async () => {
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const key = issuer.keys[0] as (typeof issuer.keys)[number];
    const hmac = (secret: Uint8Array) =>
      new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'ann' })
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .setExpirationTime('5m')
        .sign(secret);
    const own = await generateKeyPair('RS256', { extractable: true });
    const withKey = (more: object) =>
      new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'ann' })
        .setProtectedHeader({ alg: 'RS256', ...more })
        .setExpirationTime('5m')
        .sign(own.privateKey);
    const { n = '', e = '' } = await exportJWK(own.publicKey);
    const elsewhere = await anIssuer();
    const there = { kid: 'first', jku: `${elsewhere.issuer}/keys`, x5u: `${elsewhere.issuer}/keys` };
    const refused = {
      none: `${encoded({ alg: 'none' })}.${payload}.`,
      'none, with a signature': `${encoded({ alg: 'none', kid: 'first' })}.${payload}.${signature}`,
      'HS256 by the public key': await hmac(new TextEncoder().encode(await exportSPKI(key.publicKey))),
      'HS256 by its modulus': await hmac(Buffer.from(key.jwk.n as string, 'base64url')),
      'another algorithm': `${encoded({ alg: 'ES256', kid: 'first' })}.${payload}.${signature}`,
      'a key of its own': await withKey({ kid: 'first', jwk: { kty: 'RSA', n, e } }),
      'a logout token': await new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'ann' })
        .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'logout+jwt' })
        .setExpirationTime('5m')
        .sign(key.privateKey),
      'a logout token of a provider that says no type': await issuer.token('ann', {
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      }),
      'a key from elsewhere': await elsewhere.token('ann', { iss: issuer.issuer }, elsewhere.keys[0], there),
      'an extension that nobody knows': await new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'ann' })
        .setProtectedHeader({ alg: 'RS256', kid: 'first', crit: ['urn:unknown'], 'urn:unknown': true })
        .setExpirationTime('5m')
        .sign(key.privateKey, { crit: { 'urn:unknown': true } }),
      'another payload': `${header}.${encoded({ iss: issuer.issuer, aud: audience, sub: 'root', exp: 9e9 })}.${signature}`,
    };
    for (const [what, bearer] of Object.entries(refused)) expect(await status(bearer), what).toBe(401);
    expect(elsewhere.reads.keys).toBe(0);
  });

  test.each([
    ['at+jwt', 200],
    ['application/at+jwt', 200],
    ['Application/AT+JWT', 200],
    ['JWT', 200],
    ['logout+jwt', 401],
    ['dpop+jwt', 401],
    ['application/logout+jwt', 401],
    ['application/application/at+jwt', 401],
  ])('a token of type %s is answered by %i (RFC 9068 section 4)', async (typ, wanted) => {
    const bearer = await new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'ann' })
      .setProtectedHeader({ alg: 'RS256', kid: 'first', typ })
      .setExpirationTime('5m')
      .sign((issuer.keys[0] as (typeof issuer.keys)[number]).privateKey);
    expect(await status(bearer)).toBe(wanted);
  });

  test('G2: keys that nobody knows, 200 times: one look at most', async () => {
    const before = issuer.reads.keys;
    const stranger = await issuer.made('nobody knows');
    const bearers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => issuer.token('ann', {}, { ...stranger, kid: `unknown ${at}` })),
    );
    expect(new Set(await Promise.all(bearers.map(status)))).toEqual(new Set([401]));
    expect(issuer.reads.keys - before).toBeLessThanOrEqual(1);
    expect(await status(token)).toBe(200);
  });

  test('a new key of the provider is found', async () => {
    const another = await aGateway({ enrol: place.namespace.agentKey, url: platform.url });
    issuer.keys.push(await issuer.made('second'));
    const bearer = await issuer.token('ann', {}, issuer.keys[1]);
    expect((await another.get('/erp/orders/7', bearer)).status).toBe(200);
  });
});

/** Bytes as they are. @returns the status line, or what came instead of one */
const raw = async (text: string) => (await heardOf(text)).split('\r\n')[0] ?? '';

const heardOf = (text: string) =>
  new Promise<string>((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(text, 'latin1'));
    socket
      .setEncoding('latin1')
      .on('data', (part: string) => {
        heard += part;
        socket.end();
      })
      .on('close', () => resolve(heard))
      // Whoever is cut off while it still sends has been answered all the same.
      .on('error', (error) => heard || reject(error));
    socket.setTimeout(30_000, () => socket.destroy());
  });

describe('requests that say two things', () => {
  const head = (...lines: string[]) =>
    [`POST /erp/orders/7 HTTP/1.1`, 'host: h', `authorization: Bearer ${token}`, ...lines, '', ''].join('\r\n');
  const offered = (line: string) =>
    head('connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', line).replace('POST', 'GET');
  const smuggled = `GET /erp/orders/smuggled HTTP/1.1\r\nhost: h\r\nauthorization: Bearer x\r\n\r\n`;

  test.each<[string, () => string]>([
    ['a length and a coding', () => `${head('content-length: 4', 'transfer-encoding: chunked')}0\r\n\r\n${smuggled}`],
    ['a coding and a length', () => `${head('transfer-encoding: chunked', 'content-length: 4')}0\r\n\r\n${smuggled}`],
    ['two lengths', () => `${head('content-length: 4', 'content-length: 5')}abcde`],
    ['two equal lengths', () => `${head('content-length: 4', 'content-length: 4')}abcd`],
    ['a length with a sign', () => `${head('content-length: +4')}abcd`],
    ['two codings', () => `${head('transfer-encoding: chunked', 'transfer-encoding: identity')}0\r\n\r\n`],
    ['a coding before chunked', () => `${head('transfer-encoding: gzip, chunked')}0\r\n\r\n`],
    ['a coding that is not known', () => `${head('transfer-encoding: xchunked')}0\r\n\r\n`],
    ['a coding in another spelling', () => `${head('transfer-encoding : chunked')}0\r\n\r\n`],
    ['a length by underscore', () => `${head('content_length: 9', 'content-length: 4')}abcd`],
    ['a folded header', () => `${head('x-a: b', ' transfer-encoding: chunked')}0\r\n\r\n`],
    ['a length by a dot', () => `${head('content.length: 9', 'content-length: 4')}abcd`],
    ['a coding by HTTP/1.0', () => `${head('transfer-encoding: chunked').replace('1.1', '1.0')}0\r\n\r\n`],
    ...['user@h', 'h..x', 'h..', 'h:x', 'h:70000', '[:::]', 'h/x', 'h,x', 'h%00', 'h x', '[h]'].map(
      (host): [string, () => string] => [
        `a host that is none, ${host}`,
        () => `GET /erp/orders/7 HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`,
      ],
    ),
    ['an offer of a WebSocket with a body', () => `${offered('content-length: 4')}abcd`],
    ['an offer of a WebSocket with a coding', () => `${offered('transfer-encoding: chunked')}0\r\n\r\n`],
    ['two hosts', () => `${head('host: elsewhere')}`],
    ['no host', () => `GET /erp/orders/7 HTTP/1.1\r\n\r\n`],
    ['another address', () => `GET http://elsewhere.example/erp/orders/7 HTTP/1.1\r\nhost: h\r\n\r\n`],
    ['a bare line feed', () => `GET /erp/orders/7 HTTP/1.1\nhost: h\n\n`],
    ['a path of raw bytes', () => `GET /erp/orders/\xe9 HTTP/1.1\r\nhost: h\r\n\r\n`],
  ])('%s: 400', async (_what, text) => {
    const before = upstream.seen.length;
    expect(await raw(text())).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.seen.length).toBe(before);
  });

  test('CONNECT and TRACE are not carried', async () => {
    expect(await raw('CONNECT elsewhere:443 HTTP/1.1\r\nhost: h\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
    expect(await raw('TRACE /erp/orders/7 HTTP/1.1\r\nhost: h\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('who speaks HTTP/2, as gRPC does, is told in its own words that it is not carried', async () => {
    const session = http2(gateway.url);
    session.on('error', () => undefined);
    const [code, , words] = await once(session, 'goaway');
    expect(code).toBe(constants.NGHTTP2_HTTP_1_1_REQUIRED);
    expect(String(words)).toMatch(/gRPC and HTTP\/2 are not carried/);
    expect((await gateway.get('/erp/orders/7', token)).status).toBe(200);
  });

  test('headers that do not come to an end are not waited for: 408', async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () =>
      socket.write('GET /erp/orders/7 HTTP/1.1\r\nhost: h\r\n'),
    );
    const [heard] = await once(socket, 'data');
    expect(String(heard)).toMatch(/^HTTP\/1\.1 408 /);
    await once(socket, 'close');
  });

  test('another version than HTTP/1 is not spoken', async () => {
    expect(await raw(head('content-length: 0').replace('HTTP/1.1', 'HTTP/2.0'))).toMatch(/^HTTP\/1\.1 505 /);
  });

  test('a route of a host is not missed by another spelling of the host', async () => {
    const { client } = place.tenant;
    const strict = (await client.post('/services', { name: 'strict' })).body;
    const open = { serviceId: place.service.id, upstream: `${upstream.url}/api`, pathPrefix: '/hosted' };
    // The open route last: where it lets in, the strict one is in force.
    for (const more of [{ name: 'one', host: 'shop.example', serviceId: strict.id }, { name: 'any' }])
      expect((await client.post(`${place.gatewayAt}/routes`, { ...open, ...more })).status).toBe(201);
    const at = (host: string) =>
      raw(`GET /erp/hosted/x HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`);
    await until('the routes are in force', async () => (await at('h')).startsWith('HTTP/1.1 200 '));
    for (const host of ['shop.example', 'SHOP.example', 'shop.example.', 'shop.example:', 'shop.example.:80'])
      expect(await at(host), host).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each([
    ['SHOP.example.:8443', 'shop.example:8443'],
    ['Shop.Example:080', 'shop.example'],
    ['shop.example.', 'shop.example'],
    ['[2001:DB8::7]:0443', '[2001:db8::7]:443'],
  ])('of a client that names the host %s the upstream is told %s, as it was judged', async (host, told) => {
    const answer = await raw(`GET /erp/orders/7 HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.seen.at(-1)?.headers['x-forwarded-host']).toBe(told);
  });

  test('who is refused and stays on the line is cut off, and hanging up hurts nobody', async () => {
    const { port } = new URL(gateway.url);
    const offer = 'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n';
    const refused = [
      'CONNECT elsewhere:443 HTTP/1.1\r\nhost: h\r\n\r\n',
      `GET /erp/orders/7 HTTP/1.1\r\nhost: h\r\n${offer}\r\n`,
      'nonsense\r\n\r\n',
    ];
    for (const text of refused) {
      const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(text));
      let isGone = false;
      socket.on('error', () => {
        isGone = true;
      });
      const [heard] = await once(socket, 'data');
      expect(String(heard)).toMatch(/^HTTP\/1\.1 4/);
      // This side stays open: the other one lets go of the connection all the same.
      await once(socket, 'end');
      await until('the connection is gone', async () => {
        socket.write('x');
        return isGone;
      });
    }
    for (const text of refused)
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(text);
          socket.resetAndDestroy();
        }).on('close', () => resolve());
        socket.on('error', () => undefined);
      });
    expect((await gateway.get('/erp/orders/7', token)).status).toBe(200);
  });

  test('an offer by another method than GET is not carried as a GET', async () => {
    const before = upstream.seen.length;
    const offer = head('connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13', 'content-length: 0');
    expect(await raw(offer)).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.seen.length).toBe(before);
  });

  test('an offer of HTTP/2 on a plain connection is refused, and told what to do', async () => {
    const offer = head('connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABk').replace(
      'POST',
      'GET',
    );
    const heard = await heardOf(offer);
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard).toMatch(/by HTTP\/1\.1 \(in Java/);
  });

  test('too many or too long headers, too long a body: 431, 413', async () => {
    const many = Array.from({ length: 101 }, (_, at) => `x-${at}: y`);
    expect(await raw(head(...many))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(head(`x-long: ${'y'.repeat(20_000)}`))).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(head('content-length: 1000001'))).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `186a0\r\n${'z'.repeat(100_000)}\r\n`;
    expect(await raw(head('transfer-encoding: chunked') + chunk.repeat(11))).toMatch(/^HTTP\/1\.1 413 /);
  });
});

test('G3: the region away, it goes on for its time and refuses then; a start goes by what was kept; nobody unknown', async () => {
  const port = await freePort();
  const node = await platform.startAnother(['au'], { BAILIWICK_PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  const leaver = await place.person('leaver');
  const theirs = await issuer.token('leaver');
  const kept = { 'hold-seconds': '900' };
  const [lasting, short] = [
    await aGateway({ enrol: place.namespace.agentKey, url, ...kept }),
    await aGateway({ enrol: place.namespace.agentKey, url, 'hold-seconds': '8' }),
  ];
  for (const each of [lasting, short]) expect((await each.get('/erp/orders/7', theirs)).status).toBe(200);
  await node.stop();
  await place.tenant.client.delete(`/groups/${place.group.id}/members/${leaver.id}`);
  expect((await lasting.get('/erp/orders/7', theirs)).status).toBe(200); // as the region last said
  const unknown = await issuer.token('never seen');
  expect((await lasting.get('/erp/orders/7', unknown)).status).toBe(503);
  await until('its time is over', async () => (await short.get('/erp/orders/7', theirs)).status === 503);
  expect((await short.get('/.bailiwick/health')).status).toBe(503);

  expect(await (await lasting.get('/.bailiwick/health')).json()).toEqual({ state: 'serving', region: 'away' });
  // Killed and started while the region is away: it decides, and of people it knows nobody.
  await lasting.kill();
  const again = await aGateway({ data: lasting.data, ...kept });
  expect((await again.get('/.bailiwick/health')).status).toBe(200);
  expect((await again.get('/erp/orders/7', theirs)).status).toBe(503);
  expect((await again.get('/erp/nothing', theirs)).status).toBe(404);

  await platform.startAnother(['au'], { BAILIWICK_PORT: String(port) });
  for (const each of [again, short])
    await until('the region is back: the leaver is refused', async () => {
      const reply = await each.get('/erp/orders/7', theirs);
      return reply.status === 403;
    });
  expect((await again.get('/erp/orders/7', token)).status).toBe(200);
}, 120_000);

test('stopped while the region is away it ends all the same', async () => {
  const port = await freePort();
  const node = await platform.startAnother(['au'], { BAILIWICK_PORT: String(port) });
  const own = await aGateway({ enrol: place.namespace.agentKey, url: `http://127.0.0.1:${port}` });
  await node.stop();
  // What takes connections there now answers nothing.
  const held: Socket[] = [];
  const silent = createServer((socket) => held.push(socket)).listen(port, '127.0.0.1');
  expect(await own.kill('SIGTERM')).toBe(0);
  silent.close();
  for (const socket of held) socket.destroy();
}, 60_000);

test('what is kept is for the account of the program alone, and nothing that was changed is used', async () => {
  const { readFileSync, statSync, writeFileSync } = await import('node:fs');
  const own = await aGateway({ enrol: place.namespace.agentKey, url: platform.url });
  await own.kill();
  for (const name of ['enrolment.json', 'configuration.json'])
    expect(statSync(`${own.data}/${name}`).mode & 0o777, name).toBe(0o600);
  const file = `${own.data}/configuration.json`;
  writeFileSync(file, readFileSync(file, 'utf8').replace('/orders', '/others'));
  const enrolment = JSON.parse(readFileSync(`${own.data}/enrolment.json`, 'utf8'));
  writeFileSync(
    `${own.data}/enrolment.json`,
    JSON.stringify({ ...enrolment, url: `http://127.0.0.1:${await freePort()}` }),
  );
  const again = await aGateway({ data: own.data });
  expect((await again.get('/erp/orders/7', token)).status).toBe(503);
});

test('an agent key that is reset opens nothing any more', async () => {
  const { client, given } = place.tenant;
  const other = await given.namespace();
  await given.gateway(other.id, { prefix: '/erp', identityProviderId: place.provider.id, audiences: [audience] });
  const own = await aGateway({ enrol: other.agentKey, url: platform.url });
  expect((await own.get('/erp/nothing', token)).status).toBe(404);
  const reset = await client.post(`/namespaces/${other.id}/agent-key/reset`, { overlapSeconds: 0 });
  await until('it refuses', async () => (await own.get('/erp/nothing', token)).status === 503);
  await until('it says what to do', () => own.output.text.includes('Was the agent key of the namespace reset?'));
  expect(own.output.text).not.toContain('newer than the region');
  // A start while the region is away finds nothing to go by.
  expect(existsSync(`${own.data}/configuration.json`)).toBe(false);
  await own.kill('SIGTERM');
  const again = await aGateway({ data: own.data, enrol: reset.body.agentKey, url: platform.url });
  expect((await again.get('/erp/nothing', token)).status).toBe(404);
  expect((await client.get(`/namespaces/${other.id}/gateways`)).status).toBe(200);
}, 90_000);
