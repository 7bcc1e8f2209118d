import { expect, test } from 'vitest';
import { Line, Lines } from './line.ts';

test('so many are done at once, so many wait in their order, and others are told to come again', async () => {
  const line = new Line(2, 3, 'Many are under way.');
  const order: number[] = [];
  const ends: (() => void)[] = [];
  const work = (at: number) =>
    line.run(async () => {
      order.push(at);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (at === 1) throw new Error('failed');
      return at;
    });
  const works = [1, 2, 3, 4, 5].map(work);
  const outcomes = Promise.allSettled(works);
  await expect(work(6)).rejects.toMatchObject({ status: 429, message: expect.stringContaining('Many are under way.') });
  expect(order).toEqual([1, 2]);
  for (let at = 0; at < 5; at++) {
    ends[at]?.();
    await new Promise(setImmediate);
  }
  expect(order).toEqual([1, 2, 3, 4, 5]);
  expect((await outcomes).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  const again = line.run(async () => 7);
  expect(await again).toBe(7);
});

test('each has a line of its own', async () => {
  const lines = new Lines(1, 0, 'Many are under way.');
  let end = () => {};
  const first = lines.run('a', () => new Promise<void>((resolve) => (end = resolve)));
  await expect(lines.run('a', async () => 1)).rejects.toMatchObject({ status: 429 });
  expect(await lines.run('b', async () => 2)).toBe(2);
  end();
  await first;
  expect(await lines.run('a', async () => 3)).toBe(3);
});
