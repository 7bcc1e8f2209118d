import { type FieldError, invalid } from './problem.ts';

const MAX_DEPTH = 32;
const MAX_ERRORS = 50;
/** Of one object. Each is looked for among those before it. */
export const MAX_FIELDS = 10_000;
export const tooWide = `has an object of more than ${MAX_FIELDS} fields`;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads a JSON body: UTF-8, at most 32 levels deep and 10,000 fields wide, no doubled keys, no NUL, no lone surrogates.
 *
 * @throws {Problem} `invalid-request` that says which of these it is, and names the fields whose text is none
 */
export function readJson(bytes: Buffer): unknown {
  const fail = (message: string) => invalid({ path: 'body', message });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw fail('is not UTF-8');
  }
  const fault = scan(text);
  if (fault) throw fail(fault);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fail('is not JSON');
  }
  if (text.includes('\\') && /\\u(0000|[dD][89a-fA-F])/.test(text)) {
    const errors: FieldError[] = [];
    noteNoText(value, [], errors);
    if (errors.length) throw invalid(...errors);
  }
  return value;
}

/** Depth and doubled keys, in one pass; whatever else is wrong JSON.parse finds. */
function scan(text: string): string | undefined {
  const levels: (Fields | null)[] = [];
  const hasEscapes = text.includes('\\');
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      const end = hasEscapes ? endOf(text, at) : text.indexOf('"', at + 1);
      if (end < 0) return undefined;
      const keys = levels.at(-1);
      if (keys) {
        let next = end + 1;
        while (next < text.length && text.charCodeAt(next) <= 0x20) next++;
        if (text.charCodeAt(next) === 0x3a) {
          const key = meant(text.slice(at, end + 1));
          if (!keys.add(key)) return 'names a field twice';
          if (keys.count > MAX_FIELDS) return tooWide;
        }
      }
      at = end;
    } else if (char === 0x7b || char === 0x5b) {
      if (levels.length >= MAX_DEPTH) return `is more than ${MAX_DEPTH} levels deep`;
      levels.push(char === 0x7b ? new Fields() : null);
    } else if (char === 0x7d || char === 0x5d) levels.pop();
  }
  return undefined;
}

const FEW = 8;

/** The keys of an object. Most have few, which a list finds sooner than a set is made. */
class Fields {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;
  count = 0;

  /** @returns whether it was not there yet */
  add(key: string): boolean {
    if (this.#many ? this.#many.has(key) : this.#few.includes(key)) return false;
    this.count++;
    if (this.#many) this.#many.add(key);
    else if (this.#few.push(key) === FEW) this.#many = new Set(this.#few);
    return true;
  }
}

/** Where a text with escapes in it ends; less than 0 when it does not. */
function endOf(text: string, begin: number): number {
  let at = begin + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at < text.length ? at : -1;
}

/** A key with its escapes undone: the same key may be written in two ways. A broken one stays; JSON.parse refuses it. */
function meant(quoted: string): string {
  if (!quoted.includes('\\')) return quoted;
  try {
    return JSON.stringify(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/**
 * Where a text or a key is none that can be kept, up to so many errors. A key that is none is told of at the object that
 * has it.
 */
function noteNoText(value: unknown, at: string[], errors: FieldError[]): void {
  if (errors.length >= MAX_ERRORS) return;
  if (typeof value === 'string') {
    if (!isText(value)) errors.push({ path: at.join('.') || 'body', message: 'contains NUL or half a character' });
  } else if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place++)
      if (typeof value[place] !== 'string' || !isText(value[place]))
        noteNoText(value[place], [...at, String(place)], errors);
  } else if (value && typeof value === 'object')
    for (const [key, each] of Object.entries(value))
      if (isText(key)) noteNoText(each, [...at, key], errors);
      else if (errors.length < MAX_ERRORS)
        errors.push({
          path: at.join('.') || 'body',
          message: 'has a field whose name contains NUL or half a character',
        });
}

const isText = (value: string) => value.isWellFormed() && !value.includes('\0');
