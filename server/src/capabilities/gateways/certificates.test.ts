import { X509Certificate } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { aPlatform, aTenant, type TestTenant } from '../../../test/harness.ts';
import { keyFiles, passwordOfFiles, passwordOfTripleDes } from '../../../test/key-files.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { uploadCertificate } from './certificates.ts';
import { signingOf } from './signing.ts';
import { find } from './store.ts';
import { claimsFor, keyThatSigns, type SigningKey, signed } from './upstream-token.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const namespace = await given.namespace();
const problem = (code: string) => `urn:bailiwick:problem:${code}`;
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

/** Whoever looks when the bootstrap key of the tenant is over. */
const lasting = platform.client((await given.machine([{ permission: 'gateways.*' }])).key);
const later = async (interval: string, work: () => Promise<void>) => {
  await platform.shiftClock('au', interval);
  await work().finally(() => platform.shiftClock('au', '0'));
};

const anyVersion = { 'if-match': '*' };

/** A gateway without a certificate. */
async function aGateway(of: TestTenant = tenant, namespaceId = namespace.id) {
  const { at, gateway, certificate, ...rest } = await of.given.gateway(namespaceId);
  expect(await of.client.delete(`${at}/certificates/${certificate.id}`, '*')).toMatchObject({ status: 204 });
  return { at, gateway, id: gateway.id as string, ...rest };
}

const upload = (at: string, file: keyof typeof keyFiles, more: object = {}) =>
  client.post(`${at}/certificates`, { pkcs12: keyFiles[file], password: passwordOfFiles, ...more });

const published = async (id: string, of = tenant.id) =>
  platform.anyone.get(`/v1/gateway-keys/${of}/gateways/${id}/jwks.json`);

