import { type CompiledQuery, sql } from 'kysely';
import { isNamespaced, permissions } from '../../kernel/catalogue.ts';
import { allOf, conditions, eachOf } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { written } from '../../kernel/database/queries.ts';

/** What the decision knows of somebody, each condition by itself. */
export interface PrincipalRow {
  id: string;
  kind: 'account' | 'service-account' | 'guest';
  name: string;
  status: string | null;
  /** Of an account: `local`, `scim` or another. */
  source: string | null;
  /** What lets in an account that is not enabled; null of others. */
  isAccepting: boolean | null;
  isEnabling: boolean | null;
  /** By the names of `conditions`; null for those of the other kind. */
  facts: Record<string, boolean | null>;
}

const principalFacts = sql.raw(eachOf(conditions.account, conditions.serviceAccount));

/** Whom provisioning made was never invited. */
const isVerified = sql`(a.verified_at is not null or a.source <> 'local')`;
const isOwner = sql`exists (select from memberships m join groups g on g.id = m.group_id
  where m.principal_id = p.id and g.is_owner_group)`;

/** Deleted ones are not there. */
export async function principal({ db }: TenantContext, id: string): Promise<PrincipalRow | undefined> {
  const { rows } = await sql<Omit<PrincipalRow, 'facts'> & Record<string, boolean | null>>`
    select p.id, p.kind, coalesce(a.display_name, s.name, 'Guest') as name, coalesce(a.status, s.status) as status,
           a.source, not ${isVerified} as "isAccepting",
           ${isVerified} or t.account_enabling = 'administrator' and not ${isOwner} as "isEnabling",
           ${principalFacts}
    from principals p
    join tenants t on t.tenant_id = p.tenant_id
    left join accounts a on a.id = p.id
    left join service_accounts s on s.id = p.id
    where p.id = ${id} and a.deleted_at is null and s.deleted_at is null`.execute(db);
  if (!rows[0]) return undefined;
  const { id: _id, kind, name, status, source, isAccepting, isEnabling, ...facts } = rows[0];
  return { id, kind, name, status, source, isAccepting, isEnabling, facts } as PrincipalRow;
}

export interface CredentialRow {
  id: string;
  kind: 'sa' | 'pt' | 'sk' | 'ak';
  name: string;
  principalId: string | null;
  facts: Record<string, boolean | null>;
}

const credentialFacts = sql.raw(eachOf(conditions.credential));
const namespaceThere = sql.raw(allOf(conditions.namespace));

export async function credential({ db }: TenantContext, id: string): Promise<CredentialRow | undefined> {
  const { rows } = await sql<Omit<CredentialRow, 'facts'> & Record<string, boolean | null>>`
    select c.id, c.kind, c.name, c.principal_id as "principalId", ${credentialFacts},
           case when c.namespace_id is not null then ${namespaceThere} end as "namespace-there"
    from credentials c
    left join namespaces n on n.id = c.namespace_id
    where c.id = ${id}`.execute(db);
  if (!rows[0]) return undefined;
  const { id: _id, kind, name, principalId, ...facts } = rows[0];
  return { id, kind, name, principalId, facts } as CredentialRow;
}

/** A namespace that is there, or could be restored. */
export const namespaceName = async ({ db }: TenantContext, id: string): Promise<string | undefined> =>
  (await db.selectFrom('namespaces').select('name').where('id', '=', id).executeTakeFirst())?.name;

export interface Seats {
  isFree: boolean;
  /** Whether there is an account that has its seat and could be enabled, or invited again. */
  canEnable: boolean;
  canInvite: boolean;
}

/** Undefined where no licence limits them. */
export async function freeSeats({ db }: TenantContext): Promise<Seats | undefined> {
  const { rows } = await sql<Seats>`
    select exists (select from seats where free > 0) as "isFree",
           exists (select ${changeable} and a.status = 'new'
                     and (a.verified_at is not null or a.source <> 'local')) as "canEnable",
           exists (select ${changeable} and a.status in ('new', 'enabled') and a.verified_at is null
                     and a.email is not null) as "canInvite"
    from tenants t where t.has_seat_limit`.execute(db);
  return rows[0];
}

