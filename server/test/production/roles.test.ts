import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashOperatorKey, readConfig } from '../../src/kernel/config.ts';
import { checkDatabase, type DatabaseKind, DatabaseProblem, migrate } from '../../src/kernel/database/migrate.ts';
import { makePool } from '../../src/kernel/database/pool.ts';
import { tenantTables } from '../../src/kernel/database/registry.ts';
import { startNode } from '../../src/node.ts';
import { operatorKey } from '../harness.ts';
import { aDatabase, aRole, connectionTo, sqlOn } from './databases.ts';

/** P2: the server refuses a database from which isolation would not hold, and says what to type. */

async function check(database: string, role = 'app', kind: DatabaseKind = 'cell') {
  const pool = makePool({ connection: connectionTo(database, role), size: 1 });
  try {
    await checkDatabase(pool, kind, 'Region au, cell 1');
  } finally {
    await pool.end();
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('The database was accepted.'),
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseProblem);
  return error.message;
}

test.each(['cell', 'directory'] as const)('a migrated %s is accepted as app', async (kind) => {
  await expect(check(await aDatabase(kind), 'app', kind)).resolves.toBeUndefined();
});

describe('roles', () => {
  let cell: string;
  beforeAll(async () => {
    cell = await aDatabase('cell');
  });

  test('a superuser is refused', async () => {
    const role = await aRole('superuser');
    const message = await refusal(check(cell, role));
    expect(message).toContain(`the role "${role}" is a superuser`);
    expect(message).toContain('"bailiwick migrate" made (app)');
    expect(message).toContain(`alter role "${role}" nosuperuser nobypassrls;`);
  });

  test('a role that may bypass row security is refused', async () => {
    const role = await aRole('bypassrls in role app');
    const message = await refusal(check(cell, role));
    expect(message).toContain(`the role "${role}" may bypass row security`);
    expect(message).toContain(`alter role "${role}" nosuperuser nobypassrls;`);
  });

  test('a role that may become one that bypasses row security is refused', async () => {
    const strong = await aRole('bypassrls');
    const role = await aRole(`noinherit in role ${strong}`);
    await sqlOn(cell, `grant select on migrations to ${role}`);
    const message = await refusal(check(cell, role));
    expect(message).toContain(`may become "${strong}"`);
    expect(message).toContain(`revoke "${strong}" from "${role}";`);
    await sqlOn(cell, `revoke all on migrations from ${role}`);
  });

  test('the owner of a table is refused', async () => {
    const database = await aDatabase('cell');
    await sqlOn(database, 'alter table groups owner to app');
    const message = await refusal(check(database));
    expect(message).toContain('the role "app" owns groups');
    await sqlOn(database, message.slice(message.indexOf('type for each: ') + 'type for each: '.length));
    await expect(check(database)).resolves.toBeUndefined();
  });

  test.each(['inherit', 'noinherit'])('a member of the role that owns the tables is refused (%s)', async (inherits) => {
    const role = await aRole(`${inherits} in role migrator`);
    await sqlOn(cell, `grant select on migrations to ${role}`);
    expect(await refusal(check(cell, role))).toMatch(/owns \w+/);
    await sqlOn(cell, `revoke all on migrations from ${role}`);
  });

  test('the owner of the directory is refused', async () => {
    const database = await aDatabase('directory');
    await sqlOn(database, 'alter table tenants owner to app');
    expect(await refusal(check(database, 'app', 'directory'))).toContain('owns tenants');
  });
});

