import { type Command, commonFlags, type Field, type Kind } from './contract.ts';
import { nearest, Usage } from './usage.ts';

/** What was typed, before a command gives it a meaning. */
export interface Typed {
  positionals: string[];
  /** In the order typed; true for a flag without a value. */
  flags: { name: string; value: string | true }[];
}

/** Flags of every command that stand alone: what follows them is not theirs. */
const alone = ['all', 'help', 'verbose'];

/**
 * Takes the command line apart. `--` ends the flags.
 *
 * @param isAlone whether a flag needs no value: what follows it is its own only when it is `true` or `false`
 */
export function typedOf(argv: string[], isAlone: (flag: string) => boolean = () => false): Typed {
  const typed: Typed = { positionals: [], flags: [] };
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === '--') {
      typed.positionals.push(...argv.slice(at + 1));
      break;
    }
    if (word === '-h') typed.flags.push({ name: 'help', value: true });
    else if (word === '-v') typed.flags.push({ name: 'verbose', value: true });
    else if (!word.startsWith('--')) typed.positionals.push(word);
    else {
      const equals = word.indexOf('=');
      const name = word.slice(2, equals < 0 ? undefined : equals);
      const next = argv[at + 1];
      if (equals >= 0) typed.flags.push({ name, value: word.slice(equals + 1) });
      else if (isAlone(name) && (next === 'true' || next === 'false'))
        typed.flags.push({ name, value: argv[++at] as string });
      else if (alone.includes(name) || isAlone(name) || next === undefined || isFlag(next))
        typed.flags.push({ name, value: true });
      else typed.flags.push({ name, value: argv[++at] as string });
    }
  }
  return typed;
}

/** A negative number is a value, and so is what a PEM file begins with. */
const isFlag = (word: string) => /^--[a-z]/i.test(word);

/** The value of a flag that is said once. @throws {Usage} twice, or without its value */
export function once({ flags }: Typed, name: string): string | undefined {
  const said = flags.filter((flag) => flag.name === name);
  if (said.length > 1) throw new Usage(`--${name} is said ${said.length} times; say it once.`);
  const [flag] = said;
  if (flag?.value === true) throw new Usage(`--${name} needs a value: --${name} <value>`);
  return flag?.value;
}

export const has = ({ flags }: Typed, name: string) => flags.some((flag) => flag.name === name);

export interface Parts {
  path: Record<string, string>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
}

/**
 * Gives what was typed its meaning for a command.
 *
 * @param tenant the tenant when the command line does not name it as the first of the ids
 * @throws {Usage} what is missing, too much, unknown or of the wrong form
 */
export function partsOf(command: Command, typed: Typed, tenant: () => string): Parts {
  const parts: Parts = { path: pathOf(command, typed.positionals, tenant), query: {}, body: {} };
  for (const { name, value } of typed.flags) {
    if (commonFlags.includes(name)) continue;
    const { field, key, isNegated } = fieldOf(command, name);
    if (field.isSecret) throw spoken(`--${name}`, field);
    if (isNegated && value !== true) throw new Usage(`--${name} takes no value.`);
    const meant = isNegated ? false : fieldValue(name, value, field);
    put(parts[field.place], key ? [...field.path, key] : field.path, meant, field.kind.kind === 'list', name);
  }
  return parts;
}

/** @throws {Usage} a body that was typed as an argument holds a secret */
export function refuseSecrets({ fields }: Command, typed: unknown): void {
  const held = fields.find(
    ({ isSecret, path }) =>
      isSecret &&
      path.reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], typed) !== undefined,
  );
  if (held) throw spoken('--json', held);
}

const spoken = (flag: string, { path }: Field) =>
  new Usage(
    `${flag} on the command line can be read by other people of this machine. Say --file - and type ${exampleOf(path)}`,
  );

/** The body that a secret is typed in. */
export const exampleOf = (path: string[]): string => path.reduceRight((inner, name) => `{"${name}":${inner}}`, '"..."');

function pathOf({ noun, verb, positionals }: Command, given: string[], tenant: () => string) {
  const others = positionals.filter((name) => name !== 'tenantId');
  const names = given.length === positionals.length ? positionals : others;
  if (given.length !== names.length) {
    const wanted = positionals.map((name) => (name === 'tenantId' ? '[tenant-id]' : placeholder(name))).join(' ');
    throw new Usage(`bailiwick ${noun} ${verb} takes ${wanted || 'no ids'}; ${given.length} given.`);
  }
  const path = Object.fromEntries(names.map((name, at) => [name, given[at] as string]));
  const empty = names.find((name) => path[name] === '');
  if (empty) throw new Usage(`${placeholder(empty)} is empty.`);
  if (positionals.includes('tenantId') && path.tenantId === undefined) path.tenantId = tenant();
  return path;
}

