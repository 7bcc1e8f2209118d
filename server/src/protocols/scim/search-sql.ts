import { type CompiledQuery, type Kysely, sql } from 'kysely';
import { selectProvisioned } from '../../capabilities/accounts/service.ts';
import { selectProvisionedGroups } from '../../capabilities/groups/service.ts';
import { foldCase, skeleton } from '../../kernel/canonical.ts';
import { builder, constant, prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import type { ResourceType } from './attributes.ts';
import { type Filter, nameOf } from './filter.ts';
import { directed, filterSql, isLookup, orderBy, orderOf, type Sought } from './filter-sql.ts';

/** The queries of a search. Row security keeps them to the tenant; what is local is not there. */

interface Search {
  filter: Filter | undefined;
  sortBy: string | undefined;
  sortOrder: 'ascending' | 'descending';
}

/** Rows of a page: `backwards` counts from the last one; `after` is the id that comes before the first. */
export interface Page {
  from: number;
  backwards: boolean;
  limit: number;
  after?: string | undefined;
}

type Ids = ReturnType<typeof idsOfUsers>;
type Rows = ReturnType<typeof selectProvisioned>;

const idsOfUsers = (db: Kysely<Tables>) =>
  db.selectFrom('accounts').where('accounts.source', '=', 'scim').where('accounts.deletedAt', 'is', null);
const idsOfGroups = (db: Kysely<Tables>) => db.selectFrom('groups').where('groups.source', '=', constant('scim'));

// Both are asked in the same way, which Kysely's types of two tables cannot say.
const tables = {
  User: { rows: selectProvisioned, ids: idsOfUsers, id: sql<string>`accounts.id` },
  Group: {
    rows: selectProvisionedGroups as unknown as typeof selectProvisioned,
    ids: idsOfGroups as unknown as typeof idsOfUsers,
    id: sql<string>`groups.id`,
  },
};

/**
 * The rows of a page in their order. Where rows are skipped, the ids are found first and each row is then looked up by
 * itself: nothing is read of what is skipped.
 */
export function pageQuery(type: ResourceType, search: Search, baseUrl: string, page: Page) {
  const { filter, sortBy, sortOrder } = search;
  const { from, backwards, limit, after } = page;
  const { ids, rows, id } = tables[type.name];
  const order = sortBy === undefined ? undefined : orderBy(type, sortBy, sortOrder, baseUrl);
  const narrowed = <Q extends Ids | Rows>(query: Q): Q => {
    let made = query as Rows;
    if (filter) made = made.where(filterSql(type, filter, baseUrl));
    if (after !== undefined) made = made.where(sql<boolean>`${id} > ${after}::uuid`);
    if (order) made = made.orderBy(order);
    return made.orderBy(backwards ? sql`${id} desc` : id) as unknown as Q;
  };
  if (from === 0 && !backwards) return narrowed(rows(builder)).limit(limit);
  const chosen = narrowed(ids(builder)).select(id.as('id')).offset(from).limit(limit).as('chosen');
  const found = builder
    .selectFrom(chosen)
    .select(['chosen.id', sql<number>`row_number() over ()`.as('place')])
    .as('found');
  return builder
    .selectFrom(found)
    .innerJoinLateral(rows(builder).where(sql<boolean>`${id} = found.id`).limit(1).as('row'), (join) => join.onTrue())
    .selectAll('row')
    .orderBy(backwards ? sql`found.place desc` : sql`found.place`);
}

/** Where users and groups together are in the order of `sortBy`: the ids of a page. */
export function placesQuery(
  searches: readonly { type: ResourceType; filter: Filter | undefined }[],
  { sortBy, sortOrder }: { sortBy: string; sortOrder: 'ascending' | 'descending' },
  baseUrl: string,
  { from, limit }: { from: number; limit: number },
) {
  const each = searches.map(({ type, filter }) => {
    const { ids, id } = tables[type.name];
    const order = orderOf(type, sortBy, baseUrl) ?? sql`null`;
    return ids(builder)
      .$if(filter !== undefined, (query) => query.where(filterSql(type, filter as Filter, baseUrl)))
      .select([id.as('id'), sql<string>`${type.name}::text`.as('kind'), order.as('key')]);
  });
  return builder
    .selectFrom(each.reduce((all, one) => all.unionAll(one) as unknown as typeof all).as('places'))
    .select(['places.id', 'places.kind'])
    .orderBy(directed(sql`places.key`, sortOrder))
    .orderBy('places.id')
    .offset(from)
    .limit(limit);
}

/** Rows by their ids, in any order. */
export const rowsQuery = (type: ResourceType, wanted: readonly string[]) =>
  tables[type.name].rows(builder).where(sql<boolean>`${tables[type.name].id} = any(${wanted}::uuid[])`);

/** What a look-up brings: its text in the form that is asked for. */
class Seeking implements Sought {
  readonly exact: string;
  readonly limit: number;

  constructor(text: string, limit: number) {
    this.exact = text;
    this.limit = limit;
  }

  get folded() {
    return foldCase(this.exact);
  }

  get look() {
    return skeleton(this.exact);
  }
}

/** By type and attribute: a handful. */
const looks = new Map<string, (seeking: Seeking) => CompiledQuery>();

/**
 * The first rows of a look-up; undefined when it is none. Compiled once, and planned once: nothing that an index
 * depends on is a parameter of it.
 */
export function lookupQuery(type: ResourceType, { filter, sortBy }: Search, limit: number): CompiledQuery | undefined {
  if (!filter || sortBy !== undefined || !isLookup(type, filter)) return undefined;
  const name = `${type.name} ${nameOf(filter.path)}`;
  let look = looks.get(name);
  if (!look) {
    const { rows, id } = tables[type.name];
    look = prepared((db, at: Seeking) =>
      rows(db)
        .where(filterSql(type, filter, '', at))
        .orderBy(id)
        .limit(at.limit),
    );
    looks.set(name, look);
  }
  return look(new Seeking(filter.value, limit));
}

export const countQuery = (type: ResourceType, { filter }: Search, baseUrl: string) =>
  tables[type.name]
    .ids(builder)
    .$if(filter !== undefined, (query) => query.where(filterSql(type, filter as Filter, baseUrl)))
    .select((eb) => eb.fn.countAll<number>().as('total'));
