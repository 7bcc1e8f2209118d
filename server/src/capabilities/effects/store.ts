import { sql } from 'kysely';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';

/** Rows of an effect: who would gain and lose by a change of a group, among those who may act. */

/** Whose standing in the group changes, and how. */
export interface Affected {
  groupId: string;
  /** Whether what the group gives changes, so that everybody who stays in it counts. */
  isEverybody: boolean;
  joining: readonly string[];
  leaving: readonly string[];
  /** Of the group, about. */
  memberCount: number;
}

export interface GrantOfGroup {
  groupId: string;
  isOwnerGroup: boolean;
  permission: string | null;
  namespaceId: string | null;
}

const groupEnabled = sql.raw(allOf(conditions.group));

/** What other enabled groups grant of these names: all of them, or those of the few whose standing changes. */
export const grantsBeside = async (
  { db }: TenantContext,
  { groupId, isEverybody, joining, leaving }: Affected,
  names: readonly string[],
): Promise<GrantOfGroup[]> => {
  const few = sql`and g.id in (select group_id from memberships where principal_id = any(${[...joining, ...leaving]}::uuid[]))`;
  const { rows } = await sql<GrantOfGroup>`
    select g.id as "groupId", g.is_owner_group as "isOwnerGroup", r.permission, r.namespace_id as "namespaceId"
    from groups g
    left join grants r on r.group_id = g.id and r.permission = any(${names}::text[])
    where ${groupEnabled} and g.id <> ${groupId} and (g.is_owner_group or r.permission is not null)
      ${isEverybody ? sql`` : few}`.execute(db);
  return rows;
};

/** Bits that a column holds: those of a bigint without its sign, and one in the first for the group itself. */
export const BITS = 62;
const OWN = String(1n << BigInt(BITS));

const kinds = ['account', 'service-account', 'guest'] as const;
const standings = ['stays', 'joins', 'leaves'] as const;

/** What each of some groups gives, a bit for each right that is asked about, in as many columns as they need. */
export interface Masks {
  columns: number;
  of: ReadonlyMap<string, readonly bigint[]>;
}

/** Of groups with fewer members each member is looked up; of larger ones all memberships are walked through once. */
const FEW = 10_000;

const mayNot = sql.raw(`
  exists (select from accounts a where a.id = each.id and not (${allOf(conditions.account)}))
  or exists (select from service_accounts s where s.id = each.id and not (${allOf(conditions.serviceAccount)}))`);

const numbered = (count: number, name: (at: number) => string) =>
  sql.raw(Array.from({ length: count }, (_, at) => name(at)).join(', '));

/** Each affected principal that may act: how it stands, and as bits what other groups give it. */
function standing({ groupId, isEverybody, joining, leaving, memberCount }: Affected, { columns, of }: Masks) {
  const groups = [...of.keys(), groupId];
  const masks = Array.from({ length: columns }, (_, at) => [
    ...[...of.values()].map((mask) => String(mask[at])),
    at === 0 ? OWN : '0',
  ]);
  const masked = sql`(
    select * from unnest(${groups}::uuid[], ${sql.join(masks.map((mask) => sql`${mask}::bigint[]`))})
      as masked(group_id, ${numbered(columns, (at) => `mask${at}`)})) masked`;
  const held = numbered(columns, (at) => `bit_or(masked.mask${at}) as held${at}`);
  const moving = [...joining, ...leaving];
  const few = sql`and m.principal_id in (select principal_id from memberships where group_id = ${groupId})`;
  const staying = sql`
    select m.principal_id as id, 0 as standing, ${held}
    from ${masked} join memberships m on m.group_id = masked.group_id
    where m.principal_id <> all(${moving}::uuid[]) ${memberCount < FEW ? few : sql``}
    group by m.principal_id having bit_or(masked.mask0) >= ${sql.raw(OWN)}`;
  const moved = (ids: readonly string[], how: 1 | 2) => sql`
    select named.id, ${sql.lit(how)} as standing, ${held}
    from unnest(${[...ids]}::uuid[]) named(id)
    left join (memberships m join ${masked} on masked.group_id = m.group_id) on m.principal_id = named.id
    group by named.id`;
  const affected = [
    ...(isEverybody ? [staying] : []),
    ...(joining.length > 0 ? [moved(joining, 1)] : []),
    ...(leaving.length > 0 ? [moved(leaving, 2)] : []),
  ];
  return sql`
    select each.id, each.standing, ${numbered(columns, (at) => `coalesce(each.held${at}, 0) as held${at}`)},
           case when machine.id is not null then 1 when guest.id is not null then 2 else 0 end as kind
    from (${sql.join(affected, sql` union all `)}) each
    left join service_accounts machine on machine.id = each.id
    left join guests guest on guest.id = each.id
    where not (${mayNot})`;
}

const heldOf = (columns: number) => numbered(columns, (at) => `held${at}`);

interface Stance {
  kind: (typeof kinds)[number];
  standing: (typeof standings)[number];
  /** The columns of bits, joined by commas. */
  held: string;
}

export interface Standing extends Stance {
  count: number;
  /** Live keys of service accounts. */
  keys: number;
}

/** As small numbers they are grouped by faster than as texts. */
type Coded<T extends Stance> = Omit<T, 'kind' | 'standing'> & { kind: number; standing: number };

const decoded = <T extends Stance>(rows: Coded<T>[]): T[] =>
  rows.map((row) => ({ ...row, kind: kinds[row.kind], standing: standings[row.standing] }) as unknown as T);

/** How many stand alike, so that no list of people leaves the database. */
export const countStandings = async ({ db }: TenantContext, affected: Affected, masks: Masks): Promise<Standing[]> =>
  decoded<Standing>(
    (
      await sql<Coded<Standing>>`
      select kind, standing, concat_ws(',', ${heldOf(masks.columns)}) as held, count(*)::int as count,
             coalesce(sum(case when kind = 1 then (
               select count(*) from credentials c
               where c.principal_id = each.id and c.kind = 'sa' and ${sql.raw(allOf(conditions.credential))}) end), 0)::int as keys
      from (${standing(affected, masks)}) each
      group by kind, standing, ${heldOf(masks.columns)}`.execute(db)
    ).rows,
  );

export interface NamedStanding extends Stance {
  id: string;
  displayName: string;
  email: string | null;
}

const wayOf = ({ standing: how, held }: Stance) => `${standings.indexOf(how)},${held}`;

/** Those who stand in one of these ways, in the order of their ids. */
export const namesOfStandings = async (
  { db }: TenantContext,
  affected: Affected,
  masks: Masks,
  ways: readonly Stance[],
  { after, limit }: { after: string; limit: number },
): Promise<NamedStanding[]> =>
  decoded<NamedStanding>(
    (
      await sql<Coded<NamedStanding>>`
      select each.id, each.kind, each.standing, concat_ws(',', ${heldOf(masks.columns)}) as held,
             coalesce(a.display_name, s.name, 'Guest') as "displayName", a.email
      from (${standing(affected, masks)}) each
      left join accounts a on a.id = each.id
      left join service_accounts s on s.id = each.id
      where concat_ws(',', each.standing, ${heldOf(masks.columns)}) = any(${ways.map(wayOf)}::text[]) and each.id > ${after}::uuid
      order by each.id limit ${limit}`.execute(db)
    ).rows,
  );

export const countNamespaces = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('namespaces')
    .where('deletedAt', 'is', null)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};
