import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { aPlatform } from '../../../test/harness.ts';
import { newId } from '../ids.ts';
import { problemOf } from '../problem.ts';
import { Commits } from './commits.ts';

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

async function aCell() {
  const platform = await aPlatform({ regions: ['au'] });
  const { host, port } = inject('postgres');
  const options = { host, port, user: 'app', database: platform.databases.cells.au?.[0] as string, pipeline: true };
  const pool = new pg.Pool({ ...options, max: 5 } as pg.PoolConfig);
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  ended.push(() => pool.end());
  const commits = new Commits(pool);
  const account = newId();
  const settingTenant = (tenant: string) => ({
    name: 'set-tenant',
    text: "select set_config('bailiwick.tenant', $1, true)",
    values: [tenant],
  });
  return {
    commits,
    account,
    settingTenant,
    async connect() {
      const client = new pg.Client(options);
      await client.connect();
      ended.push(() => client.end());
      return client;
    },
    /** Words of one account: none may be there twice. */
    add: (tenant: string, ...words: string[]) =>
      commits.send(
        settingTenant(tenant),
        words.map((word) => ({
          name: 'add',
          text: 'insert into account_words (tenant_id, account_id, word) values (current_tenant(), $1, $2)',
          values: [account, word],
        })),
      ),
    async written() {
      const rows: { tenant: string; word: string; by: string }[] = await platform.sql(
        'au',
        `select tenant_id as tenant, word, xmin::text as by from account_words where account_id = '${account}' order by word`,
      );
      return {
        words: rows.map(({ word }) => word),
        transactionOf: (sought: string) => rows.find(({ word }) => word === sought)?.by,
        tenantOf: (sought: string) => rows.find(({ word }) => word === sought)?.tenant,
      };
    },
  };
}

test('changes that come together are one transaction, those of another tenant never in it', async () => {
  const cell = await aCell();
  const [first, second] = [newId(), newId()];
  await Promise.all([cell.add(first, 'a', 'b'), cell.add(second, 'c'), cell.add(first, 'd')]);
  const { words, transactionOf, tenantOf } = await cell.written();
  expect(words).toEqual(['a', 'b', 'c', 'd']);
  expect(transactionOf('d')).toBe(transactionOf('a'));
  expect(transactionOf('c')).not.toBe(transactionOf('a'));
  expect(words.map(tenantOf)).toEqual([first, first, second, first]);
});

test('what comes while changes are made durable goes with the next, and is answered when that is', async () => {
  const cell = await aCell();
  const tenant = newId();
  const before = cell.add(tenant, 'a');
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const after = [cell.add(tenant, 'b'), cell.add(tenant, 'c')];
  await before;
  await Promise.all(after);
  const { transactionOf } = await cell.written();
  expect(transactionOf('b')).not.toBe(transactionOf('a'));
  expect(transactionOf('c')).toBe(transactionOf('b'));
});

test('one that fails fails alone, and nothing of it stays', async () => {
  const cell = await aCell();
  const tenant = newId();
  await cell.add(tenant, 'taken');
  const outcomes = await Promise.allSettled([
    cell.add(tenant, 'a'),
    cell.add(tenant, 'half', 'taken'),
    cell.add(tenant, 'b'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await cell.written()).words).toEqual(['a', 'b', 'taken']);
});

test('of two that want the same, one gets it', async () => {
  const cell = await aCell();
  const tenant = newId();
  const outcomes = await Promise.allSettled([cell.add(tenant, 'a', 'one'), cell.add(tenant, 'b', 'one')]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await cell.written()).words).toContain('one');
});

test('one that waits for a row holds up nobody behind it', async () => {
  const cell = await aCell();
  const tenant = newId();
  const holder = await cell.connect();
  await holder.query(`begin; set local bailiwick.tenant = '${tenant}'`);
  await holder.query('insert into account_words (tenant_id, account_id, word) values ($1, $2, $3)', [
    tenant,
    cell.account,
    'held',
  ]);
  const order: string[] = [];
  const held = cell.add(tenant, 'held').then(() => order.push('held'));
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await cell.add(tenant, 'free').then(() => order.push('free'));
  await holder.query('rollback');
  await held;
  expect(order).toEqual(['free', 'held']);
});

test('a connection that is lost fails what was under way, and is used no more', async () => {
  const cell = await aCell();
  const tenant = newId();
  await cell.add(tenant, 'a');
  const outcomes = Promise.allSettled([
    cell.commits.send(cell.settingTenant(tenant), [
      { name: 'end', text: 'select pg_terminate_backend(pg_backend_pid())', values: [] },
    ]),
    cell.add(tenant, 'b'),
  ]);
  for (const outcome of await outcomes) {
    expect(outcome.status).toBe('rejected');
    expect(problemOf((outcome as PromiseRejectedResult).reason)?.status).toBe(503);
  }
  await cell.add(tenant, 'c');
  expect((await cell.written()).words).toEqual(['a', 'c']);
});
