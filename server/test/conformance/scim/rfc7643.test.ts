import { describe, expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, problem, query, shown, unlimited, urn } from './scim.ts';

/** RFC 7643: each MUST and SHALL that is a service provider's, by its section, and what is as good as one. */

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);

const read = async (path: string) => (await scim.get(path)).body;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

test('2.1 "Attribute names are case insensitive"', async () => {
  const userName = aWord('Case');
  const made = await scim.post('/Users', {
    SCHEMAS: [urn.user],
    USERNAME: userName,
    NAME: { GIVENNAME: 'Ada' },
    EMAILS: [{ VALUE: `${userName}@example.com`, TYPE: 'work' }],
    [urn.enterprise.toUpperCase()]: { DEPARTMENT: 'Works' },
  });

  expect(made).toMatchObject({
    status: 201,
    body: {
      userName,
      name: { givenName: 'Ada' },
      emails: [{ value: `${userName}@example.com`, type: 'work' }],
      [urn.enterprise]: { department: 'Works' },
    },
  });
  expect(shown(await scim.find('Users', `USERNAME eq "${userName}"`), 'id')).toEqual([made.body.id]);
});

test('2.3.1, 2.1 strings are Unicode, kept as sent; "If case exact ... SHALL preserve case"', async () => {
  const userName = aWord('Zoë-Ünïcode-');
  const externalId = aWord('MiXeD');
  const { id } = await scim.given.user({ userName, externalId, displayName: '山田 太郎 🎌', nickName: 'É' });

  expect(await read(`/Users/${id}`)).toMatchObject({
    userName,
    externalId,
    displayName: '山田 太郎 🎌',
    nickName: 'É',
  });
});

test('2.3.2 booleans are "true" and "false" of JSON', async () => {
  const { id } = await scim.given.user({ active: 'FALSE', emails: [{ value: 'a@b.example', primary: 'true' }] });
  const body = await read(`/Users/${id}`);

  expect([body.active, body.emails[0].primary]).toEqual([false, true]);
  expect(await scim.post('/Users', { userName: aWord(), active: 'maybe' })).toMatchObject(problem(400, 'invalidValue'));
  expect(await scim.post('/Users', { userName: aWord(), active: 1 })).toMatchObject(problem(400, 'invalidValue'));
});

test('2.3.5 "DateTime ... MUST be encoded as a valid xsd:dateTime ... MUST include both a date and a time"', async () => {
  const { meta } = await scim.given.user();

  for (const time of [meta.created, meta.lastModified]) expect(time).toMatch(isoTime);
});

test('2.3.6 "Binary ... MUST be base64 encoded"', async () => {
  const value = Buffer.from('a certificate').toString('base64');
  const { id } = await scim.given.user({ x509Certificates: [{ value }] });

  expect((await read(`/Users/${id}`)).x509Certificates).toEqual([{ value }]);
  expect(await scim.post('/Users', { userName: aWord(), x509Certificates: [{ value: 'not base64!' }] })).toMatchObject(
    problem(400, 'invalidValue'),
  );
});

test('2.3.7 "Reference URIs MUST be HTTP addressable": each $ref and location leads to what it names', async () => {
  const boss = await scim.given.user();
  const user = await scim.given.user({ [urn.enterprise]: { manager: { value: boss.id } } });
  const group = await scim.given.group({ members: [{ value: user.id }] });
  const body = await read(`/Users/${user.id}`);
  const references: [string, string][] = [
    [body.meta.location, user.id],
    [body.groups[0].$ref, group.id],
    [body[urn.enterprise].manager.$ref, boss.id],
    [(await read(`/Groups/${group.id}`)).members[0].$ref, user.id],
    [group.meta.location, group.id],
  ];

  for (const [reference, id] of references) {
    const reply = await fetch(reference.replace(new URL(scim.url).origin, platform.url), {
      headers: { authorization: `Bearer ${scim.token.value}` },
    });
    expect(await reply.json()).toMatchObject({ id });
  }
});

test('2.3.8 "Servers and clients MUST NOT require or expect attributes to be in any specific order"', async () => {
  const made = await scim.given.user({ name: { givenName: 'Ada', familyName: 'L' }, title: 'x' });
  const { schemas, id, meta, ...rest } = made;
  const turned = Object.fromEntries(Object.entries({ meta, ...rest, schemas, id }).reverse());

  const reply = await scim.put(`/Users/${id}`, { ...turned, name: { familyName: 'L', givenName: 'Ada' } });
  expect(reply).toMatchObject({ status: 200, body: rest });
  // Nothing differs, so nothing was changed.
  expect(reply.body.meta).toEqual(meta);
});

