import { isDeepStrictEqual } from 'node:util';
import { foldCase } from '../../kernel/canonical.ts';
import { Problem } from '../../kernel/problem.ts';
import { type Attribute, findAttribute, type ResourceType, type ResourceTypeName, userType } from './attributes.ts';
import { isBuiltIn, refuseBuiltIns } from './built-ins.ts';
import { type Filter, matches, nameOf, type PatchPath, parsePath } from './filter.ts';
import { GatheredMembers } from './members.ts';
import { scimProblem } from './problem.ts';
import { type Attributes, readResource, readValue } from './resource.ts';

/** PATCH (RFC 7644 section 3.5.2): what a client sends, and what it makes of a user. Of groups: patch-group.ts. */

export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  /** Leads to something that may be written. */
  readonly path: PatchPath;
  /** As sent; undefined with `remove` when there was none. */
  readonly value: unknown;
  /** It was a key of a value without a path. */
  readonly isKey: boolean;
}

const operators = ['add', 'replace', 'remove'] as const;

/** Operations in one request. */
const mostOperations: Record<ResourceTypeName, number> = { User: 1000, Group: 10_000 };

/** Values of one attribute, as for a whole resource; between operations as well, for the time they take. */
const mostValues = 200;
/** How often the operations on a user may look at a value of a list, together: some hundredths of a second. */
const mostLooks = 100_000;
/** Of a path, and of the paths of the operations on a user together, in characters. */
const longestPath = 8192;
const longestPaths = 128 * 1024;

/**
 * Reads the body of a PATCH. An operation without a path becomes one for each attribute that its value names.
 *
 * Names count in any case. What other people's schemas name is ignored, as are read-only and unknown attributes in the
 * value of an operation without a path, so that the list may be empty: then there is nothing to change.
 *
 * @throws {Problem} 413: too many operations
 * @throws {Problem} `invalidSyntax`: no PATCH
 * @throws {Problem} `invalidPath`, `invalidFilter`: the path leads nowhere
 * @throws {Problem} `mutability`: the path leads to what is read-only
 * @throws {Problem} `noTarget`: a removal without a path
 * @throws {Problem} `invalidValue`: no value, or none with attributes where there is no path
 */
export function readPatch(type: ResourceType, body: unknown): PatchOperation[] {
  const operations = member(body, 'operations');
  if (!Array.isArray(operations) || operations.length === 0)
    throw invalidSyntax('A PATCH is an object with Operations: an array of at least one operation.');
  const most = mostOperations[type.name];
  if (operations.length > most)
    throw new Problem(413, 'too-large', `A PATCH of a ${type.name} has at most ${most} operations. Send several.`);
  if (type === userType) requireShortPaths(operations);
  return operations.flatMap((operation) => readOperation(type, operation));
}

function requireShortPaths(operations: readonly unknown[]) {
  let length = 0;
  for (const operation of operations) {
    const path = textOf(member(operation, 'path'));
    if (path.length <= longestPath) length += path.length; // a longer one is not read
  }
  if (length > longestPaths)
    throw new Problem(413, 'too-large', `The paths of a PATCH have at most ${longestPaths} characters. Send several.`);
}

/** The last password in the body of a PATCH or PUT of a user, before anything of it is read. */
export function passwordIn(body: unknown): string | undefined {
  const operations = member(body, 'operations');
  if (!Array.isArray(operations)) return secretIn(body);
  const secrets = operations.map((operation) => {
    const path = textOf(member(operation, 'path'));
    const value = member(operation, 'value');
    return path.trim() === '' ? secretIn(value) : /password\s*$/i.test(path) ? textOf(value) : undefined;
  });
  return secrets.findLast((secret) => secret);
}

/** Whether a PATCH names `active` and nothing else: what identity providers send most. */
export function isOfStateOnly(body: unknown): boolean {
  const operations = member(body, 'operations');
  if (!Array.isArray(operations)) return false;
  return operations.every((operation) => {
    const path = textOf(member(operation, 'path'));
    const value = member(operation, 'value');
    const names = path !== '' ? [path] : isObject(value) ? Object.keys(value) : [];
    return names.every((name) => name.toLowerCase() === 'active');
  });
}

const secretIn = (value: unknown): string | undefined =>
  isObject(value)
    ? textOf(Object.entries(value).findLast(([key]) => /password$/i.test(key))?.[1]) ||
      secretIn(Object.entries(value).find(([key]) => isCore(userType, key))?.[1])
    : undefined;

