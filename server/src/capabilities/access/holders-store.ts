import { type RawBuilder, sql } from 'kysely';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { containing, MOST_COUNTED, page, readCursor, writeCursor } from '../../kernel/page.ts';
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

const isCurrent = sql.raw(allOf(conditions.membership));

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

const mayAct = sql.raw(`case p.kind when 'account' then ${allOf(conditions.account)}
  when 'service-account' then ${allOf(conditions.serviceAccount)} else true end`);

interface Within {
  groupIds: string[];
  kinds: readonly Kind[];
  guests: GuestsActing;
}

function gathered({ db }: TenantContext, { groupIds, kinds, guests }: Within, query: Listed) {
  const name = sql<string>`coalesce(a.display_name, s.name, 'Guest')`;
  let rows = db
    .selectFrom('principals as p')
    .leftJoin('accounts as a', 'a.id', 'p.id')
    .leftJoin('serviceAccounts as s', 's.id', 'p.id')
    .where(
      sql<boolean>`p.id in (
        select principal_id from memberships m
        where group_id = any(${groupIds}::uuid[]) and ${isCurrent} and principal_id <> all(${guests.out}::uuid[])
        union all select unnest(${guests.delegated}::uuid[]))`,
    )
    .where(sql<boolean>`${mayAct}`)
    .where('p.kind', 'in', kinds)
    .select(['p.id', 'p.kind', name.as('displayName'), 'a.email']);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb(name, 'ilike', pattern), eb('a.email', 'ilike', pattern)]));
  }
  return page(db, query, {
    rows,
    id: 'p.id',
    sorts: { displayName: { by: sql`${name} collate "C"`, type: 'text' } },
    defaultSort: 'displayName',
  });
}

const sources: Record<Kind, { from: string; name: string; email: string; mayAct: string }> = {
  account: { from: 'accounts a', name: 'a.display_name', email: 'a.email', mayAct: allOf(conditions.account) },
  'service-account': {
    from: 'service_accounts s',
    name: 's.name',
    email: 'null::text',
    mayAct: allOf(conditions.serviceAccount),
  },
  guest: { from: 'guests p', name: `'Guest'::text`, email: 'null::text', mayAct: 'true' },
};

async function walked({ db }: TenantContext, { groupIds, kinds, guests }: Within, query: Listed) {
  const sort = query.sort ?? 'displayName';
  const [direction, beyond] = sort.startsWith('-') ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const start = query.cursor === undefined ? undefined : readCursor(query.cursor, sort, 'text');
  const memberships = sql`memberships m where m.group_id = any(${groupIds}::uuid[]) and ${isCurrent}`;
  const isIn = (id: RawBuilder<unknown>, kind: Kind) => {
    const isMember = sql`(select true from ${memberships} and m.principal_id = ${id} limit 1)`;
    return kind === 'guest'
      ? sql`(${id} = any(${guests.delegated}::uuid[]) or ${id} <> all(${guests.out}::uuid[]) and ${isMember})`
      : isMember;
  };
  const each = (
    of: (
      kind: Kind,
      parts: Record<'from' | 'id' | 'name' | 'email' | 'found', RawBuilder<unknown>>,
    ) => RawBuilder<unknown>,
  ) =>
    sql.join(
      kinds.map((kind) => {
        const { from, name, email, mayAct: acts } = sources[kind];
        const called = query.q
          ? sql`and (${sql.raw(name)} ilike ${containing(query.q)} or ${sql.raw(email)} ilike ${containing(query.q)})`
          : sql``;
        return of(kind, {
          from: sql.raw(from),
          id: sql.raw(`${from.split(' ')[1]}.id`),
          name: sql.raw(`${name} collate "C"`),
          email: sql.raw(email),
          found: sql`${sql.raw(acts)} ${called}`,
        });
      }),
      sql` union all `,
    );
  // Asked of one after the other, so that the walk ends with the page.
  const found = sql<Holder>`
    select * from (${each(
      (kind, { from, id, name, email, found }) => sql`
        (select ${id} as id, ${kind}::text as kind, ${name} as "displayName", ${email} as email
         from ${from}
         where ${found} ${start ? sql`and (${name}, ${id}) ${beyond} (${start.key}::text collate "C", ${start.after}::uuid)` : sql``}
           and ${isIn(id, kind)}
         order by ${name} ${direction}, ${id} ${direction} limit ${query.limit + 1})`,
    )}) holder
    order by "displayName" collate "C" ${direction}, id ${direction} limit ${query.limit + 1}`;
  const counted = sql<{ count: number }>`
    select count(*)::int as count from (${each(
      (kind, { from, id, found }) => sql`
        (select from ${from} where ${found} and ${
          kind === 'guest' ? isIn(id, kind) : sql`${id} in (select m.principal_id from ${memberships})`
        }
         limit ${MOST_COUNTED + 1})`,
    )}) holder`;
  const [{ rows }, { rows: counts }] = await Promise.all([found.execute(db), counted.execute(db)]);
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  const total = counts[0]?.count ?? 0;
  return {
    items,
    nextCursor: rows.length > query.limit && last ? writeCursor(sort, last.displayName, last.id) : null,
    total: Math.min(total, MOST_COUNTED),
    totalIsAtLeast: total > MOST_COUNTED,
  };
}
