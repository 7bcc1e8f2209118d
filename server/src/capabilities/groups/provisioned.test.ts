import { CompiledQuery } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';
import { provisioningOf, refusal, type Way } from '../../../test/provisioning.ts';
import { newId } from '../../kernel/ids.ts';
import { deleteProvisioned, lockProvisioned } from '../accounts/service.ts';
import {
  changeProvisionedGroup,
  createProvisionedGroup,
  deleteProvisionedGroup,
  foreseenOfChange,
  foundProvisionedGroup,
  type GroupChange,
  hasMember,
  lockProvisionedGroup,
  membersOfProvisioned,
  obstacleTo,
  readProvisionedGroup,
  restoreProvisionedGroup,
} from './provisioned.ts';
import { DeletedGroup } from './schema.ts';
import { leaveAllGroups } from './service.ts';

const platform = await aPlatform({ regions: ['au'], nodes: 2, env: { BAILIWICK_POOL_SIZE: '16' } });
const tenant = await aTenant(platform);
const token = await tenant.given.token();

const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);

const { provisioning, messagesOf } = provisioningOf(platform, {
  tenantId: tenant.id,
  tokenId: token.id,
  action: 'scim.change-group',
});

const users = (count: number, { tenantId = tenant.id, source = 'scim' } = {}) =>
  manyPeople(platform, tenantId, count, { source });

const create = (memberIds: string[] = [], displayName = aName('group'), externalId: string | null = null) =>
  provisioning((ctx) => createProvisionedGroup(ctx, { displayName, externalId, memberIds }), {
    action: 'scim.create-group',
  });
const change = (id: string, changes: GroupChange[], way: Way = {}) =>
  provisioning((ctx) => changeProvisionedGroup(ctx, id, changes), way);
const read = (id: string) => provisioning((ctx) => readProvisionedGroup(ctx, id));
const remove = (id: string) =>
  provisioning(async (ctx) => deleteProvisionedGroup(ctx, await lockProvisionedGroup(ctx, id)), {
    action: 'scim.delete-group',
  });
const members = async (id: string): Promise<string[]> =>
  (await sql('select principal_id from memberships where group_id = $1 order by 1', [id])).map(
    (row) => row.principal_id,
  );
const entries = (id: string) =>
  sql('select action, target_name, changes, actor_id from audit_entries where target_id = $1 order by at, id', [id]);
const setProvisioning = (state: string) =>
  sql('update tenants set provisioning = $2 where tenant_id = $1', [tenant.id, state]);

const sorted = (ids: Iterable<string>) => [...ids].sort();