/** The URN of the core schema, below which a client may put what it means of the resource itself. */
const isCore = (type: ResourceType, text: string): boolean => text.toLowerCase() === type.schema.id.toLowerCase();

function readOperation(type: ResourceType, operation: unknown): PatchOperation[] {
  const verb = textOf(member(operation, 'op')).toLowerCase();
  const op = operators.find((each) => each === verb);
  if (!op) throw invalidSyntax('Each operation is an object whose op is add, replace or remove.');
  const given = member(operation, 'path') ?? '';
  if (typeof given !== 'string') throw scimProblem(400, 'invalidPath', 'path must be a text, such as name.givenName.');
  const text = given.trim();
  const value = member(operation, 'value');
  if (value instanceof GatheredMembers) value.refuseBuiltIns();
  else refuseBuiltIns(value);
  if (value === undefined && op !== 'remove')
    throw invalidValue(`The operation ${op} needs a value. Send remove to take a value away.`);

  if (text === '' || isCore(type, text)) {
    // RFC 7644 section 3.5.2.2: "If 'path' is unspecified, the operation fails with [...] 'noTarget'."
    if (op === 'remove') throw scimProblem(400, 'noTarget', 'The operation remove needs a path: name what to remove.');
    return readKeys(type, op, value, '');
  }
  if (isForeign(type, text)) return [];
  const path = parsePath(type, qualified(type, text));
  const { name } = path.attribute;
  if (isReadOnly(path) || (name === 'schemas' && op === 'remove'))
    throw scimProblem(400, 'mutability', `${nameOf(path)} is the server's to set. Leave it out.`);
  return readOne(type, { op, path, value, isKey: false });
}

/** The attributes that an object names, each as an operation of its own. */
function readKeys(type: ResourceType, op: 'add' | 'replace', value: unknown, prefix: string): PatchOperation[] {
  if (!isObject(value))
    throw invalidValue(`${prefix ? 'The extension' : 'A value without a path'} must be an object with attributes.`);
  return Object.entries(value).flatMap(([key, part]) => {
    if (prefix === '' && isCore(type, key)) return readKeys(type, op, part, '');
    const name = `${prefix}${key}`;
    if (!findAttribute(type, nameIn(name))) return [];
    const path = parsePath(type, name);
    // Okta sends the id. In a body, what is read-only is ignored (RFC 7644 section 3.5.1).
    return isReadOnly(path) ? [] : readOne(type, { op, path, value: part, isKey: true });
  });
}

function readOne(type: ResourceType, operation: PatchOperation): PatchOperation[] {
  const { op, path, value } = operation;
  // RFC 7644 section 3.5.2: clients modify it implicitly, by what they add under a URN.
  if (path.attribute.name === 'schemas') return [];
  if (!path.isWhole || op === 'remove' || isNone(value)) return [operation];
  return readKeys(type, op, value, `${path.schema.id}:`);
}

/** Entra ID's documentation has `manager` without its URN. */
function qualified(type: ResourceType, path: string): string {
  const name = nameIn(path);
  if (findAttribute(type, name)) return path;
  const extension = type.extensions.find(({ id }) => findAttribute(type, `${id}:${name}`));
  return extension ? `${extension.id}:${path}` : path;
}

/** What stands before brackets. */
const nameIn = (text: string): string => text.slice(0, text.includes('[') ? text.indexOf('[') : undefined);

/** Of an extension that is not ours: what cannot be kept is ignored, as it is when a resource is created. */
function isForeign(type: ResourceType, text: string): boolean {
  const path = text.toLowerCase();
  const isOurs = [type.schema, ...type.extensions].some(
    ({ id }) => path.startsWith(id.toLowerCase()) && !/\w/.test(path.charAt(id.length)),
  );
  return /^(?:urn:|https?:)/.test(path) && !isOurs && !isBuiltIn(text);
}

const isReadOnly = ({ attribute, sub }: PatchPath) => (sub ?? attribute).mutability === 'readOnly';

/** What PATCH may change of a user; as `readResource` reads it. */
export interface PatchableUser {
  readonly userName: string;
  readonly externalId: string | null;
  readonly active: boolean;
  readonly attributes: Attributes;
}

export interface PatchedUser extends PatchableUser {
  /** A new one; null when it is taken away, undefined when there was no word of it. */
  readonly password: string | null | undefined;
  /** Whether something differs, a password aside. RFC 7644 section 3.5.2.1: if not, neither does `lastModified`. */
  readonly isChanged: boolean;
}

