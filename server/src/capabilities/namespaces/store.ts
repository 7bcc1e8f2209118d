import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { NamespaceQuery } from './schema.ts';

/** One whose grace is over is not there any more, even before the job took its rows. */
const namespaces = ({ db, now }: TenantContext) =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where((eb) => eb.or([eb('deletedAt', 'is', null), eb('restorableUntil', '>', now)]));

export type NamespaceRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  namespaces(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('namespace'));

/** Reads a namespace and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  namespaces(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('namespace'));

/** Holds a namespace for a change of its settings: gateways wait, and what merely refers to it does not. */
export const holdSettings = (ctx: TenantContext, id: string) =>
  namespaces(ctx)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow(() => notFound('namespace'));

/** Whoever holds the name, also after its grace. */
export const lockByName = ({ db }: TenantContext, nameCanonical: string) =>
  db.selectFrom('namespaces').selectAll().where('nameCanonical', '=', nameCanonical).forUpdate().executeTakeFirst();

/** A deleted one whose grace is over, when its rows are still there. */
export const lockOver = ({ db, now }: TenantContext, id: string) =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where('id', '=', id)
    .where('deletedAt', 'is not', null)
    .where('restorableUntil', '<=', now)
    .forUpdate()
    .executeTakeFirst();

/** @param visible the ids that the caller may see */
export function list(ctx: TenantContext, query: z.output<typeof NamespaceQuery>, visible: 'all' | string[]) {
  let rows = namespaces(ctx).where('deletedAt', query.status === 'deleted' ? 'is not' : 'is', null);
  if (visible !== 'all') rows = rows.where('id', 'in', visible);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb('name', 'ilike', pattern), eb('description', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'namespaces.id',
    sorts: {
      name: byText('namespaces.name_canonical'),
      createdAt: byTime('namespaces.created_at'),
      region: byText('namespaces.region'),
    },
    defaultSort: 'name',
  });
}

/** The regions beside its own in which the tenant's policy lets namespaces run gateways. */
export const allowedRegions = async ({ db }: TenantContext): Promise<string[]> => {
  const { namespaceRegions } = await db.selectFrom('tenants').select('namespaceRegions').executeTakeFirstOrThrow();
  return namespaceRegions;
};

export const insert = (
  ctx: TenantContext,
  row: { id: string; name: string; nameCanonical: string; description: string; region: string },
) =>
  ctx.db
    .insertInto('namespaces')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .returningAll()
    .executeTakeFirstOrThrow();

/** Requires the row to be held by `lock`. */
export const update = (
  ctx: TenantContext,
  id: string,
  changes: {
    description?: string | undefined;
    protection?: string | undefined;
    deletedAt?: Date | null;
    restorableUntil?: Date | null;
  },
) =>
  ctx.db
    .updateTable('namespaces')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('namespaces').where('id', '=', id).execute();
