import { type RawBuilder, sql } from 'kysely';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { byText, containing, MOST_COUNTED, page, readCursor, writeCursor } from '../../kernel/page.ts';
import type { GuestsActing } from './guests.ts';
import type { PrincipalRow } from './store.ts';

/** Who is in one of several groups and may act, a page of them by name. */

type Kind = PrincipalRow['kind'];

interface Listed {
  limit: number;
  cursor?: string | undefined;
  sort?: string | undefined;
  q?: string | undefined;
}

interface Holder {
  id: string;
  kind: Kind;
  displayName: string;
  email: string | null;
}

/** Of so many memberships all are gathered and sorted; where there are more, people are walked through in their order. */
const FEW = 5_000;

/** @param guests what home says of them; none of `out` is listed, and `delegated` are as if they were members */
export async function membersOf(
  ctx: TenantContext,
  groupIds: string[],
  query: Listed,
  kinds: readonly Kind[],
  guests: GuestsActing,
) {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (
      select from memberships where group_id = any(${groupIds}::uuid[]) limit ${FEW + 1}) membership`.execute(ctx.db);
  const within = { groupIds, kinds, guests };
  return (rows[0]?.count ?? 0) > FEW ? walked(ctx, within, query) : gathered(ctx, within, query);
}

interface Within {
  groupIds: string[];
  kinds: readonly Kind[];
  guests: GuestsActing;
}

const sources: Record<Kind, { table: string; as: string; name: string; email: string; mayAct: string }> = {
  account: { table: 'accounts', as: 'a', name: 'a.display_name', email: 'a.email', mayAct: allOf(conditions.account) },
  'service-account': {
    table: 'service_accounts',
    as: 's',
    name: 's.name',
    email: 'null::text',
    mayAct: allOf(conditions.serviceAccount),
  },
  guest: { table: 'guests', as: 'u', name: `'Guest'::text`, email: 'null::text', mayAct: 'true' },
};

/** Who of a kind may act, as `Holder`s: all of its table, or the one of this id. */
function acting(kind: Kind, id?: RawBuilder<unknown>) {
  const { table, as, name, email, mayAct } = sources[kind];
  const rows = id ? sql`(select * from ${sql.table(table)} where id = ${id} limit 1)` : sql.table(table);
  return sql`
    select ${sql.raw(as)}.id, ${sql.lit(kind)} as kind, ${sql.raw(name)} as display_name, ${sql.raw(email)} as email
    from ${rows} ${sql.raw(as)} where ${sql.raw(mayAct)}`;
}

const called = (q: string | undefined, name: RawBuilder<unknown>, email: RawBuilder<unknown>) =>
  q ? sql`(${name} ilike ${containing(q)} or ${email} ilike ${containing(q)})` : sql`true`;

const memberships = (groupIds: string[]) =>
  sql`memberships m where m.group_id = any(${groupIds}::uuid[]) and ${sql.raw(allOf(conditions.membership))}`;

/**
 * All of them, each once and looked up by its id, behind a limit that the planner does not take away: without statistics it
 * would read all people for each.
 */
const holders = ({ groupIds, kinds, guests }: Within, { q }: Listed) => sql<Holder>`(
  select holder.* from (
    select m.principal_id as id from ${memberships(groupIds)} and m.principal_id <> all(${guests.out}::uuid[])
    union select unnest(${guests.delegated}::uuid[])) member
  cross join lateral (${sql.join(
    kinds.map((kind) => acting(kind, sql`member.id`)),
    sql` union all `,
  )} limit 1) holder
  where ${called(q, sql`holder.display_name`, sql`holder.email`)})`;

const gathered = ({ db }: TenantContext, within: Within, query: Listed) =>
  page(db, query, {
    rows: db.selectFrom(holders(within, query).as('holder')).selectAll(),
    id: 'holder.id',
    sorts: { displayName: byText('holder.displayName') },
    defaultSort: 'displayName',
  });

async function walked({ db }: TenantContext, within: Within, query: Listed) {
  const { groupIds, kinds, guests } = within;
  const sort = query.sort ?? 'displayName';
  const [direction, beyond] = sort.startsWith('-') ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const start = query.cursor === undefined ? undefined : readCursor(query.cursor, sort, 'text');
  const isIn = (id: RawBuilder<unknown>, kind: Kind) => {
    const isMember = sql`(select true from ${memberships(groupIds)} and m.principal_id = ${id} limit 1)`;
    return kind === 'guest'
      ? sql`(${id} = any(${guests.delegated}::uuid[]) or ${id} <> all(${guests.out}::uuid[]) and ${isMember})`
      : isMember;
  };
  // Asked of one after the other, so that the walk ends with the page.
  const each = kinds.map((kind) => {
    const { as, name, email } = sources[kind];
    const [id, ordered] = [sql.raw(`${as}.id`), sql.raw(`${name} collate "C"`)];
    return sql`(${acting(kind)} and ${called(query.q, sql.raw(name), sql.raw(email))} and ${isIn(id, kind)}
      ${start ? sql`and (${ordered}, ${id}) ${beyond} (${start.key}::text collate "C", ${start.after}::uuid)` : sql``}
      order by ${ordered} ${direction}, ${id} ${direction} limit ${query.limit + 1})`;
  });
  const found = sql<Holder>`
    select * from (${sql.join(each, sql` union all `)}) holder
    order by display_name collate "C" ${direction}, id ${direction} limit ${query.limit + 1}`;
  const counted = sql<{ count: number }>`
    select count(*)::int as count from (select from ${holders(within, query)} holder limit ${MOST_COUNTED + 1}) counted`;
  const { rows } = await found.execute(db);
  const isAll = start === undefined && rows.length <= query.limit;
  const total = isAll ? rows.length : ((await counted.execute(db)).rows[0]?.count ?? 0);
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > query.limit && last ? writeCursor(sort, last.displayName, last.id) : null,
    total: Math.min(total, MOST_COUNTED),
    totalIsAtLeast: total > MOST_COUNTED,
  };
}
