import { expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { badBodies } from './bad-bodies.ts';
import { aScim, aWord, bulkOf, patchOf, problem, shown, unlimited, urn } from './scim.ts';

/** Where SCIM servers usually fail, as far as no section of an RFC and no row of a client has it already. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const neighbour = await aScim(platform);

const read = async (path: string) => (await scim.get(path)).body;
const people = async (count: number): Promise<string[]> =>
  (await Promise.all(Array.from({ length: count }, () => scim.given.user()))).map(({ id }) => id);
const membersOf = async (id: string): Promise<string[]> =>
  ((await read(`/Groups/${id}`)).members ?? []).map(({ value }: { value: string }) => value);

test('the member list is not read and written back: writers at once against a model', async () => {
  const ids = await people(20);
  const group = await scim.given.group({ members: ids.slice(0, 10).map((value) => ({ value })) });
  const model = new Set(ids.slice(0, 10));
  // Each person is of one writer, who adds and removes in turn; a rename goes on between.
  const writers = ids.map(async (id, at) => {
    for (let step = 0; step < 3; step++) {
      const isMember = model.has(id);
      const [add, remove] = [
        { op: 'add', path: 'members', value: [{ value: id }] },
        at % 2
          ? { op: 'remove', path: `members[value eq "${id}"]` }
          : { op: 'remove', path: 'members', value: [{ value: id }] },
      ];
      const { status } = await scim.patch(`/Groups/${group.id}`, isMember ? remove : add);
      expect(status).toBe(204);
      if (isMember) model.delete(id);
      else model.add(id);
      if (at === 0)
        await scim.patch(`/Groups/${group.id}`, {
          op: 'replace',
          path: 'displayName',
          value: `${group.displayName} ${step}`,
        });
    }
  });
  await Promise.all(writers);

  expect((await membersOf(group.id)).sort()).toEqual([...model].sort());
  expect((await read(`/Groups/${group.id}`)).displayName).toBe(`${group.displayName} 2`);
});

test('one request with many members, and their removal by a value array', async () => {
  const ids = await people(120);
  const { id } = await scim.given.group();
  const value = ids.map((each) => ({ value: each }));

  expect((await scim.patch(`/Groups/${id}`, { op: 'add', path: 'members', value })).status).toBe(204);
  expect((await membersOf(id)).sort()).toEqual([...ids].sort());
  expect((await scim.patch(`/Groups/${id}`, { op: 'Remove', path: 'members', value: value.slice(20) })).status).toBe(
    204,
  );
  expect((await membersOf(id)).sort()).toEqual(ids.slice(0, 20).sort());
});

test('members, managers and ids of another tenant, and of local accounts, are like those that never were', async () => {
  const theirs = await neighbour.given.user();
  const theirGroup = await neighbour.given.group();
  const local = (await scim.tenant.client.get('/accounts?source=local')).body.items[0].id;
  const localGroup = (await scim.tenant.given.group()).id;
  const group = await scim.given.group();
  const never = crypto.randomUUID();
  const adding = (value: string) =>
    scim.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value }] });
  const expected = await adding(never);
  expect(expected).toMatchObject(problem(400, 'invalidValue'));

  for (const id of [theirs.id, theirGroup.id, local, localGroup, group.id]) {
    expect((await adding(id)).text).toBe(expected.text);
    expect((await scim.find('Groups', `members eq "${id}"`)).body.totalResults).toBe(0);
  }
  expect(await membersOf(group.id)).toEqual([]);
  for (const id of [theirs.id, theirGroup.id, local, localGroup]) {
    for (const path of [`/Users/${id}`, `/Groups/${id}`]) expect((await scim.get(path)).status).toBe(404);
    // A manager is what the client calls them; it says nothing of who is there.
    const manager = async (value: string) =>
      JSON.stringify((await scim.given.user({ [urn.enterprise]: { manager: { value } } }))[urn.enterprise]).replaceAll(
        value,
        'ID',
      );
    expect(await manager(id)).toBe(await manager(never));
  }
});

test('names that are taken in another tenant are free here', async () => {
  const user = await neighbour.given.user({ externalId: 'same' });
  const group = await neighbour.given.group();

  expect((await scim.post('/Users', { userName: user.userName, externalId: 'same' })).status).toBe(201);
  expect((await scim.post('/Groups', { displayName: group.displayName })).status).toBe(201);
});

test('an e-mail address is of one account: another user with it is 409 uniqueness, and told so in words', async () => {
  const email = `${aWord('mail')}@example.com`;
  await scim.given.user({ emails: [{ value: email, primary: true }] });
  const clash = await scim.post('/Users', {
    userName: aWord(),
    emails: [{ value: email.toUpperCase(), type: 'work' }],
  });

  expect(clash).toMatchObject(problem(409, 'uniqueness'));
  expect(clash.body.detail.toLowerCase()).toMatch(/e-?mail/);
  expect(clash.text).not.toContain(email);
});

test('a repeated creation whose answer was lost converges: 409, look up, PUT, and the same once more', async () => {
  const body = { schemas: [urn.user], userName: aWord('lost'), title: 'first' };
  const made = await scim.post('/Users', body);
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(await scim.post('/Users', body)).toMatchObject(problem(409, 'uniqueness'));
    const [id] = shown(await scim.find('Users', `userName eq "${body.userName}"`), 'id');
    expect(id).toBe(made.body.id);
    expect((await scim.put(`/Users/${id}`, body)).body).toEqual(made.body);
  }
});

test('bad tokens lock out nobody who has a good one', async () => {
  const wrong = await Promise.all(
    Array.from({ length: 100 }, (_, at) =>
      scim.get('/Users', { authorization: `Bearer bwk_pt_${'x'.repeat(22)}${String(at).padStart(32, '0')}_abcdef` }),
    ),
  );
  expect(new Set(wrong.map(({ status }) => status))).toEqual(new Set([401]));

  const good = await Promise.all(Array.from({ length: 10 }, () => scim.get('/Users?count=1')));
  expect(new Set(good.map(({ status }) => status))).toEqual(new Set([200]));
});

test.each(badBodies)('a body with %s is 4xx and makes nobody', async (_name, text) => {
  const before = (await read('/Users?count=0')).totalResults;
  const { id, userName } = await scim.given.user();
  const replies = [
    await scim.send('POST', '/Users', text),
    await scim.send('PUT', `/Users/${id}`, text),
    await scim.send('PATCH', `/Users/${id}`, `{"Operations":[{"op":"add","value":${text === '' ? '""' : text}}]}`),
  ];

  for (const { status, body } of replies.slice(0, 2))
    expect([status, body?.status]).toEqual([expect.toSatisfy((code) => code >= 400 && code < 500), String(status)]);
  expect(replies[2]?.status).toBeLessThan(500);
  expect((await read('/Users?count=0')).totalResults).toBe(before + 1);
  if ((replies[2]?.status ?? 0) >= 400)
    expect(await read(`/Users/${id}`)).toMatchObject({ userName, meta: { resourceType: 'User' } });
});

test('a PATCH of too many operations is 413, and one of very many small ones works', async () => {
  const { id } = await scim.given.user();
  const many = (count: number) =>
    patchOf(...Array.from({ length: count }, (_, at) => ({ op: 'replace', path: 'title', value: `t${at}` })));

  expect((await scim.send('PATCH', `/Users/${id}`, many(1000))).body.title).toBe('t999');
  expect(await scim.send('PATCH', `/Users/${id}`, many(1001))).toMatchObject(problem(413));
  expect((await read(`/Users/${id}`)).title).toBe('t999');
});

// RFC 9110 section 15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
test('methods that an address does not have are 405 with those that it has', async () => {
  const { id } = await scim.given.user();
  const group = await scim.given.group();

  for (const [path, allow] of [
    ['/Users', 'GET, HEAD, POST, OPTIONS'],
    ['/Groups', 'GET, HEAD, POST, OPTIONS'],
    [`/Users/${id}`, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    [`/Groups/${group.id}`, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['/Users/.search', 'POST, OPTIONS'],
    ['/.search', 'POST, OPTIONS'],
    ['/Bulk', 'POST, OPTIONS'],
    ['/Me', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ['/Schemas', 'GET, HEAD, OPTIONS'],
    [`/Schemas/${urn.user}`, 'GET, HEAD, OPTIONS'],
    ['/ResourceTypes/User', 'GET, HEAD, OPTIONS'],
    ['/ServiceProviderConfig', 'GET, HEAD, OPTIONS'],
  ] as const)
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (allow.split(', ').includes(method)) continue;
      const body = method === 'GET' || method === 'DELETE' ? undefined : { userName: 'x' };
      const reply = await scim.send(method, path, body);
      expect(reply, `${method} ${path}`).toMatchObject(problem(405));
      expect(reply.headers.get('allow'), `${method} ${path}`).toBe(allow);
      expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    }
  const head = await scim.send('HEAD', '/Bulk');
  expect([head.status, head.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  expect(await scim.get(`/Users/${id}`)).toMatchObject({ status: 200 });
});

test('who may not ask learns of no method', async () => {
  const other = await aScim(platform);
  for (const [key, status] of [
    [null, 401],
    [`${scim.token.value.slice(0, -1)}_`, 401],
    [scim.tenant.ownerKey, 401],
    [other.token.value, 404],
  ] as const)
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const reply = await platform.client(key).call(method, `${scim.base}/Bulk`);
      expect(reply, `${method} as ${status}`).toMatchObject(problem(status));
      expect(reply.headers.get('allow')).toBeNull();
    }
});

test('addresses that there are not are 404 in the form of SCIM', async () => {
  const { id } = await scim.given.user();
  for (const path of ['/users', `/Users/${id}/emails`, '/Users//', '/Foo', ''])
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(await scim.send(method, path, method === 'POST' ? {} : undefined), path).toMatchObject(problem(404));
});

test('a page of many groups has the members of each: none, few, more than are read at once', async () => {
  const own = await aScim(platform);
  const made = await own.post(
    '/Bulk',
    bulkOf(
      Array.from({ length: 450 }, (_, at) => ({
        method: 'POST',
        path: '/Users',
        bulkId: `u${at}`,
        data: { userName: aWord('u') },
      })),
    ),
  );
  const ids: string[] = made.body.Operations.map(({ location }: { location: string }) => location.split('/').at(-1));
  ids.sort();
  const sizes = [0, 1, 200, 201, 450, ...Array.from({ length: 203 }, (_, at) => at % 4)];
  const model = new Map<string, string[]>();
  for (const size of sizes) {
    const members = ids.slice(0, size);
    const { id } = await own.given.group({ members: members.map((value) => ({ value })) });
    model.set(id, members);
  }
  const membersIn = ({ body }: { body: { Resources: { id: string; members?: { value: string }[] }[] } }) =>
    new Map(body.Resources.map(({ id, members = [] }) => [id, members.map(({ value }) => value)]));

  const all = await own.get('/Groups?count=1000');
  expect(all.headers.get('content-type')).toBe('application/scim+json');
  expect(all.body).toMatchObject({ totalResults: sizes.length, itemsPerPage: sizes.length });
  expect(membersIn(all)).toEqual(model);
  // A page without large groups is answered whole.
  expect(membersIn(await own.get('/Groups?count=200&startIndex=6')).size).toBe(200);
  expect(membersIn(await own.get('/Groups?count=1&startIndex=5'))).toEqual(new Map([...model].slice(4, 5)));
  for (const each of (await own.get('/Groups?count=1000&excludedAttributes=members')).body.Resources)
    expect(each).not.toHaveProperty('members');
  // At the root groups follow people, with their members as well (RFC 7644 section 3.4.2.1).
  const root = await own.post('/.search', { filter: 'meta.resourceType eq "Group"', count: 300 });
  expect(membersIn(root)).toEqual(model);
  const both = await own.post('/.search', { count: 455, attributes: ['members', 'userName'] });
  expect(both.body.Resources).toHaveLength(455);
  expect(
    [...membersIn({ body: { Resources: both.body.Resources.slice(450) } }).values()].map((each) => each.length),
  ).toEqual(sizes.slice(0, 5));
});
