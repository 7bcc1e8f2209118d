import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { network, publishedKeys } from './published.ts';

/** Where the keys of a provider may be, and what is never asked for them. */

const keys = JSON.stringify({ keys: [] });

/** Names that lead somewhere, an issuer that describes keys elsewhere, and the addresses that were connected to. */
async function looked(issuer: string, jwksUri: string, names: Record<string, string[]>) {
  const asked: string[][] = [];
  const way = {
    addressesOf: async (hostname: string) => names[hostname] ?? [],
    get: async ({ pathname }: URL, addresses: string[]) => {
      asked.push(addresses);
      const described = JSON.stringify({ issuer, jwks_uri: jwksUri });
      return { status: 200, text: pathname.endsWith('/openid-configuration') ? described : keys };
    },
  };
  const said = await publishedKeys(issuer, way).catch((error: Error) => error.message);
  return { said, asked };
}

const names = {
  'login.example.com': ['1.1.1.1', '2606:4700::1111'],
  'keys.example.com': ['9.9.9.9'],
  'login.corp.example': ['10.1.2.3'],
  'keys.corp.example': ['192.168.7.7'],
  'here.example.com': ['127.0.0.1'],
  'trap.example.com': ['9.9.9.9', '127.0.0.1'],
  'both.example.com': ['10.1.2.3', '1.1.1.1'],
  'metadata.example.com': ['169.254.169.254'],
  'of-six.example.com': ['64:ff9b::101:101'],
  'here-of-six.example.com': ['64:ff9b::7f00:1'],
  localhost: ['127.0.0.1', '::1'],
};
const nearer = 'leads nearer than the issuer may';

describe('keys of an issuer', () => {
  test.each([
    ['on the internet', 'https://login.example.com', 'https://keys.example.com/keys'],
    ['on the internet, from a network without IPv4', 'https://of-six.example.com', 'https://of-six.example.com/keys'],
    ['in the organisation', 'https://login.corp.example', 'https://keys.corp.example/keys'],
    [
      'in the organisation, with keys outside',
      'https://login.corp.example/realms/main',
      'https://keys.example.com/keys',
    ],
    ['at an address of the organisation', 'https://10.1.2.3:8443', 'https://10.1.2.4:8443/keys'],
    ['on this machine, as in a test', 'http://localhost:9100', 'http://127.0.0.1:9100/keys'],
  ])('%s are read where it says', async (_where, issuer, jwksUri) => {
    const { said, asked } = await looked(issuer, jwksUri, names);
    expect(said).toBe(keys);
    expect(asked).toHaveLength(2);
  });

  const near = [
    'http://127.0.0.1:8080/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://here.example.com/',
    'https://trap.example.com/',
    'https://here-of-six.example.com/',
  ];
  const ofClouds = [
    'https://169.254.169.254/latest/meta-data/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fd20:ce::254]/',
    'https://100.100.100.200/',
    'https://168.63.129.16/',
    'https://192.0.0.192/',
    'https://metadata.example.com/',
    'https://0/',
    'https://255.255.255.255/',
    'https://[64:ff9b:1::1]/',
    'https://[2002:7f00:1::]/',
  ];
  const inside = ['https://10.1.2.3/', 'https://keys.corp.example/', 'https://[fd12::1]/', 'https://100.64.0.1/'];

  test('X1: on the internet are looked for on the internet alone', async () => {
    for (const jwksUri of [...near, ...ofClouds, ...inside]) {
      const { said, asked } = await looked('https://login.example.com', jwksUri, names);
      expect(said, jwksUri).toContain(nearer);
      expect(asked, jwksUri).toEqual([names['login.example.com']]);
    }
  });

  test('X1: in the organisation are looked for neither on this machine nor at what is special', async () => {
    for (const jwksUri of [...near, ...ofClouds]) {
      const { said, asked } = await looked('https://login.corp.example', jwksUri, names);
      expect(said, jwksUri).toContain(nearer);
      expect(asked, jwksUri).toEqual([names['login.corp.example']]);
    }
  });

  test('X1: on this machine are looked for at nothing special', async () => {
    for (const jwksUri of ofClouds)
      expect((await looked('http://localhost:9100', jwksUri, names)).said, jwksUri).toContain(nearer);
  });

  test('an issuer whose name leads outside as well leads to nothing inside', async () => {
    const { said, asked } = await looked('https://both.example.com', 'https://10.1.2.3/keys', names);
    expect([said, asked.length]).toEqual([expect.stringContaining(nearer), 1]);
    // But to its own keys, as one with an IPv4 address of the network and an IPv6 address of the world has them.
    const own = await looked('https://both.example.com', 'https://both.example.com/keys', names);
    expect([own.said, own.asked.length]).toEqual([keys, 2]);
  });

  test('X2: a name that leads to this machine is no issuer, and neither is one that leads nowhere or to what is special', async () => {
    for (const host of ['here.example.com', 'trap.example.com', 'metadata.example.com', 'nowhere.example.com']) {
      const { said, asked } = await looked(`https://${host}`, 'https://keys.example.com/keys', names);
      expect([said, asked], host).toEqual([expect.stringContaining(nearer), []]);
    }
  });

  test('X1: are read by https alone, and a file is none', async () => {
    for (const jwksUri of ['http://keys.example.com/keys', 'file:///etc/passwd', 'ftp://keys.example.com/', 'keys']) {
      const { said, asked } = await looked('https://login.example.com', jwksUri, names);
      expect(said, jwksUri).toContain('cannot be read');
      expect(asked, jwksUri).toHaveLength(1);
    }
  });
});

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** A listener on this machine, and the paths that it is asked for. */
async function aListener(answer: RequestListener) {
  const seen: string[] = [];
  const server = createServer((request, reply) => {
    seen.push(`${request.headers.host}${request.url}`);
    answer(request, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

describe('over the network', () => {
  test('X2: it connects to an address that was judged, whatever the name leads to by now', async () => {
    const { port, seen } = await aListener((_, reply) => reply.end('heard'));
    const url = new URL(`http://name.invalid:${port}/keys?of=this`);
    expect(await network.get(url, ['127.0.0.1'], AbortSignal.timeout(20_000))).toEqual({ status: 200, text: 'heard' });
    expect(seen).toEqual([`name.invalid:${port}/keys?of=this`]);
  });

  test('X2: a redirect is not followed', async () => {
    const { port, seen } = await aListener((_, reply) => reply.writeHead(302, { location: '/elsewhere' }).end());
    const issuer = `http://127.0.0.1:${port}`;
    await expect(publishedKeys(issuer, network)).rejects.toThrow(`${issuer} cannot be read: it answered 302`);
    expect(seen).toEqual([`127.0.0.1:${port}/.well-known/openid-configuration`]);
  });

  test('X3: 1 MB is read, and of what is longer nothing is taken', async () => {
    const { port } = await aListener(({ url = '' }, reply) => reply.end('x'.repeat(Number(url.slice(1)))));
    const got = (length: number) =>
      network.get(new URL(`http://name.invalid:${port}/${length}`), ['127.0.0.1'], AbortSignal.timeout(20_000));
    expect((await got(1_000_000)).text).toHaveLength(1_000_000);
    await expect(got(1_000_001)).rejects.toThrow('it is too long');
  });
});
