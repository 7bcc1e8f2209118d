import { Phone } from '../../capabilities/tenants/schema.ts';
import { foldCase, hasForbiddenCharacters } from '../../kernel/canonical.ts';
import { isId } from '../../kernel/ids.ts';
import type { PackedIds } from '../../kernel/packed-ids.ts';
import {
  type Attribute,
  commonAttributes,
  enterpriseSchema,
  findAttribute,
  groupSchema,
  groupType,
  type ResourceType,
  type ResourceTypeName,
  userSchema,
  userType,
} from './attributes.ts';
import { readMembers } from './members.ts';
import { scimProblem } from './problem.ts';

/** Between what clients send, what is stored and what they get back. */

/** Values by their canonical names; those of an extension under its URN. */
export type Attributes = Readonly<Record<string, unknown>>;

interface IncomingUser {
  userName: string;
  externalId: string | null;
  /** Undefined when it was not said. */
  active: boolean | undefined;
  password: string | undefined;
  /** All the rest. */
  attributes: Attributes;
}

interface IncomingGroup {
  displayName: string;
  externalId: string | null;
  /** Ids in the form of ours, each once; undefined when there was no word of members. They may be of nobody. */
  members: string[] | PackedIds | undefined;
}

export interface Incoming {
  User: IncomingUser;
  Group: IncomingGroup;
}

const longestText = 8192;
const mostValues = 200;
const mostOctets = 256 * 1024;
/** Characters of the names that people see in the console; a longer one is cut there. */
const longestMirror = 256;

const attributeOf = (type: ResourceType, name: string): Attribute => {
  const found = findAttribute(type, name);
  if (!found) throw new TypeError(`There is no attribute ${name}.`);
  return found.sub ?? found.attribute;
};

/** In characters. These are looked up, and what an index holds is bounded. */
const longest = new Map([
  [attributeOf(userType, 'userName'), 256],
  [attributeOf(groupType, 'displayName'), 256],
  [attributeOf(userType, 'externalId'), 512],
  [attributeOf(userType, 'emails.value'), 512],
]);

/** RFC 7643 section 4.1.2: these may have several lines. */
const multiline = new Set(
  ['addresses.formatted', 'addresses.streetAddress'].map((name) => attributeOf(userType, name)),
);

/** What a client may say of a resource. */
const contents: Record<ResourceTypeName, readonly Attribute[]> = {
  User: contentsOf(userType),
  Group: contentsOf(groupType),
};

/** The URN below which what a client says may stand as well, in lower case. */
const coreOf = new Map([
  [contents.User, userSchema.id.toLowerCase()],
  [contents.Group, groupSchema.id.toLowerCase()],
]);

function contentsOf(type: ResourceType): Attribute[] {
  return [
    ...commonAttributes,
    ...type.schema.attributes,
    ...type.extensions.map((extension) => attributeOf(type, extension.id)),
  ];
}

/**
 * Reads what a client sends to create or replace a resource (RFC 7644 section 3.3 and 3.5.1).
 *
 * Names count in any case and come out canonical; what is unknown or read-only is ignored; `null`, an empty array, and
 * an empty text in place of a complex value mean that there is none (RFC 7643 section 2.5). Texts for booleans,
 * a text for a complex value that has a `value`, and a single value for a list of them are understood.
 * Keys that are paths (`name.givenName`) are of PATCH; here they are unknown. Attributes of the core schema may stand
 * under its URN, as those of an extension do.
 *
 * @param body JSON; bulkIds in it are resolved
 * @throws {Problem} `invalidSyntax`: no resource at all, or an attribute twice in different case
 * @throws {Problem} `invalidValue`: a required value is missing, or one is of the wrong kind or too large
 */
export function readResource<Name extends ResourceTypeName>(type: ResourceType<Name>, body: unknown): Incoming[Name] {
  return readers[type.name](body);
}

const readers: { [Name in ResourceTypeName]: (body: unknown) => Incoming[Name] } = {
  User(body) {
    const { schemas, userName, externalId, active, password, ...attributes } = readContents('User', body);
    if (Buffer.byteLength(JSON.stringify(attributes)) > mostOctets)
      throw invalidValue(`The user has more than ${mostOctets / 1024} KiB of attributes. Send fewer of them.`);
    return {
      userName: required(userName, 'userName'),
      externalId: textOf(externalId) || null,
      active: typeof active === 'boolean' ? active : undefined,
      password: textOf(password) || undefined,
      attributes,
    };
  },
  Group(body) {
    const { displayName, externalId, members } = readContents('Group', body);
    return {
      displayName: required(displayName, 'displayName'),
      externalId: textOf(externalId) || null,
      members: members as string[] | undefined,
    };
  },
};

