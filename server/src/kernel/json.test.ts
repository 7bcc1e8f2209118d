import { expect, test } from 'vitest';
import { readJson } from './json.ts';
import type { Problem } from './problem.ts';

const read = (text: string) => {
  try {
    return readJson(Buffer.from(text));
  } catch (error) {
    return (error as Problem).message;
  }
};

test.each([
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '[{"b":[{"a":1 ,\n"a"\t:2}]}]',
  '{"__proto__":1,"__proto__":2}',
  '{"1":1,"1":2}',
  '{"":1,"":1}',
  '{"a":{"b":1},"a":{"b":1,"c":2}}',
  '{"a":{"b":1,"c":2},"a":3}',
])('a field that is named twice is refused, however it is written: %s', (text) => {
  expect(read(text)).toContain('names a field twice');
});

test.each([
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"a":"\\"a\\":1","b":"a\\\\","c":":"}',
  '{"__proto__":{"a":1},"a":null}',
  '[":",{"":": "}]',
  '"a"',
])('the same name elsewhere, or within a text, is none: %s', (text) => {
  expect(JSON.stringify(read(text))).toBe(JSON.stringify(JSON.parse(text)));
});
