import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { anyFilter, anyName, text } from './grammar.ts';
import { aWord } from './scim.ts';
import { aStorm, many } from './storm.ts';

const { scim, storm, stop } = await aStorm();
afterAll(stop);
vi.setConfig({ testTimeout: 1_800_000 });

const encoded = (value: string) => encodeURIComponent(value.toWellFormed());

test('filters, orders, pages and projections by GET and .search: answered, or refused in words', async () => {
  for (let at = 0; at < 20; at++) await scim.given.user({ title: aWord(), roles: [{ value: 'a', type: 'work' }] });
  await scim.given.group();
  const resource = fc.constantFrom('/Users', '/Groups');
  const shot = fc.oneof(
    {
      arbitrary: fc.tuple(resource, anyFilter).map(([at, filter]) => ({
        method: 'GET',
        path: `${at}?count=3&filter=${encoded(filter)}`,
      })),
      weight: 5,
    },
    {
      arbitrary: fc
        .tuple(fc.constantFrom('/Users', '/Groups', ''), anyFilter)
        .map(([at, filter]) => ({ method: 'POST', path: `${at}/.search`, body: { filter, count: 3 } })),
      weight: 5,
    },
    {
      arbitrary: fc
        .tuple(
          resource,
          fc.constantFrom('sortBy', 'attributes', 'excludedAttributes', 'cursor', 'count'),
          fc.oneof(anyName, text),
        )
        .map(([at, name, value]) => ({ method: 'GET', path: `${at}?${name}=${encoded(value)}` })),
      weight: 2,
    },
  );

  const counts = await storm(shot, many(1500, 60_000));

  expect(Object.keys(counts).sort()).toEqual(['200', '400']);
});
