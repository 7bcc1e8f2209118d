import { beforeAll, describe, expect, test } from 'vitest';
import { aPlatform, type Client } from '../../harness.ts';
import { aScim, aWord, bulkOf, patchOf, problem, query, type Scim, scimJson, shown, unlimited, urn } from './scim.ts';

/**
 * What the conformance suites of others ask of a server, read in their sources and written anew: SCIM Verify,
 * scim-sanity, Apache Directory SCIMple, WSO2, Okta's SPEC and CRUD tests, Microsoft's SCIM Validator. scim2-tester has a
 * file of its own. Where they want what the RFCs or this server's contract have otherwise, the last group says so.
 */

let scim: Scim;
let nobody: Client;
let user: Resource;
let group: Resource;

type Resource = { id: string; userName: string; displayName: string; meta: Record<string, string> };

beforeAll(async () => {
  const platform = await aPlatform({ regions: ['au'], env: unlimited });
  scim = await aScim(platform);
  nobody = platform.client(null);
  const userName = `${aWord('barbara')}@suite.example`;
  user = await scim.given.user({
    userName,
    name: { givenName: 'Barbara', familyName: 'Jensen' },
    displayName: 'Barbara Jensen',
    emails: [{ primary: true, value: userName, type: 'work' }],
  });
  group = await scim.given.group({ members: [{ value: user.id, display: 'Barbara' }] });
});

const isAsSaid = (reply: { headers: Headers; body: Resource & { schemas: string[] } }, type: 'User' | 'Group') => {
  expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  expect(reply.body.schemas).toContain(type === 'User' ? urn.user : urn.group);
  expect(reply.body).toMatchObject({ id: expect.any(String), meta: { resourceType: type } });
  for (const name of ['created', 'lastModified', 'location', 'version'])
    expect(reply.body.meta[name], name).toEqual(expect.any(String));
  expect(reply.headers.get('etag')).toBe(reply.body.meta.version);
  expect(reply.body).not.toHaveProperty('password');
};

const isList = (reply: { status: number; headers: Headers; body: Record<string, unknown> }) => {
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toMatch(/^application\/scim\+json/);
  expect(Object.keys(reply.body).sort()).toEqual(
    ['Resources', 'itemsPerPage', 'schemas', 'startIndex', 'totalResults'].sort(),
  );
  expect(reply.body).toMatchObject({ schemas: [urn.list], Resources: expect.any(Array) });
  for (const name of ['itemsPerPage', 'startIndex', 'totalResults'])
    expect(reply.body[name]).toEqual(expect.any(Number));
};

