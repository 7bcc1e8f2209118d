import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { cellTables, directoryTables, tenantTables } from './registry.ts';

/** A database that this program cannot serve from; the message says why and what to type. */
export class DatabaseProblem extends Error {}

export type DatabaseKind = 'cell' | 'directory';

const folder = (kind: DatabaseKind) => new URL(`../../../migrations/${kind}/`, import.meta.url);

interface Migration {
  name: string;
  sql: string;
  hash: string;
}

export async function readMigrations(kind: DatabaseKind): Promise<Migration[]> {
  const names = (await readdir(folder(kind))).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder(kind)), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;

/**
 * Brings a database to this version's schema: makes the roles when it may, runs what has not run, grants the
 * application role its rights. Safe to repeat and to run twice at once.
 *
 * @param appRole the role that the server connects as
 * @returns the migrations that ran
 * @throws {DatabaseProblem} when a role is missing and cannot be made, or the database is newer than this program
 */
export async function migrate(connection: pg.ClientConfig, kind: DatabaseKind, appRole = 'app'): Promise<string[]> {
  const migrations = await readMigrations(kind);
  const client = new pg.Client({ ...connection, application_name: 'bailiwick-migrate' });
  await client.connect();
  try {
    await prepareRoles(client, appRole);
    await client.query(
      'create table if not exists migrations (name text primary key, hash text not null, at timestamptz not null default clock_timestamp())',
    );
    const ran: string[] = [];
    for (const { name, sql, hash } of migrations) {
      await client.query('begin');
      await client.query('lock table migrations in exclusive mode');
      const { rows } = await client.query<{ hash: string }>('select hash from migrations where name = $1', [name]);
      if (rows[0] && rows[0].hash !== hash)
        throw new DatabaseProblem(
          `Migration ${name} ran with another text than this program has. Use the program that made this database.`,
        );
      if (!rows[0]) {
        await client.query(sql);
        await client.query('insert into migrations (name, hash) values ($1, $2)', [name, hash]);
        ran.push(name);
      }
      await client.query('commit');
    }
    await refuseNewer(client, migrations);
    await grantRights(client, kind, appRole);
    return ran;
  } finally {
    await client.end();
  }
}

/** As superuser, or with the right to make roles: makes `migrator` and the application role and goes on as `migrator`. */
async function prepareRoles(client: pg.Client, appRole: string) {
  const { rows } = await client.query<{ user: string; makesRoles: boolean; roles: string[] }>(
    `select current_user as user, r.rolsuper or r.rolcreaterole as "makesRoles",
            array(select rolname::text from pg_roles where rolname in ('migrator', $1)) as roles
     from pg_roles r where r.rolname = current_user`,
    [appRole],
  );
  const { user, makesRoles, roles } = rows[0] as { user: string; makesRoles: boolean; roles: string[] };
  if (!makesRoles) {
    if (!roles.includes(appRole))
      throw new DatabaseProblem(
        `The role "${appRole}" does not exist and "${user}" may not make it. As a superuser type: create role ${quote(appRole)} login password '...';`,
      );
    return;
  }
  // Two runs may make the roles at once: the one that comes second finds them made.
  const make = async (sql: string) => {
    await client.query(sql).catch((error: { code?: string }) => {
      if (!['42710', '23505'].includes(error.code ?? '')) throw error;
    });
  };
  if (!roles.includes('migrator')) await make('create role migrator nosuperuser nobypassrls noinherit nologin');
  if (!roles.includes(appRole)) await make(`create role ${quote(appRole)} nosuperuser nobypassrls noinherit login`);
  await client.query(`
    alter role ${quote(appRole)} set statement_timeout = '15s';
    alter role ${quote(appRole)} set lock_timeout = '10s';
    alter role ${quote(appRole)} set idle_in_transaction_session_timeout = '30s'`);
  if (user === 'migrator') return;
  await client.query(`grant migrator to ${quote(user)}`).catch((error: { code?: string }) => {
    if (error.code !== '0LP01') throw error;
  });
  await client.query('grant usage, create on schema public to migrator');
  await client.query('set role migrator');
}

