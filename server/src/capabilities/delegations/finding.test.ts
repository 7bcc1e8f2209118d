import { beforeAll, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, type Client, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

/** The list of partner access, by what the other side is called and by its end. */

const soon = { timeout: 20_000, interval: 100 };

let platform: TestPlatform;
let partner: TestTenant;
let near: TestTenant;
let far: TestTenant;
let groupId: string;
const ids: Record<'near' | 'far' | 'over' | 'waiting', string> = { near: '', far: '', over: '', waiting: '' };

async function ask(customer: TestTenant, group: string) {
  const asked = await partner.client.post('/delegations', {
    customerTenantId: customer.id,
    groupId: group,
    permissions: ['groups.view'],
    days: 30,
    purpose: 'Run it for them',
  });
  expect(asked.status, asked.text).toBe(201);
  const { id } = asked.body as { id: string };
  await vi.waitFor(async () => expect((await customer.client.get(`/delegations/${id}`)).status).toBe(200), soon);
  return id;
}

async function approve(customer: TestTenant, id: string, days: number) {
  const groupName = `Those of ${id}`;
  const approved = await customer.client.post(`/delegations/${id}/approve`, { days, groupName });
  expect(approved.status, approved.text).toBe(200);
}

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  partner = await aTenant(platform, 'au');
  const operated = await platform.operator.patch(
    `/v1/operator/tenants/${partner.id}`,
    { type: 'partner', supportId: null },
    '*',
  );
  expect(operated.status).toBe(200);
  [near, far] = [await aTenant(platform, 'au'), await aTenant(platform, 'eu')];
  groupId = (await partner.given.group({ name: 'Night shift' })).id;
  const { id: otherGroup } = await partner.given.group({ name: 'Day shift' });
  ids.near = await ask(near, groupId);
  await approve(near, ids.near, 20);
  ids.far = await ask(far, otherGroup);
  await approve(far, ids.far, 10);
  ids.over = await ask(far, groupId);
  await approve(far, ids.over, 5);
  expect((await far.client.post(`/delegations/${ids.over}/end`)).status).toBe(200);
  await vi.waitFor(
    async () => expect((await partner.client.get(`/delegations/${ids.over}`)).body.state).toBe('ended'),
    soon,
  );
  ids.waiting = await ask(near, otherGroup);
});

const found = async (client: Pick<Client, 'get'>, query: string, path = '/delegations') => {
  const reply = await client.get(`${path}?${query}`);
  expect(reply.status, reply.text).toBe(200);
  expect(reply.body.total).toBe(reply.body.items.length);
  return reply.body.items.map(({ id }: { id: string }) => id);
};
const called = (q: string) => `q=${encodeURIComponent(q)}`;

test('a partner finds customers by name, id and its group, those whose access is over too, but none by a name that it was not told', async () => {
  const { client } = partner;
  expect(await found(client, called(far.name.toUpperCase()))).toEqual([ids.over, ids.far]);
  expect(await found(client, `${called(far.name)}&state=active`)).toEqual([ids.far]);
  expect(await found(client, called(near.id))).toEqual([ids.waiting, ids.near]);
  expect(await found(client, called(ids.far.toUpperCase()))).toEqual([ids.far]);
  expect(await found(client, called('night'))).toEqual([ids.over, ids.near]);
  expect(await found(client, called('nobody is called so'))).toEqual([]);
  const stranger = await aTenant(platform, 'au');
  await ask(stranger, groupId);
  expect(await found(client, called(stranger.name))).toEqual([]);
});

test('a customer finds partners by name, by their group and by its own', async () => {
  expect(await found(near.client, called(partner.name))).toEqual([ids.waiting, ids.near]);
  expect(await found(far.client, called('day SHIFT'))).toEqual([ids.far]);
  expect(await found(far.client, called(`Those of ${ids.far}`))).toEqual([ids.far]);
  expect(await found(near.client, called(far.name))).toEqual([]);
});

test('one finds the own customers by name, and those of other groups not', async () => {
  const password = 'seven quiet herons walk home';
  const account = await partner.given.person(password);
  await partner.client.post(`/groups/${groupId}/members`, { accountIds: [account.id] });
  const session = platform.session(await signIn(platform, account.email, password, partner.id));
  const own = (q: string) => found(session, called(q), '/v1/me/delegations');
  expect(await own(near.name)).toEqual([ids.near]);
  expect(await own(far.name)).toEqual([ids.over]);
});

test('the next end comes first, page by page; what has none before', async () => {
  const ends = await found(partner.client, 'sort=endsAt&state=active');
  expect(ends).toEqual([ids.far, ids.near]);
  const first = (await partner.client.get('/delegations?sort=-endsAt&state=active&limit=1')).body;
  expect(first).toMatchObject({ total: 2, items: [{ id: ids.near }] });
  const next = await partner.client.get(`/delegations?sort=-endsAt&state=active&limit=1&cursor=${first.nextCursor}`);
  expect(next.body).toMatchObject({ nextCursor: null, items: [{ id: ids.far }] });
  expect((await found(partner.client, 'sort=endsAt'))[0]).toBe(ids.waiting);
});
