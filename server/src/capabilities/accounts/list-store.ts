import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import {
  anyOf,
  byText,
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
}

/** A set of at most so many entries is gathered. */
const GATHERED = 3_000;
/** So many accounts of the list are tried for the page. */
const TRIED = 2_000;
/** So many of the smallest set are tried to count what matches. */
const COUNTED = 5_000;
/** More than this is not held in the memory of a query. */
const HELD = 150_000;

const DAY_SECONDS = 86_400;

/** As the list sorts by it, so that its index finds it. */
const lastSignInAt = sql`coalesce(accounts.last_sign_in_at, '-infinity'::timestamptz)`;

const joined = (parts: Sql[], by: string): Sql => sql.join(parts, sql.raw(by));

const ofTerm = (term: string): Set => ({
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
});

function ofLastSignIn(ctx: TenantContext, asked: NonNullable<Filters['lastSignIn']>): Set {
  const ago = (days: number) => sql`${ctx.later(-days * DAY_SECONDS)}::timestamptz`;
  const never = sql`'-infinity'::timestamptz`;
  const range = {
    never: sql`${lastSignInAt} = ${never}`,
    'within-30-days': sql`${lastSignInAt} >= ${ago(30)}`,
    'over-30-days': sql`${lastSignInAt} > ${never} and ${lastSignInAt} < ${ago(30)}`,
    'over-90-days': sql`${lastSignInAt} > ${never} and ${lastSignInAt} < ${ago(90)}`,
  }[asked];
  const found = sql`from accounts where accounts.deleted_at is null and ${range}`;
  return { ids: sql`select accounts.id ${found}`, find: (id) => sql`select ${found} and accounts.id = ${id}` };
}

interface Narrowed {
  sets: Set[];
  /** Those that states and sources leave; undefined when it is all. */
  standings: string[] | undefined;
}

/** @param at where the caller's input holds them */
function narrowed(ctx: TenantContext, filters: Filters, at: 'query' | 'filter', order?: 'status' | 'source'): Narrowed {
  const statuses = anyOf(filters.status, ['new', 'enabled', 'disabled'], `${at}.status`);
  const sources = anyOf(filters.source, ['local', 'scim'], `${at}.source`);
  const { groupId, lastSignIn } = filters;
  const isAny = !statuses && !sources && !filters.waiting;
  return {
    sets: [
      ...termsOf(filters.q ?? '').map(ofTerm),
      ...(groupId ? [ofGroup(groupId)] : []),
      ...(lastSignIn ? [ofLastSignIn(ctx, lastSignIn)] : []),
    ],
    standings: isAny ? undefined : standingsOf({ statuses, sources, waiting: filters.waiting === 'true' }, order),
  };
}

/** Whether an account is in each of the sets, asked one by one: the offset keeps the planner from reading a set whole. */
const isIn = (sets: Set[], id: Sql): Sql =>
  joined([sql`true`, ...sets.map(({ find }) => sql`exists (${find(id)} offset 0)`)], ' and ');

/** The order of a list, from its cursor on. */
interface Order {
  /** The list itself, as (id, place, key), no further than `most`, and only those in a set that is held in memory. */
  walk: (options: { most?: number; within?: Sql }) => Sql;
  /** Of one id, when the list has it: id, place and key. */
  placeOf: (id: Sql) => Sql;
  /** Whether a place comes after the cursor. */
  isAfter: Sql;
  /** `asc` or `desc` */
  direction: Sql;
}

const sorts: Record<string, Sort> = {
  createdAt: byTime('accounts.created_at'),
  email: { by: sql`coalesce(accounts.email_canonical, '') collate "C"`, type: 'text' as const },
  username: byText('accounts.username_canonical'),
  displayName: byText('accounts.display_name'),
  lastSignInAt: byTimeIfAny('accounts.last_sign_in_at'),
};

const limited = (most: number | undefined): Sql => (most === undefined ? sql`` : sql`limit ${most}`);
const held = (id: Sql, within: Sql | undefined): Sql =>
  within ? sql`and (${id} in (${within} limit ${HELD})) is true` : sql``;

