import { expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, problem, unlimited, urn } from './scim.ts';

/** RFC 7644 section 3.7: Bulk. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const bulk = (operations: object[], more: object = {}) => scim.post('/Bulk', bulkOf(operations, more));
const postUser = (bulkId: string, data: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [urn.user], userName: aWord(bulkId), ...data },
});
const postGroup = (bulkId: string, data: object = {}) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { schemas: [urn.group], displayName: aWord(bulkId), ...data },
});
const idIn = (location: string) => location.slice(location.lastIndexOf('/') + 1);
const read = async (path: string) => (await scim.get(path)).body;
const statuses = ({ body }: { body: { Operations: { status: string }[] } }) =>
  body.Operations.map(({ status }) => status);
const membersOf = async (id: string) =>
  ((await read(`/Groups/${id}`)).members ?? []).map(({ value }: { value: string }) => value).sort();

test('3.7 each answer has method, bulkId, location, version and status: "HTTP response code 200 OK MUST be returned"', async () => {
  const [changed, replaced, deleted] = [await scim.given.user(), await scim.given.user(), await scim.given.user()];
  const reply = await bulk([
    postUser('qwerty'),
    { method: 'PUT', path: `/Users/${replaced.id}`, data: { userName: replaced.userName, title: 'put' } },
    { method: 'PATCH', path: `/Users/${changed.id}`, data: patchOf({ op: 'add', path: 'title', value: 'patched' }) },
    { method: 'DELETE', path: `/Users/${deleted.id}` },
  ]);

  expect(reply).toMatchObject({ status: 200, body: { schemas: [urn.bulkResponse] } });
  expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  const [made, put, patched, gone] = reply.body.Operations;
  const { id } = await read(`/Users/${idIn(made.location)}`);
  expect(made).toEqual({
    method: 'POST',
    bulkId: 'qwerty',
    location: `${scim.url}/Users/${id}`,
    version: (await scim.get(`/Users/${id}`)).etag,
    status: '201',
  });
  expect(put).toEqual({
    method: 'PUT',
    location: replaced.meta.location,
    version: (await scim.get(`/Users/${replaced.id}`)).etag,
    status: '200',
  });
  expect(patched).toMatchObject({
    method: 'PATCH',
    location: changed.meta.location,
    version: (await scim.get(`/Users/${changed.id}`)).etag,
    status: '200',
  });
  expect(gone).toMatchObject({ method: 'DELETE', location: deleted.meta.location, status: '204' });
  expect(await read(`/Users/${changed.id}`)).toMatchObject({ title: 'patched' });
  expect((await scim.get(`/Users/${deleted.id}`)).status).toBe(404);
});

test('3.7 partial failures are disregarded; each error is a response in the form of section 3.12', async () => {
  const there = await scim.given.user();
  const reply = await bulk([
    postUser('one'),
    postUser('two', { userName: there.userName }),
    { method: 'PATCH', path: `/Users/${crypto.randomUUID()}`, data: patchOf({ op: 'add', path: 'title', value: 'x' }) },
    { method: 'GET', path: `/Users/${there.id}` },
    { method: 'POST', path: '/Nothing', bulkId: 'x', data: {} },
    { method: 'POST', path: '/Users', data: { userName: aWord() } },
    postUser('three', { userName: '' }),
    postUser('four'),
  ]);

  expect(reply.status).toBe(200);
  expect(statuses(reply)).toEqual(['201', '409', '404', '400', '400', '400', '400', '201']);
  for (const each of reply.body.Operations)
    if (Number(each.status) >= 400)
      expect(each.response).toMatchObject({ schemas: [urn.error], status: each.status, detail: expect.any(String) });
  expect(reply.body.Operations[1]).toMatchObject({ bulkId: 'two', response: { scimType: 'uniqueness' } });
  // "REQUIRED in response ... except in the event of a POST failure".
  expect(reply.body.Operations[1]).not.toHaveProperty('location');
  expect(reply.body.Operations[2].location).toMatch(new RegExp(`^${scim.url}/Users/`));
});

test('3.7 failOnErrors: "the number of errors that the service provider will accept before the operation is terminated"', async () => {
  const bad = () => ({ method: 'DELETE', path: `/Users/${crypto.randomUUID()}` });
  const after = async (failOnErrors: number | undefined) =>
    statuses(
      await bulk(
        [postUser('a'), bad(), postUser('b'), bad(), postUser('c'), bad(), postUser('d')],
        failOnErrors === undefined ? {} : { failOnErrors },
      ),
    );

  expect(await after(1)).toEqual(['201', '404']);
  expect(await after(2)).toEqual(['201', '404', '201', '404']);
  expect(await after(3)).toEqual(['201', '404', '201', '404', '201', '404']);
  expect(await after(undefined)).toEqual(['201', '404', '201', '404', '201', '404', '201']);
  for (const failOnErrors of ['1', -1, 1.5, {}])
    expect(await bulk([postUser('x')], { failOnErrors })).toMatchObject(problem(400, 'invalidValue'));
});

test('3.7.2 bulkIds are resolved to ids, in data and in paths, behind and ahead', async () => {
  const reply = await bulk([
    postGroup('group', { members: [{ type: 'User', value: 'bulkId:later' }, { value: 'bulkId:first' }] }),
    postUser('first'),
    postUser('later', { [urn.enterprise]: { manager: { value: 'bulkId:first' } } }),
    { method: 'PATCH', path: '/Users/bulkId:first', data: patchOf({ op: 'add', path: 'title', value: 'by bulkId' }) },
    {
      method: 'PATCH',
      path: '/Groups/bulkId:group',
      data: patchOf({ op: 'replace', path: 'externalId', value: 'by bulkId' }),
    },
  ]);

  expect(statuses(reply)).toEqual(['201', '201', '201', '200', '204']);
  // In the order of the request, whatever was done first.
  expect(reply.body.Operations.map(({ bulkId }: { bulkId?: string }) => bulkId)).toEqual([
    'group',
    'first',
    'later',
    undefined,
    undefined,
  ]);
  const [group, first, later] = reply.body.Operations.map(({ location }: { location: string }) => idIn(location));
  expect(await membersOf(group)).toEqual([first, later].sort());
  expect(await read(`/Users/${first}`)).toMatchObject({ title: 'by bulkId' });
  expect((await read(`/Users/${later}`))[urn.enterprise].manager).toMatchObject({ value: first });
  expect(JSON.stringify([await read(`/Users/${later}`), await read(`/Groups/${group}`)])).not.toContain('bulkId:');
});

test('3.7.1 "MUST try to resolve circular cross-references": managers of each other, and one of themselves', async () => {
  const manager = (bulkId: string) => ({ [urn.enterprise]: { manager: { value: `bulkId:${bulkId}` } } });
  const reply = await bulk([
    postUser('a', manager('b')),
    postUser('b', manager('c')),
    postUser('c', manager('a')),
    postUser('self', manager('self')),
  ]);

  expect(statuses(reply)).toEqual(['201', '201', '201', '201']);
  const [a, b, c, self] = reply.body.Operations.map(({ location }: { location: string }) => idIn(location));
  for (const [person, boss] of [
    [a, b],
    [b, c],
    [c, a],
    [self, self],
  ])
    expect((await read(`/Users/${person}`))[urn.enterprise].manager.value).toBe(boss);
  for (const { version, location } of reply.body.Operations)
    expect((await scim.get(`/Users/${idIn(location)}`)).etag).toBe(version);
});

test('3.7.2 where no id stands, a text that looks like a reference is a text', async () => {
  const externalId = 'bulkId:itself';
  const reply = await bulk([postUser('itself', { externalId, title: 'bulkId:nobody' })]);

  expect(statuses(reply)).toEqual(['201']);
  const made = await read(`/Users/${idIn(reply.body.Operations[0].location)}`);
  expect(made).toMatchObject({ externalId, title: 'bulkId:nobody', meta: { version: 'W/"1"' } });
  expect(made).not.toHaveProperty(urn.enterprise);
});

test('3.7.1 what cannot be resolved is a 409 of that operation, and nothing of it is done', async () => {
  const [displayName, userName] = [aWord('unresolved'), aWord('unresolved')];
  const reply = await bulk([
    postGroup('g', { displayName, members: [{ value: 'bulkId:nowhere' }] }),
    postUser('bad', { userName: '' }),
    postUser('dependent', { userName, [urn.enterprise]: { manager: { value: 'bulkId:bad' } } }),
    { method: 'PATCH', path: '/Users/bulkId:nowhere', data: patchOf({ op: 'add', path: 'title', value: 'x' }) },
    postUser('fine'),
  ]);

  expect(statuses(reply)).toEqual(['409', '400', '409', '409', '201']);
  expect((await scim.find('Groups', `displayName eq "${displayName}"`)).body.totalResults).toBe(0);
  expect((await scim.find('Users', `userName eq "${userName}"`)).body.totalResults).toBe(0);
});

test('3.7.2 a bulkId is of one operation: the second of the same name is refused', async () => {
  const reply = await bulk([postUser('same'), postUser('same'), postGroup('same')]);

  expect(statuses(reply)).toEqual(['201', '400', '400']);
});

test('3.7 version is If-Match', async () => {
  const user = await scim.given.user();
  const change = (version: string) => ({
    method: 'PATCH',
    path: `/Users/${user.id}`,
    version,
    data: patchOf({ op: 'add', path: 'title', value: version }),
  });
  const reply = await bulk([
    change('W/"999"'),
    change(user.meta.version),
    change(user.meta.version),
    { method: 'DELETE', path: `/Users/${user.id}`, version: user.meta.version },
  ]);

  expect(statuses(reply)).toEqual(['412', '200', '412', '412']);
  expect(await read(`/Users/${user.id}`)).toMatchObject({ title: user.meta.version });
});

test('3.7.4 over maxOperations: "MUST return ... 413 ... MUST specify the limit exceeded in the body"', async () => {
  const { maxOperations } = (await read('/ServiceProviderConfig')).bulk;
  const userName = aWord('over');
  const operations = Array.from({ length: maxOperations + 1 }, (_, at) =>
    postUser(`b${at}`, { userName: `${userName}-${at}` }),
  );
  const reply = await bulk(operations);

  expect(reply).toMatchObject(problem(413));
  expect(reply.body.detail.replaceAll(',', '')).toContain(String(maxOperations));
  expect((await scim.find('Users', `userName sw "${userName}"`)).body.totalResults).toBe(0);
});

test('3.7.4 over maxPayloadSize: 413 that names the limit', async () => {
  const { maxPayloadSize } = (await read('/ServiceProviderConfig')).bulk;
  const reply = await bulk([postUser('big', { title: 'x'.repeat(maxPayloadSize) })]);

  expect(reply).toMatchObject(problem(413));
  expect(reply.body.detail).toMatch(/2 ?MiB|2097152|2,097,152/);
});

test('a Bulk that is none: 400', async () => {
  for (const body of [{}, { schemas: [urn.bulkRequest] }, { Operations: {} }, { Operations: 'x' }, [], '"x"'])
    expect(await scim.send('POST', '/Bulk', typeof body === 'string' ? body : JSON.stringify(body))).toMatchObject(
      problem(400),
    );
  const odd = await bulk([
    null,
    1,
    'x',
    [],
    {},
    { method: 'POST' },
    { method: 'POST', path: 5, bulkId: {}, data: [] },
  ] as object[]);
  expect(odd.status).toBe(200);
  expect(new Set(statuses(odd))).toEqual(new Set(['400']));
});

test('names of a Bulk count in any case', async () => {
  const reply = await scim.post('/Bulk', {
    SCHEMAS: [urn.bulkRequest],
    operations: [{ Method: 'post', PATH: '/Users', BULKID: 'x', Data: { username: aWord() } }],
  });

  expect(reply.status).toBe(200);
  expect(statuses(reply)).toEqual(['201']);
});

test('each operation is audited as if it had come alone', async () => {
  const own = await aScim(platform);
  await own.post('/Bulk', bulkOf([postUser('a'), postGroup('g', { members: [{ value: 'bulkId:a' }] })]));

  expect(await own.tenant.auditedActions()).toEqual(expect.arrayContaining(['scim.create-user', 'scim.create-group']));
});
