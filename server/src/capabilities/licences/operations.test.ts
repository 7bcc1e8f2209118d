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
});
