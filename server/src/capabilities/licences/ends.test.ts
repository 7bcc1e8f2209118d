import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { agentOf, aName, aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { aBatch } from '../../../test/isolation/bodies.ts';
import { aFile, aVendor } from '../../../test/licence-files.ts';

/** What comes with time: notices before the end, the end, and a new month. */

let platform: TestPlatform;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
});
afterEach(() => platform.shiftClock('au', '0'));

const person = () => ({ email: `${aName()}@people.example`, firstName: 'Grace', lastName: 'Person' });
const sql = (own: TestTenant, text: string) => platform.sql('au', text, [own.id]);
const lookId = async (own: TestTenant) => (await sql(own, 'select id from licence_looks where tenant_id = $1'))[0]?.id;

/** Has the look that comes by itself come now, twice: one may be under way. */
async function look(own: TestTenant) {
  for (let times = 0; times < 2; times++) {
    const before = await lookId(own);
    await sql(own, `update due_jobs set due_at = now() where tenant_id = $1 and kind = 'licences.look'`);
    while ((await lookId(own)) === before) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A tenant with a licence, and a namespace of it with a running gateway. */
async function licensed(tier: object) {
  const own = await aTenant(platform, 'au');
  const namespace = await own.given.namespace();
  await own.given.gateway(namespace.id);
  const agent = await own.given.agent(namespace.agentKey);
  const licence = await own.given.licence(tier);
  const assigned = await own.client.put(`/licences/${licence.id}/namespaces`, { namespaceIds: [namespace.id] }, '*');
  expect(assigned.status, assigned.text).toBe(200);
  const refusal = async () =>
    (await agentOf(platform.url, namespace.agentKey).get(`${own.path}/agents/${agent.id}/configuration`)).body.refusal;
  return { ...own, namespace, agent, licence, refusal };
}

describe('the end of a subscription', () => {
  test('that is not renewed is told 30, 7 and 1 days before and then, once each', async () => {
    const own = await aTenant(platform, 'au');
    const { name } = await own.given.licence();
    await sql(
      own,
      `update subscriptions set auto_renew = false, active_through = now() + interval '40 days' where tenant_id = $1`,
    );
    const said: string[] = [];
    const subscription = `Subscription 0001 of the licence "${name}" is over`;
    for (const [shift, expected] of [
      ['9 days', []],
      ['10 days 1 hour', [`${subscription} in 30 days.`]],
      ['32 days', []],
      ['33 days 1 hour', [`${subscription} in 7 days.`]],
      ['38 days', []],
      ['39 days 1 hour', [`${subscription} within a day.`]],
      ['40 days 1 hour', [`${subscription}. Renew it.`]],
    ] as const) {
      await platform.shiftClock('au', shift);
      await look(own);
      said.push(...expected);
      const notices = await sql(
        own,
        `select text from notices where tenant_id = $1 and kind = 'licence' order by created_at`,
      );
      expect(
        notices.map(({ text }) => text),
        shift,
      ).toEqual(said);
    }
  });

  test('with a hard limit has the gateways of its namespaces refuse', async () => {
    const own = await licensed({ userLimit: 50 });
    const other = await own.given.namespace();
    await own.given.gateway(other.id);
    const agent = await own.given.agent(other.agentKey);
    expect(await own.refusal()).toBeNull();
    await sql(
      own,
      `update subscriptions set auto_renew = false, active_from = now() - interval '2 days',
       active_through = now() - interval '1 day' where tenant_id = $1`,
    );
    await look(own);
    expect(await own.refusal()).toBe(`The licence "${own.licence.name}" is over. Renew it.`);
    const there = `${own.path}/agents/${agent.id}/configuration`;
    expect((await agentOf(platform.url, other.agentKey).get(there)).body.refusal).toBeNull();
    expect((await own.client.post('/accounts', person())).status).toBe(409);
    expect((await own.client.get('/licences/usage')).body).toMatchObject({
      limits: [],
      refused: [
        { of: 'users', licence: null, reason: expect.stringContaining('so no account is added or enabled') },
        { of: 'transactions', licence: { id: own.licence.id, name: own.licence.name }, reason: await own.refusal() },
      ],
    });
  });
});

test('a new month lifts what the transactions of the last one refused', async () => {
  const own = await licensed({ transactionLimit: 5 });
  await own.given.transactions(own.namespace.agentKey, own.agent.id, aBatch(...Array.from({ length: 6 }, () => ({}))));
  await look(own);
  expect(await own.refusal()).toContain('allows 5 transactions');
  await platform.shiftClock('au', '32 days');
  await look(own);
  expect(await sql(own, 'select reason from licence_refusals where tenant_id = $1')).toEqual([]);
});

test('a file needs no billing profile where the operator turned billing on', async () => {
  const vendor = aVendor();
  const env = { BAILIWICK_BILLING: 'on', BAILIWICK_LICENCE_KEYS: vendor.path };
  const own = await aTenant(await aPlatform({ regions: ['au'], env }), 'au');
  const file = await vendor.sign(aFile(own.id, { userLimit: 5 }));
  const taken = await own.client.post('/licences/files', { file });
  expect([taken.status, taken.body.state], taken.text).toEqual([200, 'active']);
  expect((await own.client.post('/licences', { name: 'Ours' })).body.type).toBe(
    'urn:bailiwick:problem:billing-profile-missing',
  );
});
