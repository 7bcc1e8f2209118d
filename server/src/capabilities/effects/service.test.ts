import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { newId } from '../../kernel/ids.ts';
import { mixes } from './mixes.ts';

/**
 * The preview against brute force: each person's rights worked out one by one before and after, on random tenants and
 * random changes, and then the audit entry of the change against the preview of it.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
const tenant = await aTenant(platform);
const { client, given } = tenant;

const spaces = [await given.namespace(), await given.namespace()].map(({ id }) => id as string);
const catalogue = (await platform.anyone.get('/v1/topics')).body.items as Any[];
const single = catalogue.flatMap(({ permissions }) => permissions.map(({ name }: Any) => name as string));
const namespaced = (permission: string) =>
  catalogue.find(({ name }) => name === permission.split('.')[0]).namespaced as boolean;

interface Grant {
  permission: string;
  namespaceId: string | null;
}
interface Group {
  id: string;
  grants: Grant[];
  members: Set<string>;
  isEnabled: boolean;
}
interface Person {
  id: string;
  kind: 'people' | 'serviceAccounts';
  mayAct: boolean;
  keys: number;
}

const people: Person[] = [];
for (let at = 0; at < 6; at++) {
  const account = await given.account();
  people.push({ id: account.id, kind: 'people', mayAct: at < 4, keys: 0 });
}
await platform.sql('au', "update accounts set status = 'enabled' where id = any($1)", [
  people.slice(0, 4).map(({ id }) => id),
]);
for (let at = 0; at < 3; at++) {
  const machine = await client.post('/service-accounts', { name: `machine ${at}` });
  for (let key = 0; key < at; key++) await client.post(`/service-accounts/${machine.body.id}/keys`, { name: `${key}` });
  people.push({ id: machine.body.id, kind: 'serviceAccounts', mayAct: true, keys: at });
}
const groupIds = await Promise.all([0, 1, 2, 3].map(async () => (await given.group()).id as string));
const owners: Group = {
  id: (await client.get('/groups?q=Owners')).body.items[0].id,
  grants: [],
  members: new Set(),
  isEnabled: true,
};

const grant = fc
  .record({
    permission: fc.constantFrom(
      ...single.filter((name) => /^(namespaces|gateways|accounts|groups|integrations)\./.test(name)),
      'namespaces.*',
      'gateways.*',
      'accounts.*',
      'groups.*',
    ),
    namespaceId: fc.constantFrom(null, ...spaces),
  })
  .map(({ permission, namespaceId }) => ({ permission, namespaceId: namespaced(permission) ? namespaceId : null }));
const grants = fc.uniqueArray(grant, { maxLength: 5, selector: (each) => JSON.stringify(each) });
const someone = fc.nat({ max: people.length - 1 }).map((at) => (people[at] as Person).id);
const model = fc.record({
  groups: fc.tuple(
    ...groupIds.map(() =>
      fc.record({ grants, members: fc.uniqueArray(someone), isEnabled: fc.integer({ max: 4, min: 0 }).map(Boolean) }),
    ),
  ),
  owners: fc.uniqueArray(someone, { maxLength: 1 }),
});
const change = fc.record({
  group: fc.nat({ max: groupIds.length - 1 }),
  grants: fc.option(grants, { nil: undefined }),
  status: fc.constantFrom(undefined, undefined, 'enabled', 'disabled', 'deleted'),
  joining: fc.uniqueArray(someone, { maxLength: 2 }),
  leaving: fc.uniqueArray(someone, { maxLength: 2 }),
});

/** Puts the model into the database below the server: only previews are asked of it. */
async function build(sample: Any): Promise<Group[]> {
  const groups = groupIds.map(
    (id, at): Group => ({ id, ...sample.groups[at], members: new Set(sample.groups[at].members) }),
  );
  await platform.sql(
    'au',
    `with gone as (delete from memberships where group_id = any($1) or (group_id = $2 and principal_id = any($3))),
          taken as (delete from grants where group_id = any($1))
     update groups set status = case when id = any($4) then 'enabled' else 'disabled' end where id = any($1)`,
    [groupIds, owners.id, people.map(({ id }) => id), groups.filter(({ isEnabled }) => isEnabled).map(({ id }) => id)],
  );
  const memberships = [...groups, { id: owners.id, members: new Set<string>(sample.owners) }].flatMap(
    ({ id, members }) =>
      [...members].map((principalId) => ({ tenant_id: tenant.id, group_id: id, principal_id: principalId })),
  );
  await platform.sql(
    'au',
    'insert into memberships (tenant_id, group_id, principal_id) select tenant_id, group_id, principal_id from json_populate_recordset(null::memberships, $1)',
    [JSON.stringify(memberships)],
  );
  await platform.sql(
    'au',
    'insert into grants (tenant_id, group_id, permission, namespace_id) select tenant_id, group_id, permission, namespace_id from json_populate_recordset(null::grants, $1)',
    [
      JSON.stringify(
        groups.flatMap(({ id, grants: held }) =>
          held.map(({ permission, namespaceId }) => ({
            tenant_id: tenant.id,
            group_id: id,
            permission,
            namespace_id: namespaceId,
          })),
        ),
      ),
    ],
  );
  return [...groups, { ...owners, members: new Set(sample.owners) }];
}

