/**
 * Since when a licence is over what it allows of a product in a month: of each limit since it was first reached. Pure,
 * without a database. Transactions of a month only become more, so that a limit which is gone and comes back was reached
 * when it was reached first.
 */
export interface Over {
  /** The greatest limit of which it is so. */
  amount: number;
  since: Date;
  /** Whether it is this one that is over now. */
  isNow: boolean;
}

/** Who is over a limit and gets more, but not enough, is over since then. */
const reachedBefore = (overs: Over[], limit: number): Over | undefined =>
  overs.filter(({ amount }) => amount >= limit).sort((a, b) => a.amount - b.amount)[0] ??
  overs.find(({ isNow }) => isNow);

export const notOver = (overs: Over[]): Over[] => overs.map((each) => ({ ...each, isNow: false }));

export function over(overs: Over[], limit: number, now: Date): Over[] {
  const before = reachedBefore(overs, limit);
  const others = overs.filter((each) => each !== before);
  return [
    ...notOver(others),
    { amount: Math.max(limit, before?.amount ?? 0), since: before?.since ?? now, isNow: true },
  ];
}