/**
 * What a user is after the operations of `readPatch`, one after the other; or a problem, and then nothing has happened
 * (RFC 7644 section 3.5.2: "SHALL be treated as atomic").
 *
 * An account is always active or not: to unassign `active` leaves it as it is. Removing what is not there is no error.
 *
 * @throws {Problem} 413: the operations look at too many values
 * @throws {Problem} `noTarget`: a filter of `replace` that finds nothing, or of `add` that does not say what to make
 * @throws {Problem} `mutability`: what is required would be unassigned
 * @throws {Problem} `invalidValue`: a value is of the wrong kind or too large, or there are too many
 */
export function patchUser(user: PatchableUser, operations: readonly PatchOperation[]): PatchedUser {
  const { userName, externalId, active, attributes } = user;
  const named = externalId === null ? { userName, active } : { userName, active, externalId };
  const stood: Parts = Object.assign({}, attributes, named);
  let looks = 0;
  const { password: secret, ...resource } = operations.reduce((before, operation) => {
    looks += looksOf(operation, before);
    if (looks > mostLooks)
      throw new Problem(413, 'too-large', 'The operations of this PATCH look at too many values. Send several.');
    return apply(before, operation);
  }, stood);
  const isNamed = operations.some(({ path }) => path.attribute.name === 'password');
  // An identity provider turns people on and off more often than all else.
  if (operations.every(({ path }) => path.attribute.name === 'active')) {
    const isActive = resource.active === true;
    return { userName, externalId, attributes, active: isActive, password: undefined, isChanged: isActive !== active };
  }
  // An empty one is none, as on creation.
  const password = !isNamed || secret === '' ? undefined : textOf(secret) || null;

  const before = { userName, externalId, active, attributes };
  if (isDeepStrictEqual(resource, stood)) return Object.assign(before, { password, isChanged: false });
  // What came of it has to be what could have been sent as a whole: it is read in the same way.
  const read = readResource(userType, resource);
  const after = {
    userName: read.userName,
    externalId: read.externalId,
    active: read.active ?? active,
    attributes: read.attributes,
  };
  return Object.assign(after, { password, isChanged: !isDeepStrictEqual(after, before) });
}

type Parts = Readonly<Record<string, unknown>>;

/** How often an operation looks at values of a list, about. */
function looksOf({ op, path, value }: PatchOperation, resource: Parts): number {
  const { schema, attribute, isExtension, filter } = path;
  if (!attribute.multiValued) return 1;
  const before = countIn(own(isExtension ? partsOf(own(resource, schema.id)) : resource, attribute.name));
  if (filter) return before * (1 + partsIn(filter));
  // What is given is read, too.
  return op === 'remove' ? before * (1 + countIn(value)) : before + 4 * countIn(value);
}

const countIn = (value: unknown): number => (Array.isArray(value) ? value.length : 1);

const partsIn = (filter: Filter): number => {
  if (filter.kind === 'and' || filter.kind === 'or')
    return filter.operands.reduce((sum, operand) => sum + partsIn(operand), 0);
  return filter.kind === 'not' ? partsIn(filter.operand) : 1;
};

function apply(resource: Parts, operation: PatchOperation): Parts {
  const { schema, attribute, isWhole, isExtension } = operation.path;
  if (isWhole) return withPart(resource, schema.id, undefined);
  const container = isExtension ? partsOf(own(resource, schema.id)) : resource;
  const after = valueAfter(operation, own(container, attribute.name));
  if (after === undefined && attribute.name === 'active') return resource;
  // RFC 7644 section 3.5.2.2: when what is required "is removed or becomes unassigned": `mutability`.
  if (after === undefined && attribute.required)
    throw scimProblem(400, 'mutability', `${attribute.name} is required. Send another value for it.`);
  const changed = withPart(container, attribute.name, after);
  return isExtension ? withPart(resource, schema.id, orNone(changed)) : changed;
}

function valueAfter(operation: PatchOperation, before: unknown): unknown {
  const { op, path, value } = operation;
  const { attribute, sub } = path;
  if (attribute.multiValued) {
    const values = Array.isArray(before) ? before.filter(isObject) : [];
    const after = path.filter || sub ? chosenAfter(operation, values) : valuesAfter(operation, values);
    if (after.length > mostValues)
      throw invalidValue(`${attribute.name} has more than ${mostValues} values. Remove some.`);
    return after.length > 0 ? after : undefined;
  }
  if (sub) {
    const part = op === 'remove' ? undefined : readValue(sub, value, nameOf(path));
    return orNone(withPart(partsOf(before), sub.name, part));
  }
  if (op === 'remove') return undefined;
  return attribute.type === 'complex'
    ? merged(attribute, partsOf(before), value)
    : readValue(attribute, value, attribute.name);
}

