import { type RawBuilder, sql } from 'kysely';
import { allOf, conditions, notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';

/** Rows of an effect: who would gain and lose by a change, among those who may act. */

/** Whom a change concerns. */
export interface Around {
  changed: readonly string[];
  /** Of the changed groups those that would give something else, so that everybody in them counts. */
  everybodyIn: readonly string[];
  /** Principals that the change names, with a number above 0 for what it says of them. */
  marked: ReadonlyMap<string, number>;
  /** How many they are together, about. */
  count: number;
}

export interface Grant {
  permission: string;
  namespaceId: string | null;
}

/** Locks the row, and makes it the first time, but never changes it. */
const turn = prepared((db, at: { tenantId: string }) =>
  db
    .insertInto('effectTurns')
    .values({ tenantId: at.tenantId })
    .onConflict((conflict) =>
      conflict.column('tenantId').doUpdateSet({ tenantId: sql<string>`excluded.tenant_id` }).where(sql<boolean>`false`),
    ),
);

/**
 * Waits, with the next query, until no other change of the tenant says who gains and loses by it, and keeps others from it
 * until the commit. What is asked after it sees what they committed, since under READ COMMITTED each statement looks anew.
 */
export const takeTurn = (ctx: TenantContext): void => ctx.defer(turn({ tenantId: ctx.tenantId }));

/** Where another way of asking becomes quicker, in people. A test asks in each way. */
export const sizes = {
  /** Up to so many each person is looked up; of more all memberships are walked through once. */
  few: 5_000,
  /** So many are judged one by one for a page of names before it is asked how all stand: where many gain it is full by then. */
  judgedFirst: 500,
};

/** Those of whom the ids are from the first on and before the second; all, where it names none. */
interface Stretch {
  from?: string;
  before?: string;
}

const within = ({ from, before }: Stretch, id: string) =>
  sql`${from === undefined ? sql`` : sql`and ${sql.ref(id)} >= ${from}::uuid`}
      ${before === undefined ? sql`` : sql`and ${sql.ref(id)} < ${before}::uuid`}`;

const isWithin = ({ from, before }: Stretch, id: string) =>
  (from === undefined || id >= from) && (before === undefined || id < before);

const groupEnabled = sql.raw(allOf(conditions.group));

/** Who counts when they are few; undefined when all memberships are walked through. */
const fewOf = ({ count, everybodyIn, marked }: Around) =>
  count > sizes.few
    ? undefined
    : sql`(select principal_id from memberships where group_id = any(${[...everybodyIn]}::uuid[])
           union all select unnest(${[...marked.keys()]}::uuid[]))`;

/** Memberships that are over and not taken away yet: few, so that the others are read from their index alone. */
export const membershipsOver = async ({ db }: TenantContext): Promise<{ groupId: string; principalId: string }[]> =>
  (
    await sql<{ groupId: string; principalId: string }>`
      select m.group_id as "groupId", m.principal_id as "principalId" from memberships m
      where m.ends_at is not null and not (${sql.raw(allOf(conditions.membership))})`.execute(db)
  ).rows;

/** What the other enabled groups grant, each once, and the Owner Group when it is one of them. */
export async function grantsBeside({ db }: TenantContext, around: Around) {
  const few = fewOf(around);
  const { rows } = await sql<Grant & { ownerGroupId: string | null }>`
    select distinct r.permission, r.namespace_id as "namespaceId", case when g.is_owner_group then g.id end as "ownerGroupId"
    from groups g left join grants r on r.group_id = g.id
    where ${groupEnabled} and g.id <> all(${[...around.changed]}::uuid[])
      and (g.is_owner_group or r.permission is not null)
      ${few ? sql`and g.id in (select group_id from memberships where principal_id in ${few})` : sql``}`.execute(db);
  return {
    ownerGroupId: rows.find(({ ownerGroupId }) => ownerGroupId !== null)?.ownerGroupId ?? null,
    grants: rows.filter(({ permission }) => permission !== null),
  };
}

/** What is asked of each whom a change concerns, a bit for each right and for being in each changed group. */
export interface Standing {
  around: Around;
  over: readonly { groupId: string; principalId: string }[];
  /** Accounts that are not there yet and will not act. */
  comingInactive: readonly string[];
  bits: number;
  /** What single grants of the other groups give. */
  grants: readonly { grant: Grant; mask: bigint }[];
  /** What being in these groups says by itself. */
  groups: readonly { id: string; mask: bigint }[];
}

/** Bits that a column holds: those of a bigint without its sign. */
const BITS = 62n;
const LOW = (1n << BITS) - 1n;

export const kinds = ['account', 'service-account', 'guest'] as const;

const numbered = (count: number, name: (at: number) => string) =>
  sql.raw(Array.from({ length: count }, (_, at) => name(at)).join(', '));

const columnsOf = ({ bits }: Standing) => Math.ceil(bits / Number(BITS));

/** A list for each column of bits. */
const spread = (masks: readonly bigint[], columns: number) =>
  sql.join(
    Array.from(
      { length: columns },
      (_, at) => sql`${masks.map((mask) => String((mask >> (BITS * BigInt(at))) & LOW))}::bigint[]`,
    ),
  );

const WHOLE_TENANT = '00000000-0000-0000-0000-000000000000';

/**
 * Accounts that may not act, which are few: found by how they stand among the words of lists, since an index of accounts
 * that mentions their state makes each change of it write to all indexes. Those whose words are to be made say it
 * themselves.
 */
const accountsNotActing = sql`
  select account_id as id from account_words
  where word = any(array[' disabled local', ' disabled scim', ' new local', ' new scim', ' waiting local', ' waiting scim'])
    and account_id not in (select id from accounts where not has_words and deleted_at is null)
  union all
  select id from accounts where deleted_at is not null
  union all
  select id from accounts where not has_words and deleted_at is null and status <> 'enabled'`;

/** The same of few, each looked up. */
const notActingAmong = (few: RawBuilder<unknown>) => sql`
  select a.id from accounts a where a.id in ${few} and not (${sql.raw(allOf(conditions.account))})`;

/** Who is in which groups, in the order of the index, beside what groups give and who may not act. */
function gathered(standing: Standing, stretch: Stretch = {}) {
  const { around, over, comingInactive, grants, groups } = standing;
  const columns = columnsOf(standing);
  const masks = numbered(columns, (at) => `mask${at}`);
  const few = fewOf(around);
  const marked = [...around.marked].filter(([id]) => isWithin(stretch, id));
  return sql`
    masked as materialized (
      select r.group_id, ${numbered(columns, (at) => `bit_or(given.mask${at}) as mask${at}`)}
      from unnest(${grants.map(({ grant }) => grant.permission)}::text[],
                  ${grants.map(({ grant }) => grant.namespaceId ?? WHOLE_TENANT)}::uuid[],
                  ${spread(
                    grants.map(({ mask }) => mask),
                    columns,
                  )}) as given(permission, namespace_id, ${masks})
      join grants r on r.permission = given.permission and coalesce(r.namespace_id, ${WHOLE_TENANT}) = given.namespace_id
      where r.group_id in (
        select g.id from groups g
        where ${groupEnabled} and g.id <> all(${[...around.changed]}::uuid[])
          ${few ? sql`and g.id in (select group_id from memberships where principal_id in ${few})` : sql``}
        -- A fence: how many grants there are of something is not guessed, so that groups are read once.
        offset 0)
      group by r.group_id
      union all
      select * from unnest(${groups.map(({ id }) => id)}::uuid[], ${spread(
        groups.map(({ mask }) => mask),
        columns,
      )})),
    member as (
      select principal_id as id, array_agg(group_id) as groups from memberships
      where true ${few ? sql`and principal_id in ${few}` : sql``} ${within(stretch, 'principal_id')}
        ${
          over.length > 0
            ? sql`and (group_id, principal_id) not in (
                select * from unnest(${over.map(({ groupId }) => groupId)}::uuid[], ${over.map(({ principalId }) => principalId)}::uuid[]))`
            : sql``
        }
      group by principal_id),
    stood as (${
      marked.length > 0
        ? sql`
      select id, coalesce(member.groups, '{}') as groups, coalesce(named.mark, 0) as mark
      from member
      full join unnest(${marked.map(([id]) => id)}::uuid[], ${marked.map(([, mark]) => mark)}::int[]) named(id, mark) using (id)`
        : sql`select id, groups, 0 as mark from member`
    }),
    noted as (
      select id, 0 as kind, false as acts, 0 as keys from (${few ? notActingAmong(few) : accountsNotActing}) a
      union all
      select s.id, 1, ${sql.raw(allOf(conditions.serviceAccount))},
             (select count(*)::int from credentials c
              where c.principal_id = s.id and c.kind = 'sa' and ${sql.raw(allOf(conditions.credential))})
      from service_accounts s
      where true ${few ? sql`and s.id in ${few}` : sql``} ${within(stretch, 's.id')}
      union all
      select id, 2, true, 0 from guests ${few ? sql`where id in ${few}` : sql``}
      ${comingInactive.length > 0 ? sql`union all select unnest(${[...comingInactive]}::uuid[]), 0, false, 0` : sql``})`;
}

/** Most people are in the same groups as many others: it is asked once for all of them what these give. */
function classified(standing: Standing, stretch: Stretch) {
  const columns = columnsOf(standing);
  return sql`${gathered(standing, stretch)},
    class as (
      select row_number() over () as number, each.* from (
        select stood.groups, mark, coalesce(noted.kind, 0) as kind, coalesce(noted.acts, true) as acts,
               count(*)::int as count, coalesce(sum(noted.keys), 0)::int as keys
        from stood left join noted using (id)
        group by 1, 2, 3, 4
        -- A fence: how many are in a group is not guessed from what an array holds.
        offset 0) each
      where mark > 0 or groups && ${[...standing.around.everybodyIn]}::uuid[]),
    judged as (
      select mark, kind, acts, count, keys,
             ${numbered(columns, (at) => `coalesce(bit_or(masked.mask${at}), 0) as held${at}`)}
      from class
      left join lateral unnest(class.groups) as one(group_id) on true
      left join masked on masked.group_id = one.group_id
      group by number, mark, kind, acts, count, keys)`;
}

export interface Stance {
  mark: number;
  acts: boolean;
  held: bigint;
}

export interface Standings extends Stance {
  kind: (typeof kinds)[number];
  count: number;
  /** Live keys of service accounts. */
  keys: number;
}

/** As they come: the columns of bits joined by commas. */
type Coded<T extends Stance> = Omit<T, 'kind' | 'held'> & { kind: number; held: string };

const bitsOf = (held: string) =>
  held.includes(',')
    ? held.split(',').reduceRight((bits, column) => (bits << BITS) | BigInt(column), 0n)
    : BigInt(held);

/** Each row becomes what it says, as there may be thousands. */
const decoded = <T extends Stance>(rows: Coded<T>[]): T[] =>
  rows.map((row) => Object.assign(row, { kind: kinds[row.kind], held: bitsOf(row.held) }) as unknown as T);

const heldOf = (standing: Standing) => numbered(columnsOf(standing), (at) => `held${at}`);

/** Somebody before whom about half of them are: of the largest of the groups that everybody counts in, or of those named. */
async function middleOf({ db }: TenantContext, { everybodyIn, marked }: Around): Promise<string | undefined> {
  if (everybodyIn.length === 0) return [...marked.keys()].sort()[marked.size >> 1];
  const { rows } = await sql<{ id: string }>`
    select middle.id from (
      select id, (select count(*) from memberships where group_id = each.id) as count
      from unnest(${[...everybodyIn]}::uuid[]) each(id) order by 2 desc limit 1) largest
    cross join lateral (
      select principal_id as id from memberships where group_id = largest.id
      order by principal_id offset largest.count / 2 limit 1) middle`.execute(db);
  return rows[0]?.id;
}

/** Where all memberships are walked through and nothing was written, in two halves at the same time. */
async function stretchesOf(ctx: TenantContext, { around }: Standing): Promise<Stretch[]> {
  const middle = ctx.isReading && !fewOf(around) ? await middleOf(ctx, around) : undefined;
  return middle === undefined ? [{}] : [{ before: middle }, { from: middle }];
}

/** How many stand alike, so that no list of people leaves the database; who stands so may be told in two numbers. */
export async function countStandings(ctx: TenantContext, standing: Standing): Promise<Standings[]> {
  const held = heldOf(standing);
  const rows = await ctx.askParts(
    (await stretchesOf(ctx, standing)).map((stretch) =>
      sql<Coded<Standings>>`
        select * from (
          with ${classified(standing, stretch)}
          select kind, mark, acts, concat_ws(',', ${held}) as held, sum(count)::int as count, sum(keys)::int as keys
          from judged group by kind, mark, acts, ${held}) counted`.compile(ctx.db),
    ),
  );
  return decoded<Standings>(together(rows));
}

/** Those of the halves who stand alike, as one. */
function together(rows: Coded<Standings>[]): Coded<Standings>[] {
  const ways = new Map<string, Coded<Standings>>();
  for (const row of rows) {
    const way = `${row.kind} ${row.mark} ${row.acts} ${row.held}`;
    const alike = ways.get(way);
    if (!alike) ways.set(way, row);
    else {
      alike.count += row.count;
      alike.keys += row.keys;
    }
  }
  return [...ways.values()];
}

export interface NamedStanding extends Stance {
  id: string;
  kind: (typeof kinds)[number];
  displayName: string;
  email: string | null;
}

const wayOf = (standing: Standing, { mark, acts, held }: Stance) =>
  [
    mark,
    acts ? 1 : 0,
    ...Array.from({ length: columnsOf(standing) }, (_, at) => String((held >> (BITS * BigInt(at))) & LOW)),
  ].join(',');

/**
 * So many of those whom the change concerns, in the order of their ids.
 *
 * @param ways only who stands so
 */
export const namesOfStandings = async (
  { db }: TenantContext,
  standing: Standing,
  { ways, after, limit }: { ways?: readonly Stance[] | undefined; after: string; limit: number },
): Promise<NamedStanding[]> => {
  const columns = columnsOf(standing);
  const { everybodyIn } = standing.around;
  const asked = ways && [...new Set(ways.map((way) => wayOf(standing, way)))];
  // What a group gives is looked up in a sorted list: a join would read all groups for each of them.
  const { rows } = await sql<Coded<NamedStanding>>`
    select * from (with ${gathered(standing)},
    listed as materialized (
      select array_agg(group_id order by group_id) as ids,
             ${numbered(columns, (at) => `array_agg(mask${at} order by group_id) as masks${at}`)}
      from (select group_id, ${numbered(columns, (at) => `bit_or(mask${at}) as mask${at}`)} from masked group by group_id) once)
    select one.*, coalesce(a.display_name, s.name, 'Guest') as "displayName", a.email
    from (
      select stood.id, coalesce(noted.kind, 0) as kind, mark, coalesce(noted.acts, true) as acts, held
      from stood
      left join noted using (id)
      cross join listed
      cross join lateral (
        select concat_ws(',', ${numbered(columns, (at) => `coalesce(bit_or(masks${at}[place]), 0)`)}) as held
        from unnest(stood.groups) as one(group_id) cross join lateral width_bucket(one.group_id, ids) as place
        where ids[place] = one.group_id) judged
      where stood.id > ${after}::uuid and (mark > 0 or groups && ${[...everybodyIn]}::uuid[])
        ${asked ? sql`and concat_ws(',', mark, coalesce(noted.acts, true)::int, held) = any(${asked}::text[])` : sql``}
      order by stood.id limit ${limit}) one
    left join accounts a on a.id = one.id
    left join service_accounts s on s.id = one.id
) named order by id`.execute(db);
  return decoded<NamedStanding>(rows);
};

/** Of these principals, one by one. */
export const standingsOfEach = async (
  { db }: TenantContext,
  standing: Standing,
  ids: readonly string[],
): Promise<(Stance & { id: string })[]> => {
  const columns = columnsOf(standing);
  const { rows } = await sql<Coded<Stance & { id: string }>>`
    select * from (with ${gathered(standing)}
    select stood.id, coalesce(noted.kind, 0) as kind, mark, coalesce(noted.acts, true) as acts,
           concat_ws(',', ${numbered(columns, (at) => `coalesce(bit_or(masked.mask${at}), 0)`)}) as held
    from stood
    left join noted using (id)
    left join lateral unnest(stood.groups) as one(group_id) on true
    left join masked on masked.group_id = one.group_id
    where stood.id = any(${[...ids]}::uuid[])
    group by stood.id, noted.kind, mark, noted.acts) each`.execute(db);
  return decoded(rows);
};

/** How many other tenants let in one of these groups, or one that these people are in. */
export const countLettingIn = async (
  { db }: TenantContext,
  groupIds: readonly string[],
  principalIds: readonly string[],
): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(distinct d.other_tenant_id)::int as count from delegations d
    where d.side = 'partner' and d.state = 'active' and ${sql.raw(notOver('d'))}
      and (d.partner_group_id = any(${groupIds}::uuid[]) or exists (
        select from memberships m where m.group_id = d.partner_group_id and m.principal_id = any(${principalIds}::uuid[])
          and ${sql.raw(notOver('m'))}))`.execute(db);
  return rows[0]?.count ?? 0;
};

export const countNamespaces = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('namespaces')
    .where('deletedAt', 'is', null)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};