describe('tables', () => {
  const weakenings = [
    ['row security is not forced', 'alter table accounts no force row level security'],
    ['row security is off', 'alter table accounts disable row level security'],
    ['the policy was dropped', 'drop policy own_tenant on accounts'],
    [
      'the policy checks no writes',
      'drop policy own_tenant on accounts; create policy own_tenant on accounts using (tenant_id = current_tenant())',
    ],
    ['the policy lets everything through', 'alter policy own_tenant on accounts using (true)'],
    ['a second policy lets more through', 'create policy more on accounts using (true) with check (true)'],
    ['the table is gone', 'alter table accounts rename to accounts_before'],
  ] as const;

  test.each(weakenings)('%s: refused, with what to type', async (_what, sql) => {
    const database = await aDatabase('cell');
    await sqlOn(database, sql);
    const message = await refusal(check(database));
    expect(message).toContain('the table "accounts" lacks forced row security');
    expect(message).toContain('alter table "accounts" enable row level security, force row level security;');
    expect(message).toContain('create policy own_tenant on "accounts"');
  });

  test('what it says to type makes the table right again', async () => {
    const database = await aDatabase('cell');
    await sqlOn(database, 'drop policy own_tenant on sessions; alter table sessions disable row level security');
    const message = await refusal(check(database));
    await sqlOn(database, message.slice(message.indexOf('type: ') + 'type: '.length));
    await expect(check(database)).resolves.toBeUndefined();
  });

  test('every tenant table is looked at', async () => {
    const database = await aDatabase('cell');
    expect(tenantTables.length).toBeGreaterThan(20);
    for (const table of tenantTables) {
      await sqlOn(database, `alter table ${table} no force row level security`);
      expect(await refusal(check(database))).toContain(`the table "${table}"`);
      await sqlOn(database, `alter table ${table} force row level security`);
    }
  });
});

describe('versions', () => {
  test.each(['cell', 'directory'] as const)('an empty %s: migrate first', async (kind) => {
    const message = await refusal(check(await aDatabase(), 'app', kind));
    expect(message).toBe('Region au, cell 1: the schema is not up to date. Type: bailiwick migrate');
  });

  test.each(['cell', 'directory'] as const)('a %s without the last migration: migrate first', async (kind) => {
    const database = await aDatabase(kind);
    await sqlOn(database, 'delete from migrations where name = (select max(name) from migrations)');
    expect(await refusal(check(database, 'app', kind))).toContain('Type: bailiwick migrate');
  });

  test.each(['cell', 'directory'] as const)('a newer %s: start the newer version', async (kind) => {
    const database = await aDatabase(kind);
    await sqlOn(database, `insert into migrations (name, hash) values ('9999_from_the_future.sql', 'x')`);
    const message = await refusal(check(database, 'app', kind));
    expect(message).toContain('newer than this program (it has 9999_from_the_future.sql)');
    expect(message).toContain('Start the newer version; nothing was changed.');
  });
});

describe('one database in the place of another', () => {
  test.each(['cell', 'directory'] as const)('of another kind than a %s', async (kind) => {
    const database = await aDatabase(kind === 'cell' ? 'directory' : 'cell');
    expect(await refusal(check(database, 'app', kind))).toContain('need one of their own');
    expect(await refusal(migrate(connectionTo(database), kind))).toContain('nothing was changed');
  });
});

test('where somebody else made the role of the application, migrate says what to type, and goes on after it', async () => {
  const app = await aRole();
  const owner = await aRole('createrole');
  const database = await aDatabase();
  await sqlOn('postgres', `alter database ${database} owner to ${owner}`);
  await sqlOn('postgres', `grant migrator to ${owner} with admin option`);
  const run = () => migrate(connectionTo(database, owner), 'cell', app);
  const [server] = await sqlOn<{ version: number }>(
    'postgres',
    `select current_setting('server_version_num')::int as version`,
  );
  // Up to PostgreSQL 15 who may make roles may change all of them.
  if (server && server.version >= 160_000) {
    const message = await refusal(run());
    expect(message).toContain(`The role "${app}" was made by somebody else`);
    const typed = message.slice(message.indexOf('type: ') + 'type: '.length);
    expect(typed).toBe(`grant "${app}" to "${owner}" with admin option;`);
    await sqlOn('postgres', typed);
  }
  expect((await run()).length).toBeGreaterThan(20);
  await expect(check(database, app)).resolves.toBeUndefined();
});

const [fingerprintKey, masterKey] = [randomBytes(32), randomBytes(32)];

