import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

const refused = (code: string) => ({ status: 403, body: { type: `urn:bailiwick:problem:${code}` } });
const grants = (...permissions: string[]) => ({ grants: permissions.map((permission) => ({ permission })) });

/** A group with these grants. */
async function aGroup(...permissions: string[]) {
  const group = await given.group();
  await client.put(`/groups/${group.id}/grants`, grants(...permissions), '*');
  return group;
}

test('a group that holds more than the caller is not changed by the caller, on any path', async () => {
  const admin = await given.machine([{ permission: 'groups.*' }, { permission: 'integrations.*' }]);
  const stronger = await aGroup('audit.view');
  const account = await given.account();
  const at = `/groups/${stronger.id}`;
  for (const status of ['enabled', 'disabled']) {
    if (status === 'disabled') await client.post(`${at}/disable`);
    const replies = [
      await admin.client.post(`${at}/members`, { accountIds: [account.id] }),
      await admin.client.put(`${at}/grants`, grants(), '*'),
      await admin.client.patch(at, { name: aName() }, '*'),
      await admin.client.post(`${at}/enable`),
      await admin.client.post(`${at}/disable`),
      await admin.client.delete(at, '*'),
      await admin.client.post('/service-accounts', { name: aName(), groupIds: [stronger.id] }),
    ];
    for (const reply of replies) expect(reply).toMatchObject(refused('not-yours-to-grant'));
  }
});

test('nobody grants what they lack, in a namespace neither, nor changes a group that they are in', async () => {
  const [mine, other] = [await given.namespace(), await given.namespace()];
  const admin = await given.machine([
    { permission: 'groups.*' },
    { permission: 'namespaces.change', namespaceId: mine.id },
  ]);
  const { id } = (await admin.client.post('/groups', { name: aName() })).body;
  const inNamespace = (namespaceId?: string) => ({
    grants: [{ permission: 'namespaces.change', ...(namespaceId ? { namespaceId } : {}) }],
  });
  for (const wanted of [grants('audit.view'), grants('integrations.*'), inNamespace(other.id), inNamespace()])
    expect(await admin.client.put(`/groups/${id}/grants`, wanted, '*')).toMatchObject(refused('not-yours-to-grant'));
  expect((await admin.client.put(`/groups/${id}/grants`, inNamespace(mine.id), '*')).status).toBe(200);

  // By a detour over a second group: once in it, the caller cannot change it.
  expect((await admin.client.post(`/groups/${id}/members`, { serviceAccountIds: [admin.id] })).status).toBe(200);
  for (const group of [id, admin.groupId]) {
    expect(await admin.client.put(`/groups/${group}/grants`, grants(), '*')).toMatchObject(refused('own-group'));
    expect(await admin.client.delete(`/groups/${group}/members/${admin.id}`)).toMatchObject(refused('own-group'));
  }
});

test('a principal in a disabled group that holds more counts as stronger: the group may be enabled again', async () => {
  const admin = await given.machine([{ permission: 'integrations.*' }, { permission: 'accounts.*' }]);
  const stronger = await aGroup('audit.view');
  const machine = (await client.post('/service-accounts', { name: aName(), groupIds: [stronger.id] })).body;
  const person = await given.account({ groupIds: [stronger.id] });
  await client.post(`/groups/${stronger.id}/disable`);
  expect(await admin.client.post(`/service-accounts/${machine.id}/keys`, { name: 'mine' })).toMatchObject(
    refused('stronger-principal'),
  );
  expect(await admin.client.post(`/accounts/${person.id}/invite`)).toMatchObject(refused('stronger-principal'));
});

test('who may make service accounts but not change groups puts none into a group', async () => {
  const admin = await given.machine([{ permission: 'integrations.*' }]);
  const { id } = await given.group();
  expect(await admin.client.post('/service-accounts', { name: aName(), groupIds: [id] })).toMatchObject({
    ...refused('forbidden'),
  });
  expect((await admin.client.post('/service-accounts', { name: aName(), groupIds: [] })).status).toBe(201);
});

test('a missing right is told before a missing If-Match, and what is wrong with the body before it too', async () => {
  const admin = await given.machine([{ permission: 'groups.*' }, { permission: 'integrations.*' }]);
  const stronger = await aGroup('audit.view');
  const at = `/groups/${stronger.id}`;
  expect(await admin.client.put(`${at}/grants`, grants())).toMatchObject(refused('not-yours-to-grant'));
  expect(await admin.client.patch(at, { name: aName() })).toMatchObject(refused('not-yours-to-grant'));
  expect(await admin.client.delete(at)).toMatchObject(refused('not-yours-to-grant'));
  const machine = (await client.post('/service-accounts', { name: aName(), groupIds: [stronger.id] })).body;
  expect(await admin.client.delete(`/service-accounts/${machine.id}`)).toMatchObject(refused('stronger-principal'));
  expect(await client.put(`${at}/grants`, grants('audit.view', 'audit.view'))).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'grants.1' }] },
  });
  expect((await client.put(`${at}/grants`, grants())).status).toBe(428);
});

