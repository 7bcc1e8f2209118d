import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import {
  anyOf,
  byText,
  byTextIfAny,
  byTime,
  byTimeIfAny,
  MOST_COUNTED,
  page,
  readCursor,
  type Sort,
  writeCursor,
} from '../../kernel/page.ts';
import type { Page } from '../../kernel/schema.ts';
import type { AccountQuery } from './schema.ts';
import { type AccountRow, accounts } from './store.ts';
import { END_OF_STANDINGS, endOf, standingsOf, termsOf } from './words.ts';

/**
 * The list of accounts, and acts on all that match. What a filter or a term leaves is a set of ids that an index holds.
 * Whatever is asked, the work is bounded: a small set is gathered and sorted; of large ones the beginning of the list is
 * tried for the page, and only when that does not fill it the list is read on, held against the smallest set.
 */

/** What a list is narrowed by; acts on "all that match" take the same. */
export type Filters = Pick<
  z.output<typeof AccountQuery>,
  'q' | 'status' | 'source' | 'groupId' | 'lastSignIn' | 'waiting'
>;

type Sql = RawBuilder<unknown>;

/** The accounts that a filter or a term leaves. */
interface Set {
  /** Each once or, of a term, as often as it finds the account. */
  ids: Sql;
  /** Finds something when the account is among them. */
  find: (id: Sql) => Sql;
  repeats?: true;
  /** In the order of ids, as its index has them. */
  inOrder?: (from: FromId, most: number) => Sql;
}

/** Where a list in the order of ids goes on, and which way. */
interface FromId {
  than: Sql;
  id: string;
  direction: Sql;
}

/** A set of at most so many entries is gathered. */
const GATHERED = 3_000;
/** Of one of at most so many, of which the others leave few, each account is asked about. */
const ASKED_ABOUT = 8_000;
/** So many accounts of the list are tried for each row of the page. */
const TRIED_A_ROW = 20;
/** So many of the smallest set are tried to count what matches. */
const COUNTED = 1_000;
/** Of a set of at most so many entries, which costs little to hold, the list is tried for the page. */
const MEDIUM = 20_000;
/** A part of the list of at most so many is asked about one by one. */
const SMALL_PART = 5_000;
/** More than this is not held in the memory of a query. */
const HELD = 150_000;

/** Looking an account up in a set costs as much as holding so many of its entries. */
const A_LOOK_UP = 7;

const DAY_SECONDS = 86_400;

const joined = (parts: Sql[], by: string): Sql => sql.join(parts, sql.raw(by));

const ofTerm = (term: string): Set => ({
  repeats: true,
  ids: sql`select account_id as id from account_words where word >= ${term} and word < ${endOf(term)}`,
  find: (id) =>
    sql`select from account_words w where w.account_id = ${id} and w.word >= ${term} and w.word < ${endOf(term)}`,
});

const ofStandings = (standings: string[]): Set => ({
  ids: sql`select account_id as id from account_words where word = any(${standings}::text[])`,
  find: (id) => sql`select from account_words w where w.account_id = ${id} and w.word = any(${standings}::text[])`,
});

const ofGroup = (groupId: string): Set => ({
  ids: sql`select principal_id as id from memberships where group_id = ${groupId}`,
  find: (id) => sql`select from memberships m where m.group_id = ${groupId} and m.principal_id = ${id}`,
  inOrder: ({ than, id, direction }, most) => sql`
    select principal_id as id from memberships where group_id = ${groupId} and principal_id ${than} ${id}::uuid
    order by principal_id ${direction} limit ${most}`,
});

const sorts = {
  createdAt: byTime('accounts.created_at'),
  email: byTextIfAny('accounts.email_canonical'),
  username: byText('accounts.username_canonical'),
  displayName: byText('accounts.display_name'),
  lastSignInAt: byTimeIfAny('accounts.last_sign_in_at'),
} satisfies Record<string, Sort>;

/** Conditions on the account's row by when somebody last signed in. */
interface LastSignIn {
  /** As most indexes of the list hold it: beside their order. */
  beside: Sql;
  /** As the index that is sorted by it has it. */
  sorted: Sql;
}

