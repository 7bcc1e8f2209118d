import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  aName,
  aPlatform,
  aTenant,
  type Client,
  signIn,
  type TestPlatform,
  type TestTenant,
} from '../../../test/harness.ts';
import { hashSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { RunningNode } from '../../node.ts';

/** A group of one tenant imported into another: in one cell, in another region of the node. */

const password = 'seven quiet herons walk home';
const problem = (code: string) => ({ body: { type: `urn:bailiwick:problem:${code}` } });
const soon = { timeout: 20_000, interval: 100 };

let platform: TestPlatform;
let home: TestTenant;
let near: TestTenant;
let far: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au', 'eu'], nodes: 2 });
  home = await aTenant(platform, 'au');
  near = await aTenant(platform, 'au');
  far = await aTenant(platform, 'eu');
});

async function aPerson(groupId?: string) {
  const account = await home.given.person(password);
  if (groupId)
    expect((await home.client.post(`/groups/${groupId}/members`, { accountIds: [account.id] })).status).toBe(200);
  const cookie = await signIn(platform, account.email, password, home.id);
  return { account, session: platform.session(cookie), nodes: [0, 1].map((node) => platform.session(cookie, node)) };
}

async function aKey(receiver: TestTenant, given: object = {}) {
  const group = await home.given.group();
  const made = await home.client.post('/import-keys', { groupId: group.id, receivingTenantId: receiver.id, ...given });
  expect(made, made.text).toMatchObject({ status: 201, body: { state: 'open', receivingTenantId: receiver.id } });
  return {
    groupId: group.id as string,
    name: group.name as string,
    id: made.body.id as string,
    key: made.body.value as string,
  };
}

/** A group of `home` imported by the receiver, with what it may do there, and one of its members. */
async function anImport(receiver: TestTenant, ...permissions: string[]) {
  const { key, groupId: homeGroupId, name } = await aKey(receiver);
  const imported = await receiver.client.post('/group-imports', { key });
  expect(imported, imported.text).toMatchObject({
    status: 201,
    body: { side: 'receiver', state: 'active', otherTenantId: home.id, homeGroupId, homeGroupName: name },
  });
  const { id, groupId } = imported.body;
  const group = await receiver.client.get(`/groups/${groupId}`);
  const grants = permissions.map((permission) => ({ permission }));
  const granted = await receiver.client.put(`/groups/${groupId}/grants`, { grants }, group.etag);
  expect(granted, granted.text).toMatchObject({ status: 200 });
  return { id: id as string, groupId: groupId as string, homeGroupId, ...(await aPerson(homeGroupId)) };
}

const entries = async (tenant: TestTenant, action: string) =>
  (await tenant.client.get(`/audit-entries?action=${action}&limit=200`)).body.items;
const tenantsOf = async (session: Client) =>
  (await session.get('/v1/tenants')).body.items.map(({ id }: { id: string }) => id);