describe('SCIM Verify', () => {
  test('the base URL answers, and wants a credential', async () => {
    expect((await scim.get('')).body.schemas).toEqual([urn.error]);
    expect((await nobody.get(`${scim.base}/Users`)).status).toBe(401);
  });

  test.each([
    ['/Users', urn.user, 'userName'],
    ['/Groups', urn.group, 'displayName'],
  ])(
    '%s: listed with all the envelope has, paged, sorted, and with nothing that no schema names',
    async (path, id, name) => {
      const { attributes } = (await scim.get(`/Schemas/${id}`)).body as {
        attributes: { name: string; required: boolean }[];
      };
      expect(attributes.find((each) => each.name === name)?.required).toBe(true);
      const known = [...attributes.map((each) => each.name), 'schemas', 'id', 'externalId', 'meta', urn.enterprise];
      const all = await scim.get(path);
      isList(all);
      for (const each of all.body.Resources) expect(known).toEqual(expect.arrayContaining(Object.keys(each)));
      const [first] = all.body.Resources;
      expect((await scim.get(`${path}/${first.id}`)).body).toEqual(first);

      const beyond = await scim.get(`${path}?startIndex=20&count=5`);
      isList(beyond);
      expect(beyond.body).toMatchObject({ startIndex: 20, Resources: [] });
      const sorted = shown(await scim.get(`${path}?sortBy=${name}`), name) as string[];
      expect(sorted).toEqual([...sorted].sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1)));
      for (const each of (await scim.get(`${path}?attributes=${name}`)).body.Resources)
        expect(Object.keys(each).sort()).toEqual(['id', name, 'schemas'].sort());
      expect(await scim.get(`${path}/9876543210123456`)).toMatchObject(problem(404));
    },
  );

  test('what is of the core schema may stand below its URN', async () => {
    const userName = aWord('below');
    const email = `${userName}@suite.example`;
    const made = await scim.post('/Users', {
      schemas: [urn.user],
      [urn.user]: { userName, emails: [{ value: email }] },
    });
    expect(made).toMatchObject({ status: 201, body: { userName, emails: [{ value: email }] } });

    const at = `/Users/${made.body.id}`;
    const replaced = await scim.put(at, {
      schemas: [urn.user],
      [urn.user.toUpperCase()]: { userName, title: 'Nurse' },
    });
    expect(replaced).toMatchObject({ status: 200, body: { userName, title: 'Nurse' } });
    expect(replaced.body).not.toHaveProperty('emails');
    const patched = await scim.patch(at, {
      op: 'replace',
      value: { [urn.user]: { title: 'Doctor', active: 'False' } },
    });
    expect(patched).toMatchObject({ status: 200, body: { title: 'Doctor', active: false } });
    const named = await scim.patch(at, { op: 'add', path: urn.user, value: { nickName: 'Babs' } });
    expect(named).toMatchObject({ status: 200, body: { title: 'Doctor', nickName: 'Babs' } });

    const displayName = aWord('below');
    expect(
      await scim.post('/Groups', { schemas: [urn.group], [urn.group]: { displayName, members: [{ value: user.id }] } }),
    ).toMatchObject({ status: 201, body: { displayName, members: [{ value: user.id }] } });
    // Another type's URN is no place for it.
    expect(await scim.post('/Users', { [urn.group]: { userName } })).toMatchObject(problem(400, 'invalidValue'));
    expect(
      await scim.post('/Users', { schemas: [urn.user], userName: aWord(), [urn.user]: { userName: aWord() } }),
    ).toMatchObject(problem(400, 'invalidSyntax'));
    expect(await scim.patch(at, { op: 'remove', path: urn.user })).toMatchObject(problem(400, 'noTarget'));
  });

  test('a user and a group are made, replaced, renamed, filled and deleted', async () => {
    const made = await scim.given.user({ emails: [{ value: `${aWord()}@suite.example` }] });
    expect(await scim.put(`/Users/${made.id}`, { ...made, userName: `${made.userName}2` })).toMatchObject({
      status: 200,
      body: { userName: `${made.userName}2`, emails: made.emails },
    });
    expect(
      await scim.patch(`/Users/${made.id}`, { op: 'replace', path: 'userName', value: `${made.userName}3` }),
    ).toMatchObject({ status: 200, body: { userName: `${made.userName}3` } });

    const displayName = aWord('suite');
    const { id } = await scim.given.group({ displayName, members: [{ value: made.id }] });
    expect(
      await scim.put(`/Groups/${id}`, { schemas: [urn.group], displayName, members: [{ value: user.id }] }),
    ).toMatchObject({ status: 200, body: { members: [{ value: user.id }] } });
    const added = await scim.send(
      'PATCH',
      `/Groups/${id}?attributes=members`,
      patchOf({ op: 'add', path: 'members', value: [{ value: made.id, display: made.userName }] }),
    );
    expect(added.body.members.map(({ value }: { value: string }) => value)).toContain(made.id);
    expect((await scim.delete(`/Groups/${id}`)).status).toBe(204);
    expect((await scim.delete(`/Users/${made.id}`)).status).toBe(204);
  });
});

