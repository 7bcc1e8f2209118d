import { beforeAll, describe, expect, test, vi } from 'vitest';
import { aPlatform, aTenant, type Client, signIn, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';
import type { RegionMessage } from '../../kernel/region-messages.ts';
import type { RunningNode } from '../../node.ts';
import type { Home } from '../visits/service.ts';

/** People of one tenant in groups of another: in one cell, in two cells, in two regions of one node. */

const password = 'seven quiet herons walk home';
const problem = (code: string) => ({ body: { type: `urn:bailiwick:problem:${code}` } });

let platform: TestPlatform;
let home: TestTenant;
let visited: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'] });
  [home, visited] = [await aTenant(platform), await aTenant(platform)];
});

async function aPerson(tenant = home) {
  const account = await tenant.given.person(password);
  return { account, session: platform.session(await signIn(platform, account.email, password, tenant.id)) };
}

async function aGroup(tenant: TestTenant, ...permissions: string[]) {
  const group = await tenant.given.group();
  const grants = permissions.map((permission) => ({ permission }));
  expect((await tenant.client.put(`/groups/${group.id}/grants`, { grants }, group.etag)).status).toBe(200);
  return group.id as string;
}

async function invite(tenant: TestTenant, groupIds: string[], more: object = {}) {
  const made = await tenant.client.post('/guest-invitations', { groupIds, ...more });
  expect(made, made.text).toMatchObject({ status: 201 });
  return { id: made.body.id as string, token: made.body.link.split('#')[1] as string };
}

const accept = (session: Client, token: string) => session.post('/v1/me/guest-invitations/accept', { token });

/** A person of `home` who is a guest with these permissions. */
async function aGuest(tenant: TestTenant, ...permissions: string[]) {
  const person = await aPerson();
  const groupId = await aGroup(tenant, ...permissions);
  const { token } = await invite(tenant, [groupId]);
  const accepted = await accept(person.session, token);
  expect(accepted, accepted.text).toMatchObject({ status: 200, body: { tenantId: tenant.id } });
  return { ...person, groupId, guestId: accepted.body.guestId as string };
}

/** Holds what is said of somebody's end by messages of this kind, from now until it is delivered. */
function holdMessages(kind: string, homeAccountId: string) {
  const { answers } = (platform.nodes[0] as RunningNode).platform;
  const known = answers.get(kind) as RegionMessage;
  const [arrival, delivery, end] = [signal(), signal(), signal()];
  answers.set(kind, {
    ...known,
    answer: async (...said) => {
      if ((said[2] as Home).homeAccountId !== homeAccountId) return known.answer(...said);
      arrival.give();
      await delivery.given;
      return known.answer(...said).finally(end.give);
    },
  });
  return {
    came: arrival.given,
    deliver: async () => {
      delivery.give();
      await end.given;
      answers.set(kind, known);
    },
  };
}

function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

const entries = async (tenant: TestTenant, action: string) =>
  (await tenant.client.get(`/audit-entries?action=${action}&limit=200`)).body.items;

