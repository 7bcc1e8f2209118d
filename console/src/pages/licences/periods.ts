import type { Usage } from '../../api/licences.ts';

/** What was used by day, or by month where a longer range is looked at. */

export type Day = Usage['items'][number];

export const ranges = ['year', 'all'] as const;
export type Range = (typeof ranges)[number];

/** Whole months, this one among them: as many of them as figures are kept of. */
const monthsOf: Record<Range, number> = { year: 12, all: 26 };

/** The first day of a range that ends today. */
export function firstDay(range: Range, today: Date): string {
  const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1 - monthsOf[range], 1));
  return first.toISOString().slice(0, 10);
}

/** The months of the days, in order: transactions together, accounts at most and at the end. */
export function byMonth(days: readonly Day[]): Day[] {
  const months = new Map<string, Day>();
  for (const { day, users, peakUsers, transactions } of days) {
    const first = `${day.slice(0, 7)}-01`;
    const before = months.get(first);
    months.set(first, {
      day: first,
      users: users ?? before?.users ?? null,
      peakUsers: peakUsers === null ? (before?.peakUsers ?? null) : Math.max(peakUsers, before?.peakUsers ?? 0),
      transactions: transactions + (before?.transactions ?? 0),
    });
  }
  return [...months.values()];
}