function byColumn(name: string, { by, type }: Sort, cursor: string | undefined): Order {
  const isDescending = name.startsWith('-');
  const direction = sql.raw(isDescending ? 'desc' : 'asc');
  const than = sql.raw(isDescending ? '<' : '>');
  const from = cursor === undefined ? undefined : readCursor(cursor, name, type);
  const key = from && sql`${from.key}::${sql.raw(type)}${sql.raw(type === 'text' ? ' collate "C"' : '')}`;
  const after = (place: Sql, id: Sql) =>
    from ? sql`(${place}, ${id}) ${than} (${key}, ${from.after}::uuid)` : sql`true`;
  const columns = sql`accounts.id, ${by} as place, ${by}::text as key`;
  return {
    walk: ({ most, within }) => sql`
      select ${columns} from accounts
      where accounts.deleted_at is null and ${after(by, sql`accounts.id`)} ${held(sql`accounts.id`, within)}
      order by ${by} ${direction}, accounts.id ${direction} ${limited(most)}`,
    placeOf: (id) => sql`select ${columns} from accounts where accounts.id = ${id} and accounts.deleted_at is null`,
    isAfter: after(sql`place`, sql`id`),
    direction,
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
    walk: ({ most, within }) => sql`
      select w.account_id as id, s.place, s.word as key
      from unnest(${left}::text[]) with ordinality as s (word, place) cross join lateral (
        select account_id from account_words
        where word = s.word
          and account_id ${than} case when s.place = 1 then ${from?.after ?? outermost} else ${outermost} end::uuid
          ${held(sql`account_id`, within)}
        order by account_id ${direction} ${limited(most)}) as w
      order by s.place, w.account_id ${direction} ${limited(most)}`,
    placeOf: (id) => sql`
      select account_id as id, array_position(${left}::text[], word)::bigint as place, word as key from account_words
      where account_id = ${id} and word < ${END_OF_STANDINGS} and word = any(${inOrder}::text[])`,
    isAfter: from ? sql`(place > 1 or place = 1 and id ${than} ${from.after}::uuid)` : sql`true`,
    direction,
  };
}

interface Size {
  /** What the index holds, no more than `MOST_COUNTED` and one. */
  entries: number;
  /** Accounts among them. */
  accounts: number;
}

async function sizeOf({ db }: TenantContext, { ids }: Set): Promise<Size> {
  const { rows } = await sql<Size>`
    select count(*)::int as entries, count(distinct id)::int as accounts
    from (${ids} limit ${MOST_COUNTED + 1}) as found`.execute(db);
  return rows[0] as Size;
}

/** The sets by their size, the smallest first. */
async function bySize(ctx: TenantContext, sets: Set[]): Promise<(Size & { set: Set })[]> {
  const sized = await Promise.all(sets.map(async (set) => ({ set, ...(await sizeOf(ctx, set)) })));
  return sized.sort((a, b) => a.entries - b.entries);
}

const setsOf = (sized: { set: Set }[]): Set[] => sized.map(({ set }) => set);

interface Found {
  id: string;
  key: string;
}
type Total = Pick<Page<never>, 'total' | 'totalIsAtLeast'>;

const placed = ({ direction }: Order): Sql => sql`order by place ${direction}, id ${direction}`;

/** Of a small set: each account is looked up, and they are sorted. */
async function gathered(ctx: TenantContext, order: Order, [small, ...others]: [Set, ...Set[]], limit: number) {
  const { rows } = await sql<{ total: number; id: string | null; key: string }>`
    with matching as materialized (
      select p.id, p.place, p.key
      from (select distinct id from (${small.ids}) as every) as found
        cross join lateral (${order.placeOf(sql`found.id`)} limit 1) as p
      where ${isIn(others, sql`found.id`)})
    select counted.total, page.id, page.key
    from (select count(*)::int as total from matching) as counted
      left join (select * from matching where ${order.isAfter} ${placed(order)} limit ${limit + 1}) as page on true
    ${placed(order)}`.execute(ctx.db);
  const total: Total = { total: rows[0]?.total ?? 0, totalIsAtLeast: false };
  return { found: rows.filter((row): row is Found & { total: number } => row.id !== null), total };
}

/** Of large sets: the list is read in its order until the page is full. */
async function walked(ctx: TenantContext, order: Order, sized: (Size & { set: Set })[], limit: number) {
  const reading = async (options: Parameters<Order['walk']>[0], sets: Set[]) =>
    (
      await sql<Found>`
        select id, key from (${order.walk(options)}) as list where ${isIn(sets, sql`list.id`)}
        ${placed(order)} limit ${limit + 1}`.execute(ctx.db)
    ).rows;
  const [smallest, ...others] = sized;
  if (!smallest) return reading({ most: limit + 1 }, []);
  const found = await reading({ most: TRIED }, setsOf(sized));
  if (found.length > limit) return found;
  const { rows } = await sql`select from (${smallest.set.ids} limit ${HELD + 1}) as found offset ${HELD}`.execute(
    ctx.db,
  );
  return rows.length === 0 ? reading({ within: smallest.set.ids }, setsOf(others)) : reading({}, setsOf(sized));
}

