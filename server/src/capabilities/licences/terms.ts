import { groupBy } from '../../kernel/lists.ts';
import type { SubscriptionTier } from './schema.ts';

/** What subscriptions allow at a moment. Pure, without a database. */

const DAY_MS = 86_400_000;
const MONTHS = { month: 1, quarter: 3, year: 12 } as const;

export interface Term {
  licenceId: string;
  activeFrom: Date;
  activeThrough: Date;
  tiers: SubscriptionTier[];
}

/** So many periods on; of a month that is too short its last day. */
export function renewed(from: Date, frequency: keyof typeof MONTHS, times = 1): Date {
  const to = new Date(from);
  to.setUTCMonth(to.getUTCMonth() + MONTHS[frequency] * times);
  if (to.getUTCDate() !== from.getUTCDate()) to.setUTCDate(0);
  return to;
}

/** The end of the period that a moment is in, of those that began then. */
export function endAfter(from: Date, frequency: keyof typeof MONTHS, now: Date): Date {
  for (let times = 1; ; times++) {
    const end = renewed(from, frequency, times);
    if (end > now) return end;
  }
}

/** The last moment that RFC 3339 can write: what has no end ends then, and not after. */
const LAST_MS = Date.parse('9999-12-31T23:59:59Z');

const graceEnd = ({ activeThrough }: Term, { graceDays }: SubscriptionTier) =>
  new Date(Math.min(LAST_MS, activeThrough.getTime() + graceDays * DAY_MS));

/** When the last of its tiers is no longer in force. */
export const graceEndOf = (term: Term): Date =>
  new Date(Math.max(...term.tiers.map((tier) => graceEnd(term, tier).getTime())));

export function stateOf(term: Term, now: Date): 'upcoming' | 'active' | 'grace' | 'ended' {
  if (now < term.activeFrom) return 'upcoming';
  if (now < term.activeThrough) return 'active';
  return now < graceEndOf(term) ? 'grace' : 'ended';
}

export interface Allowance {
  product: SubscriptionTier['product'];
  /** Null: not limited. None when all of the product is over. */
  limit: number | null;
  enforcement: 'soft' | 'hard';
  graceDays: number;
  isOver: boolean;
}

/**
 * What is allowed of each product: its subscriptions in force add up, and one without a limit lifts it. It is a hard
 * limit when none of them is soft. Of a product whose subscriptions are all over nothing is left.
 */
export function allowances(terms: Term[], of: 'userLimit' | 'transactionLimit', now: Date): Allowance[] {
  const begun = terms
    .filter(({ activeFrom }) => activeFrom <= now)
    .flatMap((term) => term.tiers.map((tier) => ({ tier, isOver: graceEnd(term, tier) <= now })));
  const products = groupBy(begun, ({ tier }) => tier.product.code);
  return [...products.values()].map((all) => {
    const { product } = (all.at(-1) as (typeof all)[number]).tier;
    const inForce = all.filter(({ isOver }) => !isOver);
    const isOver = inForce.length === 0;
    const counted = (isOver ? all : inForce).map(({ tier }) => tier);
    const isUnlimited = counted.some((tier) => tier[of] === null);
    return {
      product,
      limit: isUnlimited ? null : isOver ? 0 : counted.reduce((sum, tier) => sum + (tier[of] ?? 0), 0),
      enforcement: counted.some(({ enforcement }) => enforcement === 'soft') ? ('soft' as const) : ('hard' as const),
      graceDays: Math.max(...counted.map(({ graceDays }) => graceDays)),
      isOver,
    };
  });
}

/** The next moment at which what is allowed may become another. */
export function nextChange(terms: Term[], now: Date): Date | undefined {
  const times = terms.flatMap((term) => [
    term.activeFrom,
    term.activeThrough,
    ...term.tiers.map((tier) => graceEnd(term, tier)),
  ]);
  const next = Math.min(...times.map((at) => at.getTime()).filter((at) => at > now.getTime()));
  return Number.isFinite(next) ? new Date(next) : undefined;
}
