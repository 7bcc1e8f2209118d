import fc from 'fast-check';
import pg from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { aPlatform, aTenant } from '../../../test/harness.ts';
import { canonicalEmail, foldCase, skeleton } from '../../kernel/canonical.ts';
import { queriesOver } from '../../kernel/database/queries.ts';
import { Problem } from '../../kernel/problem.ts';
import {
  type Attribute,
  commonAttributes,
  enterpriseSchema,
  groupType,
  type ResourceType,
  userSchema,
  userType,
} from './attributes.ts';
import { evaluate, type Filter, parseFilter } from './filter.ts';
import { after, filterSql, isIndexed, orderBy } from './filter-sql.ts';
import { primaryEmail, readResource, type StoredGroup, type StoredUser, writeResource } from './resource.ts';

const platform = await aPlatform({ regions: ['au'] });
const tenant = await aTenant(platform);
const crowded = await aTenant(platform);
const baseUrl = 'https://example.com/scim/v2/t';

const { host, port } = inject('postgres');
const database = platform.databases.cells.au?.[0];
// As the server connects: below row security.
const client = new pg.Client({ host, port, user: 'app', ...(database ? { database } : {}) });
await client.connect();
afterAll(() => client.end());
const run = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows;
/** What the work changes is undone. */
async function undone(work: () => Promise<void>) {
  await run('begin');
  try {
    await work();
  } finally {
    await run('rollback');
  }
}
const enter = (tenantId: string) => run(`select set_config('bailiwick.tenant', $1, false)`, [tenantId]);

const compiler = queriesOver(() => {
  throw new Error('Nothing runs here.');
});

const selections = {
  User: `select accounts.id from accounts where accounts.source = 'scim' and accounts.deleted_at is null and `,
  Group: `select groups.id from groups where groups.source = 'scim' and `,
};

function query(type: ResourceType, filter: Filter) {
  const { sql, parameters } = filterSql(type, filter, baseUrl).compile(compiler);
  return { text: selections[type.name] + sql, values: [...parameters] };
}

async function found(type: ResourceType, filter: string): Promise<string[]> {
  const { text, values } = query(type, parseFilter(type, filter));
  return (await run(text, values)).map(({ id }) => id).sort();
}

// ---------------------------------------------------------------- what is there

