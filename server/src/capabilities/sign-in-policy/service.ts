import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { plainAddress } from '../../kernel/guesses.ts';
import { conflict } from '../../kernel/problem.ts';
import { isWithin } from './networks.ts';
import { SignInPolicy, type SignInPolicyChanges } from './schema.ts';
import * as store from './store.ts';

export { type LogoRow, logoStatement, shownLogo } from './logo.ts';
/** The query of `policyOf`, to be foreseen. */
export { policyQuery } from './store.ts';

const settingsOf = ({ accountEnabling, ...row }: store.PolicyRow) => ({
  ...row,
  secondFactor: row.secondFactor as 'optional' | 'required',
  singleSignOn: row.singleSignOn as 'optional' | 'required',
  accountsEnabled: accountEnabling === 'automatic' ? ('automatically' as const) : ('by-administrator' as const),
});

/** How people of the tenant sign in. Read with each sign-in and never kept. */
export const policyOf = async (ctx: TenantContext) => settingsOf(await store.read(ctx));

/** Whether the policy lets somebody in who comes from there. */
export const isFromAllowedNetwork = (
  { allowedNetworks }: { allowedNetworks: readonly string[] },
  sourceAddress: string | null,
): boolean => isWithin(allowedNetworks, plainAddress(sourceAddress));

const shown = (ctx: TenantContext, row: store.PolicyRow) => ({
  ...settingsOf(row),
  yourAddress: plainAddress(ctx.request.sourceAddress),
  actions: actionsOf(ctx, [{ name: 'sign-in-policy.change', permission: 'identity-providers.change' }]),
});

export const readSignInPolicy = async (ctx: TenantContext) => shown(ctx, await store.read(ctx));

/**
 * Changes the policy; requests and sign-ins that begin after the commit are judged by it, on every node. A shorter
 * session length ends sessions that are older already. The version is that of the tenant.
 *
 * @throws {Problem} 409 `would-lock-you-out` when the networks do not hold the address that the change comes from
 */
export async function changeSignInPolicy(ctx: TenantContext, changes: SignInPolicyChanges) {
  const before = await store.lock(ctx);
  ctx.requireVersion(before);
  const { accountsEnabled, allowedNetworks, ...others } = changes;
  if (allowedNetworks && !isWithin(allowedNetworks, plainAddress(ctx.request.sourceAddress)))
    throw conflict(
      'would-lock-you-out',
      'These networks do not hold the address that you come from, so this would lock you out. Add it, or make the change from one of them.',
    );
  const after = await store.update(ctx, {
    ...others,
    ...(allowedNetworks ? { allowedNetworks: [...new Set(allowedNetworks)] } : {}),
    ...(accountsEnabled
      ? { accountEnabling: accountsEnabled === 'automatically' ? 'automatic' : 'administrator' }
      : {}),
  });
  if (after.sessionHours < before.sessionHours) store.shortenSessions(ctx, after.sessionHours);
  ctx.audit(SignInPolicy, {
    before: settingsOf(before),
    after: settingsOf(after),
    target: { kind: 'sign-in-policy', id: null },
  });
  return shown(ctx, after);
}
