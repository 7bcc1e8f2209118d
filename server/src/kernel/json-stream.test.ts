import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from './json.ts';
import { JsonStream } from './json-stream.ts';
import { Problem } from './problem.ts';

const outcome = (read: () => unknown) => {
  try {
    return { value: read() };
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return { refused: (error as Problem).errors };
  }
};

/** In chunks of these lengths, by turns. */
function streamed(bytes: Buffer, lengths: number[]) {
  const json = new JsonStream(() => undefined);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] as number;
    json.write(bytes.subarray(at, at + length));
    at += length;
  }
  return json.end();
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });

test('any JSON is read as it is in one piece, however it is cut', () => {
  const value = fc.jsonValue({ maxDepth: 6 });
  fc.assert(
    fc.property(value, lengths, fc.integer({ min: 0, max: 2 }), (given, cuts, indent) => {
      const bytes = Buffer.from(JSON.stringify(given, null, indent));
      expect(outcome(() => streamed(bytes, cuts))).toEqual(outcome(() => readJson(bytes)));
    }),
    { numRuns: 2000 },
  );
});

test('what is broken is refused, and only that', () => {
  const parts =
    '{ } [ ] , : " \\ \\" \\u0000 \\ud83d\\ude00 \\ud83d a é 𐍈 "a" "b" "__proto__" 1 -0.5e3 01 tru true null \n \t \u0001'.split(
      ' ',
    );
  const text = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((all) => all.join(''));
  fc.assert(
    fc.property(text, lengths, (given, cuts) => {
      const bytes = Buffer.from(given);
      const [ours, theirs] = [outcome(() => streamed(bytes, cuts)), outcome(() => readJson(bytes))];
      if ('value' in theirs) expect(ours).toEqual(theirs);
      else expect(ours).toHaveProperty('refused');
    }),
    { numRuns: 20_000 },
  );
});

test('bytes that are no UTF-8 are refused, a byte order mark is not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), lengths, (noise, cuts) => {
      for (const bytes of [
        Buffer.concat([Buffer.from('{"a":"'), noise, Buffer.from('"}')]),
        Buffer.concat([noise, Buffer.from('[1]')]),
        Buffer.concat([Buffer.from('\ufeff'), noise, Buffer.from('[1]')]),
      ]) {
        const theirs = outcome(() => readJson(bytes));
        const ours = outcome(() => streamed(bytes, cuts));
        if ('value' in theirs) expect(ours).toEqual(theirs);
        else expect(ours).toHaveProperty('refused');
      }
    }),
    { numRuns: 5000 },
  );
  expect(streamed(Buffer.from('\ufeff{"a":"\ufeffb"}'), [1])).toEqual({ a: '\ufeffb' });
});

describe('what is wrong is said', () => {
  test.each([
    ['{"a":1,"a":2}', 'body', 'names a field twice'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'body', 'is more than 32 levels deep'],
    [
      `{"a":1,${Array.from({ length: 10_000 }, (_, at) => `"k${at}":1`)}}`,
      'body',
      'has an object of more than 10000 fields',
    ],
    ['{"a":[1,{"b":"\\u0000"}]}', 'a.1.b', 'contains NUL or half a character'],
    ['{"a":{"\\ud800":1}}', 'a', 'has a field whose name contains NUL or half a character'],
    ['["\\udc00"]', '0', 'contains NUL or half a character'],
    ['', 'body', 'is not JSON'],
    ['{"a":1', 'body', 'is not JSON'],
    ['{"a":1}}', 'body', 'is not JSON'],
    ['[1,]', 'body', 'is not JSON'],
  ])('%s', (text, path, message) => {
    expect(outcome(() => streamed(Buffer.from(text), [3]))).toEqual({ refused: [{ path, message }] });
  });
});

test('elements are handed on where they are gathered, and no array is made of them', () => {
  const handed: unknown[] = [];
  const gatherer = { add: (element: unknown) => void handed.push(element) };
  const paths: string[] = [];
  const json = new JsonStream((path) => {
    paths.push(path.join('.'));
    return path.join('.') === 'a.1.b' ? gatherer : undefined;
  });
  json.write(Buffer.from('{"a":[[0],{"b":[{"c":[1]},"two",3,null]}],"d":'));
  expect(handed).toEqual([{ c: [1] }, 'two', 3, null]);
  json.write(Buffer.from('[4]}'));
  expect(json.end()).toEqual({ a: [[0], { b: gatherer }], d: [4] });
  expect(paths).toEqual(['a', 'a.0', 'a.1.b', 'a.1.b.0.c', 'd']);
});

test('no name of an object reaches its prototype', () => {
  const value = streamed(Buffer.from('{"__proto__":{"polluted":true},"constructor":1}'), [4]) as object;
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