test('names that are long when they are compared are paged through like others', async () => {
  // U+FDFA is one character and eighteen in its compatibility form.
  for (const letter of ['\u{fdfa}', '\u{6f22}', '\u{10348}'])
    expect((await client.post('/groups', { name: letter.repeat(letter.length === 1 ? 100 : 50) })).status).toBe(201);
  const seen: string[] = [];
  let cursor = '';
  for (let page = 0; page < 100; page++) {
    const reply = await client.get(`/groups?limit=1&sort=name${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(reply.status).toBe(200);
    seen.push(reply.body.items[0].id);
    cursor = reply.body.nextCursor ?? '';
    if (!cursor) break;
  }
  const { body } = await client.get('/groups?limit=200&sort=name');
  expect(seen).toEqual(body.items.map(({ id }: { id: string }) => id));
});

test('who is in a group that other tenants let in acts there: it takes delegations.change to put them there, or to touch them', async () => {
  const group = await given.group();
  const { id: importId } = await given.groupImport(group.id);
  const [member, newcomer] = [await given.account(), await given.account()];
  await client.post(`/groups/${group.id}/members`, { accountIds: [member.id] });
  const topics = ['groups', 'accounts', 'integrations', 'identity-providers', 'provisioning'];
  const wide = topics.map((topic) => ({ permission: `${topic}.*` }));
  const admin = await given.machine(wide);
  const lender = await given.machine([...wide, { permission: 'delegations.change' }]);
  const name = aName();
  const provisioned = (await client.post('/groups', { name: aName() })).body.id as string;
  await platform.sql('au', "update groups set source = 'scim' where id = $1", [provisioned]);
  const { id: second } = await given.groupImport(provisioned);
  // What a key lets in takes what making the key takes.
  const helpdesk = await given.machine([{ permission: 'accounts.*' }]);
  expect(await helpdesk.client.delete(`/accounts/${member.id}/factors`)).toMatchObject({
    ...refused('lent-group'),
    body: { permission: 'groups.change' },
  });
  expect((await admin.client.delete(`/accounts/${member.id}/factors`)).status).toBe(204);
  const both = [[importId, second]];
  await platform.sql('au', "update delegations set kind = 'delegation' where id = any($1)", both);

  const acts: ((by: typeof client) => Promise<{ status: number; body: unknown }>)[] = [
    (by) => by.post(`/groups/${group.id}/members`, { accountIds: [newcomer.id] }),
    (by) => by.post(`/groups/${group.id}/members`, { serviceAccountIds: [admin.id] }),
    (by) => by.put(`/groups/${group.id}/grants`, grants(), '*'),
    (by) => by.post('/service-accounts', { name: aName(), groupIds: [group.id] }),
    (by) => by.post('/identity-providers', { name, type: 'oidc', admission: { defaultGroupIds: [group.id] } }),
    (by) => by.delete(`/accounts/${member.id}/factors`),
    (by) => by.post(`/accounts/${member.id}/email-change`, { email: `${aName('x')}@them.example` }),
    (by) => by.post('/provisioning-tokens', { name: aName() }),
  ];
  for (const act of acts) expect(await act(admin.client), String(act)).toMatchObject(refused('lent-group'));
  for (const act of acts) expect((await act(lender.client)).body, String(act)).not.toMatchObject({ status: 403 });
  await client.delete(`/groups/${group.id}/members/${admin.id}`);

  // What is asked for may be let in at any time; what is over no longer counts.
  const set = (text: string) => platform.sql('au', `update delegations set ${text} where id = any($1)`, both);
  const held = [acts[0], acts.at(-1)] as typeof acts;
  for (const [now, isHeld] of [
    ["state = 'requested', request_ends_at = now() + interval '1 day'", true],
    ["request_ends_at = now() - interval '1 second'", false],
    ["state = 'active', ends_at = now() + interval '1 day'", true],
    ["ends_at = now() - interval '1 second'", false],
    ["state = 'ended', ends_at = null", false],
  ] as const) {
    await set(now);
    for (const act of held) {
      const reply = await act(admin.client);
      if (isHeld) expect(reply, now).toMatchObject(refused('lent-group'));
      else expect(reply.status, now).toBeLessThan(300);
    }
  }
});

test('an open key of a group counts as letting it in: its members are touched as when it is used, until it is over', async () => {
  const group = await given.group();
  const member = await given.account();
  await client.post(`/groups/${group.id}/members`, { accountIds: [member.id] });
  const helpdesk = await given.machine([{ permission: 'accounts.*' }]);
  const touch = () => helpdesk.client.delete(`/accounts/${member.id}/factors`);
  expect((await touch()).status).toBe(204);
  const key = async () => {
    const made = await client.post('/import-keys', { groupId: group.id, receivingTenantId: newId() });
    expect(made, made.text).toMatchObject({ status: 201 });
    return made.body.id as string;
  };
  const revoked = await key();
  const asked = await touch();
  expect(asked).toMatchObject(refused('lent-group'));
  expect(asked.body).toMatchObject({ permission: 'groups.change' });
  expect((await client.delete(`/import-keys/${revoked}`)).status).toBe(204);
  expect((await touch()).status).toBe(204);
  const old = await key();
  expect(await touch()).toMatchObject(refused('lent-group'));
  await platform.sql('au', 'update import_keys set expires_at = now() where id = $1', [old]);
  expect((await touch()).status).toBe(204);
});

test('who has a sign-in put people into groups may put them there', async () => {
  const { id } = await given.group();
  const admin = await given.machine([{ permission: 'identity-providers.*' }]);
  const mapped = { name: aName(), type: 'oidc', admission: { defaultGroupIds: [id] } };
  expect(await admin.client.post('/identity-providers', mapped)).toMatchObject(refused('forbidden'));
  expect((await admin.client.post('/identity-providers', { ...mapped, admission: {} })).status).toBe(201);
});