/** Every right of a person, as `permission@place`, each place by itself: the slow and plain way. */
function rightsOf(person: Person, groups: Group[]): Set<string> {
  const held = new Set<string>();
  for (const group of groups) {
    if (!group.isEnabled || !group.members.has(person.id)) continue;
    for (const permission of single)
      for (const place of namespaced(permission) ? ['', ...spaces] : ['']) {
        const isGiven =
          group.id === owners.id ||
          group.grants.some(
            (each) =>
              (each.permission === permission || each.permission === `${permission.split('.')[0]}.*`) &&
              (each.namespaceId === null || each.namespaceId === place),
          );
        if (isGiven) held.add(`${permission}@${place}`);
      }
  }
  return held;
}

function changed(groups: Group[], { group, grants: wanted, status, joining, leaving }: Any): Group[] {
  return groups.flatMap((each) => {
    if (each.id !== groupIds[group]) return [each];
    if (status === 'deleted') return [];
    const members = new Set([...each.members, ...joining].filter((id) => !leaving.includes(id)));
    return [
      { ...each, members, grants: wanted ?? each.grants, isEnabled: status ? status === 'enabled' : each.isEnabled },
    ];
  });
}

function brute(before: Group[], after: Group[]) {
  const zero = () => ({ people: 0, serviceAccounts: 0, keys: 0, guests: 0 });
  const sides: Any = { gains: { total: zero(), of: {} }, loses: { total: zero(), of: {} } };
  const mixed: Any = {};
  const add = (to: Any, { kind, keys }: Person) => {
    to[kind]++;
    to.keys += keys;
  };
  const places = new Set<string>();
  for (const person of people) {
    if (!person.mayAct) continue;
    const [was, will] = [rightsOf(person, before), rightsOf(person, after)];
    for (const [side, from, to] of [
      ['gains', was, will],
      ['loses', will, was],
    ] as const) {
      const moved = [...to].filter((each) => !from.has(each));
      const said = moved.filter((each) => each.endsWith('@') || !moved.includes(`${each.split('@')[0]}@`));
      // A right in the whole tenant reaches every namespace.
      for (const each of said)
        if (namespaced(each))
          for (const place of each.endsWith('@') ? spaces : [each.split('@')[1]]) places.add(place as string);
      if (said.length) add(sides[side].total, person);
      for (const each of said) {
        sides[side].of[each] ??= zero();
        add(sides[side].of[each], person);
      }
    }
    const holds = (rights: Set<string>, permission: string) =>
      [...rights].some((each) => each.split('@')[0] === permission);
    for (const { permissions, text } of mixes)
      if (permissions.every((each) => holds(will, each)) && !permissions.every((each) => holds(was, each))) {
        mixed[text] ??= zero();
        add(mixed[text], person);
      }
  }
  return {
    gains: { ...sides.gains.total, permissions: sides.gains.of },
    loses: { ...sides.loses.total, permissions: sides.loses.of },
    namespaces: places.size,
    mixes: mixed,
  };
}

