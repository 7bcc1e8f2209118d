import { describe, expect, test } from 'vitest';
import { aTier } from '../../../test/licence-files.ts';
import type { SubscriptionTier } from './schema.ts';
import { allowances, endAfter, nextChange, renewed, stateOf, type Term } from './terms.ts';

const at = (text: string) => new Date(`${text}T00:00:00Z`);
const now = at('2026-06-15');

const term = (tier: object = {}, from = '2026-01-01', through = '2027-01-01'): Term => ({
  licenceId: 'licence',
  activeFrom: at(from),
  activeThrough: at(through),
  tiers: [aTier(tier) as SubscriptionTier],
});

describe('renewal', () => {
  test.each([
    ['2026-01-31', 'month', '2026-02-28'],
    ['2024-01-31', 'month', '2024-02-29'],
    ['2026-11-30', 'quarter', '2027-02-28'],
    ['2024-02-29', 'year', '2025-02-28'],
    ['2026-05-05', 'month', '2026-06-05'],
  ] as const)('%s by %s is %s', (from, frequency, to) => {
    expect(renewed(at(from), frequency)).toEqual(at(to));
  });

  test('goes by the day on which it began, whatever months are between', () => {
    expect(endAfter(at('2026-01-31'), 'month', at('2026-03-01'))).toEqual(at('2026-03-31'));
    expect(endAfter(at('2026-01-31'), 'month', at('2026-03-31'))).toEqual(at('2026-04-30'));
  });
});

describe('what is allowed', () => {
  const limits = (...terms: Term[]) =>
    allowances(terms, 'userLimit', now).map(({ limit, enforcement, isOver }) => ({ limit, enforcement, isOver }));

  test('subscriptions of a product add up, and one without a limit lifts it', () => {
    expect(limits(term({ userLimit: 5 }), term({ userLimit: 7 }))).toEqual([
      { limit: 12, enforcement: 'hard', isOver: false },
    ]);
    expect(limits(term({ userLimit: 5 }), term())[0]).toMatchObject({ limit: null });
  });

  test('one soft one makes the limit of its product soft', () => {
    expect(limits(term({ userLimit: 5 }), term({ userLimit: 7, enforcement: 'soft' }))[0]).toMatchObject({
      limit: 12,
      enforcement: 'soft',
    });
  });

  test('counts from the moment it begins, through its grace, and not at its end', () => {
    const ended = term({ userLimit: 5, graceDays: 10 }, '2026-01-01', '2026-06-05');
    const state = (moment: Date) => [stateOf(ended, moment), allowances([ended], 'userLimit', moment)[0]?.limit];
    expect(stateOf(ended, at('2025-12-31'))).toBe('upcoming');
    expect(allowances([ended], 'userLimit', at('2025-12-31'))).toEqual([]);
    expect(state(at('2026-01-01'))).toEqual(['active', 5]);
    expect(state(at('2026-06-05'))).toEqual(['grace', 5]);
    expect(state(new Date(at('2026-06-15').getTime() - 1))).toEqual(['grace', 5]);
    expect(state(at('2026-06-15'))).toEqual(['ended', 0]);
  });

  test('of a product whose other subscription is over, what is in force counts alone', () => {
    expect(limits(term({ userLimit: 5 }, '2025-01-01', '2026-01-01'), term({ userLimit: 7 }))).toEqual([
      { limit: 7, enforcement: 'hard', isOver: false },
    ]);
  });

  test('of many products is found in one pass over the tiers', () => {
    let reads = 0;
    const many = Array.from({ length: 500 }, (_, at) => {
      const made = term({ userLimit: at });
      const product = { code: `p${at}`, name: 'P' };
      Object.defineProperty(made.tiers[0], 'product', {
        get: () => {
          reads += 1;
          return product;
        },
      });
      return made;
    });
    expect(allowances(many, 'userLimit', now).map(({ limit }) => limit)).toEqual(many.map((_, at) => at));
    expect(reads).toBeLessThan(5 * many.length);
  });

  test('the next moment of change is found', () => {
    expect(nextChange([term({ graceDays: 2 }, '2026-01-01', '2026-06-14')], now)).toEqual(at('2026-06-16'));
    expect(nextChange([term({}, '2025-01-01', '2026-01-01')], now)).toBeUndefined();
  });
});