test('2.3.8 "A complex attribute MUST NOT contain sub-attributes that have sub-attributes"', async () => {
  const schemas = (await read('/Schemas')).Resources as { id: string; attributes: { subAttributes?: object[] }[] }[];

  for (const { id, attributes } of schemas)
    for (const { subAttributes = [] } of attributes)
      for (const sub of subAttributes) {
        // Section 7: "the Schema resource MAY contain a complex object within a sub-attribute".
        if (id !== 'urn:ietf:params:scim:schemas:core:2.0:Schema') expect(sub).not.toHaveProperty('subAttributes');
      }
});

test('2.4 "The primary attribute value \'true\' MUST appear no more than once"', async () => {
  const emails = [
    { value: 'a@one.example', primary: true },
    { value: 'b@one.example', primary: true },
  ];

  expect(await scim.post('/Users', { userName: aWord(), emails })).toMatchObject(problem(400, 'invalidValue'));
});

test('2.4 primary "SHALL be assumed to be false" where it is not said', async () => {
  const value = `${aWord()}@primary.example`;
  const { id } = await scim.given.user({ emails: [{ value }, { value: `x${value}`, primary: true }] });
  const matching = async (filter: string) =>
    (await scim.find('Users', `id eq "${id}" and ${filter}`)).body.totalResults;

  expect(await matching(`emails[value eq "${value}" and primary eq false]`)).toBe(1);
  expect(await matching(`emails[value eq "${value}" and primary ne true]`)).toBe(1);
  expect(await matching(`emails[value eq "${value}" and primary eq true]`)).toBe(0);
  expect(await matching(`emails[value eq "x${value}" and primary eq false]`)).toBe(0);
  const left = await scim.patch(`/Users/${id}`, { op: 'remove', path: 'emails[primary eq false]' });
  expect(left.body.emails).toMatchObject([{ value: `x${value}` }]);
});

test('2.4 "SHOULD NOT return the same (type, value) combination more than once"', async () => {
  const { id } = await scim.given.user({
    phoneNumbers: [
      { value: '+61 2 5550 1234', type: 'work' },
      { value: '+61 2 5550 1234', type: 'work' },
      { value: '+61 2 5550 1234', type: 'home' },
    ],
  });

  expect((await read(`/Users/${id}`)).phoneNumbers).toHaveLength(2);
});

test('2.5 unassigned, null and [] "SHALL be considered to be equivalent in state"', async () => {
  for (const none of [undefined, null, []]) {
    const { id } = await scim.given.user({ title: 'x', emails: [{ value: `${aWord()}@example.com` }], nickName: 'y' });
    const { userName } = await read(`/Users/${id}`);
    const reply = await scim.put(`/Users/${id}`, {
      userName,
      nickName: 'y',
      title: none === undefined ? none : null,
      emails: none,
    });

    expect(reply.status).toBe(200);
    expect(reply.body).not.toHaveProperty('title');
    expect(reply.body).not.toHaveProperty('emails');
    expect(reply.text).not.toContain('null');
    const found = `id eq "${id}" and not (title pr) and not (emails pr) and title eq null and nickName ne null`;
    expect(shown(await scim.find('Users', found), 'id')).toEqual([id]);
  }
});

test('3 "schemas" is in every representation, not empty, without doubles', async () => {
  const user = await scim.given.user({ [urn.enterprise]: { division: 'x' } });
  const bare = await scim.given.user();
  const group = await scim.given.group();
  const all = [user, bare, group, ...(await read('/Users?count=3')).Resources];

  for (const { schemas } of [
    ...all,
    await read('/Users'),
    await read('/ServiceProviderConfig'),
    await read('/Schemas'),
    await read('/ResourceTypes'),
    await read('/Nothing'),
  ]) {
    expect(schemas.length).toBeGreaterThan(0);
    expect(new Set(schemas).size).toBe(schemas.length);
  }
  expect(user.schemas).toEqual([urn.user, urn.enterprise]);
  expect(bare.schemas).toEqual([urn.user]);
  expect(group.schemas).toEqual([urn.group]);
});