describe.each([
  ['in one cell', () => visited],
  ['in another region of the node', () => inEu],
] as const)('a guest %s', (_where, of) => {
  test('accepts, acts with what its groups give, and nothing more', async () => {
    const tenant = of();
    const { account, session, guestId, groupId } = await aGuest(tenant, 'groups.view', 'groups.change');
    expect((await session.get(`${tenant.path}/groups`)).status).toBe(200);
    expect(await session.get(`${tenant.path}/accounts`)).toMatchObject({ status: 403, ...problem('forbidden') });
    const made = await session.post(`${tenant.path}/groups`, { name: `by ${guestId}` });
    expect(made, made.text).toMatchObject({ status: 201 });

    const [entry] = (await entries(tenant, 'groups.create')).filter(
      ({ target }: { target: { id: string } }) => target.id === made.body.id,
    );
    expect(entry.actor).toMatchObject({ kind: 'guest', id: guestId });
    expect((await entries(tenant, 'guests.create'))[0]).toMatchObject({
      actor: { kind: 'guest', id: guestId },
      details: { homeTenantId: home.id, homeAccountId: account.id },
    });
    // Who invites sees before what the invitation gives, and the entry of the acceptance keeps who gained it.
    const looked = await tenant.client.post('/access/look', { newcomer: { groupIds: [groupId] } });
    expect(looked.body.newcomers).toMatchObject([
      { groups: [{ id: groupId }], permissions: [{ permission: 'groups.view' }, { permission: 'groups.change' }] },
    ]);
    const joined = (await entries(tenant, 'groups.add-members')).find(
      ({ target }: { target: { id: string } }) => target.id === groupId,
    );
    const { gains, loses } = joined.details.effect;
    expect({ gains, loses }).toMatchObject({ gains: { guests: 1 }, loses: { guests: 0 } });
    const named = (rights: { permission: string; namespaceId: string | null }[]) =>
      rights.map(({ permission, namespaceId }) => ({ permission, namespaceId }));
    expect(named(gains.permissions)).toEqual(looked.body.newcomers[0].permissions);
    expect((await entries(home, 'visits.create'))[0]).toMatchObject({
      actor: { kind: 'account', id: account.id },
      details: { visitedTenantId: tenant.id, visitedRegion: tenant.region },
    });
    // Its name is home's, asked when somebody looks; here are ids only.
    const listed = (await tenant.client.get(`/guests?homeTenantId=${home.id}`)).body.items;
    expect(listed.find(({ id }: { id: string }) => id === guestId)).toMatchObject({
      displayName: account.displayName,
      homeTenantName: `${home.name} display`,
      homeAccountId: account.id,
      groups: [{ id: groupId }],
    });
    const behind = await tenant.client.post(`/groups/${groupId}/preview/names`, { status: 'disabled', side: 'loses' });
    const compared = await tenant.client.get(
      `/groups/${groupId}/comparison/members?with=${(await tenant.given.group()).id}&in=only-first`,
    );
    for (const { body } of [behind, compared])
      expect(body.items).toMatchObject([{ id: guestId, displayName: `${account.displayName} (${home.name} display)` }]);
    expect((await tenant.client.get(`/groups/${groupId}/members`)).body.items).toMatchObject([
      { id: guestId, kind: 'guest', displayName: `${account.displayName} (${home.name} display)`, email: null },
    ]);
    const stored = await platform.sql(tenant.region, 'select * from guests where id = $1', [guestId]);
    expect(JSON.stringify(stored)).not.toContain(account.displayName);
    expect(
      await platform.sql(tenant.region, 'select id from accounts where tenant_id = $1 and id = $2', [
        tenant.id,
        account.id,
      ]),
    ).toEqual([]);
  });

  test('home withdraws: the next request is refused, and the tenant hears of it', async () => {
    const tenant = of();
    const { session, guestId, account } = await aGuest(tenant, 'groups.view');
    const [visit] = (await home.client.get(`/visits?accountId=${account.id}`)).body.items;
    expect(visit).toMatchObject({
      displayName: account.displayName,
      visitedTenantId: tenant.id,
      visitedTenantName: `${tenant.name} display`,
    });
    expect((await home.client.delete(`/visits/${visit.id}`)).status).toBe(204);
    expect((await session.get(`${tenant.path}/groups`)).status).toBe(404);
    await vi.waitFor(async () => expect((await tenant.client.get(`/guests/${guestId}`)).status).toBe(404), 20_000);
    expect((await entries(home, 'visits.withdraw'))[0].details).toMatchObject({ visitedTenantId: tenant.id });
    expect((await entries(tenant, 'guests.end'))[0].target.id).toBe(guestId);
    expect((await session.get('/v1/tenants')).body.items).toHaveLength(1);
  });

  test('the tenant removes it: the next request is refused, and home hears of it', async () => {
    const tenant = of();
    const { session, guestId, account, groupId } = await aGuest(tenant, 'groups.view');
    const { body: looked } = await tenant.client.post('/access/look', { guest: { id: guestId } });
    expect(looked.effect.loses).toMatchObject({ guests: 1, permissions: [{ permission: 'groups.view', guests: 1 }] });
    expect((await tenant.client.delete(`/guests/${guestId}`)).status).toBe(204);
    const [entry] = await entries(tenant, 'guests.remove');
    expect(entry).toMatchObject({
      target: { id: guestId },
      details: { homeAccountId: account.id, effect: looked.effect },
    });
    expect(await tenant.client.post('/access/look', { guest: { id: guestId } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'guest.id', message: 'names a guest that does not exist' }] },
    });
    expect((await session.get(`${tenant.path}/groups`)).status).toBe(404);
    expect((await tenant.client.get(`/groups/${groupId}/members`)).body.items).toEqual([]);
    await vi.waitFor(
      async () => expect((await home.client.get(`/visits?accountId=${account.id}`)).body.items).toEqual([]),
      20_000,
    );
    expect((await entries(home, 'visits.end'))[0].details).toMatchObject({ accountId: account.id });
    // Let in again it is the same guest, with the groups of the new invitation only.
    const other = await aGroup(tenant, 'accounts.view');
    const again = await accept(session, (await invite(tenant, [other])).token);
    expect(again.body).toMatchObject({ guestId });
    expect((await session.get(`${tenant.path}/accounts`)).status).toBe(200);
    expect((await session.get(`${tenant.path}/groups`)).status).toBe(403);
  });

  test('let in again before the end was heard of: the end does not end it', async () => {
    const tenant = of();
    const { session, guestId, account, groupId } = await aGuest(tenant, 'groups.view');
    for (const ending of [
      () => tenant.client.delete(`/guests/${guestId}`),
      async () => {
        const [visit] = (await home.client.get(`/visits?accountId=${account.id}`)).body.items;
        return home.client.delete(`/visits/${visit.id}`);
      },
    ]) {
      const { token } = await invite(tenant, [groupId]);
      expect((await ending()).status).toBe(204);
      expect((await accept(session, token)).status).toBe(200);
      // Those about this person: what other tests told of a tenant that was suspended waits for its turn.
      const waiting = `select from jobs where kind in ('guests.follow-home', 'visits.drop')
                       and payload::text like '%${account.id}%'`;
      await vi.waitFor(
        async () => {
          for (const region of ['au', 'eu']) expect(await platform.sql(region, waiting)).toEqual([]);
        },
        { timeout: 20_000 },
      );
      expect((await session.get(`${tenant.path}/groups`)).status).toBe(200);
    }
  });

  test('news of the end of one stay, however late, leaves the next one alone', async () => {
    const tenant = of();
    const { session, guestId, account, groupId } = await aGuest(tenant, 'groups.view');
    const withdraw = async () => {
      const [visit] = (await home.client.get(`/visits?accountId=${account.id}`)).body.items;
      return home.client.delete(`/visits/${visit.id}`);
    };
    for (const [kind, ending] of [
      ['guest-over', () => tenant.client.delete(`/guests/${guestId}`)],
      ['visit-over', withdraw],
    ] as const) {
      const { token } = await invite(tenant, [groupId]);
      const late = holdMessages(kind, account.id);
      expect((await ending()).status, kind).toBe(204);
      await late.came;
      expect((await accept(session, token)).status, kind).toBe(200);
      await late.deliver();
      expect((await session.get(`${tenant.path}/groups`)).status, kind).toBe(200);
    }
    const late = holdMessages('visit-over', account.id);
    expect((await withdraw()).status).toBe(204);
    await late.came;
    await late.deliver();
    expect((await tenant.client.get(`/guests/${guestId}`)).status).toBe(404);
  });

  test('the person leaves by itself', async () => {
    const tenant = of();
    const { session } = await aGuest(tenant, 'groups.view');
    const [visit] = (await session.get('/v1/me/visits')).body.items;
    expect((await session.delete(`/v1/me/visits/${visit.id}`)).status).toBe(204);
    expect((await session.get(`${tenant.path}/groups`)).status).toBe(404);
  });

  test('S11: what ends the person at home ends the guest with the next request', async () => {
    const tenant = of();
    const ways: [string, (person: Awaited<ReturnType<typeof aGuest>>) => Promise<{ status: number }>][] = [
      ['disabled', ({ account }) => home.client.post(`/accounts/${account.id}/disable`)],
      ['signed out', ({ session }) => session.call('DELETE', '/v1/sessions/current')],
    ];
    for (const [way, ending] of ways) {
      const guest = await aGuest(tenant, 'groups.view');
      expect((await guest.session.get(`${tenant.path}/groups`)).status, way).toBe(200);
      expect((await ending(guest)).status, way).toBeLessThan(300);
      expect((await guest.session.get(`${tenant.path}/groups`)).status, way).toBe(401);
    }
    const guest = await aGuest(tenant, 'groups.view');
    await platform.operator.post(`/v1/tenants/${home.id}/suspend`);
    expect((await guest.session.get(`${tenant.path}/groups`)).status).toBe(404);
    await platform.operator.post(`/v1/tenants/${home.id}/resume`);
    expect((await guest.session.get(`${tenant.path}/groups`)).status).toBe(200);
    await platform.operator.post(`/v1/tenants/${tenant.id}/suspend`);
    expect(await guest.session.get(`${tenant.path}/groups`)).toMatchObject({
      status: 403,
      ...problem('tenant-suspended'),
    });
    await platform.operator.post(`/v1/tenants/${tenant.id}/resume`);
  });
});

