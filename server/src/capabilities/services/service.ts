import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict } from '../../kernel/problem.ts';
import { MOST_ITEMS, type NewService, Service, type ServiceChanges, type ServiceQuery } from './schema.ts';
import * as store from './store.ts';

export { called as servicesCalled, named as servicesNamed } from './store.ts';

const shown = (ctx: TenantContext, service: store.ServiceRow) => ({
  actions: actionsOf(ctx, [
    { name: 'services.change', permission: 'gateways.change' },
    { name: 'services.delete', permission: 'gateways.change' },
  ]),
  ...service,
});

export const readService = async (ctx: TenantContext, id: string) => shown(ctx, await store.find(ctx, id));

export async function listServices(ctx: TenantContext, query: z.output<typeof ServiceQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: found.items.map((service) => shown(ctx, service)) };
}

/** @throws {Problem} 409 `name-taken`, `too-many-services` */
export async function createService(ctx: TenantContext, { name, description = '', items = null }: NewService) {
  await requireRoom(ctx, 'services');
  const service = shown(ctx, await store.insert(ctx, { id: newId(), name, description, items }));
  ctx.audit(Service, { after: service });
  return service;
}

/** Adds items to a service; nothing that is there is taken or changed. @returns the service as it is then */
export async function addItems(ctx: TenantContext, id: string, items: NonNullable<NewService['items']>) {
  const before = shown(ctx, await store.lock(ctx, id));
  const known = new Set(before.items?.map(({ name }) => name));
  const all = [...(before.items ?? []), ...items.filter(({ name }) => !known.has(name))];
  if (all.length > MOST_ITEMS)
    throw conflict('too-many-items', `The service ${before.name} would have more than ${MOST_ITEMS} items.`);
  const after = shown(ctx, await store.update(ctx, id, { items: all }));
  ctx.audit(Service, { before, after });
}

/** @throws {Problem} 409 `item-in-use` when an item goes that a route or a rule names, or all that a route takes from paths */
export async function changeService(ctx: TenantContext, id: string, changes: ServiceChanges) {
  const before = shown(ctx, await store.lock(ctx, id));
  ctx.requireVersion(before);
  if (changes.items !== undefined) {
    if (before.items?.length && !changes.items?.length) await requireNoneFromPath(ctx, id);
    const kept = new Set(changes.items?.map(({ name }) => name));
    const missing = (await store.itemsInUse(ctx, id)).filter((name) => !kept.has(name));
    if (missing.length > 0)
      throw conflict('item-in-use', `Routes or rules name ${named(missing)}. Change those first.`);
  }
  const after = shown(ctx, await store.update(ctx, id, changes));
  ctx.audit(Service, { before, after });
  return after;
}

async function requireNoneFromPath(ctx: TenantContext, id: string) {
  const names = await store.routesByPath(ctx, id);
  if (names.length > 0)
    throw conflict(
      'item-in-use',
      `Routes take the item from the path (${named(names)}), and this service would have none. Change those first, or keep an item.`,
    );
}

const named = (names: string[]) => (names.length > 5 ? [...names.slice(0, 5), '…'] : names).join(', ');

/** @throws {Problem} 409 `service-in-use` */
export async function deleteService(ctx: TenantContext, id: string): Promise<void> {
  const before = shown(ctx, await store.lock(ctx, id));
  ctx.requireVersion(before);
  const { routes, rules } = await store.countUses(ctx, id);
  if (routes + rules > 0)
    throw conflict('service-in-use', `Routes (${routes}) or rules (${rules}) of gateways name it. Remove those first.`);
  await store.remove(ctx, id);
  ctx.audit(Service, { before });
}
