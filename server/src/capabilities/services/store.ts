import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { Service, ServiceQuery } from './schema.ts';

type Items = z.output<typeof Service>['items'];

/** Items as the migration says: a list, or null. */
const services = ({ db }: TenantContext) =>
  db
    .selectFrom('services')
    .select(['id', 'name', 'description', 'version', 'createdAt', 'updatedAt'])
    .select((eb) => eb.ref('items').$castTo<Items>().as('items'));

export type ServiceRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, id: string) =>
  services(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('service'));

/** Reads a service and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  services(ctx)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('service'));

/** Those of the ids that are there, held against deletion and loss of items until the transaction ends. */
export const named = (ctx: TenantContext, ids: string[]) =>
  services(ctx).where('id', 'in', ids).orderBy('id').forShare().execute();

/** @param holds as `named` does, or to change them, until the transaction ends */
export const called = (ctx: TenantContext, names: string[], holds: boolean | 'to-change' = false) =>
  services(ctx)
    .where(sql<boolean>`name = any(${names}::text[])`)
    .orderBy('id')
    .$if(holds === true, (query) => query.forShare())
    .$if(holds === 'to-change', (query) => query.forUpdate())
    .execute();

export function list(ctx: TenantContext, query: z.output<typeof ServiceQuery>) {
  let rows = services(ctx);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb('name', 'ilike', pattern), eb('description', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'services.id',
    sorts: { name: byText('services.name'), createdAt: byTime('services.created_at') },
    defaultSort: 'name',
  });
}

const json = (items: Items) => (items === null ? null : JSON.stringify(items));

export async function insert(
  ctx: TenantContext,
  { items, ...row }: { id: string; name: string; description: string; items: Items },
): Promise<ServiceRow> {
  const made = await ctx.db
    .insertInto('services')
    .values({
      tenantId: ctx.tenantId,
      items: json(items),
      ...row,
      createdAt: ctx.now,
      createdBy: ctx.actor.id,
      ...ctx.changedBy,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...made, items };
}

/** Requires the row to be held by `lock`. */
export async function update(
  ctx: TenantContext,
  id: string,
  { items, ...changes }: { description?: string | undefined; items?: Items | undefined },
): Promise<ServiceRow> {
  await ctx.db
    .updateTable('services')
    .set((eb) => ({
      ...(changes.description === undefined ? {} : { description: changes.description }),
      ...(items === undefined ? {} : { items: json(items) }),
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .execute();
  return find(ctx, id);
}

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('services').where('id', '=', id).execute();

/** Items that a route or a rule names, each once. */
export async function itemsInUse({ db }: TenantContext, id: string): Promise<string[]> {
  const { rows } = await sql<{ item: string }>`
    select item from rules where service_id = ${id} and item is not null
    union select item from routes where service_id = ${id} and item is not null
    order by item`.execute(db);
  return rows.map(({ item }) => item);
}

/** The names of routes that take the item from the path. */
export async function routesByPath({ db }: TenantContext, id: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from routes where service_id = ${id} and item_from = 'path' order by name`.execute(db);
  return rows.map(({ name }) => name);
}

export async function countUses({ db }: TenantContext, id: string): Promise<{ routes: number; rules: number }> {
  const { rows } = await sql<{ routes: number; rules: number }>`
    select (select count(*)::int from routes where service_id = ${id}) as routes,
           (select count(*)::int from rules where service_id = ${id}) as rules`.execute(db);
  return rows[0] ?? { routes: 0, rules: 0 };
}