/** The reply in the form of `brute`. */
const asBrute = ({ gains, loses, namespaces, mixes: mixed }: Any) => {
  const byRight = ({ permissions, ...counts }: Any) => ({
    ...counts,
    permissions: Object.fromEntries(
      permissions.map(({ permission, namespaceId, ...count }: Any) => [`${permission}@${namespaceId ?? ''}`, count]),
    ),
  });
  const byText = Object.fromEntries(mixed.map(({ text, permissions: _both, ...count }: Any) => [text, count]));
  return { gains: byRight(gains), loses: byRight(loses), namespaces, mixes: byText };
};

const isMachine = (id: string) => people.find((each) => each.id === id)?.kind === 'serviceAccounts';
const wire = (all: Grant[]) =>
  all.map(({ permission, namespaceId }) => ({ permission, ...(namespaceId ? { namespaceId } : {}) }));

/** The change as a request: who is no member does not leave. */
function bodyOf(groups: Group[], { group, grants: wanted, status, joining, leaving }: Any) {
  const members = groups.find(({ id }) => id === groupIds[group])?.members ?? new Set();
  return {
    ...(wanted ? { grants: wire(wanted) } : {}),
    ...(status ? { status } : {}),
    addAccountIds: joining.filter((id: string) => !isMachine(id)),
    addServiceAccountIds: joining.filter(isMachine),
    removeMemberIds: leaving.filter((id: string) => members.has(id)),
  };
}

const CASES = 10_000;
const PER_MODEL = 100;
const models = fc.sample(model, { numRuns: CASES / PER_MODEL, seed: 5 });

test(`${CASES} random changes gain and lose what brute force says`, { timeout: 600_000 }, async () => {
  let moved = 0;
  for (const [at, sample] of models.entries()) {
    const groups = await build(sample);
    const changes = fc.sample(change, { numRuns: PER_MODEL, seed: at });
    for (let from = 0; from < changes.length; from += 10)
      await Promise.all(
        changes.slice(from, from + 10).map(async (each) => {
          const body = bodyOf(groups, each);
          const reply = await client.post(`/groups/${groupIds[each.group]}/preview`, body);
          expect(reply.status, reply.text).toBe(200);
          const leaving = each.leaving.filter((id) => !each.joining.includes(id) || body.removeMemberIds.includes(id));
          const expected = brute(groups, changed(groups, { ...each, leaving }));
          expect(asBrute(reply.body), JSON.stringify({ sample, each })).toEqual(expected);
          if (expected.gains.people + expected.loses.people > 0) moved++;
        }),
      );
  }
  expect(moved).toBeGreaterThan(CASES / 10);
});

test('the names behind a number are those whom it counts', async () => {
  for (const [at, sample] of models.slice(0, 25).entries()) {
    const groups = await build(sample);
    for (const each of fc.sample(change, { numRuns: 3, seed: at })) {
      const body = bodyOf(groups, each);
      const path = `/groups/${groupIds[each.group]}/preview`;
      const effect = (await client.post(path, body)).body;
      for (const side of ['gains', 'loses'] as const) {
        const names = (await client.post(`${path}/names`, { ...body, side })).body.items;
        expect(names.length).toBe(effect[side].people + effect[side].serviceAccounts);
        for (const right of effect[side].permissions.slice(0, 3)) {
          const { permission, namespaceId } = right;
          const some = (await client.post(`${path}/names`, { ...body, side, permission, namespaceId })).body.items;
          expect(some.length).toBe(right.people + right.serviceAccounts);
          for (const one of some) expect(one[side]).toContainEqual({ permission, namespaceId });
        }
      }
    }
  }
});

