import { expect, test } from 'vitest';
import {
  type Attribute,
  commonAttributes,
  enterpriseSchema,
  findAttribute,
  groupSchema,
  groupType,
  type ResourceType,
  userSchema,
  userType,
} from './attributes.ts';

const core = userSchema.id;
const enterprise = enterpriseSchema.id;

const found = (path: string, type: ResourceType = userType) => {
  const { schema, attribute, sub } = findAttribute(type, path) ?? {};
  return attribute && [schema?.name, attribute.name, ...(sub ? [sub.name] : [])].join(' ');
};

test.each([
  ['userName', 'User userName'],
  ['USERNAME', 'User userName'],
  [`${core}:userName`, 'User userName'],
  [`${core.toUpperCase()}:username`, 'User userName'],
  ['name.givenName', 'User name givenName'],
  [`${core}:NAME.GIVENNAME`, 'User name givenName'],
  ['emails', 'User emails'],
  ['emails.value', 'User emails value'],
  ['groups.$ref', 'User groups $ref'],
  ['x509certificates.VALUE', 'User x509Certificates value'],
  ['id', 'User id'],
  ['externalid', 'User externalId'],
  ['schemas', 'User schemas'],
  ['meta.lastmodified', 'User meta lastModified'],
  [`${core}:meta.version`, 'User meta version'],
  [`${enterprise}:department`, 'EnterpriseUser department'],
  [`${enterprise}:manager.value`, 'EnterpriseUser manager value'],
  [`${enterprise.toLowerCase()}:MANAGER`, 'EnterpriseUser manager'],
])('%s names an attribute of a user', (path, expected) => expect(found(path)).toBe(expected));

test.each([
  ['displayName', 'Group displayName'],
  ['members.value', 'Group members value'],
  [`${groupSchema.id}:members`, 'Group members'],
  ['meta.created', 'Group meta created'],
])('%s names an attribute of a group', (path, expected) => expect(found(path, groupType)).toBe(expected));

test.each([
  '',
  '.',
  ':',
  'name.',
  '.name',
  'name.givenName.',
  'name..givenName',
  'userName.value',
  'unknown',
  'members',
  'department',
  'manager.value',
  core,
  `${core}:`,
  `${core}.userName`,
  `${core}:department`,
  `${enterprise}:`,
  `${enterprise}:userName`,
  `${enterprise}:id`,
  `${enterprise}.manager`,
  'urn:ietf:params:scim:schemas:extension:enterprise:2',
  'urn:example:2.0:User:userName',
  'emails[type eq "work"].value',
  '__proto__',
  'constructor',
  'constructor.prototype',
  'toString',
  'name.__proto__',
  'hasOwnProperty',
])('%j names nothing', (path) => expect(findAttribute(userType, path)).toBeUndefined());

test('what only users have is not found on groups', () => {
  for (const path of ['userName', 'emails.value', enterprise, `${enterprise}:department`, `${core}:displayName`])
    expect(findAttribute(groupType, path)).toBeUndefined();
});

test('the bare URN of an extension leads to the whole of it', () => {
  const path = findAttribute(userType, enterprise.toUpperCase());

  expect(path).toMatchObject({ schema: enterpriseSchema, isWhole: true, isExtension: true });
  expect(path?.attribute).toMatchObject({
    name: enterprise,
    type: 'complex',
    subAttributes: enterpriseSchema.attributes,
  });
  expect(findAttribute(userType, `${enterprise}:division`)).toMatchObject({ isWhole: false, isExtension: true });
  expect(findAttribute(userType, 'title')).toMatchObject({ isWhole: false, isExtension: false });
});

const all = [...commonAttributes, ...[userSchema, enterpriseSchema, groupSchema].flatMap((each) => each.attributes)];
const named = (schema: { attributes: readonly Attribute[] }) => schema.attributes.map(({ name }) => name);

test('there is every attribute of RFC 7643 section 4', () => {
  expect(named(userSchema).join(' ')).toBe(
    'userName name displayName nickName profileUrl title userType preferredLanguage locale timezone active password ' +
      'emails phoneNumbers ims photos addresses groups entitlements roles x509Certificates',
  );
  expect(named(enterpriseSchema).join(' ')).toBe('employeeNumber costCenter organization division department manager');
  expect(named(groupSchema).join(' ')).toBe('displayName members');
  expect(named({ attributes: commonAttributes }).join(' ')).toBe('schemas id externalId meta');
});

test('complex attributes, and only they, have sub-attributes; these are simple (RFC 7643 section 2.3.8)', () => {
  for (const { type, subAttributes } of all) expect(type === 'complex').toBe((subAttributes?.length ?? 0) > 0);
  expect(all.flatMap(({ subAttributes = [] }) => subAttributes).filter(({ type }) => type === 'complex')).toEqual([]);
});

test('names are as RFC 7643 section 2.1 has them, and none is there twice', () => {
  for (const attributes of [
    userSchema.attributes,
    groupSchema.attributes,
    ...all.map((each) => each.subAttributes ?? []),
  ]) {
    const lower = [...attributes.map(({ name }) => name.toLowerCase())];
    for (const name of lower) expect(name).toMatch(/^(\$ref|[a-z][a-z0-9$_-]*)$/);
    expect(new Set(lower).size).toBe(lower.length);
  }
});

test('what the server decides and hides', () => {
  const user = (path: string) => {
    const { attribute, sub } = findAttribute(userType, path) ?? {};
    return sub ?? attribute;
  };
  expect(user('userName')).toMatchObject({ required: true, uniqueness: 'server', caseExact: false });
  expect(user('id')).toMatchObject({ mutability: 'readOnly', returned: 'always', caseExact: true });
  expect(user('externalId')).toMatchObject({ mutability: 'readWrite', caseExact: true });
  expect(user('schemas')).toMatchObject({ returned: 'always', multiValued: true });
  expect(user('password')).toMatchObject({ mutability: 'writeOnly', returned: 'never' });
  expect(user('active')).toMatchObject({ type: 'boolean' });
  expect(user('groups')).toMatchObject({ mutability: 'readOnly', multiValued: true });
  expect(user('emails.type')?.canonicalValues).toEqual(['work', 'home', 'other']);
  expect(user('roles.type')).not.toHaveProperty('canonicalValues');
  expect(user('x509Certificates.value')).toMatchObject({ type: 'binary', caseExact: true });
  expect(user('profileUrl')).toMatchObject({ type: 'reference', caseExact: true, referenceTypes: ['external'] });
  expect(user('meta')).toMatchObject({ mutability: 'readOnly' });
  expect(all.filter(({ returned }) => returned === 'never').map(({ name }) => name)).toEqual(['password']);

  expect(findAttribute(groupType, 'displayName')?.attribute).toMatchObject({ required: true, uniqueness: 'server' });
  expect(findAttribute(groupType, 'members.value')?.sub).toMatchObject({ mutability: 'immutable' });
  expect(findAttribute(groupType, 'members.type')?.sub?.canonicalValues).toEqual(['User']);
  expect(findAttribute(groupType, 'members.display')).toBeUndefined();
});
