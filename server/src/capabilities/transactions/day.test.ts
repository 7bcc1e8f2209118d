import { beforeAll, describe, expect, test } from 'vitest';
import { agentOf, aPlatform, aTenant, type TestPlatform } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

/** What is kept of a tenant in a day: beyond it transactions are counted, and left out. */

let platform: TestPlatform;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_TRANSACTIONS_PER_DAY: '10' } });
});

async function aPlace() {
  const tenant = await aTenant(platform);
  const namespace = await tenant.given.namespace();
  const { route } = await tenant.given.gateway(namespace.id);
  const agent = await tenant.given.agent(namespace.agentKey);
  const record = {
    method: 'GET',
    path: '/orders/one',
    status: 200,
    reason: null,
    routeId: route.id,
    ruleId: null,
    serviceId: null,
    subject: null,
    durationMs: 1,
    bytesIn: 1,
    bytesOut: 1,
  };
  const at = `${tenant.path}/agents/${agent.id}/transactions`;
  /** So many, in a journal of their own unless one is named. */
  const report = async (count: number, { node = 0, journal = newId() as string, daysAgo = 0 } = {}) => {
    const items = Array.from({ length: count }, (_, index) => ({
      sequence: index + 1,
      at: new Date(Date.now() - daysAgo * 86_400_000).toISOString(),
      ...record,
    }));
    const reply = await agentOf(platform.urls[node] as string, namespace.agentKey).post(at, { journal, items });
    expect(reply.status, reply.text).toBe(200);
    return reply.body.leftOut;
  };
  return {
    tenant,
    report,
    today: async (node = 0) => (await tenant.below(tenant.ownerKey, node).get('/transaction-retention')).body.today,
    listed: async () => (await tenant.client.get(`/namespaces/${namespace.id}/transactions`)).body.total,
    /** What licences count. */
    counted: async () =>
      Number(
        (await platform.sql('au', `select sum(count) from transaction_counts where tenant_id = $1`, [tenant.id]))[0]
          .sum,
      ),
    told: async () =>
      (await tenant.client.get('/notices')).body.items.filter(
        ({ kind }: { kind: string }) => kind === 'transactions-left-out',
      ),
  };
}

describe('the transactions of a day', () => {
  test('beyond the limit are counted for licences and left out, on every node, and owners are told once', async () => {
    const { report, today, listed, counted, told, tenant } = await aPlace();
    const all = { beyondDay: 0, tooOld: 0 };
    expect(await report(6)).toEqual(all);
    expect(await report(4, { node: 1 })).toEqual(all);
    expect(await told()).toEqual([]);
    for (const node of [0, 1, 0]) expect(await report(3, { node })).toEqual({ beyondDay: 3, tooOld: 0 });
    expect(await listed()).toBe(10);
    expect(await counted()).toBe(19);
    for (const node of [0, 1]) expect(await today(node)).toEqual({ kept: 10, leftOut: 9 });
    expect((await tenant.client.get('/transaction-retention')).body.mostPerDay).toBe(10);
    expect(await told()).toMatchObject([{ text: expect.stringContaining('more than the 10 transactions') }]);
  });

  test('that are sent again count once, also when they were left out', async () => {
    const { report, today, counted } = await aPlace();
    await report(10);
    const journal = newId();
    expect(await report(5, { journal })).toEqual({ beyondDay: 5, tooOld: 0 });
    for (const node of [1, 0]) expect(await report(5, { journal, node })).toEqual({ beyondDay: 0, tooOld: 0 });
    expect(await today()).toEqual({ kept: 10, leftOut: 5 });
    expect(await counted()).toBe(15);
  });

  test('that are older than the tenant keeps are told as that, and count for nothing', async () => {
    const { report, today, counted } = await aPlace();
    expect(await report(2, { daysAgo: 31 })).toEqual({ beyondDay: 0, tooOld: 2 });
    expect([await today(), await counted()]).toEqual([{ kept: 0, leftOut: 0 }, 0]);
  });

  test('of one tenant leave the others theirs', async () => {
    const [flooding, quiet] = [await aPlace(), await aPlace()];
    for (let times = 0; times < 4; times++) await flooding.report(10);
    await quiet.report(3);
    expect(await quiet.today()).toEqual({ kept: 3, leftOut: 0 });
    expect(await quiet.listed()).toBe(3);
  });

  test('at once go beyond it by whole batches only, and are kept or left out, all of them', async () => {
    const { report, today, listed, counted } = await aPlace();
    await Promise.all(Array.from({ length: 8 }, (_, at) => report(5, { node: at % 2 })));
    const { kept, leftOut } = await today();
    expect(kept + leftOut).toBe(40);
    expect(kept).toBeGreaterThanOrEqual(10);
    // Two batches of a node are written down at a time.
    expect(kept).toBeLessThanOrEqual(10 - 5 + 2 * 2 * 5);
    expect([await listed(), await counted()]).toEqual([kept, 40]);
  });

  test('are kept again on the next day', async () => {
    const { tenant, report, today, listed } = await aPlace();
    await report(12);
    await report(1);
    expect(await today()).toEqual({ kept: 12, leftOut: 1 });
    await platform.sql('au', 'update transaction_counts set day = day - 1 where tenant_id = $1', [tenant.id]);
    await report(2);
    expect(await today()).toEqual({ kept: 2, leftOut: 0 });
    expect(await listed()).toBe(14);
  });
});
