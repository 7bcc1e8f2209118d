import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import type { NoticeKind } from '../../kernel/messages/mails.ts';
import { conflict, forbidden, invalid, Problem } from '../../kernel/problem.ts';
import { letInAsOwner } from '../accounts/service.ts';
import { changeOwners, holdOwners } from '../groups/service.ts';
import { suspend } from '../single-sign-on/service.ts';
import { type NewOwnershipRecovery, type OwnershipQuery, OwnershipRecovery } from './schema.ts';
import * as store from './store.ts';

/*
 * The way back for a tenant that lost its owners: the operator names a person, all owners hear of it at once, and unless
 * one of them stops it that person is invited into the Owner Group 72 hours later. An operator who is deceived thus
 * takes nothing from owners who are there.
 */

const DELAY_SECONDS = 72 * 3600;

function shown(ctx: TenantContext, recovery: store.RecoveryRow) {
  return {
    ...recovery,
    actions: actionsOf(ctx, [
      {
        name: 'ownership-recoveries.stop',
        permission: 'groups.change',
        blocked:
          recovery.state !== 'waiting' ? 'It is decided.' : ctx.rights.isOwner ? null : 'Only an owner may stop it.',
      },
    ]),
  };
}

const targetOf = ({ id }: { id: string }) => ({ kind: 'ownership-recovery', id });

const tellOwners = (ctx: TenantContext, recovery: store.RecoveryRow, kind: NoticeKind, text: string) =>
  ctx.notify({
    kind,
    text,
    to: 'owners',
    target: targetOf(recovery),
    names: recovery.accountId ? [recovery.accountId] : [],
  });

const nameOf = ({ firstName, lastName, email }: store.RecoveryRow) => `${firstName} ${lastName} (${email})`;

export async function listRecoveries(ctx: TenantContext, query: z.output<typeof OwnershipQuery>) {
  const found = await store.listRecoveries(ctx, query);
  return { ...found, items: found.items.map((recovery) => shown(ctx, recovery)) };
}

/** The one that the owners may still stop. */
export const waitingRecoveryOf = async (ctx: TenantContext) => (await store.waiting(ctx)) ?? null;

export const readRecovery = async (ctx: TenantContext, id: string) => shown(ctx, await store.findRecovery(ctx, id));

/**
 * Begins a recovery, by the operator. All owners are told at once, by bell and mail.
 *
 * @throws {Problem} 400 that names `email`; 409 `recovery-waiting`, `tenant-not-open`
 */
export async function beginRecovery(ctx: TenantContext, person: z.output<typeof NewOwnershipRecovery>) {
  const email = canonicalEmail(person.email);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  const { tenantStatus } = ctx.identity;
  if (tenantStatus !== 'active' && tenantStatus !== 'read-only')
    throw conflict('tenant-not-open', `This tenant is ${tenantStatus}: its owners could not stop it. Resume it first.`);
  await holdOwners(ctx);
  if (await store.lockWaiting(ctx))
    throw conflict('recovery-waiting', 'A recovery of this tenant waits already. Withdraw it, then begin another.');
  const made = await store.insertRecovery(ctx, {
    id: newId(),
    email: email.email,
    emailCanonical: email.canonical,
    firstName: person.firstName,
    lastName: person.lastName,
    dueAt: ctx.later(DELAY_SECONDS),
  });
  ctx.enqueue('ownership.recover', { recoveryId: made.id }, made.dueAt);
  ctx.audit(OwnershipRecovery, { after: made });
  tellOwners(
    ctx,
    made,
    'ownership-recovery-begun',
    `The operator of the platform is about to let ${nameOf(made)} in as an owner of this organisation, on ${made.dueAt.toISOString()}. If you did not ask for that, stop it before then, in the console under Owners.`,
  );
  return made;
}

/**
 * Stops a recovery, as any owner may, also with a key.
 *
 * @throws {Problem} 403 `owners-only`; 404; 409 `recovery-over`
 */
export async function stopRecovery(ctx: TenantContext, id: string) {
  if (!ctx.rights.isOwner) throw forbidden('owners-only', 'Only an owner may stop a recovery.');
  const after = await end(ctx, id);
  tellOwners(
    ctx,
    after,
    'ownership-recovery-stopped',
    `An owner stopped the operator from letting ${nameOf(after)} in as an owner.`,
  );
  return shown(ctx, after);
}

/** The operator's own end of it. @throws {Problem} 404; 409 `recovery-over` */
export async function withdrawRecovery(ctx: TenantContext, id: string) {
  const after = await end(ctx, id);
  tellOwners(
    ctx,
    after,
    'ownership-recovery-stopped',
    `The operator withdrew letting ${nameOf(after)} in as an owner.`,
  );
  return after;
}

async function end(ctx: TenantContext, id: string) {
  const before = await store.lockRecovery(ctx, id);
  if (before.state !== 'waiting') throw conflict('recovery-over', 'This recovery is decided.');
  const after = await store.decideRecovery(ctx, id, 'cancelled');
  ctx.audit(OwnershipRecovery, { before, after });
  return after;
}

/**
 * The 72 hours begin again when a tenant was opened after it had been shut: in between nobody could stop it.
 *
 * The caller records the act.
 */
export async function beginWaitingAgain(ctx: TenantContext): Promise<void> {
  const waiting = await store.lockWaiting(ctx);
  if (!waiting) return;
  const after = await store.postpone(ctx, waiting.id, ctx.later(DELAY_SECONDS));
  tellOwners(
    ctx,
    after,
    'ownership-recovery-begun',
    `This organisation is open again. The operator lets ${nameOf(after)} in as an owner on ${after.dueAt.toISOString()}, unless one of you stops it before.`,
  );
}

/** The job at the end of the 72 hours. What was stopped or put off since is left alone. */
export async function carryOutRecovery(ctx: TenantContext, { recoveryId }: { recoveryId: string }): Promise<void> {
  const before = await store.lockRecovery(ctx, recoveryId);
  if (before.state !== 'waiting') return;
  if (before.dueAt > ctx.now) {
    ctx.enqueue('ownership.recover', { recoveryId }, before.dueAt);
    return;
  }
  const accountId = await ctx
    .attempt(() => letIn(ctx, before))
    .catch((error: unknown) => {
      if (error instanceof Problem) return null;
      throw error;
    });
  const after = await store.decideRecovery(ctx, recoveryId, accountId ? 'done' : 'failed', accountId);
  ctx.audit(OwnershipRecovery, { before, after });
  tellOwners(
    ctx,
    after,
    accountId ? 'ownership-recovery-done' : 'ownership-recovery-failed',
    accountId
      ? `${nameOf(after)} was let in as an owner by the operator of the platform.`
      : `${nameOf(after)} could not be let in as an owner: the address is one of an account of provisioning, or no more accounts or invitations were left.`,
  );
}

async function letIn(ctx: TenantContext, recovery: store.RecoveryRow): Promise<string> {
  const accountId = await letInAsOwner(ctx, recovery, recovery.id);
  await holdOwners(ctx);
  // An invitation opens nothing while single sign-on is required, and the new owner has no emergency codes.
  await suspend(ctx, 'The operator of the platform lets an owner in.');
  await changeOwners(ctx, { added: accountId });
  return accountId;
}
