import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../kernel/problem.ts';
import { enterpriseSchema, groupSchema, groupType, userSchema, userType } from './attributes.ts';
import { readMembers } from './members.ts';
import {
  isWanted,
  names,
  primaryEmail,
  readProjection,
  readResource,
  type StoredGroup,
  type StoredUser,
  writeMember,
  writeResource,
  writeWholeUser,
} from './resource.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const ann = '0192f3a0-7b1c-7def-8abc-0123456789ab';
const bob = '0192f3a0-7b1c-7def-8abc-0123456789ac';
const team = '0192f3a0-7b1c-7def-8abc-0123456789ad';
const baseUrl = `https://eu.example.com/scim/v2/${team}`;

const readUser = (body: object) => readResource(userType, { userName: 'ann', ...body });
const attributesOf = (body: object) => readUser(body).attributes;
const readGroup = (body: object) => readResource(groupType, { displayName: 'Team', ...body });

/** What a call throws: status, scimType and words. */
function problemOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.status, scimType: error.members.scimType, detail: error.message };
  }
  throw new Error('nothing was thrown');
}
const refusal = (scimType: string, words: string) => ({
  status: 400,
  scimType,
  detail: expect.stringContaining(words),
});

// Reading

test('the full user of RFC 7643 section 8.3 is read', () => {
  const work = { value: 'bjensen@example.com', type: 'work', primary: true };
  const address = {
    type: 'work',
    streetAddress: '100 Universal City Plaza',
    locality: 'Hollywood',
    region: 'CA',
    postalCode: '91608',
    country: 'USA',
    formatted: '100 Universal City Plaza\nHollywood, CA 91608 USA',
    primary: true,
  };
  const attributes = {
    name: { formatted: 'Ms. Barbara J Jensen, III', familyName: 'Jensen', givenName: 'Barbara', middleName: 'Jane' },
    displayName: 'Babs Jensen',
    nickName: 'Babs',
    profileUrl: 'https://login.example.com/bjensen',
    emails: [work, { value: 'babs@jensen.org', type: 'home' }],
    addresses: [address],
    phoneNumbers: [{ value: '555-555-5555', type: 'work' }],
    ims: [{ value: 'someaimhandle', type: 'aim' }],
    photos: [{ value: 'https://photos.example.com/profilephoto/72930000000Ccne/F', type: 'photo' }],
    userType: 'Employee',
    title: 'Tour Guide',
    preferredLanguage: 'en-US',
    locale: 'en-US',
    timezone: 'America/Los_Angeles',
    x509Certificates: [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVM=' }],
    [enterprise]: {
      employeeNumber: '701984',
      costCenter: '4130',
      organization: 'Universal Studios',
      division: 'Theme Park',
      department: 'Tour Operations',
      manager: { value: '26118915-6090-4610-87e4-49d8ca9f808d' },
    },
  };
  const sent = {
    schemas: [userSchema.id, enterprise],
    id: '2819c223-7f76-453a-919d-413861904646',
    externalId: '701984',
    userName: 'bjensen@example.com',
    ...attributes,
    [enterprise]: {
      ...attributes[enterprise],
      manager: { ...attributes[enterprise].manager, $ref: '../Users/26118915', displayName: 'John Smith' },
    },
    active: true,
    password: 't1meMa$heen',
    groups: [{ value: 'e9e30dba-f08f-4109-8486-d5c6a331660a', $ref: '../Groups/e9e30dba', display: 'Tour Guides' }],
    meta: { resourceType: 'User', created: '2010-01-23T04:56:22Z', version: 'W/"a330bc54f0671c9"' },
  };

  expect(readResource(userType, sent)).toEqual({
    userName: 'bjensen@example.com',
    externalId: '701984',
    active: true,
    password: 't1meMa$heen',
    attributes,
  });
});

test('the least that is a user and a group', () => {
  expect(readResource(userType, { userName: 'ann' })).toEqual({
    userName: 'ann',
    externalId: null,
    active: undefined,
    password: undefined,
    attributes: {},
  });
  expect(readResource(groupType, { displayName: 'Team' })).toEqual({
    displayName: 'Team',
    externalId: null,
    members: undefined,
  });
});

test('names count in any case and come out canonical', () => {
  const read = readUser({
    EXTERNALID: 'x',
    Active: false,
    NAME: { GIVENNAME: 'Ann', familyname: 'Lee' },
    Emails: [{ VALUE: 'ann@example.com', Primary: true }],
    [enterprise.toUpperCase()]: { DEPARTMENT: 'Sales', Manager: { Value: bob } },
  });

  expect(read).toMatchObject({ externalId: 'x', active: false });
  expect(read.attributes).toEqual({
    name: { givenName: 'Ann', familyName: 'Lee' },
    emails: [{ value: 'ann@example.com', primary: true }],
    [enterprise]: { department: 'Sales', manager: { value: bob } },
  });
  expect(readResource(userType, { USERNAME: 'ann' }).userName).toBe('ann');
});

test('the same attribute twice, in different case, is refused', () => {
  expect(problemOf(() => readUser({ title: 'a', TITLE: 'b' }))).toEqual(
    refusal('invalidSyntax', 'title is there twice'),
  );
  expect(problemOf(() => readUser({ name: { givenName: 'a', givenname: 'b' } }))).toEqual(
    refusal('invalidSyntax', 'name.givenName is there twice'),
  );
});

test('what is unknown or read-only is ignored', () => {
  expect(
    attributesOf({
      id: ann,
      meta: 'x',
      groups: [{ value: team }],
      isOwner: true,
      tenantId: team,
      passwordHash: 'x',
      members: [{ value: ann }],
      'name.givenName': 'Ann',
      'emails[type eq "work"].value': 'ann@example.com',
      [`${enterprise}:department`]: 'Sales',
      [`${userSchema.id}:title`]: 'Boss',
      'urn:ietf:params:scim:schemas:extension:custom:2.0:User': { favourite: 'blue' },
      emails: [{ value: 'ann@example.com', isVerified: true }],
      [enterprise]: { manager: { value: bob, $ref: 'https://elsewhere.example', displayName: 'Bob' }, floor: 3 },
    }),
  ).toEqual({ emails: [{ value: 'ann@example.com' }], [enterprise]: { manager: { value: bob } } });
});

test('null and what is empty mean that there is none (RFC 7643 section 2.5)', () => {
  expect(
    readUser({
      externalId: null,
      active: null,
      password: null,
      title: null,
      nickName: [],
      name: {},
      emails: [],
      phoneNumbers: null,
      ims: [null, {}, { value: null }],
      photos: '',
      roles: [[]],
      addresses: [''],
      [enterprise]: { department: null, manager: '' },
    }),
  ).toEqual({ userName: 'ann', externalId: null, active: undefined, password: undefined, attributes: {} });
  expect(readUser({ externalId: '', password: '' })).toMatchObject({ externalId: null, password: undefined });
  expect(attributesOf({ [enterprise]: null, name: '' })).toEqual({});
  expect(attributesOf({ title: '', name: { givenName: '' }, emails: [{ value: '', type: 'work' }] })).toEqual({
    title: '',
    name: { givenName: '' },
    emails: [{ value: '', type: 'work' }],
  });
});

test.each([
  ['a text', bob, { value: bob }],
  ['an object', { value: bob }, { value: bob }],
  ['no text', '', undefined],
  ['an object without a value', { value: '' }, undefined],
  ['an object with null', { value: null }, undefined],
  ['an object with other names', { managerId: bob }, undefined],
])('a manager may be %s', (_, manager, expected) => {
  expect(attributesOf({ [enterprise]: { division: 'x', manager } })).toEqual({
    [enterprise]: { division: 'x', ...(expected ? { manager: expected } : {}) },
  });
});

test.each([
  ['True', true],
  ['False', false],
  ['true', true],
  ['false', false],
  [true, true],
  [false, false],
])('%j is a boolean', (sent, expected) => {
  expect(readUser({ active: sent }).active).toBe(expected);
  expect(attributesOf({ roles: [{ value: 'a', primary: sent }] })).toEqual({
    roles: [{ value: 'a', primary: expected }],
  });
});

test.each(['', 'yes', '1', 0, 1, {}, ['true'], 'TRUE '])('%j is no boolean', (sent) =>
  expect(problemOf(() => readUser({ active: sent }))).toEqual(refusal('invalidValue', 'active must be true or false')),
);

test('roles and their like may hold texts, and one value may stand for a list', () => {
  expect(
    attributesOf({ roles: ['admin', { value: 'editor', primary: 'True' }], emails: { value: 'a@example.com' } }),
  ).toEqual({
    roles: [{ value: 'admin' }, { value: 'editor', primary: true }],
    emails: [{ value: 'a@example.com' }],
  });
  expect(attributesOf({ entitlements: 'all' })).toEqual({ entitlements: [{ value: 'all' }] });
});

test('the same type and value are kept once (RFC 7643 section 2.4)', () => {
  const sent = [
    { value: 'a@example.com', type: 'work', primary: true },
    { value: 'a@example.com', type: 'home' },
    { value: 'a@example.com', type: 'work', display: 'A' },
  ];
  expect(attributesOf({ emails: sent })).toEqual({
    emails: [
      { value: 'a@example.com', type: 'work', primary: true, display: 'A' },
      { value: 'a@example.com', type: 'home' },
    ],
  });
  const addresses = [
    { type: 'work', locality: 'A' },
    { type: 'work', locality: 'B' },
  ];
  expect(attributesOf({ addresses })).toEqual({ addresses });
});

const invalid: [what: string, body: object, words: string][] = [
  ['a number for a text', { title: 7 }, 'title must be a text'],
  ['a boolean for a text', { externalId: true }, 'externalId must be a text'],
  ['an object for a text', { nickName: {} }, 'nickName must be a text'],
  ['an array for a text', { title: ['a'] }, 'title must be a text'],
  ['a number in a sub-attribute', { name: { givenName: 1 } }, 'name.givenName must be a text'],
  ['a number in a list', { emails: [{ value: 1 }] }, 'emails.value must be a text'],
  ['a number in an extension', { [enterprise]: { employeeNumber: 7 } }, `${enterprise}:employeeNumber must be a text`],
  ['a number for a manager', { [enterprise]: { manager: { value: 7 } } }, `${enterprise}:manager.value must be a text`],
  ['a text for a name', { name: 'Ann' }, 'name must be an object'],
  ['an array for a name', { name: [{ givenName: 'Ann' }] }, 'name must be an object'],
  ['a number for a complex value', { name: 1 }, 'name must be an object'],
  ['a text for an address', { addresses: ['here'] }, 'addresses must be an object'],
  ['a number in place of values', { emails: [1] }, 'emails must be an object'],
  ['a list in a list', { emails: [['a@example.com']] }, 'emails must be an object'],
  ['a text for an extension', { [enterprise]: 'Sales' }, 'must be an object'],
  [
    'two primary values',
    {
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: 'True' },
      ],
    },
    'emails has several',
  ],
  ['too long a text', { title: 'a'.repeat(8193) }, 'title has more than 8192'],
  ['too long an externalId', { externalId: 'a'.repeat(513) }, 'externalId has more than 512'],
  ['too long an e-mail', { emails: [{ value: 'a'.repeat(513) }] }, 'emails.value has more than 512'],
  ['too many values', { emails: Array.from({ length: 201 }, (_, n) => `${n}@example.com`) }, 'more than 200 values'],
  ['a NUL', { title: 'a\0b' }, 'title has control'],
  ['a line break', { displayName: 'a\nb' }, 'displayName has control'],
  ['a direction override', { displayName: 'a\u202eb' }, 'displayName has control'],
  ['a control character in a password', { password: 'a\u0007b' }, 'password has control'],
  [
    'no base64',
    { x509Certificates: [{ value: '-----BEGIN CERTIFICATE-----' }] },
    'x509Certificates.value must be in base64',
  ],
  ['a URI with a blank', { profileUrl: 'https://example.com/a b' }, 'profileUrl must be a URI'],
];