/** All values of an attribute that has several. */
function valuesAfter({ op, path: { attribute }, value }: PatchOperation, before: readonly Parts[]): readonly Parts[] {
  // RFC 7644 section 3.5.2.2 has no value with `remove`; Entra ID names in it what is to go, and means no more than that.
  if (op === 'remove' && !Array.isArray(value) && isNone(value)) return [];
  const given = (readValue(attribute, value, attribute.name) ?? []) as Parts[];
  if (op === 'replace') return given;
  return op === 'add' ? withAdded(attribute, before, given) : without(attribute, before, given);
}

/** RFC 7644 section 3.5.2.1: what is there already is not added again, but takes on what is new about it. */
function withAdded(attribute: Attribute, before: readonly Parts[], given: readonly Parts[]): readonly Parts[] {
  const after = [...before];
  const places = new Map<string, number>();
  const place = ({ keys }: Compared, at: number) => {
    for (const key of keys) if (!places.has(key)) places.set(key, at);
  };
  for (const [at, each] of before.entries()) place(comparedOf(attribute, each), at);

  const touched = new Set<Parts>();
  for (const each of given) {
    const compared = comparedOf(attribute, each);
    const { parts, keys } = compared;
    const isOfAnyType = parts.value !== undefined && parts.type === undefined;
    const at = places.get(isOfAnyType ? keys[1] : keys[0]) ?? after.length;
    if (at === after.length) place(compared, at);
    const there = after[at] ?? {};
    const { parts: partsThere } = comparedOf(attribute, there);
    const news = Object.entries(each).filter(([name]) => own(parts, name) !== own(partsThere, name));
    after[at] = { ...there, ...Object.fromEntries(news) };
    touched.add(after[at]);
  }
  return withOnePrimary(attribute, after, touched);
}

interface Compared {
  parts: Parts;
  /** By all that makes it another, and by its value alone. */
  keys: [string, string];
}

/** A value is compared by each operation on its list, and never changes itself. */
const known = new WeakMap<Parts, Compared>();

function comparedOf(attribute: Attribute, value: Parts): Compared {
  const found = known.get(value);
  if (found) return found;
  const parts = folded(attribute, value);
  const made: Compared = { parts, keys: [likeness(parts), keyOf(parts.value)] };
  known.set(value, made);
  return made;
}

/** Alike are those with the same value and type; where there is no value, those with the same parts. */
const likeness = ({ value, type, primary: _, ...rest }: Parts): string =>
  value === undefined ? keyOf(type, Object.entries(rest).sort()) : keyOf(value, type);

const keyOf = (...parts: unknown[]): string => JSON.stringify(parts);

/** Without those that are named: by value, and type when it is said; where there is no value, by all that is said. */
function without(attribute: Attribute, before: readonly Parts[], given: readonly Parts[]): readonly Parts[] {
  const named = given.map((each) => {
    const { value, type, ...rest } = folded(attribute, each);
    const parts = { ...(value === undefined ? rest : { value }), ...(type === undefined ? {} : { type }) };
    return Object.entries(parts);
  });
  return before.filter((each) => {
    const { parts: element } = comparedOf(attribute, each);
    return !named.some((parts) => parts.every(([name, part]) => own(element, name) === part));
  });
}

/** Those values of an attribute that a filter chooses; all when there is none, as in `emails.type`. */
function chosenAfter(operation: PatchOperation, before: readonly Parts[]): readonly Parts[] {
  const { op, path, value } = operation;
  const { attribute, filter } = path;
  let values = before;
  let chosen = values.filter((each) => !filter || matches(filter, each));
  if (chosen.length === 0) {
    // RFC 7644 section 3.5.2.2: "the values matched by the filter are removed", be it none, so that a removal may be
    // repeated. Where no match has to fail, with `replace`, section 3.5.2.3 says so.
    if (op === 'remove') return before;
    const isRefused = op === 'replace' && filter && !operation.isKey;
    const made = isRefused ? undefined : statedBy(filter);
    if (!made)
      throw scimProblem(400, 'noTarget', `None of the ${attribute.name} is what the path asks for. Add it instead.`);
    if (isNone(value)) return before;
    chosen = [made];
    values = [...before, made];
  }
  const after = new Map(chosen.map((each) => [each, elementAfter(operation, each)]));
  const touched = new Set([...after.values()].filter((each) => each !== undefined));
  const left = values.flatMap((each): readonly Parts[] => {
    const changed = after.has(each) ? after.get(each) : each;
    return changed ? [changed] : [];
  });
  return withOnePrimary(attribute, left, touched);
}

