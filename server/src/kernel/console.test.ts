import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { languagesOf, serveConsole } from './console.ts';

const files = {
  '/': ['/assets/home.js'],
  '/groups': ['/assets/groups.js', '/assets/lists.js'],
  '/groups/$id': ['/assets/group.js'],
  '/groups/keys/$id': ['/assets/key.js'],
};

/** A console built in two languages, of one script that stands beside itself compressed. */
async function aConsole() {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-console-'));
  const script = 'export const answer = 42;';
  for (const language of ['de', 'en']) {
    mkdirSync(join(folder, language, 'assets'), { recursive: true });
    writeFileSync(join(folder, language, 'index.html'), `<!doctype html><html lang="${language}"><head></head>`);
    writeFileSync(join(folder, language, 'pages.json'), JSON.stringify(files));
  }
  writeFileSync(join(folder, 'en/assets/a.js'), script);
  writeFileSync(join(folder, 'en/assets/a.js.br'), brotliCompressSync(script));
  writeFileSync(join(folder, 'en/assets/a.js.gz'), gzipSync(script));
  const app = fastify();
  await serveConsole(app, languagesOf(folder));
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
  expect((await asked('/t/1/groups', 'text/html')).body).toContain('<html lang="en">');
  expect((await asked('/t/1/groups', 'application/json')).statusCode).toBe(404);
  expect((await asked('/v1/nothing', 'text/html')).statusCode).toBe(404);
  expect((await asked('/assets/b.js', 'text/html')).statusCode).toBe(404);
});

test.each([
  ['/t/1', ['/assets/home.js']],
  ['/t/1/', ['/assets/home.js']],
  ['/t/1/groups?q=a', ['/assets/groups.js', '/assets/lists.js']],
  ['/t/1/groups/2?tab=members', ['/assets/group.js']],
  ['/t/1/groups/keys/2', ['/assets/key.js']],
  // A panel over the list, and what nobody knows below it.
  ['/t/1/groups/2/3', ['/assets/groups.js', '/assets/lists.js']],
])('%s names the files of its page, and that it is inside', async (url, names) => {
  const { app } = await aConsole();
  const { body } = await app.inject({ url, headers: { accept: 'text/html' } });
  expect(body).toContain('<head data-inside>');
  expect([...body.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, name]) => name)).toEqual(names);
});

test.each(['/', '/sign-in', '/t/1/sign-in', '/t/1/emergency', '/accept', '/register', '/t//groups', '/t/1/__proto__'])(
  '%s is a door: it names nothing, and does not ask who is there before its code',
  async (url) => {
    const { app } = await aConsole();
    const { body } = await app.inject({ url, headers: { accept: 'text/html' } });
    expect(body).not.toMatch(/data-inside|modulepreload/);
  },
);

test.each([
  ['nothing', {}, 'en'],
  ['a list', { 'accept-language': 'fr;q=0.9, en;q=0.4, de-AT;q=0.8' }, 'de'],
  ['one refused', { 'accept-language': 'de;q=0, en' }, 'en'],
  ['one that nobody speaks', { 'accept-language': 'xx, ../../etc;q=a' }, 'en'],
  ['a choice', { 'accept-language': 'en', cookie: '__Host-bailiwick-language=de' }, 'de'],
  ['a choice of none', { 'accept-language': 'de', cookie: '__Host-bailiwick-language=../en' }, 'de'],
])('who asks for %s reads %s in %s', async (_what, headers, language) => {
  const { app } = await aConsole();
  const reply = await app.inject({ url: '/t/1', headers: { accept: 'text/html', ...headers } });
  expect(reply.body).toContain(`<html lang="${language}">`);
  expect(reply.headers.vary).toBe('cookie, accept-language');
});

test('a choice of a language is kept in a cookie; one that is not there is not found', async () => {
  const { app } = await aConsole();
  const chosen = await app.inject('/language/de');
  expect(chosen.statusCode).toBe(204);
  expect(chosen.headers['set-cookie']).toMatch(
    /^__Host-bailiwick-language=de; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
  );
  expect((await app.inject('/language/fr')).statusCode).toBe(404);
});
