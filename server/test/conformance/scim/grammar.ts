import fc from 'fast-check';
import { urn } from './urn.ts';

/** Arbitrary filters, paths, operations and resources: as the RFC has them for the most part, the others wild. */

const one = (...texts: string[]) => fc.constantFrom(...texts);
const anyCase = (text: string) => fc.mixedCase(fc.constant(text));
/** Seven of the first to one of the second. */
const mostly = <A, B>(tame: fc.Arbitrary<A>, wild: fc.Arbitrary<B>) =>
  fc.oneof({ arbitrary: tame, weight: 7 }, { arbitrary: wild, weight: 1 });

/** Texts that a value may have. */
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'abÀéßıİ%_\\\'"$@.-+ 漢🎌'), minLength: 1, maxLength: 6 }),
  one('work', 'home', 'a', 'A', '100%', "O'Malley", '\\', '2026-01-01T00:00:00Z'),
);
/** Texts that it may not, among others. */
export const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  one('', '\u0000', 'null', 'True', '{}', '[]'),
);
const json = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
);

const single = [
  'title',
  'nickName',
  'displayName',
  'locale',
  'name.givenName',
  'name.familyName',
  `${urn.enterprise}:department`,
  `${urn.enterprise}:manager.value`,
];
const several = ['phoneNumbers', 'ims', 'entitlements', 'roles'];
const readOnly = ['id', 'meta.version', 'meta.location', 'groups.value', 'groups.display'];
const wildName = one(
  'name',
  'emails',
  'meta',
  'schemas',
  'password',
  'members',
  'manager',
  urn.user,
  urn.enterprise,
  `${urn.user}:userName`,
  'unknown',
  'name.unknown',
  'urn:x:y',
  '__proto__',
  'constructor',
  '$ref',
  '',
);

const literal = fc.oneof(
  word.map((each) => JSON.stringify(each)),
  text.map((each) => JSON.stringify(each)),
  one('true', 'false', 'null', '0', '-1.5', '1e9', '1e999', '"', 'x'),
);
const operator = one('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le').chain(anyCase);
const named = (name: string) => fc.oneof(fc.constant(name), anyCase(name));
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(' '));
const quoted = word.map((each) => JSON.stringify(each));

const texts = {
  Users: [...single, ...readOnly, 'userName', 'externalId', ...several, ...several.map((name) => `${name}.type`)],
  Groups: ['displayName', 'externalId', 'id', 'meta.location'],
};
const leaf = (resource: 'Users' | 'Groups') =>
  fc.oneof(
    { arbitrary: joined(one(...texts[resource]).chain(named), operator, quoted), weight: 8 },
    { arbitrary: joined(one(...texts[resource], 'meta'), anyCase('pr')), weight: 2 },
    {
      arbitrary: joined(
        one('meta.created', 'meta.lastModified'),
        one('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
        fc
          .date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
          .map((at) => JSON.stringify(at.toISOString())),
      ),
      weight: 2,
    },
    {
      arbitrary: joined(one('title', 'externalId', 'id').chain(named), one('eq', 'ne'), fc.constant('null')),
      weight: 1,
    },
    ...(resource === 'Groups'
      ? [{ arbitrary: joined(fc.constant('members.type'), one('eq', 'ne'), one('"User"', '"Group"')), weight: 2 }]
      : [
          {
            arbitrary: joined(one('active', 'roles.primary'), one('eq', 'ne'), one('true', 'false', '"True"')),
            weight: 3,
          },
          {
            arbitrary: fc
              .tuple(one(...several), inside, one('', '', '.value pr', '.type eq "work"'))
              .map(([name, inner, rest]) => `${name}[${inner}]${rest}`),
            weight: 4,
          },
        ]),
  );
const inside = fc.letrec<{ inside: string }>((tie) => ({
  inside: fc.oneof(
    { depthSize: 'small' },
    joined(one('value', 'type', 'display'), operator, quoted),
    joined(fc.constant('primary'), one('eq', 'ne'), one('true', 'false')),
    joined(tie('inside'), one('and', 'or'), tie('inside')),
    tie('inside').map((inner) => `not (${inner})`),
  ),
})).inside;

const nested = (arbitrary: fc.Arbitrary<string>) =>
  fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'medium' },
      arbitrary,
      joined(tie('filter'), one('and', 'or', 'AND'), tie('filter')),
      tie('filter').map((inner) => `(${inner})`),
      tie('filter').map((inner) => `not (${inner})`),
    ),
  })).filter;