/** Not what provisioning alone changes. */
const changeable = sql`from accounts a where a.deleted_at is null and (a.source <> 'scim' or t.provisioning = 'off')`;

export const hasNetworks = async ({ db }: TenantContext): Promise<boolean> =>
  (await db.selectFrom('tenants').select('allowedNetworks').executeTakeFirstOrThrow()).allowedNetworks.length > 0;

/** A delegation by which one of the groups of a guest's home is let in. */
export interface DelegatedRow {
  guestId: string;
  delegationId: string;
  partnerTenantId: string;
  groupId: string;
  since: Date;
  until: Date | null;
  isStopped: boolean;
  /** Whether a use is approved now, or none needs to be. */
  isActivated: boolean;
  activationId: string | null;
}

/** What lets these guests in by the groups that home says they are in. */
export const delegatedTo = async (
  { db }: TenantContext,
  guests: { id: string; homeTenantId: string; homeAccountId: string; groupIds: string[] }[],
): Promise<DelegatedRow[]> => {
  if (guests.length === 0) return [];
  const { 'delegation-active': active, 'delegation-not-over': notOver } = conditions.delegation;
  const { rows } = await sql<DelegatedRow>`
    select said.id as "guestId", d.id as "delegationId", d.other_tenant_id as "partnerTenantId",
           d.group_id as "groupId", coalesce(d.decided_at, d.created_at) as since,
           least(d.ends_at, used.ends_at) as until, t.partner_access_stopped_at is not null as "isStopped",
           not d.needs_activation or used.id is not null as "isActivated", used.id as "activationId"
    from json_to_recordset(${JSON.stringify(guests)}) as
      said(id uuid, "homeTenantId" uuid, "homeAccountId" uuid, "groupIds" uuid[])
    join delegations d on d.other_tenant_id = said."homeTenantId" and d.partner_group_id = any(said."groupIds")
      and ${sql.raw(active)} and ${sql.raw(notOver)}
    cross join tenants t
    left join lateral (
      select v.id, v.ends_at from delegation_activations v
      where v.delegation_id = d.id and v.home_account_id = said."homeAccountId" and d.needs_activation
        and ${sql.raw(allOf(conditions.activation))}
      order by v.ends_at desc limit 1) used on true`.execute(db);
  return rows;
};

/** Guests who may be in one of these groups: as members, or as people of a tenant whose group is let in by one. */
export const guestsNear = async ({ db }: TenantContext, groupIds: string[], limit: number): Promise<string[]> =>
  (
    await sql<{ id: string }>`
      select m.principal_id as id from memberships m join guests u on u.id = m.principal_id
      where m.group_id = any(${groupIds}::uuid[]) and ${isCurrent}
      union
      select u.id from delegations d join guests u on u.home_tenant_id = d.other_tenant_id
      where d.group_id = any(${groupIds}::uuid[]) and ${sql.raw(conditions.delegation['delegation-active'])}
      limit ${limit}`.execute(db)
  ).rows.map(({ id }) => id);

/** Guests by their home accounts, also those by partner access alone. */
export const guestsOfHomes = async (
  { db }: TenantContext,
  homes: readonly { homeTenantId: string; homeAccountId: string }[],
) =>
  (
    await sql<{ id: string; homeTenantId: string; homeAccountId: string }>`
      select id, home_tenant_id as "homeTenantId", home_account_id as "homeAccountId" from guests
      join unnest(${homes.map(({ homeTenantId }) => homeTenantId)}::uuid[], ${homes.map(({ homeAccountId }) => homeAccountId)}::uuid[])
        home(tenant_id, account_id) on home_tenant_id = home.tenant_id and home_account_id = home.account_id`.execute(
      db,
    )
  ).rows;

/** Grants of these names that enabled ones of these groups have. */
export const grantsIn = async ({ db }: TenantContext, groupIds: string[], names: readonly string[]) =>
  (
    await sql<{ groupId: string; permission: string; namespaceId: string | null }>`
      select r.group_id as "groupId", r.permission, r.namespace_id as "namespaceId"
      from grants r join groups g on g.id = r.group_id and ${groupEnabled}
      where r.group_id = any(${groupIds}::uuid[]) and r.permission = any(${names}::text[])`.execute(db)
  ).rows;

