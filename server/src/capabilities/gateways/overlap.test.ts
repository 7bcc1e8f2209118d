import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OVERLAP_SECONDS, publishedOf, publishedUntil } from './overlap.ts';
import { keyThatSigns } from './upstream-token.ts';

const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(hours * HOUR_MS);
const key = (name: string, signsFrom: number, { startsAt = 0, expiresAt = 10_000 } = {}) => ({
  name,
  startsAt: at(startsAt),
  signsFrom: at(signsFrom),
  expiresAt: at(expiresAt),
  retiredAt: null as Date | null,
});
const names = (keys: { name: string }[]) => keys.map(({ name }) => name).join('');

test('the next one is published at once, the one before for a day after its turn', () => {
  const keys = [key('a', 0), key('b', 100)];
  for (const [hours, expected] of [
    [1, 'ab'],
    [100, 'ab'],
    [123, 'ab'],
    [124, 'b'],
    [5000, 'b'],
  ] as const)
    expect(names(publishedOf(keys, at(hours))), `${hours}`).toBe(expected);
  expect(publishedUntil(keys, keys[0] as (typeof keys)[0], at(101))).toEqual(at(124));
});

test('one that signs again when the one after it is over is published a day before', () => {
  const keys = [key('a', 0), key('b', 100, { expiresAt: 300 })];
  expect(names(publishedOf(keys, at(275)))).toBe('b');
  expect(names(publishedOf(keys, at(277)))).toBe('ab');
  expect(publishedUntil(keys, keys[0] as (typeof keys)[0], at(277))).toBeNull();
  expect(names(publishedOf(keys, at(301)))).toBe('a');
});

test('one that is known to be retired does not come back, unless it signs or gets another turn', () => {
  const retired = { ...key('a', 0), retiredAt: at(130) };
  expect(names(publishedOf([retired, key('c', 129)], at(131)))).toBe('c');
  expect(names(publishedOf([retired], at(131)))).toBe('a');
  expect(names(publishedOf([{ ...retired, signsFrom: at(140) }, key('c', 129)], at(131)))).toBe('ac');
});

test('one that was retired and signed again has its day after the next turn, like any other', () => {
  // `b` was deleted at 200: `a` signed again from then on. Or it was given another turn at 200.
  for (const again of [
    { ...key('a', 0), retiredAt: at(200) },
    { ...key('a', 200), retiredAt: at(200) },
  ]) {
    const keys = [again, key('c', 300)];
    for (const [hours, expected] of [
      [201, 'ac'],
      [300, 'ac'],
      [323, 'ac'],
      [325, 'c'],
    ] as const)
      expect(names(publishedOf(keys, at(hours))), `${hours}`).toBe(expected);
    expect(publishedUntil(keys, again, at(301))).toEqual(at(324));
  }
});

test('whatever turns there are, what signs within a day before and after is published, and nothing that is over', () => {
  const hours = fc.integer({ min: 0, max: 200 });
  const keys = fc.array(
    fc
      .record({ startsAt: hours, signsFrom: hours, length: hours })
      .map(({ startsAt, signsFrom, length }) => key('k', signsFrom, { startsAt, expiresAt: startsAt + length })),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(keys, hours, (all, now) => {
      const day = OVERLAP_SECONDS / 3600;
      const expected = new Set<unknown>();
      for (let hour = now - day + 1; hour < now + day; hour++) expected.add(keyThatSigns(all, at(hour)));
      const found = publishedOf(all, at(now));
      for (const each of all)
        expect(found.includes(each)).toBe(
          each.expiresAt > at(now) &&
            (each.signsFrom > at(now) || expected.has(each) || each === keyThatSigns(all, at(now - day))),
        );
    }),
  );
});
