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

test('many fields on one level are refused before they are kept', () => {
  const wide = (count: number) => `{${Array.from({ length: count }, (_, at) => `"${at}":0`)}}`;
  expect(read(wide(10_000))).toBeTypeOf('object');
  expect(read(wide(10_001))).toContain('more than 10000 fields');
  expect(read(`[${wide(9_000)},${wide(9_000)},{"a":${wide(9_000)},"b":1}]`)).toBeInstanceOf(Array);
  // Broken after them: it was not read to the end.
  expect(read(`${wide(10_001)}}`)).toContain('more than 10000 fields');
});

test('a long body costs as much a byte as a short one, however often bodies of both lengths came before', () => {
  const bodies = (count: number) => Buffer.from(`[${Array.from({ length: count }, (_, at) => `{"":${at % 10}}`)}]`);
  const [short, long] = [bodies(2_000), bodies(64_000)];
  const least = (bytes: Buffer) =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        readJson(bytes);
        const { user, system } = process.cpuUsage(before);
        return user + system;
      }),
    );
  for (let at = 0; at < 300; at++)
    readJson(Buffer.from('{"subject":{"type":"account","id":"1"},"action":{"name":"a"}}'));
  for (let at = 0; at < 20; at++) readJson(short);
  // 32 times as long. Looked through again at each text it was 1,000 times as dear.
  expect(least(long)).toBeLessThan(200 * Math.max(least(short), 300));
});