test.each(invalid)('%s is refused and named', (_, body, words) =>
  expect(problemOf(() => readUser(body))).toEqual(refusal('invalidValue', words)),
);

test('what is refused is not repeated', () => {
  for (const [, body] of invalid) expect(problemOf(() => readUser(body)).detail.length).toBeLessThan(160);
  expect(problemOf(() => readUser({ password: 'se\u0007cret' })).detail).not.toContain('cret');
});

test('the limits themselves are allowed', () => {
  const fitting = {
    title: 'a'.repeat(8192),
    emails: Array.from({ length: 200 }, (_, n) => ({ value: `${n}@example.com` })),
    addresses: [{ formatted: 'Line\nLine', streetAddress: 'Line\r\nLine' }],
    profileUrl: '/relative?x=%20#y',
    x509Certificates: [{ value: 'aGk_-w' }],
  };
  expect(attributesOf(fitting)).toEqual(fitting);
  expect(readUser({ externalId: 'a'.repeat(512) }).externalId).toHaveLength(512);
  expect(readResource(userType, { userName: 'ü'.repeat(256) }).userName).toHaveLength(256);
});

test.each([undefined, null, '', '  ', []])('a user without userName (%j) is refused', (userName) =>
  expect(problemOf(() => readResource(userType, { userName }))).toEqual(refusal('invalidValue', 'userName is missing')),
);

