import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import { MOST_ROUTES, routeFault } from './routes.ts';
import { MOST_RULES } from './rules.ts';
import { Gateway } from './schema.ts';
import { type GatewaySettings, type RouteSettings, type RuleSettings, subjectOf } from './settings-schema.ts';
import * as store from './settings-store.ts';

export { type Known, tokenProviders } from './settings-store.ts';
export { routeFault };

/** Read and written as a whole, so that the memory that it takes has a bound. */
const MOST_PARTS = 10_000;

/** A gateway as it is written down, and the rows that it is. */
export interface HeldGateway {
  id: string;
  settings: GatewaySettings;
  routeIds: Map<string, string>;
  ruleIds: Map<string, string>;
}

/**
 * All gateways of a namespace with their routes and rules, by names.
 *
 * @throws {Problem} 409 `too-many-parts`
 */
export async function readGateways(ctx: TenantContext, namespaceId: string): Promise<HeldGateway[]> {
  if ((await store.countParts(ctx, namespaceId, MOST_PARTS)) > MOST_PARTS)
    throw conflict(
      'too-many-parts',
      `A namespace with more than ${MOST_PARTS.toLocaleString('en')} routes and rules is not copied, compared or exported as a whole.`,
    );
  const gateways = new Map<string, HeldGateway>();
  for (const { id, ...own } of await store.gatewaysIn(ctx, namespaceId)) {
    const settings = { ...own, routes: [], rules: [] };
    gateways.set(id, { id, settings, routeIds: new Map(), ruleIds: new Map() });
  }
  for (const row of await store.routesIn(ctx, namespaceId)) {
    const { id, gatewayId, serviceId: _s, version: _v, createdAt: _c, updatedAt: _u, ...route } = row;
    const gateway = gateways.get(gatewayId);
    gateway?.settings.routes.push(route);
    gateway?.routeIds.set(route.name, id);
  }
  for (const { id, gatewayId, ...rule } of await store.rulesIn(ctx, namespaceId)) {
    const gateway = gateways.get(gatewayId);
    gateway?.settings.rules.push(rule);
    gateway?.ruleIds.set(subjectOf(rule), id);
  }
  return [...gateways.values()];
}

/** What is done to the gateways of a namespace, and what the audit keeps of it. */
export interface GatewayChange {
  kind: 'gateway' | 'route' | 'rule';
  change: 'add' | 'change' | 'remove';
  /** The gateway that it is about, by name. */
  gateway: string;
  name: string;
  fields: { name: string; before: unknown; after: unknown }[];
}

/** An entry holds no more, however much was changed at once. */
const CHANGES_AN_ENTRY = 200;

/**
 * Changes gateways, routes and rules of a namespace at once, by names. Requires the namespace to be held by the caller
 * for itself alone, and everything that the wanted settings name to be known.
 *
 * @param held the gateways as they are
 * @param wanted the gateways as they are to be, as far as the changes say so
 * @throws {Problem} 409 `too-many-gateways`, `too-many-routes`, `too-many-rules`, `prefix-taken`
 */
