import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cellTables, directoryTables, tenantTables } from '../../src/kernel/database/registry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { columnsOf, fill, insertOf, tenantA, tenantB } from './rows.ts';

/** P2, P3 and T5 on the migrated database, for each table; and proof that each check can fail. */

let client: pg.Client;
const database = `t_schema_${newId().replaceAll('-', '')}`;

const connect = async (name: string) => {
  const { host, port, superuser } = inject('postgres');
  const made = new pg.Client({ host, port, user: superuser, database: name });
  await made.connect();
  return made;
};

beforeAll(async () => {
  const admin = await connect('postgres');
  await admin.query(`create database ${database} template template_cell`);
  await admin.end();
  client = await connect(database);
  await fill(client, tenantTables);
});

afterAll(async () => {
  await client.end();
  const admin = await connect('postgres');
  await admin.query(`drop database ${database} with (force)`);
  await admin.end();
});

/** Runs a statement as the server's role, inside the transaction that is open; undoes it. @returns what it did */
async function attempt(text: string, values: unknown[] = []): Promise<{ refused: boolean; count: number }> {
  await client.query('savepoint before_attempt');
  try {
    const { rowCount } = await client.query(text, values);
    return { refused: false, count: rowCount ?? 0 };
  } catch (error) {
    const { code } = error as { code?: string };
    // 23505: the policy let the row through as far as the key. 42501: row security or a missing right refused it.
    if (code === '23505') return { refused: false, count: 1 };
    if (code !== '42501') throw error;
    return { refused: true, count: 0 };
  } finally {
    await client.query('rollback to savepoint before_attempt');
  }
}

const within = (tenantId: string | null) =>
  client.query("select set_config('bailiwick.tenant', $1, true)", [tenantId ?? '']);

/** Every way in which the table lets one tenant's rows out or foreign rows in; none when it isolates. */
async function faultsOf(table: string): Promise<string[]> {
  const columns = (await columnsOf(client)).get(table) ?? [];
  const faults: string[] = [];
  const expectNone = async (what: string, text: string, values: unknown[] = []) => {
    const { refused, count } = await attempt(text, values);
    if (!refused && count > 0) faults.push(what);
  };
  await client.query("set local session_replication_role = 'replica'"); // not the foreign keys are on trial
  await client.query('set local role app');
  for (const context of [null, tenantA]) {
    await within(context);
    const who = context ? 'in the context of A' : 'without context';
    await expectNone(`${who} B's row is seen`, `select from "${table}" where tenant_id = $1`, [tenantB]);
    await expectNone(
      `${who} a row of B is written`,
      ...(Object.values(insertOf(table, columns, tenantB)) as [string, unknown[]]),
    );
    await expectNone(`${who} B's row is changed`, `update "${table}" set tenant_id = tenant_id where tenant_id = $1`, [
      tenantB,
    ]);
    await expectNone(`${who} B's row is deleted`, `delete from "${table}" where tenant_id = $1`, [tenantB]);
    const moved = await attempt(`update "${table}" set tenant_id = $1`, [tenantB]);
    if (!moved.refused && moved.count > 0) faults.push(`${who} a row is moved to B`);
  }
  const own = await attempt(`select from "${table}"`);
  if (own.count !== 1) faults.push(`A sees ${own.count} rows instead of its one`);
  return faults;
}

async function faultsAfter(table: string, ...mutations: string[]): Promise<string[]> {
  await client.query('begin');
  try {
    for (const mutation of mutations) await client.query(mutation);
    return await faultsOf(table);
  } finally {
    await client.query('rollback');
  }
}

const secured = async (table: string) => {
  const { rows } = await client.query(
    `select c.relrowsecurity as enabled, c.relforcerowsecurity as forced, r.rolname::text as owner,
            (select count(*)::int from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null and p.polcmd = '*') as policies,
            (select count(*)::int from pg_policy p where p.polrelid = c.oid) as all
     from pg_class c join pg_roles r on r.oid = c.relowner where c.oid = $1::regclass`,
    [table],
  );
  return rows[0];
};

