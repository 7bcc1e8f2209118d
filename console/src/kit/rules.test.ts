import { expect, test } from 'vitest';
import { checkBy, given, systemNameFrom } from './rules.ts';

test('a system name is suggested from any name', () => {
  expect(systemNameFrom('Müller & Söhne GmbH')).toBe('muller-sohne-gmbh');
  expect(systemNameFrom('  --  ')).toBe('');
  const long = systemNameFrom(`${'a'.repeat(62)} b`);
  expect(long).toHaveLength(62);
  expect(long).not.toMatch(/-$/);
});

test('every suggestion passes the rule of system names', () => {
  const check = checkBy({ name: 'systemName' });
  for (const name of ['Contoso Pty Ltd', 'Ça va', '3M', `${'x'.repeat(80)}`])
    expect(check({ name: systemNameFrom(name) }).name).toBeUndefined();
  expect(check({ name: '-a' }).name).toBeTypeOf('string');
});

test('what was left empty is not sent', () => {
  const values = { a: ' x ', b: '  ', c: 'y' };
  expect(given(values, ['a', 'b'])).toEqual({ a: 'x' });
});

test('phones are checked when they are given', () => {
  const check = checkBy({ phone: 'optionalPhone' });
  expect(check({ phone: '' }).phone).toBeUndefined();
  expect(check({ phone: '+61412345678' }).phone).toBeUndefined();
  expect(check({ phone: '0412345678' }).phone).toBeTypeOf('string');
});
