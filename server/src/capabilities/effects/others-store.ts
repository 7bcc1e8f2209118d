import { sql } from 'kysely';
import { allOf, conditions } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { Around, Grant } from './store.ts';

/** What lets people of other tenants in here: delegations and imports, and who of them is a guest besides. */

const active = conditions.delegation['delegation-active'];
const activeAt = `${active} and ${conditions.delegation['delegation-not-over']}`;

export interface ConsentRow {
  id: string;
  otherTenantId: string;
  otherRegion: string | null;
  /** The group at home, and the one here that has the grants. */
  partnerGroupId: string;
  groupId: string;
  groupStatus: string;
  grants: Grant[];
  needsActivation: boolean;
  /** Whose use is approved now, by their accounts at home. */
  activated: string[];
  isStopped: boolean;
}

/** By what groups of other tenants are let in here, also while partner access is stopped. @param lapsed counts these too, whose time is over */
const standing = ({ db }: TenantContext, where: ReturnType<typeof sql>, lapsed: readonly string[] = []) =>
  sql<ConsentRow>`
    select d.id, d.other_tenant_id as "otherTenantId", d.other_region as "otherRegion",
           d.partner_group_id as "partnerGroupId", d.group_id as "groupId", g.status as "groupStatus",
           d.needs_activation as "needsActivation", t.partner_access_stopped_at is not null as "isStopped",
           array(select v.home_account_id from delegation_activations v
                 where v.delegation_id = d.id and ${sql.raw(allOf(conditions.activation))}) as activated,
           coalesce((select json_agg(json_build_object('permission', r.permission, 'namespaceId', r.namespace_id)
                                      order by r.permission, r.namespace_id)
                     from grants r where r.group_id = d.group_id), '[]') as grants
    from delegations d cross join tenants t join groups g on g.id = d.group_id
    where (${sql.raw(activeAt)} or ${sql.raw(active)} and d.id = any(${[...lapsed]}::uuid[])) and ${where}
    order by d.id`
    .execute(db)
    .then(({ rows }) => rows);

export const consentsOf = (ctx: TenantContext, otherTenantId: string, lapsed?: readonly string[]) =>
  standing(ctx, sql`d.other_tenant_id = ${otherTenantId}`, lapsed);

/** Of the tenant whose people come in by this group. */
export const consentsBy = (ctx: TenantContext, groupId: string) =>
  standing(ctx, sql`d.other_tenant_id in (select other_tenant_id from delegations where group_id = ${groupId})`);

/** Groups of a tenant that are let in here or ask for it. */
export const groupsAsking = async ({ db }: TenantContext, otherTenantId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('delegations')
    .select('partnerGroupId')
    .distinct()
    .where('side', '=', 'customer')
    .where('otherTenantId', '=', otherTenantId)
    .where(sql<boolean>`(state = 'active' or state = 'requested' and request_ends_at > platform_time())`)
    .execute();
  return rows.map(({ partnerGroupId }) => partnerGroupId);
};

/** Whose use is approved, by their accounts there, also while nobody is let in. */
export const activatedOf = async ({ db }: TenantContext, otherTenantId: string): Promise<string[]> => {
  const { rows } = await sql<{ homeAccountId: string }>`
    select distinct v.home_account_id as "homeAccountId" from delegation_activations v
    join delegations d on d.id = v.delegation_id
    where d.other_tenant_id = ${otherTenantId} and ${sql.raw(allOf(conditions.activation))}`.execute(db);
  return rows.map(({ homeAccountId }) => homeAccountId);
};

export const isStopped = async ({ db }: TenantContext): Promise<boolean> =>
  (await db.selectFrom('tenants').select('partnerAccessStoppedAt').executeTakeFirstOrThrow()).partnerAccessStoppedAt !==
  null;

const MOST_GUESTS = 1_000;

/** How many there are beyond those that were read. @param rows each with the number of all */
const beyond = (rows: readonly { all: number }[]) => (rows[0]?.all ?? 0) - rows.length;

/** People of another tenant who are guests here by an invitation, by their accounts there, and how many there are besides. */
export const guestsOf = async ({ db }: TenantContext, homeTenantId: string) => {
  const rows = await db
    .selectFrom('guests')
    .select(['id', 'homeAccountId', sql<number>`(count(*) over ())::int`.as('all')])
    .where('homeTenantId', '=', homeTenantId)
    .where('endedAt', 'is', null)
    .orderBy('id')
    .limit(MOST_GUESTS)
    .execute();
  return { guests: new Map(rows.map(({ id, homeAccountId }) => [homeAccountId, id])), beyond: beyond(rows) };
};

/** Whom a change concerns, as far as guests are asked about. */
export type Whom = Pick<Around, 'everybodyIn' | 'marked'>;

/** Whom a change concerns of guests from tenants whose groups are let in too, and how many there are besides. */
export const guestsAround = async ({ db }: TenantContext, { everybodyIn, marked }: Whom) => {
  const { rows } = await sql<{ id: string; homeTenantId: string; homeAccountId: string; all: number }>`
    select u.id, u.home_tenant_id as "homeTenantId", u.home_account_id as "homeAccountId", (count(*) over ())::int as "all"
    from guests u
    where u.ended_at is null
      and exists (select from delegations d where d.other_tenant_id = u.home_tenant_id and ${sql.raw(activeAt)})
      and (u.id = any(${[...marked.keys()]}::uuid[])
        or exists (select from memberships m where m.principal_id = u.id and m.group_id = any(${[...everybodyIn]}::uuid[])))
    order by u.id limit ${MOST_GUESTS}`.execute(db);
  return { guests: rows, beyond: beyond(rows) };
};
