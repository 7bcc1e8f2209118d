import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { aName, aPlatform, aTenant, clientOf, type TestPlatform, type TestTenant } from '../harness.ts';
import type { Placeholders } from './bodies.ts';
import { checksum, populate, scimContentType } from './tenants.ts';

/**
 * T1 and T2 over SCIM: ids of another tenant, and of what administrators made in one's own, in each place where SCIM
 * takes an id or a value. The answer is that to an id that never was, and nothing of theirs moves.
 */

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

let platform: TestPlatform;
let a: TestTenant;
let b: TestTenant;
let own: Placeholders;
let foreign: Placeholders;

beforeAll(async () => {
  platform = await aPlatform({ regions: ['au'] });
  a = await aTenant(platform, 'au');
  b = await aTenant(platform, 'au');
  own = await populate(platform, a);
  foreign = await populate(platform, b);
}, 120_000);

interface Sent {
  method: string;
  path: string;
  body?: unknown;
}

function call({ method, path, body }: Sent, tenant = a, token = own.token as string) {
  const client = clientOf(platform.url, token, { 'content-type': scimContentType });
  return client.call(method, `/scim/v2/${tenant.id}${path}`, body === undefined ? {} : { body });
}

/** What a request says, but for ids that it was given or made, and moments. */
const said = ({ status, headers, text }: Awaited<ReturnType<typeof call>>, id: string) => ({
  status,
  type: headers.get('content-type'),
  etag: headers.get('etag')?.replace(/\d+/, '<a version>'),
  text: text
    .replaceAll(id, '<the id>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<an id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<a moment>')
    .replace(/made-[0-9a-z-]+/g, '<a name>'),
});

const patch = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
const bulk = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations,
});
const filtered = (filter: string, endpoint = 'Users'): Sent => ({
  method: 'GET',
  path: `/${endpoint}?filter=${encodeURIComponent(filter)}`,
});
const searching = (filter: string, endpoint = ''): Sent => ({
  method: 'POST',
  path: `${endpoint}/.search`,
  body: { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter },
});

/** Requests that name a user, by where they name it. */
const namingUsers: Record<string, (id: string) => Sent> = {
  'path, GET': (id) => ({ method: 'GET', path: `/Users/${id}` }),
  'path, PUT': (id) => ({ method: 'PUT', path: `/Users/${id}`, body: { userName: own.userName } }),
  'path, PATCH': (id) => ({
    method: 'PATCH',
    path: `/Users/${id}`,
    body: patch({ op: 'replace', path: 'active', value: false }),
  }),
  'path, DELETE': (id) => ({ method: 'DELETE', path: `/Users/${id}` }),
  'path of a group': (id) => ({ method: 'GET', path: `/Groups/${id}` }),
  'path in capitals': (id) => ({ method: 'GET', path: `/Users/${id.toUpperCase()}` }),
  'filter: id eq': (id) => filtered(`id eq "${id}"`),
  'filter: id sw': (id) => filtered(`id sw "${id.slice(0, 30)}"`),
  'filter: or': (id) => filtered(`id eq "${id}" or externalId eq "${foreign.externalId}"`),
  'filter: not': (id) => filtered(`id eq "${id}" and not (userName eq "nobody")`),
  'filter: manager': (id) => filtered(`${enterprise}:manager.value eq "${id}"`),
  'filter: members.value': (id) => filtered(`members.value eq "${id}"`, 'Groups'),
  'filter: members eq': (id) => filtered(`members eq "${id}"`, 'Groups'),
  'filter: members[...]': (id) => filtered(`members[value eq "${id}"]`, 'Groups'),
  'filter: a group and a member': (id) => filtered(`id eq "${own.Groups}" and members eq "${id}"`, 'Groups'),
  'filter of the other group': (id) => filtered(`id eq "${foreign.Groups}" and members eq "${id}"`, 'Groups'),
  'search of users': (id) => searching(`id eq "${id}"`, '/Users'),
  'search of groups': (id) => searching(`members.value eq "${id}"`, '/Groups'),
  'search of the root': (id) => searching(`id eq "${id}"`),
  'a member of a new group': (id) => ({
    method: 'POST',
    path: '/Groups',
    body: { displayName: aName('made'), members: [{ value: own.Users }, { value: id }] },
  }),
  'a member by its address': (id) => ({
    method: 'POST',
    path: '/Groups',
    body: {
      displayName: aName('made'),
      members: [{ value: id, $ref: `${platform.url}/scim/v2/${b.id}/Users/${id}`, type: 'User' }],
    },
  }),
  'members, PUT': (id) => ({
    method: 'PUT',
    path: `/Groups/${own.Groups}`,
    body: { displayName: own.groupName, members: [{ value: id }] },
  }),
  'members, add': (id) => ({
    method: 'PATCH',
    path: `/Groups/${own.Groups}`,
    body: patch({ op: 'add', path: 'members', value: [{ value: id }] }),
  }),
  'members, add without a path': (id) => ({
    method: 'PATCH',
    path: `/Groups/${own.Groups}`,
    body: patch({ op: 'add', value: { members: [{ value: id }] } }),
  }),
  'members, replace': (id) => ({
    method: 'PATCH',
    path: `/Groups/${own.Groups}`,
    body: patch({ op: 'replace', path: 'members', value: [{ value: id }] }),
  }),
  'members, remove by value': (id) => ({
    method: 'PATCH',
    path: `/Groups/${own.Groups}`,
    body: patch({ op: 'remove', path: 'members', value: [{ value: id }] }),
  }),
  'members, remove by path': (id) => ({
    method: 'PATCH',
    path: `/Groups/${own.Groups}`,
    body: patch({ op: 'remove', path: `members[value eq "${id}"]` }),
  }),
  'manager of a new user': (id) => ({
    method: 'POST',
    path: '/Users',
    body: { userName: aName('made'), [enterprise]: { manager: { value: id } } },
  }),
  'manager, PATCH': (id) => ({
    method: 'PATCH',
    path: `/Users/${own.Users}?attributes=${enterprise}:manager`,
    body: patch({ op: 'replace', path: `${enterprise}:manager`, value: id }),
  }),
  'id and groups of a new user': (id) => ({
    method: 'POST',
    path: '/Users',
    body: { id, userName: aName('made'), groups: [{ value: foreign.Groups }], meta: { location: id } },
  }),
  'Bulk, PATCH': (id) => ({
    method: 'POST',
    path: '/Bulk',
    body: bulk({
      method: 'PATCH',
      path: `/Users/${id}`,
      data: patch({ op: 'replace', path: 'active', value: false }),
    }),
  }),
  'Bulk, PUT': (id) => ({
    method: 'POST',
    path: '/Bulk',
    body: bulk({ method: 'PUT', path: `/Users/${id}`, data: { userName: own.userName } }),
  }),
  'Bulk, DELETE': (id) => ({ method: 'POST', path: '/Bulk', body: bulk({ method: 'DELETE', path: `/Users/${id}` }) }),
  'Bulk, the path of the other tenant': (id) => ({
    method: 'POST',
    path: '/Bulk',
    body: bulk(
      { method: 'DELETE', path: `/scim/v2/${b.id}/Users/${id}` },
      { method: 'DELETE', path: `/Users/../../${b.id}/Users/${id}` },
      { method: 'DELETE', path: `/Users/${id}?x` },
      { method: 'DELETE', path: `${platform.url}/scim/v2/${b.id}/Users/${id}` },
    ),
  }),
  'Bulk, a member': (id) => ({
    method: 'POST',
    path: '/Bulk',
    body: bulk({
      method: 'POST',
      path: '/Groups',
      bulkId: 'g',
      data: { displayName: aName('made'), members: [{ value: id }] },
    }),
  }),
};

