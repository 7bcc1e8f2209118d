import type { Socket } from 'node:net';
import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import pg from 'pg';
import { type Answer, isOutdated, type Prepared, sendAlone, sendBatch } from './batch.ts';
import { Commits } from './commits.ts';
import { Lanes } from './lanes.ts';
import { type Foreseeable, queriesOver } from './queries.ts';
import { isAdministrative } from './registry.ts';
import type { Tables } from './tables.gen.ts';

// Times stay what they are; 64-bit counts are numbers of ours and fit.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// Sessions speak UTC, and Date reads ISO 8601 in a fraction of the time that taking it apart would cost.
const readAnyTime = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text');
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) =>
  text.endsWith('+00') && text.charAt(10) === ' '
    ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    : readAnyTime(text),
);

export interface PoolOptions {
  connection: pg.ClientConfig;
  size: number;
}

/** Longer than the 15 seconds that a statement may take. */
const SILENCE_MS = 20_000;

/** Connections that requests share, beside those of the pool. */
const LANES = 2;
/** One for so many units of work, and two at least. */
const UNITS_TO_ASIDE = 4;
const lanes = new WeakMap<pg.Pool, Lanes>();
/** For what is asked alone, also within a unit of work: units that hold all connections do not wait for one more. */
const asides = new WeakMap<pg.Pool, pg.Pool>();
const commits = new WeakMap<pg.Pool, Commits>();

/** For what other tenants ask about members: it may go over all of a group, and who asks may hold a connection of this pool. */
const answerers = new WeakMap<pg.Pool, pg.Pool>();
const ANSWERERS = 3;
export const answererOf = (pool: pg.Pool): pg.Pool => answerers.get(pool) ?? pool;

/** `size` connections for units of work, two that what opens one shares with others, a quarter as many for what is asked alone, and three for what others ask. */
export const makePool = (options: PoolOptions): pg.Pool => {
  const pool = makeConnections(options);
  const shared = new Lanes(makeWalking({ ...options, size: LANES }), LANES, SILENCE_MS);
  const aside = makeConnections({ ...options, size: Math.max(2, Math.floor(options.size / UNITS_TO_ASIDE)) });
  const answerer = makeConnections({ ...options, size: ANSWERERS });
  asides.set(pool, aside);
  answerers.set(pool, answerer);
  lanes.set(pool, shared);
  commits.set(pool, new Commits(pool));
  const end = pool.end.bind(pool) as () => Promise<void>;
  pool.end = async () => {
    await Promise.all([shared.end(), aside.end(), answerer.end(), end()]);
  };
  return pool;
};

/**
 * What opens a unit asks for few rows by an index. Of a small table PostgreSQL would rather read all rows, and row
 * security asks of each of them whose it is. A statement that has to read a whole table seems so dear then that a server
 * that may compile statements would compile it each time.
 */
function makeWalking(options: PoolOptions): pg.Pool {
  const pool = makeConnections(options);
  pool.on(
    'connect',
    (client) =>
      void client
        .query("select set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)")
        .catch(() => undefined),
  );
  return pool;
}

function makeConnections({ connection, size }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    max: size,
    pipeline: true,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    application_name: 'bailiwick',
  } as pg.PoolConfig);
  pool.on('error', () => undefined); // an idle connection was lost; the next request gets a new one
  // Idle connections are closed before; one that hears nothing for so long waits for a server that is cut off.
  pool.on('connect', (client) => {
    // Its query fails, if there is one; without this the loss of one that is in use would end the process.
    client.on('error', () => undefined);
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.setTimeout(SILENCE_MS, () => stream.destroy());
  });
  return pool;
}

export type { Prepared } from './batch.ts';

const tenantForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const begin: Prepared = { name: 'begin', text: 'begin', values: [] };
const commit: Prepared = { name: 'commit', text: 'commit', values: [] };

/**
 * Work on one connection as one tenant. The only way to the pool: the tenant is set for the transaction only, so that
 * row security shows that tenant's rows and no others (P2, P3). Without a tenant it shows no tenant's rows.
 *
 * A unit that reads sends each query with the tenant in one message, which is a transaction of its own: under READ
 * COMMITTED that reads the same, and spares the messages for begin and commit. One that writes is one transaction; it
 * begins with what opens it, or `late`: with the first query of its own, and when all that it does is deferred it is
 * the one message of the commit. What only opens a unit goes over connections that requests share.
 */
