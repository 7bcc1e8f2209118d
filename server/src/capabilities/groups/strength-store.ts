import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { elseOvertaken, prepared } from '../../kernel/database/queries.ts';
import { lentAmong } from '../../kernel/strength.ts';
import { holdingPrincipal } from './holding-store.ts';

/** What somebody holds while nobody gives them more. */

const holdingAccount = prepared((db, at: { id: string; version: number }) =>
  db
    .with('held', (cte) =>
      cte
        .selectFrom('accounts')
        .select('version')
        .where('id', '=', at.id)
        .where('deletedAt', 'is', null)
        .forNoKeyUpdate(),
    )
    .selectNoFrom(elseOvertaken)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('held').select('version').where('version', '=', at.version))),
    ),
);

const holdingGroups = prepared((db, at: { id: string }) =>
  db
    .selectFrom('groups')
    .select('id')
    .where('id', 'in', db.selectFrom('memberships').select('groupId').where('principalId', '=', at.id))
    .orderBy('id')
    .forShare(),
);

/** Of groups that are disabled as well: they may be enabled again. */
const given = prepared((db, at: { id: string }) =>
  db
    .selectFrom('memberships')
    .innerJoin('groups', 'groups.id', 'memberships.groupId')
    .leftJoin('grants', 'grants.groupId', 'groups.id')
    .where('memberships.principalId', '=', at.id)
    .where((eb) => eb.or([eb('groups.isOwnerGroup', '=', true), eb('grants.permission', 'is not', null)]))
    .select(['groups.isOwnerGroup', 'grants.permission', 'grants.namespaceId'])
    .unionAll(
      db
        .selectFrom(
          lentAmong(db, db.selectFrom('memberships').select('groupId').where('principalId', '=', at.id)).as('lent'),
        )
        .select([
          sql<boolean>`false`.as('isOwnerGroup'),
          sql<string | null>`lent.permission`.as('permission'),
          'lent.namespaceId',
        ]),
    ),
);

/** Holds an account with the next query; the transaction ends when it is no longer as it was read. */
export const holdAsRead = (ctx: TenantContext, { id, version }: { id: string; version: number }): void =>
  ctx.defer(holdingAccount({ id, version }));

/**
 * Holds an account, its memberships and its groups, in the order in which a deletion does, and reads what they give. One
 * message; the transaction ends when the account is no longer as it was read.
 */
export const holdGiven = (ctx: TenantContext, account: { id: string; version: number }) => {
  const { id } = account;
  holdAsRead(ctx, account);
  ctx.defer(holdingPrincipal({ id }));
  ctx.defer(holdingGroups({ id }));
  return ctx.ask(given({ id }));
};

export const readGiven = (ctx: TenantContext, id: string) => ctx.ask(given({ id }));
