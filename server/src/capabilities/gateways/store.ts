import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { Gateway, GatewayChanges, GatewayQuery } from './schema.ts';

/** The namespaces that are there: not those whose grace is over. */
const namespaces = ({ db, now }: TenantContext) =>
  db
    .selectFrom('namespaces')
    .select(['id', 'deletedAt'])
    .where((eb) => eb.or([eb('deletedAt', 'is', null), eb('restorableUntil', '>', now)]));

export const findNamespace = (ctx: TenantContext, id: string) =>
  namespaces(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('namespace'));

/** Nobody deletes it until the transaction ends. */
export const holdNamespace = (ctx: TenantContext, id: string) =>
  namespaces(ctx)
    .where('id', '=', id)
    .forShare()
    .executeTakeFirstOrThrow(() => notFound('namespace'));

type Signing = z.output<typeof Gateway>['signing'];

const gateways = ({ db }: TenantContext) =>
  db
    .selectFrom('gateways')
    .selectAll()
    .select((eb) => [
      eb.ref('signing').$castTo<Signing>().as('signing'),
      eb
        .selectFrom('namespaces')
        .select('deletedAt')
        .whereRef('namespaces.id', '=', 'gateways.namespaceId')
        .as('namespaceDeletedAt'),
    ]);

/** Of one that is held it is known that its namespace is not deleted. */
export type GatewayRow = Awaited<ReturnType<typeof lockForChange>> & { namespaceDeletedAt?: Date | null };

const one = (ctx: TenantContext, { namespaceId, id }: { namespaceId: string; id: string }) =>
  gateways(ctx).where('id', '=', id).where('namespaceId', '=', namespaceId);

export const find = (ctx: TenantContext, at: { namespaceId: string; id: string }) =>
  one(ctx, at).executeTakeFirstOrThrow(() => notFound('gateway'));

/** Reads a gateway and holds its row until the transaction ends; those that run it take its configuration anew. */
export const lockForChange = (ctx: TenantContext, { namespaceId, id }: { namespaceId: string; id: string }) =>
  ctx.db
    .updateTable('gateways')
    .set((eb) => ({ configuration: eb('configuration', '+', 1) }))
    .where('id', '=', id)
    .where('namespaceId', '=', namespaceId)
    .returningAll()
    .returning((eb) => eb.ref('signing').$castTo<Signing>().as('signing'))
    .executeTakeFirstOrThrow(() => notFound('gateway'));

export function list(ctx: TenantContext, namespaceId: string, query: z.output<typeof GatewayQuery>) {
  let rows = gateways(ctx).where('namespaceId', '=', namespaceId);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) =>
      eb.or([eb('name', 'ilike', pattern), eb('prefix', 'ilike', pattern), eb('description', 'ilike', pattern)]),
    );
  }
  return page(ctx.db, query, {
    rows,
    id: 'gateways.id',
    sorts: {
      name: byText('gateways.name_canonical'),
      createdAt: byTime('gateways.created_at'),
      updatedAt: byTime('gateways.updated_at'),
    },
    defaultSort: 'name',
  });
}

export async function countIn({ db }: TenantContext, namespaceId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from gateways where namespace_id = ${namespaceId}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** How many routes, rules and certificates each of the gateways has. */
export async function countParts({ db }: TenantContext, ids: string[]) {
  const { rows } = await sql<{ id: string; routes: number; rules: number; certificates: number }>`
    select id, (select count(*)::int from routes where gateway_id = wanted.id) as routes,
           (select count(*)::int from rules where gateway_id = wanted.id) as rules,
           (select count(*)::int from gateway_certificates where gateway_id = wanted.id) as certificates
    from unnest(${ids}::uuid[]) as wanted(id)`.execute(db);
  return new Map(rows.map(({ id, ...counts }) => [id, counts]));
}

/** What of a provider gateways go by; undefined when there is none. */
export const findProvider = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('identityProviders')
    .select(['type', 'status', sql<string | null>`settings ->> 'issuer'`.as('issuer')])
    .where('id', '=', id)
    .executeTakeFirst();

export const insert = (
  ctx: TenantContext,
  row: {
    id: string;
    namespaceId: string;
    name: string;
    nameCanonical: string;
    prefix: string;
    description: string;
    identityProviderId: string | null;
    audiences: string[];
  },
) =>
  ctx.db
    .insertInto('gateways')
    .values({ tenantId: ctx.tenantId, ...row, createdAt: ctx.now, createdBy: ctx.actor.id, ...ctx.changedBy })
    .returningAll()
    .returning((eb) => eb.ref('signing').$castTo<Signing>().as('signing'))
    .executeTakeFirstOrThrow();

/** Requires the row to be held by `lock`. */
export const update = (
  ctx: TenantContext,
  id: string,
  { signing, ...changes }: GatewayChanges & { nameCanonical?: string },
) =>
  ctx.db
    .updateTable('gateways')
    .set((eb) => ({
      ...(signing === undefined ? {} : { signing: signing && JSON.stringify(signing) }),
      ...changes,
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .where('id', '=', id)
    .returningAll()
    .returning((eb) => eb.ref('signing').$castTo<Signing>().as('signing'))
    .executeTakeFirstOrThrow();

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('gateways').where('id', '=', id).execute();
