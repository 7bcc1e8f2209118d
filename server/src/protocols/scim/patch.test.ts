import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../kernel/problem.ts';
import { enterpriseSchema, groupType, userSchema, userType } from './attributes.ts';
import { type PatchableUser, patchUser, readPatch } from './patch.ts';

const enterprise = enterpriseSchema.id;
const managerId = '0198c0de-0000-7000-8000-0000000000aa';

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

const aUser = (attributes: Record<string, unknown> = {}): PatchableUser =>
  deepFreeze({
    userName: 'barbara@example.com',
    externalId: 'ext-1',
    active: true,
    attributes: {
      name: { givenName: 'Barbara', familyName: 'Jensen', honorificPrefix: 'Dr' },
      displayName: 'Babs',
      title: 'Tour Guide',
      emails: [
        { value: 'barbara@example.com', type: 'work', primary: true, display: 'Work' },
        { value: 'babs@example.org', type: 'home' },
      ],
      ...attributes,
    },
  });

const bare: PatchableUser = deepFreeze({ userName: 'b@example.com', externalId: null, active: true, attributes: {} });

const bodyOf = (...operations: unknown[]) =>
  deepFreeze({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations });

const patch = (user: PatchableUser, ...operations: unknown[]) =>
  patchUser(user, readPatch(userType, bodyOf(...operations)));

const attributesAfter = (user: PatchableUser, ...operations: unknown[]) => patch(user, ...operations).attributes;

