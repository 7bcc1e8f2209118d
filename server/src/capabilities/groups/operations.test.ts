import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';

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

test('the Owner Group keeps its name, its state and itself, and takes no grants', async () => {
  const { body } = await client.get('/groups?q=Owners');
  const at = `/groups/${body.items[0].id}`;
  const fixed = { status: 409, body: { type: 'urn:bailiwick:problem:owner-group-fixed' } };
  expect(await client.patch(at, { name: 'Others' }, '*')).toMatchObject(fixed);
  expect(await client.post(`${at}/disable`)).toMatchObject(fixed);
  expect(await client.delete(at, '*')).toMatchObject(fixed);
  expect(await client.put(`${at}/grants`, grants('audit.view'), '*')).toMatchObject(fixed);
  expect((await client.patch(at, { description: 'Those who decide.' }, '*')).status).toBe(200);
});

test('every change of a group has one entry, with what differs', async () => {
  const group = await given.group();
  const { id: accountId } = await given.account();
  const at = `/groups/${group.id}`;
  await client.patch(at, { description: 'new' }, '*');
  await client.put(`${at}/grants`, grants('audit.view'), '*');
  await client.post(`${at}/members`, { accountIds: [accountId] });
  await client.post(`${at}/members`, { accountIds: [accountId] });
  await client.delete(`${at}/members/${accountId}`);
  await client.post(`${at}/disable`);
  await client.post(`${at}/enable`);
  await client.delete(at, '*');
  const { body } = await client.get(`/audit-entries?targetId=${group.id}&sort=at`);
  expect(
    body.items.map(({ action, before, after, details }: Record<string, unknown>) => [action, before, after, details]),
  ).toMatchObject([
    ['groups.create', undefined, { name: group.name }, undefined],
    ['groups.change', { description: '' }, { description: 'new' }, undefined],
    ['groups.change-grants', undefined, undefined, { added: [{ permission: 'audit.view' }], removed: [] }],
    ['groups.add-members', undefined, undefined, { added: [accountId] }],
    ['groups.remove-member', undefined, undefined, { removed: [accountId] }],
    ['groups.disable', { status: 'enabled' }, { status: 'disabled' }, undefined],
    ['groups.enable', { status: 'disabled' }, { status: 'enabled' }, undefined],
    ['groups.delete', { name: group.name }, undefined, { members: 0 }],
  ]);
});
