import type { TenantContext } from '../../kernel/context.ts';
import type { NewBillingProfile } from './schema.ts';

const profiles = ({ db }: TenantContext) =>
  db
    .selectFrom('billingProfiles')
    .select([
      'reference',
      'currency',
      'contactName',
      'contactEmail',
      'contactPhone',
      'purchaseOrder',
      'activeSince',
      'version',
    ])
    .select((eb) => eb.ref('accountType').$castTo<'account' | 'card'>().as('accountType'));

export const find = (ctx: TenantContext) => profiles(ctx).executeTakeFirst();
export const lock = (ctx: TenantContext) => profiles(ctx).forUpdate().executeTakeFirst();

const rowOf = (ctx: TenantContext, { contactPhone = null, purchaseOrder = null, ...given }: NewBillingProfile) => ({
  contactPhone,
  purchaseOrder,
  ...given,
  ...ctx.changedBy,
});

/** @returns false when there is one */
export const insert = async (ctx: TenantContext, profile: NewBillingProfile): Promise<boolean> => {
  const { numInsertedOrUpdatedRows } = await ctx.db
    .insertInto('billingProfiles')
    .values({ tenantId: ctx.tenantId, activeSince: ctx.now, ...rowOf(ctx, profile) })
    .onConflict((conflict) => conflict.column('tenantId').doNothing())
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
};

/** Requires the row to be held. */
export const update = (ctx: TenantContext, profile: NewBillingProfile) =>
  ctx.db
    .updateTable('billingProfiles')
    .set((eb) => ({ version: eb('version', '+', 1), ...rowOf(ctx, profile) }))
    .execute();

export const remove = ({ db, tenantId }: TenantContext) =>
  db.deleteFrom('billingProfiles').where('tenantId', '=', tenantId).execute();