export interface GroupRow {
  id: string;
  name: string;
  isOwnerGroup: boolean;
  source: string;
  isEnabled: boolean;
  /** Null for who is not in it. */
  memberSince: Date | null;
  memberUntil: Date | null;
  /** One of the grants asked for, when the group has it. */
  permission: string | null;
  namespaceId: string | null;
  /** How many rights it gives, each single permission in each place, and whether what is asked is one of them. */
  rights: number;
  givesAsked: boolean;
  /** By which a guest is in it, or would be. */
  delegation?: DelegatedRow;
}

const isCurrent = sql.raw(allOf(conditions.membership));
const groupEnabled = sql.raw(allOf(conditions.group));

/** The single permissions that what is granted gives. */
const expansions = permissions.flatMap((single) => [
  [single, single],
  [`${single.slice(0, single.indexOf('.'))}.*`, single],
]);

/**
 * A row for each grant of these names, in the whole tenant or in one of these namespaces, of any group; a row without
 * a grant for each other group that the principal is in, and for the Owner Group.
 *
 * @param namespaceIds all of them when null
 * @param besides further groups, whatever they grant
 */
export const groupsAround = async (
  { db }: TenantContext,
  principalId: string,
  names: readonly string[],
  namespaceIds: readonly string[] | null,
  besides: readonly string[] = [],
): Promise<GroupRow[]> => {
  const asked = sql`select group_id, permission, namespace_id from grants
    where permission = any(${names}::text[])
      and (namespace_id is null or ${namespaceIds}::uuid[] is null or namespace_id = any(${namespaceIds}::uuid[]))`;
  // What is asked in a namespace is one right there, and another in the whole tenant.
  const isPlaced = names.some(isNamespaced) && (namespaceIds?.length ?? 0) > 0;
  const isAsked =
    namespaceIds === null
      ? sql`true`
      : isPlaced
        ? sql`every.namespace_id = any(${namespaceIds}::uuid[])`
        : sql`every.namespace_id is null`;
  const { rows } = await sql<GroupRow>`
    select g.id, g.name, g.is_owner_group as "isOwnerGroup", g.source, ${groupEnabled} as "isEnabled",
           m.added_at as "memberSince", m.ends_at as "memberUntil", r.permission, r.namespace_id as "namespaceId",
           coalesce(given.rights, 0) as rights, coalesce(given.asked, false) as "givesAsked"
    from groups g
    left join memberships m on m.group_id = g.id and m.principal_id = ${principalId} and ${isCurrent}
    left join (${asked}) r on r.group_id = g.id
    left join lateral (
      select count(distinct (each.single, every.namespace_id))::int as rights,
             bool_or(every.permission = any(${names}::text[]) and ${isAsked}) as asked
      from grants every
      join unnest(${expansions.map(([granted]) => granted)}::text[], ${expansions.map(([, single]) => single)}::text[])
        each(granted, single) on each.granted = every.permission
      where every.group_id = g.id) given on true
    where g.is_owner_group or m.principal_id is not null or r.group_id is not null or g.id = any(${besides}::uuid[])
    order by g.name_canonical, r.permission, r.namespace_id`.execute(db);
  return rows;
};

/** Ids of the enabled groups that give something of this. */
export const givingGroups = async (
  { db }: TenantContext,
  names: readonly string[],
  namespaceId: string | null,
): Promise<string[]> =>
  (
    await sql<{ id: string }>`
      select g.id from groups g
      where ${groupEnabled} and (g.is_owner_group or exists (
        select from grants r where r.group_id = g.id and r.permission = any(${names}::text[])
          and (r.namespace_id is null or r.namespace_id = ${namespaceId})))`.execute(db)
  ).rows.map(({ id }) => id);

