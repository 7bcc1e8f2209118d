import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aModel } from '../../../test/brute.ts';
import { patchOf, unlimited } from '../../../test/conformance/scim/scim.ts';
import { urn } from '../../../test/conformance/scim/urn.ts';
import { aName, aPlatform, aTenant } from '../../../test/harness.ts';
import { manyPeople } from '../../../test/many-people.ts';

/** Who gains and loses what by a request of provisioning stands in its audit entry: held against everybody's rights before and after. */

// biome-ignore lint/suspicious/noExplicitAny: replies as the server says
type Any = any;

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const tenant = await aTenant(platform);
const { client, given } = tenant;
const { groupIds, spaces, state, brute, asBrute } = await aModel(platform, tenant);
const sql = (text: string, values: unknown[] = []) => platform.sql('au', text, values);
const scim = platform.client((await given.token()).value);
const base = `/scim/v2/${tenant.id}`;
await client.patch('/provisioning', { guardPercent: 100 }, '*');

const made = async (path: string, body: object) => {
  const reply = await scim.post(base + path, body);
  expect(reply.status, reply.text).toBe(201);
  return reply.body.id as string;
};
const user = (more: object = {}) => made('/Users', { schemas: [urn.user], userName: aName('user'), ...more });
const listed = (ids: readonly string[]) => ids.map((value) => ({ value }));
const group = async (members: readonly string[], grants: object[] = []) => {
  const id = await made('/Groups', { schemas: [urn.group], displayName: aName('group'), members: listed(members) });
  const reply = await client.put(`/groups/${id}/grants`, { grants }, '*');
  expect(reply.status, reply.text).toBe(200);
  return id;
};

/** What the entries of one request keep, in their order. */
const effectsOf = async (requestId: string) =>
  (
    await sql(
      `select changes -> 'details' -> 'effect' as effect, target_id from audit_entries where request_id = $1 order by id`,
      [requestId],
    )
  ).map(({ effect }: Any) => effect ?? null);

/** Sends a request and holds what its one entry keeps against how everybody stands. */
async function seen(method: 'post' | 'patch' | 'put' | 'delete', path: string, body?: object) {
  const before = await state();
  const reply = await (scim as Any)[method](base + path, ...(body ? [body] : []));
  const after = await state();
  expect(reply.status, reply.text).toBeLessThan(500);
  const kept = await effectsOf(reply.headers.get('x-request-id') as string);
  const expected = brute(before.groups, after.groups, after.everybody, undefined, before.everybody);
  const isMoved = Object.keys(expected.gains.permissions).length + Object.keys(expected.loses.permissions).length > 0;
  if (!isMoved) expect(kept.filter(Boolean), `${method} ${path} ${JSON.stringify(body)}`).toEqual([]);
  else {
    expect(kept, `${method} ${path} ${JSON.stringify(body)}`).toHaveLength(1);
    const { namespaces: _all, ...said } = asBrute(kept[0]);
    const { namespaces: _ours, ...wanted } = expected;
    expect(said, `${method} ${path} ${JSON.stringify(body)}`).toEqual(wanted);
  }
  return isMoved;
}