test.each([undefined, null, '', '\u3000'])('a group without displayName (%j) is refused', (displayName) =>
  expect(problemOf(() => readResource(groupType, { displayName }))).toEqual(
    refusal('invalidValue', 'displayName is missing'),
  ),
);

test('names that are unique have at most 256 characters, and are not much longer when they are folded', () => {
  expect(problemOf(() => readResource(userType, { userName: 'a'.repeat(257) }))).toEqual(
    refusal('invalidValue', 'userName has more than 256'),
  );
  expect(problemOf(() => readResource(groupType, { displayName: 'a'.repeat(257) }))).toEqual(
    refusal('invalidValue', 'displayName has more than 256'),
  );
  expect(problemOf(() => readResource(userType, { userName: '\ufdfa'.repeat(200) }))).toEqual(
    refusal('invalidValue', 'userName is too long'),
  );
});

test('all attributes together have at most 256 KiB', () => {
  const values = (count: number) => ({
    entitlements: Array.from({ length: count }, (_, n) => ({ value: `${n}${'a'.repeat(8000)}` })),
  });
  expect(attributesOf(values(32))).toEqual(values(32));
  expect(problemOf(() => readUser(values(33)))).toEqual(refusal('invalidValue', 'more than 256 KiB'));
});

test.each([null, 'ann', 7, true, [], [{ userName: 'ann' }]])('%j is no resource', (body) => {
  expect(problemOf(() => readResource(userType, body))).toEqual(refusal('invalidSyntax', 'Send a User as'));
  expect(problemOf(() => readResource(groupType, body))).toEqual(refusal('invalidSyntax', 'Send a Group as'));
});

