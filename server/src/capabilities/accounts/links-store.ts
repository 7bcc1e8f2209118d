import type { TenantContext } from '../../kernel/context.ts';
import { prepared } from '../../kernel/database/queries.ts';

/** Links that were mailed: invitations, and changes of address. */

interface NewLink {
  id: string;
  accountId: string;
  secretHash: Buffer;
  expiresAt: Date;
}

export const insertInvitation = (ctx: TenantContext, link: NewLink) =>
  ctx.db
    .insertInto('links')
    .values({ tenantId: ctx.tenantId, ...link, purpose: 'invitation', createdAt: ctx.now })
    .execute();

export const countInvitations = async ({ db }: TenantContext, accountId: string, since: Date): Promise<number> => {
  const { count } = await db
    .selectFrom('links')
    .where('accountId', '=', accountId)
    .where('createdAt', '>', since)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Whether the tenant made so many invitations since then; reads no further than that many. */
export const hasInvited = async ({ db }: TenantContext, count: number, since: Date): Promise<boolean> =>
  (await db
    .selectFrom('links')
    .select('id')
    .where('purpose', '=', 'invitation')
    .where('createdAt', '>', since)
    .offset(count - 1)
    .limit(1)
    .executeTakeFirst()) !== undefined;

const endingLinks = prepared((db, at: { accountId: string; now: Date }) =>
  db
    .updateTable('links')
    .set({ consumedAt: at.now })
    .where('accountId', '=', at.accountId)
    .where('consumedAt', 'is', null),
);

/** Ends the links of an account that are still open. Nothing waits for it. */
export const endLinks = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(endingLinks({ accountId, now: ctx.now }));

/** The account that an invitation may still be accepted for. */
export const invited = (ctx: TenantContext, secretHash: Buffer) =>
  ctx.db
    .selectFrom('links')
    .innerJoin('accounts', 'accounts.id', 'links.accountId')
    .where('links.secretHash', '=', secretHash)
    .where('links.purpose', '=', 'invitation')
    .where('links.consumedAt', 'is', null)
    .where('links.expiresAt', '>', ctx.now)
    .where('accounts.status', '<>', 'disabled')
    .where('accounts.verifiedAt', 'is', null)
    .where('accounts.deletedAt', 'is', null)
    .where('accounts.email', 'is not', null)
    .select(['accounts.id', 'accounts.email', 'accounts.firstName', 'accounts.lastName', 'accounts.username'])
    .$narrowType<{ email: string }>()
    .executeTakeFirst();

/** Consumes an invitation: of any number at once exactly one is told whose it was. */
export const consumeInvitation = async (ctx: TenantContext, secretHash: Buffer): Promise<string | null> => {
  const row = await ctx.db
    .updateTable('links')
    .set({ consumedAt: ctx.now })
    .where('secretHash', '=', secretHash)
    .where('purpose', '=', 'invitation')
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', ctx.now)
    .returning('accountId')
    .executeTakeFirst();
  return row?.accountId ?? null;
};

interface NewEmailChange {
  id: string;
  accountId: string;
  email: string;
  emailCanonical: string;
  secretHash: Buffer;
  expiresAt: Date;
}

/** Replaces what was asked before: one link works at most. */
export const putEmailChange = (ctx: TenantContext, change: NewEmailChange) => {
  const row = { ...change, createdAt: ctx.now, createdBy: ctx.actor.id };
  return ctx.db
    .insertInto('emailChanges')
    .values({ tenantId: ctx.tenantId, ...row })
    .onConflict((conflict) => conflict.columns(['tenantId', 'accountId']).doUpdateSet(row))
    .execute();
};

export const emailChangeOf = ({ db }: TenantContext, accountId: string) =>
  db.selectFrom('emailChanges').selectAll().where('accountId', '=', accountId).executeTakeFirst();

/** The change that a link may still confirm. */
export const emailChangeBy = (ctx: TenantContext, secretHash: Buffer) =>
  ctx.db
    .selectFrom('emailChanges')
    .innerJoin('accounts', 'accounts.id', 'emailChanges.accountId')
    .innerJoin('tenants', 'tenants.tenantId', 'accounts.tenantId')
    .where('emailChanges.secretHash', '=', secretHash)
    .where('emailChanges.expiresAt', '>', ctx.now)
    .where('accounts.status', '<>', 'disabled')
    .where('accounts.deletedAt', 'is', null)
    .select([
      'emailChanges.accountId',
      'emailChanges.email',
      'emailChanges.emailCanonical',
      'tenants.displayName as tenantDisplayName',
    ])
    .executeTakeFirst();

/** @returns what was asked; undefined when nothing was */
export const takeEmailChange = ({ db }: TenantContext, accountId: string) =>
  db.deleteFrom('emailChanges').where('accountId', '=', accountId).returning(['email', 'expiresAt']).executeTakeFirst();
