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
