import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ClientCertificate, certificateOf } from '../../../test/client-certificates.ts';
import { agentOf, aPlatform, aTenant, clientOf, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { signRequest } from '../../kernel/http-signature.ts';
import { newId } from '../../kernel/ids.ts';

/** Gateways whose programs must come with a client certificate, as a proxy that is believed hands it on. */

let platform: TestPlatform;
let tenant: TestTenant;
let key: string;
let at: string;
let agentId: string;

const forwarded = { BAILIWICK_TRUST_PROXY: '127.0.0.1,10.0.0.0/8', BAILIWICK_CLIENT_CERTIFICATES: 'forwarded' };

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], nodes: 2, env: forwarded });
  tenant = await aTenant(platform);
  const namespace = await tenant.given.namespace();
  key = namespace.agentKey;
  ({ at } = await tenant.given.gateway(namespace.id));
  agentId = (await tenant.given.agent(key)).id;
});

/** As RFC 9440 writes it. */
const der = (name: ClientCertificate) => `:${new X509Certificate(certificateOf(name)).raw.toString('base64')}:`;
/** As nginx and Envoy write it. */
const escaped = (name: ClientCertificate) => encodeURIComponent(certificateOf(name));

/** The agent on a connection of which a proxy says this. */
const coming = (said?: string, url = platform.url, agentKey = key) =>
  clientOf(url, null, (method, targetUri, body) => ({
    ...signRequest({ method, targetUri, body, agentKey, now: new Date(), nonce: newId() }),
    ...(said === undefined ? {} : { 'client-cert': said }),
  }));
const configuration = async (said?: string, url?: string) =>
  (await coming(said, url).get(`${tenant.path}/agents/${agentId}/configuration?waitSeconds=0`)).status;
const asking = async (...names: ClientCertificate[]) => {
  const changed = await tenant.client.patch(
    at,
    { agentCertificates: names.length ? names.map(certificateOf).join('') : null },
    '*',
  );
  expect(changed.status, changed.text).toBe(200);
};