test('3 "Value order is not specified and MUST NOT impact behavior"', async () => {
  const made = await scim.post('/Users', {
    schemas: [urn.enterprise, urn.user],
    userName: aWord(),
    [urn.enterprise]: { costCenter: '7' },
  });

  expect(made).toMatchObject({ status: 201, body: { schemas: [urn.user, urn.enterprise] } });
});

test('3.1 "these attributes MUST be defined for all resources": id and meta by the server, externalId by the client', async () => {
  const externalId = aWord();
  for (const [name, made] of [
    ['User', await scim.given.user({ externalId })],
    ['Group', await scim.given.group({ externalId })],
  ])
    expect(made).toMatchObject({
      id: expect.stringMatching(/./),
      externalId,
      meta: {
        resourceType: name,
        created: expect.stringMatching(isoTime),
        lastModified: expect.stringMatching(isoTime),
        location: expect.stringContaining(made.id),
        version: expect.stringMatching(/^(W\/)?".+"$/),
      },
    });
});

test('3.1 id "MUST be unique ... stable, non-reassignable ... MUST NOT be specified by the client"', async () => {
  const wanted = crypto.randomUUID();
  const made = await scim.given.user({ id: wanted });
  const group = await scim.given.group({ id: made.id });

  expect(made.id).not.toBe(wanted);
  expect(group.id).not.toBe(made.id);
  expect((await scim.put(`/Users/${made.id}`, { id: wanted, userName: made.userName })).body.id).toBe(made.id);
  expect((await scim.patch(`/Users/${made.id}`, { op: 'replace', value: { id: wanted } })).body.id).toBe(made.id);
  expect(await scim.patch(`/Users/${made.id}`, { op: 'replace', path: 'id', value: wanted })).toMatchObject(
    problem(400, 'mutability'),
  );
  expect((await scim.get(`/Users/${wanted}`)).status).toBe(404);
  await scim.delete(`/Users/${made.id}`);
  const again = await scim.given.user({ userName: made.userName });
  expect(again.id).not.toBe(made.id);
});

test('3.1 "The string \'bulkId\' ... MUST NOT be used within any unique identifier value"', async () => {
  expect(String((await scim.given.user()).id).toLowerCase()).not.toContain('bulkid');
});

test('3.1 externalId "MUST NOT be specified by the service provider", is case exact, and need not be unique', async () => {
  const externalId = aWord('Ext');
  const [a, b] = [await scim.given.user({ externalId }), await scim.given.user({ externalId })];

  expect(await scim.given.user()).not.toHaveProperty('externalId');
  expect(shown(await scim.find('Users', `externalId eq "${externalId}"`), 'id').sort()).toEqual([a.id, b.id].sort());
  expect(shown(await scim.find('Users', `externalId eq "${externalId.toLowerCase()}"`), 'id')).toEqual([]);
});

test('3.1 meta "SHALL be ignored when provided by clients"; created equals lastModified until it is changed', async () => {
  const meta = {
    resourceType: 'Group',
    created: '2001-01-01T00:00:00Z',
    lastModified: '2001-01-01T00:00:00Z',
    location: 'https://elsewhere.example/Users/1',
    version: 'W/"99"',
  };
  const made = await scim.given.user({ meta });

  expect(made.meta).toEqual({
    resourceType: 'User',
    created: expect.stringMatching(isoTime),
    lastModified: made.meta.created,
    location: `${scim.url}/Users/${made.id}`,
    version: expect.any(String),
  });
  const put = await scim.put(`/Users/${made.id}`, { userName: made.userName, title: 'changed', meta });
  expect(put.body.meta).toMatchObject({
    created: made.meta.created,
    location: made.meta.location,
    resourceType: 'User',
  });
  expect(put.body.meta.lastModified > made.meta.lastModified).toBe(true);
  expect(put.body.meta.version).not.toBe(made.meta.version);
});

test('3.1 meta.location "MUST be the same as the Content-Location"; meta.version "the same as the ... ETag"', async () => {
  const user = await scim.given.user();
  const group = await scim.given.group();

  for (const [path, { meta }] of [
    [`/Users/${user.id}`, user],
    [`/Groups/${group.id}`, group],
  ] as const) {
    const reply = await scim.get(path);
    expect(reply.body.meta).toEqual(meta);
    expect(reply.headers.get('content-location')).toBe(meta.location);
    expect(reply.etag).toBe(meta.version);
  }
});

