import type { Kysely } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/postgres';
import type { TenantContext } from '../../kernel/context.ts';
import { constant, elseOvertaken, noneChanged, prepared, versionBefore } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import type { Attributes } from './schema.ts';

/** Accounts of provisioning with their groups of provisioning; neither filtered further nor ordered. */
export const provisioned = (db: Kysely<Tables>) =>
  db
    .selectFrom('accounts')
    .select([
      'accounts.id',
      'accounts.username',
      'accounts.externalId',
      'accounts.email',
      'accounts.emailCanonical',
      'accounts.firstName',
      'accounts.lastName',
      'accounts.displayName',
      'accounts.mobilePhone',
      'accounts.status',
      'accounts.attributes',
      'accounts.lastSignInAt',
      'accounts.removedAt',
      'accounts.version',
      'accounts.createdAt',
      'accounts.updatedAt',
    ])
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('memberships')
          // Each is looked up by itself, behind a limit that the planner does not take away: without statistics, as in
          // the minutes after a first load, it would read all groups of the tenant for each person.
          .innerJoinLateral(
            (groups) =>
              groups
                .selectFrom('groups')
                .select('groups.name')
                .whereRef('groups.id', '=', 'memberships.groupId')
                .where('groups.source', '=', constant('scim'))
                .limit(constant(1))
                .as('group'),
            (join) => join.onTrue(),
          )
          .whereRef('memberships.principalId', '=', 'accounts.id')
          .select(['memberships.groupId as id', 'group.name'])
          .orderBy('memberships.groupId'),
      ).as('groups'),
    )
    .where('accounts.source', '=', constant('scim'))
    .where('accounts.deletedAt', 'is', null)
    .$narrowType<{ attributes: Attributes }>();

const one = (db: Kysely<Tables>, { id }: { id: string }) => provisioned(db).where('accounts.id', '=', id);

export const found = prepared(one);
export const locked = prepared((db, at: { id: string }) => one(db, at).forUpdate('accounts'));

export interface ProvisionedRow {
  id: string;
  username: string;
  externalId: string | null;
  email: string | null;
  emailCanonical: string | null;
  firstName: string;
  lastName: string;
  displayName: string;
  mobilePhone: string | null;
  status: string;
  attributes: Attributes;
  lastSignInAt: Date | null;
  /** When provisioning deactivated it, so that the guard counts it. */
  removedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  /** Groups of provisioning; others are not there for it. */
  groups: { id: string; name: string }[];
}

/** Names as they are compared; `attributes` as JSON. */
interface Written extends Omit<ProvisionedRow, 'groups' | 'attributes' | 'lastSignInAt'> {
  tenantId: string;
  usernameCanonical: string;
  usernameFolded: string;
  attributes: string;
  updatedBy: string | null;
}

const inserting = prepared((db, at: Written) =>
  db
    .with('principal', (cte) =>
      cte
        .insertInto('principals')
        .values({ tenantId: at.tenantId, id: at.id, kind: 'account', createdAt: at.createdAt }),
    )
    .insertInto('accounts')
    .values({
      tenantId: at.tenantId,
      id: at.id,
      source: 'scim',
      username: at.username,
      usernameCanonical: at.usernameCanonical,
      usernameFolded: at.usernameFolded,
      externalId: at.externalId,
      email: at.email,
      emailCanonical: at.emailCanonical,
      firstName: at.firstName,
      lastName: at.lastName,
      displayName: at.displayName,
      mobilePhone: at.mobilePhone,
      status: at.status,
      attributes: at.attributes,
      hasWords: true,
      version: at.version,
      createdAt: at.createdAt,
      createdBy: at.updatedBy,
      updatedAt: at.updatedAt,
      updatedBy: at.updatedBy,
    }),
);

/** With its principal. Nothing waits for it: a name or address that is taken comes out with the commit. */
export const insert = (ctx: TenantContext, row: Written): void => ctx.defer(inserting(row));

const rewriting = prepared((db, at: Written) =>
  db
    .with('changed', (cte) =>
      cte
        .updateTable('accounts')
        .set({
          source: 'scim',
          username: at.username,
          usernameCanonical: at.usernameCanonical,
          usernameFolded: at.usernameFolded,
          externalId: at.externalId,
          email: at.email,
          emailCanonical: at.emailCanonical,
          firstName: at.firstName,
          lastName: at.lastName,
          displayName: at.displayName,
          mobilePhone: at.mobilePhone,
          status: at.status,
          attributes: at.attributes,
          removedAt: at.removedAt,
          deletedAt: null,
          version: at.version,
          updatedAt: at.updatedAt,
          updatedBy: at.updatedBy,
        })
        .where('id', '=', at.id)
        .where('version', '=', versionBefore(at.version))
        .returning('id'),
    )
    .selectNoFrom(elseOvertaken)
    .where(noneChanged),
);

