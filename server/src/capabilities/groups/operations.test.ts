import { beforeAll, describe, expect, test } from 'vitest';
import { aName, aPlatform, aTenant, type TestPlatform, type TestTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

let platform: TestPlatform;
let tenant: TestTenant;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
  tenant = await aTenant(platform);
});

const problem = (code: string) => `urn:bailiwick:problem:${code}`;

const ownerGroup = async () => (await tenant.client.get('/groups?isOwnerGroup=true')).body.items[0];

describe('a group', () => {
  test('is made, read, listed, changed and deleted, each in the audit', async () => {
    const made = await tenant.client.post('/groups', { name: 'Auditors', description: 'Who reads the log' });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Auditors', description: 'Who reads the log', status: 'enabled', source: 'local', memberCount: 0 },
    });
    expect(made.headers.get('location')).toBe(`${tenant.path}/groups/${made.body.id}`);

    const changed = await tenant.client.patch(`/groups/${made.body.id}`, { description: 'changed' }, made.etag);
    expect(changed).toMatchObject({ status: 200, body: { description: 'changed', name: 'Auditors' } });
    expect(changed.etag).not.toBe(made.etag);
    expect((await tenant.client.get('/groups?q=audit')).body).toMatchObject({
      total: 1,
      items: [{ id: made.body.id }],
    });

    expect((await tenant.client.delete(`/groups/${made.body.id}`, changed.etag)).status).toBe(204);
    expect((await tenant.client.get(`/groups/${made.body.id}`)).status).toBe(404);
    expect((await tenant.client.post('/groups', { name: 'Auditors' })).status).toBe(201); // the name was free at once
    const { body } = await tenant.client.get(`/audit-entries?targetId=${made.body.id}`);
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual([
      'groups.delete',
      'groups.change',
      'groups.create',
    ]);
    expect(body.items[1]).toMatchObject({
      before: { description: 'Who reads the log' },
      after: { description: 'changed' },
    });
  });

  test('has a name of its own, also against look-alikes', async () => {
    await tenant.given.group({ name: 'Paypal staff' });
    for (const name of ['Paypal staff', 'PAYPAL  STAFF', 'Pаypal staff'])
      expect(await tenant.client.post('/groups', { name }), name).toMatchObject({
        status: 409,
        body: { type: problem('name-taken') },
      });
  });

  test('is changed by who read its present version', async () => {
    const { id, etag } = await tenant.given.group();
    expect((await tenant.client.patch(`/groups/${id}`, { description: 'x' })).status).toBe(428);
    expect((await tenant.client.patch(`/groups/${id}`, { description: 'x' }, etag)).status).toBe(200);
    expect(await tenant.client.patch(`/groups/${id}`, { description: 'y' }, etag)).toMatchObject({
      status: 412,
      etag: '"2"',
      body: { current: { id, description: 'x' } },
    });
    const { client: changer } = await tenant.given.machine([{ permission: 'groups.change' }]);
    const unseen = await changer.patch(`/groups/${id}`, { description: 'y' }, etag);
    expect(unseen.status).toBe(412);
    expect(unseen.body).not.toHaveProperty('current'); // without groups.view
    expect(unseen.etag).toBeNull();
    const { body: log } = await tenant.client.get(`/audit-entries?outcome=refused&limit=200`);
    expect(log.items.filter(({ action }: { action: string }) => action === 'groups.read')).toEqual([]); // nobody asked
    expect((await tenant.client.patch(`/groups/${id}`, { description: 'y' }, '*')).status).toBe(200);
    expect((await tenant.client.patch(`/groups/${id}`, { description: 'z' }, 'W/"3", "1"')).status).toBe(200);
    expect((await tenant.client.patch(`/groups/${newId()}`, { description: 'x' })).status).toBe(404); // before 428
  });

  test.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 7 }, 'name'],
    [{ name: 'line\nbreak' }, 'name'],
    [{ name: 'x', source: 'scim' }, 'source'],
    [{ name: 'x', ownerId: 'nobody' }, 'ownerId'],
    [{ name: 'x', ownerId: '0192f3a0-7b1c-7def-8abc-0123456789ab' }, 'ownerId'],
  ])('%j is refused and names the field', async (body, path) => {
    const reply = await tenant.client.post('/groups', body);
    expect(reply.status).toBe(400);
    expect(reply.body.errors.map((each: { path: string }) => each.path)).toContain(path);
  });

  test('that owns the tenant is found by that, whatever others are called', async () => {
    const { body } = await tenant.client.get('/groups?isOwnerGroup=true');
    expect(body.items).toEqual([expect.objectContaining({ isOwnerGroup: true })]);
    expect((await tenant.client.get('/groups')).body.items.length).toBeGreaterThan(1);
    expect((await tenant.client.get('/groups?isOwnerGroup=no')).status).toBe(400);
  });

  test('is listed a page at a time, in either direction, none twice and none left out', async () => {
    const other = await aTenant(platform);
    for (let at = 0; at < 7; at++) await other.given.group({ name: `Group ${at}` });
    const names: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await other.client.get(`/groups?limit=3&sort=-name${cursor && `&cursor=${cursor}`}`);
      expect(body.total).toBe(8);
      names.push(...body.items.map(({ name }: { name: string }) => name));
      if (!body.nextCursor) break;
      cursor = body.nextCursor;
    }
    expect(names).toEqual(['Owners', ...[6, 5, 4, 3, 2, 1, 0].map((at) => `Group ${at}`)]);
  });

  test('that is disabled grants nothing until it is enabled again', async () => {
    const machine = await tenant.given.machine([{ permission: 'namespaces.view' }]);
    expect((await machine.client.get('/namespaces')).status).toBe(200);
    expect((await tenant.client.post(`/groups/${machine.groupId}/disable`)).body.status).toBe('disabled');
    expect((await machine.client.get('/namespaces')).status).toBe(403);
    await tenant.client.post(`/groups/${machine.groupId}/enable`);
    expect((await machine.client.get('/namespaces')).status).toBe(200);
  });
});

