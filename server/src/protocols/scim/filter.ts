import { foldCase } from '../../kernel/canonical.ts';
import { type Attribute, type AttributePath, findAttribute, type ResourceType, userType } from './attributes.ts';
import { type ScimType, scimProblem } from './problem.ts';

/**
 * Filters (RFC 7644 section 3.4.2.2) and paths of PATCH (section 3.5.2): read, and decided in memory. What SQL decides,
 * filter-sql.ts, is the same.
 */

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

export interface Comparison {
  readonly kind: 'compare';
  /** Leads to something that is not complex: `emails` alone has become `emails.value`. */
  readonly path: AttributePath;
  readonly operator: Operator;
  /** As written, but for booleans in quotes. Null with `eq` and `ne` only. It goes with the type of the attribute. */
  readonly value: string | number | boolean | null;
}

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  /** `pr`: not unassigned, and not an empty text. */
  | { readonly kind: 'present'; readonly path: AttributePath }
  | Comparison
  /** `emails[...]`: one value is all that. The paths in the filter have a `sub` of this attribute. */
  | { readonly kind: 'some'; readonly path: AttributePath; readonly filter: Filter };

export interface PatchPath extends AttributePath {
  /** Of `emails[...]`: which of the values are meant. */
  readonly filter?: Filter;
}

const mostOctets = 8192;
/** Comparisons, negations and groups. */
const mostParts = 200;
const deepest = 30;

const blanks = /[ \t\r\n]*/y;
const and = /[ \t\r\n]+and[ \t\r\n]+/iy;
const or = /[ \t\r\n]+or[ \t\r\n]+/iy;
const negation = /not[ \t\r\n]*\(/iy;
const opening = /\(/y;
const closing = /\)/y;
const openingBracket = /\[/y;
const closingBracket = /\]/y;
/** An attribute with what may be around its name: a URN with dots in its version before, a sub-attribute after. */
const name = /[\w$.:-]+/y;
const subAttribute = /\.([\w$-]+)/y;
const operator = /[ \t\r\n]+(eq|ne|co|sw|ew|gt|ge|lt|le|pr)(?![\w$.:-])/iy;
const separator = /[ \t\r\n]+/y;
const literal = /(?:true|false|null)(?![\w$.:-])/iy;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w$.:+-])/iy;
/** RFC 8259 section 7. */
const text = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy;

/**
 * Reads a filter. Outside the grammar `emails[type eq "work"].value eq "x"` is understood, as Entra ID sends it.
 *
 * @param besides types whose resources stand in the same list: of an attribute that only they have, this one is taken
 *   to have no value (RFC 7644 section 3.4.2.1)
 * @throws {Problem} `invalidFilter`: it says where and what is wrong. So is a comparison that the type of the
 *   attribute does not have, and anything about a password
 */
export const parseFilter = (type: ResourceType, filter: string, besides: readonly ResourceType[] = []): Filter =>
  new Parser(type, filter, besides).filter();

/**
 * Reads the path of a PATCH operation.
 *
 * @throws {Problem} `invalidPath`: it leads to no attribute
 * @throws {Problem} `invalidFilter`: what stands in its brackets is no filter
 */
export const parsePath = (type: ResourceType, path: string): PatchPath => new Parser(type, path).path();

/** Recursive, and bounded by `deepest`. */
class Parser {
  readonly #type: ResourceType;
  readonly #text: string;
  readonly #besides: readonly ResourceType[];
  #scimType: ScimType = 'invalidFilter';
  #at = 0;
  #parts = 0;
  #depth = 0;

  constructor(type: ResourceType, text: string, besides: readonly ResourceType[] = []) {
    this.#type = type;
    this.#text = text;
    this.#besides = besides;
  }

  filter(): Filter {
    this.#limit();
    this.#take(blanks);
    const filter = this.#disjunction();
    this.#take(blanks);
    this.#end('"and", "or" or the end');
    return filter;
  }

  path(): PatchPath {
    this.#scimType = 'invalidPath';
    this.#limit();
    const path = this.#name();
    if (!this.#take(openingBracket)) {
      this.#end('the end');
      return path;
    }
    if (!path.attribute.multiValued) throw this.#problem(`${path.attribute.name} has one value, so it takes no filter`);
    const filter = this.#some(path);
    const chosen = this.#sub(path) ?? path;
    this.#end('the end');
    return { ...chosen, filter };
  }

