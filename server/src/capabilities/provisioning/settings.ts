import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { invalid } from '../../kernel/problem.ts';
import { Provisioning, type ProvisioningChanges } from './schema.ts';
import * as store from './store.ts';

const Kept = Provisioning.pick({
  on: true,
  paused: true,
  guardPercent: true,
  guardOpenUntil: true,
  undoDays: true,
}).meta({
  id: 'Provisioning',
});

const settingsOf = (
  { now }: TenantContext,
  { provisioning, guardPercent, guardOpenUntil, undoDays }: store.SettingsRow,
) => ({
  on: provisioning !== 'off',
  paused: provisioning === 'paused',
  guardPercent,
  guardOpenUntil: guardOpenUntil && guardOpenUntil > now ? guardOpenUntil : null,
  undoDays,
});

async function shown(ctx: TenantContext, row: store.SettingsRow) {
  const { lastCallAt, ...counts } = await store.readFacts(ctx);
  const settings = settingsOf(ctx, row);
  return {
    ...settings,
    version: row.version,
    baseUrl: `${ctx.place.region.baseUrl}/scim/v2/${ctx.tenantId}`,
    lastCallAt,
    counts,
    warnings: warningsOf(settings, counts),
    actions: actionsOf(ctx, [
      { name: 'provisioning.change', permission: 'provisioning.change' },
      { name: 'provisioning.undo', permission: 'provisioning.change' },
      { name: 'provisioning-tokens.issue', permission: 'provisioning.issue' },
    ]),
  };
}

function warningsOf(
  { on, paused, guardPercent, guardOpenUntil }: ReturnType<typeof settingsOf>,
  { liveTokens, openHolds, outOfStep }: { liveTokens: number; openHolds: number; outOfStep: number },
): string[] {
  const warnings = [];
  if (paused) warnings.push('Provisioning is paused: the identity provider is told to come again later.');
  if (on && liveTokens === 0)
    warnings.push(
      'No token is valid, so no identity provider can provision. Create one, and enter it there with the base URL.',
    );
  if (on && guardPercent === 100)
    warnings.push('The guard is off: provisioning may deactivate or delete everybody whom it manages.');
  if (on && guardPercent < 100 && guardOpenUntil)
    warnings.push('The guard is open for a day: every deactivation and deletion passes.');
  if (openHolds > 0) warnings.push('Some of what provisioning asked for is held back and waits for a decision.');
  if (outOfStep > 0) warnings.push('Some people or groups are out of step with the identity provider.');
  return warnings;
}

export const readProvisioning = async (ctx: TenantContext) => shown(ctx, await store.readSettings(ctx));

/**
 * Turns provisioning on or off, pauses it, and sets the guard and how far back changes can be undone. Requests that
 * begin after the commit are answered by it, on every node. The version is that of the tenant.
 *
 * @throws {Problem} 400 that names `paused` when it is off
 */
export async function changeProvisioning(ctx: TenantContext, changes: z.output<typeof ProvisioningChanges>) {
  const before = await store.lockSettings(ctx);
  ctx.requireVersion(before);
  const was = settingsOf(ctx, before);
  const on = changes.on ?? was.on;
  const paused = changes.paused ?? (on && was.paused);
  if (!on && paused) throw invalid({ path: 'paused', message: 'is for provisioning that is on; turn it on as well' });
  const { guardPercent = was.guardPercent, undoDays = was.undoDays } = changes;
  const provisioning = on ? (paused ? 'paused' : 'on') : 'off';
  const guardOpenUntil = changes.guardOpenUntil === undefined ? was.guardOpenUntil : null;
  const after = await store.updateSettings(ctx, { provisioning, guardPercent, guardOpenUntil, undoDays });
  ctx.audit(Kept, { before: was, after: settingsOf(ctx, after), target: { kind: 'provisioning', id: null } });
  return shown(ctx, after);
}