/** How these principals are in these groups, and what of this each group grants. */
export const pathsOf = async (
  { db }: TenantContext,
  principalIds: string[],
  groupIds: string[],
  names: readonly string[],
  namespaceId: string | null,
): Promise<(GroupRow & { principalId: string; memberSince: Date })[]> =>
  principalIds.length === 0
    ? []
    : (
        await sql<GroupRow & { principalId: string; memberSince: Date }>`
          select m.principal_id as "principalId", m.added_at as "memberSince", m.ends_at as "memberUntil", g.id, g.name,
                 g.is_owner_group as "isOwnerGroup", g.source, true as "isEnabled", 0 as rights, false as "givesAsked",
                 r.permission, r.namespace_id as "namespaceId"
          from memberships m
          join groups g on g.id = m.group_id
          left join grants r on r.group_id = g.id and r.permission = any(${names}::text[])
            and (r.namespace_id is null or r.namespace_id = ${namespaceId})
          where m.principal_id = any(${principalIds}::uuid[]) and m.group_id = any(${groupIds}::uuid[]) and ${isCurrent}
          order by g.name_canonical, r.permission, r.namespace_id`.execute(db)
      ).rows;

/** What of this some groups grant. */
export const groupsGiving = async (
  { db }: TenantContext,
  groups: { groupId: string }[],
  names: readonly string[],
  namespaceId: string | null,
): Promise<GroupRow[]> =>
  (
    await sql<GroupRow>`
      select g.id, g.name, g.is_owner_group as "isOwnerGroup", g.source, true as "isEnabled", 0 as rights, false as "givesAsked",
             null::timestamptz as "memberSince", null::timestamptz as "memberUntil",
             r.permission, r.namespace_id as "namespaceId"
      from groups g join grants r on r.group_id = g.id
      where g.id = any(${groups.map(({ groupId }) => groupId)}::uuid[]) and r.permission = any(${names}::text[])
        and (r.namespace_id is null or r.namespace_id = ${namespaceId})
      order by r.permission, r.namespace_id`.execute(db)
  ).rows;

/** Where a decision finds its values. */
interface Values {
  /** What the walk begins with: nothing but somebody, or each who asks and somebody for it. */
  from: (someone: string) => string;
  asker: string;
  id: string;
  grants: string;
  namespaceId: string;
}

/** Subqueries hide values from PostgreSQL: else it would find the plan for some better than one for all, and plan each time. */
const alone: Values = {
  from: (someone) => `(${someone})`,
  asker: '1',
  id: '(select $1::uuid)',
  grants: '(select array[$2, $3])::text[]',
  namespaceId: '(select $4::uuid)',
};

/** Of several that ask at once; each value is a list. */
const several: Values = {
  from: (someone) => `unnest((select $1::uuid[]), (select $2::text[]), (select $3::text[]), (select $4::uuid[]))
      with ordinality asked (id, permission, topic, namespace_id, asker)
    cross join lateral (${someone} offset 0)`,
  asker: 'asked.asker::int',
  id: 'asked.id',
  grants: 'array[asked.permission, asked.topic]',
  namespaceId: 'asked.namespace_id',
};

/**
 * Of a principal, by few walks through indexes, as each costs: its groups, of which it is asked whether one is the
 * Owner Group, and for each permission the grants of it to any of them, or only the first of all.
 */
const factsOf = (
  { from, asker, id, grants, namespaceId }: Values,
  someone: (id: string) => string,
  told: ToldOfOne,
) => `
  select ${asker} as asker, someone.id as "principalId", someone.kind, someone.may_act as "mayAct",
         exists (select from namespaces n where n.id = ${namespaceId} and ${allOf(conditions.namespace)}) as "isThere",
         owner.id as "ownerGroupId", held.group_id as "groupId", held.permission, held.namespace_id as "namespaceId"
  from ${from(someone(id))} someone
  cross join lateral (
    select array(select m.group_id from memberships m
                 where m.principal_id = ${id} and ${allOf(conditions.membership)}) as groups
    offset 0) own
  left join lateral (
    select g.id from groups g
    where g.is_owner_group and ${allOf(conditions.group)} and g.id = any(own.groups)
    offset 0) owner on true
  left join lateral (
    select r.group_id, r.permission, r.namespace_id
    from unnest(${grants}) given (permission)
    cross join lateral (
      select r.group_id, r.permission, r.namespace_id from grants r
      where r.permission = given.permission and r.group_id = any(own.groups)
        and (r.namespace_id is null or r.namespace_id = ${namespaceId})
        and (select not g.is_owner_group and ${allOf(conditions.group)} from groups g where g.id = r.group_id)
      offset 0) r
    ${told === 'whether' ? 'limit 1' : 'offset 0'}) held on true`;

