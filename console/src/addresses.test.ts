import { expect, test } from 'vitest';
import { isOwnPath, parseSearch, stringifySearch } from './addresses.ts';

test('the way back after sign-in is a path of ours', () => {
  expect(isOwnPath('/t/0192f3a0/groups?q=a')).toBe(true);
  for (const foreign of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    undefined,
  ])
    expect(isOwnPath(foreign)).toBe(false);
});

test('a search stays as it was through the address', () => {
  const search = { status: 'enabled,disabled', q: 'a b & c', from: '2026-11-24T00:00:00Z', id: '007' };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test('addresses are readable and leave out what is not given', () => {
  expect(stringifySearch({ status: 'new,enabled', q: undefined, cursor: '' })).toBe('?status=new,enabled');
  expect(stringifySearch({})).toBe('');
});
