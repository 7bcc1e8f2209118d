import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type DatabaseKind, migrate, readMigrations } from '../../src/kernel/database/migrate.ts';
import { aClient, aDatabase, aRole, connectionTo, schemaOf, sqlOn } from './databases.ts';

const kinds = ['cell', 'directory'] as const;
const fresh = async (kind: DatabaseKind) => schemaOf(await aDatabase(kind));

test.each(kinds)('a %s migrated one step at a time is the one made at once', async (kind) => {
  const database = await aDatabase();
  const migrations = await readMigrations(kind);
  for (let steps = 1; steps <= migrations.length; steps++)
    expect(await migrate(connectionTo(database), kind, 'app', migrations.slice(0, steps))).toEqual([
      migrations[steps - 1]?.name,
    ]);
  expect(await schemaOf(database)).toEqual(await fresh(kind));
});

const wayBack = async (name: string) =>
  readFile(new URL(`../../migrations/cell/back/${name}`, import.meta.url), 'utf8');

test('each step of a cell but the first has a way back, to the schema before it and without losing an account', async () => {
  const migrations = await readMigrations('cell');
  const later = migrations.slice(1).map(({ name }) => name);
  expect((await readdir(new URL('../../migrations/cell/back/', import.meta.url))).sort()).toEqual(later);

  const database = await aDatabase();
  const schemas: string[][] = [];
  for (let steps = 1; steps <= migrations.length; steps++) {
    await migrate(connectionTo(database), 'cell', 'app', migrations.slice(0, steps));
    schemas.push(await schemaOf(database));
  }
  const [tenant, account] = ['a', 'b'].map((letter) => `00000000-0000-7000-8000-00000000000${letter}`);
  await sqlOn(
    database,
    `with tenant as (
       insert into tenants (tenant_id, name, display_name, legal_name, type, region, country, namespace_regions)
       values ($1, 't', 't', 't', 'customer', 'au', 'AU', '{au}')),
     principal as (insert into principals (tenant_id, id, kind) values ($1, $2, 'account'))
     insert into accounts (tenant_id, id, source, username, username_canonical, username_folded, attributes,
                           first_name, last_name, display_name)
     values ($1, $2, 'scim', 'u', 'u', 'u', '{}', '', '', 'u')`,
    [tenant, account],
  );
  for (let steps = migrations.length; steps > 1; steps--) {
    await sqlOn(database, await wayBack(later[steps - 2] as string));
    expect(await schemaOf(database)).toEqual(schemas[steps - 2]);
  }
  expect(await sqlOn(database, 'select username, email, source from accounts')).toEqual([
    { username: 'u', email: `${account}@address.invalid`, source: 'scim' },
  ]);
  expect(await migrate(connectionTo(database), 'cell', 'app', migrations.slice(0, 1))).toEqual([]);
}, 120_000);

test('who had licences and has no look at them to come is looked at, and nobody else', async () => {
  const migrations = await readMigrations('cell');
  const database = await aDatabase();
  const before = migrations.filter(({ name }) => name < '0101');
  await migrate(connectionTo(database), 'cell', 'app', before);
  const ids = ['a', 'b', 'c'].map((letter) => `00000000-0000-7000-8000-00000000000${letter}`);
  const [stuck, looked, never] = ids;
  for (const id of ids)
    await sqlOn(
      database,
      `insert into tenants (tenant_id, name, display_name, legal_name, type, region, country, namespace_regions)
       values ($1, 't', 't', 't', 'customer', 'au', 'AU', '{au}')`,
      [id],
    );
  const looks = `insert into licence_looks (tenant_id, id, had_terms) values ($1, $1, $2)`;
  for (const [id, hadTerms] of [
    [stuck, true],
    [looked, true],
    [never, false],
  ])
    await sqlOn(database, looks, [id, hadTerms]);
  await sqlOn(database, `insert into due_jobs (id, tenant_id, kind) values ($1, $1, 'licences.look')`, [looked]);

  await migrate(connectionTo(database), 'cell');
  expect(
    await sqlOn(
      database,
      `select d.tenant_id, d.kind, j.payload from jobs j join due_jobs d using (tenant_id, id, kind)`,
    ),
  ).toEqual([{ tenant_id: stuck, kind: 'licences.look', payload: { lookId: stuck } }]);
});

