import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { constant, prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { anyOf, byText, byTime, byTimeIfAny, containing, MOST_COUNTED, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { GroupQuery, MemberQuery } from './schema.ts';

/** Not further than to tell that there are more than are counted: a group is read at the same cost however large it is. */
const memberCount = sql<number>`(select count(*)::int from
  (select from memberships m where m.group_id = groups.id limit ${sql.lit(MOST_COUNTED + 1)}) counted)`;

const groups = ({ db }: TenantContext) =>
  db.selectFrom('groups').selectAll('groups').select(memberCount.as('memberCount'));

export type GroupRow = Awaited<ReturnType<typeof find>>;

/** One group by its id. */
export const one = prepared((db, at: { id: string }) =>
  db.selectFrom('groups').selectAll('groups').select(memberCount.as('memberCount')).where('id', '=', at.id),
);

export const find = async (ctx: TenantContext, id: string) => {
  const [row] = await ctx.ask(one({ id }));
  if (!row) throw notFound('group');
  return row;
};

export const named = async ({ db }: TenantContext, canonical: string[]): Promise<Map<string, string>> => {
  const rows = await db
    .selectFrom('groups')
    .select(['id', 'nameCanonical'])
    .where(sql<boolean>`name_canonical = any(${canonical}::text[])`)
    .execute();
  return new Map(rows.map(({ id, nameCanonical }) => [nameCanonical, id]));
};

/** Reads a group and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  groups(ctx)
    .where('id', '=', id)
    .forUpdate('groups')
    .executeTakeFirstOrThrow(() => notFound('group'));

export const lockIfThere = (ctx: TenantContext, id: string) =>
  groups(ctx).where('id', '=', id).forUpdate('groups').executeTakeFirst();

/** Holds the Owner Group's row: every path that could reduce owners does, before it counts (design, section 5). */
export const lockOwnerGroup = ({ db }: TenantContext) =>
  db.selectFrom('groups').select('id').where('isOwnerGroup', '=', true).forUpdate().executeTakeFirstOrThrow();

/** Emergency codes that open, of a set of which one was tried. */
const drilledCodes = sql<boolean>`exists (
  select from emergency_codes unused
  join emergency_codes tried on tried.tenant_id = unused.tenant_id and tried.account_id = unused.account_id
    and tried.set_id = unused.set_id and tried.used_at is not null
  where unused.tenant_id = accounts.tenant_id and unused.account_id = accounts.id and unused.used_at is null)`;

const passkeys = sql<boolean>`exists (
  select from factors f where f.tenant_id = accounts.tenant_id and f.account_id = accounts.id
    and f.kind = 'passkey' and f.confirmed_at is not null)`;

/**
 * Usable owners: enabled local accounts with a password or a passkey, or, while single sign-on is required, with emergency
 * codes that were drilled; and a first owner who has not accepted the invitation yet (made with the tenant, by nobody
 * inside it).
 */
export const countUsableOwners = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('groups')
    .innerJoin('tenants', 'tenants.tenantId', 'groups.tenantId')
    .innerJoin('memberships', 'memberships.groupId', 'groups.id')
    .innerJoin('accounts', 'accounts.id', 'memberships.principalId')
    .leftJoin('passwords', 'passwords.accountId', 'accounts.id')
    .where('groups.isOwnerGroup', '=', true)
    .where('accounts.deletedAt', 'is', null)
    .where('accounts.source', '=', 'local')
    .where((eb) =>
      eb.or([
        eb.and([eb('tenants.singleSignOn', '=', 'required'), eb('accounts.status', '=', 'enabled'), drilledCodes]),
        eb.and([
          eb('tenants.singleSignOn', '<>', 'required'),
          eb('accounts.status', '=', 'enabled'),
          eb.or([eb('passwords.hash', 'is not', null), passkeys]),
        ]),
        eb.and([
          eb('tenants.singleSignOn', '<>', 'required'), // else an invitation opens nothing
          eb('accounts.status', '=', 'new'),
          eb('accounts.verifiedAt', 'is', null),
          eb('accounts.createdBy', 'is', null),
        ]),
      ]),
    )
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

export function list(ctx: TenantContext, query: z.output<typeof GroupQuery>) {
  const statuses = anyOf(query.status, ['enabled', 'disabled'], 'query.status');
  const sources = anyOf(query.source, ['local', 'scim', 'imported'], 'query.source');
  let rows = groups(ctx);
  if (statuses) rows = rows.where('status', 'in', statuses);
  if (sources) rows = rows.where('source', 'in', sources);
  if (query.q)
    rows = rows.where((eb) =>
      eb.or([eb('name', 'ilike', containing(query.q ?? '')), eb('description', 'ilike', containing(query.q ?? ''))]),
    );
  if (query.ownerId) rows = rows.where('ownerId', '=', query.ownerId);
  if (query.memberId)
    rows = rows.where((eb) =>
      eb.exists(
        eb
          .selectFrom('memberships')
          .select('groupId')
          .whereRef('memberships.groupId', '=', 'groups.id')
          .where('principalId', '=', query.memberId ?? ''),
      ),
    );
  return page(ctx.db, query, {
    rows,
    id: 'groups.id',
    sorts: {
      name: byText('groups.name_canonical'),
      createdAt: byTime('groups.created_at'),
      status: byText('groups.status'),
      source: byText('groups.source'),
    },
    defaultSort: 'name',
  });
}

type NewRow = Pick<GroupRow, 'id' | 'name' | 'nameCanonical'> &
  Partial<Omit<GroupRow, 'tenantId' | 'memberCount' | 'updatedAt' | 'updatedBy'>>;

const inserting = prepared((db, at: Omit<GroupRow, 'memberCount'>) =>
  db.insertInto('groups').values({
    tenantId: at.tenantId,
    id: at.id,
    name: at.name,
    nameCanonical: at.nameCanonical,
    description: at.description,
    status: at.status,
    source: at.source,
    externalId: at.externalId,
    isOwnerGroup: at.isOwnerGroup,
    ownerId: at.ownerId,
    version: at.version,
    createdAt: at.createdAt,
    createdBy: at.createdBy,
    updatedAt: at.updatedAt,
    updatedBy: at.updatedBy,
  }),
);

/** Nothing waits for it: a name that is taken comes out with the next query or the commit. */
export const insert = (ctx: TenantContext, row: NewRow): GroupRow => {
  const made = {
    tenantId: ctx.tenantId,
    description: '',
    status: 'enabled',
    source: 'local',
    externalId: null,
    isOwnerGroup: false,
    ownerId: null,
    version: 1,
    createdAt: ctx.now,
    createdBy: ctx.actor.id,
    ...ctx.changedBy,
    ...row,
  };
  ctx.defer(inserting(made));
  return { memberCount: 0, ...made };
};

/** Requires the row to be held by `lock`. */
export const update = async (
  ctx: TenantContext,
  id: string,
  changes: Partial<{
    name: string;
    nameCanonical: string;
    description: string;
    ownerId: string | null;
    status: string;
  }>,
) => {
  await ctx.db
    .updateTable('groups')
    .set((eb) => ({ ...changes, ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
  return find(ctx, id);
};

export const remove = ({ db }: TenantContext, id: string) => db.deleteFrom('groups').where('id', '=', id).execute();

/** Where other tenants import the group, a job ends that: the group is gone. */
export const endImportsOf = (ctx: TenantContext, id: string): void =>
  ctx.defer(
    sql`with made as (
          select tenant_id, gen_random_uuid() as id from delegations
          where partner_group_id = ${id} and side = 'partner' and kind = 'import' and state = 'active' limit 1),
        due as (
          insert into due_jobs (id, tenant_id, kind, due_at)
          select id, tenant_id, 'group-imports.end-of-group', ${ctx.now}::timestamptz from made)
        insert into jobs (tenant_id, id, kind, payload, request_id)
        select tenant_id, id, 'group-imports.end-of-group', jsonb_build_object('groupId', ${id}::uuid), ${ctx.request.id}::text
        from made`.compile(ctx.db),
  );

/** Principals of these ids that can be members: not deleted, of the kind that is asked for. */
export const existing = async (
  { db }: TenantContext,
  kind: 'account' | 'service-account' | 'guest',
  ids: string[],
): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  if (kind === 'guest') {
    const guests = await db
      .selectFrom('guests')
      .select('id')
      .where('id', 'in', ids)
      .where('endedAt', 'is', null)
      .execute();
    return new Set(guests.map(({ id }) => id));
  }
  const table = kind === 'account' ? 'accounts' : 'serviceAccounts';
  const rows = await db.selectFrom(table).select('id').where('id', 'in', ids).where('deletedAt', 'is', null).execute();
  return new Set(rows.map(({ id }) => id));
};

/** @returns the ids that were not members before */
export const addMembers = async (
  ctx: TenantContext,
  groupId: string,
  principalIds: string[],
  endsAt: Date | null = null,
): Promise<string[]> => {
  if (principalIds.length === 0) return [];
  const rows = await ctx.db
    .insertInto('memberships')
    .values(
      principalIds.map((principalId) => ({
        tenantId: ctx.tenantId,
        groupId,
        principalId,
        addedAt: ctx.now,
        addedBy: ctx.actor.id,
        endsAt,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('principalId')
    .execute();
  return rows.map(({ principalId }) => principalId);
};

export const removeMember = async ({ db }: TenantContext, groupId: string, principalId: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('memberships')
    .where('groupId', '=', groupId)
    .where('principalId', '=', principalId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

/** Those of these principals who are in the group. */
export const membersAmong = async ({ db }: TenantContext, groupId: string, ids: string[]): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('memberships')
    .select('principalId')
    .where('groupId', '=', groupId)
    .where(sql<boolean>`principal_id = any(${ids}::uuid[])`)
    .execute();
  return new Set(rows.map(({ principalId }) => principalId));
};

/** @returns how many */
export const copyMembers = async (ctx: TenantContext, fromId: string, toId: string): Promise<number> => {
  await holdPrincipals(ctx, await memberIds(ctx, fromId));
  const { numInsertedOrUpdatedRows } = await ctx.db
    .insertInto('memberships')
    .columns(['tenantId', 'groupId', 'principalId', 'addedAt', 'addedBy', 'endsAt'])
    .expression((eb) =>
      eb
        .selectFrom('memberships')
        .select([
          'tenantId',
          sql<string>`${toId}::uuid`.as('groupId'),
          'principalId',
          sql<Date>`${ctx.now}::timestamptz`.as('addedAt'),
          sql<string | null>`${ctx.actor.id}::uuid`.as('addedBy'),
          'endsAt',
        ])
        .where('groupId', '=', fromId),
    )
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0);
};

/** How many members two groups have alone and in common. */
export const compareMembers = async ({ db }: TenantContext, firstId: string, secondId: string) => {
  const { rows } = await sql<{ onlyFirst: number; both: number; onlySecond: number }>`
    select count(*) filter (where b.principal_id is null)::int as "onlyFirst",
           count(*) filter (where a.principal_id is not null and b.principal_id is not null)::int as both,
           count(*) filter (where a.principal_id is null)::int as "onlySecond"
    from (select principal_id from memberships where group_id = ${firstId}) a
    full join (select principal_id from memberships where group_id = ${secondId}) b using (principal_id)`.execute(db);
  return rows[0] ?? { onlyFirst: 0, both: 0, onlySecond: 0 };
};

const memberName = sql<string>`coalesce(a.display_name, s.name, 'Guest')`;

const membersOf = ({ db }: TenantContext, groupId: string) =>
  db
    .selectFrom('memberships')
    .innerJoin('principals', 'principals.id', 'memberships.principalId')
    .leftJoin('accounts as a', 'a.id', 'principals.id')
    .leftJoin('serviceAccounts as s', 's.id', 'principals.id')
    .where('groupId', '=', groupId)
    .select([
      'principals.id',
      'principals.kind',
      memberName.as('displayName'),
      'a.email',
      sql<string>`coalesce(a.status, s.status, 'enabled')`.as('status'),
      'memberships.addedAt',
      'memberships.endsAt',
    ]);

export const member = (ctx: TenantContext, groupId: string, principalId: string) =>
  membersOf(ctx, groupId).where('principals.id', '=', principalId).executeTakeFirstOrThrow();

/** @param beside another group in which the members are, or are not */
export const listMembers = (
  ctx: TenantContext,
  groupId: string,
  query: z.output<typeof MemberQuery>,
  beside?: { groupId: string; isIn: boolean },
) => {
  let rows = membersOf(ctx, groupId);
  if (beside)
    rows = rows.where((eb) => {
      const other = eb.exists(
        eb
          .selectFrom('memberships as other')
          .select('other.groupId')
          .whereRef('other.principalId', '=', 'memberships.principalId')
          .where('other.groupId', '=', beside.groupId),
      );
      return beside.isIn ? other : eb.not(other);
    });
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb(memberName, 'ilike', pattern), eb('a.email', 'ilike', pattern)]));
  }
  return page(ctx.db, query, {
    rows,
    id: 'principals.id',
    sorts: {
      addedAt: byTime('memberships.added_at'),
      endsAt: byTimeIfAny('memberships.ends_at'),
      displayName: { by: sql`${memberName} collate "C"`, type: 'text' },
    },
    defaultSort: 'displayName',
  });
};

/** Groups of each principal, enabled or not. */
export const groupsOf = ({ db }: TenantContext, principalIds: string[]) =>
  principalIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('memberships')
        .innerJoin('groups', 'groups.id', 'memberships.groupId')
        .where('principalId', 'in', principalIds)
        .select(['principalId', 'groups.id', 'groups.name', 'groups.status', 'groups.isOwnerGroup'])
        .orderBy('groups.nameCanonical')
        .execute();

/** A row for each grant of each enabled group of the principal; without a permission for the Owner Group. */
export const grantsTo = ({ db }: TenantContext, principalId: string) =>
  db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .leftJoin('grants', 'grants.groupId', 'groups.id')
    .leftJoin('namespaces', 'namespaces.id', 'grants.namespaceId')
    .where('memberships.principalId', '=', principalId)
    .where('groups.status', '=', 'enabled')
    .select([
      'groups.id',
      'groups.name',
      'groups.isOwnerGroup',
      'grants.permission',
      'grants.namespaceId',
      'namespaces.name as namespaceName',
    ])
    .orderBy('groups.nameCanonical')
    .execute();

export const grantsOf = ({ db }: TenantContext, groupId: string) =>
  db
    .selectFrom('grants')
    .select(['permission', 'namespaceId'])
    .where('groupId', '=', groupId)
    .orderBy('permission')
    .orderBy('namespaceId')
    .execute();

/** Groups with all that they grant. */
export const withGrants = async (ctx: TenantContext, ids: string[]) => {
  if (ids.length === 0) return [];
  const among = sql<boolean>`id = any(${ids}::uuid[])`;
  const found = await groups(ctx).where(among).orderBy('id').execute();
  const grants = await ctx.db
    .selectFrom('grants')
    .select(['groupId', 'permission', 'namespaceId'])
    .where(sql<boolean>`group_id = any(${ids}::uuid[])`)
    .execute();
  return found.map((group) => ({ grants: grants.filter(({ groupId }) => groupId === group.id), ...group }));
};

/** Groups that one of these principals is in. */
export const groupsAround = async ({ db }: TenantContext, principalIds: string[]): Promise<string[]> => {
  const rows = await db
    .selectFrom('memberships')
    .select('groupId')
    .distinct()
    .where(sql<boolean>`principal_id = any(${principalIds}::uuid[])`)
    .execute();
  return rows.map(({ groupId }) => groupId);
};

interface GrantRow {
  permission: string;
  namespaceId: string | null;
}

export const addGrants = async (ctx: TenantContext, groupId: string, grants: GrantRow[]) => {
  if (grants.length === 0) return;
  await ctx.db
    .insertInto('grants')
    .values(grants.map((grant) => ({ tenantId: ctx.tenantId, groupId, ...grant, grantedAt: ctx.now })))
    .execute();
};

export const removeGrants = async ({ db }: TenantContext, groupId: string, grants: GrantRow[]) => {
  for (const { permission, namespaceId } of grants)
    await db
      .deleteFrom('grants')
      .where('groupId', '=', groupId)
      .where('permission', '=', permission)
      .where('namespaceId', 'is not distinct from', namespaceId)
      .execute();
};

export const countMembers = async ({ db }: TenantContext, groupId: string) => {
  const rows = await db
    .selectFrom('memberships')
    .innerJoin('principals', 'principals.id', 'memberships.principalId')
    .where('groupId', '=', groupId)
    .select(['kind', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('kind')
    .execute();
  const of = (kind: string) => Number(rows.find((row) => row.kind === kind)?.count ?? 0);
  return { accounts: of('account'), serviceAccounts: of('service-account'), guests: of('guest') };
};

export const existingNamespaces = async ({ db }: TenantContext, ids: string[]): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('namespaces')
    .select('id')
    .where('id', 'in', ids)
    .where('deletedAt', 'is', null)
    .execute();
  return new Set(rows.map(({ id }) => id));
};

/** Whether the principal is in the group; who is may not change it (P23). */
export const isMember = async ({ db }: TenantContext, groupId: string, principalId: string) =>
  (await db
    .selectFrom('memberships')
    .select('groupId')
    .where('groupId', '=', groupId)
    .where('principalId', '=', principalId)
    .executeTakeFirst()) !== undefined;

/** Nobody makes a member of it from here on. */
export const lockPrincipal = ({ db }: TenantContext, id: string) =>
  db.selectFrom('principals').select('id').where('id', '=', id).forUpdate().execute();

/** Every group that loses a member here gets a new version; their rows are held in one order. */
export const removeFromAllGroups = async (ctx: TenantContext, principalId: string): Promise<void> => {
  const { db } = ctx;
  await lockPrincipal(ctx, principalId);
  const left = db.selectFrom('memberships').select('groupId').where('principalId', '=', principalId);
  await db.selectFrom('groups').select('id').where('id', 'in', left).orderBy('id').forUpdate().execute();
  await db
    .updateTable('groups')
    .set((eb) => ({ ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', 'in', left)
    .execute();
  await db.deleteFrom('memberships').where('principalId', '=', principalId).execute();
};

export const countGrantsIn = async ({ db }: TenantContext, namespaceId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('grants')
    .where('namespaceId', '=', namespaceId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Whether provisioning manages what it made: `on`, `paused` or `off`. */
export const provisioningOf = async ({ db }: TenantContext): Promise<string> =>
  (await db.selectFrom('tenants').select('provisioning').executeTakeFirstOrThrow()).provisioning;

// ---------------------------------------------------------------- groups of provisioning (SCIM)

// Lists of ids go as one parameter, `{id,id}`, and come back as one text: they may hold 100,000.

/** Ids as a parameter of type uuid[]; each must be an id (`isId`). */
const listed = (ids: readonly string[]) => `{${ids.join(',')}}`;
const idsOf = (text: string | null | undefined): string[] => (text ? text.split(',') : []);
/**
 * As rows. Behind a select the planner sees no length, so that it keeps one plan: to make one takes longer than to add
 * a member.
 */
const asRows = (ids: string) => sql<{ id: string }>`unnest((select ${ids}::uuid[]))`.as<'named'>(sql`named(id)`);

const ofProvisioning = (db: Kysely<Tables>, id: string) => everyProvisioned(db).where('id', '=', id);

/** All groups of provisioning, to be filtered and ordered; without their members. */
export const everyProvisioned = (db: Kysely<Tables>) =>
  db.selectFrom('groups').selectAll().where('source', '=', constant('scim'));

/** A group of provisioning, without its members. */
export const provisioned = prepared((db, at: { id: string }) => ofProvisioning(db, at.id));

/** The same, and holds its row until the transaction ends: every writer of its members does, before it looks. */
export const provisionedLocked = prepared((db, at: { id: string }) => ofProvisioning(db, at.id).forUpdate());

// Each row is looked up by itself, behind a limit that the planner does not take away: without statistics, as in the
// minutes after a first load, it would read the whole list of a group for each id. Whether an account is deleted is read
// of its row for the same reason: as a condition it lets in indexes that begin with the tenant alone.

const standing = prepared((db, at: { groupId: string; ids: string }) =>
  db
    .selectFrom(asRows(at.ids))
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('accounts')
          .select(['accounts.id', 'accounts.deletedAt'])
          .whereRef('accounts.id', '=', 'named.id')
          .where('accounts.source', '=', constant('scim'))
          .limit(constant(1))
          .as('account'),
      (join) => join.onTrue(),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('memberships')
          .select('memberships.groupId')
          .whereRef('memberships.principalId', '=', 'named.id')
          .where('memberships.groupId', '=', at.groupId)
          .limit(constant(1))
          .as('member'),
      (join) => join.onTrue(),
    )
    .select([
      sql<string | null>`string_agg(named.id::text, ',')
        filter (where account.id is not null and member.group_id is not null)`.as('members'),
      sql<string | null>`string_agg(named.id::text, ',')
        filter (where account.id is null or account.deleted_at is not null)`.as('strangers'),
    ]),
);

/** The same of one, who is named most often. No row: a stranger. */
const standingAlone = prepared((db, at: { groupId: string; id: string }) =>
  db
    .selectFrom('accounts')
    .select([
      sql<string | null>`case when deleted_at is not null then id::text end`.as('strangers'),
      sql<string | null>`(select principal_id::text from memberships
        where memberships.principal_id = accounts.id and memberships.group_id = ${at.groupId} limit 1)`.as('members'),
    ])
    .where('id', '=', at.id)
    .where('source', '=', constant('scim')),
);

/** How these stand to the group; costs the ids, not the group. */
export const standingOf = (groupId: string, ids: readonly string[]) =>
  ids.length === 1 ? standingAlone({ groupId, id: ids[0] as string }) : standing({ groupId, ids: listed(ids) });

/** @returns of the ids those who are members, and those that name no account of provisioning that is there */
export const readStanding = async (ctx: TenantContext, groupId: string, ids: readonly string[]) => {
  const [row] = await ctx.ask(standingOf(groupId, ids));
  if (!row) return { members: [], strangers: new Set(ids) };
  return { members: idsOf(row.members), strangers: new Set(idsOf(row.strangers)) };
};

const unnamed = prepared((db, at: { groupId: string; ids: string; most: number }) =>
  db
    .selectFrom((eb) =>
      eb
        .selectFrom('memberships')
        .innerJoinLateral(
          (inner) =>
            inner
              .selectFrom('accounts')
              .select('accounts.id')
              .whereRef('accounts.id', '=', 'memberships.principalId')
              .where('accounts.source', '=', 'scim')
              .limit(1)
              .as('account'),
          (join) => join.onTrue(),
        )
        .where('memberships.groupId', '=', at.groupId)
        .select('account.id')
        .except(eb.selectFrom(asRows(at.ids)).select('named.id'))
        .limit(at.most)
        .as('other'),
    )
    .select(sql<string | null>`string_agg(other.id::text, ',')`.as('ids')),
);

/** Members from provisioning other than these, so many at most; costs the whole list. */
export const membersBeside = async (
  ctx: TenantContext,
  groupId: string,
  ids: readonly string[],
  most: number,
): Promise<string[]> => {
  const [row] = await ctx.ask(unnamed({ groupId, ids: listed(ids), most }));
  return idsOf(row?.ids);
};

const holdingMany = prepared((db, at: { ids: string }) =>
  db
    .selectFrom(asRows(at.ids))
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('principals')
          .select('principals.id')
          .whereRef('principals.id', '=', 'named.id')
          .limit(constant(1))
          .forKeyShare()
          .as('held'),
      (join) => join.onTrue(),
    )
    .select((eb) => eb.fn.countAll<number>().as('count')),
);

/** The same of one, who is named most often. */
const holdingAlone = prepared((db, at: { id: string }) =>
  db.selectFrom('principals').select(constant(1).as('count')).where('id', '=', at.id).forKeyShare(),
);

/**
 * Waits for those who are being deleted, and keeps the others from it until the transaction ends: a membership of a
 * tombstone would stay. In one order, and before any group is held, since a deletion holds its account and principal
 * first, then the groups: else two additions and two deletions could wait for one another in a circle.
 *
 * @param ids sorted
 */
export const holdingPrincipals = (ids: readonly string[]) =>
  ids.length === 1 ? holdingAlone({ id: ids[0] as string }) : holdingMany({ ids: listed(ids) });

/** The same at once, of ids in any order; before any group is held. @returns how many are there */
export const holdPrincipals = async (ctx: TenantContext, ids: readonly string[]): Promise<number> => {
  const each = [...new Set(ids)].sort();
  const [held] = each.length > 0 ? await ctx.ask(holdingPrincipals(each)) : [];
  return held?.count ?? 0;
};

interface Joining {
  tenantId: string;
  groupId: string;
  added: string;
  now: Date;
  by: string | null;
}

const joiningMany = prepared((db, at: Joining) =>
  db
    .insertInto('memberships')
    .columns(['tenantId', 'groupId', 'principalId', 'addedAt', 'addedBy'])
    .expression((eb) =>
      eb
        .selectFrom(asRows(at.added))
        .select([
          sql<string>`${at.tenantId}::uuid`.as('tenantId'),
          sql<string>`${at.groupId}::uuid`.as('groupId'),
          'named.id',
          sql<Date>`${at.now}::timestamptz`.as('addedAt'),
          sql<string | null>`${at.by}::uuid`.as('addedBy'),
        ]),
    )
    .onConflict((conflict) => conflict.doNothing()),
);

const joiningOne = prepared((db, at: Omit<Joining, 'added'> & { id: string }) =>
  db
    .insertInto('memberships')
    .values({ tenantId: at.tenantId, groupId: at.groupId, principalId: at.id, addedAt: at.now, addedBy: at.by })
    .onConflict((conflict) => conflict.doNothing()),
);

/** Nothing waits for it. Requires the principals to be held, and the group, unless it is just made. */
export const join = (ctx: TenantContext, groupId: string, ids: readonly string[]): void => {
  const { tenantId, now, actor } = ctx;
  const by = actor.id;
  const [first] = ids;
  if (first === undefined) return;
  ctx.defer(
    ids.length === 1
      ? joiningOne({ tenantId, groupId, id: first, now, by })
      : joiningMany({ tenantId, groupId, added: listed(ids), now, by }),
  );
};

const leaving = prepared((db, at: { groupId: string; removed: string }) =>
  db
    .deleteFrom('memberships')
    // Found one by one, see above.
    .where(
      sql<boolean>`ctid = any(array(select found.ctid from unnest((select ${at.removed}::uuid[])) named(id), lateral (
        select ctid from memberships where group_id = ${at.groupId} and principal_id = named.id limit 1) found))`,
    ),
);

type ProvisionedRow = Omit<GroupRow, 'memberCount'>;

const renaming = prepared((db, at: ProvisionedRow) =>
  db
    .updateTable('groups')
    .set({
      name: at.name,
      nameCanonical: at.nameCanonical,
      externalId: at.externalId,
      version: at.version,
      updatedAt: at.updatedAt,
      updatedBy: at.updatedBy,
    })
    .where('id', '=', at.id),
);
const touching = prepared((db, at: ProvisionedRow) =>
  db
    .updateTable('groups')
    .set({ version: at.version, updatedAt: at.updatedAt, updatedBy: at.updatedBy })
    .where('id', '=', at.id),
);

/** Nothing waits for it. Requires the group to be held. */
export const leave = (ctx: TenantContext, groupId: string, ids: readonly string[]): void => {
  if (ids.length > 0) ctx.defer(leaving({ groupId, removed: listed(ids) }));
};

/** Writes the group as it is now, and the difference of its members. Requires the row to be held. Nothing waits for it. */
export const write = (
  ctx: TenantContext,
  group: ProvisionedRow,
  { isRenamed, added, removed }: { isRenamed: boolean; added: readonly string[]; removed: readonly string[] },
): void => {
  leave(ctx, group.id, removed);
  join(ctx, group.id, added);
  ctx.defer(isRenamed ? renaming(group) : touching(group));
};

/** Members of every kind, as a deletion keeps them. */
export const memberIds = async ({ db }: TenantContext, groupId: string): Promise<string[]> => {
  const { ids } = await db
    .selectFrom('memberships')
    .where('groupId', '=', groupId)
    .select(sql<string | null>`string_agg(principal_id::text, ',')`.as('ids'))
    .executeTakeFirstOrThrow();
  return idsOf(ids);
};

/** Of these ids the principals that are still there. */
export const livingPrincipals = async ({ db }: TenantContext, ids: readonly string[]): Promise<string[]> => {
  const { found } = await db
    .selectFrom(asRows(listed(ids)))
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('principals')
          .leftJoin('accounts', 'accounts.id', 'principals.id')
          .leftJoin('serviceAccounts', 'serviceAccounts.id', 'principals.id')
          .whereRef('principals.id', '=', 'named.id')
          .where('accounts.deletedAt', 'is', null)
          .where('serviceAccounts.deletedAt', 'is', null)
          .select('principals.id')
          .limit(1)
          .as('living'),
      (join) => join.onTrue(),
    )
    .select(sql<string | null>`string_agg(living.id::text, ',')`.as('found'))
    .executeTakeFirstOrThrow();
  return idsOf(found);
};

/** The group that has the id, or whose name looks the same. */
export const occupantOf = ({ db }: TenantContext, { id, nameCanonical }: { id: string; nameCanonical: string }) =>
  db
    .selectFrom('groups')
    .select(['id', 'name'])
    .where((eb) => eb.or([eb('id', '=', id), eb('nameCanonical', '=', nameCanonical)]))
    .limit(1)
    .executeTakeFirst();

const deleting = prepared((db, at: { id: string }) =>
  db.deleteFrom('groups').where('id', '=', at.id).where('source', '=', 'scim'),
);

/** With its memberships and grants. Nothing waits for it. */
export const removeProvisioned = (ctx: TenantContext, id: string): void => ctx.defer(deleting({ id }));

export const paging = prepared((db, at: { groupId: string; after: string; limit: number }) =>
  db
    .selectFrom((outer) =>
      outer
        .selectFrom('memberships')
        .innerJoinLateral(
          (eb) =>
            eb
              .selectFrom('accounts')
              .select(['accounts.deletedAt', 'accounts.source'])
              .whereRef('accounts.id', '=', 'memberships.principalId')
              .limit(1)
              .as('account'),
          (join) => join.onTrue(),
        )
        .where('account.source', '=', 'scim')
        .where('account.deletedAt', 'is', null)
        .where('memberships.groupId', '=', at.groupId)
        .where('memberships.principalId', '>', at.after)
        .where((eb) =>
          eb.exists(eb.selectFrom('groups').select('id').where('id', '=', at.groupId).where('source', '=', 'scim')),
        )
        .select('memberships.principalId')
        .orderBy('memberships.principalId')
        .limit(at.limit)
        .as('member'),
    )
    .select(sql<string | null>`string_agg(member.principal_id::text, ',' order by member.principal_id)`.as('ids')),
);

export const pageOfMembers = async (
  ctx: TenantContext,
  at: { groupId: string; after: string; limit: number },
): Promise<string[]> => idsOf((await ctx.ask(paging(at)))[0]?.ids);

const beginnings = prepared((db, at: { ids: string; limit: number }) =>
  db
    .selectFrom(asRows(at.ids))
    .innerJoinLateral(
      (outer) =>
        outer
          .selectFrom((eb) =>
            eb
              .selectFrom('memberships')
              .innerJoinLateral(
                (inner) =>
                  inner
                    .selectFrom('accounts')
                    .select(['accounts.deletedAt', 'accounts.source'])
                    .whereRef('accounts.id', '=', 'memberships.principalId')
                    .limit(1)
                    .as('account'),
                (join) => join.onTrue(),
              )
              .where('account.source', '=', 'scim')
              .where('account.deletedAt', 'is', null)
              .whereRef('memberships.groupId', '=', 'named.id')
              .select('memberships.principalId as id')
              .orderBy('memberships.principalId')
              .limit(at.limit)
              .as('each'),
          )
          .select(sql<string | null>`string_agg(each.id::text, ',' order by each.id)`.as('ids'))
          .as('members'),
      (join) => join.onTrue(),
    )
    .select(['named.id', 'members.ids']),
);

/** @returns of each group of provisioning the ids of its first members, so many at most, in their order */
export const firstMembers = async (
  ctx: TenantContext,
  groupIds: readonly string[],
  limit: number,
): Promise<Map<string, string[]>> => {
  const rows = await ctx.ask(beginnings({ ids: listed(groupIds), limit }));
  return new Map(rows.map(({ id, ids }) => [id, idsOf(ids)]));
};

const finding = prepared((db, at: { groupId: string; principalId: string }) =>
  db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .innerJoin('accounts', 'accounts.id', 'memberships.principalId')
    .where('memberships.groupId', '=', at.groupId)
    .where('memberships.principalId', '=', at.principalId)
    .where('groups.source', '=', 'scim')
    .where('accounts.source', '=', 'scim')
    .where('accounts.deletedAt', 'is', null)
    .select('memberships.groupId'),
);

/** Whether an account of provisioning is in a group of provisioning. */
export const hasProvisionedMember = async (
  ctx: TenantContext,
  groupId: string,
  principalId: string,
): Promise<boolean> => (await ctx.ask(finding({ groupId, principalId }))).length > 0;
