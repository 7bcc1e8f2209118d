import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../server/src/kernel/certificates.ts';
import { type ClientCertificate, certificateOf, keyOf } from '../../server/test/client-certificates.ts';
import { freePort } from '../../server/test/free-port.ts';
import { aPlatform, type TestPlatform } from '../../server/test/harness.ts';
import { blocksOf, replaced } from './documented.ts';
import { aGateway, anIssuer, anUpstream, aPlace, type Place, type Running, until } from './given.ts';

/** The program with a client certificate, over real TLS, before a proxy that hands on what the connection has. */

const nginx = [process.env.BAILIWICK_TEST_NGINX, '/usr/sbin/nginx'].find((file) => file && existsSync(file));
const baseUrl = 'https://eu.example.com';

let platform: TestPlatform;
let place: Place;
let token: string;
let folder: string;
let clientUrl: string;
/** Whether the proxy says which certificate a connection has. */
let handsOn = true;
const ended: (() => unknown)[] = [];

beforeAll(async () => {
  platform = await aPlatform({
    regions: ['au'],
    env: {
      BAILIWICK_EGRESS_ALLOW: '127.0.0.0/8',
      BAILIWICK_BASE_URL_AU: baseUrl,
      BAILIWICK_TRUST_PROXY: '127.0.0.1',
      BAILIWICK_CLIENT_CERTIFICATES: 'forwarded',
    },
  });
  const issuer = await anIssuer();
  const upstream = await anUpstream();
  place = await aPlace(platform, issuer.issuer, upstream.url);
  await place.person('ann');
  token = await issuer.token('ann');
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-certificates-'));
  chmodSync(folder, 0o755);
  const day = 86_400_000;
  const { certificate, privateKey } = await makeCertificate(
    'localhost',
    new Date(Date.now() - 400 * day),
    new Date(Date.now() + 400 * day),
    'ES256',
  );
  writeFileSync(join(folder, 'server.pem'), certificate);
  writeFileSync(join(folder, 'server.key'), privateKey);
  clientUrl = await aTlsProxy(certificate, privateKey);
  await asking('authority');
}, 120_000);

