import { expect, test } from 'vitest';
import { aPlatform } from '../../../harness.ts';
import { aScim, aWord, shown, unlimited, urn } from '../scim.ts';
import { Entra } from './entra.ts';
import { Wire } from './wire.ts';

/** The rows of Entra ID among what SCIM clients really send, each by its name. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const entra = new Entra(new Wire(platform.url, scim.base, scim.token.value), false);

/** The id of a user with these attributes. */
const aUser = async (body: object = {}): Promise<string> => (await scim.given.user(body)).id;
const userOf = async (id: string) => (await scim.get(`/Users/${id}`)).body;
const membersOf = async (id: string) =>
  ((await scim.get(`/Groups/${id}`)).body.members ?? []).map(({ value }: { value: string }) => value).sort();

test('connection test: a userName that nobody has, blanks as +', async () => {
  const reply = await scim.get(`/Users?filter=userName+eq+%22${crypto.randomUUID()}%22`);

  expect(reply).toMatchObject({ status: 200, body: { schemas: [urn.list], totalResults: 0 } });
  expect(reply.body.Resources).toEqual([]);
  expect((await entra.probe(crypto.randomUUID())).body).toEqual(reply.body);
});

test('match by userName, externalId and emails[type eq "work"].value, one after the other', async () => {
  const word = aWord('Match');
  const id = await aUser({
    userName: `${word}@Example.com`,
    externalId: `${word}-Key`,
    emails: [
      { type: 'work', value: `${word}@work.example` },
      { type: 'home', value: `${word}@home.example` },
    ],
  });
  const found = async (filter: string) => shown(await scim.get(entra.at('/Users', { filter })), 'id');

  expect(await found(`userName eq "${word}@example.com"`.toLowerCase())).toEqual([id]);
  expect(await found(`userName eq "${word}@EXAMPLE.COM"`)).toEqual([id]);
  expect(await found(`externalId eq "${word}-Key"`)).toEqual([id]);
  expect(await found(`externalId eq "${word}-KEY"`)).toEqual([]);
  expect(await found(`emails[type eq "work"].value eq "${word}@WORK.example"`)).toEqual([id]);
  expect(await found(`emails[type eq "work"].value eq "${word}@home.example"`)).toEqual([]);
});

test('POST with core and enterprise URNs, meta.resourceType, roles [] and active as text', async () => {
  const person = {
    key: crypto.randomUUID(),
    userName: aWord('post'),
    email: `${aWord('post')}@example.com`,
    givenName: 'Test',
    familyName: 'User',
    title: 'Vice President',
    department: 'Sales',
    isActive: true,
  };
  const reply = await scim.post('/Users', entra.resource(person), {
    'content-type': 'application/scim+json; charset=utf-8',
  });

  expect(reply.status).toBe(201);
  expect(reply.body).toMatchObject({
    schemas: [urn.user, urn.enterprise],
    active: true,
    externalId: person.key,
    [urn.enterprise]: { department: 'Sales' },
  });
  expect(reply.body.roles ?? []).toEqual([]);
  expect(
    (await scim.post('/Users', { ...entra.resource(person), userName: aWord(), active: 'False', emails: [] })).body
      .active,
  ).toBe(false);
});

test.each([
  ['Add', 'False', false],
  ['Replace', 'False', false],
  ['replace', 'false', false],
  ['REPLACE', 'True', true],
  ['add', 'true', true],
])('PATCH op spelled %s, active as "%s"', async (op, value, active) => {
  const id = await aUser({ active: !active });

  expect(await scim.patch(`/Users/${id}`, { op, path: 'active', value })).toMatchObject({
    status: 200,
    body: { active },
  });
  expect((await scim.patch(`/Users/${id}`, { op, value: { active: String(!active) } })).body.active).toBe(!active);
  expect((await userOf(id)).active).toBe(!active);
});

test('Remove with a capital', async () => {
  const id = await aUser({ title: 'Boss', nickName: 'B' });

  expect((await scim.patch(`/Users/${id}`, { op: 'Remove', path: 'title' })).status).toBe(200);
  expect(await userOf(id)).toMatchObject({ nickName: 'B' });
  expect(await userOf(id)).not.toHaveProperty('title');
});

