import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { operation, operationOfGroup } from './grammar.ts';
import { patchOf } from './scim.ts';
import { aStorm, many } from './storm.ts';

const { scim, storm, stop } = await aStorm();
afterAll(stop);
vi.setConfig({ testTimeout: 1_800_000 });

test('PATCHes of a few users and groups by many at once: done or refused, and what is there can be put back', async () => {
  const ids: string[] = [];
  for (let at = 0; at < 6; at++) ids.push((await scim.given.user({ title: 'T' })).id);
  const groups: string[] = [];
  for (let at = 0; at < 3; at++) groups.push((await scim.given.group({ members: [{ value: ids[at] }] })).id);
  const patching = <T>(path: string, all: string[], operations: fc.Arbitrary<T>) =>
    fc
      .tuple(fc.constantFrom(...all), fc.array(operations, { minLength: 1, maxLength: 4 }))
      .map(([id, some]) => ({ method: 'PATCH', path: `${path}/${id}`, body: patchOf(...(some as object[])) }));
  const shot = fc.oneof(patching('/Users', ids, operation), patching('/Groups', groups, operationOfGroup(ids)));

  const counts = await storm(shot, many(1000, 30_000));

  for (const status of Object.keys(counts)) expect(['200', '204', '400', '409', '429']).toContain(status);
  expect((counts[200] ?? 0) + (counts[204] ?? 0)).toBeGreaterThan(0);
  for (const path of [...ids.map((id) => `/Users/${id}`), ...groups.map((id) => `/Groups/${id}`)]) {
    const { body } = await scim.get(path);
    const put = await scim.put(path, body);
    expect([put.status, put.body]).toEqual([200, body]);
    for (const { value } of body.members ?? []) expect(ids).toContain(value);
  }
});