describe('a group of provisioning', () => {
  test('is made with its members, without a list it is made in two messages', async () => {
    const [one, two] = (await users(2)) as [string, string];
    const name = aName('Sales');
    const group = await create([one, two, one], name, 'ext-1');

    expect(group).toMatchObject({ name, externalId: 'ext-1', source: 'scim', version: 1, isOwnerGroup: false });
    expect(await read(group.id)).toEqual(group);
    expect(await members(group.id)).toEqual(sorted([one, two]));
    expect(await entries(group.id)).toMatchObject([
      {
        action: 'scim.create-group',
        target_name: name,
        actor_id: token.id,
        changes: { after: { name, externalId: 'ext-1', source: 'scim' }, details: { added: expect.any(Array) } },
      },
    ]);
    expect(await messagesOf((ctx) => createProvisionedGroup(ctx, { displayName: aName('empty') }))).toBe(2);
  });

  test('has a name of 256 characters, unique among all groups of the tenant by how it looks', async () => {
    for (const name of ['g', '組'].map((letter) => (letter + aName()).padEnd(250, letter).slice(0, 250))) {
      const { id } = await create([], name);
      expect((await read(id)).name).toBe(name);
      expect((await tenant.client.get(`/groups/${id}`)).body.name).toBe(name);
    }
    expect((await create([], '\u{10348}'.repeat(256))).name).toHaveLength(512);
    const local = await tenant.given.group();
    for (const taken of [local.name, local.name.toUpperCase(), `  ${local.name} `])
      expect(await refusal(create([], taken))).toMatchObject({ status: 409, code: 'name-taken' });
    const { id } = await create();
    expect(await refusal(change(id, [{ set: { displayName: local.name } }]))).toMatchObject({ code: 'name-taken' });
  });

  test.each([
    ['displayName', { displayName: '' }],
    ['displayName', { displayName: ' \u3000' }],
    ['displayName', { displayName: 'x'.repeat(257) }],
    ['displayName', { displayName: '\u{10348}'.repeat(257) }],
    ['displayName', { displayName: 'a\u202eb' }],
    [
      'displayName',
      { displayName: Array.from({ length: 256 }, (_, at) => String.fromCharCode(0x3300 + (at % 87))).join('') },
    ],
    ['externalId', { externalId: 'é'.repeat(1001) }],
    ['externalId', { externalId: 'a\u0000' }],
  ])('is refused a %s that cannot be kept', async (path, fields) => {
    const given = { displayName: aName(), ...fields };
    const made = provisioning((ctx) => createProvisionedGroup(ctx, given));
    expect(await refusal(made)).toMatchObject({ status: 400, errors: [{ path }] });
    const { id } = await create();
    expect(await refusal(change(id, [{ set: given }]))).toMatchObject({ status: 400, errors: [{ path }] });
    expect((await read(id)).version).toBe(1);
  });

  test('keeps an externalId of the longest kind beside others of the same beginning', async () => {
    const noise = Array.from({ length: 2000 }, (_, at) => String.fromCharCode(33 + ((at * 7919 + at * at) % 90))).join(
      '',
    );
    const { id } = await create([], aName(), noise);
    expect((await read(id)).externalId).toBe(noise);
  });

  test('is renamed, gets and loses an externalId; what is the same changes nothing', async () => {
    const { id, name } = await create([], aName(), 'one');
    const renamed = aName('renamed');
    const { group } = await change(id, [{ set: { displayName: renamed } }, { set: { externalId: 'two' } }]);
    expect(group).toMatchObject({ name: renamed, externalId: 'two', version: 2 });
    expect(await read(id)).toEqual(group);

    await change(id, [{ set: { displayName: renamed, externalId: 'two' } }, { set: {} }]);
    expect(await read(id)).toEqual(group);
    await change(id, [{ set: { externalId: null } }]);
    expect(await read(id)).toMatchObject({ externalId: null, version: 3 });
    expect((await entries(id)).slice(1)).toMatchObject([
      { changes: { before: { name, externalId: 'one' }, after: { name: renamed, externalId: 'two' } } },
      { changes: { before: { externalId: 'two' } } },
    ]);
    expect((await entries(id))[1]?.changes).not.toHaveProperty('details');
  });
});

