import pg from 'pg';
import { serialize } from 'pg-protocol';
import { message, type Value } from './message.ts';

/**
 * Several prepared statements in one message to the server: one write, one wake-up, one read, and without `begin` one
 * implicit transaction. Half of what a request costs is messages, so a unit of work sends as few as it can.
 */

/** A statement prepared once a connection. */
export interface Prepared {
  /** Unnamed statements are parsed each time. */
  name?: string | undefined;
  text: string;
  values: readonly unknown[];
  /** Where those that wait together may be asked as one. */
  joint?: Joint | undefined;
}

/**
 * The statement of many that ask the same with other values: it takes a list for each value, and each of its rows says
 * in `asker` whose it is, from 1 on.
 */
export interface Joint {
  name: string;
  text: string;
}

export interface Answer {
  rows: unknown[];
  /** The command tag's first word: `SELECT`, `INSERT`, `COMMIT`, `ROLLBACK` ... */
  command: string;
  /** Rows returned or changed. */
  count: number;
}

/** Reads a row's fields, as text. */
type ReadRow = (fields: (string | null)[]) => unknown;

/** What a connection knows of its prepared statements. */
interface Memory {
  parsed: Set<string>;
  /** Sent in a batch that failed, so that the server may or may not have them. */
  doubtful: Set<string>;
  rows: Map<string, ReadRow>;
}

interface Field {
  name: string;
  dataTypeID: number;
}

/** pg's connection, as a query sees it. */
interface Wire {
  stream: { write(bytes: Buffer): void };
  bailiwick?: Memory;
}

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const asText = pg.types.getTypeParser(pg.types.builtins.TEXT);
const MOST_READERS = 1000;
const readers = new Map<string, ReadRow>();

/**
 * Compiles what reads the rows of these fields. An object that is written out has one layout, which all that handles it
 * comes to know; one that is filled in field by field is looked up by name each time.
 */
function readerOf(fields: Field[]): ReadRow {
  const key = fields.map(({ name, dataTypeID }) => `${name}:${dataTypeID}`).join();
  const known = readers.get(key);
  if (known) return known;
  const parsers = fields.map(({ dataTypeID }) => pg.types.getTypeParser(dataTypeID, 'text'));
  const properties = fields.map(({ name }, at) => {
    const value = parsers[at] === asText ? `row[${at}]` : `row[${at}] === null ? null : parsers[${at}](row[${at}])`;
    return `${JSON.stringify(camel(name))}: ${value}`;
  });
  const made = new Function('parsers', `return (row) => ({ ${properties.join()} })`)(parsers) as ReadRow;
  if (readers.size < MOST_READERS) readers.set(key, made);
  return made;
}

/** pg's text form of a value. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => Value } }).utils;

/** pg writes a time in the machine's zone, part by part; in years of four digits this says the same in one go. */
const textOf = (value: unknown): Value => {
  if (typeof value === 'string') return value;
  if (!(value instanceof Date) || !(value.getTime() > YEAR_1 && value.getTime() < YEAR_10000))
    return prepareValue(value);
  return value.toISOString();
};
const YEAR_1 = Date.parse('0001-01-01T00:00:00Z');
const YEAR_10000 = 253_402_300_800_000;

/** The server has another idea of the statement than when it was prepared: the schema has changed since. */
export const isOutdated = (error: Error & { code?: string }) => error.code === '0A000' || error.code === '26000';

type Callback = (error: Error | null, answers?: Answer[]) => void;

class Batch {
  readonly statements: Prepared[];
  readonly #values: Value[][];
  readonly answers: Answer[] = [];
  #readers: (ReadRow | undefined)[] = [];
  #rows: unknown[] = [];
  #memory: Memory | undefined;
  #sent: string[] = [];
  #failure: Error | undefined;
  #isTold = false;
  readonly #done: Callback;
  /** Asked for by pg's client, which would make one of its own. */
  readonly callback: Callback;

  constructor(statements: Prepared[], done: Callback) {
    this.statements = statements;
    // Before anything is sent, since it may throw.
    this.#values = statements.map(({ values }) => values.map(textOf));
    this.#done = done;
    this.callback = done;
  }

  submit(wire: Wire): Error | null {
    wire.bailiwick ??= { parsed: new Set(), doubtful: new Set(), rows: new Map() };
    const memory = wire.bailiwick;
    this.#memory = memory;
    message.begin();
    for (let at = 0; at < this.statements.length; at++) {
      const { name = '', text } = this.statements[at] as Prepared;
      if (!name || !memory.parsed.has(name)) {
        if (name && memory.doubtful.delete(name)) message.add(serialize.close({ type: 'S', name }));
        message.add(serialize.parse({ name, text, types: [] }));
        if (name) {
          memory.parsed.add(name);
          this.#sent.push(name);
        }
      }
      const reader = name ? memory.rows.get(name) : undefined;
      this.#readers.push(reader);
      message.execute(name, this.#values[at] as Value[], reader !== undefined);
    }
    wire.stream.write(message.end());
    return null;
  }

  handleRowDescription({ fields }: { fields: Field[] }) {
    const reader = readerOf(fields);
    const at = this.answers.length;
    this.#readers[at] = reader;
    const name = this.statements[at]?.name;
    if (name) this.#memory?.rows.set(name, reader);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }) {
    try {
      this.#rows.push(this.#readers[this.answers.length]?.(fields));
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  handleCommandComplete({ text }: { text: string }) {
    const end = text.indexOf(' ');
    const command = end < 0 ? text : text.slice(0, end);
    this.answers.push({ rows: this.#rows, command, count: Number(text.slice(text.lastIndexOf(' ') + 1)) || 0 });
    this.#rows = [];
  }

  handleEmptyQuery() {
    this.answers.push({ rows: [], command: '', count: 0 });
  }

  handlePortalSuspended() {}

  handleError(error: Error) {
    const doubtful = isOutdated(error) ? this.statements.flatMap(({ name }) => name ?? []) : this.#sent;
    for (const name of doubtful) {
      this.#memory?.parsed.delete(name);
      this.#memory?.doubtful.add(name);
      this.#memory?.rows.delete(name);
    }
    this.#failure ??= error;
    this.#tell();
  }

  handleReadyForQuery() {
    this.#tell();
  }

  #tell() {
    if (this.#isTold) return;
    this.#isTold = true;
    if (this.#failure) this.#done(this.#failure);
    else this.#done(null, this.answers);
  }
}

// What pg's client lets into a pipeline: a query of its own kind. Making a real one costs more than the batch.
Object.setPrototypeOf(Batch.prototype, pg.Query.prototype);

/**
 * As `sendBatch`, for statements that depend on nothing before them: sent once more when the schema has changed since
 * they were prepared, as it does while a newer version is rolled out (P39).
 */
export const sendAlone = (client: pg.ClientBase, statements: Prepared[]): Promise<Answer[]> =>
  sendBatch(client, statements).catch((error) => {
    if (!isOutdated(error)) throw error;
    return sendBatch(client, statements);
  });

/** Sends the statements in one message. Rejects with the first failure; the server skips what comes after it. */
export function sendBatch(client: pg.ClientBase, statements: Prepared[]): Promise<Answer[]> {
  return new Promise((resolve, reject) => {
    const done: Callback = (error, answers) => {
      if (error) {
        Error.captureStackTrace(error);
        reject(error);
      } else resolve(answers as Answer[]);
    };
    client.query(new Batch(statements, done) as unknown as pg.Submittable);
  });
}