test.each(['add', 'Add', 'replace', 'Replace'])(
  '%s without a path: each key is a path, none is stored as it stands',
  async (op) => {
    const address = `${aWord('bjfe')}@example.com`;
    const id = await aUser({ name: { givenName: 'Old', familyName: 'Kept', middleName: 'Kept too' } });
    const reply = await scim.patch(`/Users/${id}`, {
      op,
      value: {
        displayName: 'Bjfe',
        'name.givenName': 'Kkom',
        [`${urn.enterprise}:employeeNumber`]: 'Aklq',
        [`${urn.enterprise}:manager.value`]: 'boss',
        'emails[type eq "work"].value': address,
        'addresses[type eq "work"].locality': 'Sydney',
      },
    });

    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      displayName: 'Bjfe',
      name: { givenName: 'Kkom', familyName: 'Kept', middleName: 'Kept too' },
      emails: [{ type: 'work', value: address }],
      addresses: [{ type: 'work', locality: 'Sydney' }],
      [urn.enterprise]: { employeeNumber: 'Aklq', manager: { value: 'boss' } },
    });
    const { body, text } = await scim.get(`/Users/${id}`);
    expect({ ...body, meta: null }).toEqual({ ...reply.body, meta: null });
    expect(text).not.toMatch(/"name\.|User:employeeNumber|\[type/);
  },
);

test('Replace of emails[type eq "work"].value changes that sub-attribute only', async () => {
  const home = { type: 'home', value: 'h@example.com' };
  const id = await aUser({
    emails: [{ type: 'work', value: 'old@example.com', primary: true, display: 'At work' }, home],
  });
  const reply = await scim.patch(`/Users/${id}`, {
    op: 'Replace',
    path: 'emails[type eq "work"].value',
    value: 'new@example.com',
  });

  expect(reply.status).toBe(200);
  expect(reply.body.emails).toEqual([
    { type: 'work', value: 'new@example.com', primary: true, display: 'At work' },
    home,
  ]);
});

test('Add of emails[type eq "work"].value where there is none makes the element with its type', async () => {
  const home = { type: 'home', value: 'h@example.org' };
  const id = await aUser({ emails: [home] });
  const reply = await scim.patch(`/Users/${id}`, {
    op: 'Add',
    path: 'emails[type eq "work"].value',
    value: 'w@example.org',
  });

  expect(reply.status).toBe(200);
  expect(reply.body.emails).toEqual([home, { type: 'work', value: 'w@example.org' }]);
  const again = await scim.patch(`/Users/${id}`, {
    op: 'Add',
    path: 'phoneNumbers[type eq "mobile"].value',
    value: '+61400000000',
  });
  expect(again.body.phoneNumbers).toEqual([{ type: 'mobile', value: '+61400000000' }]);
});

test.each([
  ['a bare text', 'boss-1', `${urn.enterprise}:manager`],
  ['an object', { value: 'boss-1' }, `${urn.enterprise}:manager`],
  ['manager.value', 'boss-1', `${urn.enterprise}:manager.value`],
  ['a bare text, without its URN', 'boss-1', 'manager'],
])('manager as %s, and "" clears it', async (_name, value, path) => {
  const id = await aUser({ [urn.enterprise]: { department: 'Kept' } });
  const extension = async () => (await userOf(id))[urn.enterprise];

  expect((await scim.patch(`/Users/${id}`, { op: 'Add', path, value })).status).toBe(200);
  expect(await extension()).toEqual({ department: 'Kept', manager: { value: 'boss-1' } });
  expect((await scim.patch(`/Users/${id}`, { op: 'Replace', path, value: '' })).status).toBe(200);
  expect(await extension()).toEqual({ department: 'Kept' });
});

test('roles[primary eq "True"].value: the text is the boolean', async () => {
  const id = await aUser({ roles: [{ value: 'reader', primary: true }, { value: 'writer' }] });
  const path = 'roles[primary eq "True"].value';

  expect((await scim.patch(`/Users/${id}`, { op: 'Replace', path, value: 'admin' })).status).toBe(200);
  expect((await userOf(id)).roles).toEqual([{ value: 'admin', primary: true }, { value: 'writer' }]);
  expect(shown(await scim.find('Users', `id eq "${id}" and roles[primary eq "True"]`), 'id')).toEqual([id]);
  const bare = await aUser();
  expect((await scim.patch(`/Users/${bare}`, { op: 'Add', path, value: 'admin' })).body.roles).toEqual([
    { primary: true, value: 'admin' },
  ]);
});

