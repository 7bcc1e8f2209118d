import { expect, test } from 'vitest';
import { aPlatform, aTenant, clientOf, signIn } from '../../../test/harness.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const password = 'a long enough password for tests';

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

async function until<T>(what: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await what();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function aGroup(ownerId?: string) {
  const group = await given.group(ownerId ? { ownerId } : {});
  await client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'namespaces.view' }] }, '*');
  return group;
}

test('a membership gives nothing from its end on, with the next request, and is taken away and written down', async () => {
  const answerable = await given.account();
  const group = await aGroup(answerable.id);
  const person = await given.person(password);
  const machine = await given.machine();
  const endsAt = inDays(30);
  const added = await client.post(`/groups/${group.id}/members`, {
    accountIds: [person.id],
    serviceAccountIds: [machine.id],
    endsAt,
  });
  expect(added).toMatchObject({ status: 200, body: { added: 2 } });
  const session = platform.session(await signIn(platform, person.email, password));
  const sees = async () => (await session.get(`${tenant.path}/namespaces`)).status;
  expect(await sees()).toBe(200);
  expect((await machine.client.get('/namespaces')).status).toBe(200);
  const why = await client.get(`/access/explain?principal=${person.id}&permission=namespaces.view`);
  expect(why.body.paths).toMatchObject([{ group: { id: group.id }, memberUntil: endsAt }]);
  const members = (await client.get(`/groups/${group.id}/members?sort=-endsAt`)).body.items;
  expect(members.map((each: Any) => each.endsAt)).toEqual([endsAt, endsAt]);

  // A week before, those concerned and who answers for the group are told.
  await platform.shiftClock('au', '24 days');
  const told = await until(async () => {
    const rows = await platform.sql('au', "select account_id, text from notices where kind = 'membership-ends'");
    return rows.length === 2 && rows;
  });
  expect(told.map((each) => each.account_id).sort()).toEqual([answerable.id, person.id].sort());
  expect(told.map((each) => each.text).join()).toContain(`${endsAt.slice(0, 10)} ${endsAt.slice(11, 16)} UTC`);
  await platform.shiftClock('au', '0');

  // The row is there still, and gives nothing.
  await platform.sql('au', 'update memberships set ends_at = now() where group_id = $1 and principal_id = $2', [
    group.id,
    machine.id,
  ]);
  expect((await client.get(`/groups/${group.id}/members`)).body.total).toBe(2);
  expect((await machine.client.get('/namespaces')).status).toBe(403);
  const over = await client.get(`/access/explain?principal=${machine.id}&permission=namespaces.view`);
  expect(over.body).toMatchObject({ allowed: false });
  expect(
    (await client.get('/access/holders?permission=namespaces.view')).body.items.map((each: Any) => each.id),
  ).not.toContain(machine.id);
  const questions = [{ principal: machine.id, permission: 'namespaces.view' }];
  expect((await client.post('/access/evaluate', { questions })).body.items[0].allowed).toBe(false);

  await platform.shiftClock('au', '31 days');
  await until(async () => {
    const [row] = await platform.sql('au', 'select count(*)::int as n from memberships where group_id = $1', [
      group.id,
    ]);
    return row.n === 0;
  });
  const entries = await platform.sql(
    'au',
    "select actor_kind, changes from audit_entries where action = 'groups.end-memberships' and target_id = $1",
    [group.id],
  );
  expect(entries).toHaveLength(1);
  expect(entries[0].actor_kind).toBe('system');
  expect(JSON.stringify(entries[0].changes)).toContain(person.id);
  await platform.shiftClock('au', '0');
});

