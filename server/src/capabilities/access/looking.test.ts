import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aModel, type Group, type Person } from '../../../test/brute.ts';
import { aPlatform, aTenant, signIn } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';

/**
 * What is looked at before it is saved, each kind against brute force on random tenants; an undo of provisioning
 * against what it then does.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const password = 'correct horse battery staple';
const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const { people, groupIds, model, someone, build, state, brute, asBrute } = await aModel(platform, tenant);
const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);

const look = async (body: object, by = client) => {
  const reply = await by.post('/access/look', body);
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
};
const with_ = (groups: Group[], id: string, change: (members: Set<string>) => void) =>
  groups.map((group) => {
    if (group.id !== id) return group;
    const members = new Set(group.members);
    change(members);
    return { ...group, members };
  });

const accounts = people.filter(({ kind }) => kind === 'people');
const machines = people.filter(({ kind }) => kind === 'serviceAccounts');
const verified = await sql('update accounts set verified_at = platform_time() where id = any($1) returning id', [
  accounts.map(({ id }) => id),
]);
expect(verified).toHaveLength(accounts.length);
const status = await sql('select id, status from accounts where id = any($1)', [accounts.map(({ id }) => id)]);
const statusOf = (id: string) => status.find((row: Any) => row.id === id)?.status as string;

const samples = fc.sample(model, { numRuns: 40, seed: 7 });
const acting = (ids: string[], mayAct: boolean): Person[] =>
  people.map((each) => (ids.includes(each.id) ? { ...each, mayAct } : each));

test('acts on many accounts gain and lose what brute force says, on 600 random ones', {
  timeout: 300_000,
}, async () => {
  let moved = 0;
  for (const [at, sample] of samples.entries()) {
    const groups = await build(sample);
    const asked = fc.sample(
      fc.record({
        act: fc.constantFrom('enable', 'disable', 'delete', 'addToGroup', 'removeFromGroup'),
        ids: fc.uniqueArray(someone, { minLength: 1, maxLength: 5 }),
        group: fc.nat({ max: groupIds.length - 1 }),
        isFilter: fc.boolean(),
      }),
      { numRuns: 15, seed: at },
    );
    await Promise.all(
      asked.map(async ({ act, ids: named, group, isFilter }) => {
        const ids = named.filter((id) => accounts.some((each) => each.id === id));
        if (ids.length === 0) return;
        const groupId = groupIds[group] as string;
        const isOfGroup = act.endsWith('Group');
        const which = isFilter ? { filter: { groupId } } : { ids };
        const meant = isFilter
          ? [...(groups.find(({ id }) => id === groupId) as Group).members].filter((id) =>
              accounts.some((each) => each.id === id),
            )
          : ids;
        const { effect } = await look({ accounts: { act, ...which, ...(isOfGroup ? { groupId } : {}) } });
        const after = isOfGroup
          ? with_(groups, groupId, (members) => {
              for (const id of meant) members[act === 'addToGroup' ? 'add' : 'delete'](id);
            })
          : groups;
        const changing = meant.filter((id) => act !== 'delete' || statusOf(id) === 'disabled');
        const peopleAfter = isOfGroup ? people : acting(changing, act === 'enable');
        const expected = brute(groups, after, peopleAfter);
        expect(asBrute(effect), JSON.stringify({ act, which, sample })).toEqual(expected);
        if (expected.gains.people + expected.loses.people > 0) moved++;
      }),
    );
  }
  expect(moved).toBeGreaterThan(100);
});

test('several groups turned on or off together, on 600 random ones', { timeout: 300_000 }, async () => {
  for (const [at, sample] of samples.entries()) {
    const groups = await build(sample);
    const asked = fc.sample(
      fc.record({
        ids: fc.uniqueArray(fc.constantFrom(...groupIds), { minLength: 1, maxLength: 4 }),
        isOn: fc.boolean(),
      }),
      { numRuns: 15, seed: at },
    );
    await Promise.all(
      asked.map(async ({ ids, isOn }) => {
        const { effect, skipped } = await look({ groups: { ids, status: isOn ? 'enabled' : 'disabled' } });
        const turned = (chosen: string[]) =>
          groups.map((group) => (chosen.includes(group.id) ? { ...group, isEnabled: isOn } : group));
        const expected = brute(groups, turned(ids), people);
        expect(asBrute(effect), JSON.stringify({ ids, isOn, sample })).toEqual(expected);
        expect(skipped).toBe(ids.filter((id) => groups.find((each) => each.id === id)?.isEnabled === isOn).length);
      }),
    );
  }
});

test('who holds the same through two groups loses it by both together, and by neither alone', async () => {
  const twice = {
    grants: [{ permission: 'groups.view', namespaceId: null }],
    members: [accounts[0]?.id],
    isEnabled: true,
  };
  const none = { grants: [], members: [], isEnabled: true };
  await build({ groups: [twice, twice, none, none], owners: [] });
  const [first = '', second = ''] = groupIds;
  const lostBy = async (...ids: string[]) => (await look({ groups: { ids, status: 'disabled' } })).effect.loses.people;
  expect([await lostBy(first), await lostBy(second), await lostBy(first, second)]).toEqual([0, 0, 1]);
});

test('several service accounts turned on or off together, on 400 random ones', { timeout: 300_000 }, async () => {
  for (const [at, sample] of samples.entries()) {
    const groups = await build(sample);
    const asked = fc.sample(
      fc.record({
        ids: fc.uniqueArray(fc.constantFrom(...machines.map(({ id }) => id)), { minLength: 1 }),
        isOn: fc.boolean(),
      }),
      { numRuns: 10, seed: at },
    );
    await Promise.all(
      asked.map(async ({ ids, isOn }) => {
        const { effect } = await look({ serviceAccounts: { ids, status: isOn ? 'enabled' : 'disabled' } });
        expect(asBrute(effect)).toEqual(brute(groups, groups, acting(ids, isOn)));
      }),
    );
  }
  const reply = await client.post('/access/look', { serviceAccounts: { ids: [newId()], status: 'disabled' } });
  expect({ status: reply.status, errors: reply.body.errors }).toEqual({
    status: 400,
    errors: [{ path: 'serviceAccounts.ids.0', message: 'names a service account that does not exist' }],
  });
});

test('of several groups turned off the Owner Group is skipped, and one that is not there named', async () => {
  const owners = (await client.get('/groups?q=Owners')).body.items[0].id;
  const { effect, skipped } = await look({ groups: { ids: [owners], status: 'disabled' } });
  expect({ skipped, lost: effect.loses.permissions }).toEqual({ skipped: 1, lost: [] });
  const reply = await client.post('/access/look', { groups: { ids: [owners, newId()], status: 'disabled' } });
  expect({ status: reply.status, errors: reply.body.errors }).toEqual({
    status: 400,
    errors: [{ path: 'groups.ids.1', message: 'names a group that does not exist' }],
  });
});

test('a service account’s status and groups, on 400 random ones, and what a new one would hold', {
  timeout: 300_000,
}, async () => {
  for (const [at, sample] of samples.entries()) {
    const groups = await build(sample);
    const asked = fc.sample(
      fc.record({
        machine: fc.nat({ max: machines.length - 1 }),
        status: fc.constantFrom(undefined, 'enabled', 'disabled', 'deleted'),
        joins: fc.uniqueArray(fc.constantFrom(...groupIds), { maxLength: 2 }),
        leaves: fc.uniqueArray(fc.constantFrom(...groupIds), { maxLength: 2 }),
      }),
      { numRuns: 10, seed: at },
    );
    await Promise.all(
      asked.map(async ({ machine, status: becomes, joins, leaves }) => {
        const { id } = machines[machine] as Person;
        const leaving = leaves.filter((groupId) => !joins.includes(groupId));
        const { effect } = await look({
          serviceAccount: { id, status: becomes, addGroupIds: joins, removeGroupIds: leaving },
        });
        let after = groups;
        for (const groupId of joins) after = with_(after, groupId, (members) => members.add(id));
        for (const groupId of leaving) after = with_(after, groupId, (members) => members.delete(id));
        const isOff = becomes === 'disabled' || becomes === 'deleted';
        expect(asBrute(effect)).toEqual(brute(groups, after, acting([id], !isOff)));
        const fresh = await look({ serviceAccount: { addGroupIds: joins } });
        const gained = brute(
          groups,
          joins.reduce((all, groupId) => with_(all, groupId, (members) => members.add('new')), groups),
          people,
          { id: 'new', kind: 'serviceAccounts', mayAct: true, keys: 0 },
        );
        expect(
          fresh.newcomers[0].permissions
            .map(({ permission, namespaceId }: Any) => `${permission}@${namespaceId ?? ''}`)
            .sort(),
        ).toEqual(Object.keys(gained.gains.permissions).sort());
        expect(fresh.newcomers[0].mixes.sort()).toEqual(Object.keys(gained.mixes).sort());
      }),
    );
  }
});

test('another mapping of an identity provider: who was put into a group that it maps no more, on 300 random ones', {
  timeout: 300_000,
}, async () => {
  const provider = await client.post('/identity-providers', {
    name: 'Mapped',
    type: 'oidc',
    mapping: { groups: 'groups' },
    admission: { mappedGroups: groupIds.map((groupId, at) => ({ value: `value ${at}`, groupId })) },
  });
  expect(provider.status, provider.text).toBe(201);
  const identities = new Map(accounts.map(({ id }) => [id, newId()]));
  for (const [accountId, id] of identities)
    await sql(
      `insert into external_identities (tenant_id, id, provider_id, issuer, subject, account_id, owns_fields)
       values ($1, $2, $3, 'https://x.example', $4, $5, false)`,
      [tenant.id, id, provider.body.id, accountId, accountId],
    );
  for (const [at, sample] of samples.slice(0, 30).entries()) {
    const groups = await build(sample);
    await sql('delete from identity_memberships where tenant_id = $1', [tenant.id]);
    // Of what a mapping gave some was taken away by hand since.
    const givenPairs = groupIds.flatMap((groupId, g) =>
      accounts.flatMap(({ id }, a) => ((at + g + a) % 3 === 0 ? [{ groupId, id }] : [])),
    );
    for (const { groupId, id } of givenPairs)
      await sql('insert into identity_memberships (tenant_id, identity_id, group_id) values ($1, $2, $3)', [
        tenant.id,
        identities.get(id),
        groupId,
      ]);
    const asked = fc.sample(
      fc.record({
        mapped: fc.option(fc.subarray(groupIds), { nil: undefined }),
        groupsClaim: fc.constantFrom(undefined, undefined, null, 'roles'),
      }),
      { numRuns: 10, seed: at },
    );
    await Promise.all(
      asked.map(async ({ mapped, groupsClaim }) => {
        const { effect } = await look({
          identityProvider: {
            id: provider.body.id,
            ...(groupsClaim === undefined ? {} : { groupsClaim }),
            ...(mapped ? { mappedGroups: mapped.map((groupId) => ({ value: 'any', groupId })) } : {}),
          },
        });
        const kept = groupsClaim === null ? [] : (mapped ?? groupIds);
        let after = groups;
        for (const { groupId, id } of givenPairs)
          if (!kept.includes(groupId)) after = with_(after, groupId, (members) => members.delete(id));
        expect(asBrute(effect)).toEqual(brute(groups, after));
      }),
    );
  }
});

test('of a mapping the entry keeps what whoever comes would hold, as it was looked at', async () => {
  await build({ groups: groupIds.map(() => ({ grants: [], members: [], isEnabled: true })), owners: [] });
  const grants = [{ permission: 'accounts.change' }, { permission: 'groups.change' }];
  await client.put(`/groups/${groupIds[0]}/grants`, { grants }, '*');
  const { id } = (
    await client.post('/identity-providers', { name: 'Kept', type: 'oidc', mapping: { groups: 'groups' } })
  ).body;
  const mappedGroups = [{ value: 'rulers', groupId: groupIds[0] }];
  const { effect, newcomers } = await look({ identityProvider: { id, mappedGroups } });
  expect(newcomers).toMatchObject([{ value: 'rulers', mixes: [expect.stringContaining('accounts and groups')] }]);
  const changed = await client.patch(`/identity-providers/${id}`, { admission: { mappedGroups } }, '*');
  expect(changed.status, changed.text).toBe(200);
  const [entry] = (await client.get(`/audit-entries?targetId=${id}&action=identity-providers.change`)).body.items;
  expect(entry.details).toEqual({ effect, newcomers });
});

test('names are those whom the numbers count', async () => {
  await build({ groups: groupIds.map(() => ({ grants: [], members: [], isEnabled: true })), owners: [] });
  await client.put(`/groups/${groupIds[0]}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  const joining = accounts.filter(({ mayAct }) => mayAct).map(({ id }) => id);
  const asked = { accounts: { act: 'addToGroup', groupId: groupIds[0], ids: joining } };
  const { effect } = await look(asked);
  const { names } = await look({ ...asked, names: { side: 'gains', permission: 'audit.view' } });
  expect(names.items).toHaveLength(
    effect.gains.permissions.find((each: Any) => each.permission === 'audit.view').people,
  );
});

const core = 'urn:ietf:params:scim:schemas:core:2.0';

async function provisioning() {
  await client.patch('/provisioning', { guardPercent: 100 }, '*');
  const { value } = await given.token();
  const scim = platform.client(value);
  const base = `/scim/v2/${tenant.id}`;
  const sent = async (method: 'post' | 'patch' | 'delete', path: string, body?: object) => {
    const reply =
      method === 'delete' ? await scim.delete(base + path) : await scim[method](base + path, body as object);
    expect(reply.status, reply.text).toBeLessThan(300);
    return reply.body?.id as string;
  };
  const patched = (path: string, operation: object) =>
    sent('patch', path, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] });
  return { sent, patched };
}

async function done(task: string) {
  for (;;) {
    const { body } = await client.get(`/tasks/${task}`);
    if (body.state === 'done') return;
    if (body.state === 'failed') throw new Error(JSON.stringify(body));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('an undo of provisioning does what was looked at, whatever provisioning did', { timeout: 300_000 }, async () => {
  await build(samples[1]);
  const { sent, patched } = await provisioning();
  const user = (name: string) =>
    sent('post', '/Users', { schemas: [`${core}:User`], userName: name, externalId: name, active: true });
  for (let round = 0; round < 6; round++) {
    const users = await Promise.all([0, 1, 2, 3].map((at) => user(`undone-${round}-${at}`)));
    const groups: string[] = [];
    for (const at of [0, 1, 2]) {
      groups.push(
        await sent('post', '/Groups', {
          schemas: [`${core}:Group`],
          displayName: `undone ${round} ${at}`,
          members: users.filter((_, place) => (place + at + round) % 2 === 0).map((value) => ({ value })),
        }),
      );
      await client.put(
        `/groups/${groups[at]}/grants`,
        { grants: [{ permission: ['accounts.change', 'groups.change', 'gateways.*'][at] }] },
        '*',
      );
    }
    await client.post(`/groups/${groupIds[0]}/members`, { accountIds: [users[0]] });
    const from = (await sql('select platform_time() as now'))[0].now.toISOString();
    const acts = fc.sample(
      fc.record({ act: fc.nat({ max: 6 }), user: fc.nat({ max: 3 }), group: fc.nat({ max: 2 }) }),
      { numRuns: 8, seed: 100 + round },
    );
    const gone = new Set<string>();
    for (const { act, user: u, group: g } of acts) {
      const [userId, groupId] = [users[u] as string, groups[g] as string];
      if (gone.has(userId) || gone.has(groupId)) continue;
      if (act === 0) await patched(`/Users/${userId}`, { op: 'replace', path: 'active', value: false });
      if (act === 1) await patched(`/Users/${userId}`, { op: 'replace', path: 'active', value: true });
      if (act === 2) await patched(`/Groups/${groupId}`, { op: 'add', path: 'members', value: [{ value: userId }] });
      if (act === 3) await patched(`/Groups/${groupId}`, { op: 'remove', path: `members[value eq "${userId}"]` });
      if (act === 4) users.push(await user(`later-${round}-${u}-${g}-${users.length}`));
      if (act === 5) {
        await sent('delete', `/Users/${userId}`);
        gone.add(userId);
      }
      if (act === 6) {
        await sent('delete', `/Groups/${groupId}`);
        gone.add(groupId);
      }
    }
    const window = { from, to: (await sql('select platform_time() as now'))[0].now.toISOString() };
    const before = await state();
    const { effect } = await look({ provisioning: { undo: window } });
    const started = await client.post('/provisioning/undo', window);
    expect(started.status, started.text).toBe(202);
    await done(started.body.id);
    const after = await state();
    const { namespaces: _counted, ...expected } = brute(
      before.groups,
      after.groups,
      after.everybody,
      undefined,
      before.everybody,
    );
    const { namespaces: _said, ...said } = asBrute(effect);
    expect(said, JSON.stringify({ round, acts })).toEqual(expected);
    const entries = (await client.get(`/audit-entries?targetId=${started.body.id}`)).body.items;
    expect(entries.find((entry: Any) => entry.action === 'provisioning.undo').details.effect).toEqual(effect);
  }
});

test('letting through what is held back: the people who would act no more', async () => {
  const { sent } = await provisioning();
  const ids = await Promise.all(
    [0, 1].map((at) => sent('post', '/Users', { schemas: [`${core}:User`], userName: `held-${at}`, active: true })),
  );
  const group = await given.group();
  await client.put(`/groups/${group.id}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  await client.post(`/groups/${group.id}/members`, { accountIds: ids });
  for (const id of ids)
    await sql(
      `insert into provisioning_holds (tenant_id, id, kind, account_id, user_name, at, attempts)
       select tenant_id, $2, 'deletion', id, username, platform_time(), 1 from accounts where id = $1`,
      [id, newId()],
    );
  const [hold] = (await client.get('/provisioning/holds?state=open')).body.items;
  const one = await look({ provisioning: { holdId: hold.id } });
  expect(one.effect.loses).toMatchObject({ people: 1, permissions: [{ permission: 'audit.view', people: 1 }] });
  const all = await look({ provisioning: { allHolds: true } });
  expect(all.effect.loses.people).toBe(2);
  await client.post(`/provisioning/holds/${hold.id}/allow`);
  const entries = (await client.get('/audit-entries?action=provisioning-holds.allow&limit=1')).body.items;
  expect(entries[0].details.effect).toEqual(one.effect);
});

test('what was looked at stands in the entry of the act', async () => {
  await build({ groups: groupIds.map(() => ({ grants: [], members: [], isEnabled: true })), owners: [] });
  await client.put(`/groups/${groupIds[0]}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  const account = accounts.find(({ mayAct }) => mayAct) as Person;
  await client.post(`/groups/${groupIds[0]}/members`, { accountIds: [account.id] });
  const last = async (id: string, action: string) =>
    (await client.get(`/audit-entries?targetId=${id}&action=${action}&limit=1`)).body.items[0].details.effect;
  for (const act of ['disable', 'enable']) {
    const { effect } = await look({ accounts: { act, ids: [account.id] } });
    expect((await client.post(`/accounts/${account.id}/${act}`)).status).toBe(200);
    expect(await last(account.id, `accounts.${act}`)).toEqual(effect);
  }
  const many = { ids: [account.id], groupId: groupIds[0] };
  const { effect: removal } = await look({ accounts: { act: 'removeFromGroup', ...many } });
  expect(removal.loses.people).toBe(1);
  const task = await client.post('/accounts/remove-from-group', many);
  await done(task.body.id);
  expect(await last(task.body.id, 'accounts.remove-from-group')).toEqual(removal);
  const machine = machines[1] as Person;
  const { effect: off } = await look({ serviceAccount: { id: machine.id, status: 'disabled' } });
  await client.post(`/service-accounts/${machine.id}/disable`);
  expect(await last(machine.id, 'service-accounts.disable')).toEqual(off);
  await client.post(`/service-accounts/${machine.id}/enable`);
});

test('who turns off accounts one by one is told that they lose their own rights; an act on many leaves them out', async () => {
  const owners = (await client.get('/groups?q=Owners')).body.items[0].id;
  const second = await given.person(password, { groupIds: [owners] });
  const session = platform.session(await signIn(platform, second.email, password));
  const lookOf = async (more: object) =>
    (await session.post(`${tenant.path}/access/look`, { accounts: { act: 'disable', ids: [second.id], ...more } }))
      .body;
  expect(await lookOf({})).toMatchObject({ skipped: 1, effect: { loses: { people: 0 } } });
  expect(await lookOf({ oneByOne: true })).toMatchObject({ skipped: 0, effect: { loses: { people: 1 } } });
  await client.delete(`/groups/${owners}/members/${second.id}`);
});

test('who changes accounts and may not touch a stronger one is shown that it is skipped', async () => {
  await build({ groups: groupIds.map(() => ({ grants: [], members: [], isEnabled: true })), owners: [] });
  const strong = accounts.find(({ mayAct }) => mayAct) as Person;
  await client.put(`/groups/${groupIds[0]}/grants`, { grants: [{ permission: 'tenant.close' }] }, '*');
  await client.post(`/groups/${groupIds[0]}/members`, { accountIds: [strong.id] });
  const { key } = await given.machine(
    ['accounts.view', 'accounts.change', 'groups.view'].map((permission) => ({ permission })),
  );
  const asked = { accounts: { act: 'disable', ids: [strong.id] } };
  expect(await look(asked, tenant.below(key))).toMatchObject({ skipped: 1, effect: { loses: { people: 0 } } });
  expect((await look(asked)).skipped).toBe(0);
});

test.each([
  [{}, 'body'],
  [{ accounts: { act: 'disable', ids: [newId()] } }, 'accounts.ids.0'],
  [{ accounts: { act: 'addToGroup', ids: [accounts[0]?.id], groupId: newId() } }, 'accounts.groupId'],
  [{ accounts: { act: 'addToGroup', ids: [accounts[0]?.id] } }, 'accounts.groupId'],
  [{ serviceAccount: { addGroupIds: [newId()] } }, 'serviceAccount.addGroupIds.0'],
  [{ provisioning: { undo: { from: '2001-01-01T00:00:00.000Z' } } }, 'provisioning.undo.from'],
])('%j is refused and names the field', async (body, path) => {
  const reply = await client.post('/access/look', body);
  expect(reply.status, reply.text).toBe(400);
  if (path !== 'body') expect(reply.body.errors[0].path).toBe(path);
});
