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
