import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict, notFound } from '../../kernel/problem.ts';
import { BillingProfile, type NewBillingProfile } from './schema.ts';
import * as store from './store.ts';

/** Who is billed: a module that is off unless the operator turns it on. */

const OFF = 'The operator of this platform has not turned billing on, so there is nothing to keep.';

/** The version of none. */
const NONE = { version: 1 };

type Row = Awaited<ReturnType<typeof store.find>>;

/** It goes on growing over a removal: what was read of the profile before is no version of the next one. */
const versionOf = ({ activeSince, version }: NonNullable<Row>) => ({
  version: activeSince.getTime() * 1000 + version,
});

const nothing = {
  accountType: null,
  reference: null,
  currency: null,
  contactName: null,
  contactEmail: null,
  contactPhone: null,
  purchaseOrder: null,
  activeSince: null,
};

function shown(ctx: TenantContext, row: Row) {
  const off = ctx.platform.config.hasBilling ? null : OFF;
  return {
    state: off ? ('off' as const) : row ? ('active' as const) : ('none' as const),
    actions: actionsOf(ctx, [
      { name: 'billing-profile.change', permission: 'licences.change', blocked: off },
      {
        name: 'billing-profile.remove',
        permission: 'licences.change',
        blocked: row ? null : 'There is no billing profile.',
      },
    ]),
    ...(row ? { ...row, ...versionOf(row) } : { ...nothing, ...NONE }),
  };
}

export const readBillingProfile = async (ctx: TenantContext) => shown(ctx, await store.find(ctx));

/** Whether one is needed and none is there. */
export const lacksBillingProfile = async (ctx: TenantContext): Promise<boolean> =>
  ctx.platform.config.hasBilling && (await store.find(ctx)) === undefined;

const target = { kind: 'billing-profile', id: null };

/** @throws {Problem} 409 `billing-off` */
export async function changeBillingProfile(ctx: TenantContext, profile: NewBillingProfile) {
  if (!ctx.platform.config.hasBilling) throw conflict('billing-off', OFF);
  const before = (await store.lock(ctx)) ?? (await made(ctx, profile));
  if (before) {
    ctx.requireVersion(versionOf(before));
    await store.update(ctx, profile);
  }
  const after = await readBillingProfile(ctx);
  ctx.audit(BillingProfile, { ...(before ? { before: shown(ctx, before) } : {}), after, target });
  return after;
}

/** Makes the first one. @returns the one that somebody else made meanwhile, held; undefined when it is made */
async function made(ctx: TenantContext, profile: NewBillingProfile) {
  ctx.requireVersion(NONE);
  return (await store.insert(ctx, profile)) ? undefined : store.lock(ctx);
}

/** It may be removed also when the module is off: it is the tenant's. */
export async function removeBillingProfile(ctx: TenantContext): Promise<void> {
  const before = await store.lock(ctx);
  if (!before) throw notFound('billing profile');
  ctx.requireVersion(versionOf(before));
  await store.remove(ctx);
  ctx.audit(BillingProfile, { before: shown(ctx, before), target });
}