/** Filters that are valid for users, or for groups. */
export const validFilter = (resource: 'Users' | 'Groups') => nested(leaf(resource));

/** The same with a piece cut out, and another put in. */
const broken = (whole: fc.Arbitrary<string>) =>
  fc
    .tuple(
      whole,
      fc.nat(),
      fc.nat(9),
      fc.oneof(text, one('(', ')', '[', ']', '"', '\\', ' and ', ' or ', 'not ', '.', ':', ' ')),
    )
    .map(([all, at, cut, put]) => {
      const place = all.length === 0 ? 0 : at % all.length;
      return all.slice(0, place) + put + all.slice(place + cut);
    });

const wildFilter = nested(
  fc.oneof(
    joined(fc.oneof(wildName, one(...texts.Users)), operator, literal),
    fc.tuple(wildName, inside).map(([name, inner]) => `${name}[${inner}]`),
  ),
);
export const anyFilter = fc.oneof(validFilter('Users'), broken(validFilter('Users')), wildFilter);
/** What `sortBy` and `attributes` may hold. */
export const anyName = mostly(
  one(...texts.Users, ...several, 'emails.value', urn.enterprise, 'meta.created'),
  fc.oneof(wildName, text),
);

const element = fc.record(
  { value: word, type: one('work', 'home', 'other'), display: word },
  { requiredKeys: ['value'] },
);
const elements = fc.array(element, { maxLength: 3 });
const op = one('add', 'replace').chain(anyCase);
const remove = anyCase('remove');
const someOf = one('[type eq "work"]', '[type eq "home"]', '[value pr]', '[primary eq "True"]', '[not (type pr)]');
const ofSeveral = (...tails: string[]) =>
  fc.tuple(one(...several), someOf, one(...tails)).map((parts) => parts.join(''));