describe.each(tenantTables)('%s', (table) => {
  test('T5: isolates, and each weakening of its policy is found', async () => {
    expect(await secured(table)).toEqual({ enabled: true, forced: true, owner: 'migrator', policies: 1, all: 1 });
    expect(await faultsAfter(table)).toEqual([]);
    const open = `create policy weak on "${table}" to app`;
    const mutants: string[][] = [
      [`drop policy own_tenant on "${table}"`],
      [`alter table "${table}" disable row level security`],
      [`alter policy own_tenant on "${table}" using (true)`],
      [`alter policy own_tenant on "${table}" with check (true)`, `grant insert, update on "${table}" to app`],
      [`alter policy own_tenant on "${table}" using (tenant_id = current_tenant() or current_tenant() is null)`],
      [`${open} using (true)`],
    ];
    for (const mutant of mutants) expect(await faultsAfter(table, ...mutant), mutant.join('; ')).not.toEqual([]);
  });

  test('its keys, indexes and references carry the tenant', async () => {
    const { rows: indexes } = await client.query(
      `select i.relname as name, a.attname as first from pg_index x join pg_class i on i.oid = x.indexrelid
       join pg_attribute a on a.attrelid = x.indrelid and a.attnum = x.indkey[0] where x.indrelid = $1::regclass`,
      [table],
    );
    expect(indexes.filter(({ first }) => first !== 'tenant_id')).toEqual([]);
    const { rows: references } = await client.query(
      `select conname as name from pg_constraint c where c.contype = 'f' and c.conrelid = $1::regclass
         and exists (select from pg_attribute a where a.attrelid = c.confrelid and a.attname = 'tenant_id')
         and not exists (select from unnest(c.conkey, c.confkey) as k (own, other)
           join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own and a.attname = 'tenant_id'
           join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other and b.attname = 'tenant_id')`,
      [table],
    );
    expect(references).toEqual([]);
  });
});

test('the registry and the migrated databases agree on tables and columns', async () => {
  const compare = async (connection: pg.Client, registry: typeof cellTables) => {
    const actual = Object.fromEntries(
      [...(await columnsOf(connection))].map(([table, columns]) => [table, columns.map(({ column }) => column).sort()]),
    );
    const classed = Object.fromEntries(
      Object.entries(registry).map(([table, { regional = '', global = '' }]) => [
        table,
        `${regional} ${global}`.split(' ').filter(Boolean).sort(),
      ]),
    );
    expect(classed).toEqual(actual);
  };
  await compare(client, cellTables);
  const directory = await connect('template_directory');
  await compare(directory, directoryTables);
  await directory.end();
});

test('the directory holds global columns only, and platform tables say what they are for', () => {
  for (const { regional } of Object.values(directoryTables)) expect(regional).toBeUndefined();
  for (const [table, { scope, why, writes }] of Object.entries(cellTables))
    if (scope !== 'tenant' || writes === 'operational') expect(why, table).toBeTruthy();
});

test('a tenant table without a registry entry is one that has tenant_id and no reason to be a platform table', async () => {
  const platform = Object.entries(cellTables).flatMap(([name, { scope }]) => (scope === 'platform' ? [name] : []));
  const { rows } = await client.query(
    `select relname as name from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace and not relrowsecurity`,
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(platform.sort());
});

test("the server's role owns nothing, is no superuser and cannot bypass row security", async () => {
  const { rows } = await client.query(
    `select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit,
            (select count(*)::int from pg_class where relowner = r.oid) as owned,
            (select count(*)::int from pg_auth_members where member = r.oid) as memberships
     from pg_roles r where rolname = 'app'`,
  );
  expect(rows[0]).toEqual({
    rolsuper: false,
    rolbypassrls: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolinherit: false,
    owned: 0,
    memberships: 0,
  });
});

test('the server can insert audit entries and not change or delete them, nor change the schema', async () => {
  await client.query('begin');
  try {
    await client.query('set local role app');
    await within(tenantA);
    for (const text of [
      "update audit_entries set action = 'x'",
      'delete from audit_entries',
      'truncate audit_entries',
      "update operator_entries set action = 'x'",
      'delete from operator_entries',
      'alter table groups disable row level security',
      'drop policy own_tenant on groups',
      "insert into migrations (name, hash) values ('x', 'x')",
    ])
      expect(await attempt(text), text).toEqual({ refused: true, count: 0 });
  } finally {
    await client.query('rollback');
  }
});

test('a closed tenant is purged whole, an open one not at all', async () => {
  await client.query('begin');
  try {
    await client.query('set local role app');
    await within(tenantA);
    await client.query('savepoint open');
    await expect(client.query('select purge_tenant()')).rejects.toThrow('not closed');
    await client.query('rollback to savepoint open');
    await client.query("update tenants set status = 'closed'");
    await client.query('select purge_tenant()');
    await client.query('reset role');
    for (const table of tenantTables) {
      const { rows } = await client.query(
        `select count(*) filter (where tenant_id = $1)::int as a, count(*) filter (where tenant_id = $2)::int as b from "${table}"`,
        [tenantA, tenantB],
      );
      expect({ table, ...rows[0] }).toEqual({ table, a: 0, b: 1 });
    }
  } finally {
    await client.query('rollback');
  }
});