test('a page of names goes on after the last id', async () => {
  const group = await given.group();
  const addAccountIds = people.filter(({ mayAct, kind }) => mayAct && kind === 'people').map(({ id }) => id);
  const names = async (more: object) => {
    const body = { grants: [{ permission: 'audit.view' }], addAccountIds, side: 'gains', ...more };
    return (await client.post(`/groups/${group.id}/preview/names`, body)).body;
  };
  const all = await names({});
  const first = await names({ limit: 2 });
  const rest = await names({ limit: 2, after: first.nextAfter });
  expect(all.items.length).toBeGreaterThan(2);
  expect([...first.items, ...rest.items]).toEqual(all.items);
  expect(rest.nextAfter).toBeNull();
});

test('the audit keeps of a change what its preview showed', async () => {
  const group = await given.group();
  const at = `/groups/${group.id}`;
  const [one, other] = people as [Person, Person];
  const machine = people.at(-1) as Person;
  const lastDetails = async () =>
    (await client.get(`/audit-entries?targetId=${group.id}&limit=1`)).body.items[0].details;
  const preview = async (body: object) => (await client.post(`${at}/preview`, body)).body;

  const joins = await preview({ addAccountIds: [one.id, other.id], addServiceAccountIds: [machine.id] });
  expect(joins.gains.people).toBe(0); // the group grants nothing yet
  await client.post(`${at}/members`, { accountIds: [one.id, other.id], serviceAccountIds: [machine.id] });
  expect((await lastDetails()).effect).toEqual(joins);

  const grantsWanted = {
    grants: [{ permission: 'tenant.*' }, { permission: 'gateways.view', namespaceId: spaces[0] }],
  };
  const granted = await preview(grantsWanted);
  expect(granted).toMatchObject({ gains: { people: 2, serviceAccounts: 1, keys: 2 }, loses: { people: 0 } });
  expect((await client.post(`${at}/grants/preview`, grantsWanted)).body.effect).toEqual(granted);
  await client.put(`${at}/grants`, grantsWanted, '*');
  expect((await lastDetails()).effect).toEqual(granted);

  const off = await preview({ status: 'disabled' });
  expect(off.loses).toMatchObject({ people: 2, serviceAccounts: 1 });
  await client.post(`${at}/disable`);
  expect((await lastDetails()).effect).toEqual(off);
  await client.post(`${at}/enable`);
  const leaves = await preview({ removeMemberIds: [one.id] });
  expect(leaves.loses.people).toBe(1);
  await client.delete(`${at}/members/${one.id}`);
  expect((await lastDetails()).effect).toEqual(leaves);
  const gone = await preview({ status: 'deleted' });
  await client.delete(at, '*');
  expect((await lastDetails()).effect).toEqual(gone);
});

test('two powers that are dangerous together are warned of when a change brings them together', async () => {
  const person = people[3] as Person;
  const [first, second] = [await given.group(), await given.group()];
  await client.put(`/groups/${first.id}/grants`, { grants: [{ permission: 'groups.change' }] }, '*');
  await client.post(`/groups/${first.id}/members`, { accountIds: [person.id] });
  const mixed = await client.post(`/groups/${second.id}/preview`, {
    grants: [{ permission: 'accounts.change' }],
    addAccountIds: [person.id],
  });
  expect(mixed.body.mixes).toMatchObject([{ permissions: ['accounts.change', 'groups.change'], people: 1 }]);
});

test.each([
  [{ removeMemberIds: [newId()] }, 'removeMemberIds.0'],
  [{ addAccountIds: [newId()] }, 'addAccountIds.0'],
  [{ grants: [{ permission: 'nothing.view' }] }, 'grants.0.permission'],
  [{ status: 'burnt' }, 'status'],
])('%j is refused and names the field', async (body, path) => {
  const reply = await client.post(`/groups/${groupIds[0]}/preview`, body);
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path }] } });
});
