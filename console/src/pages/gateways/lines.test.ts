import { expect, test } from 'vitest';
import { claimLines, claimsOf, linesOf, pairsOf } from './lines.ts';

test('lines are what is on them, and pairs have a name before the colon', () => {
  expect(linesOf(' a \n\n b\n')).toEqual(['a', 'b']);
  expect(pairsOf('x-from: a: b\nx-empty:')).toEqual([
    ['x-from', 'a: b'],
    ['x-empty', ''],
  ]);
  expect(pairsOf('x-from a')).toBeUndefined();
});

test('values of one claim stand together, and come back as lines', () => {
  const claims = [
    { name: 'role', values: ['clerk', 'boss'] },
    { name: 'unit', values: ['7'] },
  ];
  expect(claimsOf('role: clerk\nunit: 7\nrole: boss')).toEqual(claims);
  expect(claimsOf(claimLines(claims))).toEqual(claims);
});
