import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { ask, type Pool, type Prepared, Unit } from '../../kernel/database/pool.ts';
import { prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import type { TenantState } from '../../kernel/doors.ts';
import { byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { DomainQuery } from './schema.ts';

export type DomainStatus = 'pending' | 'verified' | 'failing' | 'released';
export type Outcome = 'found' | 'absent' | 'other-value' | 'unanswered';

const columns = [
  'id',
  'name',
  'fingerprint',
  'challenge',
  'verifiedAt',
  'lastCheckedAt',
  'lastFoundAt',
  'failingSince',
  'sharedAt',
  'version',
  'createdAt',
  'updatedAt',
] as const;

const domains = (db: Kysely<Tables>) =>
  db
    .selectFrom('domains')
    .select(columns)
    .select([sql<DomainStatus>`status`.as('status'), sql<Outcome | null>`last_outcome`.as('lastOutcome')]);

export type DomainRow = Awaited<ReturnType<typeof lock>>;

/** One domain, also to be foreseen. */
export const one = prepared((db, at: { id: string }) => domains(db).where('id', '=', at.id));

export const find = async (ctx: TenantContext, id: string): Promise<DomainRow> => {
  const [row] = await ctx.ask(one({ id }));
  if (!row) throw notFound('domain');
  return row;
};

/** Reads a domain and holds its row until the transaction ends. */
export const lock = ({ db }: TenantContext, id: string) =>
  domains(db)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('domain'));

/** The same where it may be gone. */
export const lockIfThere = ({ db }: TenantContext, id: string) =>
  domains(db).where('id', '=', id).forUpdate().executeTakeFirst();

export function list({ db }: TenantContext, query: z.output<typeof DomainQuery>) {
  let rows = domains(db);
  if (query.q) rows = rows.where('name', 'ilike', containing(query.q));
  return page(db, query, {
    rows,
    id: 'domains.id',
    sorts: { createdAt: byTime('domains.created_at'), name: byText('domains.name') },
    defaultSort: 'name',
  });
}

/** Domains that lead to this tenant. */
export const verifiedNames = async ({ db }: TenantContext): Promise<string[]> =>
  (await db.selectFrom('domains').select('name').where('status', 'in', ['verified', 'failing']).execute()).map(
    ({ name }) => name,
  );

export const insert = async (
  ctx: TenantContext,
  row: { id: string; name: string; fingerprint: Buffer; challenge: string },
) => {
  await ctx.db
    .insertInto('domains')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .execute();
  return lock(ctx, row.id);
};

/** Requires the row to be held by `lock`. */
export const update = async (
  ctx: TenantContext,
  id: string,
  changes: Partial<{ status: DomainStatus; verifiedAt: Date | null; failingSince: Date | null }>,
) => {
  await ctx.db
    .updateTable('domains')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return lock(ctx, id);
};

/** What a look-up found: no act, so neither an entry nor a new version. */
export const noteLook = async (ctx: TenantContext, id: string, outcome: Outcome) => {
  const { now } = ctx;
  await ctx.db
    .updateTable('domains')
    .set({ lastCheckedAt: now, lastOutcome: outcome, ...(outcome === 'found' ? { lastFoundAt: now } : {}) })
    .where('id', '=', id)
    .execute();
};

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('domains').where('id', '=', id).execute();

/**
 * Notes once that another tenant proved the domain too.
 *
 * @param at as the directory wrote it
 * @returns undefined when it was noted before, or the domain does not lead here any more
 */
export const noteShared = ({ db }: TenantContext, fingerprint: Buffer, at: string) =>
  db
    .updateTable('domains')
    .set({ sharedAt: sql<Date>`${at}::timestamptz` })
    .where('fingerprint', '=', fingerprint)
    .where('status', 'in', ['verified', 'failing'])
    .where((eb) => eb.or([eb('sharedAt', 'is', null), eb('sharedAt', '<', sql<Date>`${at}::timestamptz`)]))
    .returning(['id', 'name'])
    .executeTakeFirst();

// ---------------------------------------------------------------- the index, which sign-in asks without a tenant

/** From now on the domain leads to this tenant. */
export const putInIndex = ({ db, tenantId }: TenantContext, fingerprint: Buffer) =>
  db
    .insertInto('domainIndex')
    .values({ fingerprint, tenantId, state: 'verified' })
    .onConflict((conflict) =>
      conflict
        .columns(['fingerprint', 'tenantId'])
        .doUpdateSet({ state: 'verified', publishedAt: null })
        .where('domainIndex.state', '<>', 'verified'),
    )
    .execute();

/** From now on it does not. The row goes when the directory has followed. */
export const withdrawFromIndex = ({ db, tenantId }: TenantContext, fingerprint?: Buffer) => {
  let rows = db
    .updateTable('domainIndex')
    .set({ state: 'withdrawn', publishedAt: null })
    .where('tenantId', '=', tenantId);
  if (fingerprint) rows = rows.where('fingerprint', '=', fingerprint);
  return rows.execute();
};

/** A domain leads to so many tenants at most. */
const MOST_TENANTS = 50;

/** Tenants of a cell that proved the domain. */
export async function tenantsOf(cell: Pool, fingerprint: Buffer): Promise<string[]> {
  const statement = {
    name: 'domain-tenants',
    text: `select tenant_id as "tenantId" from domain_index where fingerprint = $1 and state = 'verified'
           order by tenant_id limit ${MOST_TENANTS}`,
    values: [fingerprint],
  };
  const { unit, rows } = await Unit.open(cell, null, [statement], 'read');
  unit.finishRead();
  return (rows[0] as { tenantId: string }[]).map(({ tenantId }) => tenantId);
}

export const hasUnpublished = async (cell: Pool): Promise<boolean> =>
  (
    await ask(cell, {
      name: 'domains-unpublished',
      text: 'select 1 from domain_index where published_at is null limit 1',
      values: [],
    })
  ).length > 0;

/** Rows that the directory has not heard of, held until the transaction ends; those that another node holds are its. */
export const lockUnpublished = (db: Kysely<Tables>) =>
  db
    .selectFrom('domainIndex')
    .select(['fingerprint', 'tenantId', 'state'])
    .where('publishedAt', 'is', null)
    .limit(100)
    .forUpdate()
    .skipLocked()
    .execute();

interface IndexRow {
  fingerprint: Buffer;
  tenantId: string;
}

export const markPublished = (db: Kysely<Tables>, { fingerprint, tenantId }: IndexRow) =>
  db
    .updateTable('domainIndex')
    .set({ publishedAt: sql<Date>`platform_time()` })
    .where('fingerprint', '=', fingerprint)
    .where('tenantId', '=', tenantId)
    .execute();

export const forget = (db: Kysely<Tables>, { fingerprint, tenantId }: IndexRow) =>
  db.deleteFrom('domainIndex').where('fingerprint', '=', fingerprint).where('tenantId', '=', tenantId).execute();

// ---------------------------------------------------------------- what sign-in shows of a tenant

export interface SignInRow {
  tenantStatus: TenantState;
  displayName: string;
  signInLabel: string | null;
  singleSignOn: string;
}

export interface ProviderRow {
  id: string;
  name: string;
  type: 'oidc' | 'oauth2' | 'saml';
}

/** The tenant, then its active providers: asked in one message. */
export const signInStatements: Prepared[] = [
  {
    name: 'sign-in-of-tenant',
    text: `select t.status as "tenantStatus", t.display_name as "displayName", t.sign_in_label as "signInLabel",
                  t.single_sign_on as "singleSignOn"
           from tenants t where t.tenant_id = current_tenant()`,
    values: [],
  },
  {
    name: 'sign-in-providers',
    text: `select id, name, type from identity_providers
           where tenant_id = current_tenant() and status = 'active' order by name_canonical limit 50`,
    values: [],
  },
];