describe('a certificate', () => {
  test.each(['usual', 'keytool', 'rsa', 'ed25519'] as const)('of the file %s is taken with its key', async (file) => {
    const { at } = await aGateway();
    const made = await upload(at, file);
    const pem = new X509Certificate(made.body.certificate);
    expect(made).toMatchObject({
      status: 201,
      etag: '"1"',
      body: {
        source: 'uploaded',
        state: 'current',
        subject: `CN=${file}`,
        fingerprint: pem.fingerprint256.replaceAll(':', '').toLowerCase(),
        startsAt: new Date(pem.validFrom).toISOString(),
        expiresAt: new Date(pem.validTo).toISOString(),
      },
    });
    expect((await client.get(`${at}/certificates/${made.body.id}`)).body).toEqual(made.body);
    expect((await client.get(`${at}/certificates?q=${file}`)).body).toMatchObject({ items: [made.body], total: 1 });
    expect((await client.get(at)).body.counts.certificates).toBe(1);
    expect(await upload(at, file)).toMatchObject({ status: 409, body: { type: problem('certificate-exists') } });
  });

  test('is taken from a file of an older program, by a password that is not ASCII', async () => {
    const { at } = await aGateway();
    expect(await upload(at, 'tripleDes', { password: passwordOfTripleDes })).toMatchObject({
      status: 201,
      body: { algorithm: 'ES384' },
    });
  });

  test('comes with those that issued it', async () => {
    const { at, id } = await aGateway();
    const { body } = await upload(at, 'chain');
    expect(body.subject).toBe('CN=issued, O=Northwind');
    expect(body.certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const [{ x5c }] = (await published(id)).body.keys;
    const [own, issuer] = x5c.map((base64: string) => new X509Certificate(Buffer.from(base64, 'base64')));
    expect(own.checkIssued(issuer)).toBe(true);
  });

  test.each([
    ['usual', { password: 'wrong' }, 'password', 'does not open the file'],
    ['usual', { pkcs12: 'AAAA' }, 'pkcs12', 'must be a PKCS#12 file'],
    ['usual', { pkcs12: '§' }, 'pkcs12', 'must be Base64'],
    ['usual', { pkcs12: 'A'.repeat(200_004) }, 'pkcs12', 'at most 200,000'],
    ['usual', { password: '' }, 'password', 'must not be empty'],
    ['usual', { signsFrom: inDays(-365) }, 'signsFrom', 'must be while the certificate is valid'],
    ['withoutKey', {}, 'pkcs12', 'has no private key'],
    ['withoutCertificate', {}, 'pkcs12', 'has no certificate of its private key'],
    ['severalKeys', {}, 'pkcs12', 'has several private keys'],
    ['outdated', {}, 'pkcs12', 'not accepted any more'],
    ['unprotected', {}, 'pkcs12', 'must be protected by a password'],
    ['weakRsa', {}, 'pkcs12', 'less than 2048 bits'],
    ['curve192', {}, 'pkcs12', 'curve that is not accepted'],
    ['over', {}, 'pkcs12', 'was over on 2021-01-01'],
  ] as const)('of %s with %j is refused by %s: %s', async (file, more, path, message) => {
    const { at } = await aGateway();
    expect(await upload(at, file, more)).toMatchObject({
      status: 400,
      body: { errors: [{ path, message: expect.stringContaining(message) }] },
    });
    expect((await client.get(`${at}/certificates`)).body.total).toBe(0);
  });

  test('is read from a file while at most one other is, and no connection is held meanwhile', async () => {
    // Of what a unit of work has, nothing but this is asked for before the file is read.
    const ctx = { now: new Date(), again: async () => undefined };
    const at = { namespaceId: namespace.id, gatewayId: newId() };
    const body = { pkcs12: keyFiles.usual, password: 'another one' };
    const read = (tenantId: string) =>
      uploadCertificate({ ...ctx, tenantId } as unknown as TenantContext, at, body).catch(
        (problem: unknown) => problem,
      );
    const refused = { status: 429, headers: { 'retry-after': '5' } };
    expect(await Promise.all([read('a'), read('a'), read('b'), read('c')])).toMatchObject([
      { status: 400 },
      refused, // one of a tenant
      { status: 400 },
      refused, // two in all
    ]);
    expect(await read('a')).toMatchObject({ status: 400 });
  });

  test.each([
    ['ES256', 'ec'],
    ['EdDSA', 'ed25519'],
  ])('is generated for %s, for as long as it was said', async (algorithm, type) => {
    const { at, gateway } = await aGateway();
    const { status, body } = await client.post(`${at}/certificates/generate`, { algorithm, days: 90 });
    expect(status).toBe(201);
    const made = new X509Certificate(body.certificate);
    expect(made.verify(made.publicKey)).toBe(true);
    expect([made.subject, made.publicKey.asymmetricKeyType]).toEqual([`CN=${gateway.name}`, type]);
    expect(Date.parse(body.expiresAt) - Date.parse(body.startsAt)).toBe(90 * DAY_MS);
    expect(body).toMatchObject({ source: 'generated', state: 'current', algorithm });
  });

  test.each([{ algorithm: 'RS256' }, { days: 0 }, { days: 1826 }, { days: 1.5 }])(
    '%j is not generated',
    async (body) => {
      const { at } = await aGateway();
      expect((await client.post(`${at}/certificates/generate`, body)).status).toBe(400);
    },
  );

  test('has a private key that nobody is shown: not in a reply, the audit, or its row', async () => {
    const { at, id } = await aGateway();
    const made = await upload(at, 'usual');
    const row = await platform.sql('au', 'select * from gateway_certificates where id = $1', [made.body.id]);
    const signing = await signingFor(id, { header: 'x-token', lifetimeSeconds: 60, includesGroups: true });
    const [, secret = ''] = /KEY-----\n(.{40})/.exec(signing.keys[0]?.privateKey as string) ?? [];
    expect(secret).not.toBe('');
    const raw = JSON.stringify(
      row.map((each: object) => ({
        ...each,
        private_key: (each as { private_key: Buffer }).private_key.toString('latin1'),
      })),
    );
    const entries = await client.get(`/audit-entries?limit=20`);
    for (const text of [made.text, raw, entries.text, (await client.get(`${at}/certificates`)).text]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(passwordOfFiles);
      expect(text).not.toContain(keyFiles.usual.slice(0, 60));
    }
    expect(entries.body.items[0]).toMatchObject({
      action: 'gateway-certificates.upload',
      target: { kind: 'gateway-certificate', id: made.body.id, name: 'CN=usual' },
      after: { fingerprint: made.body.fingerprint },
    });
  });

  test('is one of five at most', async () => {
    const { at } = await aGateway();
    for (let each = 0; each < 5; each++) await client.post(`${at}/certificates/generate`, {});
    expect(await client.post(`${at}/certificates/generate`, {})).toMatchObject({
      status: 409,
      body: { type: problem('too-many-certificates') },
    });
  });

  test('of another gateway is not there', async () => {
    const [one, other] = [await aGateway(), await aGateway()];
    const { body } = await upload(one.at, 'usual');
    expect((await client.get(`${other.at}/certificates/${body.id}`)).status).toBe(404);
    expect((await client.delete(`${other.at}/certificates/${body.id}`, '*')).status).toBe(404);
  });

  test('is seen with gateways.view and changed with gateways.change, in the namespace where they hold', async () => {
    const { at } = await aGateway();
    const { body } = await upload(at, 'usual');
    const looker = await given.machine([{ permission: 'gateways.view', namespaceId: namespace.id }]);
    const as = platform.client(looker.key);
    const path = `${tenant.path}${at}/certificates`;
    expect((await as.get(`${path}/${body.id}`)).body.actions).toMatchObject([
      { name: 'gateway-certificates.change', allowed: false },
      { name: 'gateway-certificates.delete', allowed: false },
    ]);
    expect((await as.post(`${path}/generate`, {})).status).toBe(403);
    expect((await as.call('DELETE', `${path}/${body.id}`, { headers: { 'if-match': '*' } })).status).toBe(403);
    const elsewhere = await given.namespace();
    const there = await given.machine([
      { permission: 'gateways.change', namespaceId: elsewhere.id },
      { permission: 'namespaces.view', namespaceId: elsewhere.id },
    ]);
    expect((await platform.client(there.key).get(`${path}/${body.id}`)).status).toBe(404);
  });
});

/** The signing of a gateway as its configuration will hold it. */
async function signingFor(id: string, settings: object) {
  await platform.sql('au', 'update gateways set signing = $2 where id = $1', [id, JSON.stringify(settings)]);
  return asSystem(async (ctx) => {
    const found = await signingOf(ctx, await find(ctx, { namespaceId: namespace.id, id }));
    if (!found) throw new Error('The gateway signs nothing.');
    return found;
  });
}

async function asSystem<T>(work: (ctx: TenantContext) => Promise<T>): Promise<T> {
  const inner = (platform.nodes[0] as (typeof platform.nodes)[number]).platform;
  const place = await inner.locate(tenant.id);
  const request = { id: newId(), action: 'test', sourceAddress: null, userAgent: null, ifMatch: undefined };
  const actor = { kind: 'system', id: null, credentialId: null, door: 'job' } as const;
  const done = place && (await enterTenant({ platform: inner, place, tenantId: tenant.id, actor, request }, work));
  if (!done) throw new Error('The tenant is not here.');
  return done;
}

describe('the turn', () => {
  test('is taken a day later, when upstreams had time to read the new key', async () => {
    const { at, id } = await aGateway();
    const first = (await upload(at, 'usual')).body;
    const next = (await upload(at, 'ed25519')).body;
    expect(next.state).toBe('next');
    expect(Date.parse(next.signsFrom) - Date.now()).toBeGreaterThan(0.9 * DAY_MS);
    expect((await published(id)).body.keys.map(({ kid }: { kid: string }) => kid)).toEqual([first.keyId, next.keyId]);

    await later('25 hours', async () => {
      expect((await lasting.get(`${tenant.path}${at}/certificates`)).body.items).toMatchObject([
        { id: next.id, state: 'current' },
        { id: first.id, state: 'earlier' },
      ]);
    });
  });

  test('G6: passes by itself, and a day after it a token by the old key is refused', async () => {
    const { at, id } = await aGateway();
    const path = `${tenant.path}${at}/certificates`;
    const old = (await upload(at, 'usual')).body;
    const [key] = (await signingFor(id, { header: 'x', lifetimeSeconds: 60, includesGroups: false })).keys;
    const token = signed(key as SigningKey, { aud: 'orders' }, newId());
    const verify = async () => jwtVerify(token, createLocalJWKSet((await published(id)).body as JSONWebKeySet));
    const next = (await upload(at, 'ed25519')).body;
    const end = new Date(Date.parse(next.signsFrom) + DAY_MS).toISOString();
    const shown = async () => (await lasting.get(`${path}/${old.id}`)).body;
    await later('47 hours', async () => {
      await verify();
      expect(await shown()).toMatchObject({ state: 'earlier', publishedUntil: end });
    });
    await later('49 hours', async () => {
      await expect(verify()).rejects.toThrow('no applicable key');
      expect(await shown()).toMatchObject({ state: 'retired', publishedUntil: null });
      expect((await published(id)).body.keys).toMatchObject([{ kid: next.keyId }]);
      // It may have another turn, and is known at once.
      const turn = { body: { signsFrom: new Date(Date.now() + 50 * 3_600_000).toISOString() }, headers: anyVersion };
      expect((await lasting.call('PATCH', `${path}/${old.id}`, turn)).body.state).toBe('next');
      await verify();
    });
  });

  test('G6: a key whose day is over does not come back when one that came after it is deleted or has its turn later', async () => {
    for (const act of ['DELETE', 'PATCH'] as const) {
      const { at, id } = await aGateway();
      const path = `${tenant.path}${at}/certificates`;
      await upload(at, 'usual');
      const second = (await upload(at, 'ed25519')).body;
      await later('49 hours', async () => {
        const soon = new Date(Date.now() + 49 * 3_600_000).toISOString();
        const third = (await lasting.post(`${path}/generate`, { signsFrom: soon })).body;
        expect(third.state, JSON.stringify(third)).toBe('current');
        const kids = async () => (await published(id)).body.keys.map(({ kid }: { kid: string }) => kid);
        expect(await kids()).toEqual([second.keyId, third.keyId]);
        const body = act === 'PATCH' ? { body: { signsFrom: inDays(20) } } : {};
        const done = await lasting.call(act, `${path}/${second.id}`, { headers: anyVersion, ...body });
        expect(done.status, done.text).toBeLessThan(300);
        expect(await kids()).toEqual(act === 'PATCH' ? [third.keyId, second.keyId] : [third.keyId]);
      });
    }
  });

  test('is taken when the one before is over, if that is sooner', async () => {
    const { at } = await aGateway();
    const first = (await client.post(`${at}/certificates/generate`, { days: 1 })).body;
    await later('12 hours', async () => {
      expect((await upload(at, 'usual')).body.signsFrom).toBe(first.expiresAt);
    });
    await later('25 hours', async () => {
      const { items } = (await lasting.get(`${tenant.path}${at}/certificates?sort=signsFrom`)).body;
      expect(items).toMatchObject([{ state: 'over' }, { state: 'current' }]);
    });
  });

  test('is given and taken back by whoever may change it, with If-Match', async () => {
    const { at } = await aGateway();
    const first = (await upload(at, 'usual')).body;
    const next = (await upload(at, 'ed25519')).body;
    const path = `${at}/certificates/${next.id}`;
    const now = new Date().toISOString();
    expect((await client.patch(path, { signsFrom: now }, null)).status).toBe(428);
    expect(await client.patch(path, { signsFrom: now }, '"1"')).toMatchObject({
      status: 200,
      body: { state: 'current' },
    });
    expect((await client.patch(path, { signsFrom: now }, '"1"')).status).toBe(412);
    expect(await client.patch(path, { signsFrom: inDays(2) }, '*')).toMatchObject({ body: { state: 'next' } });
    expect((await client.get(`${at}/certificates/${first.id}`)).body.state).toBe('current');
    expect((await client.patch(path, { signsFrom: inDays(36_500 * 2) }, '*')).status).toBe(400);
  });
});

describe('signing for upstreams', () => {
  const settings = { header: 'x-shop-token', lifetimeSeconds: 120, includesGroups: true };

  test('asks for a valid certificate, and keeps the last one', async () => {
    const { at } = await aGateway();
    expect(await client.patch(at, { signing: {} }, '*')).toMatchObject({
      status: 409,
      body: { type: problem('no-certificate') },
    });
    const { id } = (await upload(at, 'usual')).body;
    expect(await client.patch(at, { signing: {} }, '*')).toMatchObject({
      status: 200,
      body: { signing: { header: 'x-bailiwick-token', lifetimeSeconds: 60, includesGroups: true } },
    });
    expect(await client.delete(`${at}/certificates/${id}`, '*')).toMatchObject({
      status: 409,
      body: { type: problem('last-certificate') },
    });
    const other = (await upload(at, 'ed25519')).body;
    expect((await client.delete(`${at}/certificates/${id}`, '*')).status).toBe(204);
    expect((await client.get(`${at}/certificates/${other.id}`)).body.state).toBe('current');
    expect(await client.patch(at, { signing: null }, '*')).toMatchObject({ status: 200, body: { signing: null } });
    expect((await client.delete(`${at}/certificates/${other.id}`, '*')).status).toBe(204);
  });

  test.each([
    { header: 'Host' },
    { header: 'connection' },
    { lifetimeSeconds: 301 },
    { lifetimeSeconds: 9 },
    { more: 1 },
  ])('%j is refused', async (signing) => {
    const { at } = await aGateway();
    await upload(at, 'usual');
    expect((await client.patch(at, { signing }, '*')).status).toBe(400);
  });

  test('gives tokens that an upstream verifies by the published keys of that gateway alone', async () => {
    const [one, other] = [await aGateway(), await aGateway()];
    await upload(one.at, 'usual');
    await upload(other.at, 'keytool');
    const signing = await signingFor(one.id, settings);
    const now = new Date();
    const key = keyThatSigns(signing.keys, now) as SigningKey;
    const comer = { issuer: 'https://idp.example', subject: 'ann', groupIds: [] };
    const claims = claimsFor(signing, { service: 'orders', item: null }, comer, Math.floor(now.getTime() / 1000));
    const token = signed(key, claims, newId());

    const keys = await published(one.id);
    expect(keys.headers.get('cache-control')).toBe('public, max-age=300');
    const { gateway } = { gateway: (await client.get(one.at)).body };
    expect(gateway.keysAddress).toBe(`${gateway.issuer}/jwks.json`);
    const verified = await jwtVerify(token, createLocalJWKSet(keys.body as JSONWebKeySet), {
      issuer: gateway.issuer,
      audience: 'orders',
      maxTokenAge: 300,
    });
    expect(verified.payload.sub).toBe('ann');
    expect(keys.text).not.toContain('"d"');
    const others = createLocalJWKSet((await published(other.id)).body as JSONWebKeySet);
    await expect(jwtVerify(token, others)).rejects.toThrow('no applicable key');
  });

  test('a tried request shows what would be signed, and for whom', async () => {
    const { at, gateway, group, service } = await aGateway();
    const known = { identityProviderId: await given.activeProvider(), audiences: ['orders'] };
    await client.patch(at, known, '*');
    const path = `${gateway.prefix}/orders/one`;
    const asked = {
      path,
      groupIds: [group.id, (await given.group()).id],
      claims: { iss: 'https://idp.example', sub: 'ann' },
    };
    const tried = async () => (await client.post(`${at}/try`, asked)).body;
    expect(await tried()).toMatchObject({ isAllowed: true, upstreamToken: null });
    const { keyId } = (await upload(at, 'usual')).body;
    await client.patch(at, { signing: settings }, '*');
    expect((await tried()).upstreamToken).toMatchObject({
      header: 'x-shop-token',
      keyId,
      claims: {
        iss: (await client.get(at)).body.issuer,
        aud: service.name,
        sub: 'ann',
        identity_provider: 'https://idp.example',
        item: 'one',
        groups: [group.id],
      },
    });
    expect((await client.post(`${at}/try`, { path })).body).toMatchObject({ isAllowed: false, upstreamToken: null });
  });
});

test('G6: weak keys, keys of another form, names of keys and keys that are gone are refused', async () => {
  const { at, id } = await aGateway();
  for (const file of ['weakRsa', 'curve192'] as const) expect((await upload(at, file)).status).toBe(400);
  const jwk = JSON.stringify({ kty: 'EC', crv: 'P-256', d: 'AA', x: 'AA', y: 'AA', kid: "../../etc' or 1=1" });
  expect((await upload(at, 'usual', { pkcs12: Buffer.from(jwk).toString('base64') })).status).toBe(400);
  expect((await upload(at, 'usual', { keyId: '../../keys' })).status).toBe(400);
  const old = (await upload(at, 'usual')).body;
  expect(old.keyId).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const [key] = (await signingFor(id, { header: 'x', lifetimeSeconds: 60, includesGroups: false })).keys;
  const token = signed(key as SigningKey, { aud: 'orders' }, newId());
  const verify = async () => jwtVerify(token, createLocalJWKSet((await published(id)).body as JSONWebKeySet));
  await upload(at, 'ed25519');
  expect((await verify()).payload.aud).toBe('orders');
  expect((await client.delete(`${at}/certificates/${old.id}`, '*')).status).toBe(204);
  await expect(verify()).rejects.toThrow('no applicable key');
});

test('a key that was put in the place of another one does not open', async () => {
  const [one, other] = [await aGateway(), await aGateway()];
  const ids = [(await upload(one.at, 'usual')).body.id, (await upload(other.at, 'keytool')).body.id];
  await platform.sql(
    'au',
    'update gateway_certificates set private_key = (select private_key from gateway_certificates where id = $2) where id = $1',
    ids,
  );
  await expect(signingFor(one.id, { header: 'x', lifetimeSeconds: 60, includesGroups: false })).rejects.toThrow(
    'does not open',
  );
});

describe('public keys', () => {
  test('are none for a gateway without a certificate, or with one that is over', async () => {
    const { at, id } = await aGateway();
    expect((await published(id)).body).toEqual({ keys: [] });
    await client.post(`${at}/certificates/generate`, { days: 1 });
    expect((await published(id)).body.keys).toHaveLength(1);
    await later('25 hours', async () => expect((await published(id)).body).toEqual({ keys: [] }));
  });

  test('of a gateway that never was, of another tenant or of no tenant answer alike', async () => {
    const other = await aTenant(platform);
    const { id } = await aGateway();
    const replies = [await published(newId()), await published(id, other.id), await published(id, newId())];
    const texts = replies.map(({ status, text }) => [status, text.replace(/"requestId":"[^"]*"/, '')]);
    expect(texts[0]?.[0]).toBe(404);
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
  });
});

describe('before a certificate is over', () => {
  /** What was said of a gateway when so many days have passed. */
  async function told(name: string, days: number): Promise<string[]> {
    const texts = new Set<string>();
    await later(`${days} days`, async () => {
      // One that was taken has attempts, until it has done its work and the next one stands.
      const due = `select from due_jobs where kind = 'gateways.tell-certificate-expiry' and (due_at <= platform_time() or attempts > 0)`;
      while ((await platform.sql('au', due)).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
      const said = 'select text from notices where text like $1 order by created_at';
      for (const { text } of await platform.sql('au', said, [`%"${name}"%`])) texts.add(text);
    });
    return [...texts];
  }

  test('those who may change it are told 30, 7 and 1 days before; not when another one is valid for longer', async () => {
    const { at, gateway } = await aGateway();
    await given.person('correct horse battery staple');
    await client.post(`${at}/certificates/generate`, { days: 40 });
    expect(await told(gateway.name, 9)).toEqual([]);
    expect((await told(gateway.name, 11)).at(-1)).toContain(`"${gateway.name}" is over in 29 days.`);
    expect((await told(gateway.name, 34)).at(-1)).toContain('in 6 days');
    await upload(at, 'usual');
    expect(await told(gateway.name, 39.5)).toHaveLength(2);
  });
});