test('an end is set, moved and taken away, and who was a member stays as before', async () => {
  const group = await aGroup();
  const person = await given.account();
  const path = `/groups/${group.id}/members/${person.id}`;
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  const endsAt = inDays(3);
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id], endsAt });
  const member = async () => (await client.get(`/groups/${group.id}/members`)).body.items[0];
  expect((await member()).endsAt).toBeNull();
  expect(await client.patch(path, { endsAt }, null as never)).toMatchObject({
    status: 200,
    body: { id: person.id, endsAt },
  });
  expect(await client.patch(path, { endsAt: null })).toMatchObject({ status: 200, body: { endsAt: null } });
  expect((await member()).endsAt).toBeNull();
  const { items } = (await client.get(`/audit-entries?targetId=${group.id}&limit=1`)).body;
  expect(items[0]).toMatchObject({ action: 'groups.change-member' });

  expect(await client.patch(path, { endsAt: inDays(-1) })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'endsAt' }] },
  });
  const other = await given.account();
  expect((await client.patch(`/groups/${group.id}/members/${other.id}`, { endsAt })).status).toBe(404);
  // A copy takes the ends with it.
  await client.patch(path, { endsAt });
  const copy = await client.post(`/groups/${group.id}/duplicate`, { name: `copy ${group.id}`, withMembers: true });
  expect((await client.get(`/groups/${copy.body.id}/members`)).body.items).toMatchObject([{ id: person.id, endsAt }]);
});

test('owners stay owners, and a group of provisioning is decided where it comes from', async () => {
  const owners = (await client.get('/groups?q=Owners')).body.items[0].id;
  const person = await given.account();
  const endsAt = inDays(3);
  expect(await client.post(`/groups/${owners}/members`, { accountIds: [person.id], endsAt })).toMatchObject({
    status: 409,
    body: { type: 'urn:bailiwick:problem:membership-without-end' },
  });
  const token = await given.token();
  const scim = clientOf(platform.url, token.value, { 'content-type': 'application/scim+json' });
  const user = await scim.post(`/scim/v2/${tenant.id}/Users`, { userName: 'provisioned-user' });
  const provisioned = await scim.post(`/scim/v2/${tenant.id}/Groups`, {
    displayName: 'provisioned',
    members: [{ value: user.body.id }],
  });
  const path = `/groups/${provisioned.body.id}/members/${user.body.id}`;
  expect(await client.patch(path, { endsAt })).toMatchObject({ status: 409 });
});

test('nobody prolongs what they could not grant', async () => {
  const group = await aGroup();
  const weak = await given.machine([{ permission: 'groups.change' }]);
  const person = await given.account();
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id], serviceAccountIds: [weak.id] });
  const refused = await weak.client.patch(`/groups/${group.id}/members/${person.id}`, { endsAt: inDays(9) });
  expect(refused).toMatchObject({ status: 403, body: { type: 'urn:bailiwick:problem:own-group' } });
});

test('a membership that is over is none, also while its row waits to be taken away', async () => {
  const group = await aGroup();
  const [person, machine] = [await given.account(), await given.machine()];
  const members = { accountIds: [person.id], serviceAccountIds: [machine.id] };
  await client.post(`/groups/${group.id}/members`, { ...members, endsAt: inDays(30) });
  await platform.sql('au', 'update memberships set ends_at = now() where group_id = $1', [group.id]);
  const path = `/groups/${group.id}/members/${machine.id}`;
  const holds = async () =>
    (await client.get(`/access/explain?principal=${machine.id}&permission=namespaces.view`)).body;

  // Its end is not moved, since that would give it again without a look and without its difference in the audit.
  expect((await client.patch(path, { endsAt: inDays(9) })).status).toBe(404);
  expect((await client.patch(path, { endsAt: null })).status).toBe(404);
  expect(await holds()).toMatchObject({ allowed: false });
  expect((await client.get(`/accounts/${person.id}/access`)).body.permissions).toEqual([]);

  // What is said to help helps: who joins again is looked at, added and holds it.
  expect((await holds()).remedies).toContainEqual(
    expect.objectContaining({
      changes: [expect.objectContaining({ kind: 'join-group', group: expect.objectContaining({ id: group.id }) })],
    }),
  );
  const look = await client.post(`/groups/${group.id}/preview`, { addServiceAccountIds: [machine.id] });
  expect(look.body.gains).toMatchObject({ serviceAccounts: 1 });
  const endsAt = inDays(9);
  expect((await client.post(`/groups/${group.id}/members`, { ...members, endsAt })).body).toMatchObject({ added: 2 });
  expect(await holds()).toMatchObject({ allowed: true, paths: [{ memberUntil: endsAt }] });
  const { items } = (await client.get(`/audit-entries?targetId=${group.id}&limit=1`)).body;
  expect(items[0].details).toMatchObject({ effect: { gains: { serviceAccounts: 1 } } });
});
