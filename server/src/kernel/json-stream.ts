import { MAX_FIELDS, tooWide } from './json.ts';
import { type FieldError, invalid } from './problem.ts';

/** Takes the elements of an array one by one, and stands in the value in place of the array. */
export interface Gatherer {
  add(element: unknown): void;
}

/** What gathers the array at this path of keys and places; undefined for one that is kept as it is. */
export type Gathering = (path: readonly string[]) => Gatherer | undefined;

const MAX_DEPTH = 32;
const MAX_ERRORS = 50;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const fail = (message: string) => invalid({ path: 'body', message });
const notJson = () => fail('is not JSON');

/** An object or an array that has begun. */
interface Level {
  value: unknown;
  /** Of an object. */
  fields?: Record<string, unknown>;
  /** The field whose value comes next. */
  key?: string | undefined;
  /** Of an array. */
  elements?: Gatherer;
  /** Elements of an array, or fields of an object, so far. */
  count: number;
}

/** What may come next. */
type Next = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/**
 * Reads JSON as it comes, by the same rules as `readJson`, so that neither the bytes nor their text are there as a whole.
 */
export class JsonStream {
  readonly #gathering: Gathering;
  readonly #levels: Level[] = [];
  readonly #errors: FieldError[] = [];
  #next: Next = 'value';
  #value: unknown;
  /** Of a text that has begun: what came of it in earlier chunks. */
  #text: Buffer[] | undefined;
  #hasEscapes = false;
  /** A text's chunk ended within an escape. */
  #isEscaped = false;
  /** A number or a name, as far as it has come. */
  #word = '';
  #start: Buffer = Buffer.alloc(0);
  #hasStarted = false;

  constructor(gathering: Gathering) {
    this.#gathering = gathering;
  }

