import type { z } from 'zod';
import type { Home } from '../../kernel/authenticate.ts';
import { type TenantState, tenantStates } from '../../kernel/doors.ts';
import { isId } from '../../kernel/ids.ts';
import type { CredentialContext } from '../../kernel/operation.ts';
import { anyOf, readCursor, writeCursor } from '../../kernel/page.ts';
import { invalid, unauthenticated } from '../../kernel/problem.ts';
import { askRegion } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import type { Page } from '../../kernel/schema.ts';
import { groupsLetIn, listShownIn, regionsOf, type ShownQuery, visitsAmong } from '../visits/service.ts';
import type { TenantQuery } from './schema.ts';
import * as store from './store.ts';

type Query = z.output<typeof TenantQuery>;

interface Summary {
  id: string;
  region: string;
  status: TenantState;
  createdAt: Date;
  changedAt: Date;
  name?: string;
  displayName?: string;
  legalName?: string;
  type?: string;
  baseUrl?: string | undefined;
}

/**
 * Exactly the tenants that the credential has access to: a person's or machine's own, those that let it in, all of
 * the served regions for the operator, who sees nothing of their contents.
 *
 * @throws {Problem} 401 for credentials that do not open the administration API
 */
export async function listTenants(ctx: CredentialContext, query: Query): Promise<Page<Summary>> {
  if (ctx.claim.kind === 'operator') return listAll(ctx.platform, query);
  if (ctx.claim.kind !== 'session' && ctx.claim.kind !== 'sa')
    throw unauthenticated('This kind of credential does not open the administration API.');
  return listAccessible(ctx, query);
}

async function filters(platform: Platform, query: Query) {
  const codes = (await platform.everyRegion()).map(({ code }) => code);
  return {
    regions: anyOf(query.region, codes, 'query.region'),
    statuses: anyOf(query.status, tenantStates, 'query.status'),
  };
}

/** A keyset merge over all cells of the served regions: each gives a page, the best of them are the page. */
async function listAll(platform: Platform, query: Query): Promise<Page<Summary>> {
  const { regions, statuses } = await filters(platform, query);
  const sort = query.sort ?? '-createdAt';
  if (!/^-?createdAt$/.test(sort))
    throw invalid({ path: 'query.sort', message: 'must be createdAt or -createdAt: the operator sees no contents' });
  if (query.q !== undefined && !isId(query.q))
    throw invalid({ path: 'query.q', message: 'must be a whole id: the operator sees no names' });
  const ids = [query.id, query.q].filter((each) => each !== undefined);
  if (ids.length === 2 && ids[0] !== ids[1]) return { items: [], nextCursor: null, total: 0, totalIsAtLeast: false };
  const asked = { ...query, ids: ids.length ? ids : undefined, statuses, sort };
  const served = [...platform.regions.values()].filter(({ code }) => !regions || regions.includes(code));
  const pages = await Promise.all(
    served.flatMap((region) =>
      region.cells.map(async (cell) => {
        const found = await store.listIndex(cell, asked);
        return {
          ...found,
          items: found.items.map((item) => ({ region: region.code, baseUrl: region.baseUrl, ...item })),
        };
      }),
    ),
  );
  const merged = pages.flatMap(({ items }) => items).sort(inOrder(sort));
  const items = merged.slice(0, query.limit);
  const last = items.at(-1);
  const isMore = merged.length > items.length || pages.some(({ nextCursor }) => nextCursor !== null);
  return {
    items,
    nextCursor: isMore && last ? writeCursor(sort, last.key, last.id) : null,
    total: pages.reduce((sum, { total }) => sum + total, 0),
    totalIsAtLeast: pages.some(({ totalIsAtLeast }) => totalIsAtLeast),
  };
}

type Keyed = Summary & { key: string };

/**
 * The caller's own tenant, and for a person those that let the person in: a keyset merge over the cells, each of which gives
 * a page. Home has the last word on each of them.
 */
async function listAccessible(ctx: CredentialContext, query: Query): Promise<Page<Summary>> {
  const { platform, tenant, identity } = ctx;
  if (!tenant || !identity) throw new Error('A credential of a tenant came without its context.');
  const { regions, statuses } = await filters(platform, query);
  const sort = query.sort ?? '-createdAt';
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, sort, typeOf(sort));
  const order = inOrder(sort);
  const { home } = identity;
  const asked = { ...query, sort, statuses };
  const pages = home ? await pagesOf(ctx, home, asked, regions, after) : [];
  // A guest's home lies in another region; what it is called is not asked.
  const own = home?.abroad ? [] : [ownSummary(await store.find(tenant), sort, tenant.place.region.baseUrl)];
  const ownMatching = own.filter((each) => matches(each, { ...query, regions, statuses }));
  const ownAhead = ownMatching.filter((each) => !after || order(each, { key: after.key, id: after.after }) > 0);
  const merged = [...pages.flatMap(({ items }) => items), ...ownAhead].sort(order);
  const items = merged.slice(0, query.limit);
  const last = items.at(-1);
  const isMore = merged.length > items.length || pages.some(({ nextCursor }) => nextCursor !== null);
  const ids = items.map(({ id }) => id);
  const letIn = home && !home.abroad ? await visitsAmong(tenant, home.accountId, ids) : new Set(ids);
  return {
    items: items.filter(({ id }) => id === tenant.tenantId || letIn.has(id)),
    nextCursor: isMore && last ? writeCursor(sort, last.key, last.id) : null,
    total: pages.reduce((sum, { total }) => sum + total, ownMatching.length),
    totalIsAtLeast: pages.some(({ totalIsAtLeast }) => totalIsAtLeast),
  };
}

