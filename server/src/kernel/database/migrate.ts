import { createHash, randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { cellTables, directoryTables, tenantTables } from './registry.ts';

/** A database that this program cannot serve from; the message says why and what to type. */
export class DatabaseProblem extends Error {
  override name = 'DatabaseProblem';
}

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
 * @param migrations this version's, in order; fewer in tests of the way between
 * @returns the migrations that ran
 * @throws {DatabaseProblem} when a role is missing and cannot be made, or the database is newer than this program
 */
export async function migrate(
  connection: pg.ClientConfig,
  kind: DatabaseKind,
  appRole = 'app',
  migrations?: Migration[],
): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations(kind));
  const ran: string[] = [];
  for (let attempt = 1; ; attempt++) {
    try {
      await migrateOnce(connection, kind, appRole, wanted, ran);
      return ran;
    } catch (error) {
      if (attempt === 50 || !isRace(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, randomInt(20, 100)));
    }
  }
}

/** Another run made the same role, table or right at the same moment. PostgreSQL offers no lock that covers roles. */
const isRace = (error: unknown) => {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return (
    ['23505', '42P07', '42710', '40P01', '40001'].includes(code) ||
    (code === 'XX000' && /tuple concurrently (updated|deleted)/.test(message))
  );
};

async function migrateOnce(
  connection: pg.ClientConfig,
  kind: DatabaseKind,
  appRole: string,
  migrations: Migration[],
  ran: string[],
): Promise<void> {
  const client = new pg.Client({ ...connection, application_name: 'bailiwick-migrate' });
  client.on('error', () => undefined); // a lost connection fails the query under way
  await client.connect();
  try {
    const { rows: known } = await client.query<{ made: boolean }>(
      `select to_regclass('public.migrations') is not null as made`,
    );
    await prepareRoles(client, appRole);
    if (known[0]?.made) await refuseNewer(client, migrations, kind);
    await client.query(
      'create table if not exists migrations (name text primary key, hash text not null, at timestamptz not null default clock_timestamp())',
    );
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
      }
      await client.query('commit');
      if (!rows[0]) ran.push(name);
    }
    await grantRights(client, kind, appRole);
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
  await client
    .query(`
    alter role ${quote(appRole)} set statement_timeout = '15s';
    alter role ${quote(appRole)} set lock_timeout = '10s';
    alter role ${quote(appRole)} set idle_in_transaction_session_timeout = '30s'`)
    .catch((error: { code?: string }) => {
      if (error.code !== '42501') throw error;
      throw new DatabaseProblem(
        `The role "${appRole}" was made by somebody else, and "${user}" may not set its time limits. As a superuser type: grant ${quote(appRole)} to ${quote(user)} with admin option;`,
      );
    });
  if (user === 'migrator') return;
  await client.query(`grant migrator to ${quote(user)}`).catch((error: { code?: string }) => {
    if (error.code !== '0LP01') throw error;
  });
  await client.query('grant usage, create on schema public to migrator');
  await client.query('set role migrator');
}