afterAll(async () => {
  for (const end of ended) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** Ends TLS, takes any certificate whose key is proved, and says which one it was. */
async function aTlsProxy(cert: string, key: string): Promise<string> {
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (asked, reply) => {
    const { raw } = (asked.socket as TLSSocket).getPeerX509Certificate() ?? {};
    const headers = { ...asked.headers };
    delete headers['client-cert'];
    if (raw && handsOn) headers['client-cert'] = `:${raw.toString('base64')}:`;
    const { method, url: path } = asked;
    const on = request(platform.url + path, { method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    on.on('error', () => reply.destroy());
    asked.pipe(on);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const asking = async (...names: ClientCertificate[]) => {
  const agentCertificates = names.length ? names.map(certificateOf).join('') : null;
  const changed = await place.tenant.client.patch(place.gatewayAt, { agentCertificates }, '*');
  expect(changed.status, changed.text).toBe(200);
};

/** The files of a pair, at a place where another one may come later. */
function written(name: ClientCertificate, to: string = name) {
  const files = { certificate: join(folder, `${to}.pem`), key: join(folder, `${to}.key`) };
  writeFileSync(files.certificate, certificateOf(name));
  writeFileSync(files.key, keyOf(name));
  return files;
}

const started = (files?: { certificate: string; key: string }, url = clientUrl, more = {}): Promise<Running> =>
  aGateway(
    {
      ...more,
      enrol: place.namespace.agentKey,
      url: baseUrl,
      'client-url': url,
      ...(files ? { 'client-certificate': files.certificate, 'client-key': files.key } : {}),
    },
    { NODE_EXTRA_CA_CERTS: join(folder, 'server.pem') },
  );
const status = async (gateway: Running) => (await gateway.get('/erp/orders/7', token)).status;
const fingerprintOf = (name: ClientCertificate) =>
  new X509Certificate(certificateOf(name)).fingerprint256.replaceAll(':', '').toLowerCase();

describe('G5: over TLS', () => {
  test('with the certificate that its gateway asks for it serves, and the region says which one it was', async () => {
    await asking('authority');
    const gateway = await started(written('client'));
    expect(await status(gateway)).toBe(200);
    const agents = `${place.gatewayAt}/agents`;
    await until('it has reported', async () =>
      (await place.tenant.client.get(agents)).body.items.some(
        (each: { certificate: { fingerprint: string } | null }) =>
          each.certificate?.fingerprint === fingerprintOf('client'),
      ),
    );
    await gateway.kill();
  });

  test('G4: with the file that its region made it serves once its certificate is listed, and goes by a renewed one', async () => {
    const made = async () =>
      (await place.tenant.client.post(`${place.gatewayAt}/agent-certificates/generate`, { name: 'site A' })).body;
    const [first, second] = [await made(), await made()];
    const agentCertificates = first.certificate + second.certificate;
    await place.tenant.client.patch(place.gatewayAt, { agentCertificates }, '*');
    const files = { 'client-pkcs12': join(folder, 'made.p12'), 'client-password-file': join(folder, 'made.password') };
    const write = ({ pkcs12, password }: typeof first) => {
      writeFileSync(files['client-pkcs12'], Buffer.from(pkcs12, 'base64'));
      writeFileSync(files['client-password-file'], `${password}\n`);
    };
    write(first);
    const gateway = await started(undefined, clientUrl, files);
    expect(await status(gateway)).toBe(200);
    write(second);
    const agents = `${place.gatewayAt}/agents`;
    await until('it comes with the second one', async () =>
      (await place.tenant.client.get(agents)).body.items.some(
        (each: { certificate: { fingerprint: string } | null }) => each.certificate?.fingerprint === second.fingerprint,
      ),
    );
    await gateway.kill();
  });

  test.each<[string, ClientCertificate | undefined]>([
    ['without one', undefined],
    ['with one of another authority', 'foreign'],
    ['with one that is over', 'over'],
  ])('%s it does not enrol, and is told why', async (_how, name) => {
    await asking('authority');
    const refused = await started(name && written(name)).catch((error: Error) => error.message);
    expect(refused).toMatch(/Not enrolled: This gateway asks its programs for a client certificate/);
  });

  test('one certificate takes the place of another without a request that is refused', async () => {
    await asking('client', 'next');
    const files = written('client', 'renewed');
    const gateway = await started(files);
    expect(await status(gateway)).toBe(200);
    written('next', 'renewed');
    const agents = `${place.gatewayAt}/agents`;
    await until('the new one is seen', async () => {
      expect(await status(gateway)).toBe(200);
      const { items } = (await place.tenant.client.get(agents)).body;
      return items.some(
        (each: { certificate: { fingerprint: string } | null }) =>
          each.certificate?.fingerprint === fingerprintOf('next'),
      );
    });
    await asking('next');
    await until('it has what is in force', async () => {
      const { items } = (await place.tenant.client.get(agents)).body;
      expect(await status(gateway)).toBe(200);
      return items.some((each: { configuration: { isCurrent: boolean } }) => each.configuration.isCurrent);
    });
    await gateway.kill();
  });

  test('when another one is asked for, what runs refuses everything, and serves again with it', async () => {
    await asking('client');
    const files = written('client', 'changed');
    const gateway = await started(files);
    expect(await status(gateway)).toBe(200);
    await asking('next');
    await until('it refuses', async () => (await status(gateway)) === 503);
    await until('it is said', () => /region refuses[^\n]*client certificate/.test(gateway.output.text));
    written('next', 'changed');
    await until('it serves again', async () => (await status(gateway)) === 200);
    await gateway.kill();
  });

  test('a proxy that loses it is no word of the region about the program: it goes on for its time, and heals', async () => {
    await asking('client');
    const files = written('client', 'lost');
    const [lasting, short] = [await started(files), await started(files, clientUrl, { 'hold-seconds': '8' })];
    for (const each of [lasting, short]) expect(await status(each)).toBe(200);
    const health = async (gateway: Running) =>
      (await gateway.get('/.bailiwick/health')).json() as Promise<{ region: string }>;
    await until('it is heard', async () => (await health(lasting)).region === 'answers');
    handsOn = false;
    try {
      await until('it is said', () => /region is away[^\n]*sees no client certificate/.test(lasting.output.text));
      expect(await health(lasting)).toEqual({ state: 'serving', region: 'away' });
      await until('the other one’s time is over', async () => (await status(short)) === 503);
      await until('that is said', () => /was away for too long/.test(short.output.text));
      expect(await health(short)).toEqual({ state: 'refusing', region: 'away' });
      expect(await status(lasting)).toBe(200);
      // Who enrols has nothing to go on with, and is told.
      const refused = await started(files).catch((error: Error) => error.message);
      expect(refused).toMatch(/Not enrolled: The region sees no client certificate/);
    } finally {
      handsOn = true;
    }
    await until('it serves again', async () => (await status(short)) === 200);
    await until('it is heard again', async () => (await health(lasting)).region === 'answers');
    expect(lasting.output.text).not.toContain('region refuses');
    for (const each of [lasting, short]) await each.kill();
  });

  test('an address of another region is refused by name, with what to do', async () => {
    const elsewhere = createHttpServer((asked, reply) => {
      asked.resume();
      reply.writeHead(421, { 'content-type': 'application/problem+json' }).end(
        JSON.stringify({
          type: 'urn:bailiwick:problem:wrong-region',
          detail: 'This belongs to the region Europe. Send the request to https://eu.example.com.',
          baseUrl,
        }),
      );
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    ended.push(() => elsewhere.close());
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const refused = await started(written('client'), url).catch((error: Error) => error.message);
    expect(refused).toContain(`Not enrolled: --client-url ${url} leads to another region than the tenant’s.`);
    expect(refused).toContain('the region Europe');
    expect(refused).toContain('as --client-url where that region asks for certificates');
  });

  test('files that do not belong together are refused by name', async () => {
    const { certificate } = written('client');
    const { key } = written('next');
    await expect(started({ certificate, key })).rejects.toThrow(/--client-certificate .* cannot be used/);
    const alone = aGateway({ url: baseUrl, 'client-certificate': certificate });
    await expect(alone).rejects.toThrow(/--client-certificate and --client-key go together/);
  });
});

test.skipIf(nginx)('nginx did not run here: it is not installed, .ci/run has it', () => undefined);

test.skipIf(!nginx)('nginx hands on the certificate as the page has it, and nothing that a client writes', async () => {
  const port = await freePort();
  const [block = ''] = blocksOf('gateways.md', 'nginx');
  const server = replaced(block, {
    '127.0.0.1:443 ssl': `127.0.0.1:${port} ssl`,
    '/etc/nginx/agents.pem': join(folder, 'server.pem'),
    '/etc/nginx/agents.key': join(folder, 'server.key'),
    'http://127.0.0.1:7070': platform.url,
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
  chmodSync(folder, 0o777);
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
  const checked = spawnSync(nginx as string, ['-t', ...args], { encoding: 'utf8' });
  expect(checked.status, checked.stderr).toBe(0);
  const child: ChildProcess = spawn(nginx as string, args, { stdio: 'ignore' });
  ended.push(() => {
    const closed = new Promise((resolve) => child.once('close', resolve));
    if (child.kill('SIGTERM')) return closed;
    return undefined;
  });
  await asking('authority');
  const url = `https://localhost:${port}`;
  await until('nginx listens', () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ),
  );
  const gateway = await started(written('client'), url);
  expect(await status(gateway)).toBe(200);
  await gateway.kill();
  const refused = await started(undefined, url).catch((error: Error) => error.message);
  expect(refused).toMatch(
    /Not enrolled: This gateway asks its programs for a client certificate: this connection has none/,
  );
});
