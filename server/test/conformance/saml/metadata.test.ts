import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../harness.ts';
import { aBrowser, answerTo, aSamlProvider } from './browser.ts';
import { old, one, two, weak } from './certificates.ts';
import { entityId } from './provider.ts';

/** Metadata that is read again at its address: certificates change with an overlap, and a failure changes nothing. */

const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8' } });
let asked = 0;
let status = 200;
let body = '';
const server = createServer((_request, reply) => {
  asked++;
  reply.writeHead(status).end(body);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const metadataUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`;

const metadata = (certificates: string[], { id = entityId, sso = 'https://idp.example.com/sso', wants = false } = {}) =>
  [
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}">`,
    `<md:IDPSSODescriptor WantAuthnRequestsSigned="${wants}" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`,
    ...certificates.map(
      (pem) =>
        `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${pem.replace(/-----.*?-----/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    ),
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${sso}"/>`,
    '</md:IDPSSODescriptor></md:EntityDescriptor>',
  ].join('');

beforeEach(async () => {
  status = 200;
  body = metadata([one.certificate]);
  await platform.shiftClock('au', '0');
});

/** A tenant with a provider that follows its metadata, read once. */
async function following() {
  const tenant = await aTenant(platform);
  // The clock goes on by more than a first key lives.
  await platform.sql('au', `update credentials set expires_at = expires_at + interval '1 year' where tenant_id = $1`, [
    tenant.id,
  ]);
  const provider = await aSamlProvider(tenant, { saml: { metadataUrl } });
  const read = async () => (await tenant.client.get(`/identity-providers/${provider.id}`)).body;
  const names = async () => (await read()).certificates.map(({ subject }: { subject: string }) => subject);
  const isRead = () => expect.poll(async () => (await read()).metadata.readAt, { timeout: 20_000 }).toBeTruthy();
  /** Until it was asked for again after the clock went on. */
  const later = async (interval: string) => {
    const before = (await read()).metadata.nextAt;
    await platform.shiftClock('au', interval);
    await expect.poll(async () => (await read()).metadata.nextAt, { timeout: 20_000 }).not.toBe(before);
  };
  const told = async (kind: string) =>
    (
      await platform.sql('au', 'select text from notices where tenant_id = $1 and kind = $2 order by created_at', [
        tenant.id,
        kind,
      ])
    ).map(({ text }) => text as string);
  const browser = aBrowser(platform, tenant.id);
  const signIn = async (by = one) => {
    const away = await browser.setOut(provider.id);
    const [{ now }] = await platform.sql('au', 'select platform_time() as now');
    return (await browser.comeBack(away, answerTo(provider, away, { now }, by))).problem;
  };
  return { tenant, provider, read, names, isRead, later, told, signIn };
}

test('a new certificate is taken beside the old one, which goes when its overlap is over', async () => {
  const { tenant, provider, read, names, isRead, later, told, signIn } = await following();
  await isRead();
  const { etag } = await tenant.client.get(`/identity-providers/${provider.id}`);
  await later('6 hours 1 minute');
  expect((await tenant.client.get(`/identity-providers/${provider.id}`)).etag).toBe(etag);
  expect(await signIn(two)).toBe('answer-not-valid');

  body = metadata([two.certificate]);
  await later('13 hours');
  expect(await names()).toEqual(['CN=two', 'CN=one']);
  const { certificates } = await read();
  expect(certificates[0].acceptedUntil).toBeUndefined();
  const overlap = Date.parse(certificates[1].acceptedUntil) - Date.now();
  expect(overlap / 3_600_000).toBeCloseTo(7 * 24 + 13, 0);
  expect([await signIn(two), await signIn(one)]).toEqual([null, null]);
  expect((await told('identity-provider-changed')).at(-1)).toContain('1 new certificate is accepted');
  expect(await tenant.auditedActions()).toContain('saml.read-metadata');

  await later('8 days');
  expect(await names()).toEqual(['CN=two']);
  expect([await signIn(two), await signIn(one)]).toEqual([null, 'answer-not-valid']);
  expect((await told('identity-provider-changed')).at(-1)).toContain('1 certificate is accepted no more');
});

test('one that comes back does not go', async () => {
  const { read, names, isRead, later } = await following();
  await isRead();
  body = metadata([two.certificate]);
  await later('7 hours');
  body = metadata([two.certificate, one.certificate]);
  await later('14 hours');
  expect((await read()).certificates.every((each: object) => !('acceptedUntil' in each))).toBe(true);
  await later('9 days');
  expect(await names()).toEqual(['CN=two', 'CN=one']);
});

test('a sign-in that is signed by an unknown certificate has it read at once, and the next one comes in', async () => {
  const { isRead, names, signIn } = await following();
  await isRead();
  body = metadata([one.certificate, two.certificate]);
  expect(await signIn(two)).toBe('answer-not-valid');
  expect(await names()).toEqual(['CN=one']);
  await platform.shiftClock('au', '11 minutes');
  expect(await signIn(two)).toBe('answer-not-valid');
  await expect.poll(names, { timeout: 20_000 }).toEqual(['CN=one', 'CN=two']);
  expect(await signIn(two)).toBe(null);
  const before = asked;
  for (let time = 0; time < 5; time++) await signIn(weak);
  await platform.shiftClock('au', '12 minutes');
  await signIn(weak);
  expect(asked).toBe(before);
});

describe('what cannot be read changes nothing', () => {
  const wrong: [string, () => void, RegExp][] = [
    ['an error', () => (status = 500), /does not answer with 200/],
    ['another document', () => (body = '<html/>'), /is not SAML 2\.0 metadata/],
    ['no XML', () => (body = 'x'), /is not XML as it should be/],
    ['an expired certificate', () => (body = metadata([old.certificate])), /certificates that have expired/],
    ['a weak certificate', () => (body = metadata([weak.certificate])), /no usable certificate/],
    [
      'another provider',
      () => (body = metadata([two.certificate], { id: 'https://evil.example' })),
      /another provider than the one that is set here/,
    ],
    [
      'an address inside',
      () => (body = metadata([two.certificate], { sso: 'https://10.0.0.1/' })),
      /must not name a private address/,
    ],
  ];
  test.each(wrong)('%s', async (_name, breaks, problem) => {
    const { read, isRead, later } = await following();
    await isRead();
    const before = await read();
    breaks();
    await later('6 hours 1 minute');
    const after = await read();
    expect(after.saml).toEqual(before.saml);
    expect(after.metadata).toMatchObject({
      readAt: before.metadata.readAt,
      failingSince: expect.any(String),
      problem: expect.stringMatching(problem),
    });
  });

  test('owners are told after a day, once, and it heals by itself', async () => {
    const { tenant, read, isRead, later, told } = await following();
    await isRead();
    status = 503;
    await later('6 hours 1 minute');
    await later('20 hours');
    expect(await told('metadata-failing')).toEqual([]);
    await later('31 hours');
    await later('33 hours');
    expect(await told('metadata-failing')).toEqual([
      expect.stringMatching(/could not be read for a day: it does not answer with 200.*read last stays in force/),
    ]);
    status = 200;
    await later('35 hours');
    expect((await read()).metadata).toMatchObject({ failingSince: null, problem: null });
    expect(await tenant.auditedActions()).not.toContain('saml.read-metadata');
  });
});

test('addresses follow too; requests are signed when the provider asks for it, and stay so', async () => {
  const { read, isRead, later } = await following();
  await isRead();
  body = metadata([one.certificate], { sso: 'https://login.example.com/sso', wants: true });
  await later('7 hours');
  expect((await read()).saml).toMatchObject({ singleSignOnUrl: 'https://login.example.com/sso', signsRequests: true });
  body = metadata([one.certificate]);
  await later('14 hours');
  expect((await read()).saml.signsRequests).toBe(true);
});

test('an address alone is enough: what is missing is filled in', async () => {
  const tenant = await aTenant(platform);
  const made = await tenant.given.identityProvider({
    type: 'saml',
    oidc: undefined,
    clientSecret: undefined,
    saml: { metadataUrl },
  });
  await expect
    .poll(async () => (await tenant.client.get(`/identity-providers/${made.id}`)).body.missing, { timeout: 20_000 })
    .toEqual([]);
});

test('who does not follow it is left alone, and so is who stopped', async () => {
  const { tenant, provider, read, names, isRead } = await following();
  await isRead();
  const set = { saml: { followsMetadata: false } };
  expect((await tenant.client.patch(`/identity-providers/${provider.id}`, set, '*')).status).toBe(200);
  expect((await read()).metadata).toBeUndefined();
  body = metadata([two.certificate]);
  await platform.shiftClock('au', '7 hours');
  const due = () =>
    platform.sql('au', `select kind from due_jobs where tenant_id = $1 and kind = 'saml.read-metadata'`, [tenant.id]);
  await expect.poll(due, { timeout: 20_000 }).toEqual([]);
  expect(await names()).toEqual(['CN=one']);
});

test('another tenant is not told, and a deleted provider is forgotten', async () => {
  const { tenant, provider, isRead } = await following();
  await isRead();
  await tenant.client.post(`/identity-providers/${provider.id}/deactivate`);
  expect((await tenant.client.delete(`/identity-providers/${provider.id}`, '*')).status).toBe(204);
  expect(await platform.sql('au', 'select 1 from saml_metadata where provider_id = $1', [provider.id])).toEqual([]);
});
