import { sql } from 'kysely';
import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';
import { anyOf, byText, byTime, containing, page } from '../../kernel/page.ts';
import { notFound } from '../../kernel/problem.ts';
import type { GroupQuery, MemberQuery } from './schema.ts';

const memberCount = sql<number>`(select count(*)::int from memberships m where m.tenant_id = groups.tenant_id and m.group_id = groups.id)`;

const groups = ({ db }: TenantContext) =>
  db.selectFrom('groups').selectAll('groups').select(memberCount.as('memberCount'));

export type GroupRow = Awaited<ReturnType<typeof find>>;

/** One group by its id. */
export const one = prepared((db, at: { id: string }) =>
  db.selectFrom('groups').selectAll('groups').select(memberCount.as('memberCount')).where('id', '=', at.id),
);

export const find = async ({ db }: TenantContext, id: string) => {
  const { rows } = await db.executeQuery(one({ id }));
  if (!rows[0]) throw notFound('group');
  return rows[0];
};

/** Reads a group and holds its row until the transaction ends. */
export const lock = (ctx: TenantContext, id: string) =>
  groups(ctx)
    .where('id', '=', id)
    .forUpdate('groups')
    .executeTakeFirstOrThrow(() => notFound('group'));

/** Holds the Owner Group's row: every path that could reduce owners does, before it counts (design, section 5). */
export const lockOwnerGroup = ({ db }: TenantContext) =>
  db.selectFrom('groups').select('id').where('isOwnerGroup', '=', true).forUpdate().executeTakeFirstOrThrow();

/**
 * Usable owners: enabled local accounts with a password, and a first owner who has not accepted the invitation yet
 * (made with the tenant, by nobody inside it).
 */
export const countUsableOwners = async ({ db }: TenantContext): Promise<number> => {
  const { count } = await db
    .selectFrom('groups')
    .innerJoin('memberships', 'memberships.groupId', 'groups.id')
    .innerJoin('accounts', 'accounts.id', 'memberships.principalId')
    .leftJoin('passwords', 'passwords.accountId', 'accounts.id')
    .where('groups.isOwnerGroup', '=', true)
    .where('accounts.deletedAt', 'is', null)
    .where('accounts.source', '=', 'local')
    .where((eb) =>
      eb.or([
        eb.and([eb('accounts.status', '=', 'enabled'), eb('passwords.hash', 'is not', null)]),
        eb.and([
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

interface NewRow {
  id: string;
  name: string;
  nameCanonical: string;
  description: string;
  isOwnerGroup: boolean;
  ownerId: string | null;
}

const inserting = prepared((db, at: NewRow & { tenantId: string; now: Date; by: string | null }) =>
  db.insertInto('groups').values({
    tenantId: at.tenantId,
    id: at.id,
    name: at.name,
    nameCanonical: at.nameCanonical,
    description: at.description,
    isOwnerGroup: at.isOwnerGroup,
    ownerId: at.ownerId,
    createdAt: at.now,
    createdBy: at.by,
    updatedAt: at.now,
    updatedBy: at.by,
  }),
);

/** Nothing waits for it: a name that is taken comes out with the next query or the commit. */
export const insert = (ctx: TenantContext, row: NewRow): GroupRow => {
  const { tenantId, now } = ctx;
  const by = ctx.actor.id;
  ctx.defer(inserting({ ...row, tenantId, now, by }));
  return {
    ...row,
    tenantId,
    status: 'enabled',
    source: 'local',
    memberCount: 0,
    version: 1,
    createdAt: now,
    createdBy: by,
    updatedAt: now,
    updatedBy: by,
  };
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

/** Principals of these ids that can be members: not deleted, of the kind that is asked for. */
export const existing = async (
  { db }: TenantContext,
  kind: 'account' | 'service-account',
  ids: string[],
): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const table = kind === 'account' ? 'accounts' : 'serviceAccounts';
  const rows = await db.selectFrom(table).select('id').where('id', 'in', ids).where('deletedAt', 'is', null).execute();
  return new Set(rows.map(({ id }) => id));
};

/** @returns the ids that were not members before */
export const addMembers = async (ctx: TenantContext, groupId: string, principalIds: string[]): Promise<string[]> => {
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

export const listMembers = ({ db }: TenantContext, groupId: string, query: z.output<typeof MemberQuery>) => {
  const name = sql<string>`coalesce(a.display_name, s.name, 'Guest')`;
  let rows = db
    .selectFrom('memberships')
    .innerJoin('principals', 'principals.id', 'memberships.principalId')
    .leftJoin('accounts as a', 'a.id', 'principals.id')
    .leftJoin('serviceAccounts as s', 's.id', 'principals.id')
    .where('groupId', '=', groupId)
    .select([
      'principals.id',
      'principals.kind',
      name.as('displayName'),
      'a.email',
      sql<string>`coalesce(a.status, s.status, 'enabled')`.as('status'),
      'memberships.addedAt',
    ]);
  if (query.q) {
    const pattern = containing(query.q);
    rows = rows.where((eb) => eb.or([eb(name, 'ilike', pattern), eb('a.email', 'ilike', pattern)]));
  }
  return page(db, query, {
    rows,
    id: 'principals.id',
    sorts: { addedAt: byTime('memberships.added_at'), displayName: { by: sql`${name} collate "C"`, type: 'text' } },
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

export const grantsOf = ({ db }: TenantContext, groupId: string) =>
  db
    .selectFrom('grants')
    .select(['permission', 'namespaceId'])
    .where('groupId', '=', groupId)
    .orderBy('permission')
    .orderBy('namespaceId')
    .execute();

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

/** Every group that loses a member here gets a new version; their rows are held in one order. */
export const removeFromAllGroups = async (ctx: TenantContext, principalId: string): Promise<void> => {
  const { db } = ctx;
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
