import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { aFile, aVendor } from '../../../test/licence-files.ts';

const vendor = aVendor();
let platform: TestPlatform;
let tenant: TestTenant;
let other: TestTenant;
const now = Math.floor(Date.now() / 1000);

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_LICENCE_KEYS: vendor.path } });
  tenant = await aTenant(platform, 'au');
  other = await aTenant(platform, 'au');
});

const upload = (file: string, to = tenant) => to.client.post('/licences/files', { file });

/** Another letter at that place. */
const changedAt = (file: string, at: number) =>
  `${file.slice(0, at)}${file[at] === 'A' ? 'B' : 'A'}${file.slice(at + 1)}`;

describe('a licence file', () => {
  test.each(['ed', 'ec'])('signed by %s is taken, and says what is allowed', async (kid) => {
    const number = `taken-${kid}`;
    const reply = await upload(await vendor.sign(aFile(tenant.id, { userLimit: 500 }, { number }), { kid }));
    expect(reply.status, reply.text).toBe(200);
    expect(reply.body).toMatchObject({
      name: 'From the vendor',
      source: 'file',
      legacyKey: 'OLD-KEY-7',
      renewalFrequency: 'year',
      state: 'active',
      file: { issuer: 'bailiwick', number, keyId: kid },
    });
    const { items } = (await tenant.client.get(`/licences/${reply.body.id}/subscriptions`)).body;
    expect(items).toMatchObject([{ number: 'S-1', autoRenew: false, tiers: [{ userLimit: 500 }] }]);
  });

  test('Z9: changed bytes are refused, whichever they are', async () => {
    const file = await vendor.sign(aFile(tenant.id, { userLimit: 5 }, { number: 'changed' }));
    const [header = '', payload = '', signature = ''] = file.split('.');
    const places = [5, header.length + 20, header.length + payload.length - 9, file.length - signature.length + 10];
    for (const at of places) {
      const reply = await upload(changedAt(file, at));
      expect(reply.status, reply.text).toBe(400);
      expect(reply.body.errors[0].path).toBe('file');
    }
    const richer = Buffer.from(JSON.stringify(aFile(tenant.id, { userLimit: 5000 }, { number: 'changed' }))).toString(
      'base64url',
    );
    const reply = await upload([header, richer, signature].join('.'));
    expect(reply.body.errors[0].message).toContain('was changed after it was signed');
  });

  test("Z9: another tenant's is refused", async () => {
    const file = await vendor.sign(aFile(tenant.id, {}, { number: 'bound' }));
    const reply = await upload(file, other);
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([{ path: 'file', message: 'is for another tenant' }]);
    expect((await other.client.get('/licences')).body.total).toBe(0);
  });

  const stranger = generateKeyPairSync('ed25519').privateKey;
  test.each<[string, () => Promise<string>, RegExp]>([
    ['an unknown key', () => vendor.sign(aFile(tenant.id), { kid: 'nobody', alg: 'EdDSA' }, stranger), /does not know/],
    [
      'a key that says it is the vendor’s',
      () => vendor.sign(aFile(tenant.id), { kid: 'ed' }, stranger),
      /not signed by the key/,
    ],
    ['another purpose', () => vendor.sign(aFile(tenant.id), { typ: 'JWT' }), /for something else/],
    ['another issuer', () => vendor.sign({ ...aFile(tenant.id), iss: 'somebody' }), /issued by somebody else/],
    ['an end that is past', () => vendor.sign(aFile(tenant.id, {}, { exp: now - 10 })), /could be used until/],
    ['the future', () => vendor.sign(aFile(tenant.id, {}, { iat: now + 3600 })), /in the future/],
    ['no JSON', () => vendor.sign('not json'), /holds no JSON/],
    ['fields that no licence has', () => vendor.sign({ ...aFile(tenant.id), isOwner: true }), /isOwner/],
    [
      'no signature',
      async () =>
        [{ alg: 'none', kid: 'ed', typ: 'bailiwick-licence+jws' }, aFile(tenant.id)]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .concat('AA')
          .join('.'),
      /another algorithm/,
    ],
    [
      'the public key as a shared secret',
      async () => {
        const file = await vendor.sign(aFile(tenant.id));
        const header = { alg: 'HS256', kid: 'ed', typ: 'bailiwick-licence+jws' };
        return file.replace(/^[^.]+/, Buffer.from(JSON.stringify(header)).toString('base64url'));
      },
      /another algorithm/,
    ],
  ])('of %s is refused with what is wrong', async (_what, made, says) => {
    const reply = await upload(await made());
    expect(reply.status, reply.text).toBe(400);
    expect(reply.body.errors[0]).toMatchObject({ path: 'file', message: expect.stringMatching(says) });
  });

  test('Z9: a newer one takes its place, an older one does not come back, not even after the licence is deleted', async () => {
    const at = (iat: number, userLimit: number) =>
      vendor.sign(aFile(tenant.id, { userLimit }, { number: 'renewed', iat: now - iat }));
    const [first, second] = [await at(100, 700), await at(50, 800)];
    const { id } = (await upload(first)).body;
    await tenant.client.patch(`/licences/${id}`, { name: 'As we call it' }, '*');
    expect((await upload(second)).body).toMatchObject({ id, name: 'As we call it', subscriptions: 1 });
    expect((await upload(second)).body.type).toBe('urn:bailiwick:problem:licence-file-in-use');
    for (const _ of [1, 2]) {
      const replayed = await upload(first);
      expect(replayed.body.errors[0].message).toContain('is older than one that came before');
      await tenant.client.delete(`/licences/${id}`, '*');
    }
    expect((await upload(second)).status).toBe(200);
  });

  test.each([
    ['without an end that anybody sees', '2026-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
    ['of all times', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
    ['long over', '0000-01-01T00:00:00Z', '0000-01-02T00:00:00Z'],
  ])('%s is shown and looked at as any other', async (name, activeFrom, activeThrough) => {
    const own = await aTenant(platform, 'au');
    const contents = aFile(own.id, { userLimit: 9, graceDays: 30 }, { number: name });
    Object.assign(contents.licence.subscriptions[0] as object, { activeFrom, activeThrough });
    const { status, text, body } = await upload(await vendor.sign(contents), own);
    expect(status, text).toBe(200);
    for (const path of ['/licences', `/licences/${body.id}/subscriptions`, '/licences/usage'])
      expect((await own.client.get(path)).status, path).toBe(200);
    const [{ graceEndsAt }] = (await own.client.get(`/licences/${body.id}/subscriptions`)).body.items;
    expect(graceEndsAt).toMatch(/^\d{4}-/);
  });

  test('of several first uploads at once of one file one is taken, and the others are told that it is in use', async () => {
    const own = await aTenant(platform, 'au');
    const file = await vendor.sign(aFile(own.id, {}, { number: 'at-once' }));
    const replies = await Promise.all([1, 2, 3, 4, 5, 6].map(() => upload(file, own)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of replies.filter((each) => each.status !== 200))
      expect([status, body.type]).toEqual([409, 'urn:bailiwick:problem:licence-file-in-use']);
    expect((await own.client.get('/licences')).body.total).toBe(1);
  });

  test('of two editions at once for a number that is new the newer one stays, whichever comes first', async () => {
    const own = await aTenant(platform, 'au');
    const edition = (iat: number, userLimit: number) =>
      vendor.sign(aFile(own.id, { userLimit }, { number: 'editions', iat: now - iat }));
    const [older, newer] = [await edition(100, 700), await edition(50, 800)];
    const replies = await Promise.all([older, newer, older, newer].map((file) => upload(file, own)));
    expect(replies.filter(({ status }) => ![200, 400, 409].includes(status))).toEqual([]);
    const [licence, ...others] = (await own.client.get('/licences')).body.items;
    expect(others).toEqual([]);
    const { items } = (await own.client.get(`/licences/${licence.id}/subscriptions`)).body;
    expect(items).toMatchObject([{ tiers: [{ userLimit: 800 }] }]);
  });

  test('is what changes its subscriptions, and nothing else does', async () => {
    const { id } = (await upload(await vendor.sign(aFile(tenant.id, {}, { number: 'kept' })))).body;
    const [subscription] = (await tenant.client.get(`/licences/${id}/subscriptions`)).body.items;
    const at = `/licences/${id}/subscriptions/${subscription.id}`;
    for (const reply of [
      await tenant.client.patch(at, { autoRenew: true }, '*'),
      await tenant.client.delete(at, '*'),
      await tenant.client.post(`/licences/${id}/subscriptions`, { tiers: [{ product: 'platform', tier: 'small' }] }),
    ])
      expect(reply.body.type, reply.text).toBe('urn:bailiwick:problem:licence-of-file');
  });

  test('is taken by nobody without the right, and its text stands in no entry of the audit', async () => {
    const file = await vendor.sign(aFile(tenant.id, {}, { number: 'secret' }));
    const { key } = await tenant.given.machine([{ permission: 'licences.view' }]);
    expect((await tenant.below(key).post('/licences/files', { file })).status).toBe(403);
    await upload(file);
    const entries = await platform.sql('au', 'select changes::text as text from audit_entries');
    expect(entries.some(({ text }) => text?.includes(file.split('.')[2] ?? file))).toBe(false);
  });

  test('is refused where the operator set no key', async () => {
    const without = await aPlatform({ regions: ['au'] });
    const there = await aTenant(without, 'au');
    const reply = await there.client.post('/licences/files', { file: await vendor.sign(aFile(there.id)) });
    expect(reply.body.type).toBe('urn:bailiwick:problem:no-licence-keys');
  });
});
