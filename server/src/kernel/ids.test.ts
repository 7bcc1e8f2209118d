import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { decodeBase62, encodeBase62, idFromBase62, idToBase62, isId, newId, randomBase62 } from './ids.ts';

const someId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
);

test('ids are UUIDv7 of the present time, each larger than the one before', () => {
  const before = Date.now();
  const ids = Array.from({ length: 10_000 }, newId);

  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
    true,
  );
  expect(ids).toEqual([...new Set(ids)].sort());
  const madeAt = Number.parseInt(ids[0]?.replace('-', '').slice(0, 12) ?? '', 16);
  expect(madeAt).toBeGreaterThanOrEqual(before);
  expect(madeAt).toBeLessThan(before + 10_000);
});

test('ids keep rising when the clock steps back', () => {
  const first = newId();
  vi.useFakeTimers({ now: 1_000 });
  try {
    expect(newId() > first).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test('an id survives base62 and back', () => {
  fc.assert(
    fc.property(someId, (id) => {
      expect(isId(id)).toBe(true);
      expect(idToBase62(id)).toMatch(/^[0-9A-Za-z]{22}$/);
      expect(idFromBase62(idToBase62(id))).toBe(id);
    }),
  );
});

test('base62 keeps the order of ids', () => {
  fc.assert(fc.property(someId, someId, (a, b) => idToBase62(a) < idToBase62(b) === a < b));
});

test('the largest id is the last that base62 accepts', () => {
  const largest = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  expect(idToBase62(largest)).toBe('7n42DGM5Tflk9n8mt7Fhc7');
  expect(idFromBase62('7n42DGM5Tflk9n8mt7Fhc8')).toBeUndefined();
  expect(idFromBase62('z'.repeat(22))).toBeUndefined();
});

test('nothing but 22 base62 characters is read as an id', () => {
  for (const text of ['', '0'.repeat(21), '0'.repeat(23), `${'0'.repeat(21)}-`, `${'0'.repeat(21)}é`]) {
    expect(idFromBase62(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const id = idFromBase62(text);
      expect(id === undefined || idToBase62(id) === text).toBe(true);
    }),
  );
});

test('only canonical UUIDs are ids', () => {
  const id = newId();
  for (const text of [id.toUpperCase(), id.replaceAll('-', ''), `{${id}}`, `${id}\n`, ` ${id}`, id.slice(1), '']) {
    expect(isId(text)).toBe(false);
  }
  expect(() => idToBase62('not an id')).toThrow(TypeError);
});

test('bytes survive base62 and back, and too many are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      expect(decodeBase62(encodeBase62(bytes, 43), 32)).toEqual(Buffer.from(bytes));
    }),
  );
  expect(() => encodeBase62(Buffer.alloc(32, 0xff), 42)).toThrow(RangeError);
});

test('random text has the length asked for and uses the whole alphabet about evenly', () => {
  expect(randomBase62(0)).toBe('');
  expect(randomBase62(43)).toMatch(/^[0-9A-Za-z]{43}$/);
  const counts = new Map<string, number>();
  for (const character of randomBase62(62_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // 1,000 expected of each; 200 away is more than six standard deviations.
  expect([...counts.values()].every((count) => Math.abs(count - 1_000) < 200)).toBe(true);
});
