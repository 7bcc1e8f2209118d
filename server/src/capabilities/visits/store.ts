import { sql } from 'kysely';
import type { z } from 'zod';
import { notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { Prepared } from '../../kernel/database/pool.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { VisitQuery } from './schema.ts';

const visits = ({ db }: TenantContext) =>
  db
    .selectFrom('visits')
    .innerJoin('accounts', 'accounts.id', 'visits.accountId')
    .select([
      'visits.id',
      'visits.accountId',
      'accounts.displayName',
      'visits.visitedTenantId',
      'visits.visitedRegion',
      'visits.createdAt',
      'visits.stay',
    ]);

export type VisitRow = Awaited<ReturnType<typeof lock>>;

export function list(ctx: TenantContext, query: z.output<typeof VisitQuery>) {
  let rows = visits(ctx);
  if (query.accountId) rows = rows.where('visits.accountId', '=', query.accountId);
  if (query.visitedTenantId) rows = rows.where('visits.visitedTenantId', '=', query.visitedTenantId);
  return page(ctx.db, query, { rows, id: 'visits.id', sorts: { createdAt: byTime('visits.created_at') } });
}

/** Reads a visit and holds its row until the transaction ends. @throws {Problem} 404 */
export const lock = (ctx: TenantContext, id: string) =>
  visits(ctx)
    .where('visits.id', '=', id)
    .forUpdate('visits')
    .executeTakeFirstOrThrow(() => notFound('visit'));

/** The visit of an account to a tenant; undefined when there is none. */
export const find = ({ db }: TenantContext, accountId: string, visitedTenantId: string) =>
  db
    .selectFrom('visits')
    .select(['id', 'visitedRegion'])
    .where('accountId', '=', accountId)
    .where('visitedTenantId', '=', visitedTenantId)
    .executeTakeFirst();

/** The regions, but these, in which an account is a guest. */
export const regionsOf = async ({ db }: TenantContext, accountId: string, but: string[]): Promise<string[]> => {
  const rows = await db
    .selectFrom('visits')
    .select('visitedRegion')
    .where('accountId', '=', accountId)
    .where(sql<boolean>`not visited_region = any(${but}::text[])`)
    .union(
      byGroup(db, accountId)
        .select('otherRegion as visitedRegion')
        .where('otherRegion', 'is not', null)
        .where(sql<boolean>`not other_region = any(${but}::text[])`)
        .$castTo<{ visitedRegion: string }>(),
    )
    .execute();
  return rows.map(({ visitedRegion }) => visitedRegion);
};

interface NewRow {
  id: string;
  accountId: string;
  visitedTenantId: string;
  visitedRegion: string;
  stay: number | null;
}

/** Notes the visit, or a later stay of one that is noted. @returns the id of the one that is noted now */
export const insert = ({ db, tenantId, now }: TenantContext, row: NewRow) =>
  db
    .insertInto('visits')
    .values({ tenantId, ...row, createdAt: now })
    .onConflict((conflict) =>
      conflict
        .columns(['tenantId', 'accountId', 'visitedTenantId'])
        .doUpdateSet({ stay: sql`greatest(visits.stay, excluded.stay)` }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();

export const remove = async ({ db }: TenantContext, id: string): Promise<void> => {
  await db.deleteFrom('visits').where('id', '=', id).execute();
};

/** A later stay remains. @returns what was removed */
export function removeOne(
  { db }: TenantContext,
  visit: Pick<NewRow, 'accountId' | 'visitedTenantId' | 'visitedRegion'>,
  stay?: number,
) {
  let rows = db
    .deleteFrom('visits')
    .where('accountId', '=', visit.accountId)
    .where('visitedTenantId', '=', visit.visitedTenantId)
    .where('visitedRegion', '=', visit.visitedRegion);
  if (stay !== undefined) rows = rows.where((row) => row.or([row('stay', 'is', null), row('stay', '<=', stay)]));
  return rows.returning(['id']).executeTakeFirst();
}

/** In the visited tenant: whether somebody from there is a guest at this moment. */
export const isGuest = async ({ db }: TenantContext, homeTenantId: string, homeAccountId: string): Promise<boolean> =>
  (await db
    .selectFrom('guests')
    .select('id')
    .where('homeTenantId', '=', homeTenantId)
    .where('homeAccountId', '=', homeAccountId)
    .where('endedAt', 'is', null)
    .executeTakeFirst()) !== undefined;

/** Removes the visits of an account, with a job each that tells the visited tenant. Nothing waits for it. */
export const removeAllOf = (ctx: TenantContext, accountId: string, jobKind: string): void =>
  ctx.defer(
    sql`with gone as (
          delete from visits where account_id = ${accountId}
          returning tenant_id, account_id, visited_tenant_id, visited_region, stay),
        made as (select gen_random_uuid() as id, gone.* from gone),
        due as (
          insert into due_jobs (id, tenant_id, kind, due_at)
          select id, tenant_id, ${jobKind}::text, ${ctx.now}::timestamptz from made)
        insert into jobs (tenant_id, id, kind, payload, request_id)
        select tenant_id, id, ${jobKind}::text,
               jsonb_build_object('accountId', account_id, 'visitedTenantId', visited_tenant_id,
                                  'visitedRegion', visited_region, 'stay', stay),
               ${ctx.request.id}::text
        from made`.compile(ctx.db),
  );

/** Of every account of the tenant. */
export const all = ({ db }: TenantContext) =>
  db.selectFrom('visits').select(['accountId', 'visitedTenantId', 'visitedRegion', 'stay']).execute();

const byGroup = (db: TenantContext['db'], accountId: string) =>
  db
    .selectFrom('delegations')
    .innerJoin('groups', 'groups.id', 'delegations.partnerGroupId')
    .innerJoin('memberships', 'memberships.groupId', 'groups.id')
    .where('delegations.side', '=', 'partner')
    .where('delegations.state', '=', 'active')
    .where('groups.status', '=', 'enabled')
    .where('memberships.principalId', '=', accountId)
    .where(sql<boolean>`${sql.raw(notOver('memberships'))}`);

/** Where a group of the account is let in. */
export const findByGroup = ({ db }: TenantContext, accountId: string, visitedTenantId: string) =>
  byGroup(db, accountId)
    .select('otherRegion as visitedRegion')
    .where('otherTenantId', '=', visitedTenantId)
    .limit(1)
    .executeTakeFirst();

/** The account's groups that other tenants let in: all, or those of a region. */
export const groupsThatVisit = async (
  db: TenantContext['db'],
  accountId: string,
  region?: string,
): Promise<string[]> => {
  let groups = byGroup(db, accountId);
  if (region) groups = groups.where('otherRegion', '=', region);
  const rows = await groups.select('groups.id').distinct().execute();
  return rows.map(({ id }) => id);
};

/** Those of these tenants that the account may visit, by an invitation or with a group. */
export const among = async ({ db }: TenantContext, accountId: string, tenantIds: string[]): Promise<Set<string>> => {
  const rows = await db
    .selectFrom('visits')
    .select('visitedTenantId')
    .where('accountId', '=', accountId)
    .where(sql<boolean>`visited_tenant_id = any(${tenantIds}::uuid[])`)
    .unionAll(
      byGroup(db, accountId)
        .select('otherTenantId as visitedTenantId')
        .where(sql<boolean>`other_tenant_id = any(${tenantIds}::uuid[])`),
    )
    .execute();
  return new Set(rows.map(({ visitedTenantId }) => visitedTenantId));
};

export interface PersonRow {
  accountId: string;
  displayName: string;
  tenantDisplayName: string;
}

/** In the home tenant: the names of those accounts that visit the tenant, and of no others. */
export const people = (
  visitedTenantId: string,
  visitedRegion: string,
  accountIds: string[],
  /** Whether the visited tenant is known to live there, so that who comes with a group counts. */
  isLetInThere: boolean,
): Prepared => ({
  name: 'visiting-people',
  text: `select a.id as "accountId", a.display_name as "displayName", t.display_name as "tenantDisplayName"
         from accounts a
         cross join tenants t
         where a.id = any($3::uuid[]) and a.deleted_at is null
           and (exists (select from visits v where v.account_id = a.id and v.visited_tenant_id = $1 and v.visited_region = $2)
             or exists (select from delegations d join memberships m on m.group_id = d.partner_group_id
                        where (d.other_region = $2 or d.other_region is null and $4) and d.side = 'partner' and d.other_tenant_id = $1 and d.state in ('requested', 'active')
                             and m.principal_id = a.id))`,
  values: [visitedTenantId, visitedRegion, accountIds, isLetInThere],
});

/** In the visited tenant: who these guests are at home, also those whose time is over. */
export const homesOf = ({ db }: TenantContext, ids: string[]) =>
  db
    .selectFrom('guests')
    .select(['id', 'homeTenantId', 'homeRegion', 'homeAccountId'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();
