import { expect, test } from 'vitest';
import { readCookies } from './cookies.ts';

test.each([
  [undefined, {}],
  ['', {}],
  ['__Host-bailiwick-au=a1', { '__Host-bailiwick-au': 'a1' }],
  [
    'theme=dark; __Host-bailiwick-au=a1;__Host-bailiwick-eu=b2 ; x',
    { '__Host-bailiwick-au': 'a1', '__Host-bailiwick-eu': 'b2' },
  ],
  ['__Host-bailiwick-au=', { '__Host-bailiwick-au': '' }],
  ['__Host-bailiwick-au=a=b', { '__Host-bailiwick-au': 'a=b' }],
  ['__Host-bailiwick-au', {}],
  ['__Host-bailiwick-au; other=a1', {}],
])('of %j it reads %j', (header, cookies) => {
  expect(readCookies(header)).toEqual(cookies);
});

test('a value that holds the name of a cookie of ours is none', () => {
  expect(readCookies('theme=__Host-bailiwick-au=a1; x__Host-bailiwick-au=a2; y= __Host-bailiwick-au=a3')).toEqual({});
});

test('of two of one name the first counts, and none is a property of every object', () => {
  const cookies = readCookies('__Host-bailiwick-au=a1; __Host-bailiwick-au=a2');
  expect(cookies['__Host-bailiwick-au']).toBe('a1');
  expect(cookies.constructor).toBeUndefined();
});
