import { createServer as createHttp, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { OutgoingFailed, outgoing, outgoingFetch, refusalOf } from './outgoing.ts';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** A listener on the loopback that counts who connects. */
async function aListener(answer: RequestListener = (_, reply) => reply.end('secret of the inside')) {
  const server = createHttp(answer);
  const seen = { connections: 0 };
  server.on('connection', () => seen.connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

const strict = { config: readConfig({}) };
const allowing = (...entries: string[]) => ({ config: readConfig({ BAILIWICK_EGRESS_ALLOW: entries.join(',') }) });

test('X1: what is not an https address of the internet is refused by its text', async () => {
  const { port, seen } = await aListener();
  const wrong = [
    `http://127.0.0.1:${port}/`,
    `https://127.0.0.1/`,
    'https://localhost/',
    'https://0/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://017700000001/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://168.63.129.16/',
    'https://192.0.0.192/',
    'https://255.255.255.255/',
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:password@example.com/',
    'https://user@example.com/',
    'https://example.com:22/',
    'https://example.com/#fragment',
    'https://intranet/',
    '//example.com/',
    'example.com',
    `https://example.com/${'x'.repeat(2000)}`,
  ];
  for (const url of wrong) {
    expect(refusalOf(url, strict.config.egress), url).toEqual(expect.any(String));
    await expect(outgoing(strict, url), url).rejects.toThrow(OutgoingFailed);
  }
  for (const url of ['https://login.example.com/a?b=c', 'https://example.com:8443/', 'https://1.1.1.1/'])
    expect(refusalOf(url, strict.config.egress)).toBeUndefined();
  expect(seen.connections).toBe(0);
});

test('X2: an address that a name leads to is checked, and no other one is asked afterwards', async () => {
  const { port, seen } = await aListener();
  const trap = 'https://idp.example.com:8443/';
  for (const found of [['127.0.0.1'], ['::1'], ['1.1.1.1', '127.0.0.1'], ['::ffff:169.254.169.254'], []])
    await expect(outgoing(strict, trap, {}, async () => found)).rejects.toThrow(OutgoingFailed);

  let asked = 0;
  const rebinding = async () => {
    asked++;
    return asked === 1 ? ['127.0.0.2'] : ['127.0.0.1'];
  };
  const url = `http://idp.example.com:${port}/`;
  await expect(outgoing(allowing('127.0.0.2/32'), url, {}, rebinding)).rejects.toThrow(OutgoingFailed);

  expect(asked).toBe(1);
  expect(seen.connections).toBe(0);
});

test('X2: a redirect is handed back and not followed', async () => {
  const inside = await aListener();
  const { port } = await aListener((_, reply) => {
    reply.writeHead(302, { location: `http://127.0.0.1:${inside.port}/` }).end();
  });

  expect(await outgoing(allowing(`127.0.0.1:${port}`), `http://127.0.0.1:${port}/`)).toMatchObject({ status: 302 });
  expect(inside.seen.connections).toBe(0);
});

test('X3: too much, too slow and encoded answers end the same way', async () => {
  const large = await aListener((_, reply) => {
    reply.on('error', () => undefined);
    const more = () => {
      while (reply.write(Buffer.alloc(65_536)));
      reply.once('drain', more);
    };
    more();
  });
  const slow = await aListener((_, reply) => {
    const drip = setInterval(() => reply.write('.'), 200);
    reply.on('close', () => clearInterval(drip));
  });
  const bomb = await aListener((_, reply) => {
    reply.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000)));
  });
  const closed = 1;

  const said = await Promise.all(
    [large.port, slow.port, bomb.port, closed].map((port) =>
      outgoing(allowing('127.0.0.1/32'), `http://127.0.0.1:${port}/`).then(
        () => 'an answer',
        (error: Error) => error.message.replace(`:${port} `, ':<port> '),
      ),
    ),
  );

  expect(said).toEqual(Array(4).fill('http://127.0.0.1:<port> gave no usable answer within 5 seconds.'));
});

test('X3: 1 MB is read, and one byte more is refused, though all of it is there at once', async () => {
  const most = 1024 * 1024;
  for (const [bytes, isRead] of [
    [most, true],
    [most + 1, false],
  ] as const)
    for (const saysHowMuch of [true, false]) {
      const { port } = await aListener((_, reply) => {
        if (saysHowMuch) reply.setHeader('content-length', bytes);
        else reply.flushHeaders();
        reply.end(Buffer.alloc(bytes));
      });
      const read = outgoing(allowing('127.0.0.1/32'), `http://127.0.0.1:${port}/`);
      if (isRead) expect((await read).body).toHaveLength(most);
      else await expect(read).rejects.toThrow(OutgoingFailed);
    }
});

test('what the operator names is reached, by network or by host and port, and nothing beside it', async () => {
  const { port } = await aListener((request, reply) => {
    reply.setHeader('content-type', 'application/json');
    reply.end(JSON.stringify({ method: request.method, agent: request.headers['user-agent'] }));
  });
  const url = `http://127.0.0.1:${port}/`;

  for (const entry of ['127.0.0.0/8', `127.0.0.1:${port}`]) {
    const answer = await outgoing(allowing(entry), url, { method: 'POST', body: 'x' });
    expect(JSON.parse(answer.body.toString())).toEqual({ method: 'POST', agent: 'Bailiwick' });
  }
  await expect(outgoing(allowing('10.0.0.0/8', `127.0.0.1:${port + 1}`), url)).rejects.toThrow(OutgoingFailed);
  expect(await (await outgoingFetch(allowing('127.0.0.0/8'))(url)).json()).toMatchObject({ method: 'GET' });
});

test('settings that cannot be meant are refused', () => {
  for (const entry of ['10.0.0.0/99', 'everything', '*:443:1'])
    expect(() => readConfig({ BAILIWICK_EGRESS_ALLOW: entry })).toThrow(/BAILIWICK_EGRESS_ALLOW/);
  expect(() => readConfig({ BAILIWICK_EGRESS_CA: '/nowhere.pem' })).toThrow(/BAILIWICK_EGRESS_CA/);
});
