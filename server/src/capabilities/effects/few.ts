import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { written } from '../../kernel/database/queries.ts';
import { type Around, type Grant, kinds, type Standings } from './store.ts';

/** A few principals of whom a change says something, each looked up by one prepared query: as a request of provisioning does for its entry. */

/** Beyond so many the general query is quicker, which asks once for all who stand alike. */
const MOST = 100;

interface Row {
  id: string;
  kind: 0 | 1 | 2;
  acts: boolean;
  keys: number;
  /** Of the changed groups those that it is in, joined by commas. */
  groups: string | null;
  isOwner: boolean | null;
  /** What the other groups give: `permission@namespace` each, joined by blanks. */
  grants: string | null;
}

// Each row is looked up by itself, behind a limit that the planner does not take away: without statistics it would read
// all groups of the tenant.
const standings = written<Row>(`
  select named.id,
         case when s.id is not null then 1 when guest.id is not null then 2 else 0 end as kind,
         case when a.id is not null then ${allOf(conditions.account)}
              when s.id is not null then ${allOf(conditions.serviceAccount)} else true end as acts,
         case when s.id is null then 0 else
           (select count(*)::int from credentials c
            where c.principal_id = s.id and c.kind = 'sa' and ${allOf(conditions.credential)}) end as keys,
         (select string_agg(m.group_id::text, ',') from memberships m
          where m.principal_id = named.id and m.group_id = any((select $2::uuid[])::uuid[]) and ${allOf(conditions.membership)}) as groups,
         held."isOwner", held.grants
  from unnest((select $1::uuid[])) named(id)
  left join lateral (select * from accounts where id = named.id limit 1) a on true
  left join lateral (select * from service_accounts where id = named.id limit 1) s on true
  left join lateral (select id from guests where id = named.id limit 1) guest on true
  left join lateral (
    select bool_or(g.is_owner_group) as "isOwner",
           string_agg(distinct r.permission || '@' || coalesce(r.namespace_id::text, ''), ' ') as grants
    from memberships m
    join lateral (select * from groups where id = m.group_id limit 1) g on true
    left join grants r on r.group_id = g.id
    where m.principal_id = named.id and ${allOf(conditions.membership)} and ${allOf(conditions.group)}
      and g.id <> all((select $2::uuid[])::uuid[])) held on true`);

/** @returns undefined when they are too many, or everybody in a group counts */
export async function fewAround(ctx: TenantContext, { changed, everybodyIn, marked }: Around) {
  if (everybodyIn.length > 0 || marked.size > MOST) return undefined;
  const listed = (ids: Iterable<string>) => `{${[...ids].join(',')}}`;
  return ctx.ask(standings([listed(marked.keys()), listed(changed)]));
}

const grantsIn = ({ grants }: Row) => (grants === null ? [] : grants.split(' '));

const grantIn = (text: string): Grant => {
  const at = text.indexOf('@');
  return { permission: text.slice(0, at), namespaceId: text.slice(at + 1) || null };
};

/** What the other groups of these give, each once. */
export const grantsOf = (few: readonly Row[]): Grant[] => [...new Set(few.flatMap(grantsIn))].map(grantIn);

/**
 * How each of them stands.
 *
 * @param inactive who is not there yet and will not act
 */
export function standingsOf(
  few: readonly Row[],
  { marked, changed }: Around,
  inactive: readonly string[],
  masks: { ofGrant: (grant: Grant) => bigint; ofMember: (place: number) => bigint; ofOwner: bigint },
): Standings[] {
  const known = new Map<string, bigint>();
  const maskOf = (text: string) => {
    const mask = known.get(text) ?? masks.ofGrant(grantIn(text));
    known.set(text, mask);
    return mask;
  };
  return few.map((row) => ({
    kind: kinds[row.kind],
    mark: marked.get(row.id) as number,
    acts: row.acts && !inactive.includes(row.id),
    count: 1,
    keys: row.keys,
    held: [
      ...grantsIn(row).map(maskOf),
      ...(row.groups?.split(',') ?? []).map((id) => masks.ofMember(changed.indexOf(id))),
      row.isOwner ? masks.ofOwner : 0n,
    ].reduce((held, mask) => held | mask, 0n),
  }));
}
