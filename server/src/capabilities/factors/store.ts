import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { notFound } from '../../kernel/problem.ts';

export type FactorRow = Awaited<ReturnType<typeof lock>>;

const confirmed = ({ db }: TenantContext, accountId: string) =>
  db.selectFrom('factors').selectAll().where('accountId', '=', accountId).where('confirmedAt', 'is not', null);

/** What a person set up, in the order in which they did. */
export const listOf = (ctx: TenantContext, accountId: string) =>
  confirmed(ctx, accountId).orderBy('createdAt').orderBy('id').execute();

/** @throws {Problem} 404 */
export const find = (ctx: TenantContext, accountId: string, id: string) =>
  confirmed(ctx, accountId)
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound('factor'));

/** Holds a factor of the account until the transaction ends. @throws {Problem} 404 */
export const lock = (ctx: TenantContext, accountId: string, id: string) =>
  confirmed(ctx, accountId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('factor'));

export const generatorsOf = (ctx: TenantContext, accountId: string) =>
  confirmed(ctx, accountId).where('kind', '=', 'totp').orderBy('createdAt').execute();

export const passkeysOf = (ctx: TenantContext, accountId: string) =>
  confirmed(ctx, accountId).where('kind', '=', 'passkey').orderBy('createdAt').execute();

/** Holds the passkey that has this credential id; undefined when the account has none such. */
export const lockPasskey = (ctx: TenantContext, accountId: string, credentialId: Buffer) =>
  confirmed(ctx, accountId).where('credentialId', '=', credentialId).forUpdate().executeTakeFirst();

/** Begins a generator; one that was begun earlier is gone. */
export async function insertGenerator(ctx: TenantContext, row: { id: string; accountId: string; seed: Buffer }) {
  await removeUnconfirmed(ctx, row.accountId);
  await ctx.db
    .insertInto('factors')
    .values({ tenantId: ctx.tenantId, ...row, kind: 'totp', name: '', createdAt: ctx.now })
    .execute();
}

const removeUnconfirmed = ({ db }: TenantContext, accountId: string) =>
  db.deleteFrom('factors').where('accountId', '=', accountId).where('confirmedAt', 'is', null).execute();

/** Holds the generator that the account began since then and did not confirm. */
export const lockBegunGenerator = ({ db }: TenantContext, accountId: string, since: Date) =>
  db
    .selectFrom('factors')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('kind', '=', 'totp')
    .where('confirmedAt', 'is', null)
    .where('createdAt', '>', since)
    .forUpdate()
    .executeTakeFirst();

/** Requires the row to be held. */
export const confirmGenerator = (ctx: TenantContext, id: string, { name, step }: { name: string; step: number }) =>
  ctx.db
    .updateTable('factors')
    .set({ name, lastStep: step, confirmedAt: ctx.now, createdAt: ctx.now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();

export const insertPasskey = (
  ctx: TenantContext,
  row: {
    accountId: string;
    name: string;
    credentialId: Buffer;
    publicKey: Buffer;
    signCount: number;
    transports: string[];
  },
) =>
  ctx.db
    .insertInto('factors')
    .values({ tenantId: ctx.tenantId, id: newId(), ...row, kind: 'passkey', createdAt: ctx.now, confirmedAt: ctx.now })
    .returningAll()
    .executeTakeFirstOrThrow();

/** Takes a step of a generator: of any number at once one does, and none takes an earlier one afterwards. */
export const takeStep = async (ctx: TenantContext, id: string, step: number): Promise<boolean> => {
  const taken = await ctx.db
    .updateTable('factors')
    .set({ lastStep: step, lastUsedAt: ctx.now })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('lastStep', 'is', null), eb('lastStep', '<', step)]))
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
};

/** Requires the row to be held. */
export const notePasskey = (ctx: TenantContext, id: string, signCount: number): void =>
  ctx.defer(ctx.db.updateTable('factors').set({ signCount, lastUsedAt: ctx.now }).where('id', '=', id));

/** Requires the row to be held. */
export const rename = (ctx: TenantContext, id: string, name: string) =>
  ctx.db
    .updateTable('factors')
    .set((eb) => ({ name, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();

export const remove = async ({ db }: TenantContext, id: string): Promise<void> => {
  await db.deleteFrom('factors').where('id', '=', id).execute();
};

/** @returns the ids of those that counted */
export const removeAllOf = async (ctx: TenantContext, accountId: string): Promise<string[]> => {
  const rows = await ctx.db
    .deleteFrom('factors')
    .where('accountId', '=', accountId)
    .returning(['id', 'confirmedAt'])
    .execute();
  return rows.filter(({ confirmedAt }) => confirmedAt !== null).map(({ id }) => id);
};

export const countCodes = async ({ db }: TenantContext, accountId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('recoveryCodes')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('usedAt', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const removeCodes = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(ctx.db.deleteFrom('recoveryCodes').where('accountId', '=', accountId));

export const insertCodes = (ctx: TenantContext, accountId: string, hashes: Buffer[]): void =>
  ctx.defer(
    ctx.db
      .insertInto('recoveryCodes')
      .values(hashes.map((codeHash) => ({ tenantId: ctx.tenantId, accountId, codeHash }))),
  );

/** Uses a code up: of any number at once one does. */
export const takeCode = async (ctx: TenantContext, accountId: string, codeHash: Buffer): Promise<boolean> => {
  const taken = await ctx.db
    .updateTable('recoveryCodes')
    .set({ usedAt: ctx.now })
    .where('accountId', '=', accountId)
    .where('codeHash', '=', codeHash)
    .where('usedAt', 'is', null)
    .returning('accountId')
    .executeTakeFirst();
  return taken !== undefined;
};

/** Notes a challenge as answered. @returns whether it was not before */
export const spend = async ({ db, tenantId }: TenantContext, challengeHash: Buffer, expiresAt: Date) => {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('spentChallenges')
    .values({ tenantId, challengeHash, expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Boolean(numInsertedOrUpdatedRows);
};

const people = ({ db }: TenantContext, id: string) =>
  db
    .selectFrom('accounts')
    .select(['accounts.id', 'accounts.email', 'accounts.username', 'accounts.displayName'])
    .where('accounts.id', '=', id)
    .where('accounts.deletedAt', 'is', null);

/** @throws {Problem} 404 */
export const person = (ctx: TenantContext, id: string) =>
  people(ctx, id).executeTakeFirstOrThrow(() => notFound('account'));

/** The same, and holds the account's row until the transaction ends. @throws {Problem} 404 */
export const lockPerson = (ctx: TenantContext, id: string) =>
  people(ctx, id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound('account'));

export const passwordHash = async ({ db }: TenantContext, accountId: string): Promise<string | undefined> =>
  (await db.selectFrom('passwords').select('hash').where('accountId', '=', accountId).executeTakeFirst())?.hash;

/** Ends links that were mailed to let the person in or choose a password. */
export const endLinks = (ctx: TenantContext, accountId: string): void =>
  ctx.defer(
    ctx.db
      .updateTable('links')
      .set({ consumedAt: ctx.now })
      .where('accountId', '=', accountId)
      .where('purpose', 'in', ['password-reset', 'sign-in'])
      .where('consumedAt', 'is', null),
  );

/** Whether an identity provider may let the account in. */
export const hasExternalIdentity = async ({ db }: TenantContext, accountId: string): Promise<boolean> =>
  (await db
    .selectFrom('externalIdentities')
    .select('accountId')
    .where('accountId', '=', accountId)
    .executeTakeFirst()) !== undefined;
