import fc from 'fast-check';
import { serialize } from 'pg-protocol';
import { expect, test } from 'vitest';
import { message, type Value } from './message.ts';

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(null),
  // Longer than the memory that is kept.
  fc.integer({ min: 1, max: 40_000 }).map((length) => 'é'.repeat(length)),
);
const statement = fc.record({
  name: fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 })),
  values: fc.array(value, { maxLength: 12 }),
  isDescribed: fc.boolean(),
});

test('a message has the bytes that pg-protocol would send, one message after another', () => {
  const written = ({ name, values, isDescribed }: { name: string; values: Value[]; isDescribed: boolean }) => [
    serialize.bind({ statement: name, values }),
    ...(isDescribed ? [] : [serialize.describe({ type: 'P', name: '' })]),
    serialize.execute(),
  ];
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), (statements) => {
      message.begin();
      for (const { name, values, isDescribed } of statements) message.execute(name, values, isDescribed);
      const sent = message.end();
      expect(sent.equals(Buffer.concat([...statements.flatMap(written), serialize.sync()]))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
