import { type RawBuilder, sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { secureBytes } from '../../kernel/randomness.ts';
import type { Over } from './grace.ts';

/** What is counted, and what follows of it in the database. */

/** Nodes count in rows of their own, as far as there are rows: two that share one wait for each other. */
const NODE = (secureBytes(1)[0] as number) % 16;
const SLOTS = 16;

/** Counts what a batch of a gateway brought, with the commit of that batch, for the licence of the namespace then. */
export function countTransactions(
  ctx: TenantContext,
  namespaceId: string,
  { letIn: count, kept, leftOut }: { letIn: number; kept: number; leftOut: number },
): void {
  ctx.defer(
    ctx.db
      .insertInto('transactionCounts')
      .values({
        tenantId: ctx.tenantId,
        day: today(ctx),
        namespaceId,
        node: NODE,
        licenceId: sql<
          string | null
        >`(select licence_id from licence_namespaces where namespace_id = ${namespaceId}::uuid)`,
        count,
        kept,
        leftOut,
      })
      .onConflict((conflict) =>
        conflict.columns(['tenantId', 'day', 'namespaceId', 'node', 'licenceId']).doUpdateSet((eb) => ({
          count: eb('transactionCounts.count', '+', count),
          kept: eb('transactionCounts.kept', '+', kept),
          leftOut: eb('transactionCounts.leftOut', '+', leftOut),
        })),
      ),
  );
}

/** What was kept of the tenant's transactions today, and what was left out. */
export async function keptToday(ctx: TenantContext): Promise<{ kept: number; leftOut: number }> {
  const { rows } = await sql<{ kept: number; leftOut: number }>`
    select coalesce(sum(kept), 0)::bigint as kept, coalesce(sum(left_out), 0)::bigint as "leftOut"
    from transaction_counts where day = ${today(ctx)}`.execute(ctx.db);
  return rows[0] ?? { kept: 0, leftOut: 0 };
}

const today = ({ now }: TenantContext) => sql<Date>`(${now}::timestamptz at time zone 'UTC')::date`;

const UNLICENSED =
  'This namespace has no licence, and this platform asks for one. Assign a licence that is in force to it.';

/** Why the gateways of a namespace refuse, as SQL; null when they do not. */
export const refusalIn = ({ platform }: TenantContext, namespaceId: RawBuilder<unknown>): RawBuilder<string | null> =>
  platform.config.licences.isRequired
    ? sql<string | null>`coalesce(
        (select r.reason from licence_refusals r where r.namespace_id = ${namespaceId}),
        case when not exists (select from licence_namespaces l where l.namespace_id = ${namespaceId}) then ${UNLICENSED} end)`
    : sql<string | null>`(select r.reason from licence_refusals r where r.namespace_id = ${namespaceId})`;

/** Why the gateways of a namespace refuse at the moment; null when they do not. */
export async function refusalOf(ctx: TenantContext, namespaceId: string): Promise<string | null> {
  const { rows } = await sql<{
    reason: string | null;
  }>`select ${refusalIn(ctx, sql`${namespaceId}::uuid`)} as reason`.execute(ctx.db);
  return rows[0]?.reason ?? null;
}

// ---------------------------------------------------------------- seats

export async function countUsers({ db }: TenantContext): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select case when t.has_seat_limit
      then (select l.seats from seat_limits l) - (select sum(free) from seats)::int
      else (select count(*)::int from accounts where holds_seat(status, deleted_at)) end as count
    from tenants t`.execute(db);
  return rows[0]?.count ?? 0;
}

export const seatLimit = ({ db }: TenantContext) =>
  db.selectFrom('seatLimits').select(['seats', 'reason']).executeTakeFirst();

/**
 * Begins or changes a limit: whoever makes accounts has come before, and is counted, or waits. Counts anew, whatever
 * was counted before.
 */
export async function limitSeats({ db, tenantId }: TenantContext, seats: number, reason: string): Promise<void> {
  await db.selectFrom('tenants').select('tenantId').where('tenantId', '=', tenantId).forUpdate().execute();
  await db.deleteFrom('seats').where('tenantId', '=', tenantId).execute();
  await db.deleteFrom('seatLimits').where('tenantId', '=', tenantId).execute();
  await db.insertInto('seatLimits').values({ tenantId, seats, reason }).execute();
  await db
    .insertInto('seats')
    .columns(['tenantId', 'slot', 'free'])
    .expression(
      sql`
      select ${tenantId}::uuid, slot,
             case when free >= 0 then free / ${SLOTS}::int + (case when slot < free % ${SLOTS}::int then 1 else 0 end)
                  when slot = 0 then free else 0 end
      from (select ${seats}::int - count(*)::int as free from accounts where holds_seat(status, deleted_at)) as counted
      cross join generate_series(0, ${SLOTS - 1}::int) as slot`,
    )
    .execute();
  await setLimited(db, tenantId, true);
}

export const sayOfSeats = ({ db }: TenantContext, reason: string) =>
  db.updateTable('seatLimits').set({ reason }).execute();

export async function endSeatLimit({ db, tenantId }: TenantContext): Promise<void> {
  await db.selectFrom('tenants').select('tenantId').where('tenantId', '=', tenantId).forUpdate().execute();
  await db.deleteFrom('seats').where('tenantId', '=', tenantId).execute();
  await db.deleteFrom('seatLimits').where('tenantId', '=', tenantId).execute();
  await setLimited(db, tenantId, false);
}

const setLimited = (db: TenantContext['db'], tenantId: string, hasSeatLimit: boolean) =>
  db.updateTable('tenants').set({ hasSeatLimit }).where('tenantId', '=', tenantId).execute();

// ---------------------------------------------------------------- transactions

/** Of this month (UTC), by licence. */
export async function transactionsByLicence({ db, now }: TenantContext): Promise<Map<string, number>> {
  const { rows } = await sql<{ licenceId: string; count: number }>`
    select licence_id as "licenceId", sum(count)::bigint as count from transaction_counts
    where day >= ${monthOf(now)}::date and licence_id is not null group by licence_id`.execute(db);
  return new Map(rows.map(({ licenceId, count }) => [licenceId, count]));
}

export async function transactionsThisMonth({ db, now }: TenantContext, licenceId?: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum(count), 0)::bigint as count from transaction_counts
    where day >= ${monthOf(now)}::date ${of(licenceId)}`.execute(db);
  return rows[0]?.count ?? 0;
}

