import { type Kysely, sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { constant, elseOvertaken, noneChanged, prepared, versionBefore } from '../../kernel/database/queries.ts';
import type { Tables } from '../../kernel/database/tables.gen.ts';
import type { Attributes } from './schema.ts';
import { END_OF_STANDINGS } from './words.ts';

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
      eb
        .selectFrom('memberships')
        // Each is looked up by itself, behind a limit that the planner does not take away: without statistics, as in the
        // minutes after a first load, it would read all groups of the tenant for each person.
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
        .select(
          sql<
            string | null
          >`string_agg(memberships.group_id::text || "group".name, chr(10) order by memberships.group_id)`.as('lines'),
        )
        .as('groups'),
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
  /**
   * Groups of provisioning, others are not there for it: to be read with `groupsIn`. A line each is half the work of
   * JSON, for the database and for us, and no name has a line break in it.
   */
  groups: string | null;
}

const ID_LENGTH = 36;

/** The groups of a row. */
export const groupsIn = ({ groups }: Pick<ProvisionedRow, 'groups'>): { id: string; name: string }[] =>
  groups === null
    ? []
    : groups.split('\n').map((line) => ({ id: line.slice(0, ID_LENGTH), name: line.slice(ID_LENGTH) }));

/** Who an account is and how it stands, whatever wrote it. Names as they are compared. */
export interface Shared
  extends Omit<ProvisionedRow, 'externalId' | 'attributes' | 'lastSignInAt' | 'removedAt' | 'createdAt' | 'groups'> {
  usernameCanonical: string;
  updatedBy: string | null;
}

/** `attributes` as JSON. */
interface Written extends Shared, Pick<ProvisionedRow, 'externalId' | 'removedAt' | 'createdAt'> {
  tenantId: string;
  usernameFolded: string;
  attributes: string;
}

export const shared = (at: Shared) => ({
  username: at.username,
  usernameCanonical: at.usernameCanonical,
  email: at.email,
  emailCanonical: at.emailCanonical,
  firstName: at.firstName,
  lastName: at.lastName,
  displayName: at.displayName,
  mobilePhone: at.mobilePhone,
  status: at.status,
  version: at.version,
  updatedAt: at.updatedAt,
  updatedBy: at.updatedBy,
});

const described = (at: Written) => ({
  source: 'scim',
  usernameFolded: at.usernameFolded,
  externalId: at.externalId,
  attributes: at.attributes,
  ...shared(at),
});

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
      hasWords: true,
      createdAt: at.createdAt,
      createdBy: at.updatedBy,
      ...described(at),
    }),
);

/** With its principal. Nothing waits for it: a name or address that is taken comes out with the commit. */
export const insert = (ctx: TenantContext, row: Written): void => ctx.defer(inserting(row));

const rewriting = prepared((db, at: Written) =>
  db
    .with('changed', (cte) =>
      cte
        .updateTable('accounts')
        .set({ removedAt: at.removedAt, deletedAt: null, ...described(at) })
        .where('id', '=', at.id)
        .where('version', '=', versionBefore(at.version))
        .returning('id'),
    )
    .selectNoFrom(elseOvertaken)
    .where(noneChanged),
);

/** Writes an account of provisioning whole, whatever it was, if it is as it was read. Nothing waits for it. */
export const rewrite = (ctx: TenantContext, row: Written): void => ctx.defer(rewriting(row));

type Switched = Pick<Written, 'id' | 'status' | 'removedAt' | 'version' | 'updatedAt' | 'updatedBy'> & {
  /** The word that lists find it by from then on. */
  standing: string;
};

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
    .with('restood', (cte) =>
      cte
        .updateTable('accountWords')
        .set({ word: at.standing })
        .where('accountId', '=', at.id)
        .where('word', '<', constant(END_OF_STANDINGS)),
    )
    .selectNoFrom(elseOvertaken)
    .where(noneChanged),
);

/** Writes its state only, if it is as it was read, and has lists find it by that. Nothing waits for it. */
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
        .onConflict((conflict) =>
          conflict.columns(['tenantId', 'accountId']).doUpdateSet((eb) => ({
            fingerprint,
            // Another address is one that nobody used yet.
            lastUsedAt: eb
              .case()
              .when('signInIndex.fingerprint', '=', fingerprint)
              .then(eb.ref('signInIndex.lastUsedAt'))
              .else(eb.ref('excluded.lastUsedAt'))
              .end(),
          })),
        ),
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
