import type { z } from 'zod';
import { type TenantState, tenantStates } from '../../kernel/doors.ts';
import { isId } from '../../kernel/ids.ts';
import type { CredentialContext } from '../../kernel/operation.ts';
import { anyOf, readCursor, writeCursor } from '../../kernel/page.ts';
import { invalid, unauthenticated } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import type { Page } from '../../kernel/schema.ts';
import { listShown, type ShownQuery, visitsAmong } from '../visits/service.ts';
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
async function listAccessible({ platform, tenant, identity }: CredentialContext, query: Query): Promise<Page<Summary>> {
  if (!tenant || !identity) throw new Error('A credential of a tenant came without its context.');
  const { regions, statuses } = await filters(platform, query);
  const sort = query.sort ?? '-createdAt';
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, sort, typeOf(sort));
  const order = inOrder(sort);
  const { homeAccountId, tenantStatus } = identity;
  const mayVisit = homeAccountId !== null && (tenantStatus === 'active' || tenantStatus === 'read-only');
  const served = mayVisit
    ? [...platform.regions.values()].filter(({ code }) => !regions || regions.includes(code))
    : [];
  const pages = await Promise.all(
    served.flatMap(({ code, baseUrl, cells }) =>
      cells.map(async (cell) => {
        const { isOver, ...asked } = withinRegion({ ...query, sort, statuses }, code, after);
        const found = await listShown(cell, tenant.tenantId, homeAccountId as string, asked);
        if (isOver) return { ...found, items: [], nextCursor: null };
        const isByRegion = sort.endsWith('region');
        const items = found.items.map((item) => ({
          region: code,
          baseUrl,
          ...item,
          key: isByRegion ? code : item.key,
        }));
        return { ...found, items };
      }),
    ),
  );
  const own = { baseUrl: tenant.place.region.baseUrl, ...ownSummary(await store.find(tenant), sort) };
  const isOwnMatching = matches(own, { ...query, regions, statuses });
  const isOwnAhead = !after || order(own, { key: after.key, id: after.after }) > 0;
  const merged: Keyed[] = [
    ...pages.flatMap(({ items }) => items as Keyed[]),
    ...(isOwnMatching && isOwnAhead ? [own] : []),
  ];
  merged.sort(order);
  const items = merged.slice(0, query.limit);
  const last = items.at(-1);
  const isMore = merged.length > items.length || pages.some(({ nextCursor }) => nextCursor !== null);
  const letIn = mayVisit
    ? await visitsAmong(
        tenant,
        homeAccountId,
        items.map(({ id }) => id),
      )
    : new Set<string>();
  return {
    items: items.filter(({ id }) => id === tenant.tenantId || letIn.has(id)),
    nextCursor: isMore && last ? writeCursor(sort, last.key, last.id) : null,
    total: pages.reduce((sum, { total }) => sum + total, isOwnMatching ? 1 : 0),
    totalIsAtLeast: pages.some(({ totalIsAtLeast }) => totalIsAtLeast),
  };
}

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

function ownSummary(row: store.TenantRow, sort: string): Keyed {
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
