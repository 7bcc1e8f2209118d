import type { TenantContext } from '../../kernel/context.ts';
import { notFound } from '../../kernel/problem.ts';

/** What accounts sign in by. */

/** Sign-in tries the most recently used accounts of an address: one that its person never used comes after all others. */
export const NEVER_USED = new Date(0);

/** Has sign-in find the account by the address with this fingerprint. Nothing waits for it. */
export const indexAddress = (ctx: TenantContext, accountId: string, fingerprint: Buffer): void =>
  ctx.defer(
    ctx.db
      .insertInto('signInIndex')
      .values({ tenantId: ctx.tenantId, accountId, fingerprint, lastUsedAt: NEVER_USED })
      .onConflict((conflict) => conflict.columns(['tenantId', 'accountId']).doUpdateSet({ fingerprint })),
  );

/** Takes everything away that an account signs in by, and what was begun with it. */
export const removeWaysIn = (ctx: TenantContext, id: string): void => {
  const { db } = ctx;
  ctx.defer(db.deleteFrom('passwords').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('emergencyCodes').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('factors').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('recoveryCodes').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('unfinishedSignIns').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('devices').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('emailChanges').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('externalIdentities').where('accountId', '=', id));
  ctx.defer(db.deleteFrom('samlSessions').where('accountId', '=', id));
};

/** What a person signs in by, beside a password, and by which providers they come in. */
export const waysIn = async ({ db }: TenantContext, id: string) => {
  const [factors, identities] = await Promise.all([
    db.selectFrom('factors').select(['kind', 'name', 'createdAt', 'lastUsedAt']).where('accountId', '=', id).execute(),
    db
      .selectFrom('externalIdentities')
      .innerJoin('identityProviders', 'identityProviders.id', 'externalIdentities.providerId')
      .select(['identityProviders.name as provider', 'issuer', 'subject', 'externalIdentities.createdAt'])
      .where('externalIdentities.accountId', '=', id)
      .execute(),
  ]);
  return { factors, identities };
};

/** Nothing waits for it. */
export const setPassword = (ctx: TenantContext, accountId: string, hash: string, standsAlone = true): void =>
  ctx.defer(
    ctx.db
      .insertInto('passwords')
      .values({ tenantId: ctx.tenantId, accountId, hash, standsAlone, changedAt: ctx.now })
      .onConflict((conflict) =>
        conflict.columns(['tenantId', 'accountId']).doUpdateSet({ hash, standsAlone, changedAt: ctx.now }),
      ),
  );

/** Nothing waits for it. */
export const removePassword = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(ctx.db.deleteFrom('passwords').where('accountId', '=', accountId));

/** Whose password it is: what it must not be built from. */
export const passwordOwner = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .innerJoin('tenants', 'tenants.tenantId', 'accounts.tenantId')
    .leftJoin('passwords', 'passwords.accountId', 'accounts.id')
    .where('accounts.id', '=', id)
    .where('accounts.deletedAt', 'is', null)
    .select([
      'accounts.email',
      'accounts.firstName',
      'accounts.lastName',
      'accounts.username',
      'tenants.displayName',
      'tenants.legalName',
      'tenants.name',
      'passwords.hash',
    ])
    .executeTakeFirstOrThrow(() => notFound('account'));