export class Unit {
  readonly #pool: pg.Pool;
  readonly #isReading: boolean;
  /** With other changes of its tenant that are done in one message. */
  readonly #sharesCommit: boolean;
  #client: pg.PoolClient | undefined;
  #connecting: Promise<pg.PoolClient> | undefined;
  #hasBegun = false;
  #setTenant: Prepared[];
  #open = true;
  #db: Kysely<Tables> | undefined;
  #wroteAdministrative = false;
  #parts = 0;
  #writes = 0;
  /** Writes that wait for the next message. */
  #deferred: Prepared[] = [];
  /** Who is told the rows of one of them. */
  #told: Map<Prepared, (rows: unknown[]) => void> | undefined;
  #foreseen: { query: CompiledQuery; answer: Answer }[] = [];

  private constructor(pool: pg.Pool, tenantId: string | null, kind: 'read' | 'late' | 'write') {
    this.#pool = pool;
    this.#setTenant = tenantId === null ? [] : [settingTenant(tenantId)];
    this.#isReading = kind === 'read';
    this.#sharesCommit = kind === 'late';
  }

  /**
   * Sets the tenant and runs the statements, in one message.
   *
   * @param kind `read` may not write; `write` begins with the statements, which may lock; `late` begins after them
   * @param foreseen queries that the work will ask; they go in the same message and are answered from it
   */
  static async open(
    pool: pg.Pool,
    tenantId: string | null,
    statements: Prepared[] = [],
    kind: 'read' | 'late' | 'write' = 'write',
    foreseen: CompiledQuery[] = [],
  ): Promise<{ unit: Unit; rows: unknown[][] }> {
    const unit = new Unit(pool, tenantId, kind);
    try {
      const expected = foreseen.map(asStatement);
      const nothing = statements.length + expected.length === 0;
      const answers = nothing
        ? []
        : kind === 'write'
          ? await unit.#begin([...statements, ...expected])
          : await unit.#glance(statements, expected);
      unit.#foreseen = foreseen.map((query, at) => ({ query, answer: answers[statements.length + at] as Answer }));
      return { unit, rows: answers.slice(0, statements.length).map(({ rows }) => rows) };
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  /** Reads beside the transaction, over a shared connection. */
  #glance(decision: Prepared[], foreseen: Prepared[] = []): Promise<Answer[]> {
    return (lanes.get(this.#pool) as Lanes).send({ tenant: this.#setTenant[0], decision, foreseen });
  }

  /** One connection, also for queries that are asked at once. */
  async #connect(): Promise<pg.PoolClient> {
    this.#connecting ??= this.#pool.connect();
    const client = await this.#connecting;
    if (this.#open) {
      this.#client = client;
      return client;
    }
    // Given back once, however many asked for it: from then on it is another unit's.
    if (!this.#client) {
      this.#client = client;
      client.release();
    }
    throw new Error('The unit of work was over before it had a connection.');
  }

  /** What begins a transaction may be sent again, as nothing was done yet. */
  async #begin(statements: Prepared[]): Promise<Answer[]> {
    const before = [begin, ...this.#setTenant];
    this.#hasBegun = true; // what is asked at the same time comes after it, on the same connection
    const client = await this.#connect();
    const answers = await sendBatch(client, [...before, ...statements]).catch(async (error) => {
      if (!isOutdated(error)) throw error;
      await client.query('ROLLBACK');
      return sendBatch(client, [...before, ...statements]);
    });
    return answers.slice(before.length);
  }

  /** Goes on in another tenant of the same cell: from a session's home to the tenant that the path names. */
  async enter(tenantId: string, statement: Prepared): Promise<unknown[]> {
    this.#setTenant = [settingTenant(tenantId)];
    this.#foreseen = [];
    if (!this.#hasBegun) return (await this.#glance([statement]))[0]?.rows ?? [];
    const answers = await sendBatch(this.#client as pg.PoolClient, [...this.#setTenant, statement]);
    return answers[1]?.rows ?? [];
  }

  get db(): Kysely<Tables> {
    this.#db ??= queriesOver((query) => this.#execute(query));
    return this.#db;
  }

  /** Whether it may not write, and each query is a transaction of its own. */
  get isReading() {
    return this.#isReading;
  }

  /** Whether it holds a connection, in a transaction. */
  get hasBegun() {
    return this.#hasBegun;
  }

  /** How many statements of parts (`attempt`) wrote, or may have: where it stays the same there is nothing to take back. */
  get writes() {
    return this.#writes;
  }

  /** Whether a table of the administrative class was written, so that an audit entry is due. */
  get wroteAdministrative() {
    return this.#wroteAdministrative;
  }

  async #execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, command, count } = await this.#answerTo(query);
    return command === 'SELECT' ? { rows: rows as R[] } : { rows: rows as R[], numAffectedRows: BigInt(count) };
  }

  /** The rows of a query that is compiled already. */
  async ask<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    const { rows } = await this.#answerTo(query);
    return rows as Row[];
  }

  /**
   * Large parts of one question, two at the same time, as the database has several processors: a unit that reads asks the
   * second over a connection for what is asked alone, as long as none of them is in use. Else, and in a unit that writes,
   * whose rows others do not see, one part is asked after the other.
   */
  async askParts<Row>(parts: CompiledQuery<Row>[]): Promise<Row[]> {
    if (!this.#open) throw new Error('The unit of work is over; a query came after it.');
    const aside = this.#isReading ? asides.get(this.#pool) : undefined;
    const asked = parts.map((part, at) =>
      at > 0 && aside && isIdle(aside) ? this.#askAside(aside, part) : this.ask(part),
    );
    // All are over when it fails: the connection is given back then.
    const answers = await Promise.allSettled(asked);
    return answers.flatMap((answer) => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    });
  }

  /** Over its own connection, where there is no other. */
  async #askAside<Row>(aside: pg.Pool, query: CompiledQuery<Row>): Promise<Row[]> {
    try {
      const answers = await askOver(aside, [...this.#setTenant, asStatement(query)]);
      return answers.at(-1)?.rows as Row[];
    } catch (error) {
      if (error instanceof pg.DatabaseError && !error.code?.startsWith('53')) throw error;
      return this.ask(query);
    }
  }

  #answerTo(query: CompiledQuery): Answer | Promise<Answer> {
    if (!this.#open) throw new Error('The unit of work is over; a query came after it.');
    return this.#takeForeseen(query) ?? this.#send(query);
  }

  /** A query that may take so many milliseconds; the server ends it after that, with the code 57014. */
  async within<R>(milliseconds: number, query: CompiledQuery): Promise<QueryResult<R>> {
    if (!this.#open) throw new Error('The unit of work is over; a query came after it.');
    const { rows } = this.#takeForeseen(query) ?? (await this.#send(query, [lasting(milliseconds)]));
    return { rows: rows as R[] };
  }

  async #send(query: CompiledQuery, before: Prepared[] = []): Promise<Answer> {
    const isChange = isAdministrative(query.query, query.sql);
    if (isChange && this.#isReading) throw new Error('A unit of work that reads was asked to write.');
    if (isChange) this.#foreseen = this.#foreseen.filter(isLasting);
    const answers = await this.#transmit([...this.#takeDeferred(), ...before, asStatement(query)]);
    const answer = answers.at(-1) as Answer;
    if (this.#parts > 0 && (answer.command !== 'SELECT' || writesBeside(query.sql))) this.#writes++;
    // One that met no row (a member who is one already) changed nothing, so no entry is due.
    if (isChange && (answer.command === 'SELECT' || answer.count > 0)) this.#wroteAdministrative = true;
    return answer;
  }

  async #transmit(statements: Prepared[]): Promise<Answer[]> {
    if (!this.#hasBegun && !this.#isReading) return this.#tell(statements, await this.#begin(statements));
    const client = this.#client ?? (await this.#connect());
    if (this.#isReading) return sendAlone(client, [...this.#setTenant, ...statements]);
    return this.#tell(statements, await sendBatch(client, statements));
  }

  #tell(statements: Prepared[], answers: Answer[]): Answer[] {
    if (this.#told)
      for (const [at, statement] of statements.entries()) this.#told.get(statement)?.(answers[at]?.rows ?? []);
    return answers;
  }

  /** The answer to a query that was sent when the unit was opened; once, and not after a change of ours. */
  #takeForeseen({ sql, parameters }: CompiledQuery): Answer | undefined {
    const at = this.#foreseen.findIndex(
      ({ query }) =>
        query.sql === sql &&
        query.parameters.length === parameters.length &&
        query.parameters.every((value, index) => value === parameters[index]),
    );
    if (at >= 0) return this.#foreseen.splice(at, 1)[0]?.answer;
    return undefined;
  }

  /**
   * Writes with the next message: the next query's, or that of the commit. Its failure is that message's. What is
   * deferred counts as a change, also when it meets no row.
   *
   * @param told gets its rows when they are there; what was taken back or never committed may have been told
   */
  defer<Row>(query: CompiledQuery<Row>, told?: (rows: Row[]) => void): void {
    if (!this.#open) throw new Error('The unit of work is over; a change came after it.');
    if (this.#isReading) throw new Error('A unit of work that reads was asked to write.');
    if (isAdministrative(query.query, query.sql)) this.#wroteAdministrative = true;
    this.#foreseen = this.#foreseen.filter(isLasting);
    this.#writes++;
    const statement = asStatement(query);
    this.#deferred.push(statement);
    if (!told) return;
    this.#told ??= new Map();
    this.#told.set(statement, told as (rows: unknown[]) => void);
  }

  /** The same of an audit entry. */
  deferEntry(insert: Prepared): void {
    this.#deferred.push(insert);
  }

  /**
   * Does a part of the work that may fail: then all that it wrote is taken back, and the unit goes on. Parts are done
   * one after another. What the part deferred is written before it is over.
   */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const wroteBefore = this.#wroteAdministrative;
    this.#parts++;
    await this.#transmit([...this.#takeDeferred(), { name: 'savepoint', text: 'savepoint part', values: [] }]);
    try {
      const result = await work();
      await this.#transmit([...this.#takeDeferred(), { name: 'release', text: 'release savepoint part', values: [] }]);
      return result;
    } catch (error) {
      this.#deferred = [];
      this.#foreseen = [];
      this.#wroteAdministrative = wroteBefore;
      // It is still there after that, and would be taken for that of a part around this one.
      await this.#transmit([
        { name: 'take-back', text: 'rollback to savepoint part', values: [] },
        { name: 'release', text: 'release savepoint part', values: [] },
      ]);
      throw error;
    } finally {
      this.#parts--;
    }
  }

  /** Writes what was deferred, so that its failure comes out here. */
  async flush(): Promise<void> {
    const deferred = this.#takeDeferred();
    if (deferred.length > 0) await this.#transmit(deferred);
  }

  /** Does work to see what comes of it: all that it wrote is taken back. */
  async rehearse<T>(work: () => Promise<T>): Promise<T> {
    const seen: { result?: T } = {};
    try {
      await this.attempt(async () => {
        seen.result = await work();
        await this.flush();
        throw seen;
      });
    } catch (error) {
      if (error !== seen) throw error;
    }
    return seen.result as T;
  }

  #takeDeferred(): Prepared[] {
    const taken = this.#deferred;
    if (taken.length > 0) this.#deferred = [];
    return taken;
  }

  /**
   * Commits; the statements before it go in the same message. What was acknowledged is durable.
   *
   * @throws when the server rolled back instead
   */
  async commit(statements: Prepared[] = []): Promise<void> {
    try {
      if (this.#isReading) throw new Error('A unit of work that reads has nothing to commit.');
      const changes = [...this.#takeDeferred(), ...statements];
      if (this.#hasBegun) {
        const answers = await sendBatch(this.#client as pg.PoolClient, [...changes, commit]);
        if (answers.at(-1)?.command !== 'COMMIT')
          throw new Error('The transaction was rolled back instead of committed.');
        this.#tell(changes, answers);
      } else if (changes.length > 0) {
        // Statements of one message without `begin` are one transaction, which is durable when it is answered.
        const [tenant] = this.#setTenant;
        if (tenant && this.#sharesCommit)
          this.#tell(changes, await (commits.get(this.#pool) as Commits).send(tenant, changes));
        else {
          const all = [...this.#setTenant, ...changes];
          this.#tell(all, await sendAlone(await this.#connect(), all));
        }
      }
      this.#open = false;
      this.#client?.release();
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** Ends a unit that only read. Nothing happens when it is over already. */
  finishRead(): void {
    if (!this.#client) {
      this.#open = false;
      return;
    }
    // A unit that was opened to write and only read has nothing to keep.
    void this.rollback();
  }

  async rollback(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      if (this.#hasBegun) await this.#client?.query('ROLLBACK');
      this.#client?.release();
    } catch (error) {
      this.#client?.release(error as Error);
    }
  }
}

function settingTenant(tenantId: string): Prepared {
  if (!tenantForm.test(tenantId)) throw new Error('A tenant id of another form reached the database.');
  return { name: 'set-tenant', text: "select set_config('bailiwick.tenant', $1, true)", values: [tenantId] };
}

/** Whether what reads writes as well; a row that it holds is not written. */
const writesBeside = (text: string) =>
  /\b(insert|update|delete|merge)\b/i.test(text.replace(/\bfor (no key )?update\b/gi, ''));

const lasting = (milliseconds: number): Prepared => ({
  name: 'set-time',
  text: "select set_config('statement_timeout', $1, true)",
  values: [String(milliseconds)],
});

const MAX_PREPARED = 500;
const names = new Map<string, string>();

/** With more parameters a statement holds a list of values, each length of which is another statement. */
const MAX_PARAMETERS = 30;

/** A name for the statement, so that the server plans it once; beyond 500 different ones they go unnamed. */
function statementName({ sql, parameters }: CompiledQuery): string | undefined {
  if (parameters.length > MAX_PARAMETERS) return undefined;
  const known = names.get(sql);
  if (known) return known;
  if (names.size >= MAX_PREPARED) return undefined;
  const name = `k${names.size}`;
  names.set(sql, name);
  return name;
}

const isLasting = ({ query }: { query: CompiledQuery }) => (query as Foreseeable).isLasting === true;

const asStatement = (query: CompiledQuery): Prepared => ({
  name: statementName(query),
  text: query.sql,
  values: query.parameters,
  joint: (query as Foreseeable).joint,
});

/** Runs statements without any tenant: platform tables only. */
export async function onPlatformTables<T>(pool: pg.Pool, work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
  const { unit } = await Unit.open(pool, null);
  try {
    const result = await work(unit.db);
    await unit.commit();
    return result;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
}

/**
 * One statement on platform tables or the directory, in a transaction of its own.
 *
 * @throws a lost connection, which the kernel answers by 503, without an answer in `timeoutMs`
 */
export const ask = async <Row>(pool: pg.Pool, statement: Prepared, timeoutMs?: number): Promise<Row[]> =>
  (await askOver(asides.get(pool) ?? pool, [statement], timeoutMs))[0]?.rows as Row[];

const isIdle = (pool: pg.Pool) => pool.waitingCount === 0 && pool.idleCount === pool.totalCount;

/** One message, which is a transaction of its own. */
async function askOver(pool: pg.Pool, statements: Prepared[], timeoutMs = SILENCE_MS): Promise<Answer[]> {
  let client: pg.PoolClient | undefined;
  let late: NodeJS.Timeout | undefined;
  let failed: Error | undefined;
  try {
    client = await pool.connect();
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    late = setTimeout(() => stream.destroy(), timeoutMs);
    return await sendAlone(client, statements);
  } catch (error) {
    // An error of the server leaves the connection as it was; any other leaves it of no use.
    if (!(error instanceof pg.DatabaseError)) failed = error as Error;
    throw error;
  } finally {
    clearTimeout(late);
    client?.release(failed);
  }
}

export type Pool = pg.Pool;
