import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { page } from '../../kernel/page.ts';
import { conflict, notFound, type Problem } from '../../kernel/problem.ts';
import type { Filters, TransactionRecord } from './schema.ts';

// ---------------------------------------------------------------- writing

/** Who reports, and whose people its subjects are. */
export interface Source {
  namespaceId: string;
  gatewayId: string;
  agentId: string;
  providerId: string | null;
  issuer: string | null;
}

/** Programs say every 10 seconds how they are. */
const SILENT_SECONDS = -60;

/**
 * Holds a journal, so that its batches come one after another. It is of the program that began it until that one is
 * gone or silent: one that is enrolled anew goes on by it.
 *
 * @returns its last number that was written down
 * @throws {Problem} 409 `journal-in-use`
 */
export async function holdJournal(ctx: TenantContext, { namespaceId, agentId }: Source, id: string): Promise<number> {
  const { last } = await ctx.db
    .insertInto('agentJournals')
    .values({ tenantId: ctx.tenantId, namespaceId, id, agentId, at: ctx.now })
    .onConflict((known) =>
      known
        .columns(['tenantId', 'namespaceId', 'id'])
        .doUpdateSet({ agentId, at: ctx.now })
        .where(({ eb, or, not, exists, selectFrom }) =>
          or([
            eb('agentJournals.agentId', '=', agentId),
            not(
              exists(
                selectFrom('agentReports')
                  .select('agentReports.agentId')
                  .whereRef('agentReports.agentId', '=', 'agentJournals.agentId')
                  .where('agentReports.at', '>', ctx.later(SILENT_SECONDS)),
              ),
            ),
          ]),
        ),
    )
    .returning('last')
    .executeTakeFirstOrThrow(() =>
      conflict(
        'journal-in-use',
        'Another program reports by this journal and is still heard of. Give each program a data folder of its own.',
      ),
    );
  return last;
}

export const noteJournal = (ctx: TenantContext, { namespaceId }: Source, id: string, last: number): void =>
  ctx.defer(
    ctx.db.updateTable('agentJournals').set({ last }).where('namespaceId', '=', namespaceId).where('id', '=', id),
  );

type Row = Omit<TransactionRecord, 'at' | 'sequence'> & { id: string; at: Date };

/** All in one statement, which also finds the accounts of those who are known here. */
export function insert({ db, tenantId }: TenantContext, source: Source, rows: Row[]) {
  const of = <Name extends keyof Row>(name: Name) => rows.map((row) => row[name]);
  return db
    .insertInto('transactions')
    .columns([
      'tenantId',
      'namespaceId',
      'gatewayId',
      'agentId',
      'id',
      'at',
      'method',
      'path',
      'status',
      'reason',
      'routeId',
      'ruleId',
      'serviceId',
      'accountId',
      'subject',
      'durationMs',
      'bytesIn',
      'bytesOut',
    ])
    .expression(
      sql`
      select ${tenantId}::uuid, ${source.namespaceId}::uuid, ${source.gatewayId}::uuid, ${source.agentId}::uuid,
             given.id, given.at, method, path, status, reason, route_id, rule_id, service_id,
             e.account_id, case when e.account_id is null then given.subject end, duration_ms, bytes_in, bytes_out
      from unnest(${of('id')}::uuid[], ${of('at').map((at) => at.toISOString())}::timestamptz[], ${of('method')}::text[],
                  ${of('path')}::text[], ${of('status')}::int[], ${of('reason')}::text[], ${of('routeId')}::uuid[],
                  ${of('ruleId')}::uuid[], ${of('serviceId')}::uuid[], ${of('subject')}::text[],
                  ${of('durationMs')}::int[], ${of('bytesIn')}::bigint[], ${of('bytesOut')}::bigint[])
        as given (id, at, method, path, status, reason, route_id, rule_id, service_id, subject, duration_ms, bytes_in,
                  bytes_out)
      left join external_identities e
        on e.provider_id = ${source.providerId}::uuid and e.issuer = ${source.issuer} and e.subject = given.subject`,
    )
    .execute();
}