function lastSignInWithin(ctx: TenantContext, asked: NonNullable<Filters['lastSignIn']>): LastSignIn {
  const at = sql`accounts.last_sign_in_at`;
  const { by } = sorts.lastSignInAt;
  const never = sql`'-infinity'::timestamptz`;
  if (asked === 'never') return { beside: sql`${at} is null`, sorted: sql`${by} = ${never}` };
  const ago = sql`${ctx.later(-(asked === 'over-90-days' ? 90 : 30) * DAY_SECONDS)}::timestamptz`;
  return asked === 'within-30-days'
    ? { beside: sql`${at} >= ${ago}`, sorted: sql`${by} >= ${ago}` }
    : { beside: sql`${at} < ${ago}`, sorted: sql`${by} > ${never} and ${by} < ${ago}` };
}

const ofLastSignIn = ({ sorted }: LastSignIn): Set => {
  const found = sql`from accounts where accounts.deleted_at is null and ${sorted}`;
  return { ids: sql`select accounts.id ${found}`, find: (id) => sql`select ${found} and accounts.id = ${id}` };
};

interface Narrowed {
  /** Of terms and of a group. */
  sets: Set[];
  /** Those that states and sources leave; undefined when it is all. */
  standings: string[] | undefined;
  lastSignIn: LastSignIn | undefined;
}

/** @param at where the caller's input holds them */
function narrowed(ctx: TenantContext, filters: Filters, at: 'query' | 'filter', order?: 'status' | 'source'): Narrowed {
  const statuses = anyOf(filters.status, ['new', 'enabled', 'disabled'], `${at}.status`);
  const sources = anyOf(filters.source, ['local', 'scim'], `${at}.source`);
  const { groupId, lastSignIn } = filters;
  const isAny = !statuses && !sources && !filters.waiting;
  return {
    sets: [...termsOf(filters.q ?? '').map(ofTerm), ...(groupId ? [ofGroup(groupId)] : [])],
    standings: isAny ? undefined : standingsOf({ statuses, sources, waiting: filters.waiting === 'true' }, order),
    lastSignIn: lastSignIn && lastSignInWithin(ctx, lastSignIn),
  };
}

/**
 * Whether an account is in each of the sets, asked one by one and in this order: the offset keeps the planner from reading
 * a set whole, `case` from asking first what it thinks cheapest.
 */
const isIn = (sets: Set[], id: Sql): Sql =>
  sets.reduceRight<Sql>(
    (rest, { find }) => sql`case when exists (${find(id)} offset 0) then ${rest} else false end`,
    sql`true`,
  );

/** The list itself, as (id, place, key), no further than `most`, and only those in a set that is held in memory. */
type Walk = (options: { most?: number; within?: Sql }) => Sql;

interface Part {
  walk: Walk;
  /** What it is the list of, where it is not all. */
  of?: Set;
  /** The same list, no further than `most` of another set that has the same order. */
  along?: (inOrder: NonNullable<Set['inOrder']>, most: number) => Sql;
}

/** The order of a list, from its cursor on. */
interface Order {
  /** Read one after the other. */
  parts: Part[];
  /** Of one id, when the list has it: id, place and key. */
  placeOf: (id: Sql) => Sql;
  /** Whether a place comes after the cursor. */
  isAfter: Sql;
  /** By place and id. */
  inOrder: Sql;
  /** The same within a part, so that no part is read further than the page needs. */
  inPart: Sql;
}

const limited = (most: number | undefined): Sql => (most === undefined ? sql`` : sql`limit ${most}`);
const held = (id: Sql, within: Sql | undefined): Sql =>
  within ? sql`and (${id} in (${within} limit ${HELD})) is true` : sql``;

