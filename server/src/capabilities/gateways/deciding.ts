import {
  beginningOf,
  foldedPath,
  holdsSlash,
  isAmbiguous,
  isMalformed,
  isPlain,
  isTrick,
  looksOf,
  otherReadings,
} from './readings.ts';

/**
 * Which route a request takes and which rule decides about it. Pure: the region tries requests by it, and the program
 * that runs the gateway decides by this same file.
 *
 * 1. The route: of those whose host, methods and path prefix match, the one with a host of its own before one without,
 *    then the longest path prefix, then the one that names methods. A path that another reading leads to another route
 *    takes none: with its escapes undone, also twice, without parameters of its segments or dots at their ends, in
 *    other capitals.
 * 2. The rule: a named rule of the item, where there is one, decides alone; else the base rule of the service; else
 *    nobody is let in. What only looks like an item with a named rule is no item.
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

type Routes<R extends RouteFacts> = ReadonlyMap<string, AtHost<R>>;

interface AtHost<R extends RouteFacts> {
  byPrefix: ReadonlyMap<string, readonly R[]>;
  /** Characters of the longest prefix: of a path nothing longer needs to be looked for. */
  longest: number;
}

/** Routes by host and path prefix, the more exact first; rules by service and item. */
export interface Table<R extends RouteFacts = RouteFacts> {
  routes: Routes<R>;
  /** By their prefixes in small letters. */
  foldedRoutes: Routes<R>;
  rules: ReadonlyMap<string, ReadonlyMap<string | null, RuleFacts>>;
  /** By service, what items with rules look like. */
  looks: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface Decision<R extends RouteFacts = RouteFacts> {
  isAllowed: boolean;
  reason: 'not-below-prefix' | 'bad-path' | 'no-route' | 'no-item' | 'no-rule' | 'not-in-rule' | 'rule';
  route?: R;
  item?: string;
  rule?: RuleFacts;
  matched?: { kind: 'group'; id: string } | { kind: 'claim'; name: string; value: string };
  upstreamUrl?: string;
}

/** Put in order once, so that a decision costs the depth of the path and not the number of routes and rules. */
export function tableOf<R extends RouteFacts>(routes: readonly R[], rules: readonly RuleFacts[]): Table<R> {
  const sorted = routes.toSorted(byMethodsAndName);
  const byService = new Map<string, Map<string | null, RuleFacts>>();
  const looks = new Map<string, Set<string>>();
  for (const rule of rules) {
    getOrMake(byService, rule.serviceId, () => new Map<string | null, RuleFacts>()).set(folded(rule.item), rule);
    if (rule.item === null) continue;
    const ofService = getOrMake(looks, rule.serviceId, () => new Set<string>());
    for (const look of looksOf(rule.item)) ofService.add(look);
  }
  return {
    routes: byHostAndPrefix(sorted, (prefix) => prefix),
    foldedRoutes: byHostAndPrefix(sorted, foldedPath),
    rules: byService,
    looks,
  };
}

function byHostAndPrefix<R extends RouteFacts>(routes: readonly R[], keyOf: (prefix: string) => string): Routes<R> {
  const byHost = new Map<string, { byPrefix: Map<string, R[]>; longest: number }>();
  for (const route of routes) {
    const at = getOrMake(byHost, route.host, () => ({ byPrefix: new Map<string, R[]>(), longest: 0 }));
    const key = keyOf(route.pathPrefix);
    getOrMake(at.byPrefix, key, () => []).push(route);
    at.longest = Math.max(at.longest, key.length);
  }
  return byHost;
}

/** Items of a service differ by more than capitals, and some upstreams look at no capitals. */
const folded = (item: string | null) => item?.toLowerCase() ?? null;

/** Whether an upstream may take it for an item that has a rule of its own, or for none at all. */
function isLookalike({ looks }: Table, serviceId: string, item: string): boolean {
  const ofService = looks.get(serviceId);
  if (!ofService) return false;
  return looksOf(item).some((look) => {
    if (ofService.has(look)) return true;
    const beginning = beginningOf(look);
    return beginning === '' || ofService.has(beginning);
  });
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Of one host and prefix: the one that names methods comes before one of every method, then the name decides. */
const byMethodsAndName = (a: RouteFacts, b: RouteFacts): number =>
  Number(a.methods.length === 0) - Number(b.methods.length === 0) || (a.name < b.name ? -1 : 1);

/** `/a` holds `/a` and `/a/b`, not `/ab`. */
const isBelow = (path: string, prefix: string) =>
  prefix === '' || prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

const without = (path: string, prefix: string) => (prefix === '/' ? path : path.slice(prefix.length));

export const routeOf = <R extends RouteFacts>({ routes }: Table<R>, request: Request): R | undefined =>
  among(routes, request, request.path);

function among<R extends RouteFacts>(routes: Routes<R>, { host, method }: Request, path: string): R | undefined {
  return (host !== '' && atHost(routes.get(host), method, path)) || atHost(routes.get(''), method, path);
}

/** Whether another reading of the path leads elsewhere than to the route that it takes as it stands. */
function isMisleading<R extends RouteFacts>(table: Table<R>, request: Request, route: R | undefined): boolean {
  const others = otherReadings(request.path);
  if (others.some((path) => isTrick(path) || among(table.routes, request, path) !== route)) return true;
  if (!route) return false;
  const { host } = route;
  const prefix = foldedPath(route.pathPrefix);
  const leadsElsewhere = (path: string) => {
    const folded = among(table.foldedRoutes, request, foldedPath(path));
    return (
      folded !== undefined && folded !== route && (folded.host !== host || foldedPath(folded.pathPrefix) !== prefix)
    );
  };
  return leadsElsewhere(request.path) || others.some(leadsElsewhere);
}

function atHost<R extends RouteFacts>(at: AtHost<R> | undefined, method: string, path: string): R | undefined {
  if (!at) return undefined;
  const { byPrefix, longest } = at;
  let end = path.length <= longest ? path.length : path.lastIndexOf('/', longest);
  for (; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const found = byPrefix
      .get(path.slice(0, end))
      ?.find(({ methods }) => methods.length === 0 || methods.includes(method));
    if (found) return found;
  }
  return byPrefix.get('/')?.find(({ methods }) => methods.length === 0 || methods.includes(method));
}

/** The item that a request is about; undefined where the path cannot be read. */
function itemOf(route: RouteFacts, path: string): string | null | undefined {
  if (route.itemFrom === 'none') return null;
  if (route.itemFrom === 'fixed') return route.item;
  const rest = without(path, route.pathPrefix);
  const begin = rest.startsWith('/') ? 1 : 0;
  const end = rest.indexOf('/', begin);
  try {
    const item = decodeURIComponent(rest.slice(begin, end < 0 ? undefined : end));
    // No item is called so, and an upstream may take it for another one: `4711;x` for `4711`.
    return /[;\p{Cc}]|^\s|\s$/u.test(item) || holdsSlash(item) ? undefined : item || null;
  } catch {
    return undefined;
  }
}

export function decide<R extends RouteFacts>(
  prefix: string,
  table: Table<R>,
  request: Request,
  person: Person,
): Decision<R> {
  if (!isPlain(request.path) && (isAmbiguous(request.path) || isMalformed(request.path)))
    return { isAllowed: false, reason: 'bad-path' };
  if (!isBelow(request.path, prefix)) return { isAllowed: false, reason: 'not-below-prefix' };
  const { method, host } = request;
  const path = request.path.slice(prefix.length) || '/';
  const below = { method, host, path };
  const route = routeOf(table, below);
  if (isMisleading(table, below, route)) return { isAllowed: false, reason: 'bad-path' };
  if (!route) return { isAllowed: false, reason: 'no-route' };
  const item = itemOf(route, path);
  if (item === undefined) return { isAllowed: false, reason: 'no-item', route };
  const of = { route, ...(item === null ? {} : { item }), upstreamUrl: upstreamUrl(route, path) };
  const ofService = table.rules.get(route.serviceId);
  const named = item === null ? undefined : ofService?.get(folded(item));
  if (!named && item !== null && route.itemFrom === 'path' && isLookalike(table, route.serviceId, item))
    return { isAllowed: false, reason: 'no-item', route };
  const rule = named ?? ofService?.get(null);
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
