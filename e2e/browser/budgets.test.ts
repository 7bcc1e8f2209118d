import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from '../process.ts';

/** What a browser fetches, compressed, against the budgets of the console design (section 6). */

const folder = join(root, 'console/dist/en/assets');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const files = readdirSync(folder);
const page = readFileSync(join(root, 'console/dist/en/index.html'), 'utf8');
const first = (pattern: RegExp) => pattern.exec(page)?.[1] as string;

/** A file with everything that it cannot start without. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, other] of read(file).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    withImports(other as string, seen);
  return seen;
}

const kilobytes = (names: Iterable<string>) =>
  [...names].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0) / 1000;

const shell = withImports(first(/src="\/assets\/(index-[^"]+\.js)"/));
const routes = files.filter((file) => /(Page|Panel)-[\w-]{8}\.js$/.test(file));
const beyondShell = (file: string) => [...withImports(file)].filter((each) => !shell.has(each));

test('the shell is at most 140 kB', () => {
  expect(kilobytes(shell)).toBeLessThan(140);
});

test('each route adds at most 25 kB, and is a chunk of its own', () => {
  expect(routes.length).toBeGreaterThan(25);
  const heavy = routes.map((file) => [file, kilobytes(beyondShell(file))] as const).filter(([, size]) => size > 25);
  expect(heavy).toEqual([]);
});

test('no first screen is above 200 kB of scripts or 20 kB of styles', () => {
  for (const file of routes) expect(kilobytes([...shell, ...beyondShell(file)]), file).toBeLessThan(200);
  expect(kilobytes(files.filter((file) => file.endsWith('.css')))).toBeLessThan(20);
});

test('each script and style stands beside itself compressed, byte for byte', () => {
  const plain = files.filter((file) => /\.(js|css)$/.test(file));
  expect(plain.length).toBeGreaterThan(25);
  for (const file of plain) {
    expect(brotliDecompressSync(readFileSync(join(folder, `${file}.br`))).toString() === read(file), file).toBe(true);
    expect(gunzipSync(readFileSync(join(folder, `${file}.gz`))).toString() === read(file), file).toBe(true);
  }
});

test('each page inside a tenant is sent with the names of all its files, and with no others', () => {
  const pages: Record<string, string[]> = JSON.parse(readFileSync(join(folder, '../pages.json'), 'utf8'));
  expect(Object.keys(pages)).toEqual(expect.arrayContaining(['/', '/accounts', '/accounts/$id', '/groups', '/audit']));
  for (const [path, [file = '', ...others]] of Object.entries(pages)) {
    const wanted = beyondShell(file.replace('/assets/', '')).map((each) => `/assets/${each}`);
    expect([file, ...others].sort(), path).toEqual(wanted.sort());
  }
});