/** @param where what the index of the order tells beside */
function byColumn(name: string, { by, type }: Sort, cursor: string | undefined, where: Sql = sql`true`): Order {
  const isDescending = name.startsWith('-');
  const direction = sql.raw(isDescending ? 'desc' : 'asc');
  const than = sql.raw(isDescending ? '<' : '>');
  const from = cursor === undefined ? undefined : readCursor(cursor, name, type);
  const key = from && sql`${from.key}::${sql.raw(type)}${sql.raw(type === 'text' ? ' collate "C"' : '')}`;
  const after = (place: Sql, id: Sql) =>
    from ? sql`(${place}, ${id}) ${than} (${key}, ${from.after}::uuid)` : sql`true`;
  const columns = sql`accounts.id, ${by} as place, ${by}::text as key`;
  const walk: Walk = ({ most, within }) => sql`
    select ${columns} from accounts
    where accounts.deleted_at is null and ${where} and ${after(by, sql`accounts.id`)}
      ${held(sql`accounts.id`, within)}
    order by ${by} ${direction}, accounts.id ${direction} ${limited(most)}`;
  return {
    parts: [{ walk }],
    placeOf: (id) =>
      sql`select ${columns} from accounts where accounts.id = ${id} and accounts.deleted_at is null and ${where}`,
    isAfter: after(sql`place`, sql`id`),
    inOrder: sql`order by place ${direction}, id ${direction}`,
    inPart: sql`order by place ${direction}, id ${direction}`,
  };
}

/** By state or by source: the standings one after the other, each in the order of ids, as the index of words has them. */
function byStanding(name: string, standings: string[], cursor: string | undefined): Order {
  const isDescending = name.startsWith('-');
  const direction = sql.raw(isDescending ? 'desc' : 'asc');
  const than = sql.raw(isDescending ? '<' : '>');
  const [first, last] = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
  const inOrder = isDescending ? standings.toReversed() : standings;
  const from = cursor === undefined ? undefined : readCursor(cursor, name, 'text');
  const begun = from ? Math.max(inOrder.indexOf(from.key), 0) : 0;
  const left = inOrder.slice(begun);
  const outermost = isDescending ? last : first;
  return {
    parts: left.map((word, at) => {
      const of = ofStandings([word]);
      const id = (at === 0 && from?.after) || outermost;
      return {
        of,
        walk: ({ most, within }) => sql`
          select account_id as id, ${at + 1}::bigint as place, word as key from account_words
          where word = ${word} and account_id ${than} ${id}::uuid ${held(sql`account_id`, within)}
          order by account_id ${direction} ${limited(most)}`,
        along: (inOrder, most) => sql`
          select id, ${at + 1}::bigint as place, ${word}::text as key
          from (${inOrder({ than, id, direction }, most)}) as along where exists (${of.find(sql`along.id`)} offset 0)`,
      };
    }),
    placeOf: (id) => sql`
      select account_id as id, array_position(${left}::text[], word)::bigint as place, word as key from account_words
      where account_id = ${id} and word < ${END_OF_STANDINGS} and word = any(${inOrder}::text[])`,
    isAfter: from ? sql`(place > 1 or place = 1 and id ${than} ${from.after}::uuid)` : sql`true`,
    inOrder: sql`order by place, id ${direction}`,
    inPart: sql`order by id ${direction}`,
  };
}

interface Sized extends Set {
  /** What its index holds, no more than `MEDIUM` and one. */
  entries: number;
}

/** How much the index of a set holds, no more than `most` and one. */
async function sizeOf({ db }: TenantContext, { ids }: Set, most: number): Promise<number> {
  const { rows } = await sql<{ entries: number }>`
    select count(*)::int as entries from (${ids} limit ${Math.floor(most) + 1}) as found`.execute(db);
  return rows[0]?.entries ?? 0;
}

/** The sets, the smallest first. */
async function bySize(ctx: TenantContext, sets: Set[]): Promise<Sized[]> {
  const sized = sets.map(async (set) => ({ ...set, entries: await sizeOf(ctx, set, MEDIUM) }));
  return (await Promise.all(sized)).sort((a, b) => a.entries - b.entries);
}

interface Found {
  id: string;
  key: string;
}
type Total = Pick<Page<never>, 'total' | 'totalIsAtLeast'>;