test('on the way back a licence is over only what it is over now', async () => {
  const migrations = await readMigrations('cell');
  const database = await aDatabase();
  await migrate(
    connectionTo(database),
    'cell',
    'app',
    migrations.filter(({ name }) => name < '0101'),
  );
  const [tenant, under, over] = ['a', 'b', 'c'].map((letter) => `00000000-0000-7000-8000-00000000000${letter}`);
  await sqlOn(
    database,
    `insert into tenants (tenant_id, name, display_name, legal_name, type, region, country, namespace_regions)
     values ($1, 't', 't', 't', 'customer', 'au', 'AU', '{au}')`,
    [tenant],
  );
  for (const id of [under, over])
    await sqlOn(
      database,
      `insert into licences (tenant_id, id, name, source, created_at, updated_at) values ($1, $2, 'l', 'catalogue', now(), now())`,
      [tenant, id],
    );
  for (const [id, amount, since, isNow] of [
    [under, 10, '2026-11-02', false],
    [over, 10, '2026-11-02', false],
    [over, 20, '2026-11-09', true],
  ])
    await sqlOn(
      database,
      `insert into licence_standings (tenant_id, licence_id, product, month, amount, over_since, is_now)
       values ($1, $2, 'people', '2026-11-01', $3, $4, $5)`,
      [tenant, id, amount, `${since}T00:00:00Z`, isNow],
    );

  await sqlOn(database, await wayBack('0100_one_grace.sql'));
  expect(await sqlOn(database, 'select licence_id, over_since from licence_standings')).toEqual([
    { licence_id: over, over_since: new Date('2026-11-09T00:00:00Z') },
  ]);
});

test.each(kinds)('migrating a %s again changes nothing', async (kind) => {
  const database = await aDatabase(kind);
  expect(await migrate(connectionTo(database), kind)).toEqual([]);
  expect(await schemaOf(database)).toEqual(await fresh(kind));
});

test('migrating again gives back rights that were taken', async () => {
  const database = await aDatabase('cell');
  await sqlOn(database, 'revoke all on groups from app');
  await migrate(connectionTo(database), 'cell');
  expect(await schemaOf(database)).toEqual(await fresh('cell'));
});

test.each(kinds)('eight migrations of a %s at once: each step runs once', async (kind) => {
  const database = await aDatabase();
  const ran = await Promise.all(Array.from({ length: 8 }, () => migrate(connectionTo(database), kind)));
  expect(ran.flat().sort()).toEqual((await readMigrations(kind)).map(({ name }) => name));
  expect(await schemaOf(database)).toEqual(await fresh(kind));
});

test('migrations of several databases of one server at once do not disturb one another', async () => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => aDatabase()));
  await Promise.all(databases.map((database) => migrate(connectionTo(database), 'cell')));
  const expected = await fresh('cell');
  for (const database of databases) expect(await schemaOf(database)).toEqual(expected);
});

/** The backend of a migration that waits for a lock. */
async function waitingMigration(database: string): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const [row] = await sqlOn<{ pid: number }>(
      'postgres',
      `select pid from pg_stat_activity where datname = $1 and application_name = 'bailiwick-migrate' and wait_event_type = 'Lock'`,
      [database],
    );
    if (row) return row.pid;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('The migration did not come to the lock.');
}

test.each([
  ['cell', 'memberships'],
  ['directory', 'tenants'],
] as const)('a migration of a %s killed midway leaves nothing half done, and the next goes on', async (kind, table) => {
  const database = await aDatabase();
  const obstacle = await aClient(database);
  await obstacle.query('begin');
  await obstacle.query(`create table ${table} (x integer)`); // the migration comes to this name and waits
  const killed = migrate(connectionTo(database), kind).then(
    () => 'ended in order',
    () => 'was killed',
  );
  await sqlOn('postgres', 'select pg_terminate_backend($1)', [await waitingMigration(database)]);
  expect(await killed).toBe('was killed');
  await obstacle.query('rollback');
  await obstacle.end();

  expect(
    await sqlOn(database, `select relname::text from pg_class where relname in ('tenants', 'regions', 'groups')`),
  ).toEqual([]);
  expect(await sqlOn(database, 'select name from migrations')).toEqual([]);

  expect(await migrate(connectionTo(database), kind)).toEqual((await readMigrations(kind)).map(({ name }) => name));
  expect(await schemaOf(database)).toEqual(await fresh(kind));
});

test('a database that is newer than the program is left as it is', async () => {
  const database = await aDatabase('cell');
  await sqlOn(database, `insert into migrations (name, hash) values ('9999_from_the_future.sql', 'x')`);
  await sqlOn(database, 'revoke all on groups from app');
  const before = await schemaOf(database);
  await expect(migrate(connectionTo(database), 'cell')).rejects.toThrow(/newer than this program/);
  expect(await schemaOf(database)).toEqual(before);
});

test('a migration that ran with another text is refused', async () => {
  const database = await aDatabase('cell');
  await sqlOn(database, `update migrations set hash = 'another'`);
  await expect(migrate(connectionTo(database), 'cell')).rejects.toThrow(/ran with another text/);
});

test('without the right to make roles and without the role, it says what to type', async () => {
  const database = await aDatabase();
  await expect(migrate(connectionTo(database, await aRole()), 'cell', 'app_that_is_not_there')).rejects.toThrow(
    /create role "app_that_is_not_there" login password/,
  );
});