/** A page of each cell that shows the person a tenant. A region that does not answer is missing, and the total says so. */
async function pagesOf(
  { platform, tenant, identity }: CredentialContext,
  home: Home,
  query: ShownQuery,
  wanted: string[] | undefined,
  after: { key: string; after: string } | undefined,
): Promise<Page<Keyed>[]> {
  const isOpen = home.abroad || identity?.tenantStatus === 'active' || identity?.tenantStatus === 'read-only';
  if (!tenant || !isOpen) return [];
  const served = [...platform.regions.keys()];
  // Its connection goes back first: nobody waits for others while holding one.
  const others = home.abroad ? [] : await tenant.again((ctx) => regionsOf(ctx, home.accountId, served));
  const groupIds = await tenant.again((ctx) => groupsLetIn(ctx, home));
  const shownTo = [home.accountId, ...groupIds];
  const regions = [...served, ...others].filter((code) => !wanted || wanted.includes(code));
  const missing = { items: [], nextCursor: null, total: 0, totalIsAtLeast: true };
  const pages = await Promise.all(
    regions.map(async (region) => {
      const { isOver, ...asked } = withinRegion(query, region, after);
      const said = { homeTenantId: home.tenantId, shownTo, region, query: asked };
      const found = await (platform.regions.has(region)
        ? listShownIn(platform, said)
        : askRegion<Page<Keyed>[]>(platform, tenant.place.region.code, region, 'shown', said).catch(() => [missing]));
      return found.map((page) => (isOver ? { ...page, items: [], nextCursor: null } : keyed(page, region, query.sort)));
    }),
  );
  return pages.flat();
}

/** Sorted by region, the region is the key. */
const keyed = (page: Page<Keyed>, region: string, sort: string): Page<Keyed> => ({
  ...page,
  items: page.items.map((item) => ({
    ...item,
    createdAt: new Date(item.createdAt),
    changedAt: new Date(item.changedAt),
    key: sort.endsWith('region') ? region : item.key,
  })),
});

const typeOf = (sort: string) => (sort.endsWith('createdAt') ? 'timestamptz' : 'text');

/** As the database orders: text by its bytes, times to the microsecond. Equal keys come in the order of ids. */
function inOrder(sort: string) {
  const direction = sort.startsWith('-') ? -1 : 1;
  const bytesOf = (key: string) => Buffer.from(typeOf(sort) === 'text' ? key : toMicroseconds(key));
  return (a: { key: string; id: string }, b: { key: string; id: string }) =>
    direction * (Buffer.compare(bytesOf(a.key), bytesOf(b.key)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** PostgreSQL leaves out the zeros at the end of a time. */
const toMicroseconds = (key: string) =>
  key.replace(/^([^.+]+)(\.\d+)?/, (_, seconds: string, part = '.') => seconds + part.padEnd(7, '0'));

/**
 * The query as a cell is asked it. Sorted by region, a cell has one key for all: those of regions before the cursor's are
 * over, those of regions after it begin anew.
 */
function withinRegion(
  query: ShownQuery,
  region: string,
  after: { key: string; after: string } | undefined,
): ShownQuery & { isOver: boolean } {
  if (!after || !query.sort.endsWith('region')) return { ...query, isOver: false };
  if (region === after.key) return { ...query, isOver: false, cursor: writeCursor(query.sort, '', after.after) };
  return { ...query, cursor: undefined, isOver: query.sort.startsWith('-') ? region > after.key : region < after.key };
}

function ownSummary(row: store.TenantRow, sort: string, baseUrl: string): Keyed {
  const { id, region, status, name, displayName, legalName, type, createdAt, updatedAt } = row;
  const keys = {
    createdAt: createdAt.toISOString().replace('T', ' ').replace('Z', '+00'),
    name,
    displayName,
    legalName,
    status,
    region,
  };
  const key = keys[sort.replace(/^-/, '') as keyof typeof keys];
  return {
    id,
    region,
    status,
    name,
    displayName,
    legalName,
    type,
    createdAt,
    changedAt: updatedAt,
    baseUrl,
    key: typeOf(sort) === 'text' ? key.toLowerCase() : key,
  };
}

function matches(
  each: Summary,
  query: Query & { regions: string[] | undefined; statuses: TenantState[] | undefined },
): boolean {
  const { id, regions, statuses, createdAfter, createdBefore } = query;
  const text = query.q?.toLowerCase();
  return (
    (!id || each.id === id) &&
    (!regions || regions.includes(each.region)) &&
    (!statuses || statuses.includes(each.status)) &&
    (!createdAfter || each.createdAt >= new Date(createdAfter)) &&
    (!createdBefore || each.createdAt < new Date(createdBefore)) &&
    (text === undefined ||
      each.id === text ||
      [each.name, each.displayName, each.legalName].some((name) => name?.toLowerCase().includes(text)))
  );
}
