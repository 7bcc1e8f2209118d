import { CamelCasePlugin, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import pg from 'pg';
import { unavailable } from '../problem.ts';
import { isAdministrative } from './registry.ts';
import type { Tables } from './tables.gen.ts';

// Times stay what they are; 64-bit counts are numbers of ours and fit.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface PoolOptions {
  connection: pg.ClientConfig;
  size: number;
}

export const makePool = ({ connection, size }: PoolOptions) => {
  const pool = new pg.Pool({
    ...connection,
    max: size,
    pipeline: true,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    application_name: 'bailiwick',
  } as pg.PoolConfig);
  pool.on('error', () => undefined); // an idle connection was lost; the next request gets a new one
  return pool;
};

/** A statement prepared once a connection. */
export interface Prepared {
  name: string;
  text: string;
  values: unknown[];
}

const tenantForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * One transaction on one connection. The only way to the pool: opening it sets the tenant, for this transaction only,
 * so that row security shows that tenant's rows and no others (P2, P3). Without a tenant it shows no tenant's rows.
 */
export class Unit {
  readonly #client: pg.PoolClient;
  #open = true;
  #db: Kysely<Tables> | undefined;
  #wroteAdministrative = false;

  private constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /** Begins, sets the tenant and runs the statements, all in one round trip. */
  static async open(
    pool: pg.Pool,
    tenantId: string | null,
    statements: Prepared[] = [],
  ): Promise<{ unit: Unit; rows: unknown[][] }> {
    const unit = new Unit(await pool.connect());
    try {
      const answers = [unit.#begin(tenantId), ...statements.map((statement) => unit.run(statement))];
      const [, ...rows] = await settled(answers);
      return { unit, rows: rows as unknown[][] };
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  #begin(tenantId: string | null) {
    return this.#client.query(tenantId === null ? 'BEGIN' : `BEGIN; ${setTenant(tenantId)}`);
  }

  /** Goes on in another tenant of the same cell: from a session's home to the tenant that the path names. */
  async enter(tenantId: string, statement: Prepared): Promise<unknown[]> {
    const [, rows] = await settled([this.#client.query(setTenant(tenantId)), this.run(statement)]);
    return rows as unknown[];
  }

  /** Runs a prepared statement; its rows. */
  async run({ name, text, values }: Prepared): Promise<unknown[]> {
    return (await this.#client.query({ name, text, values })).rows;
  }

  get db(): Kysely<Tables> {
    this.#db ??= new Kysely<Tables>({ dialect: new UnitDialect((query) => this.#execute(query)), plugins });
    return this.#db;
  }

  /** Whether a table of the administrative class was written, so that an audit entry is due. */
  get wroteAdministrative() {
    return this.#wroteAdministrative;
  }

  async #execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (!this.#open) throw new Error('The unit of work is over; a query came after it.');
    if (!this.#wroteAdministrative && isAdministrative(query.query, query.sql)) this.#wroteAdministrative = true;
    const name = statementName(query.sql);
    const result = await this.#client.query({
      ...(name ? { name } : {}),
      text: query.sql,
      values: query.parameters as unknown[],
    });
    const changed = result.command === 'SELECT' ? undefined : BigInt(result.rowCount ?? 0);
    return { rows: result.rows as R[], ...(changed === undefined ? {} : { numAffectedRows: changed }) };
  }

  /**
   * Commits; the statements before it go in the same round trip. What was acknowledged is durable.
   *
   * @throws when the server rolled back instead
   */
  async commit(statements: Prepared[] = []): Promise<void> {
    this.#open = false;
    let failed: Error | undefined;
    try {
      const answers = await settled([...statements.map((each) => this.run(each)), this.#client.query('COMMIT')]);
      if ((answers.at(-1) as pg.QueryResult).command !== 'COMMIT')
        throw new Error('The transaction was rolled back instead of committed.');
    } catch (error) {
      failed = error as Error;
      throw error;
    } finally {
      this.#client.release(failed);
    }
  }

  /** Ends a unit that only read, without waiting for the answer. Nothing happens when it is over already. */
  finishRead(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#client.query('COMMIT').then(
      () => this.#client.release(),
      (error: Error) => this.#client.release(error),
    );
  }

  async rollback(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#client.query('ROLLBACK');
      this.#client.release();
    } catch (error) {
      this.#client.release(error as Error);
    }
  }
}

function setTenant(tenantId: string) {
  if (!tenantForm.test(tenantId)) throw new Error('A tenant id of another form reached the database.');
  return `SELECT set_config('bailiwick.tenant', '${tenantId}', true)`;
}

/** All answers in order; the first failure only after every statement was answered, so that none is left unheard. */
async function settled(answers: Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(answers);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value);
}

const plugins = [new CamelCasePlugin({ maintainNestedObjectKeys: true })];
const compiler = new PostgresQueryCompiler();
const adapter = new PostgresAdapter();

class UnitDialect implements Dialect {
  readonly #execute: DatabaseConnection['executeQuery'];
  constructor(execute: DatabaseConnection['executeQuery']) {
    this.#execute = execute;
  }
  createAdapter = () => adapter;
  createQueryCompiler = () => compiler;
  createIntrospector = (db: Kysely<never>) => new PostgresIntrospector(db);
  createDriver(): Driver {
    const connection: DatabaseConnection = {
      executeQuery: this.#execute,
      streamQuery() {
        throw new Error('Streaming is not offered inside a unit of work.');
      },
    };
    const nothing = async () => undefined;
    return {
      init: nothing,
      acquireConnection: async () => connection,
      beginTransaction: nothing,
      commitTransaction: nothing,
      rollbackTransaction: nothing,
      releaseConnection: nothing,
      destroy: nothing,
    };
  }
}

const MAX_PREPARED = 500;
const names = new Map<string, string>();

/** A name for the statement, so that the server plans it once; beyond 500 different ones they go unnamed. */
function statementName(sql: string): string | undefined {
  const known = names.get(sql);
  if (known) return known;
  if (names.size >= MAX_PREPARED) return undefined;
  const name = `k${names.size}`;
  names.set(sql, name);
  return name;
}

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

/** One statement on platform tables or the directory, in a transaction of its own. */
export async function ask<Row>(pool: pg.Pool, statement: Prepared): Promise<Row[]> {
  try {
    return (await pool.query(statement)).rows as Row[];
  } catch (error) {
    if (error instanceof Error && /timeout exceeded when trying to connect|Connection terminated/.test(error.message))
      throw unavailable('The database did not answer. Nothing was changed; try again.');
    throw error;
  }
}

export type Pool = pg.Pool;