test('3.3 extensions lie under their URN, which is in schemas when they are there', async () => {
  const { id, userName } = await scim.given.user({ [urn.enterprise]: { organization: 'Bailiwick' } });

  expect(
    (await scim.patch(`/Users/${id}`, { op: 'remove', path: `${urn.enterprise}:organization` })).body,
  ).toMatchObject({ schemas: [urn.user] });
  // The client that forgets the URN in schemas meant it all the same.
  const put = await scim.put(`/Users/${id}`, {
    schemas: [urn.user],
    userName,
    [urn.enterprise]: { organization: 'B' },
  });
  expect(put.body).toMatchObject({ schemas: [urn.user, urn.enterprise], [urn.enterprise]: { organization: 'B' } });
});

test('4.1.1 userName: "MUST be unique ... Each User MUST include a non-empty userName"', async () => {
  const { userName } = await scim.given.user({ userName: aWord('Zoë-Ünï-') });

  expect(await scim.post('/Users', { userName })).toMatchObject(problem(409, 'uniqueness'));
  expect(await scim.post('/Users', { userName: userName.toUpperCase() })).toMatchObject(problem(409, 'uniqueness'));
  for (const bad of [undefined, null, '', '  ', [], 7])
    expect(await scim.post('/Users', { schemas: [urn.user], userName: bad, nickName: 'x' })).toMatchObject(
      problem(400, 'invalidValue'),
    );
});

test('4.1.1 password "SHALL NOT be returnable", in clear or hashed; nothing is found by it', async () => {
  const password = `Secret-${aWord()}-passphrase`;
  const made = await scim.post('/Users', { userName: aWord(), password });
  const { id, userName } = made.body;
  const replies = [
    made,
    await scim.put(`/Users/${id}`, { userName, password: `${password}!` }),
    await scim.patch(`/Users/${id}`, { op: 'replace', path: 'password', value: `${password}?` }),
    await scim.get(`/Users/${id}?attributes=password`),
    await scim.get(`/Users/${id}?attributes=password,userName`),
    await scim.get(`/Users?attributes=password&count=1000`),
    await scim.post('/Users/.search', { schemas: [urn.search], attributes: ['password'] }),
  ];

  for (const { status, text } of replies) {
    expect(status).toBeLessThan(300);
    expect(text).not.toMatch(/"password"|scrypt|argon|Secret-/i);
  }
  for (const filter of [
    'password pr',
    `password eq "${password}"`,
    `not (password sw "S")`,
    `userName pr or password pr`,
  ])
    expect(await scim.find('Users', filter)).toMatchObject(problem(400, 'invalidFilter'));
  expect((await scim.get(`/Users${query({ sortBy: 'password' })}`)).status).toBe(400);
  const stored = await platform.sql('au', 'select row_to_json(accounts)::text as row from accounts where id = $1', [
    id,
  ]);
  expect(JSON.stringify(stored)).not.toContain('Secret-');
});

test('4.1.2 groups is readOnly: "group membership changes MUST be applied via the Group Resource"', async () => {
  const group = await scim.given.group();
  const user = await scim.given.user({ groups: [{ value: group.id }] });

  expect(user.groups ?? []).toEqual([]);
  expect(
    await scim.patch(`/Users/${user.id}`, { op: 'add', path: 'groups', value: [{ value: group.id }] }),
  ).toMatchObject(problem(400, 'mutability'));
  await scim.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: user.id }] });
  expect((await read(`/Users/${user.id}`)).groups).toEqual([
    { value: group.id, $ref: `${scim.url}/Groups/${group.id}`, display: group.displayName, type: 'direct' },
  ]);
  await scim.patch(`/Groups/${group.id}`, {
    op: 'replace',
    path: 'displayName',
    value: `${group.displayName} renamed`,
  });
  expect((await read(`/Users/${user.id}`)).groups[0].display).toBe(`${group.displayName} renamed`);
});

