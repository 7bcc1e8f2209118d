import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Canaries } from './canaries.ts';
import { aFolder } from './process.ts';
import { hashForms, readableForms, Search } from './search.ts';

test('the search finds a value in each form, wherever it stands', () => {
  const value = 'Kestrel.Quillfeather@example';
  const { text } = new Canaries({});
  const folder = aFolder();
  const patterns = [...readableForms(value), ...hashForms(value)];
  const search = new Search([...patterns, ...readableForms(text())]);
  for (const [at, { form, bytes }] of patterns.entries()) {
    const noise = randomBytes(1000 + at);
    writeFileSync(join(folder, 'planted'), Buffer.concat([noise, bytes, randomBytes(500)]));
    const found = search.below(folder).hits;
    expect(
      found.some((hit) => hit.form === form && hit.offset === noise.length),
      form,
    ).toBe(true);
  }
  for (const alignment of [0, 1, 2])
    for (const encoding of ['base64', 'base64url'] as const) {
      const around = Buffer.concat([randomBytes(99 + alignment), Buffer.from(value), randomBytes(100)]);
      const hits = search.in(Buffer.from(around.toString(encoding)), 'memory');
      expect(hits.map(({ form }) => form)).toContain(`${encoding} at ${alignment}`);
    }
  expect(search.in(randomBytes(2 ** 20), 'memory')).toEqual([]);
  expect(() => new Search([{ value, form: 'short', bytes: Buffer.from('short') }])).toThrow('Too short');
});
