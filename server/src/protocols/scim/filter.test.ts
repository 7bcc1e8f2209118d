import { expect, test } from 'vitest';
import { Problem } from '../../kernel/problem.ts';
import { type Attribute, groupType, type ResourceType, userSchema, userType } from './attributes.ts';
import { evaluate, type Filter, instantOf, matches, nameOf, parseFilter, parsePath } from './filter.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const id = '01890000-0000-7000-8000-000000000001';

const ann = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  id,
  externalId: 'HR-42',
  userName: 'Ann.Lee@Example.com',
  name: { givenName: 'Ann', familyName: "O'Lee" },
  displayName: 'Ann "the" Lee',
  title: '',
  profileUrl: 'https://example.com/Ann',
  active: true,
  emails: [
    { value: 'ann@work.example', type: 'work', primary: true },
    { value: 'Ann@home.example', type: 'Home' },
  ],
  roles: [{ value: 'admin', primary: true }, { value: 'reader' }],
  x509Certificates: [{ value: 'TWFu' }],
  [enterprise]: { department: 'R&D', manager: { value: 'm-1' } },
  meta: {
    resourceType: 'User',
    created: '2026-03-01T09:30:00.000Z',
    lastModified: '2026-03-02T09:30:00.500Z',
    location: `https://example.com/scim/v2/t/Users/${id}`,
    version: 'W/"3"',
  },
};

const isFound = (filter: string, resource: object = ann, type: ResourceType = userType) =>
  evaluate(parseFilter(type, filter), resource);

/** What a call throws: `invalidFilter`, and the words. */
function refusal(call: () => unknown): { scimType: unknown; status: number; detail: string } {
  try {
    call();
  } catch (error) {
    if (error instanceof Problem)
      return { scimType: error.members.scimType, status: error.status, detail: error.message };
    throw error;
  }
  throw new Error('It was not refused.');
}

const refusedFilter = (filter: string, type: ResourceType = userType) => refusal(() => parseFilter(type, filter));

