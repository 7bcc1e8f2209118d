import { type Compilable, type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Tables } from './database/tables.gen.ts';
import { invalid } from './problem.ts';
import type { Page } from './schema.ts';

/** A column that lists sort by. Never null. */
export interface Sort {
  by: RawBuilder<unknown>;
  type: 'text' | 'timestamptz' | 'int';
}

export const byText = (column: string): Sort => ({ by: sql`${sql.ref(column)} collate "C"`, type: 'text' });
export const byTime = (column: string): Sort => ({ by: sql`${sql.ref(column)}`, type: 'timestamptz' });
/**
 * Of what may be missing: those without come as if it was longest ago, or first. Below row security no index serves a
 * condition on `coalesce`, which PostgreSQL takes for one that may tell what it was given.
 */
const ifAny = (column: string, otherwise: RawBuilder<unknown>) =>
  sql`case when ${sql.ref(column)} is null then ${otherwise} else ${sql.ref(column)} end`;
export const byTimeIfAny = (column: string): Sort => ({
  by: ifAny(column, sql`'-infinity'::timestamptz`),
  type: 'timestamptz',
});
export const byTextIfAny = (column: string): Sort => ({
  by: sql`(${ifAny(column, sql`''::text`)}) collate "C"`,
  type: 'text',
});

interface ListOptions<Row> {
  /** Selected and filtered, neither ordered nor limited. */
  rows: SelectQueryBuilder<Tables, never, Row>;
  /** The same rows without what is only shown of them, where that is quicker to count. */
  counted?: SelectQueryBuilder<Tables, never, unknown>;
  /** The id column that breaks ties, for example `groups.id`. */
  id: string;
  sorts: Record<string, Sort>;
  /** `-createdAt` unless said otherwise. */
  defaultSort?: string;
  /** How its queries are asked, where they may take long. */
  ask?: <Found>(query: Compilable<Found>) => Promise<Found[]>;
}

interface ListQuery {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
}

/** No list counts further. */
export const MOST_COUNTED = 10_000;

/**
 * One page of a list by keyset: costs the page, whatever comes before it. Page and count go in one round trip.
 *
 * @throws {Problem} 400 for a cursor that is not of this list and sort
 */
export async function page<Row extends object>(
  db: Kysely<Tables>,
  query: ListQuery,
  { rows, counted = rows, id, sorts, defaultSort = '-createdAt', ask }: ListOptions<Row>,
): Promise<Page<Row>> {
  const name = query.sort ?? defaultSort;
  const descending = name.startsWith('-');
  const sort = sorts[name.replace(/^-/, '')];
  if (!sort) throw invalid({ path: 'query.sort', message: `must be one of ${Object.keys(sorts).join(', ')}` });
  const idColumn = sql.ref(id);
  const direction = sql.raw(descending ? 'desc' : 'asc');
  // The builder's type says which tables it knows; the page adds only expressions over its columns.
  const open = rows as unknown as SelectQueryBuilder<Tables, 'groups', Row>;
  let ordered = open
    .select([sql<string>`${sort.by}::text`.as('pageKey'), sql<string>`${idColumn}`.as('pageId')])
    .orderBy(sql`${sort.by} ${direction}, ${idColumn} ${direction}`)
    .limit(query.limit + 1);
  if (query.cursor !== undefined) {
    const { key, after } = readCursor(query.cursor, name, sort.type);
    const than = sql.raw(descending ? '<' : '>');
    ordered = ordered.where(
      sql<boolean>`(${sort.by}, ${idColumn}) ${than} (${key}::${sql.raw(sort.type)}${sql.raw(sort.type === 'text' ? ' collate "C"' : '')}, ${after}::uuid)`,
    );
  }
  const counting = db
    .selectFrom(
      (counted as typeof open)
        .clearSelect()
        .select(sql`1`.as('one'))
        .limit(MOST_COUNTED + 1)
        .as('counted'),
    )
    .select(sql<number>`count(*)::int`.as('count'));
  const [found, counts] = await Promise.all(
    ask ? [ask(ordered), ask(counting)] : [ordered.execute(), counting.execute()],
  );
  const items = found.slice(0, query.limit) as (Row & { pageKey: string; pageId: string })[];
  const last = items.at(-1);
  const total = counts[0]?.count ?? 0;
  return {
    items: items.map(({ pageKey: _key, pageId: _id, ...row }) => row as unknown as Row),
    nextCursor: found.length > query.limit && last ? writeCursor(name, last.pageKey, last.pageId) : null,
    total: Math.min(total, MOST_COUNTED),
    totalIsAtLeast: total > MOST_COUNTED,
  };
}

export const writeCursor = (sort: string, key: string, id: string) =>
  Buffer.from(JSON.stringify([sort, key, id])).toString('base64url');

/** The largest that PostgreSQL has of this type. */
const MOST_INT = 2_147_483_647;
const keyForms = {
  int: /^\d{1,10}$/,
  text: /^[^\0]*$/,
  timestamptz:
    /^(-infinity|(?!0000)\d{4}-\d\d-\d\d ([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,6})?[+-](0\d|1[0-4])(:[0-5]\d)?)$/,
};

/** @throws {Problem} 400 for one that is not of this list and sort */
export function readCursor(cursor: string, sort: string, type: Sort['type']): { key: string; after: string } {
  const refuse = () =>
    invalid({ path: 'query.cursor', message: 'is not a cursor of this list and sort; begin again without it' });
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw refuse();
  }
  if (
    !Array.isArray(parts) ||
    parts.length !== 3 ||
    parts.some((part) => typeof part !== 'string') ||
    parts[0] !== sort
  )
    throw refuse();
  const [, key, after] = parts as [string, string, string];
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(after) || !keyForms[type].test(key) || !key.isWellFormed())
    throw refuse();
  if (type === 'int' && Number(key) > MOST_INT) throw refuse();
  if (type === 'timestamptz' && key !== '-infinity' && !isDay(key.slice(0, 10))) throw refuse();
  return { key, after };
}

/** Whether the calendar has it: no 31st of February, which PostgreSQL would refuse. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** The values of a filter that takes one or several, separated by commas. @throws {Problem} 400 for an unknown one */
export function anyOf<T extends string>(text: string | undefined, known: readonly T[], path: string): T[] | undefined {
  if (text === undefined) return undefined;
  const values = text.split(',').map((value) => value.trim());
  const unknown = values.find((value) => !known.includes(value as T));
  if (unknown !== undefined) throw invalid({ path, message: `must be one or several of ${known.join(', ')}` });
  return values as T[];
}

/** A pattern that finds the text anywhere, with its wildcards taken literally. */
export const containing = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
