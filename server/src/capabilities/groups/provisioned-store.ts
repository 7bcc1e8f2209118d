import { type Kysely, sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { constant, prepared } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import { asRows, idsOf, listed } from './holding-store.ts';
import type { GroupRow } from './store.ts';

/** Rows of groups of provisioning (SCIM) and of their members. */

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

/** Whether there is anything that a group gives: of most groups of an identity provider nothing. */
const givesAnything = (groupId: string) => sql<boolean>`exists(select 1 from grants where group_id = ${groupId})`;

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
      givesAnything(at.groupId).as('gives'),
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
      givesAnything(at.groupId).as('gives'),
    ])
    .where('id', '=', at.id)
    .where('source', '=', constant('scim')),
);

/** How these stand to the group; costs the ids, not the group. */
export const standingOf = (groupId: string, ids: readonly string[]) =>
  ids.length === 1 ? standingAlone({ groupId, id: ids[0] as string }) : standing({ groupId, ids: listed(ids) });

/**
 * @returns of the ids those who are members, and those that name no account of provisioning that is there; whether the
 *   group grants anything, read after it was held
 */
export const readStanding = async (ctx: TenantContext, groupId: string, ids: readonly string[]) => {
  const [row] = await ctx.ask(standingOf(groupId, ids));
  if (!row) return { members: [], strangers: new Set(ids), gives: true };
  return { members: idsOf(row.members), strangers: new Set(idsOf(row.strangers)), gives: row.gives };
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
