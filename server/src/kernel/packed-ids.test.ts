import { expect, test } from 'vitest';
import { newId } from './ids.ts';
import { PackedIds } from './packed-ids.ts';

test('many ids: as they came, in their order and each once, found by binary search', () => {
  const ids = Array.from({ length: 1000 }, newId);
  const given = ids.map((_, at) => ids[(at * 7919) % 1000] as string).concat(ids.slice(0, 10));
  const packed = PackedIds.of(given);

  expect(packed.length).toBe(1010);
  expect([...packed]).toEqual(given);
  expect([...packed.slices(300)].map(({ length }) => length)).toEqual([300, 300, 300, 100]);
  expect([...packed.slices(300)].flat()).toEqual([...ids].sort());
  for (const id of ids) {
    expect(packed.has(id)).toBe(true);
    expect(packed.placeOf(id)).toBe(given.indexOf(id));
  }
  const firsts = packed.firstPlaces();
  expect([...firsts.slice(0, 1000)]).toEqual(given.slice(0, 1000).map((_, at) => at));
  expect([...firsts].map((place) => packed.at(place))).toEqual(given);
  const other = newId();
  expect(packed.has(other)).toBe(false);
  expect(packed.placeOf(other)).toBe(-1);
  packed.add(other);
  expect(packed.has(other)).toBe(true);
  expect([...new PackedIds().slices(10)]).toEqual([]);
});
