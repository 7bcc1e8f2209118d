import { expect, test } from 'vitest';
import { isNetwork, isWithin } from './networks.ts';

test.each([
  ['192.0.2.0/24', true],
  ['192.0.2.7', true],
  ['0.0.0.0/0', true],
  ['2001:db8::/32', true],
  ['2001:db8::1', true],
  ['192.0.2.0/33', false],
  ['2001:db8::/129', false],
  ['192.0.2/24', false],
  ['192.0.2.0/', false],
  ['192.0.2.0/2 4', false],
  ['192.0.2.0/24/8', false],
  ['::ffff:192.0.2.1/128', false],
  ['fe80::1%eth0/64', false],
  ['example.com', false],
  ['', false],
])('%s is a network: %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

test('an address is within a network, of its own family only', () => {
  expect(isWithin([], null)).toBe(true);
  expect(isWithin(['192.0.2.0/24'], null)).toBe(false);
  expect(isWithin(['192.0.2.0/24'], '192.0.2.255')).toBe(true);
  expect(isWithin(['192.0.2.0/24'], '192.0.3.0')).toBe(false);
  expect(isWithin(['192.0.2.0/24', '2001:db8::/32'], '2001:db8:1::9')).toBe(true);
  expect(isWithin(['0.0.0.0/0'], '2001:db8::1')).toBe(false);
});
