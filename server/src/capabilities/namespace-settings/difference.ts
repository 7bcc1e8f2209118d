import { skeleton } from '../../kernel/canonical.ts';
import { METHODS } from '../gateways/schema.ts';
import { type GatewaySettings, type RouteSettings, type RuleSettings, subjectOf } from '../gateways/service.ts';
import type { GrantSettings, NamespaceSettings, ServiceSettings, SettingsChange } from './schema.ts';

/** Settings beside settings: what would make one like the other. Pure; by names. */

export type Difference = Omit<SettingsChange, 'obstacle'>;

/** By code points: the same order on each machine. */
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const sortedBy = <T>(all: T[], keyOf: (each: T) => string) => all.toSorted((a, b) => order(keyOf(a), keyOf(b)));
const nameOf = ({ name }: { name: string }) => name;

const routeInOrder = (route: RouteSettings): RouteSettings => ({
  ...route,
  methods: METHODS.filter((method) => route.methods.includes(method)),
  requestHeaders: headersInOrder(route.requestHeaders),
  responseHeaders: headersInOrder(route.responseHeaders),
});
const headersInOrder = ({ set, remove }: RouteSettings['requestHeaders']) => ({
  set: sortedBy(set, nameOf).map(({ name, value }) => ({ name, value })),
  remove: remove.toSorted(order),
});

const ruleInOrder = (rule: RuleSettings): RuleSettings => ({
  ...rule,
  groups: sortedBy(rule.groups, skeleton),
  claims: sortedBy(rule.claims, nameOf).map(({ name, values }) => ({ name, values: values.toSorted(order) })),
});

const gatewayInOrder = (gateway: GatewaySettings): GatewaySettings => ({
  ...gateway,
  audiences: gateway.audiences.toSorted(order),
  routes: sortedBy(gateway.routes, nameOf).map(routeInOrder),
  rules: sortedBy(gateway.rules, subjectOf).map(ruleInOrder),
});

/** The same settings in the order in which they are always written. */
export const inOrder = ({ services, gateways, grants, ...head }: NamespaceSettings): NamespaceSettings => ({
  ...head,
  services: sortedBy(services, nameOf).map(({ items, ...service }) => ({
    ...service,
    items: items && sortedBy(items, nameOf),
  })),
  ...(gateways ? { gateways: sortedBy(gateways, ({ name }) => skeleton(name)).map(gatewayInOrder) } : {}),
  ...(grants ? { grants: sortedBy(grants, ({ group, permission }) => `${skeleton(group)}\n${permission}`) } : {}),
});

/**
 * The wanted settings, where each gateway that asks for client certificates already goes on asking for its own: a stage
 * has authorities of its own, and what is taken over takes no demand away.
 */
export function keepingDemands(wanted: NamespaceSettings, { gateways: present = [] }: NamespaceSettings) {
  const own = new Map(present.map(({ name, agentCertificates }) => [skeleton(name), agentCertificates]));
  const gateways = wanted.gateways?.map((gateway) => ({
    ...gateway,
    agentCertificates: own.get(skeleton(gateway.name)) ?? gateway.agentCertificates,
  }));
  return gateways ? { ...wanted, gateways } : wanted;
}

type Fields = Record<string, unknown>;
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const isNothing = (value: unknown) =>
  value === null || value === '' || value === undefined || (Array.isArray(value) && value.length === 0);

/** The fields in which two differ; of one that comes or goes, those that say something. */
function fieldsBetween(before: Fields | undefined, after: Fields | undefined): Difference['fields'] {
  return Object.keys(after ?? before ?? {})
    .map((name) => ({ name, before: before?.[name] ?? null, after: after?.[name] ?? null }))
    .filter(({ before, after }) => !same(before, after) && !(isNothing(before) && isNothing(after)));
}

/** A key of a change: `route/main/orders`, each part escaped as in an address. */
const keyOf = (kind: Difference['kind'], ...names: string[]) =>
  [kind, ...names.map((name) => encodeURIComponent(name))].join('/');
export const gatewayKey = (name: string) => keyOf('gateway', skeleton(name));
export const serviceKey = (name: string) => keyOf('service', name);
export const routeKey = (gateway: string, name: string) => keyOf('route', skeleton(gateway), name);
export const ruleKey = (gateway: string, rule: Pick<RuleSettings, 'service' | 'item'>) =>
  keyOf('rule', skeleton(gateway), rule.service, ...(rule.item === null ? [] : [rule.item]));
export const grantKey = ({ group, permission }: GrantSettings) => keyOf('grant', skeleton(group), permission);

interface Pair<T> {
  before: T | undefined;
  after: T | undefined;
}

/** What is there beside what is wanted, by key, in the order of the keys. */
function pairs<T>(before: T[], after: T[], keyed: (each: T) => string): Pair<T>[] {
  const there = new Map(before.map((each) => [keyed(each), each]));
  const wanted = new Map(after.map((each) => [keyed(each), each]));
  return [...new Set([...there.keys(), ...wanted.keys()])]
    .toSorted(order)
    .map((key) => ({ before: there.get(key), after: wanted.get(key) }));
}

const kindOfChange = ({ before, after }: Pair<unknown>) => (before ? (after ? 'change' : 'remove') : 'add');