describe('G5: a gateway that asks for a client certificate', () => {
  test('by its authority: what it issued is taken in both forms, on every node, and nothing without', async () => {
    await asking();
    expect(await configuration()).toBe(200);
    await asking('authority');
    for (const url of platform.urls) {
      expect(await configuration(der('client'), url)).toBe(200);
      expect(await configuration(escaped('client'), url)).toBe(200);
      expect(await configuration(undefined, url)).toBe(401);
    }
    const refused = await coming().get(`${tenant.path}/agents/${agentId}/configuration?waitSeconds=0`);
    expect(refused.body).toMatchObject({
      type: 'urn:bailiwick:problem:no-client-certificate',
      detail: expect.stringContaining('--client-certificate'),
    });
    await asking();
    expect(await configuration(undefined, platform.urls[1])).toBe(200);
  });

  test.each<[string, ClientCertificate]>([
    ['of another authority, whatever names stand in it', 'foreign'],
    ['that is over', 'over'],
    ['of an authority below', 'sub'],
    ['that an authority below issued', 'leaf'],
    ['for servers', 'server'],
    ['that is nobody’s but its own', 'own'],
  ])('one %s is refused', async (_what, name) => {
    await asking('authority');
    for (const said of [der(name), escaped(name)])
      expect(await coming(said).get(`${tenant.path}/agents/${agentId}/configuration?waitSeconds=0`)).toMatchObject({
        status: 401,
        // Another one than that none arrived, which says nothing of the program.
        body: { type: 'urn:bailiwick:problem:client-certificate' },
      });
  });

  test('one that is listed itself is taken, and of two that overlap each, until one is taken out', async () => {
    await asking('own');
    expect(await configuration(der('own'))).toBe(200);
    expect(await configuration(der('client'))).toBe(401);
    await asking('own', 'next');
    expect([await configuration(der('own')), await configuration(der('next'))]).toEqual([200, 200]);
    await asking('next');
    for (const url of platform.urls)
      expect([await configuration(der('own'), url), await configuration(der('next'), url)]).toEqual([401, 200]);
  });

  test('those that a gateway accepts are told one by one', async () => {
    await asking('authority', 'own');
    const shown = (name: ClientCertificate) => {
      const { subject, fingerprint256, validFrom, validTo } = new X509Certificate(certificateOf(name));
      return {
        subject: subject.replaceAll('\n', ', '),
        fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
        startsAt: new Date(validFrom).toISOString(),
        expiresAt: new Date(validTo).toISOString(),
      };
    };
    const { body } = await tenant.client.get(at);
    expect(body.acceptedCertificates).toEqual([shown('authority'), shown('own')]);
    await asking('own', 'authority', 'own');
    expect((await tenant.client.get(at)).body.acceptedCertificates).toEqual([shown('own'), shown('authority')]);
    await asking();
    expect((await tenant.client.get(at)).body.acceptedCertificates).toEqual([]);
  });

  test('another tenant’s certificates and gateways have nothing to do with it', async () => {
    const other = await aTenant(platform);
    const namespace = await other.given.namespace();
    const theirs = await other.given.gateway(namespace.id);
    const { id } = await other.given.agent(namespace.agentKey);
    const asked = { agentCertificates: certificateOf('other') };
    expect((await other.client.patch(theirs.at, asked, '*')).status).toBe(200);
    await asking('authority');
    const read = async (said: string) =>
      (
        await coming(said, platform.url, namespace.agentKey).get(
          `${other.path}/agents/${id}/configuration?waitSeconds=0`,
        )
      ).status;
    expect([await read(der('foreign')), await read(der('client'))]).toEqual([200, 401]);
    expect(await configuration(der('foreign'))).toBe(401);
  });

  test('what is no certificate, or two, is none', async () => {
    await asking('authority');
    for (const said of ['', '::', 'x', ':AAAA:', `${der('client')}, ${der('client')}`, '%', 'a'.repeat(9_000)])
      expect(await configuration(said), said).toBe(401);
  });

  test('every door of a program asks for it: enrolment, people, report and transactions', async () => {
    await asking('authority');
    const doors: [string, object][] = [
      ['', { name: 'one more' }],
      [`/${agentId}/principals`, { subjects: ['ann'] }],
      [
        `/${agentId}/report`,
        {
          program: '0.1.0',
          configuration: null,
          state: 'serving',
          problem: null,
          startedAt: new Date().toISOString(),
          carried: 0,
          refused: 0,
          failed: 0,
          openRequests: 0,
        },
      ],
      [
        `/${agentId}/transactions`,
        {
          journal: newId(),
          items: [
            {
              sequence: 1,
              at: new Date().toISOString(),
              method: 'GET',
              path: '/',
              status: 404,
              reason: 'no-route',
              routeId: null,
              ruleId: null,
              serviceId: null,
              subject: null,
              durationMs: 1,
              bytesIn: 1,
              bytesOut: 1,
            },
          ],
        },
      ],
    ];
    for (const [path, body] of doors) {
      const without = await coming().post(`${tenant.path}/agents${path}`, body);
      expect(without, path).toMatchObject({
        status: 401,
        body: { type: 'urn:bailiwick:problem:no-client-certificate' },
      });
      const withIt = await coming(der('client')).post(`${tenant.path}/agents${path}`, body);
      expect(withIt.status, withIt.text).toBeLessThan(300);
    }
    const { body } = await tenant.client.get(`${at}/agents/${agentId}`);
    expect(body.certificate).toEqual({
      fingerprint: new X509Certificate(certificateOf('client')).fingerprint256.replaceAll(':', '').toLowerCase(),
      expiresAt: '2120-01-01T00:00:00.000Z',
    });
  });

  test('who waits for a configuration gets none any more, once another certificate is asked for', async () => {
    await asking('authority');
    const read = (query: string) => coming(der('client')).get(`${tenant.path}/agents/${agentId}/configuration${query}`);
    const { version } = (await read('?waitSeconds=0')).body;
    const waiting = read(`?after=${version}`);
    await asking('other');
    expect((await waiting).status).toBe(401);
  });

  test('a change of it is recorded, and what is no certificate is named', async () => {
    await asking('authority');
    const [entry] = (await tenant.client.get('/audit-entries?action=gateways.change')).body.items;
    expect(entry.after.agentCertificates).toContain('BEGIN CERTIFICATE');
    for (const [agentCertificates, message] of [
      ['none', 'number 1 is none'],
      [`${certificateOf('own')}${certificateOf('over')}`, 'number 2 is over'],
      [Array.from({ length: 11 }, () => certificateOf('own')).join(''), '1 to 10 certificates'],
      ['', 'must not be empty'],
    ] as const)
      expect(await tenant.client.patch(at, { agentCertificates }, '*')).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'agentCertificates', message: expect.stringContaining(message) }] },
      });
  });
});

describe('G5: a certificate that somebody only says', () => {
  test('who is no proxy of ours is not believed', async () => {
    await asking('authority');
    const elsewhere = await platform.startAnother(['au'], { ...forwarded, BAILIWICK_TRUST_PROXY: '10.0.0.0/8' });
    const url = `http://127.0.0.1:${elsewhere.port}`;
    expect(await configuration(der('client'), url)).toBe(401);
    expect((await coming(der('client'), url).post(`${tenant.path}/agents`, { name: 'forged' })).status).toBe(401);
  });

  test('where the operator did not say that proxies do, nobody is, and no gateway can ask', async () => {
    await asking('authority');
    const silent = await platform.startAnother(['au'], { ...forwarded, BAILIWICK_CLIENT_CERTIFICATES: 'off' });
    const url = `http://127.0.0.1:${silent.port}`;
    expect(await configuration(der('client'), url)).toBe(401);
    const there = clientOf(url, tenant.ownerKey);
    const refused = await there.patch(`${tenant.path}${at}`, { agentCertificates: certificateOf('authority') }, '*');
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:no-client-certificates' } });
    // It can be taken back there too.
    expect((await there.patch(`${tenant.path}${at}`, { agentCertificates: null }, '*')).status).toBe(200);
    expect((await agentOf(url, key).get(`${tenant.path}/agents/${agentId}/configuration?waitSeconds=0`)).status).toBe(
      200,
    );
  });
});