const texts = [
  ...[
    '',
    'a',
    'A',
    'ab',
    'Ann',
    'ann',
    'é',
    'É',
    'e\u0301',
    'E\u0301',
    '100%',
    '100',
    'a_b',
    'axb',
    'a\\b',
    "o'x",
    '"q"',
  ],
  ...[
    'ΑΣ',
    'ας',
    'ασα',
    'İs',
    'straße',
    'ẞ',
    'ﬁ',
    'fi',
    '\u{1f600}',
    '\uffee',
    '\uff21',
    'true',
    'x y',
    'x  y',
    '3',
    ' ',
  ],
  'b\u{1f600}',
];
const addresses = [
  ...['ann@work.example', 'Ann@Work.example', 'ann@home.example', 'bob@exämple.com', 'bob@xn--exmple-cua.com'],
  ...['ΑΣ@x.example', 'not an address', 'é@x.example'],
];
const instants = [
  ...['2026-03-01T09:30:00.123456Z', '2026-03-01T09:30:00.123Z', '2026-03-01T09:30:00.124Z', '2026-03-01T09:30:00Z'],
  ...['2026-03-01T19:30:00.1239+10:00', '2025-12-31T23:59:59.999999Z', '2026-01-01T00:00:00Z', '1999-01-01T00:00:00'],
  ...['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
];
const text = fc.constantFrom(...texts);
const maybe = <T>(given: fc.Arbitrary<T>) => fc.option(given, { nil: undefined });
const several = (value: fc.Arbitrary<unknown>, extra: object = {}) =>
  maybe(
    fc
      .uniqueArray(
        fc.record({
          value: maybe(value),
          type: maybe(fc.constantFrom('work', 'Home', '')),
          display: maybe(text),
          ...extra,
        }),
        { maxLength: 3, selector: (each) => JSON.stringify(each) },
      )
      .chain((all) =>
        fc
          .record({ at: fc.nat(4), rest: fc.constantFrom(undefined, false) })
          .map(({ at, rest }) => all.map((each, index) => ({ ...each, primary: index === at ? true : rest }))),
      ),
  );

const person = fc.record({
  userName: text,
  externalId: maybe(text),
  active: fc.boolean(),
  name: maybe(fc.record({ givenName: maybe(text), familyName: maybe(text), formatted: maybe(text) })),
  displayName: maybe(text),
  title: maybe(text),
  profileUrl: maybe(fc.constantFrom('https://e.example/Ann', 'https://e.example/ann', '')),
  emails: several(fc.constantFrom(...addresses)),
  phoneNumbers: several(text),
  roles: several(text),
  addresses: maybe(fc.array(fc.record({ locality: maybe(text), type: maybe(text) }), { maxLength: 2 })),
  x509Certificates: several(fc.constantFrom('TWFu', 'twfu', '')),
  [enterpriseSchema.id]: maybe(
    fc.record({
      department: maybe(text),
      manager: maybe(
        fc.constantFrom({ value: 'm-1' }, { value: '01980000-0000-7000-8000-000000000003' }, { value: 'M-1' }),
      ),
    }),
  ),
});

const idOf = (kind: number, number: number) =>
  `0198000${kind}-${number % 2 ? 'abcd' : '0000'}-7000-8000-${number.toString(16).padStart(12, '0')}`;

const inWords = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const emailsTaken = new Set<string>();

async function insertUser(id: string, body: unknown, created: string, { source = 'scim', isDeleted = false } = {}) {
  const { userName, externalId, active, attributes } = readResource(userType, body);
  const address = canonicalEmail(primaryEmail(attributes) ?? '');
  // Of two accounts with one address the second cannot be; here its address only counts as another one.
  const email = address.ok && !emailsTaken.has(address.canonical) && !isDeleted ? address : undefined;
  if (email) emailsTaken.add(email.canonical);
  const [owner, isScim] = [source === 'local' ? `${id}@local.example` : null, source === 'scim'];
  await run(`insert into principals (tenant_id, id, kind) values (current_tenant(), $1, 'account')`, [id]);
  await run(
    `insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, external_id, attributes,
       email, email_canonical, first_name, last_name, display_name, status, version, created_at, updated_at, deleted_at)
     values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', $10, $11, $12, $13, $14)`,
    [
      ...[id, source, userName, id, isScim ? foldCase(userName) : null, externalId, isScim ? attributes : null],
      ...[email?.email ?? owner, email?.canonical ?? owner, active ? 'enabled' : 'disabled', Number(id.slice(-1)) || 1],
      ...[created, instants[Number(id.slice(-1)) || 0], isDeleted ? created : null],
    ],
  );
  const emails = Array.isArray(attributes.emails) ? (attributes.emails as { value?: string }[]) : [];
  const values = emails.flatMap(({ value }) => (value === undefined ? [] : foldCase(value)));
  for (const value of new Set(values.filter((each) => each !== email?.canonical)))
    await run(`insert into account_emails (tenant_id, account_id, value) values (current_tenant(), $1, $2)`, [
      id,
      value,
    ]);
}

async function join(group: string, member: string) {
  await run(`insert into memberships (tenant_id, group_id, principal_id) values (current_tenant(), $1, $2)`, [
    group,
    member,
  ]);
}

async function insertGroup(id: string, name: string, externalId: string | null, created: string, source = 'scim') {
  await run(
    `insert into groups (tenant_id, id, name, name_canonical, source, external_id, version, created_at, updated_at)
     values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $7)`,
    [id, name, skeleton(name), source, externalId, 3, created],
  );
}

const userIds = Array.from({ length: 60 }, (_, number) => idOf(1, number));
const groupIds = Array.from({ length: 20 }, (_, number) => idOf(2, number));
const [deletedId, localId, localGroupId] = [idOf(3, 1), idOf(3, 2), idOf(3, 3)];

/** Of the first ones; the others are called teams. */
const groupNames = ['Ann', 'É', '100%', 'a_b', 'x  y', 'ασας', 'straße', 'ﬁ', '\u{1f600}', 'True'];

const users: Record<string, unknown>[] = [];
const groups: Record<string, unknown>[] = [];
await fill();

async function fill() {
  await enter(tenant.id);
  const people = fc.sample(person, { numRuns: userIds.length, seed: 7643 });
  const choose = fc.sample(fc.array(fc.nat(userIds.length - 1), { maxLength: 6 }), {
    numRuns: groupIds.length,
    seed: 7,
  });
  for (const [number, id] of userIds.entries()) {
    // Names are unique, also when they only look alike.
    const body = { ...people[number], userName: `${people[number]?.userName}-${number}` };
    await insertUser(id, inWords(body), instants[number % 8] as string);
  }
  await insertUser(
    deletedId,
    { userName: 'ann-deleted', emails: [{ value: 'ann@work.example' }] },
    instants[0] as string,
    {
      isDeleted: true,
    },
  );
  await insertUser(localId, { userName: 'ann-local', active: true }, instants[0] as string, { source: 'local' });
  for (const [number, id] of groupIds.entries()) {
    const name = groupNames[number] ?? `${texts[number]} team${number}`;
    await insertGroup(id, name, number % 3 ? `${texts[number]}` : null, instants[number % 8] as string);
    for (const member of new Set([
      ...(choose[number] ?? []).map((each) => userIds[each] as string),
      localId,
      deletedId,
    ]))
      await join(id, member);
  }
  await insertGroup(localGroupId, 'Local group', null, instants[0] as string, 'local');
  await join(localGroupId, userIds[0] as string);
  await read();
}

/** As clients get them. */
async function read() {
  for (const row of await run(`select *, array(
      select json_build_object('id', g.id, 'name', g.name) from memberships m join groups g on g.id = m.group_id
      where m.principal_id = accounts.id and g.source = 'scim' order by g.id) as groups
      from accounts where source = 'scim' and deleted_at is null order by id`)) {
    const { id, username: userName, external_id: externalId, attributes, version, status, groups } = row;
    const [createdAt, updatedAt, active] = [row.created_at, row.updated_at, status === 'enabled'];
    const user: StoredUser = { id, userName, externalId, attributes, version, active, groups, createdAt, updatedAt };
    users.push(writeResource(userType, user, { baseUrl }));
  }
  for (const row of await run(`select *, array(
      select m.principal_id from memberships m join accounts a on a.id = m.principal_id
      where m.group_id = groups.id and a.source = 'scim' and a.deleted_at is null order by 1) as members
      from groups where source = 'scim' order by id`)) {
    const { id, name: displayName, external_id: externalId, version, members } = row;
    const group: StoredGroup = {
      id,
      displayName,
      externalId,
      version,
      members,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
    groups.push(writeResource(groupType, group, { baseUrl }));
  }
}

const resourcesOf = (type: ResourceType) => (type === userType ? users : groups);

const foundInMemory = (type: ResourceType, filter: string): unknown[] =>
  resourcesOf(type)
    .filter((each) => evaluate(parseFilter(type, filter), each))
    .map(({ id }) => id)
    .sort();

// ---------------------------------------------------------------- filters

interface Named {
  name: string;
  attribute: Attribute;
}

/** Every simple attribute that can be asked for, sub-attributes as well. */
const simpleOf = (type: ResourceType): Named[] =>
  [
    ...[...commonAttributes, ...type.schema.attributes].map((attribute) => ({ name: attribute.name, attribute })),
    ...type.extensions.flatMap(({ id, attributes }) =>
      attributes.map((attribute) => ({ name: `${id}:${attribute.name}`, attribute })),
    ),
  ]
    .flatMap(({ name, attribute }) =>
      attribute.subAttributes
        ? attribute.subAttributes.map((sub) => ({ name: `${name}.${sub.name}`, attribute: sub }))
        : [{ name, attribute }],
    )
    .filter(({ attribute }) => attribute.returned !== 'never');

const complexOf = (type: ResourceType): Named[] =>
  [...commonAttributes, ...type.schema.attributes]
    .filter(({ subAttributes }) => subAttributes)
    .map((attribute) => ({ name: attribute.name, attribute }));

const ids = [
  ...[userIds[0], userIds[1], userIds[17], groupIds[0], groupIds[3], localId, deletedId, localGroupId, 'nobody'],
  ...['01980001-abcd', '01980001-', '0198', '019800010', 'zz', '-', idOf(1, 5).toUpperCase(), `${idOf(1, 5)}0`, ''],
];
const known = [
  ...[...texts, ...addresses, ...addresses.map((each) => each.slice(0, 5)), 'work', 'HOME', 'direct', 'User', 'group'],
  ...[
    ...ids,
    ...ids.map((each) => `${baseUrl}/Users/${each}`),
    `${baseUrl}/Groups/${groupIds[2]}`,
    `${baseUrl}/Us`,
    'https',
  ],
  ...[
    'W/"3"',
    'W/"',
    '"3"',
    userSchema.id,
    enterpriseSchema.id,
    'urn:ietf',
    'TWFu',
    'm-1',
    'R&D',
    'A-1',
    'é-',
    'ab team4',
  ],
  ...['a\u{10ffff}', '\u{d7ff}', '\u{e000}', '\u{10ffff}', 'fi-', 'x  y team1', ' team', 'team7', 'ασα-12'],
];
const literal = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...known).map((each) => JSON.stringify(each)) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 3 }).map((each) => JSON.stringify(each.replaceAll('\0', ''))),
  },
);
const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];

