import { expect, test } from 'vitest';
import { count, fromNow, shortTime, total, utcTime } from './format.ts';

const now = Date.parse('2026-11-24T12:00:00Z');

test('times are told from now in the largest unit that fits', () => {
  expect(fromNow('2026-11-24T11:59:30Z', now)).toBe('just now');
  expect(fromNow('2026-11-24T11:58:00Z', now)).toBe('2 minutes ago');
  expect(fromNow('2026-11-26T12:00:00Z', now)).toBe('in 2 days');
  expect(fromNow('2026-11-24T12:00:30Z', now)).toBe('in less than a minute');
  expect(fromNow('2024-11-24T12:00:00Z', now)).toBe('2 years ago');
});

test('a time of another year names the year', () => {
  expect(shortTime('2026-01-24T12:00:09Z', now)).not.toMatch(/2026/);
  expect(shortTime('2024-11-24T12:00:09Z', now)).toMatch(/2024/);
});

test('a count agrees with its noun', () => {
  expect(count(1, 'member', 'members')).toBe('1 member');
  expect(count(0, 'member', 'members')).toBe('0 members');
  expect(total(10_000, true)).toMatch(/^10.?000\+$/);
});

test('UTC is told to the second', () => {
  expect(utcTime('2026-11-24T13:05:09.123Z')).toBe('2026-11-24 13:05:09 UTC');
});