test('group POST with the URN of ADSCIM, or one of its own: accepted, not echoed', async () => {
  for (const foreign of [
    'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
    'urn:okta:custom:group:1.0',
  ]) {
    const reply = await scim.post('/Groups', {
      schemas: [urn.group, foreign],
      externalId: crypto.randomUUID(),
      displayName: aWord('group'),
      meta: { resourceType: 'Group' },
      [foreign]: { anything: 'else' },
    });
    expect(reply).toMatchObject({ status: 201, body: { schemas: [urn.group] } });
    expect(reply.text).not.toContain(foreign);
  }
});

test('group Remove of members with a value array: only those who are named go', async () => {
  const [a, b, c] = await Promise.all([aUser(), aUser(), aUser()]);
  const members = [a, b, c].map((value) => ({ value }));
  const { id } = await scim.given.group({ members });

  const reply = await scim.patch(`/Groups/${id}`, { op: 'Remove', path: 'members', value: [{ $ref: null, value: b }] });
  expect(reply.status).toBe(204);
  expect(await membersOf(id)).toEqual([a, c].sort());
  // One who is none, and an empty array: nobody goes.
  for (const value of [[{ value: crypto.randomUUID() }], [{ value: 'u1091' }], []])
    expect((await scim.patch(`/Groups/${id}`, { op: 'Remove', path: 'members', value })).status).toBe(204);
  expect(await membersOf(id)).toEqual([a, c].sort());
});

test('group remove of members[value eq "x"] (aadOptscim062020)', async () => {
  const [a, b] = await Promise.all([aUser(), aUser()]);
  const { id } = await scim.given.group({ members: [{ value: a }, { value: b }] });

  expect((await scim.patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${a}"]` })).status).toBe(204);
  expect(await membersOf(id)).toEqual([b]);
  expect((await scim.patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${a}"]` })).status).toBe(204);
  expect(await membersOf(id)).toEqual([b]);
});

test('excludedAttributes=members, on one group and on a search; id and members in one filter', async () => {
  const [a, b] = await Promise.all([aUser(), aUser()]);
  const group = await scim.given.group({ members: [{ value: a }] });

  const { status, body } = await scim.get(`/Groups/${group.id}?excludedAttributes=members`);
  expect(status).toBe(200);
  expect(body).toEqual({ schemas: [urn.group], id: group.id, displayName: group.displayName, meta: body.meta });
  const found = await scim.get(
    entra.at('/Groups', {
      excludedAttributes: 'members',
      filter: `displayName eq "${group.displayName.toUpperCase()}"`,
    }),
  );
  expect(found.body.Resources).toEqual([body]);
  for (const [member, total] of [
    [a, 1],
    [b, 0],
    ['no-id', 0],
  ]) {
    const filter = `id eq "${group.id}" and members eq "${member}"`;
    const reply = await scim.get(entra.at('/Groups', { filter, attributes: 'id' }));
    expect(reply).toMatchObject({ status: 200, body: { totalResults: total } });
    for (const each of reply.body.Resources) expect(each).toEqual({ schemas: [urn.group], id: group.id });
  }
});

test('unassign: found with active false by id and by filter, and 404 after the DELETE', async () => {
  const { id, userName } = await scim.given.user();
  const filter = `userName eq "${userName}"`;
  await scim.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' });

  expect(await userOf(id)).toMatchObject({ id, active: false });
  expect((await scim.find('Users', filter)).body).toMatchObject({
    totalResults: 1,
    Resources: [{ id, active: false }],
  });
  expect((await scim.delete(`/Users/${id}`)).status).toBe(204);
  expect((await scim.get(`/Users/${id}`)).status).toBe(404);
  expect((await scim.find('Users', filter)).body.totalResults).toBe(0);
  expect((await scim.delete(`/Users/${id}`)).status).toBe(404);
});

test('the tenant URL with ?aadOptscim062020: unknown parameters are ignored on every method', async () => {
  const flag = '?aadOptscim062020';
  const made = await scim.post(`/Users${flag}`, { schemas: [urn.user], userName: aWord('flag') });
  const path = `/Users/${made.body.id}${flag}`;

  expect(made.status).toBe(201);
  expect(made.body.meta.location).toBe(`${scim.url}/Users/${made.body.id}`);
  expect((await scim.get(path)).status).toBe(200);
  expect((await scim.patch(path, { op: 'add', path: 'title', value: 'x' })).status).toBe(200);
  expect((await scim.put(path, made.body)).status).toBe(200);
  expect((await scim.delete(path)).status).toBe(204);
  expect((await scim.get(`/Users${flag}&filter=userName+eq+%22x%22`)).body.totalResults).toBe(0);
});