test.each([
  [[userSchema.id]],
  [['urn:scim:schemas:core:1.0', userSchema.id]],
  [['http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group']],
  [[]],
  [null],
])('schemas may be %j', (schemas) => expect(readUser({ schemas })).toMatchObject({ userName: 'ann', attributes: {} }));

test.each([[userSchema.id], [7], [{}], [[7]], [[null]]])('schemas may not be %j', (schemas) =>
  expect(problemOf(() => readUser({ schemas }))).toEqual(refusal('invalidSyntax', 'schemas must be an array')),
);

test('keys of prototypes are not walked', () => {
  const body = JSON.parse(`{
    "userName": "ann",
    "__proto__": { "active": false, "isOwner": true },
    "constructor": { "prototype": { "isOwner": true } },
    "prototype": { "isOwner": true },
    "toString": "x",
    "name": { "__proto__": { "givenName": "Ann" }, "constructor": "x" },
    "emails": [{ "__proto__": { "value": "a@example.com" }, "type": "work" }]
  }`);

  expect(readResource(userType, body)).toEqual({
    userName: 'ann',
    externalId: null,
    active: undefined,
    password: undefined,
    attributes: { emails: [{ type: 'work' }] },
  });
  expect(
    readResource(userType, Object.create({ title: 'x' }, { userName: { value: 'ann', enumerable: true } })),
  ).toMatchObject({
    attributes: {},
  });
  expect('isOwner' in {}).toBe(false);
});

test('members are ids, alone or in objects; the rest of the objects is ignored', () => {
  const members = [
    { value: ann, display: 'Ann', $ref: 'https://elsewhere.example', type: 'User' },
    bob,
    { VALUE: ann },
  ];

  expect(readGroup({ externalId: 'g', Members: members })).toEqual({
    displayName: 'Team',
    externalId: 'g',
    members: [ann, bob],
  });
  expect(readGroup({ members: { value: ann.toUpperCase() } }).members).toEqual([ann]);
});

test('no members, and no word of members, are two things', () => {
  for (const members of [[], null, '']) expect(readGroup({ members }).members).toEqual([]);
  expect(readGroup({}).members).toBeUndefined();
});