/** Fully in parentheses. */
function shown(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.operands.map(shown).join(` ${filter.kind} `)})`;
    case 'not':
      return `!${shown(filter.operand)}`;
    case 'present':
      return nameOf(filter.path);
    case 'some':
      return `${nameOf(filter.path)}[${shown(filter.filter)}]`;
    case 'compare':
      return `${nameOf(filter.path)}.${filter.operator}.${JSON.stringify(filter.value)}`;
  }
}

test.each([
  ['userName pr', 'userName'],
  ['userName pr or title pr and locale pr', '(userName or (title and locale))'],
  ['userName pr and title pr or locale pr', '((userName and title) or locale)'],
  ['(userName pr or title pr) and locale pr', '((userName or title) and locale)'],
  ['not (userName pr) and title pr', '(!userName and title)'],
  ['not (userName pr and title pr) or locale pr', '(!(userName and title) or locale)'],
  ['not(not(userName pr))', '!!userName'],
  ['userName pr and not (title pr) or not (locale pr)', '((userName and !title) or !locale)'],
  ['userName pr or title pr or locale pr', '(userName or title or locale)'],
  ['((userName pr))', 'userName'],
  ['  ( userName  PR )  ', 'userName'],
  ['USERNAME Eq "x" AND Title Co "y"', '(userName.eq."x" and title.co."y")'],
  ['emails[type eq "work" and value co "@x"]', 'emails[(emails.type.eq."work" and emails.value.co."@x")]'],
  ['emails[not (type eq "a" or type eq "b")]', 'emails[!(emails.type.eq."a" or emails.type.eq."b")]'],
  ['emails[ type eq "work" ].value eq "x"', 'emails[(emails.type.eq."work" and emails.value.eq."x")]'],
  [
    'Emails[type eq "work"].Value pr and active eq true',
    '(emails[(emails.type.eq."work" and emails.value)] and active.eq.true)',
  ],
  ['emails eq "x"', 'emails.value.eq."x"'],
  ['addresses[$ref pr]', undefined],
  ['groups[$ref pr]', 'groups[groups.$ref]'],
  [`${enterprise}:manager eq "x"`, 'manager.value.eq."x"'],
  [`${enterprise.toUpperCase()}:manager.value eq "x"`, 'manager.value.eq."x"'],
  [`${userSchema.id}:name.familyName sw "x"`, 'name.familyName.sw."x"'],
  ['roles[primary eq "True"].value eq "x"', 'roles[(roles.primary.eq.true and roles.value.eq."x")]'],
  ['active eq "False"', 'active.eq.false'],
  ['active eq FALSE', 'active.eq.false'],
  ['title eq null', 'title.eq.null'],
  ['meta.created ge "2026-01-01T00:00:00Z"', 'meta.created.ge."2026-01-01T00:00:00Z"'],
])('%s', (filter, expected) => {
  if (expected === undefined) expect(refusedFilter(filter).scimType).toBe('invalidFilter');
  else expect(shown(parseFilter(userType, filter))).toBe(expected);
});

test.each([
  // eq, ne
  ['userName eq "ann.lee@example.com"', true],
  ['userName eq "ANN.LEE@EXAMPLE.COM"', true],
  ['userName eq "ann"', false],
  ['userName ne "ann"', true],
  ['userName ne "ann.lee@example.com"', false],
  ['externalId eq "HR-42"', true],
  ['externalId eq "hr-42"', false],
  ['displayName eq "Ann \\"the\\" Lee"', true],
  ['name.familyName eq "O\\u0027lee"', true],
  ['locale eq "en"', false],
  ['locale ne "en"', true],
  [`id eq "${id}"`, true],
  [`id eq "${id.toUpperCase().replace('8000', '800A')}"`, false],
  ['id eq "1"', false],
  // co, sw, ew
  ['userName co "LEE@"', true],
  ['userName co "%"', false],
  ['userName co "_"', false],
  ['userName sw "Ann."', true],
  ['userName sw "lee"', false],
  ['userName ew ".COM"', true],
  ['userName ew "Ann"', false],
  ['profileUrl ew "ann"', false],
  ['profileUrl ew "Ann"', true],
  ['locale co ""', false],
  // gt, ge, lt, le
  ['userName gt "ann"', true],
  ['userName lt "B"', true],
  ['userName le "ann.lee@example.com"', true],
  ['userName ge "ann.lee@example.com"', true],
  ['userName gt "ann.lee@example.com"', false],
  ['userName lt "ann.lee@example.com"', false],
  ['externalId lt "HR-420"', true],
  ['externalId gt "H"', true],
  ['externalId gt "a"', false],
  ['locale lt "x"', false],
  ['meta.created eq "2026-03-01T09:30:00Z"', true],
  ['meta.created eq "2026-03-01T19:30:00+10:00"', true],
  ['meta.created eq "2026-03-01T04:00:00.000-05:30"', true],
  ['meta.created ne "2026-03-01T09:30:00Z"', false],
  ['meta.created gt "2026-03-01T19:29:59+10:00"', true],
  ['meta.created lt "2026-03-01T08:00:00-02:00"', true],
  ['meta.lastModified gt "2026-03-02T09:30:00.4999Z"', true],
  ['meta.lastModified ge "2026-03-02T09:30:00.5001Z"', false],
  ['meta.lastModified le "2026-03-02T09:30:00.5"', true],
  // boolean
  ['active eq true', true],
  ['active eq "True"', true],
  ['active ne "false"', true],
  ['active eq false', false],
  // pr and null
  ['title pr', false],
  ['title eq ""', true],
  ['title eq null', true],
  ['userName eq null', false],
  ['userName ne null', true],
  ['locale eq null', true],
  ['name pr', true],
  ['addresses pr', false],
  ['emails ne null', true],
  ['addresses eq null', undefined],
  ['ims eq null', true],
  ['emails.primary pr', true],
  ['emails.display eq null', true],
  [`${enterprise} pr`, true],
  ['active pr', true],
  // several values
  ['emails eq "ANN@work.example"', true],
  ['emails co "home"', true],
  ['emails.type eq "home"', true],
  ['emails.type ne "work"', true],
  ['emails.type ne "other"', true],
  ['ims.value ne "x"', false],
  ['emails[type eq "work" and value co "home"]', false],
  ['emails[type eq "home" and value co "home"]', true],
  ['emails[type eq "work"].value eq "ann@work.example"', true],
  ['emails[type eq "work"].value eq "ann@home.example"', false],
  ['emails[primary ne true]', true],
  ['emails[primary eq false]', true],
  ['emails[display eq null]', true],
  ['emails[not (type eq "work") and not (type eq "home")]', false],
  ['roles[primary eq "True"].value eq "admin"', true],
  ['roles[primary eq "True"].value eq "reader"', false],
  ['ims[not (value pr)]', false],
  ['x509Certificates eq "TWFu"', true],
  ['x509Certificates eq "twfu"', false],
  ['schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', true],
  ['schemas ew "Group"', false],
  // one complex value
  ['name[givenName eq "ann" and familyName co "lee"]', true],
  ['name[middleName pr]', false],
  ['meta[resourceType eq "User"]', true],
  [`${enterprise}:department eq "r&d"`, true],
  [`${enterprise}:manager eq "M-1"`, true],
  [`${enterprise}:manager pr`, true],
  [`${enterprise}:division pr`, false],
  ['meta.version eq "W/\\"3\\""', true],
  // together
  ['userName sw "x" or title pr or active eq true', true],
  ['userName sw "ann" and not (emails.type eq "other")', true],
  ['not (userName sw "ann" and active eq true)', false],
])('%s is %s', (filter, expected) => {
  if (expected === undefined) expect(refusedFilter(filter).scimType).toBe('invalidFilter');
  else expect(isFound(filter)).toBe(expected);
});

test('numbers are compared as numbers', () => {
  const decimal: Attribute = { ...(userSchema.attributes[0] as Attribute), name: 'weight', type: 'decimal' };
  const path = { schema: userSchema, attribute: decimal, isWhole: false, isExtension: false };
  const isHeavier = (operator: 'gt' | 'le' | 'eq' | 'ne', value: number, resource: object) =>
    evaluate({ kind: 'compare', path, operator, value }, resource);
  expect(isHeavier('gt', 9, { weight: 10 })).toBe(true);
  expect(isHeavier('le', 9.5, { weight: 10 })).toBe(false);
  expect(isHeavier('eq', 10, { weight: 10.0 })).toBe(true);
  expect(isHeavier('ne', 10, {})).toBe(true);
});

test('texts go by code point, as in the database', () => {
  expect(isFound('title gt "\uffee"', { title: '\u{1f600}' })).toBe(true);
  expect(isFound('title eq "CAFE\\u0301"', { title: 'caf\u00e9' })).toBe(true);
  expect(isFound('title eq "\\uD83D\\uDE00"', { title: '\u{1f600}' })).toBe(true);
});

test('all escapes of JSON', () => {
  expect(isFound(String.raw`title eq "\"\\\/\b\f\n\r\t\u00e9"`, { title: '"\\/\b\f\n\r\t\u00e9' })).toBe(true);
});

test('members and groups', () => {
  const group = { id, displayName: 'Auditors', members: [{ value: 'u1', type: 'User' }] };
  expect(isFound('members eq "u1"', group, groupType)).toBe(true);
  expect(isFound(`id eq "${id}" and members[value eq "u2"]`, group, groupType)).toBe(false);
  expect(isFound('displayName eq "auditors"', group, groupType)).toBe(true);
});

test.each([
  ['', 'at character 1: expected the name'],
  ['userName', 'at character 9: expected a blank and one of eq'],
  ['userName eq', 'at character 12: expected a blank and a value'],
  ['userName eq ', 'at character 13: expected a text in double quotes'],
  ['userName is "x"', 'at character 9: expected a blank and one of eq'],
  ["userName eq 'x'", 'at character 13: expected a text in double quotes'],
  ['userName eq x', 'at character 13: expected a text in double quotes'],
  ['userName eq "x', 'at character 13: expected a text in double quotes'],
  ['userName eq "\\x"', 'at character 13: expected a text in double quotes'],
  ['userName eq "\\N"', 'at character 13: expected a text in double quotes'],
  ['userName eq "a\nb"', 'at character 13: expected a text in double quotes'],
  ['userName eq "\\ud800"', 'at character 13: the text has no characters there'],
  ['userName eq "\ud800"', 'at character 13: the text has no characters there'],
  ['userName eq "\\u0000"', 'at character 13: the text has no characters there'],
  ['userName eq "x" garbage', 'at character 17: expected "and", "or" or the end'],
  ['userName eq "x"and title pr', 'at character 16: expected "and", "or" or the end'],
  ['userName eq "x" and', 'at character 17: expected "and", "or" or the end'],
  ['userName eq "x" and ', 'at character 21: expected the name of an attribute'],
  ['userName eq "x" or or title pr', 'character 20: User has no attribute or'],
  ['(userName pr', 'at character 13: expected "and", "or" or )'],
  ['userName pr)', 'at character 12: expected "and", "or" or the end'],
  ['not userName pr', 'at character 1: User has no attribute not'],
  ['emails[type eq "work"', 'expected "and", "or" or ]'],
  ['emails[]', 'at character 8: expected the name of an attribute'],
  ['emails[name.familyName eq "x"]', 'emails has no attribute name.familyName'],
  ['emails[emails[type pr]]', 'emails has no attribute emails'],
  ['emails[type[value pr]]', 'brackets do not stand inside brackets'],
  ['emails[type eq "work"].nope eq "x"', 'character 24: emails has no attribute nope'],
  ['emails[type eq "work"].value', 'expected a blank and one of eq'],
  ['emails.type[value pr]', 'brackets stand only after'],
  ['userName[value pr]', 'brackets stand only after'],
  ['schemas[value pr]', 'brackets stand only after'],
  [`${enterprise}[department pr]`, 'brackets stand only after'],
  ['shoeSize eq 9', 'at character 1: User has no attribute shoeSize'],
  ['constructor.prototype pr', 'User has no attribute constructor.prototype'],
  ['__proto__ pr', 'User has no attribute __proto__'],
  ['toString pr', 'User has no attribute toString'],
  ['emails.__proto__ pr', 'User has no attribute emails.__proto__'],
  ['emails[__proto__ pr]', 'emails has no attribute __proto__'],
  ['name eq "x"', 'name has sub-attributes'],
  ['addresses eq "x"', 'addresses has sub-attributes'],
  [`${enterprise} eq "x"`, 'has sub-attributes'],
  ['password eq "x"', 'password is secret'],
  ['password pr', 'password is secret'],
  ['userName eq "x" or (PASSWORD sw "a")', 'password is secret'],
  [`${userSchema.id}:password co "x"`, 'password is secret'],
  ['active gt true', 'active is true or false'],
  ['active co "tr"', 'active is true or false'],
  ['active eq "yes"', 'active is compared with true or false'],
  ['active eq 1', 'active is compared with true or false'],
  ['x509Certificates gt "x"', 'x509Certificates.value is a text in base64'],
  ['x509Certificates[value le "x"]', 'x509Certificates.value is a text in base64'],
  ['userName eq true', 'userName is compared with a text'],
  ['userName eq 5', 'userName is compared with a text'],
  ['userName gt null', 'null is compared with eq or ne'],
  ['userName co null', 'null is compared with eq or ne'],
  ['userName eq 1e999', 'expected a text in double quotes'],
  ['userName eq 01', 'expected a text in double quotes'],
  ['meta.created eq "yesterday"', 'meta.created is compared with a time'],
  ['meta.created eq "2026-02-30T00:00:00Z"', 'meta.created is compared with a time'],
  ['meta.created co "2026"', 'meta.created is a time'],
  ['meta eq "x"', 'meta has sub-attributes'],
])('%s is refused', (filter, words) => {
  const { scimType, status, detail } = refusedFilter(filter);
  expect({ scimType, status }).toEqual({ scimType: 'invalidFilter', status: 400 });
  expect(detail).toContain(words);
  expect(detail.length).toBeLessThan(300);
});

// Attack S6.
test.each([
  ['10 000 parentheses', '('.repeat(10_000), 'longer than 8 KiB'],
  ['as many parentheses as fit', `${'('.repeat(4000)}userName pr${')'.repeat(4000)}`, 'more than 30 levels'],
  ['negations as well', 'not('.repeat(2000), 'more than 30 levels'],
  ['1 MB', `userName eq "${'x'.repeat(1_000_000)}"`, 'longer than 8 KiB'],
  ['long in octets only', `userName eq "${'é'.repeat(5000)}"`, 'longer than 8 KiB'],
  ['10 000 or', Array(10_000).fill('id pr').join(' or '), 'longer than 8 KiB'],
  ['as many or as fit', Array(800).fill('id pr').join(' or '), 'more than 200 parts'],
  ['a long name', 'a'.repeat(8000), `no attribute ${'a'.repeat(100)}...`],
])('%s', (_, filter, words) => {
  const { scimType, detail } = refusedFilter(filter);
  expect(scimType).toBe('invalidFilter');
  expect(detail).toContain(words);
  expect(detail.length).toBeLessThan(250);
});

test('what is within the limits is read', () => {
  expect(isFound(Array(200).fill('id pr').join(' and '))).toBe(true);
  expect(isFound(`${'('.repeat(30)}userName pr${')'.repeat(30)}`)).toBe(true);
  expect(isFound(`userName eq "${'x'.repeat(8177)}"`)).toBe(false);
});

test.each([
  ['2011-05-13T04:42:34Z', Date.UTC(2011, 4, 13, 4, 42, 34)],
  ['2011-05-13t04:42:34.5z', Date.UTC(2011, 4, 13, 4, 42, 34, 500)],
  ['2011-05-13T04:42:34', Date.UTC(2011, 4, 13, 4, 42, 34)],
  ['2011-05-13T04:42:34.0574+02:30', Date.UTC(2011, 4, 13, 2, 12, 34, 57) + 0.4],
  ['0001-01-01T00:00:00Z', Date.parse('0001-01-01T00:00:00Z')],
  ['0001-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:59:59.9Z', undefined],
  ['2011-13-01T00:00:00Z', undefined],
  ['2011-02-29T00:00:00Z', undefined],
  ['2011-05-13T24:00:00Z', undefined],
  ['2011-05-13T23:59:60Z', undefined],
  ['2011-05-13T00:00:00+25:00', undefined],
  ['2011-05-13', undefined],
  ['+02011-05-13T00:00:00Z', undefined],
])('the instant %s', (text, expected) => {
  expect(instantOf(text)).toEqual(expected);
});

const pathOf = (path: string, type: ResourceType = userType) => {
  const { schema, attribute, sub, filter } = parsePath(type, path);
  return [schema.name, attribute.name, sub?.name, filter && shown(filter)];
};

test.each([
  ['userName', ['User', 'userName', undefined, undefined]],
  ['NAME.givenname', ['User', 'name', 'givenName', undefined]],
  [`${enterprise}:manager`, ['EnterpriseUser', 'manager', undefined, undefined]],
  [`${enterprise}:manager.value`, ['EnterpriseUser', 'manager', 'value', undefined]],
  [enterprise, ['EnterpriseUser', enterprise, undefined, undefined]],
  ['password', ['User', 'password', undefined, undefined]],
  ['emails[type eq "work"]', ['User', 'emails', undefined, 'emails.type.eq."work"']],
  ['emails[type eq "work"].value', ['User', 'emails', 'value', 'emails.type.eq."work"']],
  ['roles[primary eq "True"].value', ['User', 'roles', 'value', 'roles.primary.eq.true']],
  [
    `${userSchema.id}:emails[not (type pr) or value ew "x"].Type`,
    ['User', 'emails', 'type', '(!emails.type or emails.value.ew."x")'],
  ],
])('the path %s', (path, expected) => {
  expect(pathOf(path)).toEqual(expected);
});

test('the path of a member', () => {
  expect(pathOf('members[value eq "u1"]', groupType)).toEqual(['Group', 'members', undefined, 'members.value.eq."u1"']);
});

// Attack S5 among them.
test.each([
  ['', 'invalidPath', 'at character 1: expected the name'],
  ['__proto__', 'invalidPath', 'no attribute __proto__'],
  ['constructor.prototype', 'invalidPath', 'no attribute constructor.prototype'],
  ['toString', 'invalidPath', 'no attribute toString'],
  ['emails.toString', 'invalidPath', 'no attribute emails.toString'],
  ['emails[type eq "work"].__proto__', 'invalidPath', 'emails has no attribute __proto__'],
  ['emails[__proto__ eq "work"]', 'invalidFilter', 'emails has no attribute __proto__'],
  ['emails[type eq "work"]value', 'invalidPath', 'at character 23: expected the end'],
  ['emails[type eq "work"].value eq "x"', 'invalidPath', 'expected the end'],
  ['emails[type eq "work"', 'invalidFilter', 'expected "and", "or" or ]'],
  ['emails[type is "work"]', 'invalidFilter', 'expected a blank and one of eq'],
  ['emails[]', 'invalidFilter', 'expected the name of an attribute'],
  ['emails.value[type pr]', 'invalidPath', 'brackets stand only after'],
  ['name[givenName pr]', 'invalidPath', 'name has one value'],
  ['schemas[value pr]', 'invalidPath', 'brackets stand only after'],
  ['userName eq "x"', 'invalidPath', 'at character 9: expected the end'],
  ['userName ', 'invalidPath', 'expected the end'],
  ['x'.repeat(9000), 'invalidPath', 'longer than 8 KiB'],
  [`emails[${'('.repeat(4000)}`, 'invalidFilter', 'more than 30 levels'],
])('the path %s is refused', (path, scimType, words) => {
  const refused = refusal(() => parsePath(userType, path));
  expect(refused).toMatchObject({ scimType, status: 400 });
  expect(refused.detail).toContain(words);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('a filter of a path chooses among values', () => {
  const { filter } = parsePath(userType, 'emails[type eq "work" and primary eq "true"].value');
  expect(filter && ann.emails.map((each) => matches(filter, each))).toEqual([true, false]);
  expect(filter && [matches(filter, undefined), matches(filter, 'text')]).toEqual([false, false]);
});

test('only own values count', () => {
  const inherited = Object.create({ title: 'x' }) as object;
  expect(isFound('title pr', inherited)).toBe(false);
  expect(isFound('title eq "x"', inherited)).toBe(false);
});

/** The same numbers each time (mulberry32). */
function numbersFrom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test('100,000 filters out of the grammar, many of them damaged: a decision or a problem, nothing else', () => {
  const below = numbersFrom(7644);
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  const attributes = ['userName', 'ID', 'name.familyName', 'emails', 'emails.type', 'active', 'meta.created', 'title'];
  const others = ['groups.$ref', enterprise, `${enterprise}:manager.value`, 'roles.primary', 'nope', 'password', 'not'];
  const subs = ['type', 'value', 'primary', 'display', 'x'];
  const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'EQ', 'is', ''];
  const values = [
    '"x"',
    '"ann@work.example"',
    '"2026-03-01T09:30:00Z"',
    'true',
    '"False"',
    'null',
    '-1.5e3',
    '"\\u00e9\\""',
  ];
  const damages = ['(', ')', '[', ']', '"', '\\', ' ', '.', 'or', '\0', '\ud800', '%', "'", '$', ':', 'é', '-'];
  const comparison = (names: readonly string[]) =>
    below(6) === 0 ? `${one(names)} pr` : `${one(names)} ${one(operators)} ${one(values)}`;
  const filter = (depth: number): string => {
    const kind = below(depth > 4 ? 3 : 9);
    if (kind < 2) return comparison(below(4) === 0 ? others : attributes);
    if (kind === 2) return `emails[${comparison(subs)}]${one(['', '', '.value eq "x"', '.type'])}`;
    if (kind === 3) return `not (${filter(depth + 1)})`;
    if (kind === 4) return `(${filter(depth + 1)})`;
    if (kind === 5) return `emails[${comparison(subs)} ${one(['and', 'or'])} not (${comparison(subs)})]`;
    return `${filter(depth + 1)} ${one(['and', 'or', 'AND'])} ${filter(depth + 1)}`;
  };
  const damaged = (text: string): string => {
    const at = below(text.length + 1);
    return text.slice(0, at) + one(damages) + text.slice(at + below(3));
  };

  let decided = 0;
  let refused = 0;
  for (let count = 0; count < 100_000; count++) {
    const whole = filter(0);
    const text = below(3) === 0 ? damaged(whole) : whole;
    try {
      const isTrue = evaluate(parseFilter(userType, text), ann);
      if (typeof isTrue !== 'boolean') throw new Error(`No decision: ${text}`);
      decided++;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400 || error.members.scimType !== 'invalidFilter')
        throw new Error(`Not a problem of the filter: ${text}`, { cause: error });
      refused++;
    }
  }
  // Both ways were gone often.
  expect(decided).toBeGreaterThan(10_000);
  expect(refused).toBeGreaterThan(10_000);
});