const tameOperation = fc.oneof(
  fc.record({ op, path: one(...single).chain(named), value: word }),
  fc.record({ op, path: fc.constant('active'), value: fc.oneof(fc.boolean(), one('True', 'false')) }),
  fc.record({ op, path: one(...several), value: elements }),
  fc.record({ op: anyCase('add'), path: ofSeveral('.display', '.type'), value: word }),
  fc.record({ op, path: ofSeveral('.primary'), value: fc.boolean() }),
  fc.record({
    op,
    value: fc.record(
      { title: word, 'name.familyName': word, roles: elements, externalId: word, id: word },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    op,
    value: fc.record({ [urn.enterprise]: fc.record({ division: word }), [`${urn.enterprise}:costCenter`]: word }),
  }),
  fc.record({ op: remove, path: fc.oneof(one(...single, ...several), ofSeveral('', '.display', '.type')) }),
  fc.record({ op: remove, path: one(...several), value: elements }),
);
const wildPath = fc.oneof(
  wildName,
  anyFilter,
  broken(one(...single, ...several)),
  broken(ofSeveral('', '.value')),
  text,
);
const wildValue = fc.oneof(
  json,
  elements,
  fc.array(json, { maxLength: 3 }),
  fc.dictionary(fc.oneof(wildName, one(...single, ...several)), json, { maxKeys: 4 }),
);
const wildOperation = fc.record(
  { op: fc.oneof(op, remove, text), path: fc.oneof(wildPath, one(...single, ...several)), value: wildValue },
  { requiredKeys: ['op'] },
);

/** Operations of a PATCH, mostly ones that a user takes. */
export const operation = mostly(tameOperation, wildOperation);

/** Operations of a PATCH of a group, on these members and on strangers. */
export function operationOfGroup(ids: string[]) {
  const member = mostly(fc.constantFrom(...ids), fc.oneof(fc.uuid(), text));
  const anyMembers = fc.array(fc.oneof(fc.record({ value: member }), member), { maxLength: 3 });
  const filtered = fc
    .array(member, { minLength: 1, maxLength: 2 })
    .map((all) => `members[${all.map((each) => `value eq ${JSON.stringify(each)}`).join(' or ')}]`);
  const tame = fc.oneof(
    fc.record({ op: fc.oneof(op, remove), path: fc.constant('members'), value: anyMembers }),
    fc.record({ op: remove, path: filtered }),
    fc.record({ op, value: fc.record({ externalId: word, members: anyMembers }, { requiredKeys: [] }) }),
  );
  return mostly(tame, wildOperation);
}

const aName = fc.uuid();
const tameUser = fc.record(
  {
    schemas: fc.constant([urn.user, urn.enterprise]),
    userName: aName,
    externalId: word,
    active: fc.oneof(fc.boolean(), one('True', 'False')),
    title: fc.oneof(word, fc.constant(null)),
    name: fc.record({ givenName: word, familyName: word }, { requiredKeys: [] }),
    phoneNumbers: elements,
    roles: elements,
    meta: json,
    groups: json,
    [urn.enterprise]: fc.record(
      { department: word, manager: fc.oneof(word, fc.record({ value: word })) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['userName'] },
);
const wildUser = fc.record(
  {
    userName: mostly(aName, json),
    active: json,
    name: wildValue,
    emails: wildValue,
    addresses: wildValue,
    externalId: json,
    schemas: json,
    [urn.enterprise]: wildValue,
  },
  { requiredKeys: ['userName'] },
);
export const user = fc.oneof(
  tameUser,
  fc.tuple(tameUser, wildUser).map(([tame, wild]) => ({ ...tame, ...wild })),
);

const bulkId = one('a', 'b', 'c', 'd', '__proto__');
const reference = bulkId.map((each) => `bulkId:${each}`);
const manager = fc.record({ [urn.enterprise]: fc.record({ manager: fc.record({ value: reference }) }) });
const aUser = fc.tuple(user, fc.option(manager, { nil: {} })).map(([each, rest]) => ({ ...each, ...rest }));
const aGroup = fc.record(
  { displayName: aName, members: fc.array(fc.record({ value: reference }), { maxLength: 2 }) },
  { requiredKeys: ['displayName'] },
);
const onUser = mostly(reference, fc.uuid()).map((each) => `/Users/${each}`);
const inBulk = fc.oneof(
  fc.record({ method: one('POST', 'post'), path: fc.constant('/Users'), bulkId, data: aUser }),
  fc.record({ method: fc.constant('POST'), path: fc.constant('/Users'), bulkId, data: aUser }),
  fc.record({ method: fc.constant('POST'), path: fc.constant('/Groups'), bulkId, data: aGroup }),
  fc.record({
    method: fc.constant('PATCH'),
    path: onUser,
    data: fc.array(operation, { maxLength: 2 }).map((Operations) => ({ Operations })),
  }),
  fc.record({ method: fc.constant('PUT'), path: onUser, data: mostly(aUser, json) }),
  fc.record({ method: fc.constant('DELETE'), path: onUser }),
);
const notInBulk = fc.oneof(
  fc.record(
    {
      method: fc.oneof(one('GET', 'POST', 'DELETE'), json),
      path: fc.oneof(one('/Users', '/Bulk', '/', '/Users/../Groups'), json),
      bulkId: json,
      data: json,
      version: json,
    },
    { requiredKeys: [] },
  ),
  json,
);
export const operationsOfBulk = fc.array(mostly(inBulk, notInBulk), { maxLength: 7 }).map(sendable);

/** Texts that are no resource: of any characters, and JSON with a piece missing. */
export const garbage = fc.oneof(text, broken(fc.json())).map((each) => each.toWellFormed());

/** Without what no body may have anywhere: NUL and lone surrogates. */
export function sendable<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '');
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [cleaned(name), cleaned(part)]));
}