export async function changeGateways(
  ctx: TenantContext,
  namespaceId: string,
  changes: GatewayChange[],
  { held, wanted, known }: { held: HeldGateway[]; wanted: GatewaySettings[]; known: store.Known },
): Promise<void> {
  const there = new Map(held.map((gateway) => [skeleton(gateway.settings.name), gateway]));
  const aimed = new Map(wanted.map((gateway) => [skeleton(gateway.name), gateway]));
  const of = (kind: GatewayChange['kind'], change: GatewayChange['change']) =>
    changes
      .filter((each) => each.kind === kind && each.change === change)
      .map((each) => {
        const at = skeleton(each.gateway);
        return { ...each, there: there.get(at), aim: aimed.get(at) as GatewaySettings };
      });
  const routeOf = ({ aim, name }: { aim: GatewaySettings; name: string }) =>
    aim.routes.find((route) => route.name === name) as RouteSettings;
  const ruleOf = ({ aim, name }: { aim: GatewaySettings; name: string }) =>
    aim.rules.find((rule) => subjectOf(rule) === name) as RuleSettings;
  const gatewayId = (each: { there: HeldGateway | undefined }) => (each.there as HeldGateway).id;
  const routeId = (each: { there: HeldGateway | undefined; name: string }) =>
    each.there?.routeIds.get(each.name) as string;
  const ruleId = (each: { there: HeldGateway | undefined; name: string }) =>
    each.there?.ruleIds.get(each.name) as string;

  await store.removeAll(ctx, 'rules', of('rule', 'remove').map(ruleId));
  await store.removeAll(ctx, 'routes', of('route', 'remove').map(routeId));
  const gone = of('gateway', 'remove');
  await store.removeAll(ctx, 'gateways', gone.map(gatewayId));
  const moved = of('gateway', 'change').map((each) => ({
    id: gatewayId(each),
    settings: each.aim,
    frees: each.there?.settings.prefix !== each.aim.prefix,
  }));
  await store.updateGateways(ctx, moved, known);
  const come = of('gateway', 'add').map(({ aim }) => aim);
  for (const _ of come) await requireRoom(ctx, 'gateways');
  const made = await store.insertGateways(ctx, namespaceId, come, known);
  come.forEach((settings, at) => {
    const id = made[at] as string;
    const empty = { ...settings, routes: [], rules: [] };
    there.set(skeleton(settings.name), { id, settings: empty, routeIds: new Map(), ruleIds: new Map() });
  });
  const [newRoutes, newRules] = [of('route', 'add'), of('rule', 'add')];
  for (const gateway of there.values()) {
    requireFew('routes', MOST_ROUTES, gateway.routeIds.size, gateway, newRoutes, of('route', 'remove'));
    requireFew('rules', MOST_RULES, gateway.ruleIds.size, gateway, newRules, of('rule', 'remove'));
  }
  await store.updateRoutes(
    ctx,
    of('route', 'change').map((each) => ({ id: routeId(each), route: routeOf(each) })),
    known,
  );
  await store.insertRoutes(
    ctx,
    newRoutes.map((each) => ({ gatewayId: gatewayId(each), route: routeOf(each) })),
    known,
  );
  await store.updateRules(
    ctx,
    of('rule', 'change').map((each) => ({ id: ruleId(each), rule: ruleOf(each) })),
    known,
  );
  await store.insertRules(
    ctx,
    newRules.map((each) => ({ gatewayId: gatewayId(each), rule: ruleOf(each) })),
    known,
  );
  const touched = new Set(changes.map(({ gateway }) => there.get(skeleton(gateway))?.id as string));
  await store.renewConfiguration(ctx, [...touched]);
  record(ctx, changes, there);
}

type About = { there: HeldGateway | undefined };
function requireFew(what: string, most: number, now: number, gateway: HeldGateway, come: About[], go: About[]) {
  const among = (all: About[]) => all.filter(({ there }) => there?.id === gateway.id).length;
  if (now + among(come) - among(go) > most)
    throw conflict(
      `too-many-${what}`,
      `The gateway ${gateway.settings.name} would have more than ${most.toLocaleString('en')} ${what}. Choose fewer changes.`,
    );
}

/** The difference of each gateway in entries about it, as long ones as many as it takes. */
function record(ctx: TenantContext, changes: GatewayChange[], there: Map<string, HeldGateway>) {
  for (const [canonical, { id, settings }] of there) {
    const own = changes.filter(({ gateway }) => skeleton(gateway) === canonical);
    for (let at = 0; at < own.length; at += CHANGES_AN_ENTRY)
      ctx.audit(Gateway, {
        target: { kind: 'gateway', id, name: settings.name },
        details: {
          changes: own
            .slice(at, at + CHANGES_AN_ENTRY)
            .map(({ kind, change, name, fields }) => ({ kind, change, name, fields })),
        },
      });
  }
}
