import { describe, expect, test } from 'vitest';
import { notOver, type Over, over } from './grace.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 0, minute));

/** Over such limits, one after the other; null: it went below the limit. */
const after = (...limits: (number | null)[]) =>
  limits.reduce<Over[]>(
    (overs, limit, minute) => (limit === null ? notOver(overs) : over(overs, limit, at(minute))),
    [],
  );

const since = (overs: Over[]) => overs.find(({ isNow }) => isNow)?.since;

describe('since when a licence is over', () => {
  test.each([
    ['is when it was reached first', [100, 100], 0],
    ['stays after more was added and taken away', [100, null, 100], 0],
    ['stays when what is added is not enough', [100, 110], 0],
    ['stays when it is not enough twice, and one goes again', [100, 110, 120, 110], 0],
    ['is of its own for a limit that was not reached before', [100, null, 200], 2],
    ['and of the smaller one as before, when that is back', [100, null, 200, 100], 0],
    ['and goes on from the greater one, of which more was reached', [100, null, 200, 100, 110], 2],
    ['of a smaller limit is that of the greater one', [100, 50], 0],
  ] as const)('%s', (_, limits, minute) => {
    expect(since(after(...limits))).toEqual(at(minute));
  });

  test('is not known of what is not over', () => {
    expect(since(after(100, null))).toBeUndefined();
  });

  test('is one moment for each greater limit, however often something is added and taken away', () => {
    expect(after(...Array.from({ length: 50 }, (_, n) => (n % 2 ? null : 100)))).toHaveLength(1);
    expect(after(100, 110, 120, 130, 100, 110, null, 100)).toHaveLength(1);
  });
});
