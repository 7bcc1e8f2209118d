import { createHash } from 'node:crypto';
import type { CompiledQuery } from 'kysely';
import { firstMembersOfProvisioned } from '../../capabilities/groups/service.ts';
import { foldCase } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { groupType, type ResourceType, userType } from './attributes.ts';
import { baseUrlOf } from './base-url.ts';
import { type Filter, parseFilter } from './filter.ts';
import { isIndexed, isLookup, orderBy, orderOf } from './filter-sql.ts';
import { partsOfGroup, writeGroup } from './groups.ts';
import { inTurn, requireRoomInLine } from './large-replies.ts';
import { scimProblem } from './problem.ts';
import { contentType } from './rendering.ts';
import { projectionOf } from './replies.ts';
import { isWanted, type Projection } from './resource.ts';
import { countQuery, lookupQuery, type Page, pageQuery, placesQuery, rowsQuery } from './search-sql.ts';
import { writeUser } from './users.ts';

/** Queries (RFC 7644 section 3.4.2 and 3.4.3), paged by index or by cursor (RFC 9865). */

export const DEFAULT_COUNT = 100;
export const MOST_RESULTS = 1000;
const MOST_FORESEEN = 200;
/** As long as any statement may take. */
const LOOKUP_MS = 15_000;
/** For what no index answers: longer, and the client is told to ask for less. */
const SEARCH_MS = 4000;
const late = () =>
  scimProblem(
    400,
    'tooMany',
    'This query looks at too much to be answered in time. Filter by userName, externalId, displayName, id or emails.value with eq or sw, or page without sortBy.',
  );

const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** A query as it is meant; made once of what came. */
interface Search {
  filter: Filter | undefined;
  sortBy: string | undefined;
  sortOrder: 'ascending' | 'descending';
  /** From 1. */
  startIndex: number;
  count: number;
  /** What comes after it; undefined when the client pages by index, null for the first page by cursor. */
  cursor: Position | null | undefined;
  /** Of type, filter and order, so that a cursor goes on with its own query only. */
  fingerprint: () => string;
  projection: Projection | undefined;
}

type Position = { id: string } | { index: number };
/** Before everybody: where a page that showed nobody leads on. */
const START = '00000000-0000-0000-0000-000000000000';

const searches = new WeakMap<object, Search>();

/** The members of a message count in any case (RFC 7643 section 2.1). */
export const inOwnCase = (body: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).map(([name, value]) => [parameters.get(name.toLowerCase()) ?? name, value]));

