import { beforeAll, describe, expect, test } from 'vitest';
import {
  agentOf,
  aName,
  aPlatform,
  aTenant,
  clientOf,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';

/** Where the operator asks for a licence (`BAILIWICK_LICENSING=required`). */

let platform: TestPlatform;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_LICENSING: 'required' } });
});

const person = () => ({ email: `${aName()}@people.example`, firstName: 'Grace', lastName: 'Person' });
const lookId = async ({ id }: TestTenant) =>
  (await platform.sql('au', 'select id from licence_looks where tenant_id = $1', [id]))[0]?.id as string;

/** Has the look that comes by itself come now. */
async function look(own: TestTenant) {
  const before = await lookId(own);
  const due = await platform.sql(
    'au',
    `update due_jobs set due_at = now() where tenant_id = $1 and kind = 'licences.look' returning id`,
    [own.id],
  );
  expect(due, 'a look that is to come').not.toEqual([]);
  while ((await lookId(own)) === before) await new Promise((resolve) => setTimeout(resolve, 50));
}

const isOver = (own: TestTenant) =>
  platform.sql(
    'au',
    `update subscriptions set active_from = now() - interval '2 days', active_through = now() - interval '1 day',
     auto_renew = false where tenant_id = $1`,
    [own.id],
  );

describe('who had a licence and has none any more', () => {
  test('adds nobody, also not with an empty licence; who never had one does', async () => {
    const own = await aTenant(platform, 'au');
    const empty = await own.client.post('/licences', { name: 'Empty' });
    expect((await own.client.post('/accounts', person())).status).toBe(201);
    expect((await own.client.delete(`/licences/${empty.body.id}`, '*')).status).toBe(204);
    expect((await own.client.post('/accounts', person())).status).toBe(201);

    const { id, subscription } = await own.given.licence({ userLimit: 50 });
    expect((await own.client.post('/accounts', person())).status).toBe(201);
    const removed = await own.client.delete(`/licences/${id}/subscriptions/${subscription.id}`, '*');
    expect(removed.status, removed.text).toBe(204);
    const refused = await own.client.post('/accounts', person());
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('has no licence any more')]);
    expect((await own.client.post('/licences', { name: 'Again empty' })).status).toBe(201);
    expect((await own.client.post('/accounts', person())).status).toBe(409);
    await own.given.licence({ userLimit: 50 });
    expect((await own.client.post('/accounts', person())).status).toBe(201);
  });

  test('adds nobody while what comes has not begun', async () => {
    const own = await aTenant(platform, 'au');
    await own.given.licence({ userLimit: 50 });
    await platform.sql('au', `update subscriptions set active_from = now() + interval '1 day' where tenant_id = $1`, [
      own.id,
    ]);
    await look(own);
    expect((await own.client.post('/accounts', person())).status).toBe(409);
  });

  test('is free within the hour when the operator asks for none any more', async () => {
    const strict = await aPlatform({ regions: ['au'], env: { BAILIWICK_LICENSING: 'required' } });
    const own = await aTenant(strict, 'au');
    const { id } = await own.given.licence();
    await own.client.delete(`/licences/${id}`, '*');
    expect((await own.client.post('/accounts', person())).status).toBe(409);
    await strict.nodes[0]?.stop();
    const comes = `tenant_id = '${own.id}' and kind = 'licences.look'`;
    const [next] = await strict.sql(
      'au',
      `select due_at <= now() + interval '1 hour' as "isSoon" from due_jobs where ${comes} order by due_at desc limit 1`,
    );
    expect(next).toEqual({ isSoon: true });
    await strict.sql('au', `update due_jobs set due_at = now() where ${comes}`);
    const node = await strict.startAnother(['au'], { BAILIWICK_LICENSING: 'optional' });
    while ((await strict.sql('au', 'select from seat_limits where tenant_id = $1', [own.id])).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const { post } = clientOf(`http://127.0.0.1:${node.port}`, own.ownerKey);
    expect((await post(`${own.path}/accounts`, person())).status).toBe(201);
  });
});

test('a soft licence that is over lets people in, and gateways of its namespaces refuse', async () => {
  const own = await aTenant(platform, 'au');
  const namespace = await own.given.namespace();
  await own.given.gateway(namespace.id);
  const agent = await own.given.agent(namespace.agentKey);
  const { id, name } = await own.given.licence({ userLimit: 1, enforcement: 'soft' });
  await own.client.put(`/licences/${id}/namespaces`, { namespaceIds: [namespace.id] }, '*');
  const refusal = async () =>
    (await agentOf(platform.url, namespace.agentKey).get(`${own.path}/agents/${agent.id}/configuration`)).body.refusal;
  expect(await refusal()).toBeNull();
  await isOver(own);
  await look(own);
  expect(await refusal()).toContain(`"${name}" has nothing in force`);
  expect((await own.client.post('/accounts', person())).status).toBe(201);
});
