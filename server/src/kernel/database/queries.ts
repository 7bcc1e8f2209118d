import {
  type CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
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