const account = (id: string) =>
  `select a.id, 'account' as kind, ${allOf(conditions.account)} as may_act from accounts a where a.id = ${id}`;
const serviceAccount = (id: string) =>
  `select s.id, 'service-account' as kind, ${allOf(conditions.serviceAccount)} as may_act
   from service_accounts s where s.id = ${id}`;

/** Who is known to be an account or a service account is looked up there only; most of the others are accounts. */
const someone = {
  account,
  'service-account': serviceAccount,
  any: (id: string) => `
    select * from (${account(id)} union all ${serviceAccount(id)}
                   union all select u.id, 'guest', true from guests u where u.id = ${id}) whoever limit 1`,
};

const factsBy = mapped(['account', 'service-account', 'any'], (kind) =>
  mapped(['whether', 'which'], (told) =>
    written<OneDecisionRow>(factsOf(alone, someone[kind], told), {
      name: `decisions-${kind}-${told}`,
      text: factsOf(several, someone[kind], told),
    }),
  ),
);

function mapped<Key extends string, Made>(keys: Key[], make: (key: Key) => Made): Record<Key, Made> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<Key, Made>;
}

const isAskedFor = `r.permission = any($2::text[])
  and ($3::uuid[] is null or r.namespace_id is null or r.namespace_id = any($3::uuid[]))`;

/** Hidden from the planner: of a long list it would read the whole tenant instead, while it knows no better. */
const asked = '(select $1::uuid[])::uuid[]';

const owning = `select g.id as group_id, '' as gives from groups g where g.is_owner_group and ${allOf(conditions.group)}`;

/** What is asked for and granted, by groups that count; few are looked up that do not. */
const granted = `select r.group_id, r.permission, r.namespace_id from grants r
  where ${isAskedFor} and (r.group_id in (
    select g.id from groups g where g.is_owner_group or not (${allOf(conditions.group)}))) is not true`;

/** The groups that give something; what a condition on their number alone excludes is not begun. */
const among = (given: string) => `with given as materialized (${given}),
  few as materialized (select ids, cardinality(ids) <= 8 as are from (select array(select group_id from given) as ids) each)`;
const current = allOf(conditions.membership);
/** Few groups are looked up in the index with the people, by which nothing else is read. */
const ofFew = `memberships m where (select are from few) and m.principal_id = any(${asked})
  and m.group_id = any((select ids from few)::uuid[]) and ${current}`;
/** Many are hashed: `is true` keeps the planner from a join. */
const ofMany = (principals: string) => `memberships m where (select not are from few) and m.principal_id = ${principals}
  and ${current} and (m.group_id in (select group_id from given)) is true`;

/** By how much of this is to be known of each: whether anything is given, what, or by which group. */
const ways = {
  /** Where one permission is asked for in one place, whoever is given anything is given that: the first is enough. */
  whether: `${among(`select group_id from (${granted}) granted union all select group_id from (${owning}) owning`)}
    select m.principal_id, null::uuid as group_id, '' as gives from ${ofFew} group by 1
    union all select each.id, null, '' from unnest($1::uuid[]) each (id)
    where exists (select from ${ofMany('each.id')} offset 0)`,
  what: waysOf('null::uuid'),
  which: waysOf('given.group_id'),
};

/**
 * Groups that give the same are one, unless each is to be told. A full join is always one by hashes, where a plan for
 * any number would look through all groups for each membership; what has no partner is left out behind it.
 */
