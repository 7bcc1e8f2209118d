import { beforeAll, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, type Reply, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
});

const person = () => ({ email: `${aName()}@people.example`, firstName: 'Grace', lastName: 'Person' });
const seats = async ({ id }: TestTenant) =>
  (await platform.sql('au', 'select seats from seat_limits where tenant_id = $1', [id]))[0]?.seats;
/** As a look that came first holds the tenant's licences. */
const holding = ({ id }: TestTenant) => `select from licence_looks where tenant_id = '${id}' for update`;

describe('changes of licences at once', () => {
  test('what came meanwhile counts, though it began after the change did', async () => {
    const own = await aTenant(platform, 'au');
    const { id, subscription, product } = await own.given.licence({ userLimit: 5 });
    const added = { reply: Promise.resolve({} as Reply) };
    await platform.besideChange('au', holding(own), async (somebodyWaits) => {
      added.reply = own.client.post(`/licences/${id}/subscriptions`, {
        tiers: [{ product: product.code, tier: 'small' }],
      });
      await somebodyWaits();
      await platform.sql(
        'au',
        `insert into subscriptions (tenant_id, id, licence_id, number, active_from, active_through, auto_renew,
                                    renewal_frequency, tiers, created_at, created_by, updated_at, updated_by)
         select tenant_id, gen_random_uuid(), licence_id, 'meanwhile', platform_time(), active_through, auto_renew,
                renewal_frequency, tiers, platform_time(), created_by, platform_time(), updated_by
         from subscriptions where id = $1`,
        [subscription.id],
      );
    });
    expect((await added.reply).status).toBe(201);
    expect(await seats(own)).toBe(15);
  });

  test('one waits for a look before it holds what the look wants', async () => {
    const own = await aTenant(platform, 'au');
    const { id, subscription } = await own.given.licence({ userLimit: 5 });
    const path = `/licences/${id}/subscriptions/${subscription.id}`;
    const changes: [string, () => Promise<Reply>][] = [
      ['rename', () => own.client.patch(`/licences/${id}`, { name: 'Other' }, '*')],
      ['assign', () => own.client.put(`/licences/${id}/namespaces`, { namespaceIds: [] }, '*')],
      ['change', () => own.client.patch(path, { autoRenew: false }, '*')],
      ['remove', () => own.client.delete(path, '*')],
      ['delete', () => own.client.delete(`/licences/${id}`, '*')],
    ];
    for (const [name, change] of changes) {
      const made = { reply: Promise.resolve({} as Reply) };
      await platform.besideChange('au', holding(own), async (somebodyWaits) => {
        made.reply = change();
        await somebodyWaits();
        await platform.sql(
          'au',
          `with free as (select from subscriptions where tenant_id = $1 for update nowait)
           select from licences where tenant_id = $1 and (select count(*) from free) >= 0 for update nowait`,
          [own.id],
        );
      });
      const { status, text } = await made.reply;
      expect([200, 204], `${name}: ${text}`).toContain(status);
    }
  });

  test('of two licences that are assigned to one namespace one gets it, the other is told', async () => {
    const own = await aTenant(platform, 'au');
    const namespace = await own.given.namespace();
    const both = [await own.given.licence(), await own.given.licence()];
    let replies: Promise<Reply>[] = [];
    await platform.besideChange('au', holding(own), async (somebodyWaits) => {
      replies = both.map(({ id }) =>
        own.client.put(`/licences/${id}/namespaces`, { namespaceIds: [namespace.id] }, '*'),
      );
      await somebodyWaits();
    });
    const answers = await Promise.all(replies);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    const told = answers.find(({ status }) => status === 400);
    expect(told?.body.errors).toEqual([
      { path: 'namespaceIds.0', message: expect.stringContaining('has another licence') },
    ]);
  });
});

describe('the reply', () => {
  test('to turning renewal on after the end has what is renewed, and its version', async () => {
    const own = await aTenant(platform, 'au');
    const { id, subscription } = await own.given.licence({ userLimit: 5 });
    const path = `/licences/${id}/subscriptions/${subscription.id}`;
    await own.client.patch(path, { autoRenew: false }, '*');
    await platform.sql(
      'au',
      `update subscriptions set active_from = now() - interval '40 days', active_through = now() - interval '9 days' where id = $1`,
      [subscription.id],
    );
    expect((await own.client.get(path)).body.state).toBe('ended');
    const renewed = await own.client.patch(path, { autoRenew: true }, '*');
    expect(renewed.body, renewed.text).toMatchObject({ autoRenew: true, state: 'active' });
    const now = await own.client.get(path);
    expect(renewed.body).toEqual(now.body);
    expect(renewed.etag).toBe(now.etag);
    expect((await own.client.patch(path, { autoRenew: false }, renewed.etag as string)).status).toBe(200);
  });

  test('of a refusal has the name that the licence has now', async () => {
    const own = await aTenant(platform, 'au');
    const { id } = await own.given.licence({ userLimit: 1 });
    expect((await own.client.patch(`/licences/${id}`, { name: 'Renamed today' }, '*')).status).toBe(200);
    const refused = await own.client.post('/accounts', person());
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('"Renamed today"')]);
  });
});
