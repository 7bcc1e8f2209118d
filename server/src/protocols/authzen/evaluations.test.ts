import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Evaluation, isEvaluation } from './schema.ts';

const part = fc.oneof(
  fc.constantFrom(undefined, null, 1, 'text', [], {}),
  fc.record(
    {
      type: fc.constantFrom<unknown>('account', '', null, 1, 'x'.repeat(2000), 'x'.repeat(2001)),
      id: fc.constantFrom<unknown>('id', {}, undefined),
      name: fc.constantFrom<unknown>('name', [], 'x'.repeat(2001)),
      properties: fc.constantFrom<unknown>(undefined, null, {}, { any: [] }, [], 'text'),
      more: fc.constant(1),
    },
    { requiredKeys: [] },
  ),
);
const whole = fc.record({
  subject: fc.constant({ type: 'user', id: '1', properties: { team: 'a' } }),
  action: fc.constant({ name: 'n' }),
  resource: fc.constant({ type: 'tenant', id: '1' }),
});
const some = fc.record({ subject: part, action: part, resource: part, context: part }, { requiredKeys: [] });

test('an evaluation is taken as it is exactly where its schema takes it', () => {
  let taken = 0;
  fc.assert(
    fc.property(whole, some, fc.boolean(), (asked, others, isWhole) => {
      const value = isWhole ? { ...asked, ...Object.fromEntries(Object.entries(others).slice(0, 1)) } : others;
      if (isEvaluation(value)) taken++;
      expect(isEvaluation(value)).toBe(Evaluation.safeParse(value).success);
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(20);
});