export const placeholder = (name: string) => `<${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}>`;

function fieldOf({ noun, verb, fields }: Command, name: string): { field: Field; key?: string; isNegated?: boolean } {
  const field =
    fields.find(({ flag }) => flag === name) ?? fields.find(({ place, flag }) => `${place}.${flag}` === name);
  if (field) return { field };
  const record = fields.find(({ flag, kind }) => kind.kind === 'record' && name.startsWith(`${flag}.`));
  if (record) return { field: record, key: name.slice(record.flag.length + 1) };
  const negated = name.startsWith('no-') ? fields.find(({ flag }) => flag === name.slice(3)) : undefined;
  if (negated?.kind.kind === 'boolean') return { field: negated, isNegated: true };
  const meant = nearest(name, fields.map(({ flag }) => flag).concat(commonFlags));
  throw new Usage(
    `--${name} is not a field of ${noun} ${verb}.${meant ? ` Did you mean --${meant}?` : ''} See bailiwick ${noun} ${verb} --help`,
  );
}

function fieldValue(flag: string, value: string | true, { kind, isNullable }: Field): unknown {
  if (value === 'null' && isNullable) return null;
  return meaningOf(flag, value, kind);
}

function meaningOf(flag: string, value: string | true, kind: Kind): unknown {
  if (kind.kind === 'boolean') {
    if (value === true || value === 'true') return true;
    if (value === 'false') return false;
    throw new Usage(`--${flag} is true or false, not ${JSON.stringify(value)}.`);
  }
  if (value === true) throw new Usage(`--${flag} needs a value: --${flag} <value>`);
  switch (kind.kind) {
    case 'integer':
    case 'number': {
      const number = Number(value);
      if (value.trim() === '' || !Number.isFinite(number) || (kind.kind === 'integer' && !Number.isInteger(number)))
        throw new Usage(
          `--${flag} is ${kind.kind === 'integer' ? 'a whole' : 'a'} number, not ${JSON.stringify(value)}.`,
        );
      return number;
    }
    case 'choice':
      if (!kind.choices.includes(value))
        throw new Usage(`--${flag} is one of ${kind.choices.join(', ')}, not ${JSON.stringify(value)}.`);
      return value;
    case 'list':
      if (kind.of.kind !== 'json') return meaningOf(flag, value, kind.of);
      return kind.field && !/^\s*[[{]/.test(value) ? { [kind.field]: value } : json(value, `--${flag}`);
    case 'record':
      return meaningOf(flag, value, kind.of);
    case 'json':
      return json(value, `--${flag}`);
    default:
      return value;
  }
}

/** @throws {Usage} not JSON */
export function json(text: string, source: string, hint?: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Usage([`${source} is not JSON: ${(error as Error).message}`, hint].filter(Boolean).join('\n'));
  }
}

/** Sets a value at its place, making the objects above it. */
function put(target: Record<string, unknown>, path: string[], value: unknown, isList: boolean, flag: string) {
  const [name, ...below] = path as [string, ...string[]];
  const present = Object.hasOwn(target, name) ? target[name] : undefined;
  if (below.length > 0) {
    const inner = typeof present === 'object' && present !== null ? (present as Record<string, unknown>) : {};
    define(target, name, inner);
    return put(inner, below, value, isList, flag);
  }
  if (isList) return define(target, name, value === null ? null : [...(Array.isArray(present) ? present : []), value]);
  if (present !== undefined) throw new Usage(`--${flag} is said twice; say it once.`);
  define(target, name, value);
}

/** A key that somebody typed, also `__proto__`, is a key and nothing else. */
function define(target: Record<string, unknown>, name: string, value: unknown) {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

/** The typed fields over the body that `--json` or `--file` gave, objects into objects. */
export function merged(under: unknown, over: Record<string, unknown>): unknown {
  if (Object.keys(over).length === 0) return under;
  if (typeof under !== 'object' || under === null || Array.isArray(under)) return over;
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(under)) define(out, name, value);
  for (const [name, value] of Object.entries(over)) {
    const isInner = typeof value === 'object' && value !== null && !Array.isArray(value);
    define(
      out,
      name,
      isInner ? merged(Object.hasOwn(out, name) ? out[name] : {}, value as Record<string, unknown>) : value,
    );
  }
  return out;
}