test.each<[unknown, string]>([
  [[{ value: team, type: 'Group' }], 'has a group in it'],
  [[{ type: 'GROUP', value: team }], 'has a group in it'],
  [['1'], 'members.value must be the id'],
  [[{ value: 7 }], 'members.value must be the id'],
  [[{ display: 'Ann' }], 'members.value must be the id'],
  [[{ value: 'bulkId:ann' }], 'members.value must be the id'],
  [[null], 'members must be objects'],
  [[[ann]], 'members must be objects'],
  [7, 'members must be objects'],
])('members %j are refused', (members, words) =>
  expect(problemOf(() => readGroup({ members }))).toEqual(refusal('invalidValue', words)),
);

test('100,000 members are read, one more is refused', () => {
  const ids = Array.from({ length: 100_000 }, (_, n) => ({
    value: `${ann.slice(0, 24)}${String(n).padStart(12, '0')}`,
  }));

  expect(readMembers(ids)).toHaveLength(100_000);
  expect(problemOf(() => readMembers([...ids, { value: ann }]))).toEqual(refusal('invalidValue', 'more than 100000'));
});

// Writing

const at = {
  version: 3,
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  updatedAt: new Date('2026-02-03T04:05:06.789Z'),
};
const meta = (resourceType: string, location: string) => ({
  resourceType,
  created: '2026-01-02T03:04:05.678Z',
  lastModified: '2026-02-03T04:05:06.789Z',
  location,
  version: 'W/"3"',
});
const storedAttributes = {
  name: { givenName: 'Ann', familyName: 'Lee' },
  title: 'Boss',
  emails: [{ value: 'ann@example.com', type: 'work', primary: true }, { value: 'ann@home.example' }],
  [enterprise]: { department: 'Sales', manager: { value: bob } },
};
const storedUser: StoredUser = {
  id: ann,
  externalId: 'x-1',
  userName: 'ann',
  active: true,
  attributes: storedAttributes,
  groups: [{ id: team, name: 'Team' }],
  ...at,
};
const storedGroup: StoredGroup = { id: team, externalId: null, displayName: 'Team', members: [ann, bob], ...at };
const userBody = {
  schemas: [userSchema.id, enterprise],
  id: ann,
  externalId: 'x-1',
  userName: 'ann',
  ...storedAttributes,
  [enterprise]: { department: 'Sales', manager: { value: bob, $ref: `${baseUrl}/Users/${bob}` } },
  active: true,
  groups: [{ value: team, $ref: `${baseUrl}/Groups/${team}`, display: 'Team', type: 'direct' }],
  meta: meta('User', `${baseUrl}/Users/${ann}`),
};
const groupBody = {
  schemas: [groupSchema.id],
  id: team,
  displayName: 'Team',
  members: [
    { value: ann, $ref: `${baseUrl}/Users/${ann}`, type: 'User' },
    { value: bob, $ref: `${baseUrl}/Users/${bob}`, type: 'User' },
  ],
  meta: meta('Group', `${baseUrl}/Groups/${team}`),
};

test('a user and a group as clients get them', () => {
  expect(writeResource(userType, storedUser, { baseUrl })).toStrictEqual(userBody);
  expect(writeWholeUser(storedUser, baseUrl)).toBe(JSON.stringify(userBody));
  expect(writeResource(groupType, storedGroup, { baseUrl })).toStrictEqual(groupBody);
  expect(writeMember(ann, baseUrl)).toEqual(groupBody.members[0]);
});

test('what is not there is left out; nothing that is stored is changed', () => {
  const { groups, ...plain } = { ...storedUser, externalId: null, attributes: { title: 'Boss' } };
  const before = structuredClone(storedUser);
  writeResource(userType, storedUser, { baseUrl });

  expect(storedUser).toEqual(before);
  expect(writeResource(userType, plain, { baseUrl })).toStrictEqual({
    schemas: [userSchema.id],
    id: ann,
    userName: 'ann',
    title: 'Boss',
    active: true,
    meta: userBody.meta,
  });
  const bare = { ...plain, attributes: {} };
  expect(writeWholeUser(bare, baseUrl)).toBe(JSON.stringify(writeResource(userType, bare, { baseUrl })));
  const { members, ...alone } = storedGroup;
  expect(Object.keys(writeResource(groupType, alone, { baseUrl }))).toEqual(['schemas', 'id', 'displayName', 'meta']);
  expect(writeResource(groupType, { ...alone, members: [] }, { baseUrl })).toMatchObject({ members: [] });
});