function elementAfter({ op, path, value }: PatchOperation, before: Parts): Parts | undefined {
  const { attribute, sub } = path;
  if (sub) return orNone(withPart(before, sub.name, op === 'remove' ? undefined : readValue(sub, value, nameOf(path))));
  return op === 'remove' ? undefined : merged(attribute, before, value);
}

/**
 * RFC 7644 section 3.5.2.3: "Sub-attributes that are not specified in the 'value' parameter are left unchanged." It is
 * so for each of several values as well: RFC 7643 section 1.2 calls them complex attributes alike.
 */
function merged(attribute: Attribute, before: Parts, given: unknown): Parts | undefined {
  // Entra ID's documentation has a single manager in an array.
  const value = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (Array.isArray(value) && value.length > 1)
    throw invalidValue(`${attribute.name} takes one value at this path, not a list.`);
  if (!isObject(value)) {
    const read = [readValue(attribute, value, attribute.name)].flat()[0];
    return isObject(read) ? { ...before, ...read } : undefined;
  }
  let after = before;
  for (const [key, part] of Object.entries(value)) {
    const sub = attribute.subAttributes?.find(({ name }) => name.toLowerCase() === key.toLowerCase());
    if (sub) after = withPart(after, sub.name, readValue(sub, part, `${attribute.name}.${sub.name}`));
  }
  return orNone(after);
}

/** The value that a filter describes when all it has is `eq`, joined by `and`; undefined when it is another one. */
function statedBy(filter: Filter | undefined): Parts | undefined {
  if (!filter) return {};
  const parts: Record<string, unknown> = {};
  const isStated = (part: Filter): boolean => {
    if (part.kind === 'and') return part.operands.every(isStated);
    if (part.kind !== 'compare' || part.operator !== 'eq' || !part.path.sub || part.value === null) return false;
    parts[part.path.sub.name] = readValue(part.path.sub, part.value, nameOf(part.path));
    return true;
  };
  // It may say two things of one sub-attribute.
  return isStated(filter) && matches(filter, parts) ? parts : undefined;
}

/**
 * RFC 7644 section 3.5.2: to set `primary` to true sets it to false for the other values.
 *
 * @param touched those of the values that the operation set
 */
function withOnePrimary(attribute: Attribute, values: readonly Parts[], touched: ReadonlySet<Parts>) {
  const [primary, another] = values.filter((each) => each.primary === true && touched.has(each));
  if (another)
    throw invalidValue(`${attribute.name} can have one value that is primary, and the path chooses several.`);
  if (!primary) return values;
  return values.map((each) => (each === primary || each.primary !== true ? each : { ...each, primary: false }));
}

/** As values are compared. */
function folded({ subAttributes = [] }: Attribute, element: Parts): Parts {
  const exact = subAttributes.filter(({ caseExact }) => caseExact).map(({ name }) => name);
  const parts = Object.entries(element).map(([name, part]) => [
    name,
    typeof part === 'string' && !exact.includes(name) ? foldCase(part) : part,
  ]);
  return Object.fromEntries(parts);
}

const orNone = (parts: Parts): Parts | undefined => (Object.keys(parts).length === 0 ? undefined : parts);

function withPart(parts: Parts, name: string, part: unknown): Parts {
  if (part !== undefined) return { ...parts, [name]: part };
  const { [name]: _, ...rest } = parts;
  return rest;
}

/** RFC 7643 section 2.5, and Entra ID's empty text for no manager. */
const isNone = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (parts: Parts, name: string): unknown => (Object.hasOwn(parts, name) ? parts[name] : undefined);

const partsOf = (value: unknown): Parts => (isObject(value) ? value : {});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A member of a PATCH by its name in lower case, however it is written. */
const member = (body: unknown, name: string): unknown =>
  isObject(body) ? Object.entries(body).find(([key]) => key.toLowerCase() === name)?.[1] : undefined;

const invalidSyntax = (detail: string) => scimProblem(400, 'invalidSyntax', detail);
const invalidValue = (detail: string) => scimProblem(400, 'invalidValue', detail);
