import type { TenantContext } from '../../kernel/context.ts';

/** What is left of a deleted account of provisioning, and who has its names now. */

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
