/**
 * Which route a request takes and which rule decides about it. Pure: the region tries requests by it, and the gateway
 * decides by the same order, held to it by a common table of cases.
 *
 * 1. The route: of those whose host, methods and path prefix match, the one with a host of its own before one without,
 *    then the longest path prefix, then the one that names methods.
 * 2. The rule: a named rule of the item, where there is one, decides alone; else the base rule of the service; else
 *    nobody is let in.
 * 3. A rule lets in who is in one of its groups or brings one of its claims with one of the values.
 */

export interface RouteFacts {
  id: string;
  name: string;
  host: string;
  pathPrefix: string;
  methods: readonly string[];
  serviceId: string;
  itemFrom: 'none' | 'path' | 'fixed';
  item: string | null;
  upstream: string;
  stripsPrefix: boolean;
}

export interface RuleFacts {
  id: string;
  serviceId: string;
  item: string | null;
  groupIds: readonly string[];
  claims: readonly { name: string; values: readonly string[] }[];
}

export interface Request {
  method: string;
  /** In small letters, without a port. */
  host: string;
  /** As it stands in the request line, without the query. */
  path: string;
}

export interface Person {
  groupIds: ReadonlySet<string>;
  claims: Record<string, unknown>;
}

export interface Decision {
  isAllowed: boolean;
  reason: 'not-below-prefix' | 'bad-path' | 'no-route' | 'no-item' | 'no-rule' | 'not-in-rule' | 'rule';
  route?: RouteFacts;
  item?: string;
  rule?: RuleFacts;
  matched?: { kind: 'group'; id: string } | { kind: 'claim'; name: string; value: string };
  upstreamUrl?: string;
}

/** Whether upstream and gateway could take the path for two different ones: escapes of / \ and NUL, dot segments. */
const isAmbiguous = (path: string) =>
  /%(2f|5c|00)|\\/i.test(path) ||
  path.split('/').some((segment) => /^(\.|%2e){1,2}(;|$)/i.test(segment)) ||
  path.includes('//');

/** `/a` holds `/a` and `/a/b`, not `/ab`. */
const isBelow = (path: string, prefix: string) =>
  prefix === '' || prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

const without = (path: string, prefix: string) => (prefix === '/' ? path : path.slice(prefix.length));

export function routeOf(routes: readonly RouteFacts[], { method, host, path }: Request): RouteFacts | undefined {
  let best: RouteFacts | undefined;
  for (const route of routes)
    if (
      (route.host === '' || route.host === host) &&
      (route.methods.length === 0 || route.methods.includes(method)) &&
      isBelow(path, route.pathPrefix) &&
      (!best || isMoreExact(route, best))
    )
      best = route;
  return best;
}

function isMoreExact(a: RouteFacts, b: RouteFacts): boolean {
  if ((a.host === '') !== (b.host === '')) return a.host !== '';
  if (a.pathPrefix.length !== b.pathPrefix.length) return a.pathPrefix.length > b.pathPrefix.length;
  if ((a.methods.length === 0) !== (b.methods.length === 0)) return a.methods.length > 0;
  return a.name < b.name;
}

/** The item that a request is about; undefined where the path cannot be read. */
function itemOf(route: RouteFacts, path: string): string | null | undefined {
  if (route.itemFrom === 'none') return null;
  if (route.itemFrom === 'fixed') return route.item;
  const [segment = ''] = without(path, route.pathPrefix).replace(/^\//, '').split('/');
  try {
    return decodeURIComponent(segment) || null;
  } catch {
    return undefined;
  }
}

export function decide(
  prefix: string,
  routes: readonly RouteFacts[],
  rules: readonly RuleFacts[],
  request: Request,
  person: Person,
): Decision {
  if (isAmbiguous(request.path)) return { isAllowed: false, reason: 'bad-path' };
  if (!isBelow(request.path, prefix)) return { isAllowed: false, reason: 'not-below-prefix' };
  const path = request.path.slice(prefix.length) || '/';
  const route = routeOf(routes, { ...request, path });
  if (!route) return { isAllowed: false, reason: 'no-route' };
  const item = itemOf(route, path);
  if (item === undefined) return { isAllowed: false, reason: 'no-item', route };
  const of = { route, ...(item === null ? {} : { item }), upstreamUrl: upstreamUrl(route, path) };
  const ofService = rules.filter(({ serviceId }) => serviceId === route.serviceId);
  const rule =
    ofService.find((candidate) => item !== null && candidate.item === item) ??
    ofService.find((candidate) => candidate.item === null);
  if (!rule) return { isAllowed: false, reason: 'no-rule', ...of };
  const matched = matchOf(rule, person);
  return matched
    ? { isAllowed: true, reason: 'rule', ...of, rule, matched }
    : { isAllowed: false, reason: 'not-in-rule', ...of, rule };
}

function matchOf(rule: RuleFacts, { groupIds, claims }: Person): Decision['matched'] {
  const id = rule.groupIds.find((candidate) => groupIds.has(candidate));
  if (id) return { kind: 'group', id };
  for (const { name, values } of rule.claims)
    for (const value of valuesOf(claims, name)) if (values.includes(value)) return { kind: 'claim', name, value };
  return undefined;
}

/** The texts of a claim, which may be one or a list; `realm_access.roles` reads what is within, if no claim has that name. */
function valuesOf(claims: Record<string, unknown>, name: string): string[] {
  let value: unknown = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined)
    value = name
      .split('.')
      .reduce<unknown>(
        (within, part) =>
          typeof within === 'object' && within !== null && Object.hasOwn(within, part)
            ? (within as Record<string, unknown>)[part]
            : undefined,
        claims,
      );
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((one) =>
    typeof one === 'string' ? [one] : typeof one === 'boolean' || typeof one === 'number' ? [String(one)] : [],
  );
}

function upstreamUrl({ upstream, pathPrefix, stripsPrefix }: RouteFacts, path: string): string {
  const rest = stripsPrefix ? without(path, pathPrefix) : path;
  const base = upstream.replace(/\/$/, '');
  return rest === '' || rest === '/'
    ? `${base}/`.replace(/\/\/$/, '/')
    : `${base}${rest.startsWith('/') ? '' : '/'}${rest}`;
}