describe('members', () => {
  test('need no version; one that is sent is honoured', async () => {
    const { id, etag } = await tenant.given.group();
    const [one, two] = [await tenant.given.account(), await tenant.given.account()];
    const stale = { 'if-match': etag as string };
    const members = `/groups/${id}/members`;
    expect((await tenant.client.post(members, { accountIds: [one.id] }, stale)).status).toBe(200);
    const late = await tenant.client.post(members, { accountIds: [two.id] }, stale);
    expect(late).toMatchObject({ status: 412, etag: '"2"', body: { current: { id, memberCount: 1 } } });
    const endsAt = new Date(Date.now() + 86_400_000).toISOString();
    const changed = await tenant.client.patch(`${members}/${one.id}`, { endsAt }, etag);
    expect(changed).toMatchObject({ status: 412, etag: '"2"', body: { current: { id } } });
    // What is not there is said first.
    expect((await tenant.client.delete(`${members}/${two.id}`, etag)).status).toBe(404);
    expect((await tenant.client.post(members, { accountIds: [newId()] }, stale)).status).toBe(400);
    expect((await tenant.client.delete(`${members}/${one.id}`, etag)).status).toBe(412);
    expect((await tenant.client.get(members)).body.items).toMatchObject([{ id: one.id }]);
    expect((await tenant.client.delete(`${members}/${one.id}`, late.etag)).status).toBe(204);
  });

  test('are added and removed by their difference, and the rights go with the next request', async () => {
    const machine = await tenant.given.machine();
    const group = await tenant.given.group();
    await tenant.client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'accounts.view' }] }, group.etag);
    expect((await machine.client.get('/accounts')).status).toBe(403);

    const added = await tenant.client.post(`/groups/${group.id}/members`, { serviceAccountIds: [machine.id] });
    expect(added.body).toEqual({ added: 1, memberCount: 1, memberCountIsAtLeast: false });
    expect((await tenant.client.post(`/groups/${group.id}/members`, { serviceAccountIds: [machine.id] })).body).toEqual(
      { added: 0, memberCount: 1, memberCountIsAtLeast: false },
    );
    expect((await machine.client.get('/accounts')).status).toBe(200);
    expect((await tenant.client.get(`/groups/${group.id}/members`)).body.items).toMatchObject([
      { id: machine.id, kind: 'service-account', email: null },
    ]);

    expect((await tenant.client.delete(`/groups/${group.id}/members/${machine.id}`)).status).toBe(204);
    expect((await machine.client.get('/accounts')).status).toBe(403);
    expect((await tenant.client.delete(`/groups/${group.id}/members/${machine.id}`)).status).toBe(404);
  });

  test('are counted to 10,000; a deletion tells how many there were', async () => {
    const group = await tenant.given.group();
    const insertMembers = (from: number, to: number) =>
      platform.sql(
        'au',
        `with p as (insert into principals (tenant_id, id, kind)
           select $1, gen_random_uuid(), 'account' from generate_series($3::int, $4::int) returning id)
         insert into memberships (tenant_id, group_id, principal_id) select $1, $2, id from p`,
        [tenant.id, group.id, from, to],
      );
    const read = async () => (await tenant.client.get(`/groups/${group.id}`)).body;
    await insertMembers(1, 10_000);
    expect(await read()).toMatchObject({ memberCount: 10_000, memberCountIsAtLeast: false });
    await insertMembers(1, 5);
    expect(await read()).toMatchObject({ memberCount: 10_000, memberCountIsAtLeast: true });
    const inList = (await tenant.client.get('/groups?limit=200')).body.items.find(
      ({ id }: { id: string }) => id === group.id,
    );
    expect(inList).toMatchObject({ memberCount: 10_000, memberCountIsAtLeast: true });

    expect((await tenant.client.delete(`/groups/${group.id}`, '*')).status).toBe(204);
    const { items } = (await tenant.client.get(`/audit-entries?targetId=${group.id}&action=groups.delete`)).body;
    expect(items[0].before).toMatchObject({ memberCount: 10_005 });
  });

  test('are principals of this tenant: any other id is a 400 that names its place', async () => {
    const other = await aTenant(platform);
    const stranger = await other.given.account();
    const group = await tenant.given.group();
    for (const id of [stranger.id, newId()]) {
      const reply = await tenant.client.post(`/groups/${group.id}/members`, { accountIds: [id] });
      expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: 'accountIds.0' }] } });
    }
  });
});