test('the entry of a request keeps who gains and loses what by it, and nothing where nobody does', async () => {
  const grants = [
    [{ permission: 'accounts.change' }],
    [{ permission: 'groups.change' }, { permission: 'gateways.change', namespaceId: spaces[0] }],
    [{ permission: 'gateways.*' }, { permission: 'audit.view' }],
    [],
  ];
  const local = groupIds[0] as string;
  await client.put(`/groups/${local}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  const moved = new Map<string, number>();
  for (let round = 0; round < 12; round++) {
    const users = await Promise.all([0, 1, 2, 3].map((at) => user({ active: at !== 3 })));
    const groups = await Promise.all(
      grants.map((each, at) =>
        group(
          users.filter((_, place) => (place + at + round) % 2 === 0),
          each,
        ),
      ),
    );
    // One of them gives nothing while it is disabled.
    if (round % 3 === 0) expect((await client.post(`/groups/${groups[2]}/disable`)).status).toBe(200);
    await client.post(`/groups/${local}/members`, { accountIds: [users[0], users[3]] });
    const someone = fc.constantFrom(...users);
    const somewhere = fc.constantFrom(...groups);
    const members = fc.uniqueArray(someone, { maxLength: 3 }).map(listed);
    const often = <T>(arbitrary: fc.Arbitrary<T>) => ({ arbitrary, weight: 3 });
    const request = fc.oneof(
      fc.record({ id: someone, active: fc.boolean() }).map(({ id, active }) => ({
        kind: 'state',
        method: 'patch',
        path: `/Users/${id}`,
        body: patchOf({ op: 'replace', path: 'active', value: active }),
      })),
      fc.record({ id: someone, active: fc.boolean(), at: fc.nat({ max: 9 }) }).map(({ id, active, at }) => ({
        kind: 'person',
        method: 'put',
        path: `/Users/${id}`,
        body: { schemas: [urn.user], userName: `${id}-${at}`, active },
      })),
      often(
        fc
          .record({ id: somewhere, value: members, op: fc.constantFrom('add', 'remove', 'replace') })
          .map(({ id, value, op }) => ({
            kind: op,
            method: 'patch',
            path: `/Groups/${id}`,
            body: patchOf({ op, path: 'members', value }),
          })),
      ),
      somewhere.map((id) => ({
        kind: 'all',
        method: 'patch',
        path: `/Groups/${id}`,
        body: patchOf({ op: 'remove', path: 'members' }),
      })),
      fc.record({ id: somewhere, value: fc.option(members, { nil: undefined }) }).map(({ id, value }) => ({
        kind: 'group',
        method: 'put',
        path: `/Groups/${id}`,
        body: { schemas: [urn.group], displayName: id, ...(value ? { members: value } : {}) },
      })),
      somewhere.map((id) => ({ kind: 'deleted', method: 'delete', path: `/Groups/${id}`, body: undefined })),
      // Who is deleted while they cannot act loses nothing that they could use.
      fc.constantFrom(...users.slice(0, 3)).map((id) => ({ kind: 'gone', method: 'delete', path: `/Users/${id}` })),
    );
    for (const { kind, method, path, body } of fc.sample(request, { numRuns: 14, seed: round }) as Any[]) {
      if (kind === 'gone') await scim.patch(base + path, patchOf({ op: 'replace', path: 'active', value: true }));
      if (await seen(method, path, body)) moved.set(kind, (moved.get(kind) ?? 0) + 1);
    }
  }
  expect([...moved.keys()].sort()).toEqual(
    ['add', 'all', 'deleted', 'gone', 'group', 'person', 'remove', 'replace', 'state'].sort(),
  );
}, 120_000);

test('thousands who join or leave by one request are counted by the entries of its slices, and once where a group goes', async () => {
  const ids = await manyPeople(platform, tenant.id, 5300);
  const into = await group([], [{ permission: 'audit.view' }]);
  const sums = async (reply: Any) => {
    expect(reply.status, reply.text).toBeLessThan(300);
    const kept = (await effectsOf(reply.headers.get('x-request-id'))).filter(Boolean);
    const sum = (side: string) => kept.reduce((total: number, effect: Any) => total + effect[side].people, 0);
    return { entries: kept.length, gains: sum('gains'), loses: sum('loses') };
  };
  const members = (op: string, value: string[]) =>
    scim.patch(`${base}/Groups/${into}`, patchOf({ op, path: 'members', value: listed(value) }));
  expect(await sums(await members('add', ids))).toEqual({ entries: 3, gains: 5300, loses: 0 });
  expect(await sums(await members('replace', ids.slice(200)))).toMatchObject({ gains: 0, loses: 200 });
  expect(await sums(await scim.delete(`${base}/Groups/${into}`))).toEqual({ entries: 1, gains: 0, loses: 5100 });
}, 120_000);

test('an entry stays short where a group gives very much', async () => {
  const places = await Promise.all(Array.from({ length: 24 }, () => given.namespace()));
  const grants = places.flatMap(({ id: namespaceId }: Any) =>
    ['namespaces.*', 'gateways.*'].map((permission) => ({ permission, namespaceId })),
  );
  const [into, member] = [await group([], grants), await user()];
  const add = patchOf({ op: 'add', path: 'members', value: listed([member]) });
  const reply = await scim.patch(`${base}/Groups/${into}`, add);
  const [{ gains }] = await effectsOf(reply.headers.get('x-request-id') as string);
  expect(gains).toMatchObject({ people: 1, permissionsLeftOut: expect.any(Number) });
  expect(gains.permissions).toHaveLength(100);
  expect((gains.permissions.length + gains.permissionsLeftOut) % places.length).toBe(0);
});

test('who is taken over and comes to act gains what their groups give', async () => {
  const account = await given.account();
  await client.put(`/groups/${groupIds[1]}/grants`, { grants: [{ permission: 'audit.view' }] }, '*');
  await client.post(`/groups/${groupIds[1]}/members`, { accountIds: [account.id] });
  const body = {
    schemas: [urn.user],
    userName: account.username,
    emails: [{ value: account.email, primary: true }],
  };
  expect((await scim.post(`${base}/Users`, body)).status).toBe(409);
  const { items } = (await client.get('/provisioning/holds?state=open&kind=clash')).body;
  const hold = items.find(({ account: each }: Any) => each.id === account.id);
  expect((await client.post(`/provisioning/holds/${hold.id}/allow`)).status).toBe(200);
  expect(await seen('post', '/Users', body)).toBe(true);
});