test('a manager that is no id of ours has no address', () => {
  const attributes = { [enterprise]: { manager: { value: '../../v1/tenants' } } };
  expect(writeResource(userType, { ...storedUser, attributes }, { baseUrl })[enterprise]).toEqual(
    attributes[enterprise],
  );
});

test('a GET, then a PUT of all of it, changes nothing (Okta)', () => {
  const body = JSON.parse(JSON.stringify(writeResource(userType, storedUser, { baseUrl })));
  expect(readResource(userType, body)).toMatchObject({
    userName: 'ann',
    externalId: 'x-1',
    active: true,
    attributes: storedUser.attributes,
  });
  const group = JSON.parse(JSON.stringify(writeResource(groupType, storedGroup, { baseUrl })));
  expect(readResource(groupType, group)).toEqual({ displayName: 'Team', externalId: null, members: [ann, bob] });
});

// Projections

const shown = (attributes?: string | string[], excluded?: string | string[]) =>
  writeResource(userType, storedUser, { baseUrl, projection: readProjection(userType, attributes, excluded) });
const { schemas, id } = userBody;
const bare = { schemas: [userSchema.id], id };

test('attributes: these, and what is always returned (RFC 7644 section 3.9)', () => {
  expect(shown('userName')).toStrictEqual({ ...bare, userName: 'ann' });
  expect(shown('USERNAME, Active')).toStrictEqual({ ...bare, userName: 'ann', active: true });
  expect(shown(['userName', 'meta'])).toStrictEqual({ ...bare, userName: 'ann', meta: userBody.meta });
  expect(shown('id')).toStrictEqual(bare);
  expect(shown('schemas')).toStrictEqual(bare);
  expect(shown('unknown,members,__proto__,constructor')).toStrictEqual(bare);
  expect(shown('password')).toStrictEqual(bare);
  expect(shown('nickName')).toStrictEqual(bare);
});

test('attributes: parts of complex ones', () => {
  expect(shown('name.givenName,meta.version')).toStrictEqual({
    ...bare,
    name: { givenName: 'Ann' },
    meta: { version: 'W/"3"' },
  });
  expect(shown('emails.VALUE')).toStrictEqual({
    ...bare,
    emails: [{ value: 'ann@example.com' }, { value: 'ann@home.example' }],
  });
  // An element without what is wanted is not there, nor is an attribute without elements.
  expect(shown('emails.type')).toStrictEqual({ ...bare, emails: [{ type: 'work' }] });
  expect(shown('emails.display')).toStrictEqual(bare);
  for (const both of ['name,name.givenName', 'name.givenName,name']) expect(shown(both).name).toEqual(userBody.name);
  expect(shown('name.givenName,name.familyName').name).toEqual(userBody.name);
});

test('attributes: with their URNs, and of extensions', () => {
  expect(shown(`${userSchema.id}:userName`)).toStrictEqual({ ...bare, userName: 'ann' });
  expect(shown(`${enterprise}:department`)).toStrictEqual({ schemas, id, [enterprise]: { department: 'Sales' } });
  expect(shown(`${enterprise}:manager.$ref`)).toStrictEqual({
    schemas,
    id,
    [enterprise]: { manager: { $ref: `${baseUrl}/Users/${bob}` } },
  });
  for (const whole of [enterprise, `${enterprise}:division,${enterprise}`, `${enterprise},${enterprise}:division`])
    expect(shown(whole)).toStrictEqual({ schemas, id, [enterprise]: userBody[enterprise] });
  expect(shown(`${enterprise}:division`)).toStrictEqual(bare);
});

