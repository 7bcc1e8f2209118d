import { expect, test } from 'vitest';
import { expiryAfter } from './lifetime.ts';

const from = Date.parse('2026-11-24T12:00:00Z');

test('a lifetime ends as many days later', () => {
  expect(expiryAfter('30', from)).toBe('2026-12-24T12:00:00.000Z');
});

test('a year stays within the most that the server gives', () => {
  expect(Date.parse(expiryAfter('365', from)) - from).toBeLessThan(365 * 86_400_000);
});
