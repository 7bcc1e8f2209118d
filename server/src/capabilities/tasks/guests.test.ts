import { beforeAll, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';

/** Long work that somebody of another tenant asks for: home is asked before each batch whether the person is let in yet. */

const password = 'nine slow trains cross the plain';
const soon = { timeout: 20_000, interval: 100 };
const grants = ['audit.export', 'accounts.view', 'accounts.change', 'tenant.view'];

let platform: TestPlatform;
let home: TestTenant;
const visited: Record<string, TestTenant> = {};

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  home = await aTenant(platform, 'au');
  const path = `/v1/operator/tenants/${home.id}`;
  expect((await platform.operator.patch(path, { type: 'partner', supportId: null }, '*')).status).toBe(200);
  for (const region of ['au', 'eu']) {
    visited[region] = await aTenant(platform, region);
    // Jobs of tasks wait until they are told to begin, so that a test can do something before.
    await platform.sql(
      region,
      `create function wait_for_the_test() returns trigger language plpgsql as $$
       begin new.due_at := now() + interval '1 hour'; return new; end $$`,
    );
    await platform.sql(
      region,
      `create trigger wait_for_the_test before insert on due_jobs for each row when (new.kind like 'tasks.run-%')
       execute function wait_for_the_test()`,
    );
  }
});

const go = (region: string) => platform.sql(region, `update due_jobs set due_at = now() where kind like 'tasks.run-%'`);

async function aPerson() {
  const account = await home.given.person(password);
  return { account, session: platform.session(await signIn(platform, account.email, password, home.id)) };
}

/** One who came by an invitation. */
async function aGuest(to: TestTenant) {
  const { account, session } = await aPerson();
  const group = await to.given.group();
  await to.client.put(
    `/groups/${group.id}/grants`,
    { grants: grants.map((permission) => ({ permission })) },
    group.etag,
  );
  const invited = await to.client.post('/guest-invitations', { groupIds: [group.id] });
  const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
  expect(accepted.status, accepted.text).toBe(200);
  return { account, session, leaves: () => home.client.post(`/accounts/${account.id}/disable`) };
}

/** What a partner is let do, by a group of its own. */
async function aDelegation(to: TestTenant, permissions: string[]) {
  const group = await home.given.group();
  const asked = await home.client.post('/delegations', {
    customerTenantId: to.id,
    groupId: group.id,
    permissions,
    days: 30,
    purpose: 'Run it for them',
  });
  expect(asked.status, asked.text).toBe(201);
  const id = asked.body.id as string;
  await vi.waitFor(async () => expect((await to.client.get(`/delegations/${id}`)).status).toBe(200), soon);
  expect((await to.client.post(`/delegations/${id}/approve`, {})).body.state).toBe('active');
  return { id, groupId: group.id as string };
}

/** One of a partner's group. */
async function aPartnersPerson(to: TestTenant) {
  const { id, groupId } = await aDelegation(to, grants);
  const { account, session } = await aPerson();
  await home.client.post(`/groups/${groupId}/members`, { accountIds: [account.id] });
  return {
    account,
    session,
    delegationId: id,
    leaves: () => home.client.delete(`/groups/${groupId}/members/${account.id}`),
  };
}

describe.each([
  ['a guest', aGuest],
  ["a partner's person", aPartnersPerson],
] as const)('%s', (_who, make) => {
  test.each(['au', 'eu'])('has a file made in the region %s', async (region) => {
    const to = visited[region] as TestTenant;
    const { session } = await make(to);
    const begun = await session.post(`${to.path}/audit-entries/export`, {});
    expect(begun, begun.text).toMatchObject({ status: 202 });
    await go(region);
    const task = `${to.path}/tasks/${begun.body.id}`;
    await vi.waitFor(async () => expect((await session.get(task)).body.state).toBe('done'), soon);
    expect((await session.get(`${task}/result`)).text).toContain('tenants.create');
  });

  test.each(['au', 'eu'])('P18: in the region %s, work goes no further once the person is out', async (region) => {
    const to = visited[region] as TestTenant;
    const { session, leaves } = await make(to);
    const begun = await session.post(`${to.path}/audit-entries/export`, {});
    expect(begun.status).toBe(202);
    expect((await leaves()).status).toBeLessThan(300);
    await go(region);
    await vi.waitFor(
      async () =>
        expect((await to.client.get(`/tasks/${begun.body.id}`)).body).toMatchObject({
          state: 'failed',
          result: { problem: { type: 'urn:bailiwick:problem:forbidden' } },
        }),
      soon,
    );
  });
});

test("P31: what a partner's task does stands in both audits, as the person's, by the delegation", async () => {
  const to = visited.eu as TestTenant;
  const { session, account, delegationId } = await aPartnersPerson(to);
  const person = await to.given.person(password);
  const begun = await session.post(`${to.path}/accounts/disable-many`, { ids: [person.id] });
  expect(begun, begun.text).toMatchObject({ status: 202 });
  await go('eu');
  await vi.waitFor(async () => expect((await to.client.get(`/tasks/${begun.body.id}`)).body.state).toBe('done'), soon);
  expect((await to.client.get(`/accounts/${person.id}`)).body.status).toBe('disabled');
  const [entry] = (await to.client.get('/audit-entries?action=accounts.disable')).body.items;
  expect(entry).toMatchObject({ actor: { kind: 'guest' }, onBehalfOf: delegationId, target: { id: person.id } });
  await vi.waitFor(async () => {
    const { body } = await home.client.get(`/delegations/${delegationId}/acts`);
    expect(body).toMatchObject({ agrees: true, outstanding: 0 });
    expect(body.items).toContainEqual(
      expect.objectContaining({ entryId: entry.id, action: 'accounts.disable', homeAccountId: account.id }),
    );
  }, soon);
});

test('P31: of several delegations each batch stands under the one that gives it, as its start does', async () => {
  const to = visited.au as TestTenant;
  const { account, session } = await aPerson();
  const held = [];
  for (const permissions of [['accounts.view'], ['accounts.change', 'tenant.view'], ['accounts.view', 'audit.export']])
    held.push(await aDelegation(to, permissions));
  for (const { groupId } of held)
    expect((await home.client.post(`/groups/${groupId}/members`, { accountIds: [account.id] })).status).toBe(200);
  const person = await to.given.person(password);
  const begun = await session.post(`${to.path}/accounts/disable-many`, { ids: [person.id] });
  expect(begun, begun.text).toMatchObject({ status: 202 });
  await go('au');
  await vi.waitFor(async () => expect((await to.client.get(`/tasks/${begun.body.id}`)).body.state).toBe('done'), soon);
  const entryOf = async (action: string) => (await to.client.get(`/audit-entries?action=${action}`)).body.items[0];
  expect(await entryOf('accounts.disable-many')).toMatchObject({ onBehalfOf: held[1]?.id });
  expect(await entryOf('accounts.disable')).toMatchObject({ onBehalfOf: held[1]?.id, target: { id: person.id } });
});