describe('grants', () => {
  test('in a deleted namespace stay while others change, and count again when it is restored', async () => {
    const { id, name } = await tenant.given.namespace();
    const machine = await tenant.given.machine([{ permission: 'namespaces.view', namespaceId: id }]);
    const at = `/groups/${machine.groupId}/grants`;
    const put = (grants: object[]) => tenant.client.put(at, { grants }, '*');
    expect((await machine.client.get(`/namespaces/${id}`)).status).toBe(200);
    expect((await tenant.client.delete(`/namespaces/${id}?confirmName=${name}`, '*')).status).toBe(204);

    const { grants } = (await tenant.client.get(at)).body;
    expect(await put([...grants, { permission: 'tenant.view' }])).toMatchObject({ status: 200 });
    const more = [...grants, { permission: 'gateways.view', namespaceId: id }];
    expect(await put(more)).toMatchObject({ status: 400, body: { errors: [{ path: 'grants.1.namespaceId' }] } });

    await tenant.client.post(`/namespaces/${id}/restore`);
    expect((await machine.client.get(`/namespaces/${id}`)).status).toBe(200);
  });

  test('add up over groups, as single permissions, whole topics and in one namespace', async () => {
    const [one, two] = [await tenant.given.namespace(), await tenant.given.namespace()];
    const machine = await tenant.given.machine([
      { permission: 'namespaces.view', namespaceId: one.id },
      { permission: 'audit.*' },
    ]);
    expect((await machine.client.get(`/namespaces/${one.id}`)).status).toBe(200);
    expect((await machine.client.get(`/namespaces/${two.id}`)).status).toBe(404); // not seen, so not there
    expect((await machine.client.get('/namespaces')).body.items.map(({ id }: { id: string }) => id)).toEqual([one.id]);
    expect((await machine.client.patch(`/namespaces/${one.id}`, { description: 'x' }, '*')).status).toBe(403); // seen, not changed
    expect((await machine.client.get('/audit-entries')).status).toBe(200);
    expect((await machine.client.get('/groups')).status).toBe(403);
  });

  test('are replaced as a whole under the version of their group, and previewed first', async () => {
    const { id, etag } = await tenant.given.group();
    const wanted = { grants: [{ permission: 'namespaces.view' }, { permission: 'groups.*' }] };
    const preview = await tenant.client.post(`/groups/${id}/grants/preview`, wanted);
    expect(preview.body).toMatchObject({
      added: [{ permission: 'namespaces.view' }, { permission: 'groups.*' }],
      removed: [],
      affected: { accounts: 0 },
    });
    expect(preview.body.warnings).toHaveLength(1);
    expect((await tenant.client.get(`/groups/${id}/grants`)).body.grants).toEqual([]); // nothing was done

    const put = await tenant.client.put(`/groups/${id}/grants`, wanted, etag);
    expect(put.status).toBe(200);
    // Who is too late sees what the other one saved.
    const late = await tenant.client.put(`/groups/${id}/grants`, { grants: [] }, etag);
    expect(late).toMatchObject({ status: 412, etag: put.etag, body: { current: put.body } });
    expect((await tenant.client.get(`/groups/${id}/grants`)).etag).toBe(put.etag);
    expect((await tenant.client.put(`/groups/${id}/grants`, { grants: [] }, put.etag)).body.grants).toEqual([]);
  });

  test.each([
    [[{ permission: 'nothing.view' }], 'grants.0.permission'],
    [[{ permission: 'namespaces.view' }, { permission: 'namespaces.view' }], 'grants.1'],
    [[{ permission: 'groups.view', namespaceId: '0192f3a0-7b1c-7def-8abc-0123456789ab' }], 'grants.0.namespaceId'],
    [[{ permission: 'namespaces.view', namespaceId: '0192f3a0-7b1c-7def-8abc-0123456789ab' }], 'grants.0.namespaceId'],
  ])('%j are refused', async (grants, path) => {
    const { id } = await tenant.given.group();
    const reply = await tenant.client.put(`/groups/${id}/grants`, { grants }, '*');
    expect(reply.status).toBe(400);
    expect(reply.body.errors[0].path).toBe(path);
  });
});

