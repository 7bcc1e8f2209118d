import { expect, test } from 'vitest';
import { json } from './exporting.ts';

type Rows = Parameters<typeof json>[0];
const rows = (...ids: string[]) => ids.map((id) => ({ id })) as Rows;
const ids = (file: string) => JSON.parse(file).map(({ id }: { id: string }) => id);

test('an export is JSON however its rows come, also when the last batch finds none', () => {
  expect(ids(json([], true, true))).toEqual([]);
  expect(ids(json(rows('1', '2'), true, true))).toEqual(['1', '2']);
  expect(ids(json(rows('1'), true, false) + json(rows('2', '3'), false, true))).toEqual(['1', '2', '3']);
  expect(ids(json(rows('1'), true, false) + json([], false, true))).toEqual(['1']);
});