export const dayOf = (at: Date) => at.toISOString().slice(0, 10);
export const monthOf = (at: Date) => `${at.toISOString().slice(0, 7)}-01`;

const thisMonth = (now: Date) => sql<Date>`${monthOf(now)}::date`;

export interface Standing extends Over {
  licenceId: string;
  product: string;
}

/** Of which limits licences are or were over in this month. */
export const standings = ({ db, now }: TenantContext): Promise<Standing[]> =>
  db
    .selectFrom('licenceStandings')
    .select(['licenceId', 'product', 'amount', 'overSince as since', 'isNow'])
    .where('month', '=', thisMonth(now))
    .execute();

/** Requires a look to be begun. */
export async function keepStandings({ db, tenantId, now }: TenantContext, all: Standing[]): Promise<void> {
  await db.deleteFrom('licenceStandings').where('month', '=', thisMonth(now)).execute();
  if (all.length > 0)
    await db
      .insertInto('licenceStandings')
      .values(all.map(({ since, ...each }) => ({ tenantId, month: thisMonth(now), overSince: since, ...each })))
      .execute();
}

/** Has the gateways of these namespaces refuse, for the reasons given, and no others. */
export async function refuseIn({ db, tenantId }: TenantContext, refusals: { namespaceId: string; reason: string }[]) {
  const ids = refusals.map(({ namespaceId }) => namespaceId);
  await db.deleteFrom('licenceRefusals').where(sql<boolean>`namespace_id <> all(${ids}::uuid[])`).execute();
  if (refusals.length > 0)
    await db
      .insertInto('licenceRefusals')
      .values(refusals.map(({ namespaceId, reason }) => ({ tenantId, namespaceId, reason })))
      .onConflict((conflict) =>
        conflict.columns(['tenantId', 'namespaceId']).doUpdateSet((eb) => ({ reason: eb.ref('excluded.reason') })),
      )
      .execute();
}

// ---------------------------------------------------------------- looks

/** Takes the place of the look that was to come; of two at once one waits. */
export async function beginLook({ db, tenantId }: TenantContext, id: string): Promise<void> {
  await db
    .insertInto('licenceLooks')
    .values({ tenantId, id })
    .onConflict((conflict) => conflict.column('tenantId').doUpdateSet({ id }))
    .execute();
}

/** Holds the licences as a look does, and leaves the look that is to come as it is. */
export const keepLooksAway = ({ db }: TenantContext) => db.selectFrom('licenceLooks').forUpdate().execute();

export const isNextLook = async ({ db }: TenantContext, id: string): Promise<boolean> =>
  (await db.selectFrom('licenceLooks').select('id').forUpdate().executeTakeFirst())?.id === id;

/** Whether anything of the licences was in force before. */
export const hadTerms = async ({ db }: TenantContext): Promise<boolean> =>
  (await db.selectFrom('licenceLooks').select('hadTerms').executeTakeFirst())?.hadTerms ?? false;

/** Requires the look to be begun. */
export const noteTerms = ({ db }: TenantContext) =>
  db.updateTable('licenceLooks').set({ hadTerms: true }).where('hadTerms', '=', false).execute();

/** @returns those that were not told before */
export async function notTold({ db, tenantId, now }: TenantContext, abouts: string[]): Promise<Set<string>> {
  const rows = await db
    .insertInto('licenceTellings')
    .columns(['tenantId', 'about', 'at'])
    .expression(
      sql`select ${tenantId}::uuid, about, ${now}::timestamptz from unnest(${abouts}::text[]) as given (about)`,
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('about')
    .execute();
  return new Set(rows.map(({ about }) => about));
}

export async function keepUsage({ db, tenantId, now }: TenantContext, users: number): Promise<void> {
  const today = sql<Date>`${dayOf(now)}::date`;
  await db
    .insertInto('usageDays')
    .values({ tenantId, day: today, users, peakUsers: users })
    .onConflict((conflict) =>
      conflict
        .columns(['tenantId', 'day'])
        .doUpdateSet({ users, peakUsers: sql<number>`greatest(usage_days.peak_users, ${users}::int)` }),
    )
    .execute();
}

const of = (licenceId: string | undefined) => (licenceId ? sql`and licence_id = ${licenceId}` : sql``);

/** Each day from the first to the last; transactions of one licence where it is named. */
export async function usageOf({ db }: TenantContext, from: string, until: string, licenceId?: string) {
  const { rows } = await sql<{ day: string; users: number | null; peakUsers: number | null; transactions: number }>`
    select d.day::date::text as day, u.users, u.peak_users as "peakUsers",
           coalesce((select sum(count) from transaction_counts c where c.day = d.day::date ${of(licenceId)}), 0)::bigint as transactions
    from generate_series(${from}::date, ${until}::date, '1 day') as d (day)
    left join usage_days u on u.day = d.day::date order by d.day`.execute(db);
  return rows;
}
