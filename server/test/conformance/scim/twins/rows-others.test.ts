import { expect, test } from 'vitest';
import { aPlatform, rawRequest } from '../../../harness.ts';
import { aScim, aWord, patchOf, problem, shown, unlimited, urn } from '../scim.ts';

/** The rows of all but Entra ID among what SCIM clients really send, each by its name. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const membersOf = async (id: string) =>
  ((await scim.get(`/Groups/${id}`)).body.members ?? []).map(({ value }: { value: string }) => value).sort();
const people = async (count: number): Promise<string[]> =>
  (await Promise.all(Array.from({ length: count }, () => scim.given.user()))).map(({ id }) => id);

test('Okta: lists by startIndex and count, numbers as JSON numbers, at most so many', async () => {
  await people(3);
  const { body } = await scim.get('/Users?startIndex=1&count=2');

  expect(body).toMatchObject({ schemas: [urn.list], startIndex: 1, itemsPerPage: 2, totalResults: expect.any(Number) });
  expect(body.Resources).toHaveLength(2);
  expect(body.totalResults).toBeGreaterThanOrEqual(3);
  const next = await scim.get('/Users?startIndex=3&count=2');
  expect(next.body).toMatchObject({ startIndex: 3, totalResults: body.totalResults });
  expect(shown(next, 'id')).not.toEqual(expect.arrayContaining([body.Resources[0].id]));
});

test.each([
  'application/scim+json; charset=UTF-8',
  'application/scim+json;charset=utf-8',
  'application/json',
  'application/json; charset=utf-8',
])('Okta: POST with groups [], password and locale as %s', async (type) => {
  const userName = aWord('okta');
  const sent = {
    schemas: [urn.user],
    userName,
    locale: 'en-US',
    groups: [],
    password: 'kB9-a-long-passphrase',
    active: true,
  };
  const reply = await scim.post('/Users', sent, { 'content-type': type });

  expect(reply).toMatchObject({ status: 201, body: { userName, locale: 'en-US', active: true } });
  expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  for (const { text } of [reply, await scim.get(`/Users/${reply.body.id}`)]) expect(text).not.toContain('kB9');
});

test('Okta: profile change by GET, then PUT of all of it with id, meta and groups', async () => {
  const made = await scim.given.user({ title: 'Old', name: { givenName: 'A', familyName: 'B' } });
  const group = await scim.given.group({ members: [{ value: made.id }] });
  const { body } = await scim.get(`/Users/${made.id}`);
  expect(body.groups).toMatchObject([{ value: group.id }]);

  const reply = await scim.put(`/Users/${made.id}`, { ...body, title: 'New', groups: [{ value: 'none' }] });

  expect(reply).toMatchObject({ status: 200, body: { id: made.id, title: 'New', name: body.name } });
  expect(await membersOf(group.id)).toEqual([made.id]);
});

test('Okta: replace {active: false} without a path, and the password by PATCH, answer with the user', async () => {
  const { id } = await scim.given.user();

  expect(await scim.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })).toMatchObject({
    status: 200,
    body: { id, active: false },
  });
  const changed = await scim.patch(`/Users/${id}`, { op: 'replace', value: { password: 'kB9-another-passphrase' } });
  expect(changed).toMatchObject({ status: 200, body: { id } });
  expect(changed.text).not.toContain('kB9');
});

test('Okta: group push from the look-up to remove and add in one request', async () => {
  const [a, b, c] = (await people(3)) as [string, string, string];
  const displayName = aWord('Push ');
  expect(
    (await scim.find('Groups', `displayName eq "${displayName}"`, { startIndex: 1, count: 100 })).body.totalResults,
  ).toBe(0);
  const { id } = await scim.given.group({ displayName, members: [{ value: a, display: 'a' }] });

  const renamed = await scim.patch(`/Groups/${id}`, { op: 'replace', value: { id, displayName: `${displayName}!` } });
  expect(renamed.status).toBe(204);
  expect((await scim.get(`/Groups/${id}`)).body).toMatchObject({
    id,
    displayName: `${displayName}!`,
    members: [{ value: a }],
  });

  expect((await scim.patch(`/Groups/${id}`, { op: 'replace', value: { members: [{ value: b }] } })).status).toBe(204);
  expect(await membersOf(id)).toEqual([b]);

  const both = await scim.patch(
    `/Groups/${id}`,
    { op: 'remove', path: `members[value eq "${b}"]` },
    { op: 'add', path: 'members', value: [{ value: a, display: 'a' }, { value: c }] },
  );
  expect(both.status).toBe(204);
  expect(await membersOf(id)).toEqual([a, c].sort());
});

test('Okta: every error is JSON of RFC 7644 section 3.12, 401 and 404 as well', async () => {
  const { userName } = await scim.given.user();
  const headers = { authorization: 'Bearer nothing' };
  const errors: [Promise<{ status: number; text: string; headers: Headers }>, number, string?][] = [
    [scim.get('/Users', headers), 401],
    [scim.get(`/Users/${crypto.randomUUID()}`), 404],
    [scim.get('/Users/010101010101010101'), 404],
    [scim.get('/Nothing'), 404],
    [scim.post('/Users', { schemas: [urn.user], userName }), 409, 'uniqueness'],
    [scim.post('/Users', { schemas: [urn.user] }), 400, 'invalidValue'],
    [scim.find('Users', 'userName'), 400, 'invalidFilter'],
    [scim.send('POST', '/Users', '{'), 400, 'invalidSyntax'],
    [scim.get('/Me'), 501],
  ];
  for (const [sent, status, scimType] of errors) {
    const reply = await sent;
    expect(reply).toMatchObject(problem(status, scimType));
    expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  }
});

test('OneLogin: PATCH to /Groups/{id}? with an empty query and an empty User-Agent', async () => {
  const [a] = await people(1);
  const { id } = await scim.given.group();
  const body = JSON.stringify(patchOf({ op: 'add', path: 'members', value: [{ value: a }] }));
  const { status } = await rawRequest(platform.url, {
    method: 'PATCH',
    path: `${scim.base}/Groups/${id}?`,
    headers: {
      authorization: `Bearer ${scim.token.value}`,
      'user-agent': '',
      'content-type': 'application/scim+json',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  });

  expect(status).toBe(204);
  expect(await membersOf(id)).toEqual([a]);
});

test('JumpCloud: PUT for users, members[value eq "x"] in a group PATCH', async () => {
  const [a, b] = (await people(2)) as [string, string];
  const user = (await scim.get(`/Users/${a}`)).body;
  const { id } = await scim.given.group({ members: [{ value: a }, { value: b }] });

  expect(
    (await scim.put(`/Users/${a}`, { schemas: [urn.user], userName: user.userName, title: 'PUT', active: true })).body,
  ).toMatchObject({ title: 'PUT' });
  expect((await scim.patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${a}"]` })).status).toBe(204);
  expect(await membersOf(id)).toEqual([b]);
});

test('Google: application/json only, a URN of SCIM 1 beside that of SCIM 2, lists without a filter', async () => {
  const userName = aWord('google');
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'Google-Auto-Provisioning',
  };
  const made = await scim.post('/Users', { schemas: ['urn:scim:schemas:core:1.0', urn.user], userName }, headers);

  expect(made).toMatchObject({ status: 201, body: { schemas: [urn.user], userName } });
  const list = await scim.get('/Users', headers);
  expect(list).toMatchObject({ status: 200, body: { schemas: [urn.list] } });
  expect(list.body.itemsPerPage).toBe(list.body.Resources.length);
  expect(shown(await scim.get(`/Users?filter=userName%20eq%20%22${userName}%22&startIndex=1`, headers), 'id')).toEqual([
    made.body.id,
  ]);
});

test('Keycloak, authentik: what ServiceProviderConfig says, then uniqueness in the 409 to adopt by', async () => {
  expect((await scim.get('/ServiceProviderConfig')).body).toMatchObject({
    patch: { supported: true },
    filter: { supported: true, maxResults: 1000 },
    bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 2 * 1024 * 1024 },
  });
  const user = await scim.given.user({ externalId: 'first' });
  const clash = await scim.post('/Users', {
    schemas: [urn.user],
    userName: user.userName.toUpperCase(),
    externalId: 'second',
  });
  expect(clash).toMatchObject(problem(409, 'uniqueness'));

  const [found] = shown(await scim.find('Users', `userName eq "${user.userName}"`), 'id');
  const adopted = await scim.put(`/Users/${found}`, {
    schemas: [urn.user],
    userName: user.userName,
    externalId: 'second',
  });
  expect(adopted).toMatchObject({ status: 200, body: { id: user.id, externalId: 'second' } });

  const group = await scim.given.group();
  expect(await scim.post('/Groups', { schemas: [urn.group], displayName: group.displayName })).toMatchObject(
    problem(409, 'uniqueness'),
  );
});

test('Ping, SailPoint: a full aggregation by pages, with an attributes list, skips and repeats nothing', async () => {
  const alone = await aScim(platform);
  const made: string[] = [];
  for (let at = 0; at < 23; at++) made.push((await alone.given.user({ title: `Title ${at % 3}` })).id);

  for (const sort of ['', '&sortBy=title', '&sortBy=title&sortOrder=descending', '&sortBy=meta.lastModified']) {
    const seen: unknown[] = [];
    for (let startIndex = 1; startIndex <= 23; startIndex += 5) {
      const reply = await alone.get(`/Users?startIndex=${startIndex}&count=5&attributes=userName,active${sort}`);
      expect(reply.body).toMatchObject({ totalResults: 23, startIndex });
      for (const each of reply.body.Resources)
        expect(Object.keys(each).sort()).toEqual(['active', 'id', 'schemas', 'userName']);
      seen.push(...shown(reply, 'id'));
    }
    expect([...seen].sort()).toEqual([...made].sort());
  }
});
