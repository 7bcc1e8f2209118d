import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { NewRoute, Route, RouteChanges, RouteQuery } from './schema.ts';

type Shown = z.output<typeof Route>;

/** Routes with the names of their services. */
export const all = ({ db }: TenantContext) =>
  db
    .selectFrom('routes')
    .innerJoin('services', 'services.id', 'routes.serviceId')
    .select([
      'routes.id',
      'routes.gatewayId',
      'routes.name',
      'routes.host',
      'routes.pathPrefix',
      'routes.serviceId',
      'services.name as service',
      'routes.item',
      'routes.upstream',
      'routes.stripsPrefix',
      'routes.connectTimeoutMs',
      'routes.responseTimeoutMs',
      'routes.trustedCertificates',
      'routes.version',
      'routes.createdAt',
      'routes.updatedAt',
    ])
    .select((eb) => [
      eb.ref('routes.methods').$castTo<Shown['methods']>().as('methods'),
      eb.ref('routes.itemFrom').$castTo<Shown['itemFrom']>().as('itemFrom'),
      eb.ref('routes.requestHeaders').$castTo<Shown['requestHeaders']>().as('requestHeaders'),
      eb.ref('routes.responseHeaders').$castTo<Shown['responseHeaders']>().as('responseHeaders'),
    ]);

export type RouteRow = Awaited<ReturnType<typeof find>>;

export const find = (ctx: TenantContext, { gatewayId, id }: { gatewayId: string; id: string }) =>
  all(ctx)
    .where('routes.id', '=', id)
    .where('routes.gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow(() => notFound('route'));

export const allOf = (ctx: TenantContext, gatewayId: string) =>
  all(ctx).where('routes.gatewayId', '=', gatewayId).execute();

export function list(ctx: TenantContext, gatewayId: string, query: z.output<typeof RouteQuery>) {
  let rows = all(ctx).where('routes.gatewayId', '=', gatewayId);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) =>
      eb.or([
        eb('routes.name', 'ilike', pattern),
        eb('routes.pathPrefix', 'ilike', pattern),
        eb('routes.upstream', 'ilike', pattern),
      ]),
    );
  }
  return page(ctx.db, query, {
    rows,
    id: 'routes.id',
    sorts: {
      name: byText('routes.name'),
      pathPrefix: byText('routes.path_prefix'),
      createdAt: byTime('routes.created_at'),
    },
    defaultSort: 'pathPrefix',
  });
}

export async function count({ db }: TenantContext, gatewayId: string): Promise<number> {
  const { count } = await db
    .selectFrom('routes')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('count'))
    .where('gatewayId', '=', gatewayId)
    .executeTakeFirstOrThrow();
  return count;
}

const written = <F extends { requestHeaders?: unknown; responseHeaders?: unknown }>(fields: F) => {
  const { requestHeaders, responseHeaders, ...rest } = fields;
  return {
    ...(requestHeaders === undefined ? {} : { requestHeaders: JSON.stringify(requestHeaders) }),
    ...(responseHeaders === undefined ? {} : { responseHeaders: JSON.stringify(responseHeaders) }),
    ...rest,
  };
};

export const insert = (
  ctx: TenantContext,
  { requestHeaders, responseHeaders, ...row }: NewRoute & { id: string; gatewayId: string },
) =>
  ctx.db
    .insertInto('routes')
    .values({
      tenantId: ctx.tenantId,
      requestHeaders: JSON.stringify(requestHeaders),
      responseHeaders: JSON.stringify(responseHeaders),
      ...row,
      createdAt: ctx.now,
      createdBy: ctx.actor.id,
      ...ctx.changedBy,
    })
    .execute();

/** Requires the gateway to be held. */
export const update = (ctx: TenantContext, id: string, changes: RouteChanges) =>
  ctx.db
    .updateTable('routes')
    .set((eb) => ({ ...written(changes), ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('routes').where('id', '=', id).execute();
