import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Looks for values in raw bytes, in every form in which somebody might have kept them. */

export interface Hit {
  file: string;
  offset: number;
  value: string;
  form: string;
}

interface Pattern {
  bytes: Buffer;
  value: string;
  form: string;
}

const hashes = ['md5', 'sha1', 'sha256', 'sha512'];
/** Shorter patterns would be found by chance. */
const SHORTEST = 8;
const BITS = 22;

/** Forms by which a value can be told without a key: plain, UTF-16, base64, hex, URL-encoded. */
export function readableForms(value: string): Pattern[] {
  const patterns: Pattern[] = [];
  for (const text of new Set([value, value.toLowerCase(), value.toUpperCase()])) {
    const add = (form: string, bytes: Buffer | string) => patterns.push({ value, form, bytes: Buffer.from(bytes) });
    const bytes = Buffer.from(text, 'utf8');
    const utf16 = Buffer.from(text, 'utf16le');
    add('plain', bytes);
    add('utf-16le', utf16);
    add('utf-16be', Buffer.from(utf16).swap16());
    for (const alignment of [0, 1, 2]) {
      add(`base64 at ${alignment}`, innerBase64(bytes, alignment, 'base64'));
      add(`base64url at ${alignment}`, innerBase64(bytes, alignment, 'base64url'));
    }
    add('hex', bytes.toString('hex'));
    add('hex', bytes.toString('hex').toUpperCase());
    if (encodeURIComponent(text) !== text) add('url-encoded', encodeURIComponent(text));
    add('url-encoded', bytes.toString('hex').replace(/../g, '%$&'));
    add('url-encoded', bytes.toString('hex').toUpperCase().replace(/../g, '%$&'));
  }
  return patterns;
}

/** Hashes without a key: whoever has them can try values. */
export function hashForms(value: string): Pattern[] {
  const patterns: Pattern[] = [];
  for (const text of new Set([value, value.toLowerCase(), value.toUpperCase()]))
    for (const name of hashes) {
      const digest = createHash(name).update(text, 'utf8').digest();
      const add = (form: string, bytes: Buffer | string) =>
        patterns.push({ value, form: `${name} ${form}`, bytes: Buffer.from(bytes) });
      add('raw', digest);
      add('hex', digest.toString('hex'));
      add('hex', digest.toString('hex').toUpperCase());
      add('base64', digest.toString('base64').replace(/=+$/, ''));
      add('base64url', digest.toString('base64url'));
    }
  return patterns;
}

/** What of a value's base64 is there whatever stands around it, when it begins `alignment` bytes after a group of three. */
function innerBase64(bytes: Buffer, alignment: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(alignment), bytes]).toString(encoding);
  const whole = Math.floor(((alignment + bytes.length) * 8) / 6);
  return text.slice(Math.ceil((alignment * 8) / 6), whole);
}

/** All patterns at once, so that the bytes are read once. */
export class Search {
  readonly #byStart = new Map<number, Pattern[]>();
  readonly #mayStart = new Uint8Array(2 ** BITS);

  constructor(patterns: Pattern[]) {
    for (const pattern of patterns) {
      if (pattern.bytes.length < SHORTEST)
        throw new Error(`Too short to be searched: ${pattern.form} ${pattern.value}`);
      const start = pattern.bytes.readInt32LE(0);
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), pattern]);
      this.#mayStart[slot(start)] = 1;
    }
  }

  in(bytes: Buffer, file: string): Hit[] {
    const hits: Hit[] = [];
    const mayStart = this.#mayStart;
    let window = bytes.length >= 4 ? bytes.readInt32LE(0) : 0;
    for (let at = 0; at + 4 <= bytes.length; at++) {
      if (at > 0) window = (window >>> 8) | ((bytes[at + 3] as number) << 24);
      if (mayStart[slot(window)] === 0) continue;
      for (const { bytes: wanted, value, form } of this.#byStart.get(window) ?? [])
        if (bytes.subarray(at, at + wanted.length).equals(wanted)) hits.push({ file, offset: at, value, form });
    }
    return hits;
  }

  /** In every file below the folder, and in the names of files and folders. */
  below(folder: string): { hits: Hit[]; files: number; bytes: number } {
    const found = { hits: [] as Hit[], files: 0, bytes: 0 };
    const look = (inside: string) => {
      for (const entry of readdirSync(inside, { withFileTypes: true })) {
        const path = join(inside, entry.name);
        found.hits.push(...this.in(Buffer.from(entry.name), `the name of ${path}`));
        if (entry.isDirectory()) look(path);
        if (!entry.isFile()) continue;
        const bytes = readFileSync(path);
        found.files++;
        found.bytes += bytes.length;
        found.hits.push(...this.in(bytes, path));
      }
    };
    look(folder);
    return found;
  }
}

const slot = (start: number) => Math.imul(start, 0x9e3779b1) >>> (32 - BITS);
