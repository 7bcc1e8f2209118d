import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** What docs/proofs promises is there to be looked at: each file that it names, and each title after a file in that file. */

const root = new URL('../../', import.meta.url);
const pages = readdirSync(new URL('docs/proofs/', root)).filter((name) => name.endsWith('.md'));

const rowsOf = (page: string) =>
  readFileSync(new URL(`docs/proofs/${page}`, root), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| Promise'))
    .map((line) => line.split(' | ')[1] ?? '');

test('there are pages, and rows in them', () => {
  expect(pages).toContain('boundary.md');
  for (const page of pages) expect(rowsOf(page).length).toBeGreaterThan(5);
});

test.each(pages)('%s: every file and every title is there', (page) => {
  const missing = [];
  for (const proof of rowsOf(page))
    for (const [, path = '', titles = ''] of proof.matchAll(/`([\w./-]+\.\w+|[A-Z]+|\.ci\/run)`((?:,? "[^"]+")*)/g)) {
      const file = new URL(path, root);
      if (!existsSync(file)) missing.push(path);
      else
        for (const [, title = ''] of titles.matchAll(/"([^"]+)"/g))
          if (!readFileSync(file, 'utf8').includes(title)) missing.push(`${path}: ${title}`);
    }
  expect(missing).toEqual([]);
});
