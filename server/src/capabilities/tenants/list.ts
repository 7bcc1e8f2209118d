import type { z } from 'zod';
import { Unit } from '../../kernel/database/pool.ts';
import { type TenantState, tenantStates } from '../../kernel/doors.ts';
import { isId } from '../../kernel/ids.ts';
import type { CredentialContext } from '../../kernel/operation.ts';
import { anyOf, readCursor, writeCursor } from '../../kernel/page.ts';
import { invalid, Problem, unauthenticated } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import type { Page } from '../../kernel/schema.ts';
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
  return pageOf(ctx.platform, await accessible(ctx), query);
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
  const direction = sort.startsWith('-') ? -1 : 1;
  const merged = pages
    .flatMap(({ items }) => items)
    .sort((a, b) => direction * (a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1)));
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

/** The caller's own tenant, and for a person those served here that let the person in, each asked in its own context. */
async function accessible({ platform, tenant, identity }: CredentialContext): Promise<Summary[]> {
  if (!tenant || !identity) throw new Error('A credential of a tenant came without its context.');
  const summary = (each: Omit<Summary, 'changedAt' | 'baseUrl'> & { updatedAt: Date }): Summary => ({
    changedAt: each.updatedAt,
    baseUrl: platform.regions.get(each.region)?.baseUrl,
    ...each,
  });
  const own = summary((await store.find(tenant)) as never);
  const { homeAccountId, tenantStatus } = identity;
  if (!homeAccountId || (tenantStatus !== 'active' && tenantStatus !== 'read-only')) return [own];
  const visits = await store.visitsOf(tenant, homeAccountId);
  // Its connection goes back first: nobody waits for a connection while holding one.
  tenant.finishRead();
  const seen = [own];
  for (const { visitedTenantId, visitedRegion } of visits) {
    if (!platform.regions.has(visitedRegion)) continue;
    const place = await platform.locate(visitedTenantId).catch((error) => {
      if (error instanceof Problem && error.status === 421) return undefined;
      throw error;
    });
    if (!place) continue;
    const { unit, rows } = await Unit.open(place.cell, visitedTenantId, [
      store.visitedTenant(tenant.tenantId, homeAccountId),
    ]);
    unit.finishRead();
    const [found] = rows[0] as Parameters<typeof summary>[0][];
    if (found) seen.push(summary(found));
  }
  return seen;
}

/** Filters, sorts and pages a few tenants in memory. */
async function pageOf(platform: Platform, tenants: Summary[], query: Query): Promise<Page<Summary>> {
  const { regions, statuses } = await filters(platform, query);
  const text = query.q?.toLowerCase();
  const after = query.createdAfter && new Date(query.createdAfter);
  const before = query.createdBefore && new Date(query.createdBefore);
  const matching = tenants.filter(
    (each) =>
      (!query.id || each.id === query.id) &&
      (!regions || regions.includes(each.region)) &&
      (!statuses || statuses.includes(each.status)) &&
      (!after || each.createdAt >= after) &&
      (!before || each.createdAt < before) &&
      (text === undefined ||
        each.id === text ||
        [each.name, each.displayName, each.legalName].some((name) => name?.toLowerCase().includes(text))),
  );
  const sort = query.sort ?? '-createdAt';
  const field = sort.replace(/^-/, '') as 'createdAt' | 'name' | 'displayName' | 'legalName' | 'status' | 'region';
  const direction = sort.startsWith('-') ? -1 : 1;
  const keyOf = (each: Summary) => {
    const value = each[field] ?? '';
    return value instanceof Date ? value.toISOString() : value.toLowerCase();
  };
  const order = (keyA: string, idA: string, keyB: string, idB: string) =>
    direction * (keyA === keyB ? (idA < idB ? -1 : idA > idB ? 1 : 0) : keyA < keyB ? -1 : 1);
  const sorted = matching.sort((a, b) => order(keyOf(a), a.id, keyOf(b), b.id));
  const from = query.cursor === undefined ? undefined : readCursor(query.cursor, sort, 'text');
  const left = from ? sorted.filter((each) => order(keyOf(each), each.id, from.key, from.after) > 0) : sorted;
  const items = left.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: left.length > items.length && last ? writeCursor(sort, keyOf(last), last.id) : null,
    total: matching.length,
    totalIsAtLeast: false,
  };
}