test('4.2 a Group has a displayName ("REQUIRED") and members by id and $ref, whose parts are immutable', async () => {
  const user = await scim.given.user();
  const group = await scim.given.group({ members: [{ value: user.id, display: 'ignored' }] });

  expect(group.members).toEqual([{ value: user.id, $ref: `${scim.url}/Users/${user.id}`, type: 'User' }]);
  for (const displayName of [undefined, null, '', ' '])
    expect(await scim.post('/Groups', { schemas: [urn.group], displayName })).toMatchObject(
      problem(400, 'invalidValue'),
    );
  const path = `members[value eq "${user.id}"].value`;
  expect(await scim.patch(`/Groups/${group.id}`, { op: 'replace', path, value: crypto.randomUUID() })).toMatchObject(
    problem(400, 'mutability'),
  );
  for (const value of [crypto.randomUUID(), group.id, 'nobody'])
    expect(await scim.post('/Groups', { displayName: aWord(), members: [{ value }] })).toMatchObject(
      problem(400, 'invalidValue'),
    );
  expect(
    await scim.post('/Groups', { displayName: aWord(), members: [{ value: group.id, type: 'Group' }] }),
  ).toMatchObject(problem(400, 'invalidValue'));
});

test('5 ServiceProviderConfig says all that is REQUIRED of it, and that all of it is done, as the tests of it hold', async () => {
  const supported = { supported: true };

  expect(await read('/ServiceProviderConfig')).toMatchObject({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: supported,
    bulk: { ...supported, maxOperations: expect.any(Number), maxPayloadSize: expect.any(Number) },
    filter: { ...supported, maxResults: expect.any(Number) },
    changePassword: supported,
    sort: supported,
    etag: supported,
    authenticationSchemes: [{ type: 'oauthbearertoken', name: expect.any(String), description: expect.any(String) }],
    meta: { resourceType: 'ServiceProviderConfig', location: `${scim.url}/ServiceProviderConfig` },
  });
  const { bulk, filter } = await read('/ServiceProviderConfig');
  for (const most of [bulk.maxOperations, bulk.maxPayloadSize, filter.maxResults]) expect(most % 1).toBe(0);
});

test('6 ResourceTypes: name, endpoint, schema, and schemaExtensions with schema and required', async () => {
  const { Resources } = await read('/ResourceTypes');

  expect(Resources).toMatchObject([
    {
      id: 'User',
      name: 'User',
      endpoint: '/Users',
      schema: urn.user,
      schemaExtensions: [{ schema: urn.enterprise, required: false }],
    },
    { id: 'Group', name: 'Group', endpoint: '/Groups', schema: urn.group },
  ]);
  for (const type of Resources) {
    expect(type.description).toMatch(/./);
    expect(type.meta).toEqual({ resourceType: 'ResourceType', location: `${scim.url}/ResourceTypes/${type.name}` });
    expect(await read(`/ResourceTypes/${type.name}`)).toEqual(type);
    expect((await scim.get(type.endpoint)).status).toBe(200);
    expect((await scim.get(`/Schemas/${type.schema}`)).status).toBe(200);
  }
});

test('7 Schemas: the id is a URI, each attribute says its characteristics', async () => {
  const { Resources } = await read('/Schemas');
  const discovery = ['ServiceProviderConfig', 'ResourceType', 'Schema'].map(
    (name) => `urn:ietf:params:scim:schemas:core:2.0:${name}`,
  );
  expect(shown({ body: { Resources } }, 'id')).toEqual([urn.user, urn.enterprise, urn.group, ...discovery]);

  for (const schema of Resources) {
    expect(await read(`/Schemas/${schema.id}`)).toEqual(schema);
    expect(schema).toMatchObject({ name: expect.stringMatching(/./), description: expect.stringMatching(/./) });
    for (const attribute of schema.attributes)
      for (const each of [attribute, ...(attribute.subAttributes ?? [])]) {
        expect(each).toMatchObject({
          name: expect.stringMatching(/^(\$ref|[a-z][\w-]*)$/i),
          type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|binary|reference|complex)$/),
          multiValued: expect.any(Boolean),
          description: expect.stringMatching(/./),
          required: expect.any(Boolean),
          caseExact: expect.any(Boolean),
          mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
          returned: expect.stringMatching(/^(always|never|default|request)$/),
          uniqueness: expect.stringMatching(/^(none|server|global)$/),
        });
        if (each.type === 'reference') expect(each.referenceTypes.length, each.name).toBeGreaterThan(0);
        if (each.type === 'complex') expect(each.subAttributes.length, each.name).toBeGreaterThan(0);
      }
  }
});

