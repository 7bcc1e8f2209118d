import { expect, test } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const { client, given } = tenant;

const refused = (code: string, status = 403) => ({ status, body: { type: `urn:bailiwick:problem:${code}` } });

/** A group with these grants. */
async function aGroup(grants: { permission: string; namespaceId?: string }[], body: object = {}) {
  const group = await given.group(body);
  await client.put(`/groups/${group.id}/grants`, { grants }, '*');
  return group;
}

test('templates are starting points: a group begins with their grants and keeps them as its own', async () => {
  const { body } = await platform.anyone.get('/v1/group-templates');
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual([
    'auditor',
    'helpdesk',
    'developer',
    'security',
  ]);
  for (const { name, description, grants } of body.items) {
    const made = await client.post('/groups', { name: aName(name), template: name });
    expect(made).toMatchObject({ status: 201, body: { description } });
    const held = await client.get(`/groups/${made.body.id}/grants`);
    expect(held.body.grants.map(({ permission }: { permission: string }) => permission).sort()).toEqual(
      [...grants].sort(),
    );
    expect((await client.put(`/groups/${made.body.id}/grants`, { grants: [] }, held.etag)).status).toBe(200);
  }
  expect(await client.post('/groups', { name: aName(), template: 'emperor' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'template' }] },
  });
});

test('nobody begins with a template that grants what they lack', async () => {
  const admin = await given.machine([{ permission: 'groups.*' }, { permission: 'accounts.*' }]);
  const name = aName();
  expect(await admin.client.post('/groups', { name, template: 'helpdesk' })).toMatchObject(
    refused('not-yours-to-grant'),
  );
  expect((await client.get(`/groups?q=${name}`)).body.total).toBe(0);
});

test('a duplicate has the grants, and the members only when they are asked for', async () => {
  const namespace = await given.namespace();
  const owner = await given.account();
  const grants = [
    { permission: 'audit.view', namespaceId: null },
    { permission: 'namespaces.change', namespaceId: namespace.id },
  ];
  const original = await aGroup(
    grants.map(({ permission, namespaceId }) => ({ permission, ...(namespaceId ? { namespaceId } : {}) })),
    { description: 'of the original', ownerId: owner.id },
  );
  const machine = await given.machine();
  await client.post(`/groups/${original.id}/members`, { accountIds: [owner.id], serviceAccountIds: [machine.id] });

  const bare = await client.post(`/groups/${original.id}/duplicate`, { name: aName('bare') });
  expect(bare).toMatchObject({
    status: 201,
    body: { description: 'of the original', ownerId: owner.id, source: 'local', memberCount: 0 },
  });
  expect((await machine.client.get('/audit-entries')).status).toBe(200); // by the original
  await client.post(`/groups/${original.id}/disable`);
  expect((await machine.client.get('/audit-entries')).status).toBe(403);

  const whole = await client.post(`/groups/${original.id}/duplicate`, { name: aName('whole'), withMembers: true });
  expect(whole).toMatchObject({ status: 201, body: { status: 'disabled', memberCount: 2 } });
  expect((await client.get(`/groups/${whole.body.id}`)).body.memberCount).toBe(2);
  expect((await client.get(`/groups/${whole.body.id}/grants`)).body.grants).toEqual(grants);
  expect((await machine.client.get('/audit-entries')).status).toBe(403);
  const entry = (await client.get(`/audit-entries?targetId=${whole.body.id}`)).body.items[0];
  expect((await client.post(`/groups/${whole.body.id}/enable`)).status).toBe(200);
  expect((await machine.client.get('/audit-entries')).status).toBe(200);
  const again = await client.post(`/groups/${whole.body.id}/duplicate`, { name: aName('again'), withMembers: true });
  expect(again.body).toMatchObject({ status: 'enabled', memberCount: 2 });
  expect(entry).toMatchObject({ action: 'groups.duplicate', details: { copyOf: original.id, added: grants } });

  expect(await client.post(`/groups/${original.id}/duplicate`, { name: original.name })).toMatchObject(
    refused('name-taken', 409),
  );
});

test('nobody duplicates a group that holds what they lack, nor the Owner Group', async () => {
  const admin = await given.machine([{ permission: 'groups.*' }]);
  const stronger = await aGroup([{ permission: 'audit.view' }]);
  const owners = (await client.get('/groups?q=Owners')).body.items[0];
  for (const [id, code] of [
    [stronger.id, 'not-yours-to-grant'],
    [owners.id, 'owners-only'],
  ])
    expect(await admin.client.post(`/groups/${id}/duplicate`, { name: aName(), withMembers: true })).toMatchObject(
      refused(code),
    );
  expect(await client.post(`/groups/${owners.id}/duplicate`, { name: aName() })).toMatchObject(
    refused('owner-group-fixed', 409),
  );
});

test('two groups are compared by what they really give and by who is in them', async () => {
  const [here, there] = [await given.namespace(), await given.namespace()];
  const [first, second] = [
    await aGroup([
      { permission: 'accounts.*' },
      { permission: 'namespaces.view' },
      { permission: 'gateways.view', namespaceId: here.id },
    ]),
    await aGroup([
      { permission: 'accounts.view' },
      { permission: 'audit.view' },
      { permission: 'namespaces.view', namespaceId: here.id },
      { permission: 'gateways.*', namespaceId: here.id },
      { permission: 'gateways.view', namespaceId: there.id },
    ]),
  ];
  const people = await Promise.all([1, 2, 3, 4].map(() => given.account()));
  const ids = people.map(({ id }) => id);
  await client.post(`/groups/${first.id}/members`, { accountIds: ids.slice(0, 3) });
  await client.post(`/groups/${second.id}/members`, { accountIds: ids.slice(2) });

  const { body } = await client.get(`/groups/${first.id}/comparison?with=${second.id}`);
  const at = (permission: string, namespaceId: string | null = null) => ({ permission, namespaceId });
  expect(body).toEqual({
    first: { id: first.id, name: first.name, status: 'enabled', source: 'local' },
    second: { id: second.id, name: second.name, status: 'enabled', source: 'local' },
    permissions: {
      onlyFirst: [at('accounts.change'), at('accounts.delete'), at('namespaces.view')],
      both: [at('accounts.view'), at('namespaces.view', here.id), at('gateways.view', here.id)],
      onlySecond: [at('gateways.view', there.id), at('gateways.change', here.id), at('audit.view')],
    },
    members: { onlyFirst: 2, both: 1, onlySecond: 1 },
  });
  const members = async (part: string) =>
    (await client.get(`/groups/${first.id}/comparison/members?with=${second.id}&in=${part}`)).body;
  const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id).sort();
  expect(idsOf(await members('only-first'))).toEqual(ids.slice(0, 2).sort());
  expect(idsOf(await members('both'))).toEqual([ids[2]]);
  expect(await members('only-second')).toMatchObject({ total: 1, items: [{ id: ids[3] }] });

  const owners = (await client.get('/groups?q=Owners')).body.items[0];
  const beside = (await client.get(`/groups/${first.id}/comparison?with=${owners.id}`)).body.permissions;
  expect(beside.onlyFirst).toEqual([]);
  expect(beside.both.map(({ permission }: { permission: string }) => permission)).toContain('accounts.delete');
  for (const path of [`comparison?with=${newId()}`, `comparison/members?with=${newId()}&in=both`])
    expect(await client.get(`/groups/${first.id}/${path}`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.with' }] },
    });
});