function readContents(name: ResourceTypeName, body: unknown): Record<string, unknown> {
  if (!isObject(body)) throw scimProblem(400, 'invalidSyntax', `Send a ${name} as a JSON object.`);
  return readParts(contents[name], body, '');
}

function required(value: unknown, name: string): string {
  if (textOf(value).trim() === '') throw invalidValue(`${name} is missing. Send it with a text that is not empty.`);
  return textOf(value);
}

/**
 * Reads the value of an attribute or sub-attribute, as `readResource` does. Undefined means unassigned, or read-only.
 *
 * @param where the attribute's whole name, for messages
 */
export function readValue(attribute: Attribute, value: unknown, where: string): unknown {
  const own = readOwn.get(attribute);
  if (own) return own(value);
  if (attribute.mutability === 'readOnly' || isUnassigned(value)) return undefined;
  if (!attribute.multiValued) return readSingle(attribute, value, where);

  const given = Array.isArray(value) ? value : [value];
  if (given.length > mostValues) throw invalidValue(`${where} has more than ${mostValues} values. Send fewer.`);
  const values = given.flatMap((each) => (isUnassigned(each) ? [] : (readSingle(attribute, each, where) ?? [])));
  // RFC 7643 section 2.4.
  if (values.filter((each) => isObject(each) && each.primary === true).length > 1)
    throw invalidValue(`${where} has several values that are primary. Let one be, at most.`);
  return values.length > 0 ? distinct(values) : undefined;
}

/** RFC 7643 section 2.4: the same type and value are there once. What was said of them is put together. */
function distinct(values: unknown[]): unknown[] {
  const found = new Map<unknown, unknown>();
  for (const each of values) {
    const hasValue = isObject(each) && each.value !== undefined;
    const key = hasValue ? JSON.stringify([each.type, each.value]) : each;
    const before = found.get(key);
    found.set(key, isObject(before) && isObject(each) ? { ...before, ...each } : each);
  }
  return [...found.values()];
}

/** Attributes that are read in a way of their own. */
const readOwn = new Map<Attribute, (value: unknown) => unknown>([
  [attributeOf(userType, 'schemas'), checkSchemas],
  [attributeOf(groupType, 'members'), readMembers],
]);

function readSingle(attribute: Attribute, value: unknown, where: string): unknown {
  if (attribute.type === 'complex') return readComplex(attribute, value, where);
  if (attribute.type === 'boolean') return readBoolean(value, where);
  return readText(attribute, value, where);
}

function readComplex(attribute: Attribute, value: unknown, where: string): Record<string, unknown> | undefined {
  const parts = attribute.subAttributes ?? [];
  if (value === '') return undefined;
  const meant = typeof value === 'string' && parts.some(({ name }) => name === 'value') ? { value } : value;
  if (!isObject(meant)) throw invalidValue(`${where} must be an object with sub-attributes.`);
  const read = readParts(parts, meant, where);
  // A single one is about its value: a manager without is none.
  const isNone = Object.keys(read).length === 0 || (!attribute.multiValued && read.value === '');
  return isNone ? undefined : read;
}

function readParts(
  attributes: readonly Attribute[],
  body: object,
  where: string,
  parts: Record<string, unknown> = {},
): Record<string, unknown> {
  const names = namesOf(attributes);
  for (const [key, given] of Object.entries(body)) {
    const attribute = names.get(key.toLowerCase());
    if (!attribute && isObject(given) && key.toLowerCase() === coreOf.get(attributes))
      readParts(attributes, given, where, parts);
    if (!attribute || given === undefined) continue;
    const { name } = attribute;
    const path = where === '' ? name : `${where}${where === enterpriseSchema.id ? ':' : '.'}${name}`;
    if (Object.hasOwn(parts, name))
      throw scimProblem(
        400,
        'invalidSyntax',
        `${path} is there twice, in different case or below the URN. Send it once.`,
      );
    const value = readValue(attribute, given, path);
    if (value !== undefined) parts[name] = value;
  }
  return parts;
}