describe('members', () => {
  test('are added and removed by their difference, in the order of the changes, as one', async () => {
    const [a, b, c, d] = (await users(4)) as [string, string, string, string];
    const { id } = await create([a, b]);

    expect(await change(id, [{ add: [b, c] }])).toMatchObject({ added: [c], removed: [], group: { version: 2 } });
    expect(await change(id, [{ remove: [a, d] }])).toMatchObject({ added: [], removed: [a], group: { version: 3 } });
    expect(await change(id, [{ remove: [b] }, { add: [a] }, { add: [b] }, { remove: [c] }])).toMatchObject({
      added: [a],
      removed: [c],
      group: { version: 4 },
    });
    expect(await members(id)).toEqual(sorted([a, b]));
    expect(await change(id, [{ replaceWith: [b, c, d] }])).toMatchObject({ removed: [a], group: { version: 5 } });
    expect(await members(id)).toEqual(sorted([b, c, d]));
    expect(await change(id, [{ removeAll: true }, { add: [a] }, { set: { displayName: aName() } }])).toMatchObject({
      added: [a],
      removed: expect.arrayContaining([b, c, d]),
      group: { version: 6 },
    });
    expect(await members(id)).toEqual([a]);
    expect(await change(id, [{ add: [b] }, { removeAll: true }])).toMatchObject({ added: [], removed: [a] });
    expect(await members(id)).toEqual([]);

    expect((await entries(id)).map(({ changes: { details } }) => details)).toEqual([
      { added: expect.any(Array) },
      { added: [c] },
      { removed: [a] },
      { added: [a], removed: [c] },
      { added: expect.any(Array), removed: [a] },
      { added: [a], removed: expect.any(Array) },
      { removed: [a] },
    ]);
  });

  test.each([
    ['an empty list', []],
    ['what comes to nothing', 'nothing'],
  ])('of %s change neither version nor time nor audit', async (_, kind) => {
    const [a, b] = (await users(2)) as [string, string];
    const { id } = await create([a]);
    const before = await read(id);
    const lists: GroupChange[][] =
      kind === 'nothing'
        ? [
            [{ add: [a] }],
            [{ remove: [b, newId(), 'no id'] }],
            [{ replaceWith: [a] }],
            [{ removeAll: true }, { add: [a] }],
            [{ add: [b] }, { remove: [b] }],
          ]
        : [[], [{ add: [] }], [{ remove: [] }]];
    for (const changes of lists) expect(await change(id, changes)).toEqual({ group: before, added: [], removed: [] });
    expect(await read(id)).toEqual(before);
    expect(await entries(id)).toHaveLength(1);
  });

  test('are accounts of provisioning of this tenant that are there; others are a 400 and nothing is done', async () => {
    const [a, b, gone] = (await users(3)) as [string, string, string];
    await sql('update accounts set deleted_at = now() where id = $1', [gone]);
    const neighbour = await aTenant(platform);
    const [stranger] = await users(1, { tenantId: neighbour.id });
    const [local] = await users(1, { source: 'local' });
    const machine = await tenant.given.machine();
    const { id } = await create([a]);

    for (const wrong of [gone, stranger, local, machine.id, id, newId(), 'x', "') --", '', b.toUpperCase(), `${b} `])
      for (const changes of [[{ add: [b, wrong] }], [{ remove: [a] }, { replaceWith: [b, wrong] }]] as GroupChange[][])
        expect(await refusal(change(id, changes)), String(wrong)).toMatchObject({
          status: 400,
          errors: [
            {
              path: 'members.1',
              message: expect.stringMatching(/^names no user that provisioning made in this tenant\./),
            },
          ],
        });
    expect(await refusal(create([a, newId(), b, 'x'], aName()))).toMatchObject({
      errors: [{ path: 'members.1', message: expect.stringMatching(/^names no user .*, as 2 of the 4 do not\./) }],
    });
    expect(await members(id)).toEqual([a]);
    expect((await read(id)).version).toBe(1);
  });

  test('that an administrator added while provisioning was off are not seen and not touched', async () => {
    const [a, b] = (await users(2)) as [string, string];
    const [local] = (await users(1, { source: 'local' })) as [string];
    const { id } = await create([a]);
    await sql('insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)', [
      tenant.id,
      id,
      local,
    ]);

    expect(await change(id, [{ remove: [local] }])).toMatchObject({ removed: [] });
    expect(await change(id, [{ replaceWith: [b] }])).toMatchObject({ removed: [a] });
    expect(await provisioning((ctx) => membersOfProvisioned(ctx, id, '', 10))).toEqual([b]);
    expect(await provisioning((ctx) => hasMember(ctx, id, local))).toBe(false);
    await change(id, [{ removeAll: true }]);
    expect(await members(id)).toEqual([local]);
  });

  test('are read by pages in the order of their ids', async () => {
    const all = sorted(await users(25));
    const { id } = await create(all);
    await sql('update accounts set deleted_at = now() where id = $1', [all[3]]);
    const seen: string[] = [];
    for (let page: string[] | undefined; page?.length !== 0; seen.push(...page))
      page = await provisioning((ctx) => membersOfProvisioned(ctx, id, seen.at(-1) ?? '', 10));
    expect(seen).toEqual(all.filter((_, at) => at !== 3));

    const has = (group: string, account: string) => provisioning((ctx) => hasMember(ctx, group, account));
    expect(await Promise.all([has(id, all[0] ?? ''), has(id, all[3] ?? ''), has(id, newId()), has('x', 'y')])).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('come after the version was held', async () => {
    const [a] = (await users(1)) as [string];
    const { id } = await create();
    const hold = ({ version }: { version: number }) => {
      if (version !== 7) throw new Error('held');
    };
    expect(await refusal(provisioning((ctx) => changeProvisionedGroup(ctx, id, [{ add: [a] }], hold)))).toMatchObject({
      message: 'held',
    });
    expect(await members(id)).toEqual([]);
  });
});

describe('what is not there for provisioning', () => {
  test('local groups, the Owner Group first of all, those of another tenant, what is no id', async () => {
    const neighbour = await aTenant(platform);
    const foreign = await provisioning((ctx) => createProvisionedGroup(ctx, { displayName: 'theirs' }), {
      tenantId: neighbour.id,
    });
    const { body } = await tenant.client.get('/groups?limit=200');
    const owners = body.items.find(({ isOwnerGroup }: { isOwnerGroup: boolean }) => isOwnerGroup);
    const before = await members(owners.id);
    const local = await tenant.given.group();
    const [a] = (await users(1)) as [string];
    await tenant.client.post(`/groups/${owners.id}/members`, { accountIds: [a] }); // an owner may; provisioning never

    for (const id of [
      owners.id,
      local.id,
      foreign.id,
      newId(),
      'x',
      '',
      "'; drop table groups; --",
      owners.id.toUpperCase(),
    ])
      for (const attempt of [
        () => read(id),
        () => remove(id),
        () => change(id, [{ add: [a] }]),
        () => change(id, [{ remove: [a] }]),
        () => change(id, [{ removeAll: true }]),
        () => change(id, [{ replaceWith: [] }]),
        () => change(id, [{ set: { displayName: 'mine' } }]),
        () => provisioning((ctx) => readProvisionedGroup(ctx, id), { foreseen: [foundProvisionedGroup(id)] }),
      ])
        expect(await refusal(attempt()), id).toMatchObject({ status: 404, code: 'not-found' });
    expect(await provisioning((ctx) => membersOfProvisioned(ctx, owners.id, '', 10))).toEqual([]);
    expect(await provisioning((ctx) => hasMember(ctx, owners.id, a))).toBe(false);
    expect(await members(owners.id)).toEqual(sorted([...before, a]));
  });
});

describe('deletion and its undoing', () => {
  const deletionOf = async (id: string) =>
    DeletedGroup.parse((await entries(id)).findLast(({ action }) => action === 'scim.delete-group')?.changes);
  const restore = (deleted: DeletedGroup, isOwner = true) =>
    provisioning((ctx) => restoreProvisionedGroup(ctx, deleted), { isOwner, action: 'provisioning.undo' });

  test('gives back the same group: id, name, state, members, grants', async () => {
    const [a, b, gone] = (await users(3)) as [string, string, string];
    const [local] = (await users(1, { source: 'local' })) as [string];
    const { id, name } = await create([a, b, gone], aName(), 'ext');
    const [namespace, over] = [await tenant.given.namespace(), await tenant.given.namespace()];
    const grants = [
      { permission: 'accounts.view', namespaceId: null },
      { permission: 'namespaces.view', namespaceId: namespace.id },
    ];
    const granted = await tenant.client.put(
      `/groups/${id}/grants`,
      { grants: [...grants, { permission: 'namespaces.view', namespaceId: over.id }] },
      '*',
    );
    expect(granted.status).toBe(200);
    await tenant.client.patch(`/groups/${id}`, { description: 'kept', ownerId: local }, '*');
    await tenant.client.post(`/groups/${id}/disable`);
    await sql('insert into memberships (tenant_id, group_id, principal_id) values ($1, $2, $3)', [
      tenant.id,
      id,
      local,
    ]);
    const before = await read(id);

    await remove(id);
    expect(await refusal(read(id))).toMatchObject({ status: 404 });
    expect(await members(id)).toEqual([]);
    const reuse = await create([], name); // the name is free at once
    const deleted = await deletionOf(id);
    expect(await provisioning((ctx) => obstacleTo(ctx, deleted))).toMatchObject({ kind: 'name-taken', id: reuse.id });
    expect(await restore(deleted)).toMatchObject({ obstacle: { kind: 'name-taken', id: reuse.id, name } });
    await remove(reuse.id);
    await sql('update accounts set deleted_at = now() where id = $1', [gone]);
    await sql('update namespaces set deleted_at = now() where id = $1', [over.id]);

    expect(await restore(deleted)).toMatchObject({
      members: { restored: 3, gone: 1 },
      grants: { restored: 2, gone: 1 },
    });
    const after = await read(id);
    expect(after).toEqual({ ...before, version: before.version + 1, updatedAt: after.updatedAt, updatedBy: token.id });
    expect(await members(id)).toEqual(sorted([a, b, local]));
    expect((await tenant.client.get(`/groups/${id}/grants`)).body.grants).toEqual(grants);
    expect(await restore(deleted)).toMatchObject({ obstacle: { kind: 'there', id } });
  });

  test('of a group that granted more than the one who undoes holds is refused', async () => {
    const { id } = await create();
    await tenant.client.put(`/groups/${id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
    await remove(id);
    expect(await refusal(restore(await deletionOf(id), false))).toMatchObject({
      status: 403,
      code: 'not-yours-to-grant',
    });
  });
});

describe('an administrator', () => {
  const managed = { status: 409, body: { type: 'urn:bailiwick:problem:managed-elsewhere' } };
  const blocked = ({ body }: { body: { actions: { name: string; allowed: boolean }[] } }) =>
    body.actions.filter(({ allowed }) => !allowed).map(({ name }) => name);

  test.each(['on', 'paused'])('does not change name, members or existence while provisioning is %s', async (state) => {
    const [a, b] = (await users(2)) as [string, string];
    const { id, name } = await create([a]);
    const at = `/groups/${id}`;
    await setProvisioning(state);
    try {
      for (const reply of [
        await tenant.client.patch(at, { name: aName() }, '*'),
        await tenant.client.delete(at, '*'),
        await tenant.client.post(`${at}/members`, { accountIds: [b] }),
        await tenant.client.delete(`${at}/members/${a}`),
        await tenant.client.post('/service-accounts', { name: aName(), groupIds: [id] }),
      ])
        expect(reply).toMatchObject(managed);
      expect((await tenant.client.delete(at, '*')).body.detail).toMatch(
        state === 'paused' ? /paused/ : /identity provider/,
      );

      const [local] = (await users(1, { source: 'local' })) as [string];
      const changed = await tenant.client.patch(at, { name, description: 'ours', ownerId: local }, '*');
      expect(changed).toMatchObject({ status: 200, body: { description: 'ours', ownerId: local } });
      const grants = { grants: [{ permission: 'accounts.view' }] };
      expect((await tenant.client.put(`${at}/grants`, grants, '*')).status).toBe(200);
      expect((await tenant.client.post(`${at}/disable`)).body.status).toBe('disabled');
      expect(blocked(await tenant.client.get(at))).toEqual(['groups.add-members', 'groups.delete']);
      const { body } = await tenant.client.get('/groups?source=scim&limit=200');
      expect(blocked({ body: body.items.find((item: { id: string }) => item.id === id) })).toContain('groups.delete');
      expect(await members(id)).toEqual([a]);
    } finally {
      await setProvisioning('on');
    }
  });

  test('manages it like a local one while provisioning is off', async () => {
    const [a, b] = (await users(2)) as [string, string];
    const { id } = await create([a]);
    const at = `/groups/${id}`;
    await setProvisioning('off');
    try {
      const name = aName('ours');
      expect((await tenant.client.patch(at, { name }, '*')).body.name).toBe(name);
      expect((await tenant.client.post(`${at}/members`, { accountIds: [b] })).body).toMatchObject({ added: 1 });
      expect((await tenant.client.delete(`${at}/members/${a}`)).status).toBe(204);
      expect(blocked(await tenant.client.get(at))).toEqual([]);
      expect((await tenant.client.delete(at, '*')).status).toBe(204);
    } finally {
      await setProvisioning('on');
    }
  });

  test('puts accounts of provisioning into local groups, whatever provisioning does', async () => {
    const [a] = (await users(1)) as [string];
    const { id } = await tenant.given.group();
    expect((await tenant.client.post(`/groups/${id}/members`, { accountIds: [a] })).body).toMatchObject({ added: 1 });
    expect((await tenant.client.delete(`/groups/${id}/members/${a}`)).status).toBe(204);
  });
});

/** Numbers that look random and are the same each time. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

describe('64 writers at once, on two nodes', () => {
  test('lose and invent nothing of what each alone changes', async () => {
    const WRITERS = 64;
    const all = await users(WRITERS * 6);
    const { id } = await create();
    const expected: string[] = [];
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const roll = dice(writer + 1);
        const own = all.slice(writer * 6, writer * 6 + 6);
        const mine = new Set<string>();
        for (let step = 0; step < 3; step++) {
          const some = own.filter(() => roll(2) === 0);
          if (roll(3) > 0) {
            const { added } = await change(id, [{ add: some }], { node: writer % 2 });
            expect(sorted(added)).toEqual(sorted(some.filter((one) => !mine.has(one))));
            for (const one of some) mine.add(one);
          } else {
            const { removed } = await change(id, [{ remove: some }], { node: writer % 2 });
            expect(sorted(removed)).toEqual(sorted(some.filter((one) => mine.has(one))));
            for (const one of some) mine.delete(one);
          }
        }
        expected.push(...mine);
      }),
    );
    expect(await members(id)).toEqual(sorted(expected));
  });

  test('leave what their changes leave one after the other, in the order of the versions', async () => {
    const WRITERS = 64;
    const shared = await users(12);
    const all = await users(WRITERS * 3);
    const { id } = await create();
    const done: { changes: GroupChange[]; version: number; added: string[]; removed: string[] }[] = [];
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const roll = dice(writer + 1000);
        const reach = [...all.slice(writer * 3, writer * 3 + 3), ...shared];
        for (let step = 0; step < 3; step++) {
          const changes = Array.from({ length: 1 + roll(3) }, (): GroupChange => {
            const some = reach.filter(() => roll(3) === 0);
            const kind = roll(12);
            if (kind === 0) return { removeAll: true };
            if (kind === 1) return { replaceWith: some };
            return kind < 8 ? { add: some } : { remove: some };
          });
          const { group, added, removed } = await change(id, changes, { node: writer % 2 });
          done.push({ changes, version: group.version, added, removed });
        }
      }),
    );

    const apply = (state: ReadonlySet<string>, changes: GroupChange[]) => {
      const next = new Set(state);
      for (const each of changes) {
        if ('removeAll' in each || 'replaceWith' in each) next.clear();
        for (const one of 'add' in each ? each.add : 'replaceWith' in each ? each.replaceWith : []) next.add(one);
        for (const one of 'remove' in each ? each.remove : []) next.delete(one);
      }
      return next;
    };
    const states: ReadonlySet<string>[] = [new Set(), new Set()]; // version 1 is empty
    const isChange = ({ added, removed }: (typeof done)[number]) => added.length + removed.length > 0;
    const ordered = done.filter(isChange).sort((one, other) => one.version - other.version);
    expect(ordered.map(({ version }) => version)).toEqual(ordered.map((_, at) => at + 2)); // each version once
    for (const { changes, added, removed } of ordered) {
      const before = states.at(-1) as ReadonlySet<string>;
      const after = apply(before, changes);
      expect(sorted(added)).toEqual(sorted([...after].filter((one) => !before.has(one))));
      expect(sorted(removed)).toEqual(sorted([...before].filter((one) => !after.has(one))));
      states.push(after);
    }
    for (const { changes, version } of done.filter((each) => !isChange(each))) {
      const state = states[version] as ReadonlySet<string>;
      expect(sorted(apply(state, changes))).toEqual(sorted(state));
    }
    expect(await members(id)).toEqual(sorted(states.at(-1) ?? []));
    expect((await read(id)).version).toBe(states.length - 1);
    expect(await entries(id)).toHaveLength(states.length - 1);
  });

  test('beside accounts that leave all groups wait for one another without a deadlock', async () => {
    const all = await users(12);
    const groups = await Promise.all(Array.from({ length: 4 }, () => create(all)));
    const leaving = all.slice(0, 6);
    const leave = (account: string, node: number) =>
      provisioning(
        async (ctx) => {
          await leaveAllGroups(ctx, account);
          ctx.record(
            { id: newId(), action: 'left', targetKind: 'account', targetId: account, targetName: null, outcome: 'success', changes: null, personal: null, subjectId: null },
            ctx.actor,
          ); // biome-ignore format: an entry
        },
        { node },
      );
    await Promise.all([
      ...leaving.map((account, at) => leave(account, at % 2)),
      ...groups.flatMap(({ id }, at) =>
        all
          .slice(6)
          .flatMap((account) => [
            change(id, [{ remove: [account] }], { node: at % 2 }),
            change(id, [{ add: [account] }], { node: (at + 1) % 2 }),
          ]),
      ),
    ]);
    for (const { id } of groups) expect((await members(id)).filter((one) => leaving.includes(one))).toEqual([]);
  });
});

test('two additions and two deletions that need what the others hold: none waits in a circle', async () => {
  const [a, b] = (await users(2)) as [string, string];
  const [one, other] = await Promise.all([create([b]), create([a])]);
  let letGo: (() => void) | undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let held = 0;
  const adding = (group: string, account: string) =>
    provisioning(async (ctx) => {
      await changeProvisionedGroup(ctx, group, [{ add: [account] }]);
      held++;
      await gate;
    });
  const deleting = (account: string) =>
    provisioning(async (ctx) => deleteProvisioned(ctx, await lockProvisioned(ctx, account)), {
      action: 'scim.delete-user',
      node: 1,
    });
  const additions = [adding(one.id, a), adding(other.id, b)];
  await expect.poll(() => held).toBe(2);
  const deletions = [deleting(a), deleting(b)];
  const waiting = async () =>
    Number((await sql("select count(*) as n from pg_locks where not granted and locktype <> 'relation'"))[0]?.n);
  await expect.poll(waiting).toBeGreaterThanOrEqual(2);
  letGo?.();
  await Promise.all([...additions, ...deletions]);
  expect(await members(one.id)).toEqual([]);
  expect(await members(other.id)).toEqual([]);
});

/** Pages of tables and indexes that the statements of a change of members read, undone afterwards. */
async function pagesRead(id: string, changes: GroupChange[]): Promise<number> {
  let pages = 0;
  const undo = new Error('undone');
  const asked = provisioning(async (ctx) => {
    const queries: CompiledQuery[] = [];
    const original = ctx.ask.bind(ctx) as (query: CompiledQuery) => Promise<never>;
    const ask = vi.spyOn(ctx, 'ask').mockImplementation((query) => {
      queries.push(query);
      return original(query);
    });
    const defer = vi.spyOn(ctx, 'defer').mockImplementation((query) => void queries.push(query as CompiledQuery));
    await changeProvisionedGroup(ctx, id, changes);
    ask.mockRestore();
    defer.mockRestore();
    // Who joins, the group, how they stand to it, the members, the group as it is then.
    expect(queries).toHaveLength(changes.some((change) => 'add' in change) ? 5 : 4);
    for (const { sql: text, parameters } of queries) {
      const explained = CompiledQuery.raw(`explain (analyze, buffers, format json) ${text}`, [...parameters]);
      const { rows } = await ctx.db.executeQuery<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(explained);
      const [plan] = Object.values(rows[0] ?? {})[0] as { Plan: Record<string, number> }[];
      pages += (plan?.Plan['Shared Hit Blocks'] ?? 0) + (plan?.Plan['Shared Read Blocks'] ?? 0);
    }
    throw undo;
  });
  expect(await refusal(asked)).toBe(undo);
  return pages;
}

describe('a group of 20,000', () => {
  test('costs for one member what a small one costs, in messages and in pages', async () => {
    const all = await users(20_010);
    const [large, small] = [await create(), await create(all.slice(0, 10))];
    await change(large.id, [{ add: all.slice(0, 20_000) }]);
    expect(await members(large.id)).toHaveLength(20_000);
    const one = all.at(-1) as string;

    for (const fresh of [true, false]) {
      if (!fresh) await sql('vacuum analyze memberships, accounts');
      for (const changes of [[{ add: [one] }], [{ remove: [all[5] as string] }]] as GroupChange[][]) {
        const [few, many] = [await pagesRead(small.id, changes), await pagesRead(large.id, changes)];
        expect(few).toBeGreaterThan(0);
        expect(many).toBeLessThan(few + 20); // an index may be a level deeper
      }
    }
    const add: GroupChange[] = [{ add: [one] }];
    expect(await messagesOf((ctx) => changeProvisionedGroup(ctx, large.id, add))).toBe(5);
    const remove: GroupChange[] = [{ remove: [one] }];
    expect(
      await messagesOf((ctx) => changeProvisionedGroup(ctx, large.id, remove), [
        foreseenOfChange(large.id, remove)[0],
      ] as CompiledQuery[]),
    ).toBe(3);
    expect(await messagesOf((ctx) => changeProvisionedGroup(ctx, large.id, add), foreseenOfChange(large.id, add))).toBe(
      2,
    );
    expect(await members(large.id)).toHaveLength(20_001);
  });

  test('takes changes of 100,000 ids in slices, each with an entry of its own', async () => {
    const all = await users(6000);
    const strangers = Array.from({ length: 94_000 }, newId);
    const { id } = await create(all);
    expect(await members(id)).toEqual(sorted(all));
    const added = (await entries(id)).map(({ changes: { details } }) => details?.added?.length ?? 0);
    expect(added).toEqual([0, 2500, 2500, 1000]);

    // A mistake costs the slice that it stands in, and is told at its own place.
    const late = [...all, ...strangers].sort();
    const add: GroupChange[] = [{ add: late }];
    const { status, errors } = await refusal(change(id, add));
    expect(status).toBe(400);
    expect(errors[0].message).toMatch(/^names no user .*, as \d+ of the 2500 that were looked up do not\./);
    expect(strangers).toContain(late[Number(errors[0].path.replace('members.', ''))]);
    expect(await messagesOf((ctx) => changeProvisionedGroup(ctx, id, add).catch(() => {}))).toBeLessThan(8);
    // Each of them is kept from being deleted until it is done, whichever slice they are in.
    const free = 'select id from principals where id = any($1::uuid[]) for update skip locked';
    await provisioning(async (ctx) => {
      await changeProvisionedGroup(ctx, id, [{ add: all }]);
      expect(await sql(free, [all])).toEqual([]);
    });
    expect(await sql(free, [all])).toHaveLength(all.length);
    const [local] = (await users(1, { source: 'local' })) as [string];
    expect(await refusal(change(id, [{ replaceWith: [...all.slice(0, 5500), local] }]))).toMatchObject({
      status: 400,
      errors: [
        { path: 'members.5500', message: expect.stringMatching(/^names no user .* Create the user, then add it/) },
      ],
    });
    expect(await members(id)).toEqual(sorted(all));
    const remove = [{ remove: [...strangers, ...all.slice(0, 3000)] }];
    expect(await messagesOf((ctx) => changeProvisionedGroup(ctx, id, remove))).toBeLessThan(50);
    expect(await members(id)).toEqual(sorted(all.slice(3000)));
    const staying = [...all.slice(0, 1000), ...all.slice(5000)];
    const { group } = await change(id, [{ set: { displayName: aName() } }, { add: all }, { replaceWith: staying }]);
    expect(await members(id)).toEqual(sorted(staying));
    expect((await read(id)).version).toBe(group.version);
    expect(await change(id, [{ add: all }, { remove: all.slice(2000) }])).toMatchObject({
      group: { version: group.version + 1 },
    });
    expect(await members(id)).toEqual(sorted(all.slice(0, 2000)));
    const singles = all.map((one): GroupChange => ({ add: [one] }));
    expect(await messagesOf((ctx) => changeProvisionedGroup(ctx, id, singles))).toBe(5);
  });

  test('loses all of many, and is deleted and made again with them', async () => {
    const all = await users(6000);
    const { id } = await create(all);
    const slices = async () => {
      const last = (await entries(id)).slice(-3);
      return last.map(({ changes: { details } }) => (details.removed ?? details.members).length);
    };
    await change(id, [{ removeAll: true }]);
    expect(await members(id)).toEqual([]);
    expect(await slices()).toEqual([2500, 2500, 1000]);
    await change(id, [{ add: all }]);
    await change(id, [{ replaceWith: all.slice(0, 10) }]);
    expect(await members(id)).toEqual(sorted(all.slice(0, 10)));
    await change(id, [{ replaceWith: all }]);
    expect(await members(id)).toEqual(sorted(all));

    await remove(id);
    expect(await members(id)).toEqual([]);
    expect(await slices()).toEqual([2500, 2500, 1000]);
    const after = (await entries(id)).slice(-3);
    expect(after.map(({ action }) => action)).toEqual(['scim.change-group', 'scim.change-group', 'scim.delete-group']);
  });
});