/** Of a small set: each account is looked up, and they are sorted. */
async function gathered(ctx: TenantContext, order: Order, [small, ...others]: [Set, ...Set[]], limit: number) {
  const { rows } = await sql<{ total: number; id: string | null; key: string }>`
    select page.total, page.id, page.key from (
      with matching as materialized (
        select p.id, p.place, p.key
        from (${eachOnce(small)}) as found
          cross join lateral (${order.placeOf(sql`found.id`)} limit 1) as p
        where ${isIn(others, sql`found.id`)})
      select counted.total, shown.*
      from (select count(*)::int as total from matching) as counted
        left join (select * from matching where ${order.isAfter} ${order.inOrder} limit ${limit + 1}) as shown on true
    ) as page ${order.inOrder}`.execute(ctx.db);
  const total: Total = { total: rows[0]?.total ?? 0, totalIsAtLeast: false };
  return { found: rows.filter((row): row is Found & { total: number } => row.id !== null), total };
}

/** Of large sets: the list is read in its order until the page is full. */
async function walked(ctx: TenantContext, order: Order, { sets, isMuch }: Counted, limit: number) {
  const [smallest, ...others] = sets;
  const most = TRIED_A_ROW * (limit + 1);
  const isMedium = smallest && smallest.entries <= MEDIUM;
  const beginning = isMedium ? { within: smallest.ids } : {};
  const found: Found[] = [];
  const readRows = async (list: Sql, left: Set[]) => {
    const { rows } = await sql<Found>`
      select id, key from (${list}) as list where ${isIn(left, sql`list.id`)}
      ${order.inPart} limit ${limit + 1 - found.length}`.execute(ctx.db);
    found.push(...rows);
    return found.length > limit;
  };
  const read = (walk: Walk, options: Parameters<Walk>[0]) => readRows(walk(options), options.within ? others : sets);
  const isAlone = sets.length === 0 || (isMedium && others.length === 0);
  const ordered = sets.find((set) => set.inOrder);
  let isFew = !isMuch;
  for (const { walk, of, along } of order.parts) {
    if (isAlone) {
      if (await read(walk, { most: limit + 1 - found.length, ...beginning })) return found;
      continue;
    }
    const size = of ? await sizeOf(ctx, of, SMALL_PART) : Number.POSITIVE_INFINITY;
    const isSmall = size <= SMALL_PART;
    const isWhole = size <= most || (isSmall && isMuch);
    const before = found.length;
    const isHeldCheaper = isMedium && smallest.entries <= A_LOOK_UP * size;
    if (isWhole && of && !isHeldCheaper && size > most) {
      if (await readRows(walk({}), await bySelection(ctx, of, sets))) return found;
      continue;
    }
    if (await read(walk, isWhole ? (isHeldCheaper ? beginning : {}) : { most, ...beginning })) return found;
    if (isWhole) continue;
    found.length = before;
    if (along && ordered?.inOrder) {
      if (
        await readRows(
          along(ordered.inOrder, most),
          sets.filter((set) => set !== ordered),
        )
      )
        return found;
      found.length = before;
    }
    const few = isFew ? await fewInAll(ctx, sets) : undefined;
    if (few) return (await gathered(ctx, order, [few], limit)).found;
    isFew = false;
    const isHeld = !isSmall && smallest && (await sizeOf(ctx, smallest, HELD)) <= HELD;
    if (await read(walk, isHeld ? { within: smallest.ids } : {})) return found;
  }
  return found;
}

/** The accounts that are in several sets, each of them large; undefined when it is no small set. */
async function fewInAll(ctx: TenantContext, [smallest, second, ...others]: Sized[]): Promise<Set | undefined> {
  if (!smallest || !second) return undefined;
  const most = Math.min(HELD, A_LOOK_UP * smallest.entries);
  const areAsked = (await sizeOf(ctx, second, most)) > most;
  const { rows } = await sql<{ id: string }>`
    select id from (${eachOnce(smallest)}) as found
    where true ${areAsked ? sql`` : held(sql`found.id`, second.ids)}
      and ${isIn(areAsked ? [second, ...others] : others, sql`found.id`)}
    limit ${GATHERED + 1}`.execute(ctx.db);
  if (rows.length > GATHERED) return undefined;
  const ids = sql`select unnest(${rows.map(({ id }) => id)}::uuid[]) as id`;
  return { ids, find: (id) => sql`select where ${id} in (${ids})` };
}

