import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedDatabases, startEmbeddedDatabases } from '../../src/kernel/database/embedded.ts';
import { clientOf } from '../harness.ts';

/**
 * The production form: PostgreSQL 15 by URL, over TCP with passwords; `bailiwick migrate` and several `bailiwick serve`
 * as real processes of the built program.
 */

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const operatorKey = `operator-${'k'.repeat(40)}`;
const appPassword = 'p@ss/w:rd?of&app%';
const adminPassword = 'another secret';
/** A loopback address of our own, so that the standard port is free on it. */
const address = `127.${20 + (process.pid % 200)}.${1 + (Math.floor(process.pid / 200) % 250)}.1`;

let folder: string;
let databases: EmbeddedDatabases;
const processes = new Set<ChildProcess>();

async function asSuperuser<Row extends object>(database: string, text: string): Promise<Row[]> {
  const { socketFolder, port, superuser } = databases.clusters.get('production') ?? expect.fail('no cluster');
  const client = new pg.Client({ host: socketFolder, port, user: superuser, database });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const url = (user: string, password: string, database: string) =>
  `postgres://${user}:${encodeURIComponent(password)}@${address}:5432/${database}`;
const app = (database: string) => url('app', appPassword, database);
const admin = (database: string) => url('admin', adminPassword, database);

/** Settings of a platform whose databases begin with the prefix: two cells in `au`. */
const settings = (prefix: string, more: Record<string, string> = {}) => ({
  BAILIWICK_DATA: join(folder, `${prefix}-data`),
  BAILIWICK_KEYS: join(folder, `${prefix}-keys`),
  BAILIWICK_REGIONS: 'au',
  BAILIWICK_DATABASE_AU: `${app(`${prefix}_cell1`)},${app(`${prefix}_cell2`)}`,
  BAILIWICK_DIRECTORY: app(`${prefix}_directory`),
  BAILIWICK_BASE_URL_AU: 'https://au.bailiwick.example',
  BAILIWICK_OPERATOR_KEY: operatorKey,
  BAILIWICK_PORT: '0',
  BAILIWICK_HOST: '127.0.0.1',
  ...more,
});

const migration = (prefix: string) =>
  settings(prefix, {
    BAILIWICK_MIGRATE_AU: `${admin(`${prefix}_cell1`)},${admin(`${prefix}_cell2`)}`,
    BAILIWICK_MIGRATE_DIRECTORY: admin(`${prefix}_directory`),
  });

function run(verb: string, env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, verb], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.add(child);
  let output = '';
  let told = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    told += chunk;
  });
  const ended = once(child, 'close').then(([code]) => {
    processes.delete(child);
    return { code: code as number | null, output, told };
  });
  return { child, ended, output: () => output, told: () => told };
}