/** `400 noTarget: words`. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `${error.status} ${error.members.scimType ?? error.code}: ${error.message}`;
  }
  return 'none';
}

const refusalOf = (...operations: unknown[]) => refusal(() => patch(aUser(), ...operations));

describe('what is a PATCH', () => {
  test('names count in any case, and schemas may be anything or missing', () => {
    const body = { SCHEMAS: 7, operations: [{ OP: 'RePlace', Path: 'TITLE', Value: 'Guide' }] };
    expect(patchUser(aUser(), readPatch(userType, body)).attributes.title).toBe('Guide');
  });

  test.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [{ Operations: null }],
    [{ Operations: {} }],
    [{ Operations: [] }],
    [{ Operations: ['x'] }],
    [{ Operations: [null] }],
    [{ Operations: [{ path: 'title', value: 'x' }] }],
    [{ Operations: [{ op: 'move', path: 'title', value: 'x' }] }],
    [{ Operations: [{ op: ['add'], path: 'title', value: 'x' }] }],
  ])('%j is none', (body) => {
    expect(refusal(() => readPatch(userType, body))).toMatch(/^400 invalidSyntax/);
  });

  test.each([
    [{ op: 'add', path: 7, value: 'x' }, '400 invalidPath'],
    [{ op: 'add', path: ['title'], value: 'x' }, '400 invalidPath'],
    [{ op: 'add', path: 'shoeSize', value: 'x' }, '400 invalidPath'],
    [{ op: 'add', path: 'title..x', value: 'x' }, '400 invalidPath'],
    [{ op: 'add', path: 'title[value eq "x"]', value: 'x' }, '400 invalidPath'],
    [{ op: 'remove', path: 'emails[type]' }, '400 invalidFilter'],
    [{ op: 'remove', path: 'emails[shoeSize eq "x"]' }, '400 invalidFilter'],
    [{ op: 'remove', path: 'emails[type eq "work"].shoeSize' }, '400 invalidPath'],
    [{ op: 'add', path: `${enterprise}:shoeSize`, value: 'x' }, '400 invalidPath'],
    [{ op: 'remove', path: userSchema.id, value: { title: 'x' } }, '400 noTarget'],
    [{ op: 'add', path: userSchema.id, value: 'x' }, '400 invalidValue'],
    [{ op: 'add', path: `${userSchema.id}:`, value: { title: 'x' } }, '400 invalidPath'],
    [{ op: 'remove' }, '400 noTarget'],
    [{ op: 'remove', path: ' ' }, '400 noTarget'],
    [{ op: 'remove', path: null, value: { title: 'x' } }, '400 noTarget'],
    [{ op: 'add', path: 'title' }, '400 invalidValue'],
    [{ op: 'replace' }, '400 invalidValue'],
    [{ op: 'replace', value: 'x' }, '400 invalidValue'],
    [{ op: 'add', value: [{ title: 'x' }] }, '400 invalidValue'],
    [{ op: 'add', path: enterprise, value: 'x' }, '400 invalidValue'],
  ])('%j: %s', (operation, expected) => {
    expect(refusalOf(operation)).toContain(expected);
  });

  test('a thousand operations pass, one more is too many', () => {
    const operations = Array.from({ length: 1001 }, (_, at) => ({ op: 'replace', path: 'title', value: `${at}` }));
    expect(attributesAfter(aUser(), ...operations.slice(1)).title).toBe('1000');
    expect(refusalOf(...operations)).toMatch(/^413 too-large/);
  });

  test('operations that look at very many values, or have very long paths, are too many', () => {
    const roles = Array.from({ length: 200 }, (_, at) => ({ value: `role ${at}`, type: 'work' }));
    const many = <T>(count: number, operation: T) => Array.from({ length: count }, () => operation);
    const chosen = { op: 'replace', path: 'roles[type eq "work" and value sw "r"].display', value: 'x' };
    const having = { ...aUser(), attributes: { roles } };
    expect(attributesAfter(having, ...many(100, chosen)).roles).toHaveLength(200);
    expect(() => patch(having, ...many(200, chosen))).toThrow('look at too many values');
    expect(() => patch(having, ...many(3, { op: 'remove', path: 'roles', value: roles }))).not.toThrow();
    expect(() => patch(aUser(), ...many(1000, { op: 'add', path: 'roles', value: roles }))).toThrow('too many values');
    const long = `roles[${many(190, 'value pr').join(' or ')}]`;
    expect(refusalOf(...many(60, { op: 'remove', path: long }))).toMatch(/^413 too-large: The paths/);
    expect(refusalOf(...many(40, { op: 'remove', path: long }))).toBe('none');
  });

  test('a problem repeats no long value', () => {
    const long = 'x'.repeat(20_000);
    for (const operation of [
      { op: 'add', path: long, value: 'x' },
      { op: 'add', path: 'title', value: long },
      { op: 'add', path: `emails[type eq "${long}"]`, value: 'x' },
      { op: long, path: 'title', value: 'x' },
    ])
      expect(refusalOf(operation).length).toBeLessThan(300);
  });
});

describe('add (RFC 7644 section 3.5.2.1)', () => {
  test('without a path it adds what the value has', () => {
    expect(
      attributesAfter(aUser(), {
        op: 'add',
        value: { emails: [{ value: 'b@example.net', type: 'other' }], nickname: 'Babs' },
      }),
    ).toMatchObject({
      emails: [{ type: 'work' }, { type: 'home' }, { value: 'b@example.net', type: 'other' }],
      nickName: 'Babs',
    });
  });

  test('the value of a single attribute is replaced', () => {
    expect(attributesAfter(aUser(), { op: 'add', path: 'title', value: 'Guide' }).title).toBe('Guide');
  });

  test('a complex value takes on sub-attributes and keeps the others', () => {
    const { name } = attributesAfter(aUser(), { op: 'add', path: 'name', value: { GIVENNAME: 'B', middleName: 'J' } });
    expect(name).toEqual({ givenName: 'B', middleName: 'J', familyName: 'Jensen', honorificPrefix: 'Dr' });
  });

  test.each([
    [{ op: 'add', path: 'title', value: 'Tour Guide' }],
    [{ op: 'add', path: 'emails', value: [{ value: 'babs@example.org', type: 'home' }] }],
    [{ op: 'add', path: 'emails', value: { value: 'BABS@example.org' } }],
    [{ op: 'add', path: 'emails', value: 'babs@example.org' }],
    [{ op: 'add', path: 'emails', value: [{ value: 'barbara@example.com', type: 'WORK', primary: true }] }],
    [{ op: 'add', path: 'name', value: {} }],
    [{ op: 'add', path: 'emails', value: [] }],
    [{ op: 'add', path: 'emails', value: null }],
    [{ op: 'add', path: 'emails[type eq "home"].value', value: 'babs@example.org' }],
    [{ op: 'add', value: { name: { familyName: 'Jensen' }, active: 'True' } }],
    [{ op: 'replace', path: 'active', value: true }],
    [{ op: 'replace', path: 'externalId', value: 'ext-1' }],
    [{ op: 'replace', value: { userName: 'barbara@example.com' } }],
    [{ op: 'replace', path: 'title', value: 'Tour Guide' }],
    [{ op: 'remove', path: 'nickName' }],
  ])('what is there already changes nothing: %j', (operation) => {
    const before = aUser();
    expect(patch(before, operation)).toEqual({ ...before, password: undefined, isChanged: false });
    // More may be known of it.
    expect(patch({ ...before, id: 'x' } as PatchableUser, operation)).toEqual(patch(before, operation));
  });

  test('what comes back to where it was is no change', () => {
    const operations = [
      { op: 'add', path: 'nickName', value: 'B' },
      { op: 'replace', path: 'active', value: false },
      { op: 'remove', path: 'nickName' },
      { op: 'replace', path: 'active', value: true },
    ];
    expect(patch(aUser(), ...operations).isChanged).toBe(false);
    expect(patch(aUser(), ...operations.slice(0, 3)).isChanged).toBe(true);
  });

  test('one with the same value and type takes on what is new about it', () => {
    const { emails } = attributesAfter(aUser(), {
      op: 'add',
      path: 'emails',
      value: [{ value: 'babs@example.org', type: 'home', display: 'Private', primary: true }],
    });
    expect(emails).toEqual([
      { value: 'barbara@example.com', type: 'work', primary: false, display: 'Work' },
      { value: 'babs@example.org', type: 'home', primary: true, display: 'Private' },
    ]);
  });

  test('values without a value sub-attribute are the same by all they have', () => {
    const work = { type: 'work', locality: 'Hollywood', primary: true };
    const home = { type: 'home', locality: 'Hollywood', primary: true };
    const once = patch(
      bare,
      { op: 'add', path: 'addresses', value: work },
      { op: 'add', path: 'addresses', value: home },
    );
    expect(once.attributes.addresses).toEqual([{ ...work, primary: false }, home]);
    const again = [work, home].map((value) => ({ op: 'add', path: 'addresses', value }));
    expect(patch(once, ...again)).toMatchObject({ attributes: once.attributes, isChanged: false });
  });

  test('of two values in one operation that are alike, there is one', () => {
    const { roles } = attributesAfter(bare, { op: 'add', path: 'roles', value: ['a', { value: 'A' }, 'b'] });
    expect(roles).toEqual([{ value: 'a' }, { value: 'b' }]);
  });

  test('to a value path that matches, it adds to each of them', () => {
    const { emails } = attributesAfter(aUser(), {
      op: 'add',
      path: 'emails[value co "example"]',
      value: { display: 'Mail' },
    });
    expect(emails).toMatchObject([
      { value: 'barbara@example.com', type: 'work', display: 'Mail' },
      { value: 'babs@example.org', type: 'home', display: 'Mail' },
    ]);
  });

  test('to a value path without a match, it makes the value that the filter states', () => {
    expect(
      attributesAfter(
        bare,
        { op: 'add', path: 'emails[type eq "work"].value', value: 'b@example.com' },
        { op: 'add', path: 'phoneNumbers[(type eq "fax") and (primary eq true)]', value: { value: '+61 2 1234' } },
        { op: 'add', path: 'addresses[type eq "work"].locality', value: 'Hollywood' },
        { op: 'add', path: 'addresses[type eq "work"].region', value: 'CA' },
      ),
    ).toEqual({
      emails: [{ type: 'work', value: 'b@example.com' }],
      phoneNumbers: [{ type: 'fax', primary: true, value: '+61 2 1234' }],
      addresses: [{ type: 'work', locality: 'Hollywood', region: 'CA' }],
    });
  });

  test.each([
    'type eq "other" or type eq "x"',
    'type co "oth"',
    'type eq "a" and type eq "b"',
    'not (type pr)',
    'type eq "x" and value ne "y"',
  ])('a filter that does not say what to make finds no target: %s', (filter) => {
    expect(refusalOf({ op: 'add', path: `emails[${filter}].value`, value: 'x@example.com' })).toMatch(/^400 noTarget/);
  });

  test('a path without brackets means all values, and makes one where there is none', () => {
    expect(attributesAfter(aUser(), { op: 'add', path: 'emails.display', value: 'Mail' }).emails).toMatchObject([
      { display: 'Mail' },
      { display: 'Mail' },
    ]);
    expect(attributesAfter(bare, { op: 'replace', path: 'emails.value', value: 'b@example.com' }).emails).toEqual([
      { value: 'b@example.com' },
    ]);
  });

  test('a URN leads to the extension', () => {
    expect(attributesAfter(bare, { op: 'add', path: `${enterprise}:employeeNumber`, value: '701984' })).toEqual({
      [enterprise]: { employeeNumber: '701984' },
    });
    expect(
      attributesAfter(bare, { op: 'add', path: enterprise.toUpperCase(), value: { Department: 'Tours', shoeSize: 3 } }),
    ).toEqual({ [enterprise]: { department: 'Tours' } });
    expect(attributesAfter(bare, { op: 'add', path: `${userSchema.id}:name.givenName`, value: 'B' })).toEqual({
      name: { givenName: 'B' },
    });
  });
});

describe('replace (RFC 7644 section 3.5.2.3)', () => {
  test('all values of an attribute are replaced when there is no filter', () => {
    expect(
      attributesAfter(aUser(), { op: 'replace', path: 'emails', value: [{ value: 'b@example.net' }] }).emails,
    ).toEqual([{ value: 'b@example.net' }]);
    expect(attributesAfter(aUser(), { op: 'replace', value: { emails: { value: 'b@example.net' } } }).emails).toEqual([
      { value: 'b@example.net' },
    ]);
  });

  test('sub-attributes that are not sent are left unchanged', () => {
    const familyName = { givenName: 'Barbara', familyName: 'Smith', honorificPrefix: 'Dr' };
    for (const operation of [
      { op: 'replace', path: 'name', value: { familyName: 'Smith' } },
      { op: 'replace', path: 'name.familyName', value: 'Smith' },
      { op: 'replace', value: { name: { familyName: 'Smith' } } },
      { op: 'replace', value: { 'name.familyName': 'Smith' } },
    ])
      expect(attributesAfter(aUser(), operation).name).toEqual(familyName);
  });

  test('nor are those of the values that a filter matches', () => {
    const { emails } = attributesAfter(aUser(), {
      op: 'replace',
      path: 'emails[type eq "work"]',
      value: { value: 'new@example.com', display: null },
    });
    expect(emails).toEqual([
      { value: 'new@example.com', type: 'work', primary: true },
      { value: 'babs@example.org', type: 'home' },
    ]);
  });

  test('the sub-attribute of every value that matches is replaced, and nothing else', () => {
    const { emails } = attributesAfter(aUser(), {
      op: 'replace',
      path: 'emails[type eq "WORK"].value',
      value: 'new@example.com',
    });
    expect(emails).toEqual([
      { value: 'new@example.com', type: 'work', primary: true, display: 'Work' },
      { value: 'babs@example.org', type: 'home' },
    ]);
  });

  test.each(['emails[type eq "other"]', 'emails[type eq "other"].value', 'roles[value eq "x"].display'])(
    'without a match: %s',
    (path) => {
      expect(refusalOf({ op: 'replace', path, value: 'x' })).toMatch(/^400 noTarget/);
    },
  );

  test('what does not exist is added', () => {
    expect(attributesAfter(bare, { op: 'replace', path: 'name.givenName', value: 'B' })).toEqual({
      name: { givenName: 'B' },
    });
  });
});

describe('remove (RFC 7644 section 3.5.2.2)', () => {
  test('takes values away, and containers that nothing is left in', () => {
    const user = aUser({ [enterprise]: { department: 'Tours' } });
    expect(
      attributesAfter(
        user,
        { op: 'remove', path: 'title' },
        { op: 'remove', path: 'emails[value eq "BARBARA@example.com"]' },
        { op: 'remove', path: 'emails[type eq "home"]' },
        { op: 'remove', path: `${enterprise}:department` },
        { op: 'remove', path: 'name.givenName' },
        { op: 'remove', path: 'name.familyName' },
      ),
    ).toEqual({ displayName: 'Babs', name: { honorificPrefix: 'Dr' } });
    expect(
      attributesAfter(
        user,
        { op: 'remove', path: 'name' },
        { op: 'remove', path: 'emails' },
        { op: 'remove', path: enterprise },
      ),
    ).toEqual({ displayName: 'Babs', title: 'Tour Guide' });
    expect(patch(user, { op: 'remove', path: 'externalId' }).externalId).toBeNull();
  });

  test('a sub-attribute of values, those that match or all', () => {
    expect(attributesAfter(aUser(), { op: 'remove', path: 'emails[type eq "work"].display' }).emails).toMatchObject([
      { value: 'barbara@example.com', type: 'work', primary: true },
      { type: 'home' },
    ]);
    expect(attributesAfter(aUser(), { op: 'remove', path: 'emails.type' }).emails).toEqual([
      { value: 'barbara@example.com', primary: true, display: 'Work' },
      { value: 'babs@example.org' },
    ]);
  });

  test('a filter that matches nothing removes nothing, so that a removal may be repeated', () => {
    expect(patch(aUser(), { op: 'remove', path: 'emails[type eq "other"]' }).isChanged).toBe(false);
    expect(patch(aUser(), { op: 'remove', path: 'roles[value eq "x"].value' }).isChanged).toBe(false);
  });

  test('of several values only those that a list names', () => {
    const home = [{ value: 'babs@example.org', type: 'home' }];
    for (const value of [
      [{ value: 'BARBARA@example.com' }],
      { value: 'barbara@example.com', type: 'work', display: 'something else' },
      ['barbara@example.com', 'nobody@example.com'],
    ])
      expect(attributesAfter(aUser(), { op: 'remove', path: 'emails', value }).emails).toEqual(home);
    const user = aUser({
      addresses: [
        { type: 'work', locality: 'X' },
        { type: 'home', locality: 'X' },
      ],
    });
    expect(
      attributesAfter(user, { op: 'remove', path: 'addresses', value: [{ locality: 'x', type: 'work' }] }).addresses,
    ).toEqual([{ type: 'home', locality: 'X' }]);
    expect(
      patch(aUser(), { op: 'remove', path: 'emails', value: [{ value: 'barbara@example.com', type: 'home' }] }),
    ).toMatchObject({ isChanged: false });
    expect(patch(aUser(), { op: 'remove', path: 'emails', value: [] }).isChanged).toBe(false);
    expect(attributesAfter(aUser(), { op: 'remove', path: 'emails', value: null }).emails).toBeUndefined();
  });

  test.each([
    [{ op: 'remove', path: 'userName' }],
    [{ op: 'replace', path: 'userName', value: null }],
    [{ op: 'replace', value: { userName: null } }],
    [{ op: 'remove', path: 'id' }],
    [{ op: 'remove', path: 'schemas' }],
    [{ op: 'remove', path: 'groups' }],
    [{ op: 'remove', path: 'groups[value eq "x"]' }],
    [{ op: 'replace', path: 'id', value: 'x' }],
    [{ op: 'add', path: 'groups', value: [{ value: managerId }] }],
    [{ op: 'replace', path: 'meta.lastModified', value: '2026-01-01T00:00:00Z' }],
    [{ op: 'replace', path: `${enterprise}:manager.$ref`, value: 'https://example.com' }],
  ])('what is required or read-only: %j', (operation) => {
    expect(refusalOf(operation)).toMatch(/^400 mutability/);
  });
});

describe('primary', () => {
  const primaries = (user: PatchableUser, ...operations: unknown[]) =>
    (attributesAfter(user, ...operations).emails as { primary?: boolean }[]).map(({ primary }) => primary);

  test('set for one value, it is taken from the others', () => {
    for (const operation of [
      { op: 'replace', path: 'emails[type eq "home"].primary', value: 'True' },
      { op: 'replace', path: 'emails[type eq "home"]', value: { primary: true } },
      { op: 'add', path: 'emails', value: { value: 'babs@example.org', type: 'home', primary: true } },
    ])
      expect(primaries(aUser(), operation)).toEqual([false, true]);
    expect(primaries(aUser(), { op: 'add', value: { emails: [{ value: 'c@example.com', primary: true }] } })).toEqual([
      false,
      undefined,
      true,
    ]);
    expect(
      primaries(aUser(), { op: 'add', path: 'emails[type eq "other" and primary eq true].value', value: 'o@x.org' }),
    ).toEqual([false, undefined, true]);
  });

  test('left alone, it stays', () => {
    expect(primaries(aUser(), { op: 'add', path: 'emails', value: 'c@example.com' })).toEqual([
      true,
      undefined,
      undefined,
    ]);
    expect(primaries(aUser(), { op: 'replace', path: 'emails[type eq "work"].primary', value: false })).toEqual([
      false,
      undefined,
    ]);
  });

  test.each([
    [{ op: 'replace', path: 'emails[value co "@"].primary', value: true }],
    [{ op: 'replace', path: 'emails.primary', value: true }],
    [
      {
        op: 'replace',
        path: 'emails',
        value: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
    ],
    [
      {
        op: 'add',
        path: 'emails',
        value: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
        ],
      },
    ],
  ])('it can be set for one only: %j', (operation) => {
    expect(refusalOf(operation)).toMatch(/^400 invalidValue.*primary/);
  });
});

describe('values', () => {
  test.each([
    [{ op: 'replace', path: 'title', value: 7 }, 'title'],
    [{ op: 'replace', path: 'title', value: { value: 'x' } }, 'title'],
    [{ op: 'replace', path: 'active', value: 'perhaps' }, 'active'],
    [{ op: 'replace', path: 'active', value: 1 }, 'active'],
    [{ op: 'replace', path: 'name', value: 'Barbara' }, 'name'],
    [{ op: 'replace', path: 'name.givenName', value: ['x'] }, 'name.givenName'],
    [{ op: 'replace', value: { name: { givenName: 7 } } }, 'name.givenName'],
    [{ op: 'add', path: 'emails', value: 7 }, 'emails'],
    [{ op: 'add', path: 'emails', value: [{ value: 7 }] }, 'emails.value'],
    [{ op: 'replace', path: 'emails[type eq "work"].value', value: {} }, 'emails.value'],
    [{ op: 'replace', path: 'emails[type eq "work"]', value: [{ value: 'a' }, { value: 'b' }] }, 'emails'],
    [{ op: 'add', path: `${enterprise}:manager`, value: 7 }, 'manager'],
    [{ op: 'replace', path: 'userName', value: '  ' }, 'userName'],
    [{ op: 'replace', path: 'displayName', value: 'a\u0000b' }, 'displayName'],
    [{ op: 'replace', path: 'title', value: 'x'.repeat(9000) }, 'title'],
    [{ op: 'replace', path: 'password', value: 7 }, 'password'],
  ])('of the wrong kind are refused by the name of the attribute: %j', (operation, name) => {
    expect(refusalOf(operation)).toMatch(`400 invalidValue: ${name} `);
  });

  test('null, and an empty list, unassign', () => {
    expect(
      attributesAfter(
        aUser(),
        { op: 'replace', path: 'title', value: null },
        { op: 'add', path: 'displayName', value: null },
        { op: 'replace', value: { emails: [], 'name.givenName': null, name: { familyName: null } } },
      ),
    ).toEqual({ name: { honorificPrefix: 'Dr' } });
    expect(
      attributesAfter(aUser(), { op: 'replace', path: 'emails[type eq "work"].display', value: null }).emails,
    ).toMatchObject([{ value: 'barbara@example.com' }, { type: 'home' }]);
    expect(attributesAfter(aUser(), { op: 'replace', path: 'emails[type eq "work"]', value: null }).emails).toEqual([
      { value: 'babs@example.org', type: 'home' },
    ]);
    expect(
      attributesAfter(aUser({ [enterprise]: { division: 'D' } }), { op: 'replace', value: { [enterprise]: null } }),
    ).not.toHaveProperty([enterprise]);
  });

  test('none makes no value', () => {
    for (const value of [null, '', []])
      for (const path of ['emails[type eq "other"]', 'emails[type eq "other"].value'])
        expect(patch(aUser(), { op: 'add', path, value })).toMatchObject({ isChanged: false });
    expect(patch(aUser(), { op: 'replace', value: { 'roles.value': null } })).toMatchObject({ isChanged: false });
  });

  test('an account is active or not: to unassign it changes nothing', () => {
    const inactive = { ...aUser(), active: false };
    expect(patch(inactive, { op: 'remove', path: 'active' })).toMatchObject({ active: false, isChanged: false });
    expect(patch(inactive, { op: 'replace', value: { active: null } })).toMatchObject({ active: false });
    expect(patch(inactive, { op: 'replace', value: { active: true } }, { op: 'remove', path: 'active' })).toMatchObject(
      {
        active: true,
      },
    );
  });

  test('there are at most 200 of an attribute, however they are added', () => {
    const values = Array.from({ length: 200 }, (_, at) => `role ${at}`);
    const full = patch(bare, { op: 'add', path: 'roles', value: values });
    expect(full.attributes.roles).toHaveLength(200);
    const another = { op: 'add', path: 'roles', value: 'another' };
    expect(refusal(() => patch(full, another, { ...another, op: 'remove' }))).toMatch(/^400 invalidValue.*200/);
    expect(refusal(() => patch(full, { op: 'add', path: 'roles', value: 'another' }))).toMatch(
      /^400 invalidValue.*200/,
    );
    expect(refusal(() => patch(full, { op: 'add', path: 'roles[type eq "x"].value', value: 'another' }))).toMatch(
      /^400 invalidValue.*200/,
    );
  });

  test('a password is handed out, and kept nowhere', () => {
    const user = aUser();
    for (const operation of [
      { op: 'replace', path: 'password', value: 'correct horse' },
      { op: 'Add', value: { Password: 'correct horse' } },
    ]) {
      const after = patch(user, operation);
      expect(after).toEqual({ ...user, password: 'correct horse', isChanged: false });
    }
    const changed = patch(user, { op: 'replace', value: { password: 'correct horse', title: 'Guide' } });
    expect(changed.password).toBe('correct horse');
    expect(JSON.stringify(changed.attributes)).not.toContain('horse');
    expect(patch(user, { op: 'remove', path: 'password' }).password).toBeNull();
    expect(patch(user, { op: 'replace', value: { password: '' } }).password).toBeUndefined();
    expect(patch(user, { op: 'replace', path: 'title', value: 'Guide' }).password).toBeUndefined();
    expect(refusalOf({ op: 'replace', path: 'password', value: `hunter2\u0000${'x'.repeat(9)}` })).not.toContain(
      'hunter2',
    );
  });

  test('in a value without a path, what is read-only or unknown is ignored', () => {
    const value = {
      id: 'another',
      schemas: 'what ever',
      meta: { location: 'x' },
      groups: [{ value: managerId }],
      shoeSize: 43,
      'name.shoeSize': 43,
      'urn:example:custom:2.0:User': { a: 1 },
      'urn:example:custom:2.0:User:a': 1,
      [`${enterprise}:manager.$ref`]: 'x',
    };
    expect(patch(aUser(), { op: 'replace', value })).toMatchObject({ isChanged: false });
    expect(patch(aUser(), { op: 'replace', value: { ...value, title: 'Guide' } }).attributes).toEqual({
      ...aUser().attributes,
      title: 'Guide',
    });
  });

  test('what is of an extension of other people is ignored', () => {
    const operations = [
      { op: 'add', path: 'urn:ietf:params:scim:schemas:extension:CustomExt:2.0:User:tag', value: 'x' },
      { op: 'replace', path: 'urn:example:2.0:User', value: { a: 1 } },
      { op: 'remove', path: 'urn:example:2.0:User:a[b eq "c"].d' },
      { op: 'replace', path: 'schemas', value: ['urn:example:2.0:User'] },
    ];
    expect(readPatch(userType, bodyOf(...operations))).toEqual([]);
    expect(patch(aUser(), ...operations).isChanged).toBe(false);
  });
});

describe('Entra ID', () => {
  test('Replace active "False", in every spelling', () => {
    for (const value of ['False', 'false', false]) {
      expect(patch(aUser(), { op: 'Replace', path: 'active', value }).active).toBe(false);
      expect(patch(aUser(), { op: 'Replace', value: { active: value } }).active).toBe(false);
    }
    expect(patch({ ...aUser(), active: false }, { op: 'Replace', path: 'active', value: 'True' }).active).toBe(true);
  });

  test('keys of a value without a path are paths; no literal key with a dot is kept', () => {
    for (const op of ['Add', 'Replace']) {
      const after = attributesAfter(bare, {
        op,
        value: {
          displayName: 'Barbara Jensen',
          'name.givenName': 'Barbara',
          'name.familyName': 'Jensen',
          'emails[type eq "work"].value': 'barbara@example.com',
          'emails[type eq "work"].primary': 'True',
          'addresses[type eq "work"].locality': 'Hollywood',
          [`${enterprise}:employeeNumber`]: '701984',
          [`${enterprise}:manager`]: managerId,
          [enterprise]: { department: 'Tours', 'manager.value': managerId },
        },
      });
      expect(after).toEqual({
        displayName: 'Barbara Jensen',
        name: { givenName: 'Barbara', familyName: 'Jensen' },
        emails: [{ type: 'work', value: 'barbara@example.com', primary: true }],
        addresses: [{ type: 'work', locality: 'Hollywood' }],
        [enterprise]: { employeeNumber: '701984', manager: { value: managerId }, department: 'Tours' },
      });
    }
    expect(refusalOf({ op: 'Add', value: { 'emails[type eq].value': 'x' } })).toMatch(/^400 invalidFilter/);
  });

  test.each([
    [{ op: 'Add', path: `${enterprise}:manager`, value: managerId }],
    [{ op: 'Add', path: `${enterprise}:manager`, value: { value: managerId } }],
    [{ op: 'Replace', path: `${enterprise}:manager`, value: { Value: managerId, displayName: 'x', $ref: '../x' } }],
    [{ op: 'Replace', path: `${enterprise}:manager.value`, value: managerId }],
    [{ op: 'Add', path: 'manager', value: [{ $ref: 'http://example.com/scim/Users/x', value: managerId }] }],
    [{ op: 'Add', value: { [`${enterprise}:manager`]: managerId } }],
    [{ op: 'Add', value: { [enterprise]: { manager: { value: managerId } } } }],
  ])('a manager: %j', (operation) => {
    expect(attributesAfter(bare, operation)).toEqual({ [enterprise]: { manager: { value: managerId } } });
    const user = aUser({ [enterprise]: { manager: { value: 'old' }, division: 'D' } });
    expect(attributesAfter(user, operation)[enterprise]).toEqual({ manager: { value: managerId }, division: 'D' });
  });

  test.each([
    [{ op: 'Replace', path: `${enterprise}:manager`, value: '' }],
    [{ op: 'Replace', path: `${enterprise}:manager`, value: null }],
    [{ op: 'Replace', path: `${enterprise}:manager`, value: { value: '' } }],
    [{ op: 'Replace', path: `${enterprise}:manager`, value: { value: null } }],
    [{ op: 'Replace', path: `${enterprise}:manager.value`, value: '' }],
    [{ op: 'Replace', value: { [`${enterprise}:manager`]: '' } }],
    [{ op: 'Remove', path: `${enterprise}:manager` }],
    [{ op: 'Remove', path: `${enterprise}:manager.value` }],
  ])('no manager: %j', (operation) => {
    const user = aUser({ [enterprise]: { manager: { value: managerId } } });
    expect(attributesAfter(user, operation)).toEqual(aUser().attributes);
  });

  test('roles[primary eq "True"].value, where there is one and where there is none', () => {
    const operation = { op: 'Add', path: 'roles[primary eq "True"].value', value: 'Admin' };
    const made = patch(bare, operation);
    expect(made.attributes.roles).toEqual([{ primary: true, value: 'Admin' }]);
    expect(
      attributesAfter(made, { op: 'Replace', path: 'roles[primary eq "True"].value', value: 'Reader' }).roles,
    ).toEqual([{ primary: true, value: 'Reader' }]);
  });
});

describe('other clients', () => {
  test('Okta: active without a path, and a password', () => {
    expect(patch(aUser(), { op: 'replace', value: { active: false } })).toMatchObject({
      active: false,
      isChanged: true,
    });
    expect(patch(aUser(), { op: 'replace', value: { password: 'correct horse' } }).password).toBe('correct horse');
  });

  test('SailPoint: parts of a name in one operation each', () => {
    expect(
      attributesAfter(
        bare,
        { op: 'replace', value: { name: { familyName: 'Jensen' } } },
        { op: 'replace', value: { name: { givenName: 'Barbara' } } },
      ).name,
    ).toEqual({ familyName: 'Jensen', givenName: 'Barbara' });
  });
});

describe('prototypes', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
  const hostile = (json: string) => JSON.parse(json) as unknown;

  test.each(names)('%s leads nowhere', (name) => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    for (const path of [
      name,
      `${name}.polluted`,
      `name.${name}`,
      `emails[${name} eq "x"]`,
      `emails[type eq "work"].${name}`,
      `${enterprise}:${name}`,
      `urn:example:2.0:User:${name}`,
      `urn:example:2.0:User:a.${name}.polluted`,
    ])
      expect(refusalOf({ op: 'add', path, value: 'x' })).toMatch(/^400 invalid(Path|Filter)/);
    for (const value of [
      `{"${name}":{"polluted":true}}`,
      `{"${name}.polluted":true}`,
      `{"name":{"${name}":{"polluted":true}}}`,
      `{"urn:example:2.0:User:${name}":{"polluted":true}}`,
      `{"${enterprise}":{"${name}":{"polluted":true}}}`,
    ])
      expect(refusalOf(hostile(`{"op":"add","value":${value}}`))).toMatch(/^400 invalidValue/);
    attributesAfter(aUser(), hostile(`{"op":"add","path":"emails","value":[{"value":"x","${name}":{"polluted":1}}]}`));
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('an operation is read by its own members', () => {
    expect(
      refusal(() => readPatch(userType, Object.create({ Operations: [{ op: 'remove', path: 'title' }] }))),
    ).toMatch(/^400 invalidSyntax/);
    expect(refusalOf(hostile('{"__proto__":{"op":"remove","path":"title"}}'))).toMatch(/^400 invalidSyntax/);
  });

  test('a text that is such a name is a value like others', () => {
    expect(attributesAfter(aUser(), { op: 'add', path: 'roles', value: '__proto__' }).roles).toEqual([
      { value: '__proto__' },
    ]);
    expect(patch(aUser(), { op: 'remove', path: 'emails[value eq "constructor"]' }).isChanged).toBe(false);
  });
});

describe('whatever is sent', () => {
  const operator = fc.constantFrom('add', 'Add', 'replace', 'Replace', 'remove', 'Remove');
  const type = fc.constantFrom('work', 'home', 'other');
  const path = fc.oneof(
    fc.constantFrom('title', 'active', 'name', 'name.givenName', 'emails', 'emails.type', 'password', 'userName'),
    fc.constantFrom('addresses', enterprise, `${enterprise}:manager`, 'manager.value', 'externalId', 'id', 'shoeSize'),
    type.map((each) => `emails[type eq "${each}"]`),
    fc
      .tuple(type, fc.constantFrom('value', 'primary', 'display'))
      .map(([each, sub]) => `emails[type eq "${each}"].${sub}`),
    fc.constantFrom('emails[not (type eq "work")].value', 'roles[primary eq "True"].value', 'emails[value co "b"'),
  );
  const text = fc.constantFrom('a', 'b', 'work', '', 'True');
  const element = fc.record(
    { value: text, type, primary: fc.oneof(fc.boolean(), text), display: text, locality: text },
    { requiredKeys: [] },
  );
  const value = fc.oneof(
    text,
    fc.boolean(),
    fc.constantFrom(null, undefined, 7, [], {}),
    element,
    fc.array(fc.oneof(element, text), { maxLength: 4 }),
    fc.record({ givenName: text, familyName: fc.constant(null) }, { requiredKeys: [] }),
    fc.record({ department: text, manager: fc.oneof(text, element) }, { requiredKeys: [] }),
  );
  const keyed = fc.dictionary(path, value, { maxKeys: 4 });
  const given = (paths: fc.Arbitrary<string>, values: fc.Arbitrary<unknown>) =>
    fc.record({ op: operator, path: paths, value: values });
  const operation = fc.oneof(
    fc.record({ op: operator, path, value }, { requiredKeys: ['op'] }),
    fc.record({ op: operator, value: keyed }),
    given(fc.constantFrom('title', 'name.givenName', 'externalId', 'manager.value', `${enterprise}:division`), text),
    given(fc.constantFrom('emails', 'roles', 'emails[type eq "work"]'), fc.oneof(element, text)),
    given(fc.constantFrom('emails', 'addresses'), fc.array(element, { maxLength: 3 })),
  );

  test('a problem or a user, read as one that was sent whole, and nothing that was handed in changes', () => {
    let done = 0;
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
        // Frozen: to write to it throws a TypeError.
        const user = aUser();
        const refused = refusal(() => {
          const after = patch(user, ...operations);
          done++;
          expect(patch(deepFreeze({ ...after }), { op: 'add', value: {} }).isChanged).toBe(false);
          expect(Object.keys(after.attributes).filter((name) => name.includes('.') && name !== enterprise)).toEqual([]);
          expect(after.attributes).not.toHaveProperty('password');
          for (const values of Object.values(after.attributes))
            if (Array.isArray(values)) expect(values.filter(({ primary }) => primary === true).length).toBeLessThan(2);
        });
        expect(refused).toMatch(/^none$|^400 (?:invalid|noTarget|mutability)/);
      }),
      { numRuns: 1000 },
    );
    expect(done).toBeGreaterThan(150);
  });

  test('the operations of a request do together what they do one by one', () => {
    const oneByOne = (operations: unknown[]) =>
      operations.reduce((user: PatchableUser, each) => patch(user, each), aUser());
    fc.assert(
      fc.property(fc.array(operation, { minLength: 2, maxLength: 4 }), (operations) => {
        fc.pre(refusal(() => oneByOne(operations)) === 'none');
        const { password: _, isChanged: __, ...user } = { ...oneByOne(operations) } as ReturnType<typeof patch>;
        expect(patch(aUser(), ...operations)).toMatchObject(user);
      }),
      { numRuns: 300 },
    );
  });

  test('an operation that passed passes again, and changes nothing', () => {
    // A filter whose values the operation itself gives another type finds others the next time: none such here.
    const untyped = fc.record({ value: text, primary: fc.boolean(), display: text }, { requiredKeys: ['value'] });
    const several = fc.oneof(text, element, fc.array(fc.oneof(element, text), { maxLength: 4 }));
    const single = fc.constantFrom('title', 'name.givenName', 'externalId', 'active', `${enterprise}:manager`);
    const sub = fc.constantFrom('value', 'primary', 'display');
    const where = fc.tuple(type, sub).map(([each, name]) => `emails[type eq "${each}"].${name}`);
    const repeatable = fc.oneof(
      given(single, fc.oneof(text, fc.constant(null))),
      given(fc.constantFrom('emails', 'roles', 'addresses'), several),
      given(where, fc.oneof(text, fc.boolean())),
      given(
        type.map((each) => `emails[type eq "${each}"]`),
        untyped,
      ),
      fc.record({
        op: operator,
        value: fc.record({ title: text, roles: several, active: fc.boolean(), name: element }),
      }),
    );
    let done = 0;
    fc.assert(
      fc.property(repeatable, (each) => {
        if (refusal(() => patch(aUser(), each)) !== 'none') return;
        done++;
        const once = patch(aUser(), each);
        expect(patch(once, each)).toEqual({ ...once, isChanged: false });
      }),
      { numRuns: 600 },
    );
    expect(done).toBeGreaterThan(200);
  });

  test('any JSON at all is answered by a problem or done', () => {
    const key = fc.oneof(
      fc.constantFrom('op', 'path', 'value', '__proto__', 'name', 'emails', 'toString'),
      fc.string(),
    );
    const json = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('add', 'remove', 'emails', 'name', null, true, 7),
        fc.string(),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 3 }),
      ),
    })).node;
    const anOperation = fc.oneof(json, fc.record({ op: operator, path: fc.oneof(path, json), value: json }));
    fc.assert(
      fc.property(
        fc.constantFrom(userType, groupType),
        fc.array(anOperation, { maxLength: 3 }),
        (which, operations) => {
          expect(
            refusal(() => {
              const read = readPatch(which, { Operations: operations });
              if (which === userType) patchUser(aUser(), read);
            }),
          ).toMatch(/^none$|^400 (?:invalid|noTarget|mutability)/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('paths of any characters', () => {
    const part = fc.constantFrom(
      'emails',
      '[',
      ']',
      '(',
      ')',
      'type',
      ' eq ',
      '"work"',
      '"',
      '\\',
      '.',
      'value',
      'not',
      ' and ',
      'urn:',
      ':',
      '$',
      '\u0000',
      'é',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), operator, (parts, op) => {
        expect(refusalOf({ op, path: parts.join(''), value: 'x' })).toMatch(
          /^none$|^400 (?:invalid|noTarget|mutability)/,
        );
      }),
      { numRuns: 1000 },
    );
  });

  // What took time by the square of it would not end before the test is given up.
  test('large requests take time by their size', () => {
    const values = Array.from({ length: 200 }, (_, at) => ({ value: `role ${at}` }));
    const operations = Array.from({ length: 100 }, () => ({ op: 'add', path: 'roles', value: values }));
    patch(bare, ...operations);
    expect(refusalOf({ op: 'add', path: `emails[${'('.repeat(100_000)}`, value: 'x' })).toMatch(/^400 invalid/);
    expect(refusalOf({ op: 'add', path: `urn:x:${'"\\"'.repeat(100_000)}`, value: 'x' })).toBe('none');
  });
});