/** Writes an account of provisioning whole, whatever it was, if it is as it was read. Nothing waits for it. */
export const rewrite = (ctx: TenantContext, row: Written): void => ctx.defer(rewriting(row));

/** A local account. Names as they are compared. */
interface Local
  extends Omit<Written, 'tenantId' | 'externalId' | 'attributes' | 'removedAt' | 'usernameFolded' | 'createdAt'> {
  email: string;
  emailCanonical: string;
}

const releasing = prepared((db, at: Local) =>
  db
    .updateTable('accounts')
    .set({
      source: 'local',
      username: at.username,
      usernameCanonical: at.usernameCanonical,
      usernameFolded: null,
      externalId: null,
      email: at.email,
      emailCanonical: at.emailCanonical,
      firstName: at.firstName,
      lastName: at.lastName,
      displayName: at.displayName,
      mobilePhone: at.mobilePhone,
      status: at.status,
      attributes: null,
      removedAt: null,
      version: at.version,
      updatedAt: at.updatedAt,
      updatedBy: at.updatedBy,
    })
    .where('id', '=', at.id),
);

/** Makes an account of provisioning a local one. Requires the row to be held. Nothing waits for it. */
export const release = (ctx: TenantContext, row: Local): void => ctx.defer(releasing(row));

type Switched = Pick<Written, 'id' | 'status' | 'removedAt' | 'version' | 'updatedAt' | 'updatedBy'>;

const switching = prepared((db, at: Switched) =>
  db
    .with('changed', (cte) =>
      cte
        .updateTable('accounts')
        .set({
          status: at.status,
          removedAt: at.removedAt,
          version: at.version,
          updatedAt: at.updatedAt,
          updatedBy: at.updatedBy,
        })
        .where('id', '=', at.id)
        .where('version', '=', versionBefore(at.version))
        .returning('id'),
    )
    .selectNoFrom(elseOvertaken)
    .where(noneChanged),
);

/** Writes its state only, if it is as it was read. Nothing waits for it. */
export const switchStatus = (ctx: TenantContext, row: Switched): void => ctx.defer(switching(row));

/** Nothing waits for it. */
export const addAddresses = (ctx: TenantContext, accountId: string, values: string[]): void => {
  if (values.length === 0) return;
  ctx.defer(
    ctx.db
      .insertInto('accountEmails')
      .values(values.map((value) => ({ tenantId: ctx.tenantId, accountId, value })))
      .onConflict((conflict) => conflict.doNothing()),
  );
};

/** Nothing waits for it. */
export const removeAddresses = (ctx: TenantContext, accountId: string, values: string[]): void => {
  if (values.length === 0) return;
  ctx.defer(ctx.db.deleteFrom('accountEmails').where('accountId', '=', accountId).where('value', 'in', values));
};

export const storedHash = async ({ db }: TenantContext, accountId: string): Promise<string | undefined> =>
  (
    await db
      .selectFrom('passwords')
      .innerJoin('accounts', 'accounts.id', 'passwords.accountId')
      .select('passwords.hash')
      .where('accountId', '=', accountId)
      .where('accounts.source', '=', 'scim')
      .executeTakeFirst()
  )?.hash;

/**
 * Has sign-in find the account by its address when it has a password, and else not. Nothing waits for it.
 *
 * @param fingerprint of the address; null when it has none
 */
export const indexIfPassword = (ctx: TenantContext, accountId: string, fingerprint: Buffer | null): void => {
  const { db, tenantId } = ctx;
  if (fingerprint)
    ctx.defer(
      db
        .insertInto('signInIndex')
        .columns(['fingerprint', 'tenantId', 'accountId', 'lastUsedAt'])
        .expression((eb) =>
          eb
            .selectFrom('passwords')
            .where('accountId', '=', accountId)
            .select((at) => [
              at.cast<Buffer>(at.val(fingerprint), 'bytea').as('fingerprint'),
              'tenantId',
              'accountId',
              at.cast<Date>(at.val(new Date(0)), 'timestamptz').as('lastUsedAt'),
            ]),
        )
        .onConflict((conflict) => conflict.columns(['tenantId', 'accountId']).doUpdateSet({ fingerprint })),
    );
  ctx.defer(
    db
      .deleteFrom('signInIndex')
      .where('tenantId', '=', tenantId)
      .where('accountId', '=', accountId)
      .$if(fingerprint !== null, (rows) =>
        rows.where((eb) =>
          eb.not(eb.exists(eb.selectFrom('passwords').select('accountId').where('accountId', '=', accountId))),
        ),
      ),
  );
};

