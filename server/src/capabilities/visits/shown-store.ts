import { sql } from 'kysely';
import type { Pool } from '../../kernel/database/pool.ts';
import { Unit } from '../../kernel/database/pool.ts';
import type { TenantState } from '../../kernel/doors.ts';
import { byText, byTime, containing, MOST_COUNTED, page } from '../../kernel/page.ts';

/**
 * What a cell shows people of a home tenant of the tenants that let them in. Rows belong to the home tenant, which may live
 * elsewhere: they are written and read in its context.
 */

export interface ShownTenant {
  id: string;
  name: string;
  displayName: string;
  legalName: string;
  type: string;
  createdAt: Date;
}

const inContext = async <T>(cell: Pool, homeTenantId: string, work: (unit: Unit) => Promise<T>): Promise<T> => {
  const { unit } = await Unit.open(cell, homeTenantId, [], 'late');
  try {
    const result = await work(unit);
    await unit.commit();
    return result;
  } catch (error) {
    await unit.rollback();
    throw error;
  }
};

export const show = (
  cell: Pool,
  homeTenantId: string,
  accountId: string,
  { id, name, displayName, legalName, type, createdAt }: ShownTenant,
) =>
  inContext(cell, homeTenantId, async ({ db }) => {
    const names = { name, displayName, legalName, type };
    await db
      .insertInto('shownTenants')
      .values({ tenantId: homeTenantId, accountId, shownTenantId: id, createdAt, ...names })
      .onConflict((conflict) => conflict.columns(['tenantId', 'accountId', 'shownTenantId']).doUpdateSet(names))
      .execute();
  });

export const hide = (cell: Pool, homeTenantId: string, accountId: string, shownTenantId: string) =>
  inContext(cell, homeTenantId, async ({ db }) => {
    await db
      .deleteFrom('shownTenants')
      .where('accountId', '=', accountId)
      .where('shownTenantId', '=', shownTenantId)
      .execute();
  });

export interface ShownQuery {
  limit: number;
  cursor?: string | undefined;
  /** With `-` before it for the other direction. */
  sort: string;
  q?: string | undefined;
  id?: string | undefined;
  statuses?: TenantState[] | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Of one person there are few enough to sort; by time an index gives the order. */
const folded = (column: string) => ({ by: sql`lower(${sql.ref(column)}) collate "C"`, type: 'text' as const });
const sorts = {
  createdAt: byTime('shown.created_at'),
  name: folded('shown.name'),
  displayName: folded('shown.display_name'),
  legalName: folded('shown.legal_name'),
  status: byText('index.status'),
  // The same for all of a cell.
  region: { by: sql`''::text collate "C"`, type: 'text' as const },
};

const isCalled = (q: string) =>
  sql<boolean>`(shown.name ilike ${containing(q)} or shown.display_name ilike ${containing(q)}
    or shown.legal_name ilike ${containing(q)} or shown.shown_tenant_id::text = ${q.toLowerCase()})`;

/** A page of the tenants of a cell that let the account in, each with the `key` that it was sorted by. */
export async function list(cell: Pool, homeTenantId: string, shownTo: string[], query: ShownQuery) {
  const { unit } = await Unit.open(cell, homeTenantId, [], 'read');
  try {
    const sort = sorts[query.sort.replace(/^-/, '') as keyof typeof sorts];
    const [only, another] = shownTo;
    let shown = unit.db.selectFrom('shownTenants as shown');
    if (only !== undefined && another === undefined) shown = shown.where('shown.accountId', '=', only);
    else
      shown = shown
        .where(sql<boolean>`shown.account_id = any(${shownTo}::uuid[])`)
        // Who is shown it twice, by name and with a group, is shown it once.
        .where(
          sql<boolean>`not exists (select from shown_tenants twin where twin.shown_tenant_id = shown.shown_tenant_id
            and twin.account_id = any(${shownTo}::uuid[]) and twin.account_id < shown.account_id)`,
        );
    if (query.id) shown = shown.where('shown.shownTenantId', '=', query.id);
    if (query.createdAfter) shown = shown.where('shown.createdAt', '>=', new Date(query.createdAfter));
    if (query.createdBefore) shown = shown.where('shown.createdAt', '<', new Date(query.createdBefore));
    const { q } = query;
    if (q !== undefined) shown = shown.where(isCalled(q));
    let rows = shown
      .innerJoin('tenantIndex as index', 'index.tenantId', 'shown.shownTenantId')
      .select([
        'shown.shownTenantId as id',
        'shown.name',
        'shown.displayName',
        'shown.legalName',
        'shown.type',
        'shown.createdAt',
        'index.changedAt',
        sql<TenantState>`index.status`.as('status'),
        sql<string>`${sort.by}::text`.as('key'),
      ]);
    if (query.statuses) rows = rows.where('index.status', 'in', query.statuses);
    // Each of them has its row in the index, for ever.
    const counted = query.statuses ? rows : shown;
    return await page(unit.db, query, { rows, counted, id: 'shown.shown_tenant_id', sorts });
  } finally {
    unit.finishRead();
  }
}

/** Ids of those that are called so, of as many as a list counts. */
export async function called(cell: Pool, homeTenantId: string, accountIds: string[], q: string): Promise<string[]> {
  const { unit } = await Unit.open(cell, homeTenantId, [], 'read');
  try {
    const rows = await unit.db
      .selectFrom('shownTenants as shown')
      .select('shown.shownTenantId')
      .distinct()
      .where(sql<boolean>`shown.account_id = any(${accountIds}::uuid[])`)
      .where(isCalled(q))
      .limit(MOST_COUNTED)
      .execute();
    return rows.map(({ shownTenantId }) => shownTenantId);
  } finally {
    unit.finishRead();
  }
}

/** What these tenants are called, as far as the cell shows them to one of these accounts. */
export async function named(cell: Pool, homeTenantId: string, accountIds: string[], tenantIds: string[]) {
  const { unit } = await Unit.open(cell, homeTenantId, [], 'read');
  try {
    return await unit.db
      .selectFrom('shownTenants')
      .select(['shownTenantId', 'displayName'])
      .distinct()
      .where(sql<boolean>`account_id = any(${accountIds}::uuid[])`)
      .where(sql<boolean>`shown_tenant_id = any(${tenantIds}::uuid[])`)
      .execute();
  } finally {
    unit.finishRead();
  }
}
