import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedDatabases } from '../src/kernel/database/embedded.ts';
import { migrate } from '../src/kernel/database/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that all test files share; each copies the templates for itself. */
    postgres: { host: string; port: number; superuser: string };
  }
}

/** One real PostgreSQL for the run, with a migrated template of a cell and of the directory. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-test-'));
  await chmod(folder, 0o755); // as root the databases run as nobody
  const packageName = process.env.BAILIWICK_TEST_POSTGRES;
  const dataFolder = join(folder, 'data');
  const start = () => startEmbeddedDatabases({ dataFolder, names: ['test'], ...(packageName ? { packageName } : {}) });
  await (await start()).stop();
  // Two files at once, each with several nodes, need more than one node is given.
  await writeFile(join(dataFolder, 'test', 'postgresql.local.conf'), 'max_connections = 300\n');
  const databases = await start();
  const cluster = databases.clusters.get('test');
  if (!cluster) throw new Error('The test database did not start.');
  const postgres = { host: cluster.socketFolder, port: cluster.port, superuser: cluster.superuser };
  const connection = { host: postgres.host, port: postgres.port, user: postgres.superuser };
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  await client.query('create database template_cell');
  await client.query('create database template_directory');
  await client.end();
  await migrate({ ...connection, database: 'template_cell' }, 'cell');
  await migrate({ ...connection, database: 'template_directory' }, 'directory');
  project.provide('postgres', postgres);
  return async () => {
    await databases.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