describe('who may pass on what (P23, Z1)', () => {
  test('nobody grants what they lack, by grant or by membership', async () => {
    const manager = await tenant.given.machine([{ permission: 'groups.*' }, { permission: 'namespaces.view' }]);
    const friend = await tenant.given.machine();
    const own = await manager.client.post('/groups', { name: aName('theirs') });
    expect(own.status).toBe(201);
    const grants = `/groups/${own.body.id}/grants`;
    expect((await manager.client.put(grants, { grants: [{ permission: 'namespaces.view' }] }, '*')).status).toBe(200);
    for (const permission of ['namespaces.change', 'namespaces.*', 'audit.view'])
      expect(await manager.client.put(grants, { grants: [{ permission }] }, '*'), permission).toMatchObject({
        status: 403,
        body: { type: problem('not-yours-to-grant') },
      });

    const strong = await tenant.given.group();
    await tenant.client.put(`/groups/${strong.id}/grants`, { grants: [{ permission: 'audit.view' }] }, strong.etag);
    for (const reply of [
      await manager.client.post(`/groups/${strong.id}/members`, { serviceAccountIds: [friend.id] }),
      await manager.client.post(`/groups/${strong.id}/disable`),
      await manager.client.delete(`/groups/${strong.id}`, '*'),
      await manager.client.patch(`/groups/${strong.id}`, { description: 'x' }, '*'),
    ])
      expect(reply).toMatchObject({ status: 403, body: { type: problem('not-yours-to-grant') } });
    expect((await friend.client.get('/audit-entries')).status).toBe(403);
  });

  test('nobody but an owner changes a group that they are in', async () => {
    const manager = await tenant.given.machine([{ permission: 'groups.*' }]);
    const friend = await tenant.given.machine();
    for (const reply of [
      await manager.client.post(`/groups/${manager.groupId}/members`, { serviceAccountIds: [friend.id] }),
      await manager.client.put(`/groups/${manager.groupId}/grants`, { grants: [] }, '*'),
      await manager.client.delete(`/groups/${manager.groupId}/members/${manager.id}`),
    ])
      expect(reply).toMatchObject({ status: 403, body: { type: problem('own-group') } });
  });

  test('a refusal of this kind is in the audit', async () => {
    const manager = await tenant.given.machine([{ permission: 'groups.*' }]);
    await manager.client.post(`/groups/${(await ownerGroup()).id}/members`, { serviceAccountIds: [manager.id] });
    const { body } = await tenant.client.get(`/audit-entries?actorId=${manager.id}&outcome=refused`);
    expect(body.items).toMatchObject([
      { action: 'groups.add-members', target: { kind: 'group', id: (await ownerGroup()).id } },
    ]);
  });
});

describe('the Owner Group', () => {
  test('is never renamed, disabled, deleted or given grants', async () => {
    const { id } = await ownerGroup();
    for (const reply of [
      await tenant.client.patch(`/groups/${id}`, { name: 'Others' }, '*'),
      await tenant.client.post(`/groups/${id}/disable`),
      await tenant.client.delete(`/groups/${id}`, '*'),
      await tenant.client.put(`/groups/${id}/grants`, { grants: [] }, '*'),
      // Nor does a look tell what would be if it were.
      await tenant.client.post(`/groups/${id}/preview`, { status: 'disabled' }),
      await tenant.client.post(`/groups/${id}/preview`, { status: 'deleted' }),
      await tenant.client.post(`/groups/${id}/preview`, { grants: [] }),
      await tenant.client.post(`/groups/${id}/grants/preview`, { grants: [] }),
    ])
      expect(reply).toMatchObject({ status: 409, body: { type: problem('owner-group-fixed') } });
    expect((await tenant.client.get(`/groups/${id}`)).body).toMatchObject({
      name: 'Owners',
      status: 'enabled',
      isOwnerGroup: true,
    });
  });

  test('keeps its last usable owner; a service account does not count', async () => {
    const { id } = await ownerGroup();
    const members = (await tenant.client.get(`/groups/${id}/members`)).body.items;
    const owner = members.find(({ kind }: { kind: string }) => kind === 'account');
    expect(members.some(({ kind }: { kind: string }) => kind === 'service-account')).toBe(true);
    expect(await tenant.client.delete(`/groups/${id}/members/${owner.id}`)).toMatchObject({
      status: 409,
      body: { type: problem('last-owner') },
    });
  });
});
