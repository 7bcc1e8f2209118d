import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { aModel, type Grant, type Group, type Person } from '../../../test/brute.ts';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { sizes } from './store.ts';

/**
 * The preview against brute force: each person's rights worked out one by one before and after, on random tenants and
 * random changes, and then the audit entry of the change against the preview of it.
 */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'], env: { BAILIWICK_REQUESTS_PER_SECOND: '100000' } });
const tenant = await aTenant(platform);
const { client, given } = tenant;

const { spaces, people, groupIds, model, change, build, changed, brute, asBrute } = await aModel(platform, tenant);

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

/** How many of the changes of these models gain or lose somebody something. */
async function compareWithBrute(samples: typeof models): Promise<number> {
  let moved = 0;
  for (const [at, sample] of samples.entries()) {
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
  return moved;
}

test(`${CASES} random changes gain and lose what brute force says`, { timeout: 600_000 }, async () => {
  expect(await compareWithBrute(models)).toBeGreaterThan(CASES / 10);
});

/** As it is asked where thousands are concerned, in two halves at the same time. */
async function asOfMany(work: () => Promise<void>) {
  const asked = { ...sizes };
  const parts = vi.spyOn(TenantContext.prototype, 'askParts');
  Object.assign(sizes, { few: -1, judgedFirst: 1 });
  try {
    await work();
    expect(parts.mock.calls.filter(([{ length }]) => length === 2).length).toBeGreaterThan(10);
  } finally {
    Object.assign(sizes, asked);
    parts.mockRestore();
  }
}

test('of many the same is said, and the names behind it', { timeout: 600_000 }, () =>
  asOfMany(async () => {
    const some = models.slice(0, 20);
    expect(await compareWithBrute(some)).toBeGreaterThan((some.length * PER_MODEL) / 10);
    await compareNames(some);
  }),
);

async function compareNames(samples: typeof models) {
  for (const [at, sample] of samples.entries()) {
    const groups = await build(sample);
    for (const each of fc.sample(change, { numRuns: 3, seed: at })) {
      const body = bodyOf(groups, each);
      const path = `/groups/${groupIds[each.group]}/preview`;
      const effect = (await client.post(path, body)).body;
      for (const side of ['gains', 'loses'] as const) {
        const names = (await client.post(`${path}/names`, { ...body, side })).body.items;
        const { people: acting, serviceAccounts, inactive } = effect[side];
        expect(names.length).toBe(acting + serviceAccounts + inactive);
        expect(names.filter((one: Any) => one.inactive).length).toBe(inactive);
        for (const right of effect[side].permissions.slice(0, 3)) {
          const { permission, namespaceId } = right;
          const some = (await client.post(`${path}/names`, { ...body, side, permission, namespaceId })).body.items;
          expect(some.length).toBe(right.people + right.serviceAccounts + right.inactive);
          for (const one of some) expect(one[side]).toContainEqual({ permission, namespaceId });
        }
      }
    }
  }
}

test('the names behind a number are those whom it counts', () => compareNames(models.slice(0, 25)));

/** Nobody of the model is in any group. */
const clear = () => build({ groups: groupIds.map(() => ({ grants: [], members: [], isEnabled: true })), owners: [] });

test('a page of names goes on after the last id', async () => {
  await clear();
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
  await clear();
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

test('a membership that is over gives nothing to lose', async () => {
  await clear();
  const [group, other] = [await given.group(), await given.group()];
  const person = people[0] as Person;
  for (const { id } of [group, other]) {
    await client.put(`/groups/${id}/grants`, { grants: [{ permission: 'tenant.close' }] }, '*');
    await client.post(`/groups/${id}/members`, { accountIds: [person.id] });
  }
  await client.put(`/groups/${groupIds[0]}/grants`, { grants: [] }, '*');
  const loses = async () =>
    (await client.post(`/groups/${group.id}/preview`, { status: 'disabled' })).body.loses.people;
  expect(await loses()).toBe(0); // held by the other group too
  await platform.sql(
    'au',
    "update memberships set ends_at = platform_time() - interval '1 second' where group_id = $1",
    [other.id],
  );
  expect(await loses()).toBe(1);
  await platform.sql(
    'au',
    "update memberships set ends_at = platform_time() - interval '1 second' where group_id = $1",
    [group.id],
  );
  expect(await loses()).toBe(0);
});

test('who is invited or disabled is counted apart, named, and warned of: it holds what it is given once it can act', async () => {
  await clear();
  const group = await given.group();
  const invited = await given.account();
  const grants = [{ permission: 'accounts.change' }, { permission: 'groups.change' }];
  await client.put(`/groups/${group.id}/grants`, { grants }, '*');
  const body = { addAccountIds: [invited.id] };
  const { gains, loses, mixes } = (await client.post(`/groups/${group.id}/preview`, body)).body;
  const alone = { people: 0, serviceAccounts: 0, keys: 0, guests: 0, inactive: 1 };
  expect(gains).toEqual({
    ...alone,
    permissions: grants.map(({ permission }) => ({ ...alone, permission, namespaceId: null })),
  });
  expect(loses).toMatchObject({ people: 0, inactive: 0, permissions: [] });
  expect(mixes).toMatchObject([{ permissions: ['accounts.change', 'groups.change'], ...alone }]);
  const named = await client.post(`/groups/${group.id}/preview/names`, { ...body, side: 'gains' });
  expect(named.body.items).toMatchObject([{ id: invited.id, inactive: true }]);
  await client.post(`/groups/${group.id}/members`, { accountIds: [invited.id] });
  const [entry] = (await client.get(`/audit-entries?targetId=${group.id}&limit=1`)).body.items;
  expect(entry.details.effect).toMatchObject({ gains: { inactive: 1 }, mixes });
  // Whoever has not accepted an invitation yet loses it the same way, by every look.
  const lost = { gains: { permissions: [] }, loses: { people: 0, inactive: 1 } };
  for (const change of [{ status: 'disabled' }, { grants: [] }, { removeMemberIds: [invited.id] }])
    expect((await client.post(`/groups/${group.id}/preview`, change)).body).toMatchObject(lost);
  const leaving = { accounts: { act: 'removeFromGroup', ids: [invited.id], groupId: group.id } };
  expect((await client.post('/access/look', leaving)).body.effect).toMatchObject(lost);
});

/** As docs/access.md lists them. */
const dangerous = [
  'accounts.change and groups.change',
  'groups.change and integrations.issue',
  'groups.change and provisioning.issue',
  'accounts.change and identity-providers.change',
  'gateways.change and namespaces.reset-keys',
  'accounts.delete and tenant.close',
];

test('each dangerous pair is warned of by itself, and no other pair of all permissions', {
  timeout: 120_000,
}, async () => {
  await clear();
  const person = people[3] as Person;
  const group = await given.group();
  await client.post(`/groups/${group.id}/members`, { accountIds: [person.id] });
  const topics = (await platform.anyone.get('/v1/topics')).body.items as Any[];
  const all = topics.flatMap(({ permissions }) => permissions.map(({ name }: Any) => name as string)).sort();
  const pairs = all.flatMap((first, at) => all.slice(at + 1).map((second) => [first, second] as const));
  const warned: string[] = [];
  while (pairs.length > 0)
    await Promise.all(
      pairs.splice(0, 10).map(async ([first, second]) => {
        const grants = [{ permission: first }, { permission: second }];
        const reply = await client.post(`/groups/${group.id}/preview`, { grants });
        expect(reply.status, reply.text).toBe(200);
        for (const { permissions, people: count } of reply.body.mixes) {
          expect([...permissions].sort()).toEqual([first, second]);
          expect(count).toBe(1);
          warned.push(`${first} and ${second}`);
        }
      }),
    );
  expect(warned.sort()).toEqual([...dangerous].sort());
});

test('two powers that are dangerous together are warned of when a change brings them together', async () => {
  await clear();
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
  [{ ownerId: newId() }, 'ownerId'],
])('%j is refused and names the field', async (body, path) => {
  const reply = await client.post(`/groups/${groupIds[0]}/preview`, body);
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path }] } });
});