const parameters = new Map(
  ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes', 'excludedAttributes'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** @param asked the query of a GET, or the body of a POST to `.search` */
function readSearch(
  type: ResourceType,
  asked: Record<string, unknown>,
  baseUrl: string,
  besides: readonly ResourceType[] = [],
): Search {
  const known = searches.get(asked);
  if (known) return known;
  const text = textOf(asked, 'filter');
  const sortBy = textOf(asked, 'sortBy');
  const order = textOf(asked, 'sortOrder')?.toLowerCase() ?? 'ascending';
  if (order !== 'ascending' && order !== 'descending')
    throw scimProblem(400, 'invalidValue', 'sortOrder must be ascending or descending.');
  const cursor = textOf(asked, 'cursor');
  if (cursor !== undefined && asked.startIndex !== undefined)
    throw scimProblem(400, 'invalidValue', 'startIndex and cursor exclude each other. Page by one of them.');
  const count = wholeOf(asked, 'count', cursor === undefined ? 'invalidValue' : 'invalidCount') ?? DEFAULT_COUNT;
  const fingerprint = () =>
    createHash('sha256')
      .update(JSON.stringify([type.name, text, sortBy, order, ...besides.map(({ name }) => name)]))
      .digest('base64url')
      .slice(0, 12);
  const search: Search = {
    filter: text === undefined ? undefined : parseFilter(type, text, besides),
    sortBy,
    sortOrder: order,
    startIndex: Math.max(1, wholeOf(asked, 'startIndex') ?? 1),
    count: Math.min(MOST_RESULTS, Math.max(0, count)),
    cursor: cursor === undefined ? undefined : cursor === '' ? null : readCursor(cursor, fingerprint()),
    fingerprint,
    projection: projectionOf(type, asked),
  };
  if (sortBy !== undefined && !besides.some((other) => orderOf(other, sortBy, baseUrl)))
    orderBy(type, sortBy, order, baseUrl); // refused before anything is asked
  searches.set(asked, search);
  return search;
}

function textOf(asked: Record<string, unknown>, name: string): string | undefined {
  const value = asked[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw scimProblem(400, 'invalidValue', `${name} must be one text.`);
  return value;
}

function wholeOf(
  asked: Record<string, unknown>,
  name: string,
  scimType: 'invalidValue' | 'invalidCount' = 'invalidValue',
): number | undefined {
  const value = asked[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw scimProblem(400, scimType, `${name} must be a whole number.`);
  return number;
}

const writeCursor = (fingerprint: string, position: Position) =>
  Buffer.from(JSON.stringify({ of: fingerprint, ...position })).toString('base64url');

function readCursor(text: string, fingerprint: string): Position {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    read = undefined;
  }
  const { of, id, index } = (read ?? {}) as Record<string, unknown>;
  if (of === fingerprint && typeof id === 'string' && isId(id)) return { id };
  if (of === fingerprint && Number.isSafeInteger(index) && (index as number) >= 0) return { index: index as number };
  // RFC 9865 section 2.1: `invalidCursor`.
  throw scimProblem(400, 'invalidCursor', 'This cursor is of another query, or none of ours. Begin again without it.');
}

/** The page that a search begins with, one row further than it shows, so that a short list needs no count. */
const firstPage = (search: Search): Page => ({ from: 0, backwards: false, limit: search.count + 1 });

const begins = ({ cursor, startIndex, count }: Search) => !cursor && startIndex === 1 && count > 0;

/** What a query asks first, to be foreseen: an identity provider that looks up one person needs one message. */
export function foreseenOfSearch(type: ResourceType, asked: Record<string, unknown>, baseUrl: string) {
  const search = readSearch(type, asked, baseUrl);
  // What is foreseen stands in line with other requests' questions, so it is short.
  if (!begins(search) || search.count > MOST_FORESEEN || !isQuick(type, search)) return [];
  return [firstQuery(type, search, baseUrl)];
}

/** Whether an index leads to all that a filter asks for. */
const isQuick = (type: ResourceType, { filter }: Search) =>
  filter !== undefined && (isLookup(type, filter) || isIndexed(type, filter));

const lookups = new WeakMap<Search, CompiledQuery>();

/** The query of the first page. A look-up is foreseen and then asked: its values are brought once. */
function firstQuery(type: ResourceType, search: Search, baseUrl: string): CompiledQuery {
  const known = lookups.get(search);
  if (known) return known;
  const page = firstPage(search);
  const lookup = lookupQuery(type, search, page.limit);
  if (!lookup) return pageQuery(type, search, baseUrl, page).compile();
  lookups.set(search, lookup);
  return lookup;
}

interface Found<Row> {
  rows: Row[];
  total: number;
  startIndex: number;
  next: Position | undefined;
}

async function find<Row extends { id: string }>(ctx: TenantContext, type: ResourceType, search: Search) {
  const baseUrl = baseUrlOf(ctx);
  const { filter, sortBy, startIndex, count, cursor } = search;
  const milliseconds = sortBy === undefined && (!filter || isQuick(type, search)) ? LOOKUP_MS : SEARCH_MS;
  const read = (page: Page) => ctx.within<Row>(milliseconds, pageQuery(type, search, baseUrl, page) as never, late());
  const countAll = async () => {
    const [row] = await ctx.within<{ total: number }>(SEARCH_MS, countQuery(type, search, baseUrl), late());
    return row?.total ?? 0;
  };

  if (cursor && 'id' in cursor && count > 0) {
    const [rows, total] = await Promise.all([
      read({ from: 0, backwards: false, limit: count + 1, after: cursor.id }),
      countAll(),
    ]);
    return pageOf(rows, total, undefined);
  }
  const from = cursor ? ('index' in cursor ? cursor.index : 0) : startIndex - 1;
  if (begins(search)) {
    const query = firstQuery(type, search, baseUrl) as CompiledQuery<Row>;
    const rows =
      filter && isLookup(type, filter)
        ? await ctx.ask(query)
        : await ctx.within<Row>(milliseconds, { compile: () => query } as never, late());
    return pageOf(rows, rows.length <= count ? rows.length : await countAll(), 1);
  }
  const total = await countAll();
  // RFC 9865 section 2: "nextCursor" is left out on the last page alone, and of a page of nobody it is the same place.
  const here: Position = cursor || sortBy !== undefined ? (cursor ?? { index: from }) : { id: START };
  if (count === 0 || from >= total)
    return { rows: [], total, startIndex: from + 1, next: from < total ? here : undefined };
  // What lies in the second half is reached from the end.
  const limit = Math.min(count, total - from);
  const backwards = sortBy === undefined && from > total / 2;
  const rows = await read({ from: backwards ? total - from - limit : from, backwards, limit });
  const next: Position | undefined = from + limit < total ? { index: from + limit } : undefined;
  return { rows, total, startIndex: from + 1, next };

  function pageOf(rows: Row[], total: number, index: number | undefined): Found<Row> {
    const shown = rows.slice(0, count);
    const last = shown.at(-1);
    const position: Position | undefined =
      rows.length <= count || !last ? undefined : sortBy === undefined ? { id: last.id } : { index: count };
    return { rows: shown, total, startIndex: index ?? 1, next: position };
  }
}

/** RFC 7644 section 3.4.2: the envelope; by cursor it names the next page instead of an index (RFC 9865 section 2). */
const envelope = ({ cursor, fingerprint }: Search, { rows, total, startIndex, next }: Found<unknown>) => ({
  schemas: [listSchema],
  totalResults: total,
  itemsPerPage: rows.length,
  ...(cursor === undefined ? { startIndex } : next ? { nextCursor: writeCursor(fingerprint(), next) } : {}),
});

/** Notes what a look-up was about, so that the console can say which person or group is out of step. */
function note(ctx: TenantContext, { filter }: Search) {
  if (filter?.kind === 'compare' && filter.operator === 'eq' && typeof filter.value === 'string')
    ctx.request.about = foldCase(filter.value).slice(0, 256);
}

export async function searchUsers(ctx: TenantContext, asked: Record<string, unknown>) {
  const search = readSearch(userType, asked, baseUrlOf(ctx));
  note(ctx, search);
  const found = await find<Parameters<typeof writeUser>[1]>(ctx, userType, search);
  return Object.assign(envelope(search, found), {
    Resources: found.rows.map((row) => writeUser(ctx, row, search.projection)),
  });
}

export async function searchGroups(ctx: TenantContext, asked: Record<string, unknown>) {
  const search = readSearch(groupType, asked, baseUrlOf(ctx));
  note(ctx, search);
  const found = await find<GroupRow>(ctx, groupType, search);
  return listOf(ctx, envelope(search, found), found.rows, search.projection);
}

type GroupRow = Parameters<typeof writeGroup>[1];

/** Groups whose members come in one query, and of each of them so many. A group with more leaves in parts. */
const GROUPS_AT_ONCE = 200;
const FIRST_MEMBERS = 200;
/** Members in a list that is answered whole. */
const FEW_MEMBERS = 2000;
/** Characters of a list that leave together. */
const PART = 300_000;

const firstMembers = (ctx: TenantContext, rows: GroupRow[]) =>
  firstMembersOfProvisioned(
    ctx,
    rows.map(({ id }) => id),
    FIRST_MEMBERS + 1,
  );

/** A user as it leaves, among groups. */
class Written {
  readonly resource: object;

  constructor(resource: object) {
    this.resource = resource;
  }
}

const isGroup = (item: Written | GroupRow): item is GroupRow => !(item instanceof Written);

/** A list with groups: whole when they have few members, else in parts, so that it waits for no large one. */
async function listOf(
  ctx: TenantContext,
  head: object,
  items: readonly (Written | GroupRow)[],
  projection: Projection | undefined,
) {
  const rows = items.filter(isGroup);
  const isWithout = !isWanted(projection, 'members') || rows.length === 0;
  const members = isWithout ? new Map<string, string[]>() : await firstMembers(ctx, rows.slice(0, GROUPS_AT_ONCE));
  const sizes = [...members.values()].map(({ length }) => length);
  const isSmall = rows.length <= GROUPS_AT_ONCE && sizes.every((size) => size <= FIRST_MEMBERS);
  if (isWithout || (isSmall && sizes.reduce((sum, size) => sum + size, 0) <= FEW_MEMBERS))
    return {
      ...head,
      Resources: items.map((item) =>
        isGroup(item) ? writeGroup(ctx, item, members.get(item.id), projection) : item.resource,
      ),
    };
  requireRoomInLine(ctx.tenantId);
  const parts = inTurn(ctx.tenantId, partsOfList(ctx, head, items, projection, members));
  return new Reply(parts, { headers: { 'content-type': contentType } });
}

async function* partsOfList(
  ctx: TenantContext,
  head: object,
  items: readonly (Written | GroupRow)[],
  projection: Projection | undefined,
  begun: Map<string, string[]>,
): AsyncGenerator<string> {
  let text = JSON.stringify({ ...head, Resources: [] }).slice(0, -2);
  for (let at = 0; at < items.length; at += GROUPS_AT_ONCE) {
    const some = items.slice(at, at + GROUPS_AT_ONCE);
    const unread = some.filter(isGroup).filter(({ id }) => !begun.has(id));
    const members = unread.length === 0 ? begun : await ctx.again((again) => firstMembers(again, some.filter(isGroup)));
    for (const [place, item] of some.entries()) {
      if (at + place > 0) text += ',';
      if (!isGroup(item)) text += JSON.stringify(item.resource);
      else {
        const first = { members: members.get(item.id) ?? [], asked: FIRST_MEMBERS + 1 };
        for await (const part of partsOfGroup(ctx, item, projection, first)) {
          text += part;
          if (text.length < PART) continue;
          yield text;
          text = '';
        }
      }
    }
  }
  yield `${text}]}`;
}

/** At the root (RFC 7644 section 3.4.2.1) users and groups are one list: users first, or together in the order asked for. */
export async function searchAll(ctx: TenantContext, asked: Record<string, unknown>) {
  const baseUrl = baseUrlOf(ctx);
  const users = readSearch(userType, { ...asked }, baseUrl, [groupType]);
  const groups = readSearch(groupType, { ...asked, cursor: undefined }, baseUrl, [userType]);
  const { cursor, startIndex, count, sortBy, sortOrder } = users;
  const from = cursor && 'index' in cursor ? cursor.index : startIndex - 1;
  const found = await (sortBy === undefined
    ? oneAfterOther(ctx, users, groups, from)
    : inOrder(ctx, users, groups, { sortBy, sortOrder, from, limit: count }));
  const { items, total } = found;
  const next: Position | undefined = from + count < total ? { index: from + count } : undefined;
  return listOf(ctx, envelope(users, { rows: items, total, startIndex: from + 1, next }), items, groups.projection);
}

async function oneAfterOther(ctx: TenantContext, users: Search, groups: Search, from: number) {
  const part = { cursor: undefined, startIndex: from + 1 };
  const ofUsers = await find<UserRow>(ctx, userType, { ...users, ...part });
  const startIndex = Math.max(1, from + 1 - ofUsers.total);
  const count = users.count - ofUsers.rows.length;
  const ofGroups = await find<GroupRow>(ctx, groupType, { ...groups, ...part, startIndex, count });
  return {
    total: ofUsers.total + ofGroups.total,
    items: [...ofUsers.rows.map((row) => written(ctx, row, users)), ...ofGroups.rows],
  };
}

type UserRow = Parameters<typeof writeUser>[1];
const written = (ctx: TenantContext, row: UserRow, { projection }: Search) =>
  new Written(writeUser(ctx, row, projection) as object);

async function inOrder(
  ctx: TenantContext,
  users: Search,
  groups: Search,
  { from, limit, ...order }: { sortBy: string; sortOrder: Search['sortOrder']; from: number; limit: number },
) {
  const baseUrl = baseUrlOf(ctx);
  const read = <Row>(query: unknown) => ctx.within<Row>(SEARCH_MS, query as never, late());
  const both = [
    { type: userType, filter: users.filter },
    { type: groupType, filter: groups.filter },
  ];
  let total = 0;
  for (const { type, ...search } of both)
    for (const row of await read<{ total: number }>(countQuery(type, { ...search, ...order }, baseUrl)))
      total += row.total;
  const places =
    limit === 0 ? [] : await read<{ id: string; kind: string }>(placesQuery(both, order, baseUrl, { from, limit }));
  const rows = new Map<string, Written | GroupRow>();
  const idsOf = (type: ResourceType) => places.filter(({ kind }) => kind === type.name).map(({ id }) => id);
  for (const row of await read<UserRow>(rowsQuery(userType, idsOf(userType))))
    rows.set(row.id, written(ctx, row, users));
  for (const row of await read<GroupRow>(rowsQuery(groupType, idsOf(groupType)))) rows.set(row.id, row);
  return { total, items: places.flatMap(({ id }) => rows.get(id) ?? []) };
}