async function grantRights(client: pg.Client, kind: DatabaseKind, appRole: string) {
  const app = quote(appRole);
  const registered = Object.keys(kind === 'cell' ? cellTables : directoryTables);
  // After fewer migrations than this program has, not all are there.
  const { rows: there } = await client.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relname = any($1)`,
    [registered],
  );
  const tables = there.map(({ name }) => name);
  const insertOnly = ['audit_entries', 'operator_entries', 'database_mark'];
  const statements = tables.map((table) => {
    if (table === 'migrations') return `grant select on migrations to ${app}`;
    if (insertOnly.includes(table)) return `grant select, insert on ${quote(table)} to ${app}`;
    return `grant select, insert, update, delete on ${quote(table)} to ${app}`;
  });
  if (kind === 'cell') {
    // After fewer migrations than this program has, not all are there.
    const { rows: functions } = await client.query<{ call: string }>(
      `select oid::regprocedure::text as call from pg_proc where pronamespace = 'public'::regnamespace and proname = any($1)`,
      [['purge_tenant', 'make_transaction_partition', 'drop_transaction_partitions']],
    );
    for (const { call } of functions) statements.push(`grant execute on function ${call} to ${app}`);
  }
  await client.query([`grant usage on schema public to ${app}`, ...statements].join(';\n'));
}

async function refuseNewer(
  client: pg.Client | pg.Pool,
  migrations: Migration[],
  kind: DatabaseKind,
  label = 'The database',
) {
  const { rows } = await client.query<{ name: string }>('select name from migrations order by name');
  const own = new Set(migrations.map(({ name }) => name));
  const newer = rows.filter(({ name }) => !own.has(name)).map(({ name }) => name);
  if (newer.length === 0) return rows.length;
  const other = kind === 'cell' ? 'directory' : 'cell';
  const others = new Set((await readMigrations(other)).map(({ name }) => name));
  if (newer.every((name) => others.has(name)))
    throw new DatabaseProblem(
      `${label} is set to the database of ${other === 'cell' ? 'a cell' : 'the directory'}. The directory and each cell need one of their own; nothing was changed.`,
    );
  throw new DatabaseProblem(
    `${label} is newer than this program (it has ${newer.join(', ')}). Start the newer version; nothing was changed.`,
  );
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
  const have = exists.rows[0]?.made ? await refuseNewer(pool, migrations, kind, label) : 0;
  if (have < migrations.length)
    throw new DatabaseProblem(`${label}: the schema is not up to date. Type: bailiwick migrate`);

  // A role that may become another one (SET ROLE) counts as that one, whether or not it inherits its rights.
  const { rows } = await pool.query<{
    role: string;
    superuser: boolean;
    bypass: boolean;
    owned: string[];
    strong: string[];
  }>(`
    select r.rolname::text as role, r.rolsuper as superuser, r.rolbypassrls as bypass,
           array(select c.relname::text from pg_class c where c.relkind in ('r', 'p')
                 and c.relnamespace = 'public'::regnamespace and pg_has_role(current_user, c.relowner, 'MEMBER')) as owned,
           array(select o.rolname::text from pg_roles o where (o.rolsuper or o.rolbypassrls)
                 and o.rolname <> current_user and pg_has_role(current_user, o.oid, 'MEMBER')) as strong
    from pg_roles r where r.rolname = current_user`);
  const role = rows[0];
  if (!role) throw new DatabaseProblem(`${label}: the role could not be read.`);
  const refuse = (what: string) =>
    new DatabaseProblem(
      `${label}: the role "${role.role}" ${what}, so row security would not hold. Connect as the role that "bailiwick migrate" made (app), or type: alter role ${quote(role.role)} nosuperuser nobypassrls;`,
    );
  if (role.superuser) throw refuse('is a superuser');
  if (role.bypass) throw refuse('may bypass row security');
  const strong = role.strong[0];
  if (strong)
    throw new DatabaseProblem(
      `${label}: the role "${role.role}" may become "${strong}", so row security would not hold. As a superuser type: revoke ${quote(strong)} from ${quote(role.role)};`,
    );
  const owned = role.owned[0];
  if (owned)
    throw new DatabaseProblem(
      `${label}: the role "${role.role}" owns ${role.owned.slice(0, 3).join(', ')}, so row security would not hold. Connect as the role that "bailiwick migrate" made (app), or type for each: alter table ${quote(owned)} owner to migrator;`,
    );
  if (kind === 'directory') return;

  const unforced = await pool.query<{ name: string }>(
    `select t.name from unnest($1::text[]) as t (name) left join pg_class c on c.oid = to_regclass('public.' || quote_ident(t.name))
     where c.oid is null or not c.relrowsecurity or not c.relforcerowsecurity
        or array(select p.polpermissive and p.polcmd = '*' and p.polroles = '{0}'
                   and pg_get_expr(p.polqual, c.oid) is not distinct from $2
                   and pg_get_expr(p.polwithcheck, c.oid) is not distinct from $2
                 from pg_policy p where p.polrelid = c.oid) <> '{t}'`,
    [tenantTables, ownTenant],
  );
  const first = unforced.rows[0];
  if (!first) return;
  const table = quote(first.name);
  throw new DatabaseProblem(
    `${label}: the table "${first.name}" lacks forced row security with the policy own_tenant and no other. As its owner type: ${[
      `alter table ${table} enable row level security, force row level security;`,
      `drop policy if exists own_tenant on ${table};`,
      `create policy own_tenant on ${table} using ${ownTenant} with check ${ownTenant};`,
    ].join(' ')}`,
  );
}

/** The one policy of every tenant table, as PostgreSQL writes it. */
const ownTenant = '(tenant_id = current_tenant())';