describe('scim-sanity', () => {
  test.each([
    ['/Users', 'User', () => ({ schemas: [urn.user], userName: aWord('sane') })],
    ['/Groups', 'Group', () => ({ schemas: [urn.group], displayName: aWord('sane') })],
  ] as const)('%s: each reply of a life has what a reply has', async (path, type, aBody) => {
    const made = await scim.post(path, aBody());
    expect(made.status).toBe(201);
    isAsSaid(made, type);
    expect(made.headers.get('location')).toBe(made.body.meta.location);
    const at = `${path}/${made.body.id}`;
    isAsSaid(await scim.get(at), type);
    const { meta: _, ...rest } = made.body;
    const replaced = await scim.put(at, { ...rest, displayName: `Updated-${aWord()}` });
    isAsSaid(replaced, type);
    expect((await scim.get(at)).body.displayName).toBe(replaced.body.displayName);
    const operation =
      type === 'User' ? { path: 'active', value: false } : { path: 'displayName', value: aWord('sane') };
    const patched = await scim.send('PATCH', `${at}?excludedAttributes=x`, patchOf({ op: 'replace', ...operation }));
    isAsSaid(patched, type);
    const gone = await scim.delete(at);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect(await scim.get(at)).toMatchObject(problem(404));
  });

  test('count, filters without a hit, and errors', async () => {
    isList(await scim.get('/Users?count=0'));
    expect((await scim.get('/Users?startIndex=1&count=1')).body).toMatchObject({ itemsPerPage: 1 });
    expect((await scim.find('Users', 'userName eq "nobody@suite.invalid"')).body).toMatchObject({ totalResults: 0 });
    expect(await scim.post('/Users', { not: 'a scim resource' })).toMatchObject(problem(400, 'invalidValue'));
    expect(await scim.post('/Users', { schemas: [urn.user] })).toMatchObject(problem(400, 'invalidValue'));
  });
});