const eachOnce = ({ ids, repeats }: Set): Sql => (repeats ? sql`select distinct id from (${ids}) as each` : ids);

interface Counted {
  total: Total;
  /** The smallest set, then the others, those that hold fewest of its accounts first. */
  sets: Sized[];
  /** Whether what is in all sets is no small set, as far as those that were counted tell. */
  isMuch: boolean;
}

/** How many accounts are in all sets; at least those of so many of the smallest. */
async function counted(ctx: TenantContext, sets: Sized[]): Promise<Counted> {
  const [smallest, ...others] = sets;
  if (!smallest) throw new Error('Something is counted.');
  const { ids, repeats, entries } = smallest;
  const most = others.length > 0 ? COUNTED : MOST_COUNTED;
  const totalIsAtLeast = entries > most;
  if (others.length === 0 && !repeats)
    return { total: { total: Math.min(entries, most), totalIsAtLeast }, sets, isMuch: true };
  const those = sql`select distinct id from (${ids} limit ${most}) as those`;
  const inOrder = others.length > 1 ? await bySelection(ctx, smallest, others) : others;
  const { rows } = await sql<{ total: number }>`
    select count(*)::int as total from (${those}) as found where ${isIn(inOrder, sql`found.id`)}`.execute(ctx.db);
  const total = rows[0]?.total ?? 0;
  return {
    total: { total, totalIsAtLeast },
    sets: [smallest, ...inOrder],
    isMuch: total * entries > (GATHERED / 4) * most,
  };
}

/** Of so many of the smallest set it is asked in which others they are. */
const SAMPLE = 100;

/** The sets that hold fewest of the accounts of a set first. */
async function bySelection({ db }: TenantContext, { ids }: Set, others: Sized[]): Promise<Sized[]> {
  const hits = others.map(({ find }) => sql`count(*) filter (where exists (${find(sql`found.id`)} offset 0))`);
  const { rows } = await sql<{ hits: number[] }>`
    select array[${joined(hits, ', ')}]::int[] as hits
    from (select distinct id from (${ids} limit ${SAMPLE}) as those) as found`.execute(db);
  const hitsOf = new Map(others.map((set, at) => [set, rows[0]?.hits[at] ?? 0]));
  return others.toSorted((a, b) => (hitsOf.get(a) ?? 0) - (hitsOf.get(b) ?? 0));
}

export async function list(ctx: TenantContext, query: z.output<typeof AccountQuery>): Promise<Page<AccountRow>> {
  const { sort: name = '-createdAt', cursor } = query;
  const column = name.replace(/^-/, '');
  if (column === 'status' || column === 'source') {
    const { sets, standings = standingsOf({}, column), lastSignIn } = narrowed(ctx, query, 'query', column);
    const order = byStanding(name, standings, cursor);
    return listed(ctx, query, order, lastSignIn ? [...sets, ofLastSignIn(lastSignIn)] : sets, [ofStandings(standings)]);
  }
  const { sets, standings, lastSignIn } = narrowed(ctx, query, 'query');
  const all = standings ? [ofStandings(standings), ...sets] : sets;
  const where = lastSignIn?.[column === 'lastSignInAt' ? 'sorted' : 'beside'];
  if (all.length === 0) {
    const rows = where ? accounts(ctx).where(where as RawBuilder<boolean>) : accounts(ctx);
    return page(ctx.db, query, { rows, id: 'accounts.id', sorts });
  }
  const order = byColumn(name, sorts[column as keyof typeof sorts], cursor, where);
  return listed(ctx, query, order, all, lastSignIn ? [ofLastSignIn(lastSignIn)] : []);
}