/** What the wanted service has and this one lacks; null when it lacks nothing. */
export function itemsLacking({ items }: Pick<ServiceSettings, 'items'>, wanted: Pick<ServiceSettings, 'items'>) {
  const known = new Set(items?.map(nameOf));
  const missing = (wanted.items ?? []).filter(({ name }) => !known.has(name));
  return missing.length === 0 && (items || !wanted.items) ? null : missing;
}

/** Missing services and missing items only: a service is the whole tenant's, and is never taken from. */
function servicesBetween(before: ServiceSettings[], after: ServiceSettings[]): Difference[] {
  return pairs(before, after, nameOf).flatMap(({ before, after }): Difference[] => {
    if (!after) return [];
    const base = { key: serviceKey(after.name), kind: 'service' as const, gateway: null, name: after.name, needs: [] };
    if (!before) return [{ ...base, change: 'add', fields: fieldsBetween(undefined, withoutName(after)) }];
    const missing = itemsLacking(before, after);
    if (!missing) return [];
    const items = sortedBy([...(before.items ?? []), ...missing], nameOf);
    return [{ ...base, change: 'change', fields: [{ name: 'items', before: before.items, after: items }] }];
  });
}

const withoutName = ({ name: _name, ...rest }: { name: string }): Fields => rest;

function partsBetween<T extends RouteSettings | RuleSettings>(
  kind: 'route' | 'rule',
  { before, after }: Pair<GatewaySettings>,
  pair: Pair<T>,
  { key, name, pending, fields }: { key: string; name: string; pending: Set<string>; fields: (part: T) => Fields },
): Difference[] {
  const changed = fieldsBetween(pair.before && fields(pair.before), pair.after && fields(pair.after));
  if (pair.before && pair.after && changed.length === 0) return [];
  const gateway = (after ?? before)?.name ?? '';
  const needed = [...(before ? [] : [gatewayKey(gateway)]), ...(pair.after ? [serviceKey(pair.after.service)] : [])];
  const needs = needed.filter((each) => pending.has(each));
  return [{ key, kind, change: kindOfChange(pair), gateway, name, fields: changed, needs }];
}

function gatewaysBetween(before: GatewaySettings[], after: GatewaySettings[], services: Difference[]): Difference[] {
  return pairs(before, after, ({ name }) => skeleton(name)).flatMap((pair) => {
    const name = (pair.after ?? pair.before)?.name as string;
    const own = ({ routes: _routes, rules: _rules, ...gateway }: GatewaySettings): Fields => gateway;
    const base = { key: gatewayKey(name), kind: 'gateway' as const, gateway: null, name, needs: [] };
    if (!pair.after && pair.before) {
      const { routes, rules } = pair.before;
      const counts = { routes: routes.length || null, rules: rules.length || null };
      return [{ ...base, change: 'remove', fields: fieldsBetween({ ...own(pair.before), ...counts }, undefined) }];
    }
    const fields = fieldsBetween(pair.before && own(pair.before), pair.after && own(pair.after));
    const itself: Difference[] =
      pair.before && fields.length === 0 ? [] : [{ ...base, change: kindOfChange(pair), fields }];
    const pending = new Set([...itself, ...services].map(({ key }) => key));
    const routes = pairs(pair.before?.routes ?? [], pair.after?.routes ?? [], nameOf).flatMap((route) => {
      const { name: called } = (route.after ?? route.before) as RouteSettings;
      return partsBetween('route', pair, route, {
        key: routeKey(name, called),
        name: called,
        pending,
        fields: withoutName,
      });
    });
    const rules = pairs(pair.before?.rules ?? [], pair.after?.rules ?? [], subjectOf).flatMap((rule) => {
      const subject = (rule.after ?? rule.before) as RuleSettings;
      return partsBetween('rule', pair, rule, {
        key: ruleKey(name, subject),
        name: subjectOf(subject),
        pending,
        fields: ({ groups, claims }) => ({ groups, claims }),
      });
    });
    return [...itself, ...routes, ...rules];
  });
}

const grantsBetween = (before: GrantSettings[], after: GrantSettings[]): Difference[] =>
  pairs(before, after, grantKey).flatMap((pair) => {
    if (pair.before && pair.after) return [];
    const grant = (pair.after ?? pair.before) as GrantSettings;
    const { group, permission } = grant;
    return [
      {
        key: grantKey(grant),
        kind: 'grant' as const,
        change: kindOfChange(pair),
        gateway: null,
        name: group,
        fields: fieldsBetween(pair.before && { permission }, pair.after && { permission }),
        needs: [],
      },
    ];
  });

/**
 * What would make `present` like `wanted`: first what is shared, then gateway by gateway, then grants. A part that the
 * wanted settings leave out is not touched.
 *
 * @param present its services are those of the tenant that the wanted settings name
 */
export function differenceOf(present: NamespaceSettings, wanted: NamespaceSettings): Difference[] {
  const services = servicesBetween(present.services, wanted.services);
  return [
    ...services,
    ...(wanted.gateways ? gatewaysBetween(present.gateways ?? [], wanted.gateways, services) : []),
    ...(wanted.grants ? grantsBetween(present.grants ?? [], wanted.grants) : []),
  ];
}
