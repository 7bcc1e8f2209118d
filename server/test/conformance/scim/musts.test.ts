import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rfc7643, rfc7644, rfc9865 } from './musts.ts';

/** The index of what the standard demands leads to tests that are there. */

const folder = new URL('.', import.meta.url);
const server = new URL('../../../', import.meta.url);

const elsewhere = /^(?:client|not claimed|deployment): \S/;

/** Titles of tests and groups of tests: strings that open a call. */
function titlesIn(file: string): string[] {
  const url = file.includes('/') ? new URL(file, server) : new URL(`${file}.test.ts`, folder);
  if (!existsSync(url)) return [];
  const source = readFileSync(url, 'utf8');
  return [...source.matchAll(/(?:test|describe|\))\(\s*(['"`])((?:\\.|(?!\1).)*)\1,/gs)].map(([, , title]) =>
    (title as string).replaceAll(/\\(.)/g, '$1'),
  );
}

describe.each(Object.entries({ rfc7643, rfc7644, rfc9865 }))('%s', (_name, musts) => {
  test.each(musts)('%s %s', (section, says, heldBy) => {
    expect(section).toMatch(/^\d+(?:\.\d+)*$/);
    expect(says).not.toBe('');
    if (elsewhere.test(heldBy)) return;
    const [file = '', ...title] = heldBy.split(' > ');
    expect(titlesIn(file).filter((each) => each.startsWith(title.join(' > ')))).not.toEqual([]);
  });

  test('says each once', () => {
    const each = musts.map(([section, says]) => `${section} ${says}`);
    expect(each.filter((one, at) => each.indexOf(one) !== at)).toEqual([]);
  });
});
