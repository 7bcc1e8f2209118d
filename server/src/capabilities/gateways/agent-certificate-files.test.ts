import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf } from '../../../test/harness.ts';
import { isPair } from '../../kernel/certificates.ts';
import { signRequest } from '../../kernel/http-signature.ts';
import { newId } from '../../kernel/ids.ts';
import { readKeyFile } from '../../kernel/pkcs12.ts';

const forwarded = { BAILIWICK_TRUST_PROXY: '127.0.0.1', BAILIWICK_CLIENT_CERTIFICATES: 'forwarded' };
const platform = await aPlatform({ regions: ['au'], env: forwarded });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const namespace = await given.namespace();
const { at } = await given.gateway(namespace.id);
const path = `${at}/agent-certificates/generate`;
const opened = async ({ pkcs12, password }: { pkcs12: string; password: string }) => {
  const { privateKey, certificates } = await readKeyFile(Buffer.from(pkcs12, 'base64'), password);
  return { privateKey, certificate: new X509Certificate(certificates[0] as Buffer) };
};

/** All that the region's database holds, as text; bytes in hex. */
async function everyRow(): Promise<string> {
  const tables = await platform.sql('au', `select tablename from pg_tables where schemaname = 'public'`);
  const texts = tables.map(({ tablename }) => platform.sql('au', `select t::text as row from "${tablename}" t`));
  return (await Promise.all(texts)).flatMap((rows) => rows.map(({ row }) => row as string)).join('\n');
}

describe('G4: a key that is made for a program', () => {
  test('leaves as PKCS#12 by a password of 125 random bits, with a certificate for clients', async () => {
    const { status, body } = await client.post(path, { name: 'Werk Süd', days: 90 });
    expect(status).toBe(200);
    const { privateKey, certificate } = await opened(body);
    expect(isPair(certificate.publicKey, privateKey)).toBe(true);
    expect(body).toEqual({
      id: expect.any(String),
      gatewayId: at.split('/').at(-1),
      subject: 'CN=Werk Süd',
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      startsAt: new Date(certificate.validFrom).toISOString(),
      expiresAt: new Date(certificate.validTo).toISOString(),
      certificate: certificate.toString(),
      pkcs12: expect.any(String),
      password: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){4}$/),
    });
    expect(Date.parse(body.expiresAt) - Date.parse(body.startsAt)).toBe(90 * 86_400_000);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const another = (await client.post(path, { name: 'Werk Süd' })).body;
    expect(another.password).not.toBe(body.password);
    expect(another.fingerprint).not.toBe(body.fingerprint);
  });

  test('leaves once: a repeat is answered with 410, and says what to do', async () => {
    const key = { 'idempotency-key': newId() };
    expect((await client.post(path, { name: 'once' }, key)).status).toBe(200);
    expect(await client.post(path, { name: 'once' }, key)).toMatchObject({
      status: 410,
      body: { type: 'urn:bailiwick:problem:key-left-once', detail: expect.stringContaining('Make another one') },
    });
  });

  test('is kept in no row: neither key, nor file, nor password; the audit has the certificate', async () => {
    const { body } = await client.post(path, { name: 'kept nowhere' });
    const { privateKey } = await opened(body);
    const secrets = [
      Buffer.from(body.pkcs12, 'base64'),
      privateKey.export({ type: 'pkcs8', format: 'der' }),
      Buffer.from(body.password),
      Buffer.from(body.password.replaceAll('-', '')),
    ];
    const rows = await everyRow();
    expect(rows).toContain(body.fingerprint);
    for (const secret of secrets)
      for (const form of ['base64', 'base64url', 'hex', 'latin1'] as const)
        expect(rows.includes(secret.toString(form)), form).toBe(false);
    const [entry] = (await client.get('/audit-entries?action=agent-certificates.generate&limit=1')).body.items;
    expect(entry).toMatchObject({
      outcome: 'success',
      target: { kind: 'agent-certificate', id: body.id, name: 'CN=kept nowhere' },
      after: { fingerprint: body.fingerprint, certificate: body.certificate },
    });
  });

  test('lets a program in when its certificate is listed, and not before', async () => {
    const agent = await given.agent(namespace.agentKey);
    const { body } = await client.post(path, { name: 'site A' });
    const other = (await client.post(path, { name: 'site B' })).body;
    const said = `:${new X509Certificate(body.certificate).raw.toString('base64')}:`;
    const coming = clientOf(platform.url, null, (method, targetUri, sent) => ({
      ...signRequest({
        method,
        targetUri,
        body: sent,
        agentKey: namespace.agentKey,
        now: new Date(),
        nonce: newId(),
      }),
      'client-cert': said,
    }));
    const asked = async (agentCertificates: string | null) => {
      expect((await client.patch(at, { agentCertificates }, '*')).status).toBe(200);
      return (await coming.get(`${tenant.path}/agents/${agent.id}/configuration?waitSeconds=0`)).status;
    };
    expect(await asked(other.certificate)).toBe(401);
    expect(await asked(other.certificate + body.certificate)).toBe(200);
    expect(await asked(null)).toBe(200);
  });

  test.each([
    [{}, 'name', 'is required'],
    [{ name: '' }, 'name', 'must not be empty'],
    [{ name: 'x'.repeat(65) }, 'name', 'at most 64'],
    [{ name: 'x', days: 0 }, 'days', '1'],
    [{ name: 'x', days: 1826 }, 'days', '1825'],
  ])('%j is refused by %s', async (body, field, message) => {
    expect(await client.post(path, body)).toMatchObject({
      status: 400,
      body: { errors: [{ path: field, message: expect.stringContaining(message) }] },
    });
  });

  test('is for those who may change the gateway', async () => {
    const viewer = platform.client((await given.machine([{ permission: 'gateways.view' }])).key);
    expect((await viewer.post(tenant.path + path, { name: 'mine' })).status).toBe(403);
    expect((await viewer.get(tenant.path + at)).body.actions).toContainEqual(
      expect.objectContaining({ name: 'agent-certificates.generate', allowed: false }),
    );
  });
});
