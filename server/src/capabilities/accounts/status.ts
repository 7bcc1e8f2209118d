import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import { effectOf } from '../effects/service.ts';
import { holdOwners, leaveAllGroups, requireNotStronger, requireUsableOwner } from '../groups/service.ts';
import { endSessionsOf } from '../sessions/service.ts';
import { endVisitsOf } from '../visits/service.ts';
import * as links from './links-store.ts';
import { Account } from './schema.ts';
import { audited, notAccepted, requireManagedHere, shownWithGroups } from './shown.ts';
import * as store from './store.ts';

/** Letting an account in, shutting it out, and taking it away. */

/**
 * Lets an account in, with the groups and the password that it has. Whom provisioning made was never invited. Who waited
 * for it is told by mail.
 *
 * @throws {Problem} 409 `not-verified` while no invitation was accepted; 403 `stronger-principal`
 */
export async function enableAccount(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  requireManagedHere(ctx, before);
  if (!before.verifiedAt && before.source === 'local')
    throw conflict('not-verified', `${notAccepted} Invite again; accepting shows the address.`);
  if (before.status === 'enabled') return shownWithGroups(ctx, before);
  const effect = await effectOf(ctx, { starting: [id] });
  const after = await store.update(ctx, id, { status: 'enabled', removedAt: null });
  ctx.audit(Account, { before: audited(before), after: audited(after), details: { effect } });
  if (before.status === 'new') await tellWhoWaited(ctx, after);
  return shownWithGroups(ctx, after);
}

async function tellWhoWaited(ctx: TenantContext, { id, email }: store.AccountRow): Promise<void> {
  if (!email) return;
  const { tenant, language } = await store.letterhead(ctx, id);
  const link = `${ctx.place.region.baseUrl}/t/${ctx.tenantId}/sign-in`;
  ctx.mail({ to: email, language, text: (texts) => texts.enabled(tenant, link), names: [id] });
}

/**
 * Shuts an account out: its sessions and open invitations end in the same transaction.
 *
 * @throws {Problem} 409 `last-owner` when no usable owner would remain; 403 `stronger-principal`
 */
export async function disableAccount(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  requireManagedHere(ctx, before);
  if (before.status === 'disabled') return shownWithGroups(ctx, before);
  await holdOwners(ctx);
  links.endLinks(ctx, id);
  const effect = await effectOf(ctx, { stopping: [id] });
  const after = await store.update(ctx, id, { status: 'disabled' });
  const sessionsEnded = (await endSessionsOf(ctx, id)).length;
  await requireUsableOwner(ctx);
  ctx.audit(Account, { before: audited(before), after: audited(after), details: { sessionsEnded, effect } });
  return shownWithGroups(ctx, after);
}

/**
 * Deletes a disabled account: memberships, password and sessions go, its address and username are free at once, and
 * of the person nothing remains outside the audit.
 *
 * @throws {Problem} 409 `not-disabled`; 403 `stronger-principal`
 */
export async function deleteAccount(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  ctx.requireVersion(before);
  requireManagedHere(ctx, before);
  requireDisabled(before);
  await holdOwners(ctx, id);
  links.endLinks(ctx, id);
  const sessionsEnded = (await endSessionsOf(ctx, id)).length;
  await leaveAllGroups(ctx, id);
  endVisitsOf(ctx, id);
  store.entomb(ctx, before);
  await requireUsableOwner(ctx);
  ctx.audit(Account, { before: audited(before), details: { sessionsEnded } });
}

/** @throws {Problem} 409 `not-disabled` */
export function requireDisabled({ status }: { status: string }): void {
  if (status !== 'disabled') throw conflict('not-disabled', 'Disable the account, then delete it.');
}