/** A comparison of the attribute that its type has. */
function comparisonOf({ name, attribute: { type } }: Named): fc.Arbitrary<string> {
  const compared = (of: string[], value: fc.Arbitrary<string>) =>
    fc.tuple(fc.constantFrom(...of), value).map(([operator, text]) => `${name} ${operator} ${text}`);
  const rarely = fc.constantFrom(`${name} pr`, `${name} eq null`, `${name} ne null`);
  const usual =
    type === 'boolean'
      ? compared(['eq', 'ne'], fc.constantFrom('true', 'false', '"True"', '"False"'))
      : type === 'dateTime'
        ? compared(
            ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
            fc.constantFrom(...instants).map((each) => JSON.stringify(each)),
          )
        : compared(type === 'binary' ? operators.slice(0, 5) : operators, literal);
  return fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: rarely });
}

const joined = (operand: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 5, arbitrary: operand },
    { weight: 1, arbitrary: operand.map((each) => `not (${each})`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(operand, fc.constantFrom('and', 'or'), operand)
        .map(([one, word, other]) => `(${one} ${word} ${other})`),
    },
  );

function filtersOf(type: ResourceType): fc.Arbitrary<string> {
  const simple = fc.constantFrom(...simpleOf(type)).chain(comparisonOf);
  const looked = fc.constantFrom(
    ...simpleOf(type).filter(({ name }) =>
      /^(id|userName|externalId|emails\.value|displayName|groups\.value|members\.value|meta\.created)$/.test(name),
    ),
  );
  const some = fc.constantFrom(...complexOf(type)).chain(({ name, attribute }) => {
    const subs = (attribute.subAttributes ?? []).map((sub) => ({ name: sub.name, attribute: sub }));
    const inside = joined(joined(fc.constantFrom(...subs).chain(comparisonOf)));
    return fc.oneof(
      inside.map((filter) => `${name}[${filter}]`),
      fc
        .tuple(inside, fc.constantFrom(...subs).chain(comparisonOf))
        .map(([filter, last]) => `${name}[${filter}].${last}`),
      fc.constant(`${name} pr`),
    );
  });
  const extension = fc.constantFrom(...type.extensions.map(({ id }) => `${id} pr`), 'id pr');
  const leaf = fc.oneof(
    { weight: 6, arbitrary: simple },
    { weight: 4, arbitrary: looked.chain(comparisonOf) },
    { weight: 4, arbitrary: some },
    { weight: 1, arbitrary: extension },
  );
  return joined(joined(joined(leaf)));
}