let inEu: TestTenant;
beforeAll(async () => {
  inEu = await aTenant(platform, 'eu');
});

describe('invitations', () => {
  test('of many who open one at once exactly one is let in', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => aPerson()));
    const { token } = await invite(visited, [await aGroup(visited, 'groups.view')]);
    const answers = await Promise.all(people.map(({ session }) => accept(session, token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410]);
  });

  test('used, revoked, expired, of another tenant, never made: the same answer', async () => {
    const { session } = await aPerson();
    const groupId = await aGroup(visited, 'groups.view');
    const [used, revoked, bound] = [
      await invite(visited, [groupId]),
      await invite(visited, [groupId]),
      await invite(visited, [groupId], { homeTenantId: newId() }),
    ];
    await accept((await aPerson()).session, used.token);
    expect((await visited.client.delete(`/guest-invitations/${revoked.id}`)).status).toBe(204);
    const answers = [];
    for (const token of [used.token, revoked.token, bound.token, `${'0'.repeat(65)}`, 'none', used.token.slice(0, -1)])
      for (const act of ['accept', 'question']) {
        const reply = await session.post(`/v1/me/guest-invitations/${act}`, { token });
        answers.push(`${reply.status} ${reply.body.detail}`);
      }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^410 /);
  });

  test('says what it is about to whoever holds it, and to nobody who is not signed in', async () => {
    const groupId = await aGroup(visited, 'groups.view');
    const { token } = await invite(visited, [groupId], { homeTenantId: home.id });
    const { session } = await aPerson();
    expect((await session.post('/v1/me/guest-invitations/question', { token })).body).toMatchObject({
      tenantId: visited.id,
      tenantName: `${visited.name} display`,
      region: 'au',
      groups: [{ id: groupId }],
    });
    expect((await platform.anyone.post('/v1/me/guest-invitations/question', { token })).status).toBe(401);
    const machine = await home.given.machine();
    expect(await platform.client(machine.key).post('/v1/me/guest-invitations/accept', { token })).toMatchObject({
      status: 403,
      ...problem('people-only'),
    });
  });

  test('one for people of other tenants is none for those of the tenant itself', async () => {
    const { token } = await invite(visited, [await aGroup(visited, 'groups.view')]);
    const { session } = await aPerson(visited);
    expect(await accept(session, token)).toMatchObject({ status: 409, ...problem('own-tenant') });
  });

  test('Z1: nobody invites into a group that gives what they lack, that they are in, or that is there no more', async () => {
    const strong = await aGroup(visited, 'namespaces.view');
    const machine = await visited.given.machine([{ permission: 'accounts.change' }, { permission: 'groups.change' }]);
    expect(await machine.client.post('/guest-invitations', { groupIds: [strong] })).toMatchObject({
      status: 403,
      ...problem('not-yours-to-grant'),
    });
    expect(await machine.client.post('/guest-invitations', { groupIds: [machine.groupId] })).toMatchObject({
      status: 403,
      ...problem('own-group'),
    });
    expect(await visited.client.post('/guest-invitations', { groupIds: [newId()] })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'groupIds.0' }] },
    });
    const { key } = await visited.given.machine([{ permission: 'accounts.change' }]);
    expect(await visited.below(key).post('/guest-invitations', { groupIds: [strong] })).toMatchObject({ status: 403 });
  });

  test('Z1: what the inviter does not hold any more, an open invitation does not give', async () => {
    const weak = await aGroup(visited, 'groups.view');
    const machine = await visited.given.machine([{ permission: 'accounts.change' }, { permission: 'groups.*' }]);
    const made = await machine.client.post('/guest-invitations', { groupIds: [weak] });
    const { etag } = await visited.client.get(`/groups/${weak}`);
    await visited.client.put(`/groups/${weak}/grants`, { grants: [{ permission: 'tenant.change' }] }, etag);
    const { session } = await aPerson();
    const token = made.body.link.split('#')[1];
    expect(await accept(session, token)).toMatchObject({ status: 410 });
    expect((await session.get(`${visited.path}/groups`)).status).toBe(404);
  });
});

