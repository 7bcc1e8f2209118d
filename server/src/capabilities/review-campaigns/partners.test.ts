import { beforeAll, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

/** Partners' groups in a campaign: what their people would lose, in one cell and in another region. */

const password = 'seven quiet herons walk home';
const soon = { timeout: 20_000, interval: 100 };

let platform: TestPlatform;
let partner: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  partner = await aTenant(platform, 'au');
  const path = `/v1/operator/tenants/${partner.id}`;
  expect((await platform.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
});

/** A group of the partner that is let in. */
async function letIn(customer: TestTenant, permissions: string[]) {
  const group = await partner.given.group();
  const body = { customerTenantId: customer.id, groupId: group.id, permissions, days: 30, purpose: 'Run it' };
  const asked = await partner.client.post('/delegations', body);
  expect(asked, asked.text).toMatchObject({ status: 201 });
  const id = asked.body.id as string;
  await vi.waitFor(async () => expect((await customer.client.get(`/delegations/${id}`)).status).toBe(200), soon);
  const approved = await customer.client.post(`/delegations/${id}/approve`, {});
  expect(approved, approved.text).toMatchObject({ status: 200 });
  return { id, groupId: group.id as string, groupHere: approved.body.groupId as string };
}

const aPersonIn = async (...groupIds: string[]) => partner.given.person(password, { groupIds });

async function begun(customer: TestTenant, groupIds: string[]) {
  const reviewer = await customer.given.person(password);
  const made = await customer.client.post('/review-campaigns', {
    name: 'Partners',
    reviewers: 'accounts',
    reviewerIds: [reviewer.id],
    scope: { groupIds },
    dueAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
  });
  expect(made, made.text).toMatchObject({ status: 201 });
  const path = `/review-campaigns/${made.body.id}`;
  await vi.waitFor(async () => expect((await customer.client.get(path)).body.state).toBe('open'), soon);
  const items = (await customer.client.get(`${path}/items`)).body.items as { id: string; group: { id: string } }[];
  const of = (groupId: string) => items.find(({ group }) => group.id === groupId)?.id as string;
  return { path, of, reviewer };
}

const none = { people: 0, serviceAccounts: 0, keys: 0, guests: 0, inactive: 0 };

describe.each(['au', 'eu'] as const)('a partner of region au in a campaign of region %s', (region) => {
  let customer: TestTenant;
  beforeAll(async () => {
    customer = await aTenant(platform, region);
  });

  test('the look at a removal counts its people, by name if wanted, as they then lose it and as the audit keeps it', async () => {
    const first = await letIn(customer, ['groups.view', 'accounts.view']);
    const second = await letIn(customer, ['groups.view']);
    const single = await aPersonIn(first.groupId);
    const both = await aPersonIn(first.groupId, second.groupId);
    const disabled = await aPersonIn(first.groupId);
    await partner.client.post(`/accounts/${disabled.id}/disable`);
    const { path, of } = await begun(customer, [first.groupHere, second.groupHere]);
    const look = async (...groups: string[]) => {
      const reply = await customer.client.post(`${path}/look`, { itemIds: groups.map(of), names: { side: 'loses' } });
      expect(reply, reply.text).toMatchObject({ status: 200, body: { effect: { loses: none }, names: { items: [] } } });
      return reply.body.partners;
    };
    const lost = (permission: string, guests: number) => ({ ...none, guests, permission, namespaceId: null });
    const here = async (groupId: string) => {
      const { id, name } = (await customer.client.get(`/groups/${groupId}`)).body;
      return { id, name };
    };
    const named = (...people: { id: string }[]) => people.map(({ id }) => id).sort();
    const idsOf = (names: { items: { id: string }[] }) => names.items.map(({ id }) => id);

    // Who is in both groups keeps what the other gives.
    const [one, ...noOther] = await look(first.groupHere);
    expect(noOther).toEqual([]);
    expect(one).toMatchObject({ tenantId: partner.id, groups: [await here(first.groupHere)] });
    expect(one.effect.loses).toEqual({
      ...none,
      guests: 2,
      permissions: [lost('accounts.view', 2), lost('groups.view', 1)],
    });
    expect(idsOf(one.names)).toEqual(named(single, both));

    // Both at once are looked at as one.
    const [together, ...noMore] = await look(first.groupHere, second.groupHere);
    expect(noMore).toEqual([]);
    expect(together.groups).toHaveLength(2);
    expect(together.effect.loses).toEqual({
      ...none,
      guests: 2,
      permissions: [lost('accounts.view', 2), lost('groups.view', 2)],
    });

    await customer.client.post(`/delegations/${first.id}/end`);
    const [entry] = (await customer.client.get('/audit-entries?action=delegations.end')).body.items;
    expect(entry.details.effect).toEqual(one.effect);
    const cookie = await signIn(platform, both.email, password, partner.id);
    const session = platform.session(cookie);
    expect((await session.get(`${customer.path}/accounts`)).status).toBe(403);
    expect((await session.get(`${customer.path}/groups`)).status).toBe(200);
    // What is over already takes nothing more.
    expect(await look(first.groupHere)).toEqual([]);
  });

  test('where home gives no answer it is not known how many, and nothing else is wrong', async () => {
    const { groupHere, id, groupId } = await letIn(customer, ['groups.view']);
    await aPersonIn(groupId);
    const { path, of } = await begun(customer, [groupHere]);
    await platform.sql(region, `update delegations set other_region = 'us' where id = $1 and side = 'customer'`, [id]);
    const reply = await customer.client.post(`${path}/look`, { itemIds: [of(groupHere)] });
    expect(reply, reply.text).toMatchObject({
      status: 200,
      body: { effect: { loses: none }, partners: [{ tenantId: partner.id, effect: null, names: null }] },
    });
  });

  test.each([
    ['what lets the second in', 'delegations', 2],
    ['the group of the first', 'groups', 1],
  ] as const)('who removes several and waits for %s holds all before it, and no turn', async (_what, table, free) => {
    const both = [await letIn(customer, ['groups.view']), await letIn(customer, ['groups.view'])];
    const { path, reviewer } = await begun(
      customer,
      both.map(({ groupHere }) => groupHere),
    );
    const { id: deciders } = await customer.given.group();
    const grants = { grants: [{ permission: 'delegations.change' }] };
    expect((await customer.client.put(`/groups/${deciders}/grants`, grants, '*')).status).toBe(200);
    const member = { accountIds: [reviewer.id] };
    expect((await customer.client.post(`/groups/${deciders}/members`, member)).status).toBe(200);
    const session = platform.session(await signIn(platform, reviewer.email, password, customer.id));
    const [first, second] = [...both].sort((a, b) => (a.id < b.id ? -1 : 1)) as [(typeof both)[0], (typeof both)[0]];
    const awaited = table === 'groups' ? first.groupHere : second.id;
    const freeOf = async (text: string, ids: string[]) =>
      (await platform.sql(region, `${text} = any($1) for update skip locked`, [ids])).length;
    await platform.besideChange(region, `select from ${table} where id = '${awaited}' for update`, async (waits) => {
      const asked = await session.post(`${customer.path}${path}/decide`, { decision: 'remove', reason: 'Over' });
      expect(asked, asked.text).toMatchObject({ status: 202 });
      await waits();
      const ids = both.map(({ id }) => id);
      const groupIds = both.map(({ groupHere }) => groupHere);
      expect(await freeOf("select from delegations where side = 'customer' and id", ids)).toBe(0);
      expect(await freeOf('select from groups where id', groupIds)).toBe(free);
      expect(await freeOf('select from effect_turns where tenant_id', [customer.id])).toBe(1);
    });
    for (const { id } of both)
      await vi.waitFor(
        async () => expect((await customer.client.get(`/delegations/${id}`)).body.state).toBe('ended'),
        soon,
      );
  });

  test('a reviewer without other rights sees their names as long as the campaign is open, and no longer', async () => {
    const { groupHere, groupId } = await letIn(customer, ['groups.view']);
    const person = await aPersonIn(groupId);
    const { path, of, reviewer } = await begun(customer, [groupHere]);
    const session = platform.session(await signIn(platform, reviewer.email, password, customer.id));
    const look = () =>
      session.post(`${customer.path}${path}/look`, { itemIds: [of(groupHere)], names: { side: 'loses' } });
    const seen = await look();
    expect(seen, seen.text).toMatchObject({
      status: 200,
      body: { partners: [{ names: { items: [{ id: person.id }] } }] },
    });
    const decided = await session.post(`${customer.path}${path}/items/${of(groupHere)}/decide`, {
      decision: 'keep',
      reason: 'They run it',
    });
    expect(decided, decided.text).toMatchObject({ status: 200 });
    expect((await customer.client.post(`${path}/close`, { undecided: 'keep' })).status).toBe(200);
    expect(await look()).toMatchObject({ status: 409, body: { type: 'urn:bailiwick:problem:campaign-over' } });
    expect(
      (await customer.client.post(`${path}/look`, { itemIds: [of(groupHere)], names: { side: 'loses' } })).status,
    ).toBe(200);
  });
});