interface Served {
  region?: string;
  cells: string[];
  directory: string;
  keys?: { fingerprintKey?: Buffer; masterKey?: Buffer };
}

async function start({ region = 'au', cells, directory, keys }: Served) {
  const node = await startNode({
    config: readConfig({ BAILIWICK_PORT: '0', BAILIWICK_HOST: '127.0.0.1', BAILIWICK_REGIONS: region }),
    databases: {
      directory: connectionTo(directory, 'app'),
      cells: { [region]: cells.map((cell) => connectionTo(cell, 'app')) },
    },
    log: pino({ level: 'silent' }),
    fingerprintKey: keys?.fingerprintKey ?? fingerprintKey,
    masterKeys: { [region]: keys?.masterKey ?? masterKey },
    operatorKeyHash: hashOperatorKey(operatorKey),
  });
  await node.stop();
}

describe('settings that mean other databases or keys than those of the data', () => {
  let first: string;
  let second: string;
  let directory: string;
  beforeAll(async () => {
    [first, second, directory] = [await aDatabase('cell'), await aDatabase('cell'), await aDatabase('directory')];
    await start({ cells: [first, second], directory });
  });

  test('the same ones again are served', () => start({ cells: [first, second], directory }));

  test('another region', async () => {
    const message = await refusal(start({ region: 'us', cells: [first], directory }));
    expect(message).toContain('Region us, cell 1: this database holds the region au. Set BAILIWICK_DATABASE_US');
  });

  test.each([
    ['in another order', () => [second, first]],
    ['without the first', () => [second]],
    ['one of them twice', () => [first, first]],
  ])('cells %s', async (_how, cells) => {
    const message = await refusal(start({ cells: cells(), directory }));
    expect(message).toMatch(/^Region au, cell \d: this database is cell \d of the region\. Set BAILIWICK_DATABASE_AU/);
  });

  test('a new cell at the end is taken', async () => {
    await start({ cells: [first, second, await aDatabase('cell')], directory });
  });

  test('another master key', async () => {
    const message = await refusal(start({ cells: [first, second], directory, keys: { masterKey: randomBytes(32) } }));
    expect(message).toContain('the master key of au is not the one that this database was written with');
    expect(message).toContain('backup');
  });

  test('another fingerprint key, in a cell and in the directory', async () => {
    const keys = { fingerprintKey: randomBytes(32) };
    expect(await refusal(start({ cells: [first, second], directory, keys }))).toContain(
      'Region au, cell 1: the finger',
    );
    expect(await refusal(start({ cells: [await aDatabase('cell')], directory, keys }))).toContain(
      'Directory: the finger',
    );
  });

  test('the server cannot change a mark', async () => {
    const pool = makePool({ connection: connectionTo(first, 'app'), size: 1 });
    await expect(pool.query(`update database_mark set region = 'us'`)).rejects.toThrow(/permission denied/);
    await expect(pool.query('delete from database_mark')).rejects.toThrow(/permission denied/);
    await pool.end();
  });
});

describe('a node', () => {
  const weak = [
    ['a cell without forced row security', 'alter table groups no force row level security', ''],
    ['a newer cell', `insert into migrations (name, hash) values ('9999_x.sql', 'x')`, ''],
    ['a newer directory', '', `insert into migrations (name, hash) values ('9999_x.sql', 'x')`],
    ['a directory whose tables its role owns', '', 'alter table tenants owner to app'],
  ] as const;

  test.each(weak)('does not serve from %s, and leaves no connection behind', async (_what, onCell, onDirectory) => {
    const [cell, directory] = [await aDatabase('cell'), await aDatabase('directory')];
    if (onCell) await sqlOn(cell, onCell);
    if (onDirectory) await sqlOn(directory, onDirectory);
    await refusal(start({ cells: [cell], directory }));
    await expect
      .poll(() => sqlOn('postgres', 'select 1 from pg_stat_activity where datname = any($1)', [[cell, directory]]))
      .toHaveLength(0);
  });
});