async function grantRights(client: pg.Client, kind: DatabaseKind, appRole: string) {
  const app = quote(appRole);
  const tables = Object.keys(kind === 'cell' ? cellTables : directoryTables);
  const insertOnly = ['audit_entries', 'operator_entries'];
  const statements = tables.map((table) => {
    if (table === 'migrations') return `grant select on migrations to ${app}`;
    if (insertOnly.includes(table)) return `grant select, insert on ${quote(table)} to ${app}`;
    return `grant select, insert, update, delete on ${quote(table)} to ${app}`;
  });
  if (kind === 'cell') statements.push(`grant execute on function purge_tenant() to ${app}`);
  await client.query([`grant usage on schema public to ${app}`, ...statements].join(';\n'));
}

async function refuseNewer(client: pg.Client | pg.Pool, migrations: Migration[]) {
  const { rows } = await client.query<{ name: string }>('select name from migrations order by name');
  const own = new Set(migrations.map(({ name }) => name));
  const newer = rows.filter(({ name }) => !own.has(name)).map(({ name }) => name);
  if (newer.length)
    throw new DatabaseProblem(
      `The database is newer than this program (it has ${newer.join(', ')}). Start the newer version; nothing was changed.`,
    );
  return rows.length;
}

/**
 * Refuses a database from which isolation would not hold.
 *
 * @throws {DatabaseProblem} when the role is owner, superuser or may bypass row security, when a tenant table lacks
 *   forced row security, or when migrations are missing
 */
export async function checkDatabase(pool: pg.Pool, kind: DatabaseKind, label: string): Promise<void> {
  const migrations = await readMigrations(kind);
  const exists = await pool.query<{ made: boolean }>(`select to_regclass('public.migrations') is not null as made`);
  const have = exists.rows[0]?.made ? await refuseNewer(pool, migrations) : 0;
  if (have < migrations.length)
    throw new DatabaseProblem(`${label}: the schema is not up to date. Type: bailiwick migrate`);

  const { rows } = await pool.query<{ role: string; superuser: boolean; bypass: boolean; owned: string[] }>(`
    select r.rolname::text as role, r.rolsuper as superuser, r.rolbypassrls as bypass,
           array(select c.relname::text from pg_class c where c.relkind in ('r', 'p')
                 and c.relnamespace = 'public'::regnamespace and pg_has_role(current_user, c.relowner, 'USAGE')) as owned
    from pg_roles r where r.rolname = current_user`);
  const role = rows[0];
  if (!role) throw new DatabaseProblem(`${label}: the role could not be read.`);
  const refuse = (what: string) =>
    new DatabaseProblem(
      `${label}: the role "${role.role}" ${what}, so row security would not hold. Connect as the role that "bailiwick migrate" made (app), or type: alter role ${quote(role.role)} nosuperuser nobypassrls;`,
    );
  if (role.superuser) throw refuse('is a superuser');
  if (role.bypass) throw refuse('may bypass row security');
  if (role.owned.length) throw refuse(`owns ${role.owned.slice(0, 3).join(', ')}`);
  if (kind === 'directory') return;

  const unforced = await pool.query<{ name: string }>(
    `select t.name from unnest($1::text[]) as t (name) left join pg_class c on c.oid = to_regclass('public.' || quote_ident(t.name))
     where c.oid is null or not c.relrowsecurity or not c.relforcerowsecurity
        or not exists (select from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null)`,
    [tenantTables],
  );
  const first = unforced.rows[0];
  if (first)
    throw new DatabaseProblem(
      `${label}: the table "${first.name}" lacks forced row security. As its owner type: alter table ${quote(first.name)} enable row level security, force row level security; and restore its policy own_tenant.`,
    );
}