  #disjunction(scope?: AttributePath): Filter {
    const operands = [this.#conjunction(scope)];
    while (this.#take(or)) operands.push(this.#conjunction(scope));
    return joined('or', operands);
  }

  #conjunction(scope?: AttributePath): Filter {
    const operands = [this.#part(scope)];
    while (this.#take(and)) operands.push(this.#part(scope));
    return joined('and', operands);
  }

  #part(scope?: AttributePath): Filter {
    if (++this.#parts > mostParts) throw this.#problem(`the filter has more than ${mostParts} parts`);
    if (this.#take(opening)) return this.#nested(closing, ')', scope);
    if (this.#take(negation)) return { kind: 'not', operand: this.#nested(closing, ')', scope) };
    const foreign = scope ? undefined : this.#foreign();
    if (foreign) return foreign;
    const path = this.#name(scope);
    if (!this.#take(openingBracket)) return this.#assertion(path);
    if (scope) throw this.#problem('brackets do not stand inside brackets');
    const filter = this.#some(path);
    const sub = this.#sub(path);
    return { kind: 'some', path, filter: sub ? joined('and', [filter, this.#assertion(sub)]) : filter };
  }

  /** A part about an attribute that only other types have. */
  #foreign(): Filter | undefined {
    const at = this.#at;
    const found = this.#take(name)?.[0];
    this.#at = at;
    if (found === undefined || findAttribute(this.#type, found)) return undefined;
    const owner = this.#besides.find((type) => findAttribute(type, found));
    if (!owner) return undefined;
    const reader = new Parser(owner, this.#text);
    reader.#at = at;
    const part = reader.#part();
    this.#at = reader.#at;
    return part.kind === 'compare' && part.operator === 'ne' ? { kind: 'not', operand: nothing } : nothing;
  }

  /** What stands in brackets after an attribute. */
  #some(path: AttributePath): Filter {
    const { attribute, sub, isWhole } = path;
    if (sub || isWhole || attribute.type !== 'complex')
      throw this.#problem(`brackets stand only after an attribute that has sub-attributes`);
    const outside = this.#scimType;
    this.#scimType = 'invalidFilter';
    const filter = this.#nested(closingBracket, ']', path);
    this.#scimType = outside;
    return filter;
  }

  #nested(end: RegExp, sign: string, scope?: AttributePath): Filter {
    if (++this.#depth > deepest) throw this.#problem(`the filter is nested more than ${deepest} levels deep`);
    this.#take(blanks);
    const inside = this.#disjunction(scope);
    this.#take(blanks);
    if (!this.#take(end)) throw this.#expected(`"and", "or" or ${sign}`);
    this.#depth--;
    return inside;
  }

  /** An attribute, or a sub-attribute of the one in whose brackets this is. */
  #name(scope?: AttributePath): AttributePath {
    const at = this.#at;
    const found = this.#take(name)?.[0];
    if (found === undefined) throw this.#expected('the name of an attribute');
    const path = scope ? subOf(scope, found) : findAttribute(this.#type, found);
    if (!path) throw this.#unknown(found, at, scope);
    return path;
  }

  #sub(scope: AttributePath): AttributePath | undefined {
    const at = this.#at + 1;
    const found = this.#take(subAttribute)?.[1];
    if (found === undefined) return undefined;
    const path = subOf(scope, found);
    if (!path) throw this.#unknown(found, at, scope);
    return path;
  }

  /** An operator, with a value unless it is `pr`. */
  #assertion(path: AttributePath): Filter {
    if ((path.sub ?? path.attribute).returned === 'never')
      throw this.#problem(`${nameOf(path)} is secret: nothing can be found by it`);
    const found = this.#take(operator)?.[1]?.toLowerCase();
    if (found === undefined) throw this.#expected('a blank and one of eq, ne, co, sw, ew, gt, ge, lt, le, pr');
    if (found === 'pr') return { kind: 'present', path };
    if (!this.#take(separator)) throw this.#expected('a blank and a value');
    return this.#comparison(path, found as Operator);
  }

  #comparison(given: AttributePath, operator: Operator): Comparison {
    const path = withDefault(given);
    const { type } = path.sub ?? path.attribute;
    const words = nameOf(path);
    if (type === 'complex') throw this.#problem(`${words} has sub-attributes: name the one to compare`);
    if (!operatorsOf[type].includes(operator)) {
      throw this.#problem(`${words} is ${kinds[type]}: compare it with one of ${operatorsOf[type].join(', ')}`);
    }
    const at = this.#at;
    const value = typed(type, this.#value());
    if (value === undefined) throw this.#problem(`${words} is compared with ${kinds[type]}`, at);
    if (value === null && operator !== 'eq' && operator !== 'ne')
      throw this.#problem('null is compared with eq or ne', at);
    return { kind: 'compare', path, operator, value };
  }

  #value(): Comparison['value'] {
    const at = this.#at;
    const quoted = this.#take(text)?.[0];
    if (quoted !== undefined) {
      const value = JSON.parse(quoted) as string;
      // No value holds these, and PostgreSQL takes neither.
      if (!value.isWellFormed() || value.includes('\0')) throw this.#problem('the text has no characters there', at);
      return value;
    }
    const found = (this.#take(literal) ?? this.#take(number))?.[0];
    const value = found === undefined ? undefined : (JSON.parse(found.toLowerCase()) as number | boolean | null);
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
      throw this.#expected('a text in double quotes as JSON has it, a number, true, false or null', at);
    return value;
  }

  /** What stands here, when it is this; it has been read then. */
  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #limit(): void {
    // The length first: it costs nothing.
    if (this.#text.length > mostOctets || Buffer.byteLength(this.#text) > mostOctets)
      throw this.#problem(`it is longer than ${mostOctets / 1024} KiB`);
  }

  #end(expected: string): void {
    if (this.#at < this.#text.length) throw this.#expected(expected);
  }

  #expected(what: string, at = this.#at) {
    return this.#problem(`expected ${what}`, at);
  }

  #unknown(found: string, at: number, scope?: AttributePath) {
    const shown = found.length > 100 ? `${found.slice(0, 100)}...` : found;
    return this.#problem(`${scope ? nameOf(scope) : this.#type.name} has no attribute ${shown}`, at);
  }

  #problem(what: string, at = this.#at) {
    const subject = this.#scimType === 'invalidPath' ? 'path' : 'filter';
    return scimProblem(400, this.#scimType, `The ${subject} is not valid at character ${at + 1}: ${what}.`);
  }
}

/** No resource has this id. */
const nothing: Filter = {
  kind: 'compare',
  path: findAttribute(userType, 'id') as AttributePath,
  operator: 'eq',
  value: '-',
};

function joined(kind: 'and' | 'or', operands: Filter[]): Filter {
  const [first] = operands;
  return first && operands.length === 1 ? first : { kind, operands };
}

function subOf(path: AttributePath, name: string): AttributePath | undefined {
  const sub = path.attribute.subAttributes?.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return sub && { ...path, sub };
}

/** RFC 7643 section 2.4: what is meant by a value that has sub-attributes is its `value`. */
export const withDefault = (path: AttributePath): AttributePath =>
  path.sub || path.isWhole ? path : (subOf(path, 'value') ?? path);

/** For messages: `emails.type`. */
export const nameOf = ({ attribute, sub }: AttributePath): string =>
  sub ? `${attribute.name}.${sub.name}` : attribute.name;

type SimpleType = Exclude<Attribute['type'], 'complex'>;

const textOperators: Operator[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
const orderOperators: Operator[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const operatorsOf: Record<SimpleType, Operator[]> = {
  string: textOperators,
  reference: textOperators,
  // RFC 7644 table 3: boolean and binary have no order.
  binary: ['eq', 'ne', 'co', 'sw', 'ew'],
  boolean: ['eq', 'ne'],
  dateTime: orderOperators,
  decimal: orderOperators,
  integer: orderOperators,
};

const kinds: Record<SimpleType, string> = {
  string: 'a text, in double quotes',
  reference: 'an address, in double quotes',
  binary: 'a text in base64, in double quotes',
  boolean: 'true or false',
  dateTime: 'a time such as "2026-03-01T09:30:00Z"',
  decimal: 'a number',
  integer: 'a number',
};

/** The value as the type has it; undefined when it is none of that type. */
function typed(type: SimpleType, value: Comparison['value']): Comparison['value'] | undefined {
  if (value === null) return null;
  if (type === 'decimal' || type === 'integer') return typeof value === 'number' ? value : undefined;
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    // Entra ID writes "True" and "False".
    const word = typeof value === 'string' ? value.toLowerCase() : '';
    return word === 'true' ? true : word === 'false' ? false : undefined;
  }
  if (typeof value !== 'string') return undefined;
  return type === 'dateTime' && instantOf(value) === undefined ? undefined : value;
}

const dateTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))?$/i;
const earliestMs = Date.parse('0001-01-01T00:00:00Z');
const latestMs = Date.parse('9999-12-31T23:59:59Z');

/**
 * Milliseconds since 1970, with a fraction when there is one, of an xsd:dateTime (RFC 7643 section 2.3.5) of the years
 * 1 to 9999; without a zone it is in UTC. Undefined when it is none.
 */
export function instantOf(text: string): number | undefined {
  const [, local, fraction = '', sign, hours = '0', minutes = '0'] = dateTime.exec(text) ?? [];
  if (local === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  const seconds = Date.parse(`${local}Z`);
  // The 30th of February would be read as a day in March.
  if (Number.isNaN(seconds) || new Date(seconds).toISOString().slice(0, 19) !== local.toUpperCase()) return undefined;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0')) + Number(`0.${fraction.slice(3)}0`);
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const instant = seconds + (sign === '-' ? offsetMs : -offsetMs) + ms;
  return instant >= earliestMs && instant <= latestMs ? instant : undefined;
}

/** Tells whether a resource, as clients get it, is what the filter asks for. */
export const evaluate = (filter: Filter, resource: object): boolean =>
  decide(filter, (path) => valuesAt(resource, path));

/** Tells whether one of the values of an attribute is what a filter in its brackets asks for. */
export const matches = (filter: Filter, element: unknown): boolean =>
  decide(filter, ({ sub }) => [sub && own(element, sub.name)]);

/**
 * @param read the values of an attribute: of a single one always one, undefined when it is unassigned; of one with
 *   several as many as there are
 */
function decide(filter: Filter, read: (path: AttributePath) => unknown[]): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((each) => decide(each, read));
    case 'or':
      return filter.operands.some((each) => decide(each, read));
    case 'not':
      return !decide(filter.operand, read);
    case 'present':
      return read(filter.path).some(isPresent);
    case 'some':
      return read(filter.path).some((each) => isObject(each) && matches(filter.filter, each));
    case 'compare': {
      const { path, operator, value } = filter;
      const values = read(path);
      // RFC 7643 section 2.5: null is the same as unassigned.
      if (value === null) return values.some(isPresent) === (operator === 'ne');
      return values.some((each) => holds(path, operator, each, value));
    }
  }
}

function valuesAt(resource: object, { schema, attribute, sub, isWhole, isExtension }: AttributePath): unknown[] {
  const container = isExtension ? own(resource, schema.id) : resource;
  const value = isWhole ? container : own(container, attribute.name);
  const values = attribute.multiValued ? (Array.isArray(value) ? value : []) : [value];
  return sub ? values.map((each) => own(each, sub.name)) : values;
}

/** What is unassigned differs from every value, so that only `ne` holds; but for a boolean, which then is false. */
function holds(path: AttributePath, operator: Operator, stored: unknown, value: string | number | boolean): boolean {
  if (operator === 'ne') return !holds(path, 'eq', stored, value);
  const attribute = path.sub ?? path.attribute;
  // RFC 7643 section 2.4.
  if (attribute.type === 'boolean') return (stored === true) === value;
  if (typeof stored !== typeof value) return false;
  if (typeof stored !== 'string' || typeof value !== 'string') {
    return typeof stored === 'number' && typeof value === 'number'
      ? isInOrder(operator, stored - value)
      : stored === value;
  }
  if (attribute.type === 'dateTime') {
    return isInOrder(operator, (instantOf(stored) ?? Number.NaN) - (instantOf(value) ?? Number.NaN));
  }
  const fold = attribute.caseExact ? (text: string) => text : foldCase;
  const [own, other] = [fold(stored), fold(value)];
  if (operator === 'eq') return own === other;
  if (operator === 'co') return own.includes(other);
  if (operator === 'sw') return own.startsWith(other);
  if (operator === 'ew') return own.endsWith(other);
  return isInOrder(operator, compareTexts(own, other));
}

function isInOrder(operator: Operator, difference: number): boolean {
  if (operator === 'eq') return difference === 0;
  if (operator === 'gt') return difference > 0;
  if (operator === 'ge') return difference >= 0;
  return operator === 'lt' ? difference < 0 : difference <= 0;
}

/** By code point, as PostgreSQL's "C" does; JavaScript's own order is by UTF-16 unit. */
const compareTexts = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** RFC 7644 table 3, `pr`: a value that is not empty, or one below that is not. */
const isPresent = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : isObject(value) ? Object.values(value).some(isPresent) : value != null;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const own = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