async function serve(env: Record<string, string>) {
  const node = run('serve', env);
  let isOver = false;
  void node.ended.then(() => {
    isOver = true;
  });
  for (let attempt = 0; attempt < 400 && !isOver; attempt++) {
    const port = /is ready at http:\/\/[^:]+:(\d+)/.exec(node.output())?.[1];
    if (port) return { ...node, url: `http://127.0.0.1:${port}` };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The node did not become ready: ${node.output()}${node.told()}`);
}

async function makeDatabases(prefix: string) {
  for (const name of ['directory', 'cell1', 'cell2'])
    await asSuperuser('postgres', `create database ${prefix}_${name} owner admin`);
  await mkdir(join(folder, `${prefix}-keys`), { mode: 0o700 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiwick-production-'));
  await chmod(folder, 0o755); // as root the databases run as nobody
  const options = {
    dataFolder: join(folder, 'postgres'),
    names: ['production'],
    packageName: `postgres-15-${process.platform}-${process.arch}`,
  };
  databases = await startEmbeddedDatabases(options);
  const [files] = await asSuperuser<{ conf: string; hba: string }>(
    'postgres',
    `select current_setting('config_file') as conf, current_setting('hba_file') as hba`,
  );
  if (!files) throw new Error('PostgreSQL does not tell its files.');
  await writeFile(join(dirname(files.conf), 'postgresql.local.conf'), `listen_addresses = '${address}'\n`, {
    mode: 0o644,
  });
  await databases.stop();
  databases = await startEmbeddedDatabases(options);
  await appendFile(files.hba, 'host all all 127.0.0.0/8 scram-sha-256\n');
  await asSuperuser('postgres', 'select pg_reload_conf()');
  await asSuperuser('postgres', `create role admin login createrole password '${adminPassword}'`);
  await asSuperuser('postgres', `create role app login password '${appPassword}'`);
  await makeDatabases('main');
}, 120_000);

afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await databases?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the databases are PostgreSQL 15 and ask for a password', async () => {
  const [row] = await asSuperuser<{ server_version: string }>('postgres', 'show server_version');
  expect(row?.server_version).toMatch(/^15\./);
  const client = new pg.Client(url('app', 'a wrong one', 'main_cell1'));
  await expect(client.connect()).rejects.toThrow(/password authentication failed/);
});

describe('before it is migrated', () => {
  test('serve says to migrate, and to bring the keys', async () => {
    const { code, told } = await run('serve', settings('main')).ended;
    expect(code).toBe(1);
    expect(told).toMatch(/bailiwick migrate|There is no key/);
    expect(told).not.toContain(encodeURIComponent(appPassword));
  });
});

test('migrate, two at once, makes schema and keys; again it finds all up to date', async () => {
  const both = await Promise.all([run('migrate', migration('main')).ended, run('migrate', migration('main')).ended]);
  for (const { code, told } of both) expect({ code, told }).toEqual({ code: 0, told: '' });
  const again = await run('migrate', migration('main')).ended;
  expect(again.output).toContain('directory: up to date');
  expect(again.output).toContain('au, cell 1: up to date');
  expect(again.output).toContain('au, cell 2: up to date');
  expect(again.output + again.told).not.toContain(adminPassword);

  const keys = join(folder, 'main-keys');
  expect((await readdir(keys)).sort()).toEqual(['au.master.key', 'fingerprint.key']);
  for (const name of await readdir(keys)) expect((await stat(join(keys, name))).mode & 0o077).toBe(0);
}, 60_000);

test('migrate killed at any moment: the next run goes on', async () => {
  await makeDatabases('killed');
  const kills: (number | null)[] = [];
  for (const delayMs of [450, 550, 650, 750, 850, 1000]) {
    const { child, ended } = run('migrate', migration('killed'));
    const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
    kills.push((await ended).code);
    clearTimeout(timer);
  }
  expect(kills).toContain(null);
  const { code, told } = await run('migrate', migration('killed')).ended;
  expect({ code, told }).toEqual({ code: 0, told: '' });
  const node = await serve(settings('killed'));
  expect((await clientOf(node.url, null).get('/readyz')).status).toBe(200);
  node.child.kill('SIGTERM');
  expect((await node.ended).code).toBe(0);
}, 90_000);

test.each([
  ['the role that owns the tables', () => ({ BAILIWICK_DATABASE_AU: admin('main_cell1') }), /owns \w+/],
  ['no keys', () => ({ BAILIWICK_KEYS: join(folder, 'nowhere') }), /fingerprint\.key|master\.key/],
  ['no key folder', () => ({ BAILIWICK_KEYS: '' }), /BAILIWICK_KEYS is not set/],
  ['a wrong password', () => ({ BAILIWICK_DATABASE_AU: url('app', 'wrong', 'main_cell1') }), /./],
])(
  'serve with %s ends with a message',
  async (_what, change, says) => {
    const { code, output, told } = await run('serve', settings('main', change())).ended;
    expect(code).toBe(1);
    expect(told).toMatch(says);
    expect(output).not.toContain('is ready');
    for (const secret of [appPassword, encodeURIComponent(appPassword), adminPassword, operatorKey])
      expect(output + told).not.toContain(secret);
  },
  60_000,
);

describe('two nodes', () => {
  let one: Awaited<ReturnType<typeof serve>>;
  let two: Awaited<ReturnType<typeof serve>>;
  let ownerKey: string;
  let path: string;
  const at = (node: { url: string }, key: string | null = ownerKey) => clientOf(node.url, key);

  beforeAll(async () => {
    [one, two] = await Promise.all([serve(settings('main')), serve(settings('main'))]);
    const made = await at(one, operatorKey).post('/v1/tenants', {
      name: 'harbour',
      displayName: 'Harbour',
      legalName: 'Harbour Pty Ltd',
      region: 'au',
      country: 'AU',
      type: 'customer',
      owner: { email: 'owner@harbour.example', firstName: 'Ada', lastName: 'Owner' },
      bootstrapKey: true,
    });
    expect(made.status, one.output() + one.told()).toBe(201);
    ownerKey = made.body.ownerKey;
    path = `/v1/tenants/${made.body.tenant.id}`;
  }, 60_000);

  test('what one writes the other reads at once', async () => {
    const group = await at(one).post(`${path}/groups`, { name: 'Operators' });
    expect(group.status, group.text).toBe(201);
    expect((await at(two).get(`${path}/groups/${group.body.id}`)).body).toEqual(group.body);
    const namespace = await at(two).post(`${path}/namespaces`, { name: 'production' });
    expect(namespace.status, namespace.text).toBe(201);
    expect((await at(one).get(`${path}/namespaces`)).body.items.map(({ name }: { name: string }) => name)).toContain(
      'production',
    );
    const token = await at(one).post(`${path}/provisioning-tokens`, { name: 'directory sync' });
    expect(token.status, token.text).toBe(201);
    expect((await at(two, token.body.value).get('/v1/me')).status).toBe(200);
    expect((await at(two).delete(`${path}/provisioning-tokens/${token.body.id}`)).status).toBe(204);
    expect((await at(one, token.body.value).get('/v1/me')).status).toBe(401);
  });

  test('the base URL is the one that was set, on both', async () => {
    for (const node of [one, two])
      expect((await at(node, null).get('/v1/regions')).body.items).toEqual([
        { code: 'au', name: 'Australia', country: 'AU', baseUrl: 'https://au.bailiwick.example' },
      ]);
  });

  test('nobody registers without an invitation', async () => {
    const reply = await at(one, null).post('/v1/registrations', {
      region: 'au',
      email: 'stranger@elsewhere.example',
      fullName: 'A Stranger',
      mobilePhone: '+61280001234',
    });
    expect({ status: reply.status, path: reply.body.errors?.[0].path }, reply.text).toEqual({
      status: 400,
      path: 'invitation',
    });
  });

  test('kill -9 of one during writes loses nothing that was acknowledged, and the other goes on', async () => {
    const acknowledged: string[] = [];
    let isKilled = false;
    const writer = async (number: number) => {
      for (let count = 0; !isKilled; count++) {
        const name = `written ${number} ${count}`;
        const reply = await at(one)
          .post(`${path}/groups`, { name })
          .catch(() => undefined);
        if (reply?.status === 201) acknowledged.push(name);
      }
    };
    const writers = Promise.all([1, 2, 3, 4].map(writer));
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(40);
    one.child.kill('SIGKILL');
    await one.ended;
    isKilled = true;
    await writers;

    const names = new Set<string>();
    let cursor = '';
    do {
      const { body } = await at(two).get(`${path}/groups?limit=200${cursor}`);
      for (const { name } of body.items) names.add(name);
      cursor = body.nextCursor ? `&cursor=${encodeURIComponent(body.nextCursor)}` : '';
    } while (cursor);
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    // At most what was under way at the kill was written without an answer.
    const unheard = [...names].filter((name) => name.startsWith('written ') && !acknowledged.includes(name));
    expect(unheard.length).toBeLessThanOrEqual(4);

    const again = await at(two).post(`${path}/groups`, { name: 'after the kill' });
    expect(again.status, again.text).toBe(201);
    const audited = (await at(two).get(`${path}/audit-entries?limit=200&action=groups.create`)).body;
    expect(audited.total).toBe(names.size - (names.has('Owners') ? 0 : -1) + 1);
    one = await serve(settings('main'));
    expect((await at(one).get(`${path}/groups/${again.body.id}`)).body).toEqual(again.body);
  }, 60_000);

  test('SIGTERM lets what is under way end', async () => {
    const replies = Array.from({ length: 20 }, (_, at_) =>
      at(one)
        .post(`${path}/groups`, { name: `draining ${at_}` })
        .then(({ status }) => status),
    );
    await replies[0];
    one.child.kill('SIGTERM');
    const settled = await Promise.allSettled(replies);
    for (const reply of settled) if (reply.status === 'fulfilled') expect([201, 503]).toContain(reply.value);
    expect((await one.ended).code).toBe(0);
    two.child.kill('SIGTERM');
    expect((await two.ended).code).toBe(0);
    expect(two.told()).toBe('');
  });

  test('no log line holds a secret or a person', () => {
    const lines = one.output() + one.told() + two.output() + two.told();
    for (const secret of [ownerKey, operatorKey, appPassword, 'harbour.example', 'Ada'])
      expect(lines).not.toContain(secret);
  });
});