test.each([
  [userType, 1000],
  [groupType, 400],
])('SQL and memory decide the same of $name', { timeout: 120_000 }, async (type, numRuns) => {
  await enter(tenant.id);
  let some = 0;
  await fc.assert(
    fc.asyncProperty(filtersOf(type), async (filter) => {
      const expected = foundInMemory(type, filter);
      if (expected.length > 0 && expected.length < resourcesOf(type).length) some++;
      expect(await found(type, filter)).toEqual(expected);
    }),
    { numRuns },
  );
  // Many of the filters divide: about a third.
  expect(some).toBeGreaterThan(numRuns / 8);
});

test('the filters of identity providers', async () => {
  await enter(tenant.id);
  const [user, group] = [users[0], groups[0]] as [Record<string, unknown>, Record<string, unknown>];
  expect(await found(userType, `userName eq ${JSON.stringify(String(user.userName).toUpperCase())}`)).toEqual([
    user.id,
  ]);
  expect(await found(userType, `userName eq "${deletedId}"`)).toEqual([]);
  expect(await found(userType, 'userName eq "ann-deleted" or userName eq "ann-local"')).toEqual([]);
  expect(await found(groupType, 'displayName eq "ANN"')).toEqual([group.id]);
  const { value: memberId } = (group.members as { value: string }[])[0] ?? {};
  expect(await found(groupType, `id eq "${group.id}" and members eq "${memberId}"`)).toEqual([group.id]);
  expect(await found(groupType, `id eq "${group.id}" and members eq "${localId}"`)).toEqual([]);
  expect(await found(userType, `groups.value eq "${localGroupId}"`)).toEqual([]);
  expect(await found(userType, `groups[display eq "ann"]`)).toContain(memberId);
});