describe.each([
  ['in one cell', () => near],
  ['in another region of the node', () => far],
] as const)('a group that is imported %s', (_where, of) => {
  test('its members act there with what it is granted there, without an account, and see the tenant in their list', async () => {
    const receiver = of();
    const { session, account, groupId, id } = await anImport(receiver, 'groups.view', 'tenant.view');
    const stranger = await aPerson();
    expect((await session.get(`${receiver.path}/groups`)).status).toBe(200);
    expect((await session.get(`${receiver.path}/accounts`)).status).toBe(403);
    expect((await stranger.session.get(`${receiver.path}/groups`)).status).toBe(404);
    await vi.waitFor(async () => expect(await tenantsOf(session)).toContain(receiver.id), soon);
    expect((await receiver.client.get(`/groups/${groupId}`)).body).toMatchObject({ source: 'imported' });
    const [copies] = await platform.sql(
      receiver.region,
      'select count(*)::int as n from accounts where tenant_id = $1 and email = $2',
      [receiver.id, account.email],
    );
    expect(copies.n).toBe(0);
    expect((await receiver.client.get(`/group-imports/${id}`)).body).toMatchObject({
      otherTenantName: `${home.name} display`,
      memberCount: 1,
    });
    expect((await receiver.client.get(`/group-imports/${id}/members`)).body).toMatchObject({
      total: 1,
      items: [{ homeAccountId: account.id, displayName: account.displayName }],
    });
    expect((await home.client.get(`/group-imports/${id}`)).body).toMatchObject({
      side: 'home',
      otherTenantName: `${receiver.name} display`,
      groupId: null,
    });
  });

  test('before it is ended either side sees who would lose what, by name if wanted, as the entry then keeps it', async () => {
    const receiver = of();
    const { id, account, homeGroupId } = await anImport(receiver, 'groups.view', 'tenant.view');
    const other = await anImport(receiver, 'groups.view');
    const both = await aPerson(homeGroupId);
    await home.client.post(`/groups/${other.homeGroupId}/members`, { accountIds: [both.account.id] });
    const disabled = await aPerson(homeGroupId);
    await home.client.post(`/accounts/${disabled.account.id}/disable`);
    const none = { people: 0, serviceAccounts: 0, keys: 0, inactive: 0 };
    const loses = {
      ...none,
      guests: 2,
      permissions: [
        { ...none, guests: 2, permission: 'tenant.view', namespaceId: null },
        { ...none, guests: 1, permission: 'groups.view', namespaceId: null },
      ],
    };
    const named = async (side: TestTenant, names: object) =>
      (await side.client.post(`/group-imports/${id}/preview`, { names })).body.names;
    const held = (permission: string) => ({ permission, namespaceId: null });
    for (const side of [receiver, home]) {
      const looked = await side.client.post(`/group-imports/${id}/preview`, {});
      expect(looked, looked.text).toMatchObject({ status: 200, body: { effect: { loses }, names: null } });
      expect(await named(side, { side: 'loses', permission: 'groups.view' })).toEqual({
        items: [
          {
            id: account.id,
            kind: 'guest',
            displayName: account.displayName,
            email: null,
            inactive: false,
            gains: [],
            loses: [held('tenant.view'), held('groups.view')],
          },
        ],
        nextAfter: null,
      });
      const first = await named(side, { side: 'loses', limit: 1 });
      const then = await named(side, { side: 'loses', limit: 1, after: first.nextAfter });
      expect([...first.items, ...then.items].map((each: { id: string }) => each.id).sort()).toEqual(
        [account.id, both.account.id].sort(),
      );
      expect(then.nextAfter).toBeNull();
      expect(await named(side, { side: 'gains' })).toEqual({ items: [], nextAfter: null });
    }
    await receiver.client.post(`/group-imports/${id}/end`);
    const [entry] = await entries(receiver, 'group-imports.end');
    expect(entry).toMatchObject({ target: { id }, details: { effect: { loses } } });
    expect((await receiver.client.post(`/group-imports/${id}/preview`, {})).status).toBe(409);
    expect((await home.client.post(`/group-imports/${newId()}/preview`, {})).status).toBe(404);
  });

  test('what its people did is reported on both sides, which have the same one to one', async () => {
    const receiver = of();
    const { id, account, session } = await anImport(receiver, 'tenant.view', 'tenant.change');
    const changed = await session.patch(receiver.path, { legalName: 'Changed by one of them' }, '*');
    expect(changed, changed.text).toMatchObject({ status: 200 });
    for (const side of [receiver, home])
      await vi.waitFor(
        async () =>
          expect((await side.client.get(`/group-imports/${id}/acts`)).body).toMatchObject({
            acts: 1,
            outstanding: 0,
            agrees: true,
            items: [{ action: 'tenants.change', homeAccountId: account.id, isOutstanding: false }],
          }),
        soon,
      );
    expect((await home.client.get(`/group-imports/${newId()}/acts`)).status).toBe(404);
  });

  test('P35: what fails in the receiver after home agreed is over at home by itself', async () => {
    const receiver = of();
    const { key, groupId, id: keyId } = await aKey(receiver);
    const soonThere = () =>
      platform.sql('au', `update due_jobs set due_at = now() where kind = 'group-imports.confirm'`);
    await platform.sql(
      receiver.region,
      `create function not_now() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`,
    );
    await platform.sql(
      receiver.region,
      `create constraint trigger not_now after insert on delegations deferrable initially deferred
       for each row when (new.kind = 'import' and new.side = 'customer') execute function not_now()`,
    );
    try {
      expect((await receiver.client.post('/group-imports', { key })).status).toBeGreaterThanOrEqual(500);
    } finally {
      await platform.sql(receiver.region, 'drop trigger not_now on delegations');
      await platform.sql(receiver.region, 'drop function not_now');
    }
    const atHome = () => home.client.get(`/group-imports?side=home&groupId=${groupId}`);
    expect((await atHome()).body.items).toMatchObject([{ state: 'active' }]);
    expect((await receiver.client.get('/group-imports?state=active&limit=200')).body.items).not.toContainEqual(
      expect.objectContaining({ homeGroupId: groupId }),
    );
    await soonThere();
    await vi.waitFor(
      async () => expect((await atHome()).body.items).toMatchObject([{ state: 'ended', endedBy: 'receiver' }]),
      soon,
    );
    expect((await home.client.get(`/import-keys?groupId=${groupId}`)).body.items).toMatchObject([
      { id: keyId, state: 'used' },
    ]);
    // One that stands is left as it is.
    const standing = await anImport(receiver, 'groups.view');
    await soonThere();
    await vi.waitFor(
      async () =>
        expect(
          await platform.sql('au', `select from due_jobs where kind = 'group-imports.confirm' and tenant_id = $1`, [
            home.id,
          ]),
        ).toEqual([]),
      soon,
    );
    expect((await standing.session.get(`${receiver.path}/groups`)).status).toBe(200);
  });

  const endings: [string, (made: Awaited<ReturnType<typeof anImport>>, receiver: TestTenant) => Promise<unknown>][] = [
    ['home ends it', ({ id }) => home.client.post(`/group-imports/${id}/end`)],
    ['the receiver ends it', ({ id }, receiver) => receiver.client.post(`/group-imports/${id}/end`)],
    [
      'the person leaves the group at home',
      ({ homeGroupId, account }) => home.client.delete(`/groups/${homeGroupId}/members/${account.id}`),
    ],
    ['the person is disabled at home', ({ account }) => home.client.post(`/accounts/${account.id}/disable`)],
    ['the group is disabled at home', ({ homeGroupId }) => home.client.post(`/groups/${homeGroupId}/disable`)],
    ['the group is disabled there', ({ groupId }, receiver) => receiver.client.post(`/groups/${groupId}/disable`)],
    ['the one switch is turned', (_made, receiver) => receiver.client.post('/partner-access/stop')],
  ];
  test.each(endings)('P18: over with the next request on every node: %s', async (_way, ending) => {
    const receiver = of();
    const made = await anImport(receiver, 'groups.view');
    const path = `${receiver.path}/groups`;
    for (const node of made.nodes) expect((await node.get(path)).status).toBe(200);
    expect((await ending(made, receiver)) as { status: number }).toMatchObject({
      status: expect.toSatisfy((n: number) => n < 300),
    });
    for (const node of made.nodes) expect((await node.get(path)).status).toBeGreaterThanOrEqual(400);
    await receiver.client.post('/partner-access/resume');
  });
});

