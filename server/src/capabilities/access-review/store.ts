import { sql } from 'kysely';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';

export interface HeldRow {
  principalId: string;
  kind: 'account' | 'service-account' | 'guest';
  displayName: string;
  email: string | null;
  status: string;
  groupId: string;
  groupName: string;
  groupStatus: string;
  isOwnerGroup: boolean;
  /** As grants are written: `permission`, either followed by `@<namespace id>`. */
  grants: string[];
  addedAt: Date;
  endsAt: Date | null;
  /** Of a person the last sign-in, of a service account the last use of a key. */
  lastUsedAt: Date | null;
}

const isCurrent = sql.raw(allOf(conditions.membership));

export const countHeld = async ({ db }: TenantContext): Promise<number> =>
  (await sql<{ count: number }>`select count(*)::int as count from memberships m where ${isCurrent}`.execute(db))
    .rows[0]?.count ?? 0;

/** Memberships in the order of group and principal, so many after this one. */
export const heldAfter = async (
  { db }: TenantContext,
  [groupId, principalId]: readonly string[],
  limit: number,
): Promise<HeldRow[]> =>
  (
    await sql<HeldRow>`
      select m.principal_id as "principalId", p.kind, coalesce(a.display_name, s.name, 'Guest') as "displayName", a.email,
             coalesce(a.status, s.status, 'enabled') as status, m.group_id as "groupId", g.name as "groupName",
             g.status as "groupStatus", g.is_owner_group as "isOwnerGroup",
             array(select r.permission || coalesce('@' || r.namespace_id::text, '') from grants r
                   where r.group_id = m.group_id order by 1) as grants,
             m.added_at as "addedAt", m.ends_at as "endsAt",
             case p.kind when 'account' then a.last_sign_in_at
                         else (select max(c.last_used_at) from credentials c where c.principal_id = p.id) end as "lastUsedAt"
      from memberships m
      join groups g on g.id = m.group_id
      join principals p on p.id = m.principal_id
      left join accounts a on a.id = p.id
      left join service_accounts s on s.id = p.id
      where ${isCurrent} and (m.group_id, m.principal_id) > (${groupId}::uuid, ${principalId}::uuid)
      order by m.group_id, m.principal_id
      limit ${limit}`.execute(db)
  ).rows;
