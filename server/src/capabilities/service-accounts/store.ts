import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { anyOf, byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { ServiceAccountQuery } from './schema.ts';

const serviceAccounts = ({ db }: TenantContext) =>
  db.selectFrom('serviceAccounts').selectAll().where('deletedAt', 'is', null);

export type ServiceAccountRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  serviceAccounts(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('service account'));

/** Of these ids those that are there. */
export const statusesOf = ({ db }: TenantContext, ids: string[]) =>
  db
    .selectFrom('serviceAccounts')
    .select(['id', 'status'])
    .where('deletedAt', 'is', null)
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();

/** Reads a service account and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  serviceAccounts(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('service account'));

export function list(ctx: TenantContext, query: z.output<typeof ServiceAccountQuery>) {
  const statuses = anyOf(query.status, ['enabled', 'disabled'], 'query.status');
  let rows = serviceAccounts(ctx);
  if (statuses) rows = rows.where('status', 'in', statuses);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb('name', 'ilike', pattern), eb('description', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'service_accounts.id',
    sorts: {
      name: byText('service_accounts.name_canonical'),
      createdAt: byTime('service_accounts.created_at'),
      status: byText('service_accounts.status'),
    },
    defaultSort: 'name',
  });
}

export const insert = async (
  ctx: TenantContext,
  row: { id: string; name: string; nameCanonical: string; description: string },
) => {
  await ctx.db
    .insertInto('principals')
    .values({ tenantId: ctx.tenantId, id: row.id, kind: 'service-account', createdAt: ctx.now })
    .execute();
  return ctx.db
    .insertInto('serviceAccounts')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .returningAll()
    .executeTakeFirstOrThrow();
};

/** Requires the row to be held by `lock`. */
export const update = (
  ctx: TenantContext,
  id: string,
  changes: Partial<{ name: string; nameCanonical: string; description: string; status: string; deletedAt: Date }>,
) =>
  ctx.db
    .updateTable('serviceAccounts')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