// Attack S6.
test.each([
  ['displayName eq "100%"', ['100%']],
  ['displayName co "%"', ['100%']],
  ['displayName sw "100%"', ['100%']],
  ['displayName sw "1%"', []],
  ['displayName ew "0%"', ['100%']],
  ['displayName co "_"', ['a_b']],
  ['displayName sw "a_"', ['a_b']],
  ['displayName co "\\\\"', []],
  [`displayName eq "' or true --"`, []],
])('%s takes no character for another', async (filter, expected) => {
  await enter(tenant.id);
  const teams = groups.filter(({ displayName }) => !String(displayName).includes('team'));
  const names = (await found(groupType, filter)).flatMap(
    (id) => teams.find((each) => each.id === id)?.displayName ?? [],
  );
  expect(names).toEqual(expected);
});

test('the most that is allowed is decided', async () => {
  await enter(tenant.id);
  const many = (filter: string, word: string) => Array(200).fill(filter).join(word);
  expect(await found(userType, many('emails co "nobody"', ' or '))).toEqual([]);
  expect(await found(userType, many('id pr', ' and '))).toHaveLength(users.length);
  const nested = `${'not ('.repeat(30)}userName pr${')'.repeat(30)}`;
  expect(await found(userType, nested)).toHaveLength(users.length);
});

const odd = {
  emails: { value: 'x' },
  roles: ['text', 1, null, [], { value: 5, primary: 'true' }],
  name: 'Ann',
  title: { a: 1 },
  addresses: [],
  [enterpriseSchema.id]: [1],
};

test('what readResource would not store breaks nothing', async () => {
  await enter(tenant.id);
  await undone(async () => {
    await run('update accounts set attributes = $2 where id = $1', [userIds[0], odd]);
    for (const { name, attribute } of simpleOf(userType)) {
      const value = attribute.type === 'boolean' ? 'true' : `"${instants[0]}"`;
      await found(userType, `${name} eq ${value} or not (${name} pr)`);
      await run(`${selections.User} true order by ${order(name, 'descending')}`);
    }
  });
});

test('the end of a text is counted in characters', async () => {
  await enter(tenant.id);
  await undone(async () => {
    await run('update accounts set attributes = $2 where id = $1', [userIds[0], { title: 'Queen \u{1f600}' }]);
    expect(await found(userType, 'title ew "n \u{1f600}"')).toEqual([userIds[0]]);
  });
});

test('numbers are compared as numbers', async () => {
  const attribute: Attribute = { ...(userSchema.attributes[0] as Attribute), name: 'weight', type: 'decimal' };
  const path = { schema: userSchema, attribute, isWhole: false, isExtension: false };
  const { text, values } = query(userType, { kind: 'compare', path, operator: 'gt', value: 9.5 });
  await enter(tenant.id);
  await undone(async () => {
    const weights = `'{"weight": 9}', '{"weight": 10.5}', '{"weight": "11"}', '{}'`;
    await run(`update accounts set attributes = (array[${weights}]::jsonb[])[1 + version % 4] where id = any($1)`, [
      userIds,
    ]);
    const rows = await run(text.replace('accounts.id', 'distinct accounts.attributes'), values);
    expect(rows).toEqual([{ attributes: { weight: 10.5 } }]);
  });
});

// ---------------------------------------------------------------- order