test('7 "For every schema URI used in a resource object, there is a corresponding Schema resource", which is true of it', async () => {
  interface Described {
    name: string;
    type: string;
    multiValued: boolean;
    required: boolean;
    subAttributes?: Described[];
  }
  const common = ['schemas', 'id', 'externalId', 'meta'];
  const check = (value: object, attributes: Described[], ignored: string[] = []) => {
    const names = attributes.map(({ name }) => name);
    expect([...names, ...ignored]).toEqual(expect.arrayContaining(Object.keys(value)));
    for (const { name, type, multiValued, required, subAttributes } of attributes) {
      const found = (value as Record<string, unknown>)[name];
      if (required) expect(found, name).toBeDefined();
      if (found === undefined) continue;
      expect(Array.isArray(found), name).toBe(multiValued);
      for (const each of multiValued ? (found as unknown[]) : [found]) {
        const kind = { boolean: 'boolean', integer: 'number', complex: 'object' }[type] ?? 'string';
        expect(typeof each, name).toBe(kind);
        // "subAttributes has the same schema sub-attributes as attributes", and is described once.
        if (type === 'complex') check(each as object, subAttributes ?? [], name === 'subAttributes' ? [name] : []);
      }
    }
  };
  const resources = [
    await read('/ServiceProviderConfig'),
    ...(await read('/ResourceTypes')).Resources,
    ...(await read('/Schemas')).Resources,
    await scim.given.user({ title: 'x', emails: [{ value: `${aWord()}@x.example` }] }),
    await scim.given.group({ externalId: aWord() }),
  ];
  for (const resource of resources) {
    const [schema] = resource.schemas;
    check(resource, (await read(`/Schemas/${schema}`)).attributes, common);
  }
});

describe('2.2, 7 caseExact false: the same name in any case, by whatever way it is looked at', () => {
  test.each([
    ['sigma at the end of a word', 'ΟΔΟΣ', 'οδοσ', true],
    ['sigma at the end of a word, written so', 'οδος', 'ΟΔΟΣ', true],
    ['composed and decomposed', 'Zoë', 'zoe\u0308', true],
    ['of full width', 'Ａnn', 'ann', true],
    ['a ligature', 'ﬁn', 'FIN', true],
    ['dotted capital I, which keeps its dot', 'İpek', 'ipek', false],
    ['sharp s is not two of them', 'Straße', 'STRASSE', false],
    ['sharp s and its capital', 'Straße', 'STRAẞE', true],
  ])('%s', async (_what, one, other, isSame) => {
    const [word, title] = [aWord(), aWord()];
    const first = await scim.given.user({ userName: word + one, title: title + one, roles: [{ value: title + one }] });
    const found = async (filter: string) => shown(await scim.find('Users', filter), 'id').includes(first.id);

    expect((await scim.post('/Users', { userName: word + other })).status).toBe(isSame ? 409 : 201);
    expect(await found(`userName eq "${word}${other}"`)).toBe(isSame);
    expect(await found(`title eq "${title}${other}"`)).toBe(isSame);
    expect(await found(`roles[value eq "${title}${other}"]`)).toBe(isSame);
    expect(await found(`userName sw "${word}${other}"`)).toBe(isSame);
    const group = await scim.given.group({ displayName: word + one });
    expect((await scim.post('/Groups', { displayName: word + other })).status).toBe(isSame ? 409 : 201);
    expect(shown(await scim.find('Groups', `displayName eq "${word}${other}"`), 'id').includes(group.id)).toBe(isSame);
    // In memory: a PATCH that names the value by a filter.
    const removed = await scim.patch(`/Users/${first.id}`, {
      op: 'remove',
      path: `roles[value eq "${title}${other}"]`,
    });
    expect(removed.body.roles === undefined).toBe(isSame);
  });

  test('a text that begins with another one does so in any case', async () => {
    const word = aWord();
    const { id } = await scim.given.user({ userName: `${word}οδοσα`, title: `${word}οδοσα` });
    await scim.given.group({ displayName: `${word}οδοσα` });
    for (const name of ['userName', 'title'])
      expect(shown(await scim.find('Users', `${name} sw "${word}ΟΔΟΣ"`), 'id'), name).toEqual([id]);
    expect((await scim.find('Groups', `displayName sw "${word}ΟΔΟΣ"`)).body.totalResults).toBe(1);
  });

  test('what looks alike is taken, and is not the same', async () => {
    const word = aWord();
    await scim.given.user({ userName: `${word}I` });
    expect(await scim.post('/Users', { userName: `${word}ı` })).toMatchObject({ status: 409 });
    expect(shown(await scim.find('Users', `userName eq "${word}ı"`), 'id')).toEqual([]);
  });
});