const namingGroups: Record<string, (id: string) => Sent> = {
  'path, GET': (id) => ({ method: 'GET', path: `/Groups/${id}` }),
  'path, GET without members': (id) => ({ method: 'GET', path: `/Groups/${id}?excludedAttributes=members` }),
  'path, PUT': (id) => ({ method: 'PUT', path: `/Groups/${id}`, body: { displayName: own.groupName } }),
  'path, PATCH': (id) => ({
    method: 'PATCH',
    path: `/Groups/${id}`,
    body: patch({ op: 'add', path: 'members', value: [{ value: own.Users }] }),
  }),
  'path, PATCH that is not valid': (id) => ({ method: 'PATCH', path: `/Groups/${id}`, body: patch({ op: 'x' }) }),
  'path, DELETE': (id) => ({ method: 'DELETE', path: `/Groups/${id}` }),
  'path of a user': (id) => ({ method: 'GET', path: `/Users/${id}` }),
  'filter: id eq': (id) => filtered(`id eq "${id}"`, 'Groups'),
  'filter: groups.value': (id) => filtered(`groups.value eq "${id}"`),
  'filter: groups[...]': (id) => filtered(`groups[value eq "${id}"]`),
  'search of the root': (id) => searching(`id eq "${id}"`),
  'a member that is a group': (id) => ({
    method: 'POST',
    path: '/Groups',
    body: { displayName: aName('made'), members: [{ value: id }] },
  }),
  'Bulk, PATCH': (id) => ({
    method: 'POST',
    path: '/Bulk',
    body: bulk({
      method: 'PATCH',
      path: `/Groups/${id}`,
      data: patch({ op: 'add', path: 'members', value: [{ value: own.Users }] }),
    }),
  }),
  'Bulk, DELETE': (id) => ({ method: 'POST', path: '/Bulk', body: bulk({ method: 'DELETE', path: `/Groups/${id}` }) }),
};

async function expectAsIfItNeverWas(name: (id: string) => Sent, id: string) {
  const never = newId();
  const before = await checksum(platform, b);
  const localBefore = await localRows();
  const there = await call(name(id));
  const nowhere = await call(name(never));
  expect(said(there, id)).toEqual(said(nowhere, never));
  expect(await checksum(platform, b)).toBe(before);
  expect(await localRows()).toEqual(localBefore);
}