test('excludedAttributes: all but these, and never without what is always returned', () => {
  const { title, groups, meta: _, ...rest } = userBody;
  expect(shown(undefined, 'title,GROUPS,meta')).toStrictEqual(rest);
  expect(shown(undefined, 'id,schemas,unknown,__proto__')).toStrictEqual(userBody);
  expect(shown(undefined, ['name.givenName', 'emails.primary,emails.type'])).toStrictEqual({
    ...userBody,
    name: { familyName: 'Lee' },
    emails: [{ value: 'ann@example.com' }, { value: 'ann@home.example' }],
  });
  expect(shown(undefined, 'name.givenName,name.familyName')).not.toHaveProperty('name');
  expect(shown(undefined, `${enterprise}:manager`)[enterprise]).toEqual({ department: 'Sales' });
  const { [enterprise]: __, ...core } = userBody;
  expect(shown(undefined, enterprise)).toStrictEqual({ ...core, schemas: bare.schemas });
  expect(shown(undefined, `${enterprise}:manager,${enterprise}:department`)).toStrictEqual({
    ...core,
    schemas: bare.schemas,
  });
});

test('neither of them is no projection; both are refused', () => {
  for (const nothing of [undefined, '', ' , ', []]) expect(readProjection(userType, nothing, nothing)).toBeUndefined();
  expect(problemOf(() => readProjection(userType, 'title', 'name'))).toEqual(
    refusal('invalidValue', 'exclude each other'),
  );
  expect(readProjection(userType, 'title', '')).toBeDefined();
});

test('what is not wanted need not be read', () => {
  const wanted = (name: 'groups' | 'members', attributes?: string, excluded?: string) =>
    isWanted(readProjection(name === 'groups' ? userType : groupType, attributes, excluded), name);

  expect(wanted('members')).toBe(true);
  expect(wanted('members', 'displayName')).toBe(false);
  expect(wanted('members', 'displayName,MEMBERS.value')).toBe(true);
  expect(wanted('members', undefined, 'members')).toBe(false);
  expect(wanted('members', undefined, 'members.type')).toBe(true);
  expect(wanted('members', undefined, 'displayName')).toBe(true);
  expect(wanted('groups', undefined, `${userSchema.id}:groups`)).toBe(false);
  expect(wanted('groups', 'userName')).toBe(false);
});

// What the console shows

test.each<[unknown, string | null]>([
  [undefined, null],
  [[], null],
  [[{ value: 'a@example.com' }, { value: 'b@example.com' }], 'a@example.com'],
  [
    [
      { value: 'a@example.com', type: 'home' },
      { value: 'b@example.com', type: 'WORK' },
    ],
    'b@example.com',
  ],
  [
    [
      { value: 'a@example.com', type: 'work' },
      { value: 'b@example.com', primary: true },
    ],
    'b@example.com',
  ],
  [[{ value: '', type: 'work', primary: true }, { value: 'b@example.com' }], 'b@example.com'],
  [[{ type: 'work' }], null],
  [[{ value: 'no address' }], 'no address'],
])('of the e-mails %j, %j counts', (emails, expected) =>
  expect(primaryEmail(emails === undefined ? {} : { emails })).toBe(expected),
);

test('the name to show is the best there is', () => {
  const shownName = (attributes: object) => names('ann@example.com', { ...attributes }).displayName;
  const name = { formatted: 'Ms Ann Lee', givenName: 'Ann', familyName: 'Lee' };

  expect(shownName({ displayName: 'Annie', name })).toBe('Annie');
  expect(shownName({ displayName: ' ', name })).toBe('Ms Ann Lee');
  expect(shownName({ name: { ...name, formatted: '' } })).toBe('Ann Lee');
  expect(shownName({ name: { familyName: 'Lee' } })).toBe('Lee');
  expect(shownName({})).toBe('ann@example.com');
});

test('the other mirrors are empty where nothing was given', () => {
  expect(names('ann', {})).toEqual({ firstName: '', lastName: '', displayName: 'ann', mobilePhone: null });
  expect(names('ann', { name: { givenName: ' Ann ', familyName: 'Lee' } })).toMatchObject({
    firstName: 'Ann',
    lastName: 'Lee',
  });
  expect(names('ann', { displayName: `${'a'.repeat(255)}\u{1f600}` }).displayName.isWellFormed()).toBe(true);
  expect(names('ann', { displayName: 'a'.repeat(8192) }).displayName).toHaveLength(256);
});

