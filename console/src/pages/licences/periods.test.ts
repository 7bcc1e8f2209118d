import { describe, expect, test } from 'vitest';
import { byMonth, firstDay } from './periods.ts';

describe('a range of whole months', () => {
  test.each([
    ['year', '2026-11-28', '2025-12-01'],
    ['year', '2026-12-31', '2026-01-01'],
    ['all', '2026-11-28', '2024-10-01'],
    ['all', '2026-01-31', '2023-12-01'],
  ] as const)('%s until %s begins on %s', (range, today, first) => {
    expect(firstDay(range, new Date(`${today}T12:00:00Z`))).toBe(first);
  });

  test('has never more days than figures are kept', () => {
    for (let month = 1; month <= 48; month++) {
      const last = new Date(Date.UTC(2024, month, 0, 23));
      const days = (last.getTime() - Date.parse(firstDay('all', last))) / 86_400_000;
      expect(days).toBeLessThanOrEqual(800);
    }
  });
});

test('of a month transactions are together, accounts at the end and at most', () => {
  const day = (on: string, users: number | null, peakUsers: number | null, transactions: number) => ({
    day: on,
    users,
    peakUsers,
    transactions,
  });
  expect(
    byMonth([
      day('2026-10-30', null, null, 3),
      day('2026-10-31', 4, 9, 5),
      day('2026-11-01', 4, 6, 1),
      day('2026-11-02', null, null, 1),
      day('2026-12-01', null, null, 0),
    ]),
  ).toEqual([day('2026-10-01', 4, 9, 8), day('2026-11-01', 4, 6, 2), day('2026-12-01', null, null, 0)]);
});