/** @param ordered what the order leaves by itself */
async function listed(
  ctx: TenantContext,
  { limit, cursor, sort = '-createdAt' }: z.output<typeof AccountQuery>,
  order: Order,
  sets: Set[],
  ordered: Set[],
): Promise<Page<AccountRow>> {
  const sized = await bySize(ctx, [...sets, ...ordered]);
  const isAsked = ({ ids }: Set) => !ordered.some((set) => set.ids === ids);
  const [smallest, ...others] = sized;
  let found: Found[];
  let total: Total;
  if (smallest && smallest.entries <= GATHERED)
    ({ found, total } = await gathered(ctx, order, [smallest, ...others.filter(isAsked)], limit));
  else {
    const all = await counted(ctx, sized);
    const [least, ...rest] = all.sets;
    if (least && least.entries <= ASKED_ABOUT && !all.isMuch)
      ({ found, total } = await gathered(ctx, order, [least, ...rest], limit));
    else {
      const first = sized.find(isAsked);
      const asked = first ? [first, ...all.sets.filter((set) => set !== first && isAsked(set))] : [];
      found = await walked(ctx, order, { ...all, sets: asked }, limit);
      total = all.total;
    }
  }
  if (cursor === undefined && found.length <= limit) total = { total: found.length, totalIsAtLeast: false };
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: await rowsOf(ctx, shown),
    nextCursor: found.length > limit && last ? writeCursor(sort, last.key, last.id) : null,
    ...total,
  };
}

async function rowsOf(ctx: TenantContext, found: Found[]): Promise<AccountRow[]> {
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  const rows = await accounts(ctx).where(sql<boolean>`accounts.id = any(${ids}::uuid[])`).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Which accounts an act is about: these, or all that match of those made until then. */
export type Which = { ids: string[] } | { filter: Filters; until: string };

/** @returns the accounts, neither ordered nor limited */
async function those(ctx: TenantContext, which: Which) {
  if ('ids' in which) return accounts(ctx).where(sql<boolean>`accounts.id = any(${which.ids}::uuid[])`);
  const { sets, standings, lastSignIn } = narrowed(ctx, which.filter, 'filter');
  const all = accounts(ctx).where('createdAt', '<=', new Date(which.until));
  const made = lastSignIn ? all.where(lastSignIn.beside as RawBuilder<boolean>) : all;
  const sized = await bySize(ctx, standings ? [ofStandings(standings), ...sets] : sets);
  const [smallest] = sized;
  const isSmall = smallest && smallest.entries <= GATHERED;
  const found = isSmall ? made.where(sql<boolean>`accounts.id = any(array(${smallest.ids}))`) : made;
  return found.where(isIn(isSmall ? sized.slice(1) : sized, sql`accounts.id`) as RawBuilder<boolean>);
}

export const countOf = async (ctx: TenantContext, which: Which): Promise<number> => {
  const rows = (await those(ctx, which)).clearSelect().select((eb) => eb.fn.countAll<number>().as('count'));
  return Number((await rows.executeTakeFirstOrThrow()).count);
};

/** How each of them stands. */
export const standingsFor = async (ctx: TenantContext, which: Which) =>
  (await those(ctx, which))
    .clearSelect()
    .select(['accounts.id', 'accounts.status', 'accounts.source', 'accounts.verifiedAt'])
    .execute();

const after = async (ctx: TenantContext, which: Which, id: string | null, count: number) => {
  const rows = await those(ctx, which);
  return (id === null ? rows : rows.where('accounts.id', '>', id)).orderBy('accounts.id').limit(count);
};

/** The next so many, in the order of their ids. */
export const next = async (ctx: TenantContext, which: Which, id: string | null, count: number) =>
  (await after(ctx, which, id, count)).execute();

/** The same and holds them; in that order no two acts wait for each other. */
export const lockNext = async (ctx: TenantContext, which: Which, id: string | null, count: number) =>
  (await after(ctx, which, id, count)).forUpdate('accounts').execute();
