import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeOf } from './seen.ts';

test('a time is written as Date writes it, whatever was asked for before', () => {
  const at = fc.date({ min: new Date(-1), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(
    fc.property(at, fc.integer({ min: -1500, max: 1500 }), (date, off) => {
      for (const each of [date.getTime(), date.getTime() + off, date.getTime()])
        expect(timeOf(each)).toBe(new Date(each).toISOString());
    }),
  );
});