test.each<[object[], string | null]>([
  [[{ value: '+61255501234', type: 'mobile' }], '+61255501234'],
  [[{ value: '+44 (0)20 7946-0018', type: 'Mobile' }], '+442079460018'],
  [[{ value: 'tel:+1-201-555-0123', type: 'mobile' }], '+12015550123'],
  [[{ value: '+61255501234', type: 'work' }], null],
  [[{ value: '0255501234', type: 'mobile' }], null],
  [
    [
      { value: 'ask Bob', type: 'mobile' },
      { value: '+61255501234', type: 'mobile' },
    ],
    '+61255501234',
  ],
  [[{ type: 'mobile' }], null],
])('of the telephone numbers %j, the mobile one is %j', (phoneNumbers, expected) =>
  expect(names('ann', { phoneNumbers }).mobilePhone).toBe(expected),
);

// Fuzzing

const knownNames = [userSchema, enterpriseSchema, groupSchema].flatMap((schema) => [
  schema.id,
  ...schema.attributes.flatMap(({ name, subAttributes = [] }) => [name, ...subAttributes.map((sub) => sub.name)]),
]);
const wildNames = [
  'id',
  'externalId',
  'meta',
  'schemas',
  '__proto__',
  'constructor',
  'prototype',
  'name.givenName',
  'x',
];
const key = fc
  .constantFrom(...knownNames, ...wildNames)
  .chain((name) => fc.constantFrom(name, name, name.toUpperCase()));
const leaf = fc.oneof(
  fc.constantFrom(null, true, false, 'True', 'false', '', 'work', ann, 'ann@example.com', 7, -0.5, userSchema.id),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const { json } = fc.letrec<{ json: unknown; object: object }>((tie) => ({
  json: fc.oneof({ depthSize: 'small' }, leaf, tie('object'), fc.array(tie('json'), { maxLength: 4 })),
  // Made as JSON.parse makes it, so that `__proto__` is a key like any other.
  object: fc
    .array(fc.tuple(key, tie('json')), { maxLength: 6 })
    .map((pairs) =>
      JSON.parse(`{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`),
    ),
}));
const body = fc
  .tuple(json, fc.boolean())
  .map(([any, isNamed]) =>
    isNamed && typeof any === 'object' && !Array.isArray(any) ? { userName: 'ann', displayName: 'Team', ...any } : any,
  );

/** Undefined when it was refused as it should be. */
function readOrRefused<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).status).toBe(400);
    return undefined;
  }
}

const overTheWire = (reply: object): unknown => JSON.parse(JSON.stringify(reply));

test('whatever is sent is read or refused in words; what is read stays the same when it comes back', () => {
  const prototype = Object.getOwnPropertyNames(Object.prototype).sort().join();
  let countOfRead = 0;
  const property = fc.property(body, (sent) => {
    const user = readOrRefused(() => readResource(userType, sent));
    if (user) {
      const stored = { ...storedUser, ...user, active: user.active ?? true };
      const written = overTheWire(writeResource(userType, stored, { baseUrl }));
      expect(JSON.parse(writeWholeUser(stored, baseUrl))).toStrictEqual(written);
      const again = readResource(userType, written);
      expect(again).toEqual({ ...user, active: stored.active, password: undefined });
      countOfRead++;
    }
    const group = readOrRefused(() => readResource(groupType, sent));
    if (group) {
      const stored = { ...storedGroup, ...group, members: group.members && [...group.members] };
      const again = readResource(groupType, overTheWire(writeResource(groupType, stored, { baseUrl })));
      expect(again).toEqual(group);
      countOfRead++;
    }
  });
  fc.assert(property, { numRuns: 3000 });
  expect(countOfRead).toBeGreaterThan(500);
  expect(Object.getOwnPropertyNames(Object.prototype).sort().join()).toBe(prototype);
});

test('whatever is asked for, there is what is always returned, and nothing that is not stored', () => {
  const path = fc.tuple(key, fc.constantFrom('', '.', ':'), key).map(([a, between, b]) => a + (between && between + b));
  fc.assert(
    fc.property(fc.array(path, { maxLength: 5 }), fc.boolean(), (paths, isOnly) => {
      const projection = readProjection(userType, isOnly ? paths : undefined, isOnly ? undefined : paths);
      const written = writeResource(userType, storedUser, { baseUrl, projection });
      expect(written).toMatchObject({ schemas: expect.arrayContaining([userSchema.id]), id: ann });
      expect(userBody).toMatchObject({ ...written, schemas: userBody.schemas, emails: userBody.emails });
      expect(enterprise in written).toBe((written.schemas as string[]).includes(enterprise));
    }),
    { numRuns: 2000 },
  );
});