function waysOf(groupId: string): string {
  return `${among(`
      select group_id, string_agg(permission || coalesce('@' || namespace_id, ''), ' ') as gives
      from (${granted} order by 1, 2, 3) one group by group_id
      union all ${owning}`)}
    select member.principal_id, ${groupId} as group_id, given.gives
    from (select m.principal_id, m.group_id from ${ofFew}
          union all select m.principal_id, m.group_id from ${ofMany(`any(${asked})`)} offset 0) member
    full join given on given.group_id = member.group_id
    where (member.principal_id is null) is false and (given.gives is null) is false
    group by 1, 2, 3`;
}

/** Of many: who they are, and by what way each is given something of it; each index is walked once. */
const factsOfMany = mapped(['whether', 'what', 'which'], (much) =>
  written<FactRow>(`
  select * from (
  select 'account' as "from", a.id, null::uuid as of, null as text, ${allOf(conditions.account)} as holds
  from accounts a where a.id = any(${asked})
  union all select 'service-account', s.id, null, null, ${allOf(conditions.serviceAccount)}
            from service_accounts s where s.id = any(${asked})
  union all select 'guest', u.id, null, null, true from guests u where u.id = any(${asked})
  union all select 'way', principal_id, group_id, gives, null from (${ways[much]}) way) fact`),
);

/** A part of what many decisions are made from. */
export type FactRow =
  | { from: PrincipalRow['kind']; id: string; holds: boolean }
  /** A way of somebody, of a group where each is told: `permission` or `permission@namespace`, or empty for all that was asked for. */
  | { from: 'way'; id: string; of: string | null; text: string };

/** How much is to be known of the ways by which somebody is given something. */
export type Told = keyof typeof ways;
/** Of one question nothing lies between them. */
type ToldOfOne = Exclude<Told, 'what'>;

const listed = (values: Iterable<string>) => `{${[...values].join()}}`;

/** What one decision is asked from: a row for each grant that gives it, or for the first, or one without. */
export interface OneDecisionRow {
  principalId: string;
  kind: PrincipalRow['kind'];
  mayAct: boolean;
  groupId: string | null;
  permission: string | null;
  namespaceId: string | null;
  /** Whether the namespace is there. */
  isThere: boolean;
  /** The Owner Group, when it is in it. */
  ownerGroupId: string | null;
}

/** The one statement of a decision; several that wait together are asked as one. */
export function decisionQuery(
  {
    principalId,
    kind,
    namespaceId,
  }: {
    principalId: string;
    kind?: PrincipalRow['kind'] | undefined;
    namespaceId: string | null;
  },
  [permission, topic]: readonly string[],
  told: ToldOfOne,
): CompiledQuery<OneDecisionRow> {
  const known = kind === 'account' || kind === 'service-account' ? kind : 'any';
  return factsBy[known][told]([principalId, permission, topic, namespaceId]);
}

/**
 * The one statement of many decisions. Its values are texts, so that what was foreseen is recognised.
 *
 * @param namespaceIds grants in all of them when null
 */
export const decisionsQuery = (
  principalIds: Iterable<string>,
  grants: Iterable<string>,
  namespaceIds: Iterable<string> | null,
  told: Told,
): CompiledQuery<FactRow> =>
  factsOfMany[told]([listed(principalIds), listed(grants), namespaceIds && listed(namespaceIds)]);

const present = written<{ id: string }>(
  `select n.id from namespaces n where ${allOf(conditions.namespace)} and n.id = any($1::uuid[])`,
);

/** Which of these namespaces are there. */
export const presentQuery = (namespaceIds: Iterable<string>): CompiledQuery<{ id: string }> =>
  present([listed(namespaceIds)]);

/** Namespaces that are there, all or these, in the order of their ids. */
export const namespacesAfter = async (
  { db }: TenantContext,
  ids: 'all' | string[],
  after: string | undefined,
  limit: number,
): Promise<string[]> => {
  let rows = db.selectFrom('namespaces').select('id').where('deletedAt', 'is', null).orderBy('id').limit(limit);
  if (ids !== 'all') rows = rows.where('id', 'in', ids);
  if (after) rows = rows.where('id', '>', after);
  return (await rows.execute()).map(({ id }) => id);
};
