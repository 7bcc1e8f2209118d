import { sql } from 'kysely';
import type { TenantContext } from '../../kernel/context.ts';
import { ask, type Pool, type Prepared } from '../../kernel/database/pool.ts';
import { reader } from '../../kernel/messages/readers.ts';

/** The database's time, before a tenant is known. */
export const time = async (cell: Pool): Promise<Date> => {
  const [row] = await ask<{ now: Date }>(cell, { name: 'time', text: 'select platform_time() as now', values: [] });
  return (row as { now: Date }).now;
};

export const exists = async ({ db }: TenantContext, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()) !== undefined;

/**
 * An account that lets its person in by means of its own, where the tenant lets it: whoever comes by an identity provider
 * alone goes on doing so.
 */
const letIn = ({ db }: TenantContext) =>
  db
    .selectFrom('accounts')
    .innerJoin('tenants', 'tenants.tenantId', 'accounts.tenantId')
    .select(['accounts.id', 'accounts.email', ...reader])
    .where('accounts.status', '=', 'enabled')
    .where('accounts.deletedAt', 'is', null)
    .where('tenants.singleSignOn', '<>', 'required')
    .where((eb) =>
      eb.or([
        eb.exists(
          eb.selectFrom('passwords').select('passwords.accountId').whereRef('passwords.accountId', '=', 'accounts.id'),
        ),
        eb.exists(
          eb
            .selectFrom('factors')
            .select('factors.id')
            .whereRef('factors.accountId', '=', 'accounts.id')
            .where('factors.kind', '=', 'passkey')
            .where('factors.confirmedAt', 'is not', null),
        ),
      ]),
    );

export const reachable = (ctx: TenantContext, accountId: string, emailCanonical: string) =>
  letIn(ctx)
    .where('accounts.id', '=', accountId)
    .where('accounts.emailCanonical', '=', emailCanonical)
    .executeTakeFirst();

interface NewLink {
  id: string;
  purpose: string;
  accountId: string;
  secretHash: Buffer;
  browserHash: Buffer | null;
  expiresAt: Date;
}

export const insertLink = (ctx: TenantContext, link: NewLink): void =>
  ctx.defer(ctx.db.insertInto('links').values({ tenantId: ctx.tenantId, ...link, createdAt: ctx.now }));

/** The newest link counts; earlier ones are over. */
export const endEarlier = (ctx: TenantContext, purpose: string, accountId: string): void =>
  ctx.defer(
    ctx.db
      .updateTable('links')
      .set({ consumedAt: ctx.now })
      .where('accountId', '=', accountId)
      .where('purpose', '=', purpose)
      .where('consumedAt', 'is', null),
  );

/** The account that an open link is for. */
export const opened = (ctx: TenantContext, purpose: string, secretHash: Buffer) =>
  ctx.db
    .selectFrom('links')
    .innerJoin('accounts', 'accounts.id', 'links.accountId')
    .select(['accounts.id', 'accounts.email'])
    .where('links.secretHash', '=', secretHash)
    .where('links.purpose', '=', purpose)
    .where('links.consumedAt', 'is', null)
    .where('links.expiresAt', '>', ctx.now)
    .where('accounts.status', '=', 'enabled')
    .where('accounts.deletedAt', 'is', null)
    .executeTakeFirst();

/** Uses a link up: of any number at once exactly one is told whose it was. */
export const consume = ({ db, now }: TenantContext, purpose: string, secretHash: Buffer) =>
  db
    .updateTable('links')
    .set({ consumedAt: now })
    .where('secretHash', '=', secretHash)
    .where('purpose', '=', purpose)
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', now)
    .returning([sql<string>`account_id`.as('accountId'), 'browserHash'])
    .executeTakeFirst();

/** Gives an open sign-in link a code beside its secret. */
export const setCode = ({ db, now }: TenantContext, secretHash: Buffer, codeHash: Buffer) =>
  db
    .updateTable('links')
    .set({ codeHash })
    .where('secretHash', '=', secretHash)
    .where('purpose', '=', 'sign-in')
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', now)
    .returning('expiresAt')
    .executeTakeFirst();

interface CodeKey {
  browserHash: Buffer;
  codeHash: Buffer;
}

/** Whether the account has an open link of that code, before anybody is known. */
export const codeStatement = (accountId: string, { browserHash, codeHash }: CodeKey): Prepared => ({
  name: 'link-of-code',
  text: `select 1 from links where tenant_id = current_tenant() and account_id = $1 and purpose = 'sign-in'
         and browser_hash = $2 and code_hash = $3 and consumed_at is null and expires_at > platform_time()`,
  values: [accountId, browserHash, codeHash],
});

/** As `consume`, by the code. @returns whether it was open */
export const consumeByCode = async ({ db, now }: TenantContext, accountId: string, key: CodeKey): Promise<boolean> =>
  (await db
    .updateTable('links')
    .set({ consumedAt: now })
    .where('accountId', '=', accountId)
    .where('purpose', '=', 'sign-in')
    .where('browserHash', '=', key.browserHash)
    .where('codeHash', '=', key.codeHash)
    .where('consumedAt', 'is', null)
    .where('expiresAt', '>', now)
    .returning('id')
    .executeTakeFirst()) !== undefined;