/** With its parameters written out. */
function order(sortBy: string, direction: 'ascending' | 'descending', type: ResourceType = userType): string {
  const { sql, parameters } = orderBy(type, sortBy, direction, baseUrl).compile(compiler);
  return sql.replace(/\$(\d+)/g, (_, at) => pg.escapeLiteral(String(parameters[Number(at) - 1])));
}

interface Person {
  id: string;
  userName: string;
  externalId?: string;
  active: boolean;
  title?: string;
  name?: { familyName?: string };
  emails?: Several;
  roles?: Several;
  x509Certificates?: Several;
  groups?: Several;
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'?: { department?: string };
}
type Several = { value?: string; type?: string; primary?: boolean }[];

const folded = (value: string | undefined) => (value === undefined ? undefined : foldCase(value));
const primary = (values: Several | undefined) => values?.find((each) => each.primary) ?? values?.[0];

/** What of a resource decides. */
const keys: Record<string, (person: Person) => string | boolean | undefined> = {
  id: ({ id }) => id,
  userName: ({ userName }) => foldCase(userName),
  externalId: ({ externalId }) => externalId,
  'NAME.familyname': ({ name }) => folded(name?.familyName),
  title: ({ title }) => folded(title),
  emails: ({ emails }) => folded(primary(emails)?.value),
  'roles.type': ({ roles }) => folded(primary(roles)?.type),
  'roles.primary': ({ roles }) => primary(roles)?.primary,
  x509Certificates: ({ x509Certificates }) => primary(x509Certificates)?.value,
  groups: ({ groups }) => primary(groups)?.value,
  active: ({ active }) => active,
  [`${enterpriseSchema.id}:department`]: (person) =>
    folded(person['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User']?.department),
};

function compareKeys(one: string | boolean | undefined, other: string | boolean | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

test.each(Object.keys(keys))('sorted by %s', async (sortBy) => {
  await enter(tenant.id);
  const ordered = (users as unknown as Person[])
    .map((person) => ({ id: person.id, key: keys[sortBy]?.(person) }))
    .sort((one, other) => compareKeys(one.key, other.key) || one.id.localeCompare(other.id))
    .map(({ id }) => id);
  const rows = (direction: 'ascending' | 'descending') =>
    run(
      `${selections.User} true order by ${order(sortBy, direction)}, id ${direction === 'ascending' ? 'asc' : 'desc'}`,
    );
  expect((await rows('ascending')).map(({ id }) => id)).toEqual(ordered);
  // Those without a value are first then (RFC 7644 section 3.4.2.3).
  expect((await rows('descending')).map(({ id }) => id)).toEqual(ordered.reverse());
});

test.each([
  [userType, 'shoeSize', 'no attribute of User'],
  [userType, '__proto__', 'no attribute of User'],
  [groupType, 'userName', 'no attribute of Group'],
  [userType, 'password', 'password is secret'],
  [userType, 'PASSWORD', 'password is secret'],
  [userType, 'name', 'name has sub-attributes'],
  [userType, 'addresses', 'addresses has sub-attributes'],
  [userType, enterpriseSchema.id, 'has sub-attributes'],
])('no order of $name by %s', (type, sortBy, words) => {
  try {
    orderBy(type, sortBy, 'ascending', baseUrl);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ status: 400, members: { scimType: 'invalidValue' } });
    expect((error as Problem).message).toContain(words);
  }
});

test('groups are sorted, by their names and by all else', async () => {
  await enter(tenant.id);
  for (const { name } of simpleOf(groupType))
    await run(`${selections.Group} true order by ${order(name, 'ascending', groupType)}`);
  const rows = await run(`${selections.Group} true order by ${order('displayName', 'ascending', groupType)}`);
  const names = rows.map(({ id }) => foldCase(String(groups.find((each) => each.id === id)?.displayName)));
  expect(names).toEqual([...names].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
});

// ---------------------------------------------------------------- indexes

test.each([
  ['', undefined],
  ['a', 'b'],
  ['az', 'a{'],
  ['\u{d7ff}', '\u{e000}'],
  ['\u{ffff}', '\u{10000}'],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}', undefined],
])('after all that begins with "%s" comes %s', (prefix, next) => {
  expect(after(prefix)).toBe(next);
});

