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

/** Requires what is there to be held. */
export const write = (ctx: TenantContext, version: number, profile: NewBillingProfile) => {
  const { contactPhone = null, purchaseOrder = null, ...given } = profile;
  const row = { contactPhone, purchaseOrder, version, ...given, ...ctx.changedBy };
  return ctx.db
    .insertInto('billingProfiles')
    .values({ tenantId: ctx.tenantId, activeSince: ctx.now, ...row })
    .onConflict((conflict) => conflict.column('tenantId').doUpdateSet(row))
    .execute();
};

export const remove = ({ db, tenantId }: TenantContext) =>
  db.deleteFrom('billingProfiles').where('tenantId', '=', tenantId).execute();
