import {
  type Compilable,
  CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from 'kysely';
import type { Joint } from './batch.ts';
import type { Tables } from './tables.gen.ts';

/** Kysely over a unit of work: it builds the SQL, the unit sends it. */

const snakes = new Map<string, string>();

/** Names are camelCase in code and snake_case in SQL; a batch names what comes back. */
class SnakeCaseCompiler extends PostgresQueryCompiler {
  protected override sanitizeIdentifier(identifier: string): string {
    let snake = snakes.get(identifier);
    if (snake === undefined) {
      snake = super.sanitizeIdentifier(identifier).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      snakes.set(identifier, snake);
    }
    return snake;
  }
}

const adapter = new PostgresAdapter();
const compiler = new SnakeCaseCompiler();
const driver = new DummyDriver();
const dialect = {
  createAdapter: () => adapter,
  createDriver: () => driver,
  createIntrospector: (db: Kysely<never>) => new PostgresIntrospector(db),
  createQueryCompiler: () => compiler,
};
const config = { dialect };

type Execute = <R>(query: CompiledQuery) => Promise<QueryResult<R>>;

/** Straight to the unit's connection: there is one, and nothing to wait for or to give back. */
class UnitExecutor extends DefaultQueryExecutor {
  readonly #execute: Execute;

  constructor(execute: Execute) {
    const connection: DatabaseConnection = {
      executeQuery: execute,
      streamQuery() {
        throw new Error('Streaming is not offered inside a unit of work.');
      },
    };
    const provider: ConnectionProvider = { provideConnection: (use) => use(connection) };
    super(compiler, adapter, provider);
    this.#execute = execute;
  }

  override executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#execute<R>(query);
  }
}

export const queriesOver = (execute: Execute): Kysely<Tables> =>
  new Kysely<Tables>({ config, dialect, driver, executor: new UnitExecutor(execute) });

/** A query that may be sent before it is asked. */
export interface Foreseeable {
  isLasting?: boolean;
  joint?: Joint | undefined;
}

/** Stands for a value while a query is compiled. */
class Place {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Builds queries before there is a unit of work to ask them in. */
export const builder = queriesOver(() => {
  throw new Error('This builds queries; a unit of work asks them.');
});

/**
 * A constant of ours in the SQL itself: an index of some rows serves no condition that is a parameter, unless the query
 * is planned anew each time.
 */
export const constant = <Value extends string | number>(value: Value) => sql.lit(value);

/**
 * A change of a row that nobody holds: only the version that was read is changed, in a CTE `changed`. When that met none,
 * somebody came between, and this ends the transaction.
 */
export const elseOvertaken = sql<void>`overtaken()`.as('overtaken');
export const noneChanged = sql<boolean>`not exists (select from changed)`;
export const versionBefore = (next: number) => sql<number>`${next}::int - 1`;

/**
 * The same for SQL that is written out.
 *
 * @param joint its statement for several that wait together
 */
export function written<Row>(text: string, joint?: Joint): (parameters: readonly unknown[]) => CompiledQuery<Row> {
  const { query, queryId, sql } = CompiledQuery.raw(text);
  return (parameters) => {
    const bound: CompiledQuery & Foreseeable = { query, queryId, sql, joint, parameters };
    return bound as CompiledQuery<Row>;
  };
}

/**
 * A query compiled once, for what is asked all the time: each call only brings its values.
 *
 *     const named = prepared((db, at: { name: string }) => db.selectFrom('groups').selectAll().where('name', '=', at.name));
 *     ctx.ask(named({ name: 'Auditors' }))
 *
 * @param isLasting what it reads is never changed, so that it may be foreseen beyond changes of ours
 * @param build gets a place for each value instead of the value, so it cannot decide anything by it
 */
export function prepared<Values extends object, Row>(
  build: (db: Kysely<Tables>, at: Values) => Compilable<Row>,
  { isLasting = false } = {},
): (values: Values) => CompiledQuery<Row> {
  let made: CompiledQuery<Row> | undefined;
  return (values) => {
    made ??= build(builder, new Proxy({}, { get: (_, name) => new Place(name as string) }) as Values).compile();
    const { parameters, query, queryId, sql } = made;
    const bound: CompiledQuery<Row> & Foreseeable = {
      query,
      queryId,
      sql,
      isLasting,
      parameters: parameters.map((parameter) =>
        parameter instanceof Place ? values[parameter.name as keyof Values] : parameter,
      ),
    };
    return bound;
  };
}