/**
 * Takes an account out of its groups, whose rows it holds first and in one order; out of all, or of those of
 * provisioning. @returns their ids
 */
export const leaveGroups = async (
  ctx: TenantContext,
  accountId: string,
  which: 'all' | 'provisioned' = 'all',
): Promise<string[]> => {
  const { db } = ctx;
  // Nobody makes a member of it from here on.
  await db.selectFrom('principals').select('id').where('id', '=', accountId).forUpdate().execute();
  const joined = db.selectFrom('memberships').select('groupId').where('principalId', '=', accountId);
  const held = await db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', joined)
    .$if(which === 'provisioned', (groups) => groups.where('source', '=', 'scim'))
    .orderBy('id')
    .forUpdate()
    .execute();
  if (which === 'provisioned' && held.length === 0) return [];
  const left = await db
    .deleteFrom('memberships')
    .where('principalId', '=', accountId)
    .$if(which === 'provisioned', (rows) =>
      rows.where(
        'groupId',
        'in',
        held.map(({ id }) => id),
      ),
    )
    .returning('groupId')
    .execute();
  const ids = left.map(({ groupId }) => groupId).sort();
  touchGroups(ctx, ids);
  return ids;
};

/** Puts an account into groups that `holdGroups` holds. Nothing waits for it. */
export const joinGroups = (ctx: TenantContext, accountId: string, groupIds: string[]): void => {
  if (groupIds.length === 0) return;
  const { db, tenantId, now, actor } = ctx;
  ctx.defer(
    db
      .insertInto('memberships')
      .values(
        groupIds.map((groupId) => ({ tenantId, groupId, principalId: accountId, addedAt: now, addedBy: actor.id })),
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
  touchGroups(ctx, groupIds);
};

const touchGroups = (ctx: TenantContext, ids: string[]): void => {
  if (ids.length === 0) return;
  ctx.defer(
    ctx.db
      .updateTable('groups')
      .set((eb) => ({ ...ctx.changedBy, version: eb('version', '+', 1) }))
      .where('id', 'in', ids),
  );
};

/** Those of the groups that are there, held until the transaction ends. */
export const holdGroups = ({ db }: TenantContext, ids: readonly string[]) =>
  ids.length === 0
    ? Promise.resolve([])
    : db
        .selectFrom('groups')
        .select(['id', 'isOwnerGroup'])
        .where('id', 'in', [...ids])
        .orderBy('id')
        .forUpdate()
        .execute();

export const groupsThere = async ({ db }: TenantContext, ids: readonly string[]): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', [...ids])
    .execute();
  return new Set(rows.map(({ id }) => id));
};

/** Accounts that have the name or the address, of either source. */
export const occupantsOf = (
  { db }: TenantContext,
  { usernameCanonical, emailCanonical }: { usernameCanonical: string; emailCanonical: string | null },
) =>
  db
    .selectFrom('accounts')
    .select(['id', 'source', 'username', 'email', 'displayName', 'usernameCanonical', 'emailCanonical'])
    .where('deletedAt', 'is', null)
    .where((eb) =>
      eb.or([
        eb('usernameCanonical', '=', usernameCanonical),
        ...(emailCanonical === null ? [] : [eb('emailCanonical', '=', emailCanonical)]),
      ]),
    )
    .orderBy('id')
    .execute();

/** What is left of a deleted account of provisioning, held until the transaction ends. */
export const lockTombstone = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .select(['version', 'createdAt', 'updatedAt', 'lastSignInAt'])
    .where('id', '=', id)
    .where('source', '=', 'scim')
    .where('deletedAt', 'is not', null)
    .forUpdate()
    .executeTakeFirst();

/** A local account, held until the transaction ends. */
export const lockLocal = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .select([
      'id',
      'username',
      'usernameCanonical',
      'email',
      'emailCanonical',
      'firstName',
      'lastName',
      'displayName',
      'mobilePhone',
      'status',
      'source',
      'lastSignInAt',
      'version',
      'createdAt',
      'updatedAt',
    ])
    .where('id', '=', id)
    .where('source', '=', 'local')
    .where('deletedAt', 'is', null)
    .forUpdate()
    .executeTakeFirst();

export const isInOwnerGroup = async ({ db }: TenantContext, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .select('groupId')
    .where('memberships.principalId', '=', accountId)
    .where('groups.isOwnerGroup', '=', true)
    .executeTakeFirst()) !== undefined;
