import { type FieldError, invalid } from './problem.ts';

const MAX_DEPTH = 32;
const MAX_ERRORS = 50;
/** Of one object. */
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
  const written = fieldsWritten(text);
  if (written === TOO_DEEP) throw fail(`is more than ${MAX_DEPTH} levels deep`);
  if (written === TOO_WIDE) throw fail(tooWide);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fail('is not JSON');
  }
  // Of a doubled key JSON.parse keeps one.
  if (fieldsIn(value) !== written) throw fail('names a field twice');
  if (text.includes('\\') && /\\u(0000|[dD][89a-fA-F])/.test(text)) {
    const errors: FieldError[] = [];
    noteNoText(value, [], errors);
    if (errors.length) throw invalid(...errors);
  }
  return value;
}

const TOO_DEEP = -1;
const TOO_WIDE = -2;
/** Keys so far of the object that is open on each level. */
const widths = new Int32Array(MAX_DEPTH + 1);

/** How many keys the text has, or what is too much of it; whatever else is wrong JSON.parse finds. */
function fieldsWritten(text: string): number {
  let depth = 0;
  let count = 0;
  widths[0] = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = endOf(text, at);
      if (at < 0) return count;
      while (text.charCodeAt(at + 1) <= 0x20) at++;
      if (text.charCodeAt(at + 1) !== 0x3a) continue;
      count++;
      widths[depth] = (widths[depth] as number) + 1;
      if ((widths[depth] as number) > MAX_FIELDS) return TOO_WIDE;
    } else if (char === 0x7b || char === 0x5b) {
      if (depth === MAX_DEPTH) return TOO_DEEP;
      widths[++depth] = 0;
    } else if (char === 0x7d || char === 0x5d) {
      if (depth > 0) depth--;
    }
  }
  return count;
}

/** How many fields the value's objects have together. */
function fieldsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const part of value) count += fieldsIn(part);
  else for (const key in value) count += 1 + fieldsIn((value as Record<string, unknown>)[key]);
  return count;
}

/** Where a text ends; less than 0 when it does not. */
function endOf(text: string, begin: number): number {
  let at = text.indexOf('"', begin + 1);
  while (at > 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === 0x5c) before--;
  return (at - before) % 2 === 1;
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