describe('Okta’s SPEC and CRUD tests, and Apache Directory SCIMple', () => {
  const accept = { accept: `${scimJson}; charset=utf-8`, 'content-type': 'application/json' };

  test('the first user has names, state and address', async () => {
    const reply = await scim.get('/Users?count=1&startIndex=1');
    isList(reply);
    expect(reply.body.Resources).toMatchObject([
      {
        id: user.id,
        userName: user.userName,
        active: true,
        name: { familyName: 'Jensen' },
        emails: [{ type: 'work' }],
      },
    ]);
    expect((await scim.get(`/Users/${user.id}`)).body).toEqual(reply.body.Resources[0]);
  });

  test('nobody is found, made with realistic values, found in any case, and not made twice', async () => {
    const userName = `${aWord('Runscope300')}@atko.example`;
    const find = (name: string) => scim.find('Users', `userName eq "${name}"`);
    expect((await find(userName)).body.totalResults).toBe(0);
    const body = {
      schemas: [urn.user],
      userName,
      name: { givenName: 'Runscope300', familyName: 'Hfluaklab151' },
      emails: [{ primary: true, value: `first-${userName}`, type: 'work' }],
      displayName: 'Runscope300 Hfluaklab151',
      active: true,
    };
    const made = await scim.post('/Users', body, accept);
    expect(made).toMatchObject({ status: 201, body: { ...body, id: expect.any(String) } });
    expect((await scim.get(`/Users/${made.body.id}`)).body).toMatchObject(body);
    const again = { ...body, emails: [{ primary: true, value: userName, type: 'work' }] };
    expect(await scim.post('/Users', again, accept)).toMatchObject(problem(409, 'uniqueness'));
    expect(shown(await find(userName.toUpperCase()), 'id')).toEqual([made.body.id]);
  });

  test('401 and 404 say why, as JSON', async () => {
    const filter = query({ filter: `userName eq "${user.userName.toUpperCase()}"` });
    for (const authorization of ['non-token', 'Basic b2t0YTpva3Rh', 'Bearer nothing', 'Bearer']) {
      const reply = await nobody.call('GET', `${scim.base}/Users${filter}`, { headers: { authorization } });
      expect(reply, authorization).toMatchObject(problem(401));
      expect(reply.body.detail).toMatch(/\w/);
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    for (const id of ['010101001010101011001010101011', '00919288221112222'])
      expect(await scim.get(`/Users/${id}`)).toMatchObject(problem(404));
    isList(await scim.get('/Groups'));
  });

  test('a user comes, is renamed by a PUT of all there is, leaves, and comes back', async () => {
    const userName = `${aWord('riley')}@atko.example`;
    const { id } = await scim.given.user({
      userName,
      name: { givenName: 'Riley', familyName: 'Okta' },
      emails: [{ value: userName, type: 'work', primary: true }],
      title: 'Engineer',
      phoneNumbers: [{ value: '415.123.4567' }],
      password: 'N3verSt0red!',
      groups: [],
    });
    const before = (await scim.get(`/Users/${id}`)).body;
    const after = await scim.put(`/Users/${id}`, { ...before, name: { ...before.name, givenName: 'Rileyupdate' } });
    const { meta: _, ...rest } = before;
    expect(after).toMatchObject({
      status: 200,
      body: { ...rest, name: { givenName: 'Rileyupdate', familyName: 'Okta' } },
    });
    for (const active of [false, true, false])
      expect(
        await scim.send('PATCH', `/Users/${id}`, {
          schemas: [urn.patch],
          Operations: [{ op: 'replace', value: { active } }],
        }),
      ).toMatchObject({ status: 200, body: { active } });
    expect((await scim.find('Users', `userName eq "${userName}"`)).body.Resources).toMatchObject([
      { id, active: false },
    ]);
  });

  test('a group with a member is made, not made twice, emptied by PUT and by PATCH', async () => {
    const body = () => ({
      schemas: [urn.group],
      displayName: aWord('simple'),
      members: [{ value: user.id, display: 'B' }],
    });
    const first = body();
    const made = await scim.post('/Groups', first);
    expect(made).toMatchObject({
      status: 201,
      body: { displayName: first.displayName, members: [{ value: user.id }] },
    });
    expect(await scim.post('/Groups', first)).toMatchObject(problem(409, 'uniqueness'));
    expect((await scim.put(`/Groups/${made.body.id}`, { ...first, members: [] })).body.members ?? []).toEqual([]);
    const other = await scim.given.group(body());
    const path = `members[value eq "${user.id}"]`;
    const emptied = await scim.send('PATCH', `/Groups/${other.id}?attributes=members`, patchOf({ op: 'remove', path }));
    expect(emptied).toMatchObject({ status: 200 });
    expect(emptied.body.members ?? []).toEqual([]);
    expect(await scim.get('/Groups/none-of-this-id')).toMatchObject(problem(404));
  });
});

describe('Microsoft’s SCIM Validator', () => {
  /** As it makes one: every attribute that its mapping knows, and texts for booleans. */
  const everything = () => {
    const userName = `${aWord('ford')}@hermann.example`;
    return {
      schemas: [urn.user, urn.enterprise],
      userName,
      externalId: aWord('ext'),
      active: true,
      displayName: 'KMYVNUJVVZWC',
      title: 'AXTKDLNRKMKT',
      preferredLanguage: 'ro',
      name: { givenName: 'Antone', familyName: 'Vernie', formatted: 'Ransom' },
      emails: [{ type: 'work', value: userName, primary: true }],
      phoneNumbers: ['work', 'mobile', 'fax'].map((type) => ({ type, value: '07-272-0828', primary: type === 'work' })),
      addresses: [
        {
          type: 'work',
          formatted: 'F',
          streetAddress: 'S',
          locality: 'L',
          region: 'R',
          postalCode: 'P',
          country: 'C',
          primary: true,
        },
      ],
      roles: [{ primary: 'True', display: 'D', value: 'V', type: 'T' }],
      [urn.enterprise]: {
        employeeNumber: 'E',
        department: 'D',
        costCenter: 'C',
        organization: 'O',
        division: 'V',
        manager: { value: 'VTNXMVHLRYYD' },
      },
    };
  };
  const patched = async (at: string, ...operations: object[]) => {
    const reply = await scim.patch(at, ...operations);
    expect(reply.status, reply.text).toBe(200);
    expect(Object.keys(reply.body).filter((key) => /[.[]/.test(key.replace(urn.enterprise, '')))).toEqual([]);
    return reply.body;
  };

  test('users: made, found in any case, replaced by value path, renamed, given a manager, disabled, deleted', async () => {
    const body = everything();
    const made = await scim.post('/Users', body);
    expect(made, made.text).toMatchObject({ status: 201, body: { ...body, roles: [{ primary: true, value: 'V' }] } });
    const at = `/Users/${made.body.id}`;
    expect(await scim.post('/Users', body)).toMatchObject(problem(409, 'uniqueness'));
    for (const name of [body.userName, body.userName.toUpperCase()])
      expect(shown(await scim.find('Users', `userName eq "${name}"`), 'id')).toEqual([made.body.id]);
    expect((await scim.find('Users', 'userName eq "nobody"')).body).toMatchObject({ totalResults: 0, Resources: [] });

    const replace = (path: string, value: string) => ({ op: 'replace', path, value });
    expect(
      await patched(
        at,
        replace('emails[type eq "work"].value', `${aWord()}@millszboncak.example`),
        replace('emails[type eq "work"].primary', 'True'),
        replace('phoneNumbers[type eq "work"].value', '1'),
        replace('phoneNumbers[type eq "fax"].value', '2'),
        replace('addresses[type eq "work"].streetAddress', '2809 Johns Walk'),
        replace('roles[primary eq "True"].value', 'W'),
        {
          op: 'replace',
          value: { displayName: 'Emilio', 'name.givenName': 'E', [`${urn.enterprise}:employeeNumber`]: '9' },
        },
      ),
    ).toMatchObject({
      emails: [{ type: 'work', primary: true }],
      phoneNumbers: [{ value: '1' }, { value: '07-272-0828' }, { value: '2' }],
      addresses: [{ streetAddress: '2809 Johns Walk', locality: 'L' }],
      roles: [{ value: 'W', display: 'D', primary: true }],
      displayName: 'Emilio',
      name: { givenName: 'E', familyName: 'Vernie' },
      [urn.enterprise]: { employeeNumber: '9', department: 'D' },
    });
    const userName = `${aWord('emilio')}@hermann.example`;
    expect(await patched(at, { op: 'replace', value: { userName } })).toMatchObject({ userName });
    const path = `${urn.enterprise}:manager`;
    for (const op of ['add', 'replace'])
      expect(await patched(at, { op, path, value: { value: `${op}ed` } })).toMatchObject({
        [urn.enterprise]: { manager: { value: `${op}ed` }, department: 'D' },
      });
    expect((await patched(at, { op: 'remove', path }))[urn.enterprise]).not.toHaveProperty('manager');
    expect(await patched(at, { op: 'replace', path: 'active', value: false })).toMatchObject({ active: false });
    expect((await scim.delete(at)).status).toBe(204);
    expect(await scim.delete(at)).toMatchObject(problem(404));
  });

  test('groups: found in any case, without members, changed without a path, filled and emptied, not made twice', async () => {
    const body = { schemas: [urn.group], displayName: aWord('UHYYWKURUTZS').toUpperCase(), externalId: aWord('ext') };
    const { id } = await scim.given.group(body);
    const at = `/Groups/${id}`;
    expect(await scim.post('/Groups', { ...body, externalId: aWord('ext') })).toMatchObject(problem(409, 'uniqueness'));
    const filter = `displayName eq "${body.displayName.toLowerCase()}"`;
    for (const found of [
      (await scim.find('Groups', filter, { excludedAttributes: 'members' })).body.Resources[0],
      (await scim.get(`${at}?excludedAttributes=members`)).body,
    ]) {
      expect(found).toMatchObject(body);
      expect(found).not.toHaveProperty('members');
    }
    const externalId = aWord('ext');
    const displayName = aWord('group');
    const member = { $ref: null, value: user.id };
    for (const operation of [
      { op: 'replace', value: { externalId } },
      { op: 'Replace', value: { displayName } },
      { op: 'Add', path: 'members', value: [member] },
    ])
      expect((await scim.patch(at, operation)).status).toBe(204);
    expect((await scim.get(at)).body).toMatchObject({ externalId, displayName, members: [{ value: user.id }] });
    expect((await scim.patch(at, { op: 'remove', path: 'members', value: [member] })).status).toBe(204);
    expect((await scim.get(at)).body.members ?? []).toEqual([]);
    expect((await scim.delete(at)).status).toBe(204);
  });
});

describe('WSO2', () => {
  test('without "schemas" it is made all the same', async () => {
    expect((await scim.post('/Groups', { displayName: aWord('EYtXcD') })).status).toBe(201);
    const { status, body } = await scim.post('/Users', {
      userName: aWord('loginUser'),
      [urn.enterprise]: { employeeNumber: '1234A', manager: { value: 'Taylor' } },
    });
    expect(status).toBe(201);
    expect(body.schemas).toEqual([urn.user, urn.enterprise]);
  });

  test('pages at the edges', async () => {
    for (const [asked, startIndex] of [
      ['startIndex=-1&count=2', 1],
      ['startIndex=0&count=2', 1],
      ['startIndex=2&count=-3', 2],
      ['startIndex=1&count=100000', 1],
    ] as const) {
      const reply = await scim.get(`/Users?${asked}`);
      isList(reply);
      expect(reply.body.startIndex).toBe(startIndex);
    }
  });

  test('PATCH: add without a path, remove and replace by value path, several at once, and what is none', async () => {
    const emails = [
      { value: `${aWord('kim')}@example.com`, type: 'work', primary: true },
      { value: `${aWord('kim')}@jensen.org`, type: 'home' },
    ];
    const at = `/Users/${(await scim.given.user({ emails })).id}`;
    const home = `${aWord('home')}@example.com`;
    const reply = await scim.patch(
      at,
      { op: 'add', value: { nickName: 'shaggy' } },
      { op: 'remove', path: 'emails[type eq "work" and value ew "example.com"]' },
      { op: 'replace', path: 'emails[type eq "home"]', value: { type: 'home', value: home } },
    );
    expect(reply).toMatchObject({ status: 200, body: { nickName: 'shaggy', emails: [{ type: 'home', value: home }] } });
    expect(await scim.patch(at, { op: 'remove', value: { nickName: 'shaggy' } })).toMatchObject(
      problem(400, 'noTarget'),
    );
    expect(
      await scim.patch(at, { op: 'remove', path: 'nickName' }, { op: 'remove', path: 'emails[type eq "home"' }),
    ).toMatchObject(problem(400, 'invalidFilter'));
    expect((await scim.get(at)).body.nickName).toBe('shaggy');
  });

  test('.search finds, and refuses an operator that is none', async () => {
    const search = {
      schemas: [urn.search],
      attributes: ['name.familyName', 'userName'],
      domain: 'PRIMARY',
      startIndex: 1,
      count: 10,
    };
    const found = await scim.post('/Users/.search', { ...search, filter: 'userName sw "barbara"' });
    expect(found.body.Resources).toEqual([
      { schemas: [urn.user], id: user.id, userName: user.userName, name: { familyName: 'Jensen' } },
    ]);
    expect(await scim.post('/Users/.search', { ...search, filter: 'userName ssw "barbara"' })).toMatchObject(
      problem(400, 'invalidFilter'),
    );
  });

  test('Bulk: a group of a user of the same, an error that ends it, a POST without bulkId or data', async () => {
    const [one, two] = [aWord('bulk'), aWord('bulk')];
    const posted = (path: string, bulkId: string | undefined, data?: object) => ({
      method: 'POST',
      path,
      bulkId,
      data,
    });
    const made = await scim.post(
      '/Bulk',
      bulkOf([
        posted('/Users', 'qwerty', { schemas: [urn.user], userName: one }),
        posted('/Groups', 'ytrewq', { displayName: two, members: [{ type: 'User', value: 'bulkId:qwerty' }] }),
      ]),
    );
    expect(shown({ body: { Resources: made.body.Operations } }, 'status')).toEqual(['201', '201']);
    expect((await scim.find('Groups', `displayName eq "${two}"`)).body.Resources[0].members).toHaveLength(1);

    const ended = await scim.post(
      '/Bulk',
      bulkOf([posted('/Users', 'a', { userName: one }), posted('/Users', 'b', { userName: aWord('bulk') })], {
        failOnErrors: 1,
      }),
    );
    expect(shown({ body: { Resources: ended.body.Operations } }, 'status')).toEqual(['409']);
    const odd = await scim.post(
      '/Bulk',
      bulkOf([posted('/Users', undefined, { userName: aWord() }), posted('/Users', 'c')]),
    );
    expect(shown({ body: { Resources: odd.body.Operations } }, 'status')).toEqual(['400', '400']);
  });
});

describe('what they want otherwise', () => {
  test('scim-sanity, SCIM Verify, SCIMple: a PATCH of a group without attributes is 204, not 200 (RFC 7644 section 3.5.2)', async () => {
    const operation = { op: 'replace', path: 'displayName', value: aWord('group') };
    expect(await scim.patch(`/Groups/${group.id}`, operation)).toMatchObject({ status: 204, text: '' });
  });

  test('scim-sanity: a member who is not there is no member', async () => {
    const operation = { op: 'add', path: 'members', value: [{ value: 'fake-member-id' }] };
    expect(await scim.patch(`/Groups/${group.id}`, operation)).toMatchObject(problem(400, 'invalidValue'));
  });

  test('SCIMple: members have no display (RFC 7643 section 8.7.1)', async () => {
    expect((await scim.get(`/Groups/${group.id}`)).body.members).toEqual([
      { value: user.id, type: 'User', $ref: expect.any(String) },
    ]);
  });

  test('SCIM Verify: the primary address is unique, and a status in a body is text (RFC 7644 section 3.12)', async () => {
    const reply = await scim.post('/Users', { userName: aWord(), emails: [{ value: user.userName }] });
    expect(reply).toMatchObject({ status: 409, body: { scimType: 'uniqueness', status: '409' } });
  });

  test('SCIM Verify: what is missing is invalidValue, not invalidSyntax (RFC 7644 table 9)', async () => {
    expect(await scim.post('/Groups', { schemas: [urn.group] })).toMatchObject(problem(400, 'invalidValue'));
  });

  test('WSO2: a text in a filter stands in quotes (RFC 7644 figure 1)', async () => {
    expect(await scim.find('Users', 'userName sw login')).toMatchObject(problem(400, 'invalidFilter'));
  });

  test('WSO2: of two POSTs of one bulkId in a Bulk the second is refused (RFC 7644 section 3.7)', async () => {
    const posted = () => ({ method: 'POST', path: '/Groups', bulkId: 'same', data: { displayName: aWord() } });
    const { body } = await scim.post('/Bulk', bulkOf([posted(), posted()]));
    expect(shown({ body: { Resources: body.Operations } }, 'status')).toEqual(['201', '400']);
  });
});
