import { expect, test } from 'vitest';
import type { Asked } from './admission.ts';
import { type Carriage, Open } from './open.ts';

const carriage = (path: string): Carriage => ({ asked: { path } as Asked, cut: () => undefined });
const paths = (open: Open) =>
  open
    .all()
    .map(({ asked }) => asked.path)
    .sort();

test('what is over is out, in whatever order it ends', () => {
  const open = new Open();
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((path) => open.add(carriage(path)));
  b?.();
  expect(paths(open)).toEqual(['a', 'c', 'd']);
  d?.();
  expect(paths(open)).toEqual(['a', 'c']);
  const e = open.add(carriage('e'));
  a?.();
  c?.();
  expect(paths(open)).toEqual(['e']);
  e();
  expect(open.size).toBe(0);
});

test('a fault with one of them is told and ends that one; the others are looked at all the same', () => {
  const open = new Open();
  const cut: string[] = [];
  const told: unknown[] = [];
  for (const path of ['a', 'b', 'c']) open.add({ asked: { path } as Asked, cut: () => void cut.push(path) });
  open.each(
    ({ asked: { path } }) => {
      if (path !== 'b') throw new Error(path);
    },
    (fault) => told.push(fault),
  );
  expect(cut).toEqual(['a', 'c']);
  expect(told).toEqual([new Error('a'), new Error('c')]);
});

test('one that cannot even be cut is told too', () => {
  const open = new Open();
  const told: unknown[] = [];
  const cut = () => {
    throw new Error('uncut');
  };
  for (const path of ['a', 'b']) open.add({ asked: { path } as Asked, cut });
  open.each(
    (carriage) => carriage.cut(),
    (fault) => told.push(fault),
  );
  expect(told).toEqual(Array(4).fill(new Error('uncut')));
});