/** What administrators made in the tenant. */
const localRows = () =>
  platform.sql(
    'au',
    `select md5(string_agg(t::text, '' order by t::text)) as sum from (
       select to_jsonb(a) - 'last_seen_at' as t from accounts a where tenant_id = $1 and source <> 'scim'
       union all select to_jsonb(g) as t from groups g where tenant_id = $1 and source <> 'scim') rows`,
    [a.id],
  );

describe.each(Object.entries(namingUsers))('a user in %s', (_place, name) => {
  test("another tenant's is as if it never was", () => expectAsIfItNeverWas(name, foreign.Users as string));
  test('one that an administrator made is as if it never was', () =>
    expectAsIfItNeverWas(name, own.accounts as string));
  test('a service account is as if it never was', () => expectAsIfItNeverWas(name, own['service-accounts'] as string));
});

describe.each(Object.entries(namingGroups))('a group in %s', (_place, name) => {
  test("another tenant's is as if it never was", () => expectAsIfItNeverWas(name, foreign.Groups as string));
  test('one that an administrator made is as if it never was', () => expectAsIfItNeverWas(name, own.groups as string));
});

test('values of another tenant find nothing, and are free here', async () => {
  for (const filter of [
    `userName eq "${foreign.userName}"`,
    `externalId eq "${foreign.externalId}"`,
    `userName pr and externalId ew "${String(foreign.externalId).slice(1)}"`,
  ])
    expect((await call(filtered(filter))).body, filter).toMatchObject({ totalResults: 0 });
  const same = await call({
    method: 'POST',
    path: '/Users',
    body: { userName: foreign.userName, externalId: foreign.externalId },
  });
  expect(same.status, same.text).toBe(201);
  const group = await call({ method: 'POST', path: '/Groups', body: { displayName: foreign.groupName } });
  expect(group.status, group.text).toBe(201);
  expect(await call({ method: 'DELETE', path: `/Users/${same.body.id}` })).toMatchObject({ status: 204 });
  const theirs = await call({ method: 'GET', path: `/Users/${foreign.Users}` }, b, foreign.token as string);
  expect(theirs.body).toMatchObject({ userName: foreign.userName, externalId: foreign.externalId });
});

test('nothing that is listed is of the other tenant, by whatever order, page or projection', async () => {
  const theirs = [
    foreign.Users,
    foreign.Groups,
    foreign.userName,
    foreign.groupName,
    b.id,
    foreign.accounts,
  ] as string[];
  // The tests before may have tried their names here.
  const mine = (text: string) =>
    theirs
      .slice(0, 2)
      .concat(b.id)
      .filter((value) => text.includes(value));
  for (const path of [
    '/Users',
    '/Groups',
    '/Users?sortBy=userName&sortOrder=descending&count=1000',
    '/Users?sortBy=meta.created',
    '/Users?cursor',
    '/Groups?cursor&count=1',
    '/Users?startIndex=2&count=1',
    '/Groups?attributes=members',
    '/Users?attributes=groups',
    '/Users?filter=meta.created+gt+%222000-01-01T00%3A00%3A00Z%22',
  ]) {
    const reply = await call({ method: 'GET', path });
    expect(reply.status, reply.text).toBe(200);
    for (const { id } of reply.body.Resources) expect([own.accounts, own.groups], path).not.toContain(id);
    // A manager may be any text that the identity provider chose.
    expect(mine(reply.text.replace(/"manager":\{[^}]*\}/g, '')), path).toEqual([]);
  }
});

test("a cursor of another tenant's list shows nothing of it", async () => {
  const scim = (tenant: TestTenant, token: string) => (path: string) => call({ method: 'GET', path }, tenant, token);
  const theirs = scim(b, foreign.token as string);
  for (let made = 0; made < 3; made++)
    await call({ method: 'POST', path: '/Users', body: { userName: aName('more') } }, b, foreign.token as string);
  const { body } = await theirs('/Users?cursor&count=1');
  expect(body.nextCursor).toBeTruthy();
  const reply = await call({ method: 'GET', path: `/Users?count=1&cursor=${encodeURIComponent(body.nextCursor)}` });
  expect(reply.text).not.toContain(b.id);
  for (const { meta } of reply.body.Resources ?? []) expect(meta.location).toContain(a.id);
});

test("a token on another tenant's address is noted nowhere there", async () => {
  const calls = async (tenant: TestTenant) =>
    (await tenant.client.get('/provisioning/calls?limit=200')).body.items.map(
      ({ resource }: { resource: string }) => resource,
    );
  const marker = newId();
  expect((await call({ method: 'GET', path: `/Users/${marker}` }, b)).status).toBe(404);
  expect((await call({ method: 'GET', path: `/Users/${marker}` })).status).toBe(404);
  await expect.poll(() => calls(a), { timeout: 20_000 }).toContain(`Users/${marker}`);
  expect(await calls(b)).not.toContain(`Users/${marker}`);
  expect(await platform.sql('au', 'select tenant_id from provisioning_calls where target_key = $1', [marker])).toEqual([
    { tenant_id: a.id },
  ]);
});