test('an account that is deleted at home is a guest nowhere, and the tenant hears of it', async () => {
  const { account, guestId } = await aGuest(visited, 'groups.view');
  expect((await home.client.post(`/accounts/${account.id}/disable`)).status).toBe(200);
  expect((await home.client.delete(`/accounts/${account.id}`, '*')).status).toBe(204);
  await vi.waitFor(async () => expect((await visited.client.get(`/guests/${guestId}`)).status).toBe(404), 20_000);
  expect((await home.client.get(`/visits?accountId=${account.id}`)).body.items).toEqual([]);
});

test('a guest in the Owner Group may do what owners may, and never counts as one', async () => {
  const tenant = await aTenant(platform);
  const owner = await tenant.given.person(password);
  const owners = (await tenant.client.get('/groups?q=Owners')).body.items[0].id;
  await tenant.client.post(`/groups/${owners}/members`, { accountIds: [owner.id] });
  const { session, account } = await aPerson();
  await accept(session, (await invite(tenant, [owners])).token);
  expect((await session.patch(tenant.path, { displayName: 'By a guest' }, '*')).status).toBe(200);
  // Of partner access people of the tenant decide alone, and it is not offered.
  const [stop] = (await session.get(`${tenant.path}/partner-access`)).body.actions;
  expect(stop).toMatchObject({ name: 'partner-access.stop', allowed: false });
  expect(await session.post(`${tenant.path}/partner-access/stop`)).toMatchObject({
    status: 403,
    ...problem('owners-only'),
  });
  const first = (await tenant.client.get(`/accounts?q=${encodeURIComponent(tenant.ownerEmail)}`)).body.items[0];
  expect((await tenant.client.delete(`/groups/${owners}/members/${first.id}`)).status).toBe(204);
  expect(await tenant.client.delete(`/groups/${owners}/members/${owner.id}`)).toMatchObject({
    status: 409,
    ...problem('last-owner'),
  });
  expect(account.id).toBeTruthy();
});