/** The days are text: 2026-11-27. */
export async function requirePartitions({ db }: TenantContext, days: ReadonlySet<string>): Promise<void> {
  const { rows } = await sql<{ day: string }>`
    select day::text from unnest(${[...days]}::date[]) as day
    where to_regclass('transactions_' || to_char(day, 'YYYYMMDD')) is null order by day`.execute(db);
  if (rows.length > 0) await makePartitions(db, sql`unnest(${rows.map(({ day }) => day)}::date[])`);
}

export const daysAhead = (days: number) =>
  sql`generate_series(platform_time() at time zone 'UTC', (platform_time() at time zone 'UTC') + ${days} * interval '1 day', '1 day')`;

export async function makePartitions(db: Kysely<Tables>, days: ReturnType<typeof daysAhead>): Promise<void> {
  await sql`select make_transaction_partition(day::date) from ${days} as day`.execute(db);
}

export async function dropPartitions(db: Kysely<Tables>): Promise<void> {
  await sql`select drop_transaction_partitions()`.execute(db);
}

// ---------------------------------------------------------------- reading

const rowsOf = ({ db }: TenantContext, namespaceId: string) =>
  db.selectFrom('transactions').where('transactions.namespaceId', '=', namespaceId);

/** What is read of one namespace: no further back than the tenant keeps. */
export interface Range {
  namespaceId: string;
  /** Filled in by the service. */
  from: Date;
  until: Date | undefined;
  /** Accounts that the filter `person` names. */
  accountIds: string[];
  filters: Filters;
}

function filtered(ctx: TenantContext, { namespaceId, from, until, accountIds, filters }: Range) {
  const { status, method, pathPrefix, person, minDurationMs, reason } = filters;
  let rows = rowsOf(ctx, namespaceId).where('transactions.at', '>=', from);
  if (until) rows = rows.where('transactions.at', '<=', until);
  if (status !== undefined)
    rows = rows.where((eb) =>
      eb.or(
        status.split(',').map((one) => {
          const least = Number(one.replace('xx', '00'));
          return eb.between('status', least, one.endsWith('xx') ? least + 99 : least);
        }),
      ),
    );
  if (method !== undefined) rows = rows.where('method', 'in', method.split(','));
  // Beyond the last character that a path has; LIKE finds no index below row security.
  if (pathPrefix !== undefined) rows = rows.where('path', '>=', pathPrefix).where('path', '<', `${pathPrefix}\x7f`);
  for (const name of ['gatewayId', 'agentId', 'routeId', 'serviceId'] as const) {
    const id = filters[name];
    if (id !== undefined) rows = rows.where(`transactions.${name}`, '=', id);
  }
  if (person !== undefined)
    rows = rows.where((eb) =>
      eb.or([
        eb('subject', '=', person),
        ...(accountIds.length > 0 ? [eb('accountId', '=', eb.fn.any(eb.val(accountIds)))] : []),
      ]),
    );
  if (reason !== undefined) rows = rows.where('reason', '=', reason);
  if (minDurationMs !== undefined) rows = rows.where('durationMs', '>=', minDurationMs);
  return rows;
}

const columns = [
  'transactions.id',
  'transactions.at',
  'method',
  'path',
  'transactions.status',
  'reason',
  'transactions.gatewayId',
  'transactions.agentId',
  'transactions.routeId',
  'transactions.serviceId',
  'transactions.ruleId',
  'transactions.accountId',
  'subject',
  'durationMs',
  'bytesIn',
  'bytesOut',
] as const;

const selected = (ctx: TenantContext, range: Range) => filtered(ctx, range).select(columns);
export type TransactionRow = Awaited<ReturnType<ReturnType<typeof selected>['executeTakeFirstOrThrow']>>;

interface ListQuery {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
}

/** Longer than that no reader holds a connection. */
const READING_MS = 5_000;

export const list = (ctx: TenantContext, range: Range, query: ListQuery, late: Problem) =>
  page(ctx.db, query, {
    rows: selected(ctx, range),
    id: 'transactions.id',
    sorts: {
      at: { by: sql.ref('transactions.at'), type: 'timestamptz' },
      status: { by: sql.ref('transactions.status'), type: 'int' },
      durationMs: { by: sql.ref('transactions.duration_ms'), type: 'int' },
      path: { by: sql.ref('transactions.path'), type: 'text' },
    },
    defaultSort: '-at',
    ask: (asked) => ctx.within(READING_MS, asked, late),
  });

