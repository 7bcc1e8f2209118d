import { expect, test } from 'vitest';
import { between } from './ticks.ts';

test.each([
  ['b', 'd', ['b', 'c', 'd']],
  ['d', 'b', ['b', 'c', 'd']],
  ['a', 'a', ['a']],
])('a range from %s to %s takes both ends and all between', (one, other, range) => {
  expect(between(['a', 'b', 'c', 'd', 'e'], one, other)).toEqual(range);
});

test('a range from a row that left ticks the one that was meant', () => {
  expect(between(['a', 'b'], 'gone', 'b')).toEqual(['b']);
});
