import { expect, test } from 'vitest';
import { eachOf, groupBy } from './lists.ts';

test('values are grouped by their key, in their order', () => {
  expect([...groupBy(['b1', 'a1', 'b2', ''], ([first]) => first)]).toEqual([
    ['b', ['b1', 'b2']],
    ['a', ['a1']],
    [undefined, ['']],
  ]);
});

test('each is done once, so many at once, and the others go on after a failure', async () => {
  const done: unknown[] = [];
  let atOnce = 0;
  let most = 0;
  const act = async (value: unknown) => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce--;
    done.push(value);
    if (value === 2) throw new Error('two');
  };
  await eachOf([1, undefined, null, 4], 2, act);
  expect(done).toEqual([1, undefined, null, 4]);
  expect(most).toBe(2);
  await eachOf([], 2, act);
  await expect(eachOf([1, 2, 3, 4, 5], 2, act)).rejects.toThrow('two');
  await expect.poll(() => done).toHaveLength(9);
});