describe('an import key', () => {
  const over = { status: 410, ...problem('import-key-over') };

  test('is shown once, asked about without using it, and works once', async () => {
    const { key, id, name, groupId } = await aKey(near);
    const listed = await home.client.get(`/import-keys?groupId=${groupId}`);
    expect(listed.body.items).toMatchObject([{ id, state: 'open', groupName: name, receivingTenantId: near.id }]);
    expect(listed.text).not.toContain(key);
    expect(await near.client.post('/group-imports/question', { key })).toMatchObject({
      status: 200,
      body: { name, homeTenantId: home.id, homeTenantName: `${home.name} display`, memberCount: 0 },
    });
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, at) => near.client.post('/group-imports', { key, name: `${name} ${at}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) expect([409, 410]).toContain(answer.status);
    expect(await near.client.post('/group-imports', { key, name: 'again' })).toMatchObject(over);
    expect((await home.client.get(`/import-keys?groupId=${groupId}&state=used`)).body.items).toMatchObject([{ id }]);
  });

  test('T: of another tenant, revoked, expired, altered, of none: the same refusal, by the key alone', async () => {
    const [wrong, revoked, expired, altered] = [await aKey(near), await aKey(near), await aKey(near), await aKey(near)];
    expect((await home.client.delete(`/import-keys/${revoked.id}`)).status).toBe(204);
    expect(await home.client.delete(`/import-keys/${revoked.id}`)).toMatchObject({
      status: 409,
      ...problem('import-key-over'),
    });
    await platform.sql('au', `update import_keys set expires_at = now() - interval '1 second' where id = $1`, [
      expired.id,
    ]);
    const other = altered.key.endsWith('A') ? 'B' : 'A';
    const tries: [TestTenant, string][] = [
      [far, wrong.key],
      [near, revoked.key],
      [near, expired.key],
      [near, altered.key.slice(0, -1) + other],
      [home, wrong.key],
      [near, 'nothing'],
    ];
    const said = new Set<string>();
    for (const [tenant, key] of tries)
      for (const path of ['/group-imports', '/group-imports/question']) {
        const answer = await tenant.client.post(path, { key });
        expect(answer, answer.text).toMatchObject(over);
        said.add(answer.body.detail);
      }
    expect(said.size).toBe(1);
    // What others tried used nothing up.
    expect((await near.client.post('/group-imports', { key: wrong.key })).status).toBe(201);
  });

  test('T: a region that uses a key without having asked uses none of another tenant', async () => {
    const { key } = await aKey(near);
    const secretHash = hashSecret(key).toString('base64url');
    const use = (fromTenantId: string, from: string) =>
      askRegion((platform.nodes[0] as RunningNode).platform, from, 'au', 'import-use', {
        fromTenantId,
        otherTenantId: home.id,
        secretHash,
        id: newId(),
      });
    await expect(use(far.id, 'eu')).rejects.toMatchObject({ code: 'import-key-over' });
    await expect(use(near.id, 'eu')).rejects.toMatchObject({ code: 'not-your-tenant' });
    await expect(use(near.id, 'au')).resolves.toBeDefined();
    await expect(use(near.id, 'au')).rejects.toMatchObject({ code: 'import-key-over' });
  });

  test('what its maker may not do any more, it does not do', async () => {
    const maker = await home.given.machine([{ permission: 'groups.change' }, { permission: 'groups.view' }]);
    const group = await home.given.group();
    const made = await maker.client.post('/import-keys', { groupId: group.id, receivingTenantId: near.id });
    expect(made, made.text).toMatchObject({ status: 201 });
    await home.client.post(`/groups/${maker.groupId}/disable`);
    expect(await near.client.post('/group-imports', { key: made.body.value })).toMatchObject(over);
  });

  test('nor for a group that by now grants what its maker lacks, or that its maker is in', async () => {
    const maker = await home.given.machine([{ permission: 'groups.change' }]);
    const later: ((group: { id: string; etag: string }) => Promise<unknown>)[] = [
      ({ id, etag }) => home.client.put(`/groups/${id}/grants`, { grants: [{ permission: 'accounts.delete' }] }, etag),
      ({ id }) => home.client.post(`/groups/${id}/members`, { serviceAccountIds: [maker.id] }),
    ];
    for (const grow of later) {
      const group = await home.given.group();
      const made = await maker.client.post('/import-keys', { groupId: group.id, receivingTenantId: near.id });
      const { value: key } = made.body;
      expect(await near.client.post('/group-imports/question', { key })).toMatchObject({ status: 200 });
      await grow(group);
      expect(await near.client.post('/group-imports/question', { key })).toMatchObject(over);
      expect(await near.client.post('/group-imports', { key })).toMatchObject(over);
    }
  });

  test('P23, P26: shares neither the Owner Group, nor a group of others, nor one that its maker may not change', async () => {
    const owners = (await home.client.get('/groups?q=Owners')).body.items[0].id;
    const { groupId } = await anImport(near);
    const asked = (client: TestTenant['client'], id: string) =>
      client.post('/import-keys', { groupId: id, receivingTenantId: far.id });
    expect(await asked(home.client, owners)).toMatchObject({ status: 400 });
    expect(await asked(near.client, groupId)).toMatchObject({ status: 400 });
    expect(await asked(home.client, newId())).toMatchObject({ status: 400 });
    expect(
      await home.client.post('/import-keys', { groupId: (await home.given.group()).id, receivingTenantId: home.id }),
    ).toMatchObject({ status: 400 });
    const maker = await home.given.machine([{ permission: 'groups.change' }]);
    expect(await asked(maker.client, maker.groupId)).toMatchObject({ status: 403, ...problem('own-group') });
    const strong = await home.given.group();
    await home.client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'accounts.delete' }] }, strong.etag);
    expect(await asked(maker.client, strong.id)).toMatchObject({ status: 403, ...problem('not-yours-to-grant') });
  });

  test('the same group is not imported twice, and a taken name uses no key up', async () => {
    const { homeGroupId } = await anImport(near);
    const again = await home.client.post('/import-keys', { groupId: homeGroupId, receivingTenantId: near.id });
    expect(await near.client.post('/group-imports', { key: again.body.value })).toMatchObject({
      status: 409,
      ...problem('already-imported'),
    });
    const { key, name } = await aKey(near);
    await near.given.group({ name });
    expect(await near.client.post('/group-imports', { key })).toMatchObject({ status: 409, ...problem('name-taken') });
    expect((await near.client.post('/group-imports', { key, name: `${name} of home` })).status).toBe(201);
  });
});

describe('an imported group', () => {
  test('P26: holds no owner rights and nothing that outsiders never get; members, name and life are not changed there', async () => {
    const { groupId, homeGroupId, account } = await anImport(near, 'groups.view');
    const { etag } = await near.client.get(`/groups/${groupId}`);
    for (const permission of ['groups.change', 'tenant.close', 'accounts.*', 'provisioning.issue'])
      expect(
        await near.client.put(`/groups/${groupId}/grants`, { grants: [{ permission }] }, etag),
        permission,
      ).toMatchObject({ status: 400 });
    const own = await near.given.account();
    for (const refused of [
      near.client.post(`/groups/${groupId}/members`, { accountIds: [own.id] }),
      near.client.delete(`/groups/${groupId}`, etag),
      near.client.patch(`/groups/${groupId}`, { name: 'Mine' }, etag),
    ])
      expect(await refused).toMatchObject({ status: 409, ...problem('managed-elsewhere') });
    // By its own rights at home it does nothing there.
    await home.client.put(`/groups/${homeGroupId}/grants`, { grants: [{ permission: 'accounts.view' }] }, '*');
    const session = platform.session(await signIn(platform, account.email, password, home.id));
    expect((await session.get(`${near.path}/accounts`)).status).toBe(403);
  });

  test('P31: both audits have the making and the end, and what its people do stands in both', async () => {
    const { id, session, homeGroupId } = await anImport(near, 'namespaces.view', 'namespaces.change');
    const done = await session.post(`${near.path}/namespaces`, { name: `ns-${newId().slice(-8)}` });
    // What shows a secret is for people of the tenant alone.
    expect(done, done.text).toMatchObject({ status: 403, ...problem('not-for-partners') });
    const namespace = await near.given.namespace();
    const changed = await session.patch(
      `${near.path}/namespaces/${namespace.id}`,
      { description: 'Theirs' },
      namespace.etag,
    );
    expect(changed, changed.text).toMatchObject({ status: 200 });
    expect((await home.client.post(`/group-imports/${id}/end`)).body).toMatchObject({
      state: 'ended',
      endedBy: 'home',
    });
    await vi.waitFor(
      async () =>
        expect((await near.client.get(`/group-imports/${id}`)).body).toMatchObject({ state: 'ended', endedBy: 'home' }),
      soon,
    );
    for (const [tenant, action] of [
      [home, 'group-imports.create'],
      [near, 'group-imports.create'],
      [home, 'group-imports.end'],
      [near, 'group-imports.follow'],
    ] as const)
      expect(
        (await entries(tenant, action)).some((entry: { target: { id: string } }) => entry.target.id === id),
        `${tenant.name} ${action}`,
      ).toBe(true);
    await vi.waitFor(async () => expect(await tenantsOf(session)).not.toContain(near.id), soon);
    expect(homeGroupId).toBeTruthy();
  });

  test('stands as the path in explanations and among the holders of a permission', async () => {
    const { id, groupId, account, session } = await anImport(near, 'groups.view');
    expect((await session.get(`${near.path}/groups`)).status).toBe(200);
    const holders = await near.client.get('/access/holders?permission=groups.view');
    const found = holders.body.byGroupsOfOthers.find(
      ({ paths }: { paths: { group: { id: string } }[] }) => paths[0]?.group.id === groupId,
    );
    expect(found, holders.text).toMatchObject({
      partnerTenantId: home.id,
      people: 1,
      names: [{ id: expect.any(String), homeAccountId: account.id, displayName: account.displayName }],
      paths: [{ delegation: { id } }],
    });
    const [{ id: guestId }] = await platform.sql(
      'au',
      'select id from guests where tenant_id = $1 and home_account_id = $2',
      [near.id, account.id],
    );
    const explained = await near.client.get(`/access/explain?principal=${guestId}&permission=groups.view`);
    expect(explained.body, explained.text).toMatchObject({
      allowed: true,
      paths: [{ group: { id: groupId }, delegation: { id, partnerTenantId: home.id } }],
    });
  });

  test('the group is deleted at home: over, and the receiver hears of it', async () => {
    const { id, session, homeGroupId } = await anImport(near, 'groups.view');
    expect((await home.client.delete(`/groups/${homeGroupId}`, '*')).status).toBe(204);
    expect((await session.get(`${near.path}/groups`)).status).toBe(404);
    await vi.waitFor(
      async () => expect((await near.client.get(`/group-imports/${id}`)).body).toMatchObject({ state: 'ended' }),
      soon,
    );
  });

  test('is duplicated without its members, who are chosen at home', async () => {
    const { groupId } = await anImport(near, 'groups.view');
    const copy = (withMembers: boolean) =>
      near.client.post(`/groups/${groupId}/duplicate`, { name: aName('copy'), withMembers });
    expect(await copy(true)).toMatchObject({ status: 400, body: { errors: [{ path: 'withMembers' }] } });
    const made = await copy(false);
    expect(made).toMatchObject({ status: 201, body: { source: 'local', memberCount: 0 } });
    // Beside it the console says that its people are known at home only.
    expect(await near.client.get(`/groups/${made.body.id}/comparison?with=${groupId}`)).toMatchObject({
      body: { first: { source: 'local' }, second: { source: 'imported' } },
    });
  });

  test('partner access lists no imports, and its acts do not reach them', async () => {
    const { id } = await anImport(near);
    expect((await near.client.get('/delegations')).body.items.map((row: { id: string }) => row.id)).not.toContain(id);
    expect((await near.client.get(`/delegations/${id}`)).status).toBe(404);
    expect((await near.client.post(`/delegations/${id}/end`)).status).toBe(404);
  });

  test('no chains: guests neither share nor import, nor end it', async () => {
    const { session } = await aPerson();
    const group = await near.given.group();
    const grants = ['groups.change', 'groups.view'].map((permission) => ({ permission }));
    await near.client.put(`/groups/${group.id}/grants`, { grants }, group.etag);
    const invited = await near.client.post('/guest-invitations', { groupIds: [group.id] });
    const accepted = await session.post('/v1/me/guest-invitations/accept', { token: invited.body.link.split('#')[1] });
    expect(accepted.status).toBe(200);
    const other = await near.given.group();
    const refused = { status: 403, ...problem('not-for-guests') };
    expect(
      await session.post(`${near.path}/import-keys`, { groupId: other.id, receivingTenantId: far.id }),
    ).toMatchObject(refused);
    const { key } = await aKey(near);
    expect(await session.post(`${near.path}/group-imports`, { key })).toMatchObject(refused);
    const { id } = await anImport(near);
    expect(await session.post(`${near.path}/group-imports/${id}/end`)).toMatchObject(refused);
    expect((await near.client.get(`/group-imports/${id}`)).body.state).toBe('active');
  });
});

test('a tenant that is closing ends what it imported', async () => {
  const receiver = await aTenant(platform, 'au');
  const { id } = await anImport(receiver, 'groups.view');
  expect((await receiver.client.post('/close', { confirmName: receiver.name })).status).toBe(200);
  const ended = await receiver.client.post(`/group-imports/${id}/end`);
  expect(ended, ended.text).toMatchObject({ status: 200, body: { state: 'ended' } });
});
