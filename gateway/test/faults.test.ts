import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../server/src/kernel/certificates.ts';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { aGateway, anIssuer, anUpstream, aPlace, type Place, type Running, until } from './given.ts';

/** Clocks that are wrong, a provider that is away, certificates that are over: what is carried then, and what is not. */

let platform: TestPlatform;
let issuer: Awaited<ReturnType<typeof anIssuer>>;
let upstream: Awaited<ReturnType<typeof anUpstream>>;
let place: Place;
let token: string;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
  issuer = await anIssuer();
  upstream = await anUpstream();
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
});

const status = async (gateway: Running, bearer = token) => (await gateway.get('/erp/orders/7', bearer)).status;
const started = (more: Record<string, string> = {}) =>
  aGateway({ enrol: place.namespace.agentKey, url: platform.url, ...more });

describe('a clock that is off', () => {
  test.each([
    ['6 minutes', 'behind'],
    ['-6 minutes', 'ahead'],
  ])(
    'by which the region is %s away: as if it was away, said in words, and healed with the clock',
    async (interval) => {
      const lasting = await started();
      const short = await started({ 'hold-seconds': '8' });
      for (const each of [lasting, short]) expect(await status(each)).toBe(200);
      await platform.shiftClock('au', interval);
      try {
        await until('it is said', () => /region is away[^\n]*clock/i.test(lasting.output.text));
        expect(await status(lasting)).toBe(200); // by what the region last said
        expect(await status(lasting, await issuer.token('never seen'))).toBe(503);
        await until('its time is over', async () => (await status(short)) === 503);
      } finally {
        await platform.shiftClock('au', '0');
      }
      await until('it serves again', async () => (await status(short)) === 200);
      for (const each of [lasting, short]) await each.kill();
    },
  );
});

test('the provider away: keys read last serve, a new start lets in nobody until it is back', async () => {
  const other = await anIssuer();
  const elsewhere = await aPlace(platform, other.issuer, upstream.url);
  await elsewhere.person('ann');
  const { enrol, url } = { enrol: elsewhere.namespace.agentKey, url: platform.url };
  const known = await aGateway({ enrol, url });
  const bearer = await other.token('ann');
  expect(await status(known, bearer)).toBe(200);
  other.stop();
  expect(await status(known, await other.token('ann', { jti: 'another one' }))).toBe(200);
  const fresh = await aGateway({ enrol, url });
  const before = upstream.seen.length;
  const refused = await fresh.get('/erp/orders/7', bearer);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ type: 'urn:bailiwick:problem:identity-provider-away' });
  expect(upstream.seen.length).toBe(before);
});

const days = (count: number) => new Date(Date.now() + count * 86_400_000);

describe('the certificate of an upstream', () => {
  /** A route to an upstream that shows a certificate for this name until then. */
  async function leading(named: { to: string; until: Date; trusts: boolean }) {
    const { certificate, privateKey } = await makeCertificate(named.to, days(-400), named.until, 'ES256');
    let heard = 0;
    const server = createServer({ cert: certificate, key: privateKey }, (_, reply) => {
      heard += 1;
      reply.end('carried');
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, 'localhost', resolve);
    });
    const pathPrefix = `/tls-${(server.address() as AddressInfo).port}`;
    const made = await place.tenant.client.post(`${place.gatewayAt}/routes`, {
      name: pathPrefix.slice(1),
      pathPrefix,
      serviceId: place.service.id,
      itemFrom: 'none',
      upstream: `https://localhost:${(server.address() as AddressInfo).port}`,
      trustedCertificates: named.trusts ? certificate : null,
    });
    expect(made.status, made.text).toBe(201);
    return { path: `/erp${pathPrefix}/x`, heard: () => heard, end: () => server.close() };
  }

  test('trusted by the route it is carried to; another, for another name, or over, is 502 and hears nothing', async () => {
    const good = await leading({ to: 'localhost', until: days(30), trusts: true });
    const others = [
      await leading({ to: 'localhost', until: days(30), trusts: false }),
      await leading({ to: 'elsewhere.example', until: days(30), trusts: true }),
      await leading({ to: 'localhost', until: days(-1), trusts: true }),
    ];
    const gateway = await started();
    expect(await (await gateway.get(good.path, token)).text()).toBe('carried');
    for (const other of others) {
      const refused = await gateway.get(other.path, token);
      expect([refused.status, other.heard()]).toEqual([502, 0]);
    }
    for (const each of [good, ...others]) each.end();
    await gateway.kill();
  });
});

describe('the certificate by which it serves', () => {
  /** Writes a pair that is over after so many days. */
  async function written(folder: string, name: string, count: number) {
    const { certificate, privateKey } = await makeCertificate(name, days(-400), days(count), 'ES256');
    const files = { 'tls-certificate': join(folder, 'tls.pem'), 'tls-key': join(folder, 'tls.key') };
    writeFileSync(files['tls-key'], privateKey);
    writeFileSync(files['tls-certificate'], certificate);
    return files;
  }

  /** Whom a client would see there, and what it is answered. */
  const asked = ({ url }: Running) =>
    new Promise<{ name: string; status: number }>((resolve, reject) => {
      request(
        `${url}/erp/orders/7`,
        { rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${token}` } },
        (reply) => {
          const { subject } = (reply.socket as TLSSocket).getPeerCertificate();
          reply.resume();
          resolve({ name: String(subject.CN), status: reply.statusCode ?? 0 });
        },
      )
        .on('error', reject)
        .end();
    });

  const problem = async (name: string) =>
    (await place.tenant.client.get(`${place.gatewayAt}/agents`)).body.items.find(
      (agent: { name: string }) => agent.name === name,
    )?.problem;

  test('over, it is told to whoever looks; renewed, the next connection has it and none is dropped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-tls-'));
    const gateway = await started({ name: 'serving', ...(await written(folder, 'first', -1)) });
    expect(await asked(gateway)).toEqual({ name: 'first', status: 200 });
    await until('it is told', async () => /is over since .*Renew/.test((await problem('serving')) ?? ''));

    let finish: () => void = () => undefined;
    upstream.answers.set('/api/open', (_asked, reply) => {
      reply.write('begun, ');
      finish = () => reply.end('ended');
    });
    const open = new Promise<string>((resolve, reject) => {
      request(
        `${gateway.url}/erp/orders/open`,
        { rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${token}` } },
        async (reply) => {
          let text = '';
          for await (const part of reply) {
            text += part;
            if (text === 'begun, ') {
              await written(folder, 'second', 90);
              process.kill(gateway.pid, 'SIGHUP');
              await until('the second serves', async () => (await asked(gateway)).name === 'second');
              finish();
            }
          }
          resolve(text);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(await open).toBe('begun, ended');
    await until('it is told no more', async () => (await problem('serving')) === null);

    // A key that does not belong to it: the second serves on, and it is said.
    writeFileSync(join(folder, 'tls.key'), (await makeCertificate('x', days(-1), days(1), 'ES256')).privateKey);
    process.kill(gateway.pid, 'SIGHUP');
    await until('it is said', () => gateway.output.text.includes('the renewed certificate cannot be used'));
    expect(await asked(gateway)).toEqual({ name: 'second', status: 200 });
    await gateway.kill();
    rmSync(folder, { recursive: true });
  });
});