const gid = groupIds[0];
/** Filters with the columns in the conditions of their indexes. */
const indexed: [ResourceType, string, string[]][] = [
  [userType, `id eq "${userIds[0]}"`, ['id']],
  [userType, 'id sw "0198"', ['id']],
  [userType, 'id gt "fff00000-0000-4000-8000-000000000000"', ['id']],
  [userType, 'userName eq "ann-7"', ['username_folded']],
  [userType, 'userName sw "ann-77"', ['username_folded']],
  [userType, 'userName gt "user9"', ['username_folded']],
  [userType, 'userName ge "user9"', ['username_folded']],
  [userType, 'userName lt "b"', ['username_folded']],
  [userType, 'userName le "b"', ['username_folded']],
  [userType, 'externalId eq "e7"', ['external_id']],
  [userType, 'externalId sw "e77"', ['external_id']],
  [userType, 'externalId gt "e99"', ['external_id']],
  [userType, 'emails eq "user7@x.example"', ['value', 'email_canonical', 'id']],
  [userType, 'emails.value sw "user77"', ['value', 'email_canonical', 'id']],
  [userType, 'emails.value gt "user999"', ['value', 'email_canonical', 'id']],
  [userType, 'emails[type eq "work"].value eq "user7@x.example"', ['value', 'email_canonical', 'id']],
  [userType, 'emails[type eq "work" and value eq "user7@x.example"]', ['value', 'email_canonical', 'id']],
  [userType, 'meta.created gt "2999-01-01T00:00:00Z"', ['created_at']],
  [userType, 'meta.created eq "2026-01-01T00:00:00Z"', ['created_at']],
  [userType, `meta.location eq "${baseUrl}/Users/${userIds[0]}"`, ['id']],
  [userType, `groups eq "${gid}"`, ['group_id', 'id']],
  [userType, 'active eq true and title pr and userName eq "ann-7"', ['username_folded']],
  [userType, 'not (active eq true) and (userName eq "a" or externalId eq "b")', ['username_folded', 'external_id']],
  [userType, 'userName eq "a" or emails eq "b@x.example"', ['username_folded', 'value', 'email_canonical', 'id']],
  [
    userType,
    'userName eq "a" or (emails[type eq "x"].value eq "b" and active eq true)',
    ['username_folded', 'value', 'email_canonical', 'id'],
  ],
  [userType, 'id eq "nobody"', []],
  [groupType, `id eq "${gid}"`, ['id']],
  [groupType, 'displayName eq "team 7"', ['name_canonical']],
  [groupType, 'displayName sw "team 77"', ['name_canonical']],
  [groupType, 'externalId eq "e7"', ['external_id']],
  [groupType, 'meta.created lt "1999-01-01T00:00:00Z"', ['created_at']],
  [groupType, `members eq "${userIds[0]}"`, ['principal_id', 'id']],
  [groupType, `members[value eq "${userIds[0]}" and type eq "User"]`, ['principal_id', 'id']],
  [groupType, `id eq "${gid}" and members eq "${userIds[0]}"`, ['id', 'principal_id']],
];

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  'One-Time Filter'?: string;
  Plans?: Node[];
}

/** Those that are run. */
const nodesOf = (node: Node): Node[] =>
  node['One-Time Filter'] === 'false' ? [] : [node, ...(node.Plans ?? []).flatMap(nodesOf)];

