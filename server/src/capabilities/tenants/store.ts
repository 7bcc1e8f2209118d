import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { onPlatformTables, type Pool } from '../../kernel/database/pool.ts';
import type { TenantState } from '../../kernel/doors.ts';
import { page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { TenantQuery } from './schema.ts';

export type TenantRow = Awaited<ReturnType<typeof find>>;

const tenant = ({ db }: TenantContext) =>
  db.selectFrom('tenants').selectAll().select('tenantId as id').select(sql<TenantState>`status`.as('status'));

export const find = (ctx: TenantContext) => tenant(ctx).executeTakeFirstOrThrow(() => notFound('tenant'));

/** Reads the tenant and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext) =>
  tenant(ctx)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('tenant'));

export interface NewRow {
  name: string;
  displayName: string;
  legalName: string;
  type: 'customer' | 'partner';
  country: string;
  companyId: string | null;
  taxId: string | null;
  phone: string | null;
  supportDomain: string | null;
  primaryAddress: object | null;
  billingAddress: object | null;
  language: string;
}

const json = (value: object | null) => (value === null ? null : JSON.stringify(value));

/** Inserts the tenant of the context. @returns undefined when it is there already; waits for one under way */
export async function insert(ctx: TenantContext, row: NewRow): Promise<TenantRow | undefined> {
  const { tenantId, now, place } = ctx;
  const made = await ctx.db
    .insertInto('tenants')
    .values({
      ...row,
      tenantId,
      region: place.region.code,
      namespaceRegions: [place.region.code],
      primaryAddress: json(row.primaryAddress),
      billingAddress: json(row.billingAddress),
      createdAt: now,
      ...ctx.changedBy,
    })
    .onConflict((conflict) => conflict.column('tenantId').doNothing())
    .returning('tenantId')
    .executeTakeFirst();
  if (!made) return undefined;
  await ctx.db
    .insertInto('tenantIndex')
    .values({ tenantId, status: 'active', createdAt: now, changedAt: now })
    .execute();
  return find(ctx);
}

export type Changes = Partial<
  Omit<NewRow, 'name'> & {
    supportId: string | null;
    namespaceRegions: string[];
    accountEnabling: 'automatic' | 'administrator';
    status: TenantState;
    closesAt: Date | null;
  }
>;

/** Requires the row to be held by `lock`. A new state shows in the operator's list at once. */
export async function update(ctx: TenantContext, changes: Changes): Promise<TenantRow> {
  const { primaryAddress, billingAddress, ...rest } = changes;
  await ctx.db
    .updateTable('tenants')
    .set((eb) => ({
      ...rest,
      ...(primaryAddress === undefined ? {} : { primaryAddress: json(primaryAddress) }),
      ...(billingAddress === undefined ? {} : { billingAddress: json(billingAddress) }),
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .where('tenantId', '=', ctx.tenantId)
    .execute();
  if (changes.status)
    await ctx.db
      .updateTable('tenantIndex')
      .set({ status: changes.status, changedAt: ctx.now })
      .where('tenantId', '=', ctx.tenantId)
      .execute();
  return find(ctx);
}

/** What a tenant holds that ends with it. */
export async function contents({ db }: TenantContext) {
  const { rows } = await sql<Record<'accounts' | 'serviceAccounts' | 'groups' | 'namespaces' | 'credentials', number>>`
    select (select count(*)::int from accounts where deleted_at is null) as accounts,
           (select count(*)::int from service_accounts where deleted_at is null) as "serviceAccounts",
           (select count(*)::int from groups) as groups,
           (select count(*)::int from namespaces where deleted_at is null) as namespaces,
           (select count(*)::int from credentials
            where revoked_at is null and (expires_at is null or expires_at > platform_time())
              and (ends_at is null or ends_at > platform_time())) as credentials`.execute(db);
  return rows[0] as (typeof rows)[number];
}

/** Takes the closed tenant's rows away for good, with what waits to be done and sent in its name. */
export async function purge({ db, tenantId }: TenantContext) {
  await sql`select purge_tenant()`.execute(db);
  await db.deleteFrom('dueJobs').where('tenantId', '=', tenantId).execute();
  await db.deleteFrom('outbox').where('tenantId', '=', tenantId).execute();
  await db.deleteFrom('quotaBlocks').where('tenantId', '=', tenantId).execute();
  await db.deleteFrom('quotaShares').where('tenantId', '=', tenantId).execute();
}

interface IndexQuery extends Pick<z.output<typeof TenantQuery>, 'cursor' | 'limit' | 'createdAfter' | 'createdBefore'> {
  ids: string[] | undefined;
  statuses: TenantState[] | undefined;
  sort: string;
}

/** A page of a cell's tenants, without anything of their contents. */
export const listIndex = (cell: Pool, query: IndexQuery) =>
  onPlatformTables(cell, (db) => {
    let rows = db
      .selectFrom('tenantIndex')
      .select([
        'tenantId as id',
        sql<TenantState>`status`.as('status'),
        'createdAt',
        'changedAt',
        sql<string>`created_at::text`.as('key'),
      ]);
    if (query.ids) rows = rows.where('tenantId', 'in', query.ids);
    if (query.statuses) rows = rows.where('status', 'in', query.statuses);
    if (query.createdAfter) rows = rows.where('createdAt', '>=', new Date(query.createdAfter));
    if (query.createdBefore) rows = rows.where('createdAt', '<', new Date(query.createdBefore));
    return page(db, query, {
      rows,
      id: 'tenant_index.tenant_id',
      // Never null, so that the index gives the order.
      sorts: { createdAt: { by: sql.ref('tenant_index.created_at'), type: 'timestamptz' } },
    });
  });