test('a guest who was let in joins further groups like a member', async () => {
  const { session, guestId } = await aGuest(visited, 'groups.view');
  const more = await aGroup(visited, 'accounts.view');
  const looked = await visited.client.post(`/groups/${more}/preview`, { addGuestIds: [guestId] });
  expect(looked, looked.text).toMatchObject({
    status: 200,
    body: { gains: { guests: 1, permissions: [{ permission: 'accounts.view', guests: 1 }] } },
  });
  expect(await visited.client.post(`/groups/${more}/preview`, { addGuestIds: [newId()] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'addGuestIds.0' }] },
  });
  expect(await visited.client.post(`/groups/${more}/members`, { guestIds: [guestId] })).toMatchObject({
    status: 200,
    body: { added: 1 },
  });
  expect((await session.get(`${visited.path}/accounts`)).status).toBe(200);
  const [entry] = (await visited.client.get(`/audit-entries?action=groups.add-members&targetId=${more}`)).body.items;
  expect(entry.details.effect).toEqual(looked.body);
  expect(await visited.client.post(`/groups/${more}/members`, { guestIds: [newId()] })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'guestIds.0' }] },
  });
});

test('explanations and holders know guests by the same decision', async () => {
  const { guestId, account } = await aGuest(visited, 'namespaces.view');
  const explained = await visited.client.get(`/access/explain?principal=${guestId}&permission=namespaces.view`);
  expect(explained.body).toMatchObject({
    allowed: true,
    principal: { kind: 'guest', name: `${account.displayName} (${home.name} display)` },
  });
  const holders = (await visited.client.get('/access/holders?permission=namespaces.view')).body.items;
  expect(holders.find(({ id }: { id: string }) => id === guestId)).toMatchObject({
    kind: 'guest',
    displayName: `${account.displayName} (${home.name} display)`,
  });
  await visited.client.delete(`/guests/${guestId}`);
  expect(
    (await visited.client.get(`/access/explain?principal=${guestId}&permission=namespaces.view`)).body.allowed,
  ).toBe(false);
});

test('T3: a session enters no tenant that did not let its person in, and none is told of', async () => {
  const { session } = await aPerson();
  const withoutId = (text: string) => text.replace(/"requestId":"[^"]*"/, '');
  const [there, nowhere] = [
    await session.get(`${visited.path}/groups`),
    await session.get(`/v1/tenants/${newId()}/groups`),
  ];
  expect(there.status).toBe(404);
  expect(withoutId(there.text)).toBe(withoutId(nowhere.text));
});