/** How many there are in each span of so many seconds from the beginning, by class of status. */
export const histogram = (ctx: TenantContext, range: Range, begin: Date, bucketSeconds: number, late: Problem) =>
  ctx.within(
    READING_MS,
    filtered(ctx, range)
      .select([
        sql<number>`floor(extract(epoch from transactions.at - ${begin}::timestamptz) / ${bucketSeconds}::int)::int`.as(
          'bucket',
        ),
        sql<number>`transactions.status / 100`.as('class'),
        sql<number>`count(*)::int`.as('count'),
      ])
      .groupBy([sql`1`, sql`2`]),
    late,
  );

/** No further than one more than the most. */
export async function count(ctx: TenantContext, range: Range, most: number, late: Problem): Promise<number> {
  const counted = filtered(ctx, range)
    .select(sql`1`.as('one'))
    .limit(most + 1) as SelectQueryBuilder<Tables, 'transactions', { one: unknown }>;
  const [row] = await ctx.within(
    READING_MS,
    ctx.db.selectFrom(counted.as('counted')).select(sql<number>`count(*)::int`.as('count')),
    late,
  );
  return row?.count ?? 0;
}

/** The next so many from the newest down, after the one that the cursor names. */
export async function batch(ctx: TenantContext, range: Range, cursor: string | null, size: number) {
  let rows = selected(ctx, range).select(sql<string>`transactions.at::text`.as('exactTime'));
  if (cursor !== null) {
    const [time, id] = cursor.split('|');
    rows = rows.where(sql<boolean>`(transactions.at, transactions.id) < (${time}::timestamptz, ${id}::uuid)`);
  }
  const next = await rows
    .orderBy('transactions.at', 'desc')
    .orderBy('transactions.id', 'desc')
    .limit(size + 1)
    .execute();
  const items = next.slice(0, size);
  const last = items.at(-1);
  return { items, cursor: next.length > size && last ? `${last.exactTime}|${last.id}` : null };
}

/** Before it everything that will ever be there is there. */
export async function horizon({ db }: TenantContext): Promise<string> {
  const { rows } = await sql<{ horizon: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`.execute(db);
  return rows[0]?.horizon as string;
}

/** What was written between two horizons, newest first. */
export const between = (ctx: TenantContext, range: Range, after: string, until: string, most: number) =>
  selected(ctx, range)
    .where(sql<boolean>`written_by >= ${after}::text::xid8 and written_by < ${until}::text::xid8`)
    .orderBy('transactions.at', 'desc')
    .orderBy('transactions.id', 'desc')
    .limit(most)
    .execute();

/** Names by id, of those that are still there. */
export async function namesOf({ db }: TenantContext, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from gateways where id = any(${ids}::uuid[])
    union all select id, name from agents where id = any(${ids}::uuid[])
    union all select id, name from routes where id = any(${ids}::uuid[])
    union all select id, name from services where id = any(${ids}::uuid[])
    union all select id, display_name from accounts where id = any(${ids}::uuid[]) and deleted_at is null`.execute(db);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Accounts that somebody means by an id, an address or a username. */
export async function accountsOf({ db }: TenantContext, id: string | null, text: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from accounts
    where deleted_at is null and (email_canonical = ${text} or username_canonical = ${text})
    union select id from accounts where id = ${id}::uuid`.execute(db);
  return rows.map((row) => row.id);
}

export async function requireNamespace({ db }: TenantContext, id: string): Promise<void> {
  await db
    .selectFrom('namespaces')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('namespace'));
}

// ---------------------------------------------------------------- retention

export const retention = ({ db }: TenantContext) =>
  db
    .selectFrom('tenants')
    .select(['transactionDays', 'version'])
    .executeTakeFirstOrThrow(() => notFound('tenant'));

export const holdRetention = ({ db, tenantId }: TenantContext) =>
  db
    .selectFrom('tenants')
    .select(['transactionDays', 'version'])
    .where('tenantId', '=', tenantId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('tenant'));

/** Requires the row to be held by `holdRetention`. */
export const updateRetention = (ctx: TenantContext, transactionDays: number) =>
  ctx.db
    .updateTable('tenants')
    .set((eb) => ({ transactionDays, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('tenantId', '=', ctx.tenantId)
    .returning(['transactionDays', 'version'])
    .executeTakeFirstOrThrow();