test('an index leads to what is indexed, below row security', async () => {
  await enter(crowded.id);
  await run(
    `with made as (insert into principals (tenant_id, id, kind)
       select current_tenant(), gen_random_uuid(), 'account' from generate_series(1, 3000) returning id),
     numbered as (select id, row_number() over () as n from made)
     insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, external_id, attributes,
       email, email_canonical, first_name, last_name, display_name, status, created_at)
     select current_tenant(), id, 'scim', 'user' || n, 'user' || n, 'user' || n, 'e' || n,
       jsonb_build_object('emails', jsonb_build_array(jsonb_build_object('value', 'user' || n || '@x.example', 'type', 'work'))),
       'user' || n || '@x.example', 'user' || n || '@x.example', '', '', '', 'enabled', now() - n * interval '1 minute'
     from numbered`,
  );
  await run(
    `insert into account_emails select tenant_id, id, 'other-' || email_canonical from accounts where external_id like '%0'`,
  );
  await run(
    `insert into groups (tenant_id, id, name, name_canonical, source, external_id, created_at)
     select current_tenant(), gen_random_uuid(), 'Team ' || n, 'team ' || n, 'scim', 'e' || n, now() - n * interval '1 minute'
     from generate_series(1, 1000) as n`,
  );
  await run(
    `insert into memberships (tenant_id, group_id, principal_id)
     select current_tenant(), g.id, a.id from groups g join accounts a on 'e' || length(a.external_id) = g.external_id or a.external_id = g.external_id`,
  );
  await platform.sql('au', 'analyze accounts, groups, memberships, account_emails');

  const wrong: string[] = [];
  for (const [type, filter, columns] of indexed) {
    const { text, values } = query(type, parseFilter(type, filter));
    const [{ 'QUERY PLAN': plan }] = await run(`explain (format json) ${text}`, values);
    const nodes = nodesOf(plan[0].Plan);
    const conditions = nodes.flatMap((node) => node['Index Cond'] ?? []);
    // All of a tenant's rows are no find.
    const whole = nodes.filter(
      (node) => node['Node Type'] === 'Seq Scan' || node['Index Cond']?.split(' AND ').length === 1,
    );
    const missing = columns.filter(
      (column) => !conditions.some((each) => new RegExp(`\\(\\(?${column}\\b`).test(each)),
    );
    if (whole.length > 0 || missing.length > 0)
      wrong.push(`${filter}: ${JSON.stringify([whole.map((each) => each['Relation Name']), missing, conditions])}`);
  }
  expect(wrong).toEqual([]);
});

test.each(indexed)('$name: %s is indexed', (type, filter) => {
  expect(isIndexed(type, parseFilter(type, filter))).toBe(true);
});

test.each([
  [userType, 'userName co "ann"'],
  [userType, 'userName ew "ann"'],
  [userType, 'userName ne "ann"'],
  [userType, 'userName pr'],
  [userType, 'userName sw ""'],
  [userType, 'not (userName eq "ann")'],
  [userType, 'userName eq "ann" or active eq true'],
  [userType, 'userName eq "ann" or emails sw "ann"'],
  [userType, `userName eq "ann" or groups eq "${gid}"`],
  [userType, 'active eq true'],
  [userType, 'title eq "Boss"'],
  [userType, 'emails co "x"'],
  [userType, 'emails[type eq "work"]'],
  [userType, 'emails[value eq "x" or type eq "work"]'],
  [userType, 'meta.lastModified gt "2026-01-01T00:00:00Z"'],
  [groupType, 'displayName gt "x"'],
  [groupType, 'members pr'],
  [groupType, 'members sw "0"'],
])('$name: %s is not indexed', (type, filter) => {
  expect(isIndexed(type, parseFilter(type, filter))).toBe(false);
});

test('every letter folds in SQL as it does here, alone and in a word', async () => {
  const { sql, parameters } = orderBy(userType, 'title', 'ascending', baseUrl).compile(compiler);
  const expression = sql.replace(/ asc nulls last$/, '');
  const words = (letter: string) => [letter, `o${letter}`, `${letter}o`, `o${letter}\u0301`, `o${letter} o`];
  // Georgian capitals and some marks are newer than the Unicode that databases have.
  const newer = /[\u1ab0-\u1aff\u1c80-\u1cbf]/;
  const ranges = [
    [0x21, 0x2bff],
    [0xf900, 0xfffd],
  ] as const;
  const letters = ranges
    .flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => String.fromCodePoint(from + at)))
    .filter((letter) => /[\p{L}\p{M}\p{N}\p{S}]/u.test(letter) && !newer.test(letter));
  const differing: string[] = [];
  for (let at = 0; at < letters.length; at += 5000) {
    const texts = letters.slice(at, at + 5000).flatMap(words);
    const values = [...parameters, JSON.stringify(texts)];
    const rows = await run(
      `select ${expression} as folded from (select jsonb_build_object('title', value) as attributes
       from jsonb_array_elements($${values.length}::jsonb) with ordinality as each(value, at) order by at) as accounts`,
      values,
    );
    for (const [index, { folded }] of rows.entries())
      if (folded !== foldCase(texts[index] as string)) differing.push(texts[index] as string);
  }
  expect(letters.length).toBeGreaterThan(5000);
  expect(differing).toEqual([]);
});
