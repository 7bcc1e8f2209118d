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

/** What each of some groups gives, as one bit for each right that is asked about. */
export interface Masks {
  width: number;
  of: ReadonlyMap<string, string>;
}

/** Each affected principal that may act: how it stands, and as bits what other groups give it. */
function standing({ groupId, isEverybody, joining, leaving }: Affected, { width, of }: Masks) {
  const bits = sql.raw(`bit(${width})`);
  const none = '0'.repeat(width);
  const moving = [...joining, ...leaving];
  const members = [
    ...(isEverybody
      ? [
          sql`select m.principal_id, 'stays' as standing from memberships m
              where m.group_id = ${groupId} and m.principal_id <> all(${moving}::uuid[])`,
        ]
      : []),
    sql`select named.id as principal_id, 'joins' as standing from unnest(${[...joining]}::uuid[]) named(id)`,
    sql`select named.id as principal_id, 'leaves' as standing from unnest(${[...leaving]}::uuid[]) named(id)`,
  ];
  const beside =
    of.size === 0
      ? sql`select null::uuid as principal_id, null::${bits} as held where false`
      : sql`select m.principal_id, bit_or(masked.mask::${bits}) as held
            from unnest(${[...of.keys()]}::uuid[], ${[...of.values()]}::text[]) masked(group_id, mask)
            join memberships m on m.group_id = masked.group_id
            ${isEverybody ? sql`` : sql`where m.principal_id = any(${moving}::uuid[])`}
            group by m.principal_id`;
  return sql`
    select p.id, p.kind, affected.standing, coalesce(beside.held, ${none}::${bits})::text as held
    from (${sql.join(members, sql` union all `)}) affected
    join principals p on p.id = affected.principal_id
    left join accounts a on a.id = p.id
    left join service_accounts s on s.id = p.id
    left join (${beside}) beside on beside.principal_id = p.id
    where case p.kind when 'account' then ${sql.raw(allOf(conditions.account))}
                      when 'service-account' then ${sql.raw(allOf(conditions.serviceAccount))} else true end`;
}

export interface Standing {
  kind: 'account' | 'service-account' | 'guest';
  standing: 'stays' | 'joins' | 'leaves';
  held: string;
  count: number;
  /** Live keys of service accounts. */
  keys: number;
}

/** How many stand alike, so that no list of people leaves the database. */
export const countStandings = async ({ db }: TenantContext, affected: Affected, masks: Masks): Promise<Standing[]> =>
  (
    await sql<Standing>`
      select kind, standing, held, count(*)::int as count,
             coalesce(sum(case when kind = 'service-account' then (
               select count(*) from credentials c
               where c.principal_id = each.id and c.kind = 'sa' and ${sql.raw(allOf(conditions.credential))}) end), 0)::int as keys
      from (${standing(affected, masks)}) each
      group by kind, standing, held`.execute(db)
  ).rows;

export interface NamedStanding {
  id: string;
  kind: Standing['kind'];
  standing: Standing['standing'];
  held: string;
  displayName: string;
  email: string | null;
}

/** Those who stand in one of these ways (`standing` and `held`), in the order of their ids. */
export const namesOfStandings = async (
  { db }: TenantContext,
  affected: Affected,
  masks: Masks,
  ways: readonly string[],
  { after, limit }: { after: string; limit: number },
): Promise<NamedStanding[]> =>
  (
    await sql<NamedStanding>`
      select each.*, coalesce(a.display_name, s.name, 'Guest') as "displayName", a.email
      from (${standing(affected, masks)}) each
      left join accounts a on a.id = each.id
      left join service_accounts s on s.id = each.id
      where each.standing || each.held = any(${ways}::text[]) and each.id > ${after}::uuid
      order by each.id limit ${limit}`.execute(db)
  ).rows;

export const countNamespaces = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('namespaces')
    .where('deletedAt', 'is', null)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};
