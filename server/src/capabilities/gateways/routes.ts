import type { z } from 'zod';
import { readCertificate } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { servicesNamed } from '../services/service.ts';
import * as store from './routes-store.ts';
import { type NewRoute, Route, type RouteChanges, type RouteQuery } from './schema.ts';
import { changesOf, type GatewayParts, gatewayOf, holdGateway } from './service.ts';
import { find as findGateway, type GatewayRow } from './store.ts';

export const MOST_ROUTES = 500;

const shown = (ctx: TenantContext, gateway: GatewayRow, route: store.RouteRow) => ({
  actions: changesOf(ctx, gateway, 'routes.change', 'routes.delete'),
  ...route,
});

export async function readRoute(ctx: TenantContext, at: GatewayParts & { id: string }) {
  const gateway = await findGateway(ctx, gatewayOf(at));
  return shown(ctx, gateway, await store.find(ctx, at));
}

export async function listRoutes(ctx: TenantContext, at: GatewayParts, query: z.output<typeof RouteQuery>) {
  const gateway = await findGateway(ctx, gatewayOf(at));
  const found = await store.list(ctx, at.gatewayId, query);
  return { ...found, items: found.items.map((route) => shown(ctx, gateway, route)) };
}

type Sensed = Pick<NewRoute, 'itemFrom' | 'item' | 'trustedCertificates' | 'upstream'>;
type Checked = Sensed & Pick<NewRoute, 'serviceId'>;

/** What one field of a route asks of another, and of its service; undefined when all is well. */
export function routeFault(
  { itemFrom, item, trustedCertificates, upstream }: Sensed,
  { items }: { items: { name: string }[] | null },
): { path: string; message: string } | undefined {
  if ((itemFrom === 'fixed') !== (item !== null))
    return { path: 'item', message: 'must be given when `itemFrom` is `fixed`, and only then' };
  if (itemFrom !== 'none' && !items) return { path: 'itemFrom', message: 'must be `none`: this service has no items' };
  if (item !== null && !items?.some(({ name }) => name === item))
    return { path: 'item', message: 'must be an item of the service' };
  if (trustedCertificates === null) return undefined;
  if (!upstream.startsWith('https:'))
    return { path: 'trustedCertificates', message: 'are for an upstream by https:// only' };
  const found = trustedCertificates.split(/(?<=-----END CERTIFICATE-----)\s*/).filter((part) => part.trim() !== '');
  const wrong = found.findIndex((pem) => !readCertificate(pem));
  if (found.length === 0 || wrong >= 0)
    return { path: 'trustedCertificates', message: `must be certificates in PEM; number ${wrong + 1} is none` };
  return undefined;
}

async function requireSense(ctx: TenantContext, route: Checked) {
  const [service] = await servicesNamed(ctx, [route.serviceId]);
  if (!service) throw invalid({ path: 'serviceId', message: 'must be a service of this tenant' });
  const fault = routeFault(route, service);
  if (fault) throw invalid(fault);
}

/** @throws {Problem} 409 `name-taken`, `too-many-routes`; 400 that names the field */
export async function createRoute(ctx: TenantContext, at: GatewayParts, fields: NewRoute) {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  await requireSense(ctx, fields);
  if ((await store.count(ctx, at.gatewayId)) >= MOST_ROUTES)
    throw conflict('too-many-routes', `A gateway has at most ${MOST_ROUTES} routes. Delete some that are not needed.`);
  const id = newId();
  await store.insert(ctx, { id, gatewayId: at.gatewayId, ...fields });
  const route = shown(ctx, gateway, await store.find(ctx, { ...at, id }));
  ctx.audit(Route, { after: route });
  return route;
}

/** @throws {Problem} 409 `name-taken`; 400 that names the field */
export async function changeRoute(ctx: TenantContext, at: GatewayParts & { id: string }, changes: RouteChanges) {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const before = shown(ctx, gateway, await store.find(ctx, at));
  ctx.requireVersion(before);
  await requireSense(ctx, { ...before, ...changes } as Checked);
  await store.update(ctx, at.id, changes);
  const after = shown(ctx, gateway, await store.find(ctx, at));
  ctx.audit(Route, { before, after });
  return after;
}

export async function deleteRoute(ctx: TenantContext, at: GatewayParts & { id: string }): Promise<void> {
  const gateway = await holdGateway(ctx, gatewayOf(at));
  const before = shown(ctx, gateway, await store.find(ctx, at));
  ctx.requireVersion(before);
  await store.remove(ctx, at.id);
  ctx.audit(Route, { before });
}