/** How many accounts are in all sets; at least those of so many of the smallest. */
async function counted({ db }: TenantContext, [smallest, ...others]: (Size & { set: Set })[]): Promise<Total> {
  if (!smallest) throw new Error('Something is counted.');
  if (others.length === 0)
    return { total: Math.min(smallest.accounts, MOST_COUNTED), totalIsAtLeast: smallest.entries > MOST_COUNTED };
  const { rows } = await sql<{ total: number }>`
    select count(*)::int as total
    from (select distinct id from (${smallest.set.ids} limit ${COUNTED}) as some) as found
    where ${isIn(setsOf(others), sql`found.id`)}`.execute(db);
  return { total: rows[0]?.total ?? 0, totalIsAtLeast: smallest.entries > COUNTED };
}

export async function list(ctx: TenantContext, query: z.output<typeof AccountQuery>): Promise<Page<AccountRow>> {
  const name = query.sort ?? '-createdAt';
  const column = name.replace(/^-/, '');
  const { sets, standings } = narrowed(ctx, query, 'query');
  if (column === 'status' || column === 'source') {
    const { standings: inOrder = standingsOf({}, column) } = narrowed(ctx, query, 'query', column);
    const order = byStanding(name, inOrder, query.cursor);
    return listed(ctx, query, order, sets, [ofStandings(inOrder)]);
  }
  const all = standings ? [ofStandings(standings), ...sets] : sets;
  if (all.length === 0) return page(ctx.db, query, { rows: accounts(ctx), id: 'accounts.id', sorts });
  return listed(ctx, query, byColumn(name, sorts[column] as Sort, query.cursor), all, []);
}

/** @param ordered what the order leaves by itself */
async function listed(
  ctx: TenantContext,
  query: z.output<typeof AccountQuery>,
  order: Order,
  sets: Set[],
  ordered: Set[],
): Promise<Page<AccountRow>> {
  const { limit, cursor, sort = '-createdAt' } = query;
  const sized = await bySize(ctx, [...sets, ...ordered]);
  const [smallest, ...others] = sized;
  let found: Found[];
  let total: Total;
  if (smallest && smallest.entries <= GATHERED)
    ({ found, total } = await gathered(ctx, order, [smallest.set, ...setsOf(others)], limit));
  else
    [found, total] = await Promise.all([
      walked(
        ctx,
        order,
        sized.filter(({ set }) => !ordered.includes(set)),
        limit,
      ),
      counted(ctx, sized),
    ]);
  if (cursor === undefined && found.length <= limit) total = { total: found.length, totalIsAtLeast: false };
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: await inOrder(ctx, shown),
    nextCursor: found.length > limit && last ? writeCursor(sort, last.key, last.id) : null,
    ...total,
  };
}

async function inOrder(ctx: TenantContext, found: Found[]): Promise<AccountRow[]> {
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
  const { sets, standings } = narrowed(ctx, which.filter, 'filter');
  const made = accounts(ctx).where('createdAt', '<=', new Date(which.until));
  const sized = await bySize(ctx, standings ? [ofStandings(standings), ...sets] : sets);
  const [smallest] = sized;
  const isSmall = smallest && smallest.entries <= GATHERED;
  const found = isSmall ? made.where(sql<boolean>`accounts.id = any(array(${smallest.set.ids}))`) : made;
  return found.where(isIn(setsOf(isSmall ? sized.slice(1) : sized), sql`accounts.id`) as RawBuilder<boolean>);
}

export const countOf = async (ctx: TenantContext, which: Which): Promise<number> => {
  const rows = (await those(ctx, which)).clearSelect().select((eb) => eb.fn.countAll<number>().as('count'));
  return Number((await rows.executeTakeFirstOrThrow()).count);
};

/** Holds the next so many, in the order of their ids, so that no two acts wait for each other. */
export const lockNext = async (ctx: TenantContext, which: Which, after: string | null, count: number) => {
  let rows = await those(ctx, which);
  if (after !== null) rows = rows.where('accounts.id', '>', after);
  return rows.orderBy('accounts.id').limit(count).forUpdate('accounts').execute();
};
