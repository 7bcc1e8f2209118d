import { expect, test } from 'vitest';
import { secureBytes } from './randomness.ts';

test('bytes are as many as asked for, and never handed out twice or blank', () => {
  const seen = new Set<string>();
  for (let at = 0; at < 2000; at++) {
    const bytes = secureBytes(12 + (at % 21));
    expect(bytes).toHaveLength(12 + (at % 21));
    seen.add(bytes.toString('hex', 0, 12));
    expect(bytes.every((byte) => byte === 0)).toBe(false);
  }
  expect(seen.size).toBe(2000);
  expect(secureBytes(5000)).toHaveLength(5000);
});

test('what was handed out is its holder’s alone', () => {
  const [first, second] = [secureBytes(16), secureBytes(16)];
  const before = second.toString('hex');
  first.fill(7);
  secureBytes(4096).fill(9);
  expect(second.toString('hex')).toBe(before);
});
