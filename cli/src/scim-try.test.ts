import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type {} from '../../server/test/databases.ts';
import { aPlatform, aTenant } from '../../server/test/harness.ts';
import { run } from './run.ts';

const unknownToken = `bwk_pt_${'A'.repeat(22)}${'b'.repeat(43)}`;

/** `bailiwick scim ...`, with the token in the environment unless the words name one. */
async function scim(words: string[], token?: string) {
  const out: string[] = [];
  const said: string[] = [];
  const code = await run(['scim', ...words], {
    commands: [],
    version: '0.0.0',
    env: token === undefined ? {} : { BAILIWICK_SCIM_TOKEN: token },
    home: '/nowhere',
    isTerminal: false,
    write: (text) => out.push(text),
    warn: (text) => said.push(text),
    readInput: async () => '',
    wait: async () => undefined,
  });
  return { code, text: out.join(''), said: said.join('') };
}

/** A server of one answer. */
async function aServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('against the product: looks, and with --write leaves nothing behind; a bad token, a pause, an end', async () => {
  const platform = await aPlatform();
  const { client, id, given } = await aTenant(platform);
  const { value, id: tokenId } = await given.token({ name: 'Entra' });
  const url = `${platform.url}/scim/v2/${id}`;
  const audited = async () => (await client.get('/audit-entries?action=scim.create-user')).body.total;
  const before = await audited();

  const looked = await scim(['try', '--url', `${url}/?aadOptscim062020`], value);
  expect(looked).toMatchObject({ code: 0, said: '' });
  expect(looked.text.match(/^ok /gm)).toHaveLength(2);
  expect(looked.text).toContain(`All is well at ${url}\n`);
  expect(await audited()).toBe(before);

  const written = await scim(['try', '--url', url, '--write', '--json'], value);
  expect(written.code, written.text).toBe(0);
  const { ok, steps } = JSON.parse(written.text);
  expect(ok).toBe(true);
  expect(steps.map(({ outcome }: { outcome: string }) => outcome)).toEqual(Array(7).fill('ok'));
  expect(await audited()).toBe(before + 1);
  const left = (await client.get(`/accounts?source=scim`)).body;
  expect(left.items).toEqual([]);
  expect(written.text).not.toContain(value);

  const unknown = await scim(['try', '--url', url], unknownToken);
  expect(unknown.code).toBe(1);
  expect(unknown.text).toContain('HTTP 401');
  expect(unknown.text).toContain('Copy it again, whole, or create another one.');
  expect(unknown.text).not.toContain(unknownToken);

  const { etag } = await client.get('/provisioning');
  expect((await client.patch('/provisioning', { paused: true }, etag)).status).toBe(200);
  const paused = await scim(['try', '--url', url, '--write'], value);
  expect(paused.code).toBe(1);
  expect(paused.text).toContain('HTTP 503');
  expect(paused.text).toContain('Resume it in the console');
  expect(paused.text.match(/^skipped /gm)).toHaveLength(5);

  await client.delete(`/provisioning-tokens/${tokenId}`);
  expect((await scim(['try', '--url', url], value)).text).toContain('HTTP 401');
});

test('what is no SCIM server is told from one, and nothing is followed', async () => {
  const page = await aServer((_, reply) => reply.end('<html>Sign in</html>'));
  expect(await scim(['try', '--url', page], unknownToken)).toMatchObject({
    code: 1,
    text: expect.stringContaining('Something else answers at this URL'),
  });
  const json = await aServer((_, reply) => reply.end('{"ok":true}'));
  expect((await scim(['try', '--url', json], unknownToken)).text).toContain('no SCIM 2.0');
  let leaked = '';
  const elsewhere = await aServer(({ headers }, reply) => {
    leaked = headers.authorization ?? '';
    reply.end('{}');
  });
  const redirecting = await aServer((_, reply) => reply.writeHead(307, { location: elsewhere }).end());
  expect((await scim(['try', '--url', redirecting], unknownToken)).text).toContain('follow no redirect');
  expect(leaked).toBe('');
  const busy = await aServer((_, reply) =>
    reply.writeHead(429, { 'retry-after': '7' }).end(JSON.stringify({ detail: `no, \u001b[31m${unknownToken}` })),
  );
  const told = await scim(['try', '--url', busy], unknownToken);
  expect(told.text).toContain('Wait 7 s, then try again.');
  expect(told.text).not.toContain(unknownToken);
  expect(told.text).not.toContain('\u001b');
  expect((await scim(['try', '--url', 'http://127.0.0.1:9'], unknownToken)).text).toContain('no answer (');
});

test('what was made goes although a step between has failed', async () => {
  const asked: string[] = [];
  const url = await aServer((request, reply) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    const answers: Record<string, [number, object?]> = {
      'GET /ServiceProviderConfig': [200, { schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'] }],
      'GET /Users': [200, { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: 0 }],
      'POST /Users': [201, { id: '7' }],
      'DELETE /Users/7': [204],
    };
    const [status, body] = answers[asked.at(-1) as string] ?? [500, {}];
    reply.writeHead(status).end(body ? JSON.stringify(body) : undefined);
  });
  const { code, text } = await scim(['try', '--url', url, '--write'], unknownToken);
  expect(code).toBe(1);
  expect(asked).toContain('DELETE /Users/7');
  expect(text).toMatch(/^failed {3}The user is read/m);
  expect(text).toMatch(/^skipped {2}The user is deactivated/m);
  expect(text).toMatch(/^ok {7}The user is deleted/m);
});

test('the token comes from the environment, a file or, with a warning, the command line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-scim-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');
  writeFileSync(file, `${unknownToken}\n`);
  const tokens: unknown[] = [];
  const url = await aServer(({ headers }, reply) => {
    tokens.push(headers.authorization);
    reply.end('{}');
  });
  expect((await scim(['try', '--url', url, '--token', `@${file}`])).said).toBe('');
  expect((await scim(['try', '--url', url, '--token', unknownToken])).said).toContain('can be read by other people');
  expect(tokens).toEqual([`Bearer ${unknownToken}`, `Bearer ${unknownToken}`]);
});

test('a wrong command line says what to type', async () => {
  const wrong = async (...words: string[]) => {
    const { code, said } = await scim(words);
    expect(code).toBe(2);
    return said;
  };
  expect(await wrong('try')).toContain('--url <SCIM base URL>');
  expect(await wrong('try', '--url', 'example.com')).toContain('is not a URL');
  expect(await wrong('try', '--url', 'https://example.com')).toContain('BAILIWICK_SCIM_TOKEN');
  expect(await wrong('try', '--url', 'https://example.com', '--token', '@/no/such/file')).toContain('cannot be read');
  expect(await wrong('try', '--url', 'https://example.com', '--token', 'a b')).toContain('no token has');
  expect(await wrong('try', '--wirte')).toContain('--wirte');
  for (const words of [['--write=false'], ['--write', 'false'], ['--json', 'true']])
    expect(await wrong('try', '--url', 'https://example.com', ...words)).toContain('takes no value');
  expect((await scim(['try', '--help'])).text).toContain('BAILIWICK_SCIM_TOKEN');
  expect((await scim(['try', 'help'])).text).toContain('--write');
});
