import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

let platform: TestPlatform;
let tenant: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], nodes: 2 });
  tenant = await aTenant(platform, 'au');
});

describe('a licence', () => {
  test('is added, has what the operator offers, is read, renamed, assigned and deleted', async () => {
    const { client, given } = tenant;
    const { id, product, subscription } = await given.licence({ userLimit: 1000, transactionLimit: 500, graceDays: 3 });
    expect(subscription).toMatchObject({
      number: '0001',
      state: 'active',
      autoRenew: true,
      renewalFrequency: 'month',
      tiers: [
        {
          product: { code: product.code },
          tier: { code: 'small' },
          userLimit: 1000,
          transactionLimit: 500,
          graceDays: 3,
        },
      ],
    });
    const namespace = await given.namespace();
    const assigned = await client.put(`/licences/${id}/namespaces`, { namespaceIds: [namespace.id] }, '*');
    expect(assigned.body).toMatchObject({ namespaces: [{ id: namespace.id }], state: 'active', subscriptions: 1 });
    expect((await client.patch(`/licences/${id}`, { name: 'Ours' }, '*')).body.name).toBe('Ours');
    const usage = await client.get('/licences/usage');
    expect(usage.status, usage.text).toBe(200);
    expect((await client.delete(`/licences/${id}`, '*')).status).toBe(204);
    expect((await client.get(`/licences/${id}`)).status).toBe(404);
  });

  test('is kept by a deleted namespace while others are assigned, and comes back with it', async () => {
    const { client, given } = tenant;
    const { id } = await given.licence({ transactionLimit: 500 });
    const [gone, stays, comes] = [await given.namespace(), await given.namespace(), await given.namespace()];
    const assign = (...namespaces: { id: string }[]) =>
      client.put(`/licences/${id}/namespaces`, { namespaceIds: namespaces.map((each) => each.id) }, '*');
    const assigned = async () =>
      (await client.get(`/licences/${id}`)).body.namespaces.map((each: { id: string }) => each.id).sort();
    expect((await assign(gone, stays)).status).toBe(200);
    const deleted = await client.delete(`/namespaces/${gone.id}?confirmName=${gone.name}`, '*');
    expect(deleted.status, deleted.text).toBeLessThan(300);
    expect((await assign(comes)).status).toBe(200);
    expect(await assigned()).toEqual([comes.id]);
    const restored = await client.post(`/namespaces/${gone.id}/restore`);
    expect(restored.status, restored.text).toBeLessThan(300);
    expect(await assigned()).toEqual([gone.id, comes.id].sort());
  });

  test.each([
    ['from', 'from=0000-01-01&until=0000-01-02', 'must not come before 2000-01-01'],
    ['until', 'until=1999-12-31', 'must not come before 2000-01-01'],
    ['from', 'from=2000-01-01', 'must be at most 800 days before until'],
    ['from', 'from=2026-02-30', /date/],
  ])('says what is wrong with the day %s of %s', async (field, query, says) => {
    const reply = await tenant.client.get(`/licences/usage?${query}`);
    expect(reply.status, reply.text).toBe(400);
    const [error] = reply.body.errors;
    expect(error).toMatchObject({ path: `query.${field}`, message: expect.stringMatching(says) });
  });

  test.each(['from=2000-01-01&until=2000-01-02', 'until=2000-01-01', 'from=9999-12-30&until=9999-12-31'])(
    'tells the usage of days at the ends of what may be asked: %s',
    async (query) => expect((await tenant.client.get(`/licences/usage?${query}`)).status).toBe(200),
  );
});
