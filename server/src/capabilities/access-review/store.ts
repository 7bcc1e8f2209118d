import { sql } from 'kysely';
import { allOf, conditions, notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';

export interface HeldRow {
  /** Null for all people of a partner's group. */
  principalId: string | null;
  kind: 'account' | 'service-account' | 'guest' | 'partner';
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
  /** Of a person the last sign-in, of a service account the last use of a key, of a guest and a partner its last act. */
  lastUsedAt: Date | null;
}

const isCurrent = sql.raw(allOf(conditions.membership));
const isLetIn = sql.raw(`${conditions.delegation['delegation-active']} and ${notOver('d')}`);

export const countHeld = async ({ db }: TenantContext): Promise<number> =>
  (
    await sql<{ count: number }>`
      select ((select count(*) from memberships m where ${isCurrent})
            + (select count(*) from delegations d where ${isLetIn}))::int as count`.execute(db)
  ).rows[0]?.count ?? 0;

const grants = sql`array(select r.permission || coalesce('@' || r.namespace_id::text, '') from grants r
                         where r.group_id = g.id order by 1)`;

/** Partners' groups that are let in, each as a whole: who is in them, their own tenant decides. */
export const heldByPartners = async ({
  db,
}: TenantContext): Promise<(HeldRow & { homeTenantId: string; homeAccountId: null })[]> =>
  (
    await sql<HeldRow & { homeTenantId: string; homeAccountId: null }>`
      select null as "principalId", 'partner' as kind, g.name as "displayName", null as email,
             case when t.partner_access_stopped_at is null then 'enabled' else 'stopped' end as status,
             g.id as "groupId", g.name as "groupName", g.status as "groupStatus", false as "isOwnerGroup",
             ${grants} as grants, coalesce(d.decided_at, d.created_at) as "addedAt", d.ends_at as "endsAt",
             (select max(act.at) from delegation_acts act where act.delegation_id = d.id) as "lastUsedAt",
             d.other_tenant_id as "homeTenantId", null as "homeAccountId"
      from delegations d
      join groups g on g.id = d.group_id
      cross join tenants t
      where ${isLetIn}
      order by d.id`.execute(db)
  ).rows;

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
             ${grants} as grants,
             m.added_at as "addedAt", m.ends_at as "endsAt",
             case p.kind when 'account' then a.last_sign_in_at
                         when 'guest' then (select u.last_used_at from guests u where u.id = p.id)
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
