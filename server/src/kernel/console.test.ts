import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { serveConsole } from './console.ts';

/** A built console of one script, which stands beside itself compressed. */
async function aConsole() {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-console-'));
  const script = 'export const answer = 42;';
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Bailiwick</title>');
  writeFileSync(join(folder, 'assets/a.js'), script);
  writeFileSync(join(folder, 'assets/a.js.br'), brotliCompressSync(script));
  writeFileSync(join(folder, 'assets/a.js.gz'), gzipSync(script));
  const app = fastify();
  await serveConsole(app, folder);
  onTestFinished(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { app, script };
}

test.each([
  ['br, gzip', 'br', brotliCompressSync],
  ['gzip', 'gzip', gzipSync],
  [undefined, undefined, Buffer.from],
] as const)('to a browser that takes %s a script goes as %s', async (accepted, encoding, encode) => {
  const { app, script } = await aConsole();
  const reply = await app.inject({
    url: '/assets/a.js',
    headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
  });
  expect(reply.headers).toMatchObject({ 'content-type': expect.stringMatching(/javascript/) });
  expect(reply.headers['content-encoding']).toBe(encoding);
  expect(reply.headers.vary).toMatch(/accept-encoding/i);
  expect(reply.rawPayload).toEqual(encode(script));
});

test('a page of the console answers every address that is not a script’s', async () => {
  const { app } = await aConsole();
  const asked = (url: string, accept: string) => app.inject({ url, headers: { accept } });
  expect((await asked('/t/1/groups', 'text/html')).body).toContain('<title>Bailiwick');
  expect((await asked('/t/1/groups', 'application/json')).statusCode).toBe(404);
  expect((await asked('/v1/nothing', 'text/html')).statusCode).toBe(404);
  expect((await asked('/assets/b.js', 'text/html')).statusCode).toBe(404);
});
