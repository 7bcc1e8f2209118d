import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { garbage, operationsOfBulk, user } from './grammar.ts';
import { bulkOf } from './scim.ts';
import { aStorm, many } from './storm.ts';

const { scim, storm, stop } = await aStorm();
afterAll(stop);
vi.setConfig({ testTimeout: 1_800_000 });

test('Bulks, creations and bodies that are none: each answered, and as many people as were made', async () => {
  const shot = fc.oneof(
    {
      arbitrary: operationsOfBulk.map((some) => ({ method: 'POST', path: '/Bulk', body: bulkOf(some as object[]) })),
      weight: 3,
    },
    { arbitrary: user.map((body) => ({ method: 'POST', path: '/Users', body })), weight: 4 },
    {
      arbitrary: fc
        .tuple(fc.constantFrom('/Users', '/Groups', '/Bulk', '/Users/.search', '/.search'), garbage)
        .map(([path, body]) => ({ method: 'POST', path, body })),
      weight: 3,
    },
  );

  const counts = await storm(shot, many(600, 10_000));

  for (const status of Object.keys(counts)) expect(['200', '201', '400', '409', '413', '415', '429']).toContain(status);
  expect(counts[201]).toBeGreaterThan(0);
  const { totalResults } = (await scim.get('/Users?count=0')).body;
  const ids = new Set<string>();
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { body }: { body: { Resources: { id: string }[]; nextCursor?: string } } = await scim.get(
      `/Users?count=1000&attributes=id&cursor=${cursor}`,
    );
    for (const { id } of body.Resources) ids.add(id);
    cursor = body.nextCursor;
  }
  expect(ids.size).toBe(totalResults);
});
