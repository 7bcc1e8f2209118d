import { expect, test } from 'vitest';
import { canonicalCode, newReadableCode } from './readable-code.ts';

test('a code has five groups of five letters that nobody confuses, and is another each time', () => {
  const codes = Array.from({ length: 1_000 }, newReadableCode);
  for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
  expect(new Set(codes).size).toBe(1_000);
});

test('however it is typed it is the same code', () => {
  expect(canonicalCode(' 10abc-de fgh ')).toBe('10ABCDEFGH');
  expect(canonicalCode('lOabc-dEFgh')).toBe('10ABCDEFGH');
  const code = newReadableCode();
  expect(canonicalCode(code.toLowerCase().replaceAll('-', ' '))).toBe(code.replaceAll('-', ''));
});