const allNames = new WeakMap<readonly Attribute[], ReadonlyMap<string, Attribute>>();

function namesOf(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  let names = allNames.get(attributes);
  if (!names) {
    names = new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));
    allNames.set(attributes, names);
  }
  return names;
}

function readBoolean(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  // Entra ID sends "True" and "False".
  const word = textOf(value).toLowerCase();
  if (word !== 'true' && word !== 'false') throw invalidValue(`${where} must be true or false.`);
  return word === 'true';
}

function readText(attribute: Attribute, value: unknown, where: string): string {
  if (typeof value !== 'string') throw invalidValue(`${where} must be a text, in quotes.`);
  const limit = longest.get(attribute);
  if (value.length > (limit ?? longestText))
    throw invalidValue(`${where} has more than ${limit ?? longestText} characters. Shorten it.`);
  const isAscii = /^[ -~]*$/.test(value);
  if (!isAscii && hasForbiddenCharacters(value, { multiline: multiline.has(attribute) }))
    throw invalidValue(`${where} has control or invisible characters in it. Take them out at the source.`);
  // One character may fold to eighteen.
  if (!isAscii && limit && Buffer.byteLength(foldCase(value)) > 4 * limit)
    throw invalidValue(`${where} is too long when it is compared. Shorten it.`);
  // RFC 4648 section 4 and 5.
  if (attribute.type === 'binary' && !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
    throw invalidValue(`${where} must be in base64.`);
  // RFC 3986: what no URI has in it.
  if (attribute.type === 'reference' && /[\s<>"{}|\\^`]/.test(value))
    throw invalidValue(`${where} must be a URI; there is a character in it that has to be percent-encoded.`);
  return value;
}

/** Other URNs beside ours, or none at all, do no harm: what is meant is clear from the address. */
function checkSchemas(value: unknown): undefined {
  if (value === null || (Array.isArray(value) && value.every((each) => typeof each === 'string'))) return;
  throw scimProblem(400, 'invalidSyntax', 'schemas must be an array of texts, such as the URN of the resource.');
}

const invalidValue = (detail: string) => scimProblem(400, 'invalidValue', detail);

const isUnassigned = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

interface StoredResource {
  id: string;
  externalId: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface StoredUser extends StoredResource {
  userName: string;
  active: boolean;
  attributes: Attributes;
  /** Undefined when they were not read. */
  groups?: readonly { id: string; name: string }[] | undefined;
}

export interface StoredGroup extends StoredResource {
  displayName: string;
  /** Their ids; undefined when they were not read. */
  members?: readonly string[] | undefined;
}

export interface Stored {
  User: StoredUser;
  Group: StoredGroup;
}

interface Writing {
  /** The address of the tenant's SCIM, without a slash at its end. */
  baseUrl: string;
  /** Of `readProjection`. */
  projection?: Projection | undefined;
}

/** A resource as clients get it (RFC 7643 section 3). */
export function writeResource<Name extends ResourceTypeName>(
  type: ResourceType<Name>,
  stored: Stored[Name],
  { baseUrl, projection }: Writing,
): Record<string, unknown> {
  const resource = writers[type.name](stored, baseUrl);
  return projection ? project(resource, projection) : resource;
}

const enterprise = enterpriseSchema.id;
const userSchemas = [userSchema.id];
const enterpriseUserSchemas = [userSchema.id, enterprise];
const groupSchemas = [groupSchema.id];

const writers: { [Name in ResourceTypeName]: (stored: Stored[Name], baseUrl: string) => Record<string, unknown> } = {
  User: (user, baseUrl) => ({
    schemas: schemasOf(user),
    id: user.id,
    ...(user.externalId === null ? undefined : { externalId: user.externalId }),
    userName: user.userName,
    ...shownAttributes(user, baseUrl),
    active: user.active,
    ...(user.groups ? { groups: user.groups.map((group) => writeGroupOfUser(group, baseUrl)) } : undefined),
    meta: writeMeta('User', user, `${baseUrl}/Users/${user.id}`),
  }),
  Group: (group, baseUrl) => ({
    schemas: groupSchemas,
    id: group.id,
    ...(group.externalId === null ? undefined : { externalId: group.externalId }),
    displayName: group.displayName,
    ...(group.members ? { members: group.members.map((id) => writeMember(id, baseUrl)) } : undefined),
    meta: writeMeta('Group', group, `${baseUrl}/Groups/${group.id}`),
  }),
};

/**
 * A user with all that it has, as `writeResource` says, as JSON: with other attributes each is an object of another
 * layout, which to make and to read costs more than all else about it (decision 14).
 */
export function writeWholeUser(user: StoredUser, baseUrl: string): string {
  const { id, externalId, userName, active, groups } = user;
  const attributes = JSON.stringify(shownAttributes(user, baseUrl)).slice(1, -1);
  return [
    `{"schemas":${JSON.stringify(schemasOf(user))},"id":"${id}"`,
    ...(externalId === null ? [] : [`"externalId":${JSON.stringify(externalId)}`]),
    `"userName":${JSON.stringify(userName)}`,
    ...(attributes === '' ? [] : [attributes]),
    `"active":${active}`,
    ...(groups ? [`"groups":${JSON.stringify(groups.map((group) => writeGroupOfUser(group, baseUrl)))}`] : []),
    `"meta":${JSON.stringify(writeMeta('User', user, `${baseUrl}/Users/${id}`))}}`,
  ].join();
}

const schemasOf = ({ attributes }: StoredUser) => (attributes[enterprise] ? enterpriseUserSchemas : userSchemas);

function shownAttributes({ attributes }: StoredUser, baseUrl: string): Attributes {
  const extension = attributes[enterprise];
  if (!isObject(extension) || !isObject(extension.manager)) return attributes;
  return { ...attributes, [enterprise]: { ...extension, manager: writeManager(extension.manager, baseUrl) } };
}

const writeMeta = (resourceType: ResourceTypeName, stored: StoredResource, location: string) => ({
  resourceType,
  created: stored.createdAt.toISOString(),
  lastModified: stored.updatedAt.toISOString(),
  location,
  version: writeVersion(stored.version),
});

/** RFC 7644 section 3.14: a weak ETag, as the same version may be shown in parts. */
export const writeVersion = (version: number): string => `W/"${version}"`;

/** A manager is kept as the client named it; only an id of ours can be an address. */
const writeManager = (manager: Record<string, unknown>, baseUrl: string) =>
  isId(textOf(manager.value)) ? { ...manager, $ref: `${baseUrl}/Users/${manager.value}` } : manager;

const writeGroupOfUser = ({ id, name }: { id: string; name: string }, baseUrl: string) => ({
  value: id,
  $ref: `${baseUrl}/Groups/${id}`,
  display: name,
  type: 'direct',
});

/** One of a group's members. */
export const writeMember = (id: string, baseUrl: string) => ({
  value: id,
  $ref: `${baseUrl}/Users/${id}`,
  type: 'User',
});

/** Names at one level; null is all that is below. */
type Selection = Map<string, Selection | null>;

/** Which attributes a client wants (RFC 7644 section 3.9): these only, or all without these. */
export interface Projection {
  readonly mode: 'only' | 'without';
  readonly selection: Selection;
}

/** As in a query, with commas, or as in the body of a search. */
type Names = string | readonly string[] | undefined;

/**
 * Reads `attributes` and `excludedAttributes`. Undefined when neither names anything.
 * Names that are not known select nothing.
 *
 * @throws {Problem} `invalidValue`: both are given, and they exclude each other (RFC 7644 section 3.9)
 */
export function readProjection(type: ResourceType, attributes: Names, excluded: Names): Projection | undefined {
  const only = split(attributes);
  const without = split(excluded);
  if (only.length > 0 && without.length > 0)
    throw invalidValue('attributes and excludedAttributes exclude each other. Send one of them.');
  if (only.length > 0) return { mode: 'only', selection: select(type, only) };
  return without.length > 0 ? { mode: 'without', selection: select(type, without) } : undefined;
}

const split = (names: Names): string[] =>
  names === undefined
    ? []
    : [names]
        .flat()
        .flatMap((each) => each.split(','))
        .map((each) => each.trim())
        .filter((each) => each !== '');

function select(type: ResourceType, names: string[]): Selection {
  const selection: Selection = new Map();
  for (const name of names) {
    const path = findAttribute(type, name);
    // RFC 7644 section 3.9: what is always returned can be neither asked for nor left out.
    if (!path || path.attribute.returned === 'always') continue;
    const { schema, attribute, sub, isWhole, isExtension } = path;
    const steps = [
      ...(isExtension ? [schema.id] : []),
      ...(isWhole ? [] : [attribute.name]),
      ...(sub ? [sub.name] : []),
    ];
    add(selection, steps);
  }
  return selection;
}

function add(selection: Selection, [first, ...rest]: string[]): void {
  if (first === undefined || selection.get(first) === null) return;
  if (rest.length === 0) {
    selection.set(first, null);
    return;
  }
  const below: Selection = selection.get(first) ?? new Map();
  selection.set(first, below);
  add(below, rest);
}

/** Tells whether anything of an attribute will be in the reply, so that it has to be read. */
export function isWanted(projection: Projection | undefined, name: 'groups' | 'members'): boolean {
  if (!projection) return true;
  const { mode, selection } = projection;
  return mode === 'only' ? selection.has(name) : selection.get(name) !== null;
}

function project(resource: Record<string, unknown>, projection: Projection): Record<string, unknown> {
  const { schemas, id, ...rest } = resource;
  const left = cut(rest, projection) as Record<string, unknown> | undefined;
  // The URNs are those of what is there.
  const isBare = schemas === enterpriseUserSchemas && left?.[enterprise] === undefined;
  return { schemas: isBare ? userSchemas : schemas, id, ...left };
}

/** What remains of a value: undefined when nothing does. */
function cut(value: unknown, { mode, selection }: Projection): unknown {
  if (Array.isArray(value)) {
    const left = value.flatMap((each) => cut(each, { mode, selection }) ?? []);
    return left.length > 0 ? left : undefined;
  }
  if (!isObject(value)) return value;
  const left = Object.entries(value).flatMap(([name, part]): [string, unknown][] => {
    const below = selection.get(name);
    if (below === undefined || below === null) return (below === null) === (mode === 'only') ? [[name, part]] : [];
    const rest = cut(part, { mode, selection: below });
    return rest === undefined ? [] : [[name, rest]];
  });
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}

/**
 * The e-mail address of a user that counts: the primary one, else that of work, else the first. As the client sent
 * it, so it may be no address; null when there is none.
 */
export function primaryEmail(attributes: Attributes): string | null {
  const emails = valuesOf(attributes, 'emails').filter(({ value }) => textOf(value).trim() !== '');
  const email = emails.find(({ primary }) => primary === true) ?? emails.find(isOfType('work')) ?? emails[0];
  return email ? textOf(email.value) : null;
}

/** What the console shows of a user, in the columns of accounts. */
export interface Mirrors {
  firstName: string;
  lastName: string;
  displayName: string;
  /** E.164. */
  mobilePhone: string | null;
}

/** Empty where the client gave nothing; the name to show is the best there is. */
export function names(userName: string, attributes: Attributes): Mirrors {
  const name = isObject(attributes.name) ? attributes.name : {};
  const firstName = mirror(textOf(name.givenName));
  const lastName = mirror(textOf(name.familyName));
  const [displayName = ''] = [
    textOf(attributes.displayName),
    textOf(name.formatted),
    `${firstName} ${lastName}`,
    userName,
  ].flatMap((text) => mirror(text) || []);
  const mobiles = valuesOf(attributes, 'phoneNumbers').filter(isOfType('mobile'));
  const mobilePhone = mobiles.map(({ value }) => internationalNumber(textOf(value))).find((number) => number !== null);
  return { firstName, lastName, displayName, mobilePhone: mobilePhone ?? null };
}

const valuesOf = (attributes: Attributes, name: string): Record<string, unknown>[] => {
  const values = attributes[name];
  return Array.isArray(values) ? values.filter(isObject) : [];
};

const isOfType = (wanted: string) => (value: Record<string, unknown>) => textOf(value.type).toLowerCase() === wanted;

const mirror = (text: string): string => text.trim().slice(0, longestMirror).toWellFormed().trim();

/** Without what people write between the digits; RFC 3966's `tel:` and the trunk zero in `+44 (0)20` go as well. */
function internationalNumber(text: string): string | null {
  const number = text
    .replace(/^tel:/i, '')
    .replace('(0)', '')
    .replaceAll(/[\s().\-/]/g, '');
  return Phone.safeParse(number).success ? number : null;
}
