import { sql } from 'kysely';
import type { z } from 'zod';
import { allOf, conditions, notOver } from '../../kernel/conditions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';
import { anyOf, byText, byTime, byTimeIfAny, containing, MOST_COUNTED, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import { lentAmong } from '../../kernel/strength.ts';
import { holdPrincipals, holdToLeave, memberIds } from './holding-store.ts';
import type { GroupQuery, MemberQuery } from './schema.ts';

/** Not further than to tell that there are more than are counted: a group is read at the same cost however large it is. */
const memberCount = sql<number>`(select count(*)::int from
  (select from memberships m where m.group_id = groups.id limit ${sql.lit(MOST_COUNTED + 1)}) counted)`;

/** A membership that is over is none, also as long as its row is there. */
const isCurrent = sql<boolean>`${sql.raw(notOver('memberships'))}`;

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
  if (query.isOwnerGroup) rows = rows.where('isOwnerGroup', '=', true);
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

/** Where other tenants import the group, or are asked to let it in or do, jobs end that: the group is gone. */
export const endLendingOf = (ctx: TenantContext, id: string): void =>
  ctx.defer(
    sql`with lent as (
          select distinct tenant_id, case kind when 'import' then 'group-imports.end-of-group' else 'delegations.end-of-group' end as job
          from delegations where partner_group_id = ${id} and side = 'partner' and state in ('requested', 'active')),
        made as (select tenant_id, job, gen_random_uuid() as id from lent),
        due as (
          insert into due_jobs (id, tenant_id, kind, due_at)
          select id, tenant_id, job, ${ctx.now}::timestamptz from made)
        insert into jobs (tenant_id, id, kind, payload, request_id)
        select tenant_id, id, job, jsonb_build_object('groupId', ${id}::uuid), ${ctx.request.id}::text
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
    .onConflict((conflict) =>
      conflict
        .columns(['tenantId', 'groupId', 'principalId'])
        .doUpdateSet(({ ref }) => ({
          addedAt: ref('excluded.addedAt'),
          addedBy: ref('excluded.addedBy'),
          endsAt: ref('excluded.endsAt'),
        }))
        .where(sql<boolean>`not ${isCurrent}`),
    )
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
    .where(isCurrent)
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

/** Groups of each principal, enabled or not, by memberships that are not over. */
export const groupsOf = ({ db }: TenantContext, principalIds: string[]) =>
  principalIds.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('memberships as m')
        .innerJoin('groups', 'groups.id', 'm.groupId')
        .where('principalId', 'in', principalIds)
        .where(sql<boolean>`${sql.raw(allOf(conditions.membership))}`)
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
    .where(isCurrent)
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

/** What stands behind a group (`kernel/strength.ts`), its grants first. */
export const givenBy = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('grants')
    .select(['groupId', 'permission', 'namespaceId', sql<boolean>`false`.as('isLent')])
    .where('groupId', '=', id)
    .unionAll(lentAmong(db, sql`select ${id}::uuid`))
    .orderBy('isLent')
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
    .orderBy('permission')
    .orderBy('namespaceId')
    .execute();
  return found.map((group) => ({ grants: grants.filter(({ groupId }) => groupId === group.id), ...group }));
};

/** Groups that one of these principals is in, a row for each thing that stands behind it, or one without. */
export const givenAround = ({ db }: TenantContext, principalIds: string[]) => {
  const around = sql`select group_id from memberships where principal_id = any(${principalIds}::uuid[])`;
  return db
    .selectFrom('groups')
    .leftJoin('grants', 'grants.groupId', 'groups.id')
    .select(['groups.id', 'groups.isOwnerGroup', 'grants.permission', 'grants.namespaceId'])
    .where(sql<boolean>`groups.id in (${around})`)
    .unionAll(
      db
        .selectFrom(lentAmong(db, around).as('lent'))
        .select([
          'lent.groupId as id',
          sql<boolean>`false`.as('isOwnerGroup'),
          sql<string | null>`lent.permission`.as('permission'),
          'lent.namespaceId',
        ]),
    )
    .execute();
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

/** Most are accounts: they are the rest, so that none is looked up. */
export const countMembers = async ({ db }: TenantContext, groupId: string) => {
  const { rows } = await sql<{ all: number; serviceAccounts: number; guests: number }>`
    select (select count(*) from memberships where group_id = ${groupId})::int as all,
           (select count(*) from service_accounts s join memberships m on m.principal_id = s.id and m.group_id = ${groupId})::int
             as "serviceAccounts",
           (select count(*) from guests u join memberships m on m.principal_id = u.id and m.group_id = ${groupId})::int as guests`.execute(
    db,
  );
  const { all, serviceAccounts, guests } = rows[0] ?? { all: 0, serviceAccounts: 0, guests: 0 };
  return { accounts: all - serviceAccounts - guests, serviceAccounts, guests };
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
    .where(isCurrent)
    .executeTakeFirst()) !== undefined;

/** Holds those of the groups that are there, in one order. */
export const holdAll = ({ db }: TenantContext, ids: readonly string[]) =>
  db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute();

/** Every group that loses a member here gets a new version. */
export const removeFromAllGroups = async (ctx: TenantContext, principalId: string): Promise<void> => {
  holdToLeave(ctx, principalId);
  const { db } = ctx;
  await db
    .updateTable('groups')
    .set((eb) => ({ ...ctx.changedBy, version: eb('version', '+', 1) }))
    .where('id', 'in', db.selectFrom('memberships').select('groupId').where('principalId', '=', principalId))
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
