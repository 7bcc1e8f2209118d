import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import type { DatabaseKind } from '../../src/kernel/database/migrate.ts';

/** Databases and roles on the run's PostgreSQL, made for one test file and dropped at its end. */

const ended: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ended.reverse()) await end();
}, 240_000);

const aWord = (prefix: string) => `${prefix}_${randomBytes(8).toString('hex')}`;

export function connectionTo(database: string, user?: string): pg.ClientConfig {
  const { host, port, superuser } = inject('postgres');
  return { host, port, database, user: user ?? superuser };
}

/** SQL as superuser. */
export async function sqlOn<Row extends object>(
  database: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await aClient(database);
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A connection of its own, as superuser; the caller ends it. */
export async function aClient(database: string): Promise<pg.Client> {
  const client = new pg.Client(connectionTo(database));
  client.on('error', () => undefined); // some tests end it from outside
  await client.connect();
  return client;
}

/** An empty database, or a copy of the migrated template. */
export async function aDatabase(from?: DatabaseKind): Promise<string> {
  const name = aWord('p');
  for (let attempt = 0; ; attempt++) {
    try {
      await sqlOn('postgres', `create database ${name}${from ? ` template template_${from}` : ''}`);
      break;
    } catch (error) {
      // Another file copies the template at this moment.
      if (attempt > 100 || (error as { code?: string }).code !== '55006') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  ended.push(() => sqlOn('postgres', `drop database if exists ${name} with (force)`));
  return name;
}

/** A role that may log in, with these attributes. */
export async function aRole(attributes = ''): Promise<string> {
  const name = aWord('r');
  await sqlOn('postgres', `create role ${name} login ${attributes}`);
  ended.push(() => sqlOn('postgres', `drop role if exists ${name}`));
  return name;
}

/** What a schema is made of, as lines to compare: columns, constraints, indexes, policies, functions, rights. */
export async function schemaOf(database: string): Promise<string[]> {
  const rows = await sqlOn<{ line: string }>(
    database,
    `select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                   pg_get_expr(d.adbin, d.adrelid)) as line
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
     union all
     select format('table %s %s %s %s', relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner))
       from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
     union all
     select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
       from pg_constraint where connamespace = 'public'::regnamespace
     union all
     select format('index %s', indexdef) from pg_indexes where schemaname = 'public'
     union all
     select format('policy %s %s %s %s %s', tablename, policyname, cmd, qual, with_check) from pg_policies
     union all
     select format('function %s %s %s', proname, prosrc, pg_get_function_sqlbody(oid))
       from pg_proc where pronamespace = 'public'::regnamespace
     union all
     select format('right %s %s %s', grantee, table_name, privilege_type)
       from information_schema.role_table_grants where table_schema = 'public'
     union all
     select format('right to run %s %s', proname, proacl) from pg_proc where pronamespace = 'public'::regnamespace
     order by 1`,
  );
  return rows.map(({ line }) => line);
}