  /** @throws {Problem} `invalid-request` */
  write(bytes: Buffer): void {
    let chunk = bytes;
    if (!this.#hasStarted) {
      chunk = Buffer.concat([this.#start, bytes]);
      if (chunk.length < BOM.length && BOM.subarray(0, chunk.length).equals(chunk)) {
        this.#start = chunk;
        return;
      }
      this.#hasStarted = true;
      if (chunk.subarray(0, BOM.length).equals(BOM)) chunk = chunk.subarray(BOM.length);
    }
    let at = 0;
    while (at < chunk.length) {
      if (this.#text) at = this.#readText(chunk, at);
      else if (this.#word === '') at = this.#readToken(chunk, at);
      else at = this.#readWord(chunk, at);
    }
  }

  /** @throws {Problem} `invalid-request` that says what is wrong, and names the fields whose text is none */
  end(): unknown {
    if (this.#word !== '') this.#endWord();
    if (this.#next !== 'nothing' || this.#text) throw notJson();
    if (this.#errors.length > 0) throw invalid(...this.#errors);
    return this.#value;
  }

  #readToken(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    switch (byte) {
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        return at + 1;
      case 0x22:
        if (!this.#isForValue() && this.#next !== 'key' && this.#next !== 'key or end') throw notJson();
        this.#text = [];
        this.#hasEscapes = false;
        return at + 1;
      case 0x7b:
        this.#openObject();
        return at + 1;
      case 0x5b:
        this.#openArray();
        return at + 1;
      case 0x7d:
        this.#close(this.#next === 'key or end' || this.#next === 'comma or end', true);
        return at + 1;
      case 0x5d:
        this.#close(this.#next === 'value or end' || this.#next === 'comma or end', false);
        return at + 1;
      case 0x3a:
        if (this.#next !== 'colon') throw notJson();
        this.#next = 'value';
        return at + 1;
      case 0x2c:
        if (this.#next !== 'comma or end') throw notJson();
        this.#next = this.#levels.at(-1)?.fields ? 'key' : 'value';
        return at + 1;
      default:
        if (!this.#isForValue()) throw notJson();
        return this.#readWord(chunk, at);
    }
  }

  #isForValue = () => this.#next === 'value' || this.#next === 'value or end';

  #openObject(): void {
    const fields = {};
    this.#open({ value: fields, fields, count: 0 });
    this.#next = 'key or end';
  }

  #openArray(): void {
    const gatherer = this.#levels.length > 0 ? this.#gathering(this.#path()) : undefined;
    const list: unknown[] = [];
    const elements = gatherer ?? { add: (element: unknown) => void list.push(element) };
    this.#open({ value: gatherer ?? list, elements, count: 0 });
    this.#next = 'value or end';
  }

  #open(level: Level): void {
    if (!this.#isForValue()) throw notJson();
    if (this.#levels.length >= MAX_DEPTH) throw fail(`is more than ${MAX_DEPTH} levels deep`);
    this.#levels.push(level);
  }

  #path(): string[] {
    return this.#levels.map(({ key, count }) => key ?? String(count));
  }

  #close(isExpected: boolean, isObject: boolean): void {
    const level = this.#levels.pop();
    if (!level || !isExpected || isObject !== (level.fields !== undefined)) throw notJson();
    this.#take(level.value);
  }

  /** A value is there. */
  #take(value: unknown): void {
    const level = this.#levels.at(-1);
    if (!level) {
      this.#value = value;
      this.#next = 'nothing';
      return;
    }
    if (level.fields) {
      const key = level.key as string;
      // As JSON.parse does: a field of its own, whatever its name.
      if (key === '__proto__')
        Object.defineProperty(level.fields, key, { value, writable: true, enumerable: true, configurable: true });
      else level.fields[key] = value;
    } else {
      level.elements?.add(value);
      level.count++;
    }
    this.#next = 'comma or end';
  }

  /** To the end of the text, or of the chunk. */
  #readText(chunk: Buffer, from: number): number {
    const pieces = this.#text as Buffer[];
    let at = from;
    let isPlain = pieces.length === 0 && !this.#hasEscapes;
    while (at < chunk.length) {
      const byte = chunk[at] as number;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === 0x22) break;
      else if (byte === 0x5c) {
        this.#isEscaped = true;
        this.#hasEscapes = true;
        isPlain = false;
      }
      if (byte < 0x20) throw notJson();
      if (byte >= 0x80) isPlain = false;
      at++;
    }
    if (at === chunk.length) {
      pieces.push(Buffer.from(chunk.subarray(from)));
      return at;
    }
    this.#text = undefined;
    const text = isPlain
      ? chunk.toString('latin1', from, at)
      : this.#textOf(
          pieces.length > 0 ? Buffer.concat([...pieces, chunk.subarray(from, at)]) : chunk.subarray(from, at),
        );
    if (this.#isForValue()) {
      this.#check(text, 'contains NUL or half a character');
      this.#take(text);
    } else this.#takeKey(text);
    return at + 1;
  }

  #textOf(bytes: Buffer): string {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      throw fail('is not UTF-8');
    }
    if (!this.#hasEscapes) return text;
    try {
      return JSON.parse(`"${text}"`);
    } catch {
      throw notJson();
    }
  }

  #takeKey(key: string): void {
    const level = this.#levels.at(-1) as Level;
    if (Object.hasOwn(level.fields as object, key)) throw fail('names a field twice');
    if (++level.count > MAX_FIELDS) throw fail(tooWide);
    level.key = undefined;
    this.#check(key, 'has a field whose name contains NUL or half a character', -1);
    level.key = key;
    this.#next = 'colon';
  }

  #check(text: string, message: string, end?: number): void {
    if (!this.#hasEscapes || this.#errors.length === MAX_ERRORS || (text.isWellFormed() && !text.includes('\0')))
      return;
    this.#errors.push({ path: this.#path().slice(0, end).join('.') || 'body', message });
  }

  /** A number, true, false or null. */
  #readWord(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !isAfterWord(chunk[at] as number)) at++;
    if (at === from && this.#word === '') throw notJson();
    this.#word += chunk.toString('latin1', from, at);
    if (at < chunk.length) this.#endWord();
    return at;
  }

  #endWord(): void {
    const word = this.#word;
    this.#word = '';
    let value: unknown;
    try {
      value = JSON.parse(word);
    } catch {
      throw notJson();
    }
    this.#take(value);
  }
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Comma, brackets, blanks, and what may not be there at all. */
const isAfterWord = (byte: number) =>
  byte === 0x2c ||
  byte === 0x5d ||
  byte === 0x7d ||
  byte <= 0x20 ||
  byte === 0x22 ||
  byte === 0x3a ||
  byte === 0x5b ||
  byte === 0x7b;
