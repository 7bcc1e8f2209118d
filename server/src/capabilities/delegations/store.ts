import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import { allOf, conditions, notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { byTime, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { AskedMembers, AskedOf, AskedPeople, AskedPeopleNamed } from './messages.ts';
import type { ActivationQuery } from './schema.ts';

type State = 'requested' | 'active' | 'refused' | 'ended' | 'expired';

/** A request that nobody answered in time reads as expired, an active one whose time is over as ended. */
export const stateNow = sql<State>`case
  when state = 'requested' and request_ends_at <= platform_time() then 'expired'
  when state = 'active' and ends_at <= platform_time() then 'ended'
  else state end`;

/** What the group of an active one grants where it lets people in, by the names of namespaces. */
const grantsHere = `case when delegations.side = 'customer' and delegations.state = 'active'
    and ${notOver('delegations')} then coalesce((
      select json_agg(json_build_object('permission', r.permission, 'namespaceName', n.name) order by r.permission, n.name)
      from groups g join grants r on r.group_id = g.id left join namespaces n on n.id = r.namespace_id
      where g.id = delegations.group_id and ${allOf(conditions.group)} and n.deleted_at is null), '[]') end`;

export const delegations = ({ db }: { db: Kysely<Tables> }) =>
  db
    .selectFrom('delegations')
    .where('delegations.kind', '=', 'delegation')
    .select([
      'delegations.id',
      sql<'customer' | 'partner'>`side`.as('side'),
      'otherTenantId',
      'otherRegion',
      'partnerGroupId',
      'groupId',
      sql<'partner' | 'parent'>`relation`.as('relation'),
      'purpose',
      'askedPermissions',
      'askedNamespaces',
      'askedDays',
      'permissions',
      sql<Grants | null>`${sql.raw(grantsHere)}`.as('grants'),
      'needsActivation',
      'renews',
      stateNow.as('state'),
      'reason',
      'createdAt',
      'requestedBy',
      'requestEndsAt',
      'decidedAt',
      'endsAt',
      'endedAt',
      sql<'customer' | 'partner' | 'time' | null>`ended_by`.as('endedBy'),
      'delegations.version',
    ]);

type Grants = { permission: string; namespaceName: string | null }[];

export type DelegationRow = Awaited<ReturnType<typeof find>>;

const one = (ctx: TenantContext, id: string) => delegations(ctx).where('delegations.id', '=', id);

export const findIfAny = (ctx: TenantContext, id: string) => one(ctx, id).executeTakeFirst();

export const find = (ctx: TenantContext, id: string) =>
  one(ctx, id).executeTakeFirstOrThrow(() => notFound('delegation'));

/** Also one by which an imported group comes in. */
export const findAny = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('delegations')
    .select(['id', 'side', 'otherTenantId', 'otherRegion', 'permissions'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('delegation'));

/** Whether the customer lets the group in, by a delegation or as an imported one. */
export const isLetIn = async ({ db }: TenantContext, otherTenantId: string, partnerGroupId: string): Promise<boolean> =>
  (await db
    .selectFrom('delegations')
    .select('id')
    .where('side', '=', 'customer')
    .where('otherTenantId', '=', otherTenantId)
    .where('partnerGroupId', '=', partnerGroupId)
    .where('state', '=', 'active')
    .where(sql<boolean>`${sql.raw(notOver('delegations'))}`)
    .executeTakeFirst()) !== undefined;

/** Reads a delegation and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  one(ctx, id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('delegation'));

export const lockIfAny = (ctx: TenantContext, id: string) => one(ctx, id).forUpdate().executeTakeFirst();

/** Of the partner: what it has by a group, or asks for. */
export const lentBy = (ctx: TenantContext, groupId: string) =>
  delegations(ctx)
    .where('side', '=', 'partner')
    .where('partnerGroupId', '=', groupId)
    .where('state', 'in', ['requested', 'active'])
    .orderBy('id')
    .execute();

/** What stands between this tenant and another and is not over. */
export const standingWith = (
  ctx: TenantContext,
  side: 'customer' | 'partner',
  otherTenantId: string,
  partnerGroupId?: string,
) => {
  const rows = delegations(ctx)
    .where('side', '=', side)
    .where('otherTenantId', '=', otherTenantId)
    .where(stateNow, 'in', ['requested', 'active'])
    .orderBy('createdAt', 'desc');
  return (partnerGroupId ? rows.where('partnerGroupId', '=', partnerGroupId) : rows).execute();
};

/**
 * Of delegations and imports those that let people in here, as a decision about them is looked at.
 *
 * @param ids at least one; all without that have a group here, since one approved without permissions lets nobody in
 */
export const findConsents = ({ db }: TenantContext, ids?: readonly string[]) => {
  const rows = db
    .selectFrom('delegations')
    .leftJoin('groups', 'groups.id', 'delegations.groupId')
    .select(['delegations.id', 'otherTenantId', 'otherRegion', 'partnerGroupId', 'groupId', 'groups.name as groupName'])
    .where('side', '=', 'customer')
    .where('state', '=', 'active')
    .orderBy('delegations.id');
  return (ids ? rows.where('delegations.id', 'in', [...ids]) : rows.where('groupId', 'is not', null)).execute();
};

/** Holds delegations and imports, of which there is at least one, in one order. */
export const holdConsents = ({ db }: TenantContext, ids: readonly string[]) =>
  db
    .selectFrom('delegations')
    .select(['kind', 'side', 'groupId'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute();

/** Holds what notes who the tenant's partner and parent are (`setRelation`). */
export const holdRelations = ({ db }: TenantContext) =>
  db.selectFrom('tenants').select('tenantId').forNoKeyUpdate().execute();

export const countRequests = async ({ db }: TenantContext, side: 'customer' | 'partner', otherTenantId?: string) => {
  let rows = db
    .selectFrom('delegations')
    .where('side', '=', side)
    .where('state', '=', 'requested')
    .where(sql<boolean>`request_ends_at > platform_time()`);
  if (otherTenantId) rows = rows.where('otherTenantId', '=', otherTenantId);
  const { count } = await rows.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return Number(count);
};

type Written = Omit<DelegationRow, 'state' | 'version' | 'grants'> & {
  state: 'requested' | 'active' | 'refused' | 'ended';
};

export const insert = async (ctx: TenantContext, row: Written) => {
  await ctx.db
    .insertInto('delegations')
    .values({ tenantId: ctx.tenantId, ...row })
    .execute();
  return find(ctx, row.id);
};

/** Requires the row to be held. */
export const update = async (
  ctx: TenantContext,
  id: string,
  changes: Partial<Omit<Written, 'id' | 'side'>> & { decidedBy?: string | null },
) => {
  await ctx.db
    .updateTable('delegations')
    .set((eb) => ({ ...changes, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return find(ctx, id);
};

export interface Told {
  id: string;
  displayName: string | null;
  /** What the partner tells; null when the customer does. */
  groupName: string | null;
  purpose: string | null;
  askedNamespaces: string[] | null;
  /** What the customer tells. */
  reason: string | null;
  /** Of whom it let in; an older region does not say these two. */
  isStopped?: boolean | null;
  grants?: Grants | null;
}

/**
 * A tenant as it shows itself to one with which it shares a delegation. A customer shows nothing, not even that it is
 * there, before it answered (P4), and its name only to whom it let in.
 */
export const sharing = ({ of, ids }: AskedOf) => ({
  name: 'delegation-names',
  text: `select delegations.id, case when side = 'partner' or permissions is not null then t.display_name end as "displayName",
                of_theirs.name as "groupName", purpose, asked_namespaces as "askedNamespaces", reason,
                case when side = 'customer' and state = 'active' then t.partner_access_stopped_at is not null end as "isStopped",
                ${grantsHere} as grants
         from delegations
         cross join tenants t
         left join groups of_theirs on of_theirs.id = partner_group_id and side = 'partner'
         where other_tenant_id = $1 and delegations.id = any($2::uuid[]) and (side = 'partner' or decided_at is not null)`,
  values: [of, ids],
});

/**
 * A row unless a decision about a partner of this tenant holds it (`holdRelations`), or another change of its row. Asked before who
 * its partners are, in a statement of its own: that one then sees what was committed until the row was free.
 */
export const freeToDecide = {
  name: 'delegation-free',
  text: 'select 1 from tenants for share skip locked',
  values: [],
};

/**
 * Who has access to this tenant: a row for each, or one without an id. No row unless this one has access to the one that
 * asks or wants it.
 */
export const partnersOf = ({ of }: Pick<AskedOf, 'of'>) => ({
  name: 'delegation-partners',
  text: `select distinct d.other_tenant_id as id from delegations o
         left join delegations d on d.kind = 'delegation' and d.side = 'customer' and d.state = 'active' and ${notOver('d')}
         where o.kind = 'delegation' and o.side = 'partner' and o.other_tenant_id = $1 and o.state in ('requested', 'active')
         order by 1`,
  values: [of],
});

/** Whether this tenant has access to others, or wants it; what the customer approved in time may be heard of after that. */
export const hasCustomers = async ({ db }: TenantContext): Promise<boolean> =>
  (await db
    .selectFrom('delegations')
    .select('id')
    .where('kind', '=', 'delegation')
    .where('side', '=', 'partner')
    .where('state', 'in', ['requested', 'active'])
    .limit(1)
    .executeTakeFirst()) !== undefined;

export const profile = ({ db }: TenantContext) =>
  db
    .selectFrom('tenants')
    .select(['type', 'displayName', 'partnerTenantId', 'parentTenantId', 'partnerAccessStoppedAt'])
    .executeTakeFirstOrThrow();

export const groupNames = async ({ db }: TenantContext, ids: string[]): Promise<Map<string, string>> => {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('groups').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
};

export const namespacesNamed = async ({ db }: TenantContext, names: string[]): Promise<Map<string, string>> => {
  if (names.length === 0) return new Map();
  const rows = await db
    .selectFrom('namespaces')
    .select(['id', 'nameCanonical'])
    .where('deletedAt', 'is', null)
    .where('nameCanonical', 'in', names)
    .execute();
  return new Map(rows.map(({ id, nameCanonical }) => [nameCanonical, id]));
};

export const namespacesAmong = async ({ db }: TenantContext, ids: string[]): Promise<Set<string>> => {
  const rows = await db
    .selectFrom('namespaces')
    .select('id')
    .where('deletedAt', 'is', null)
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();
  return new Set(rows.map(({ id }) => id));
};

/** Notes who the tenant's partner or parent is. */
export const setRelation = async (ctx: TenantContext, relation: 'partner' | 'parent', otherTenantId: string | null) => {
  await ctx.db
    .updateTable('tenants')
    .set((eb) => ({
      ...(relation === 'partner' ? { partnerTenantId: otherTenantId } : { parentTenantId: otherTenantId }),
      ...ctx.changedBy,
      version: eb('version', '+', 1),
    }))
    .execute();
};

/** From now on a change looks whether it takes back what was said of people of this tenant elsewhere. */
export const noteLending = async ({ db }: TenantContext): Promise<void> => {
  await db.updateTable('tenants').set({ lendsGroups: true }).where('lendsGroups', '=', false).execute();
};

export const switchPartnerAccess = async (ctx: TenantContext, stoppedAt: Date | null) => {
  await ctx.db
    .updateTable('tenants')
    .set((eb) => ({ partnerAccessStoppedAt: stoppedAt, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .execute();
};

// ---------------------------------------------------------------- activations

const activations = ({ db }: TenantContext) =>
  db.selectFrom('delegationActivations').select([
    'id',
    'delegationId',
    'homeAccountId',
    'reason',
    'hours',
    sql<
      'requested' | 'active' | 'refused' | 'ended'
    >`case when state = 'active' and ends_at <= platform_time() then 'ended'
        when state = 'requested' and asked_at <= platform_time() - interval '7 days' then 'ended' else state end`.as(
      'state',
    ),
    'askedAt',
    'decidedAt',
    'endsAt',
    'version',
  ]);

export type ActivationRow = Awaited<ReturnType<typeof findActivation>>;

export const findActivation = (ctx: TenantContext, id: string) =>
  activations(ctx)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('activation'));

const activation = (ctx: TenantContext, delegationId: string, id: string) =>
  activations(ctx).where('id', '=', id).where('delegationId', '=', delegationId);

export const findActivationOf = (ctx: TenantContext, delegationId: string, id: string) =>
  activation(ctx, delegationId, id).executeTakeFirstOrThrow(() => notFound('activation'));

export const lockActivation = (ctx: TenantContext, delegationId: string, id: string) =>
  activation(ctx, delegationId, id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('activation'));

export const lockActivationIfAny = (ctx: TenantContext, id: string) =>
  activations(ctx).where('id', '=', id).forUpdate().executeTakeFirst();

export const listActivations = (ctx: TenantContext, delegationId: string, query: z.output<typeof ActivationQuery>) =>
  page(ctx.db, query, {
    rows: activations(ctx).where('delegationId', '=', delegationId),
    id: 'delegation_activations.id',
    sorts: { askedAt: byTime('delegation_activations.asked_at') },
    defaultSort: '-askedAt',
  });

/** The newest of a person for each of some delegations, by their ids. */
export const newestActivations = async (ctx: TenantContext, delegationIds: string[], homeAccountId: string) => {
  const rows = await activations(ctx)
    .where(sql<boolean>`delegation_id = any(${delegationIds}::uuid[])`)
    .where('homeAccountId', '=', homeAccountId)
    .distinctOn('delegationId')
    .orderBy('delegationId')
    .orderBy('askedAt', 'desc')
    .execute();
  return new Map(
    rows.map(({ id, delegationId, state, hours, askedAt, endsAt }) => [
      delegationId,
      { id, state, hours, askedAt, endsAt },
    ]),
  );
};

export const countWaiting = async ({ db }: TenantContext, delegationId: string, homeAccountId: string) => {
  const { count } = await db
    .selectFrom('delegationActivations')
    .where('delegationId', '=', delegationId)
    .where('homeAccountId', '=', homeAccountId)
    .where('state', '=', 'requested')
    .where(sql<boolean>`asked_at > platform_time() - interval '7 days'`)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const insertActivation = async (
  ctx: TenantContext,
  row: Pick<ActivationRow, 'id' | 'delegationId' | 'homeAccountId' | 'reason' | 'hours' | 'askedAt'>,
) => {
  await ctx.db
    .insertInto('delegationActivations')
    .values({ tenantId: ctx.tenantId, state: 'requested', ...row })
    .execute();
  return findActivation(ctx, row.id);
};

export const updateActivation = async (
  ctx: TenantContext,
  id: string,
  changes: { state: string; decidedAt: Date | null; decidedBy: string | null; endsAt: Date | null },
) => {
  await ctx.db
    .updateTable('delegationActivations')
    .set((eb) => ({ ...changes, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return findActivation(ctx, id);
};

/** Of these principals the accounts in another tenant of those who are guests from there. */
export const homesOf = async ({ db }: TenantContext, principalIds: string[], homeTenantId: string) => {
  const rows = await db
    .selectFrom('guests')
    .select('homeAccountId')
    .where('homeTenantId', '=', homeTenantId)
    .where(sql<boolean>`id = any(${principalIds}::uuid[])`)
    .execute();
  return new Set(rows.map(({ homeAccountId }) => homeAccountId));
};

/** In the partner: what these accounts are called. */
export const peopleHere = async (
  { db }: TenantContext,
  ids: string[],
): Promise<Map<string, { displayName: string }>> => {
  const rows = await db
    .selectFrom('accounts')
    .select(['id', 'displayName'])
    .where(sql<boolean>`id = any(${ids}::uuid[])`)
    .execute();
  return new Map(rows.map(({ id, displayName }) => [id, { displayName }]));
};

/** In the partner: why its people ask, by the ids of their activations. */
export const activationReasons = ({ of, ids }: AskedOf) => ({
  name: 'activation-reasons',
  text: `select v.id, v.reason from delegation_activations v join delegations d on d.id = v.delegation_id
         where d.other_tenant_id = $1 and v.id = any($2::uuid[])`,
  values: [of, ids],
});

/** What lets people in by these imported groups at this moment, with who may act where each use is approved. */
export const lettingIn = async ({ db }: TenantContext, groupIds: string[]) => {
  if (groupIds.length === 0) return [];
  const { rows } = await sql<{
    id: string;
    otherTenantId: string;
    otherRegion: string | null;
    groupId: string;
    since: Date;
    until: Date | null;
    needsActivation: boolean;
    activated: string[];
  }>`
    select d.id, d.other_tenant_id as "otherTenantId", d.other_region as "otherRegion", d.group_id as "groupId",
           coalesce(d.decided_at, d.created_at) as since, d.ends_at as until, d.needs_activation as "needsActivation",
           array(select v.home_account_id from delegation_activations v
                 where v.delegation_id = d.id and ${sql.raw(allOf(conditions.activation))}) as activated
    from delegations d cross join tenants t
    where ${sql.raw(allOf(conditions.delegation))} and d.group_id = any(${groupIds}::uuid[])
    order by d.id`.execute(db);
  return rows;
};

export interface MemberRow {
  homeAccountId: string;
  displayName: string;
  total: number;
}

/** In the partner: who is in the group that a delegation or an import lends, and how many; the first by name. */
export const membersLent = ({ of, ids, only }: AskedMembers) => ({
  name: 'members-lent',
  text: `select a.id as "homeAccountId", a.display_name as "displayName", count(*) over ()::int as total
         from delegations d
         join groups g on g.id = d.partner_group_id and ${allOf(conditions.group)}
         join memberships m on m.group_id = g.id and ${allOf(conditions.membership)}
         join accounts a on a.id = m.principal_id and ${allOf(conditions.account)}
         join tenants t on t.status in ('active', 'read-only')
         where d.side = 'partner' and d.other_tenant_id = $1 and d.id = $2 and d.state in ('requested', 'active')
           and ($3::uuid[] is null or a.id = any($3::uuid[]))
         order by a.display_name collate "C", a.id
         limit 100`,
  values: [of, ids[0], only],
});

/** In the partner: its people in groups ($2) of which it asked the customer ($1) to let some in, each with all of those. */
const together = `
  select a.id, a.display_name as "displayName", array_agg(g.id order by g.id) as ids
  from groups g
  join memberships m on m.group_id = g.id and ${allOf(conditions.membership)}
  join accounts a on a.id = m.principal_id and ${allOf(conditions.account)}
  join tenants t on t.status in ('active', 'read-only')
  where g.id = any($2::uuid[]) and ${allOf(conditions.group)} and exists (
    select from delegations d where d.side = 'partner' and d.other_tenant_id = $1 and d.partner_group_id = g.id
      and (d.state in ('requested', 'active')
        -- Its time ends on both sides at once, and the customer asks a moment later who it was.
        or d.ended_by = 'time' and d.ended_at > platform_time() - interval '1 hour'))
  group by a.id, a.display_name`;

/** In the partner: how many are in which of these groups together. */
export const peopleTogether = ({ of, ids, guests }: AskedPeople) => ({
  name: 'people-together',
  text: `select held.ids as "groupIds", count(*)::int as people,
                coalesce(array_agg(held.id) filter (where held.id = any($3::uuid[])), '{}') as guests
         from (${together}) held
         group by held.ids`,
  values: [of, ids, guests],
});

/** In the partner: a page of those who are in exactly one of these sets of groups, but some, and of others besides. */
export const peopleNamed = ({ of, ids, sets, but, besides, after, limit }: AskedPeopleNamed) => ({
  name: 'people-together-named',
  text: `select held.id as "homeAccountId", held."displayName", held.ids as "groupIds"
         from (${together}) held
         where held.id > $7 and (held.id = any($5::uuid[]) or held.id <> all($4::uuid[]) and held.ids::text = any($3::text[]))
         order by held.id limit $6`,
  values: [of, ids, sets.map((set) => `{${[...set].sort().join()}}`), but, besides, limit, after],
});

/** Whether the account is in the group now, which must be enabled. */
export const isInGroup = async ({ db }: TenantContext, groupId: string, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .select('memberships.groupId')
    .where('memberships.groupId', '=', groupId)
    .where('memberships.principalId', '=', accountId)
    .where(sql<boolean>`${sql.raw(notOver('memberships'))}`)
    .where('groups.status', '=', 'enabled')
    .executeTakeFirst()) !== undefined;
