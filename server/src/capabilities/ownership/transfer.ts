import type { z } from 'zod';
import type { Action } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import type { NoticeKind } from '../../kernel/messages/mails.ts';
import { conflict, forbidden, invalid, notFound } from '../../kernel/problem.ts';
import { changeOwners, holdOwners } from '../groups/service.ts';
import { KeptTransfer, type NewOwnershipTransfer, type OwnershipQuery } from './schema.ts';
import * as store from './store.ts';

/** Ownership goes from hand to hand: an owner offers it, the other person accepts. */

const OFFER_SECONDS = 7 * 86_400;

const stateOf = ({ state, expiresAt }: store.TransferRow, { now }: TenantContext) =>
  state === 'waiting' && expiresAt <= now
    ? ('expired' as const)
    : (state as 'waiting' | 'accepted' | 'declined' | 'cancelled');

/** An offer as the caller sees it, with what they may do: who it is made to decides, owners take it back. */
function shown(ctx: TenantContext, transfer: store.TransferRow) {
  const { fromAccountId, fromName, toAccountId, toName, ...others } = transfer;
  const state = stateOf(transfer, ctx);
  const over = state === 'waiting' ? null : 'This offer is over.';
  const mayNot = ctx.identity.tenantStatus === 'active' ? over : `This tenant is ${ctx.identity.tenantStatus}.`;
  const action = (name: string, reason: string | null): Action => ({ name, allowed: reason === null, reason });
  return {
    ...others,
    from: { accountId: fromAccountId, displayName: fromName },
    to: { accountId: toAccountId, displayName: toName },
    state,
    actions: [
      ...(ctx.actor.id === toAccountId
        ? [action('ownership-transfers.accept', mayNot), action('ownership-transfers.decline', over)]
        : []),
      ...(ctx.rights.isOwner ? [action('ownership-transfers.cancel', over)] : []),
    ],
  };
}

/** Entries name the two by their ids alone: what an entry says of a person goes with the key of its target. */
const audited = (ctx: TenantContext, transfer: store.TransferRow) => ({ ...transfer, state: stateOf(transfer, ctx) });

const targetOf = ({ id }: { id: string }) => ({ kind: 'ownership-transfer', id });

export async function listTransfers(ctx: TenantContext, query: z.output<typeof OwnershipQuery>) {
  const found = await store.listTransfers(ctx, query, ctx.rights.isOwner ? undefined : (ctx.actor.id ?? ''));
  return { ...found, items: found.items.map((transfer) => shown(ctx, transfer)) };
}

export async function readTransfer(ctx: TenantContext, id: string) {
  const found = await store.findTransfer(ctx, id);
  if (!ctx.rights.isOwner && found.toAccountId !== ctx.actor.id) throw notFound('ownership transfer');
  return shown(ctx, found);
}

/** @throws {Problem} 403 `owners-only` */
function requireOwner({ rights }: TenantContext) {
  if (!rights.isOwner) throw forbidden('owners-only', 'Only an owner may do this.');
}

/**
 * Offers ownership to another account for 7 days. All owners and its person are told; nothing changes before that person
 * accepts.
 *
 * @throws {Problem} 403 `owners-only`; 400 that names `accountId`; 409 `offer-waiting`
 */
export async function offerOwnership(
  ctx: TenantContext,
  { accountId, staysOwner }: z.output<typeof NewOwnershipTransfer>,
) {
  requireOwner(ctx);
  const { actor } = ctx;
  const people = await store.lockPeople(ctx, actor.id ? [actor.id, accountId] : [accountId]);
  const taker = people.get(accountId);
  if (!taker) throw invalid({ path: 'accountId', message: 'names an account that does not exist' });
  const reason = taker.isOwner
    ? 'names an owner already'
    : taker.source !== 'local'
      ? 'names an account of provisioning, which never counts as an owner'
      : taker.status !== 'enabled'
        ? 'names an account that is not enabled'
        : null;
  if (reason) throw invalid({ path: 'accountId', message: reason });
  const giver = people.get(actor.id ?? '');
  if (!giver)
    throw forbidden('owners-only', 'An owner in person offers ownership. A key may add members to the Owner Group.');
  if (await store.hasWaiting(ctx, giver.id))
    throw conflict('offer-waiting', 'You offered ownership already. Take that offer back, then make another.');
  const made = await store.insertTransfer(ctx, {
    id: newId(),
    fromAccountId: giver.id,
    toAccountId: accountId,
    staysOwner,
    expiresAt: ctx.later(OFFER_SECONDS),
  });
  ctx.audit(KeptTransfer, { after: audited(ctx, made), target: targetOf(made) });
  const leaves = staysOwner ? 'and stays an owner' : 'and is an owner no more from then on';
  tellOwners(
    ctx,
    made,
    'ownership-offered',
    `${giver.displayName} offers ownership of this organisation to ${taker.displayName}, ${leaves}. If that is wrong, take the offer back before it is accepted.`,
  );
  ctx.notify({
    kind: 'ownership-offered',
    text: `${giver.displayName} offers you ownership of this organisation. Accept or decline it in the console, within 7 days.`,
    to: { accountId },
    target: targetOf(made),
    names: namesOf(made),
  });
  return shown(ctx, made);
}

const namesOf = ({ fromAccountId, toAccountId }: store.TransferRow) => [fromAccountId, toAccountId];

const tellOwners = (ctx: TenantContext, transfer: store.TransferRow, kind: NoticeKind, text: string) =>
  ctx.notify({ kind, text, to: 'owners', target: targetOf(transfer), names: namesOf(transfer) });

/** Holds an offer that waits. @throws {Problem} 404; 409 `offer-over` */
async function lockWaiting(ctx: TenantContext, id: string, isTheirs: (transfer: store.TransferRow) => boolean) {
  const transfer = await store.lockTransfer(ctx, id);
  if (!isTheirs(transfer)) throw notFound('ownership transfer');
  if (stateOf(transfer, ctx) !== 'waiting') throw offerOver();
  return transfer;
}

const offerOver = () =>
  conflict('offer-over', 'This offer is over: it was decided, is too old, or who made it is no owner any more.');

const isToCaller =
  ({ actor }: TenantContext) =>
  ({ toAccountId }: store.TransferRow) =>
    actor.kind === 'account' && toAccountId === actor.id;

/**
 * Accepts ownership: the caller is an owner from the answer on, and who offered it is one no more unless they stay.
 *
 * @throws {Problem} 404 unless it was made to the caller; 409 `offer-over`, and `last-owner` when the caller could not
 *   get in as an owner must be able to
 */
export async function acceptOwnership(ctx: TenantContext, id: string) {
  const before = await lockWaiting(ctx, id, isToCaller(ctx));
  const { tenantStatus } = ctx.identity;
  if (tenantStatus !== 'active') throw forbidden(`tenant-${tenantStatus}`, `This tenant is ${tenantStatus}.`);
  const people = await store.lockPeople(ctx, [before.fromAccountId, before.toAccountId]);
  await holdOwners(ctx);
  // Once more, now that nobody else changes who is an owner.
  const held = await store.lockPeople(ctx, [...people.keys()]);
  const [giver, taker] = [held.get(before.fromAccountId), held.get(before.toAccountId)];
  if (!giver?.isOwner || giver.status !== 'enabled' || !taker || taker.source !== 'local') throw offerOver();
  const after = await store.decideTransfer(ctx, id, 'accepted');
  await changeOwners(ctx, { added: taker.id, removed: before.staysOwner ? undefined : giver.id });
  ctx.audit(KeptTransfer, { before: audited(ctx, before), after: audited(ctx, after), target: targetOf(after) });
  const text = `${taker.displayName} accepted ownership from ${giver.displayName}${before.staysOwner ? '' : ', who is an owner no more'}.`;
  tellOwners(ctx, after, 'ownership-accepted', text);
  if (!before.staysOwner)
    ctx.notify({
      kind: 'ownership-accepted',
      text,
      to: { accountId: giver.id },
      target: targetOf(after),
      names: namesOf(after),
    });
  return shown(ctx, after);
}

/** @throws {Problem} 404 unless it was made to the caller; 409 `offer-over` */
export async function declineOwnership(ctx: TenantContext, id: string) {
  const before = await lockWaiting(ctx, id, isToCaller(ctx));
  const after = await store.decideTransfer(ctx, id, 'declined');
  ctx.audit(KeptTransfer, { before: audited(ctx, before), after: audited(ctx, after), target: targetOf(after) });
  tellOwners(ctx, after, 'ownership-declined', `${before.toName} declined ownership.`);
  return shown(ctx, after);
}

/** Any owner takes an offer back, not only who made it. @throws {Problem} 403 `owners-only`; 409 `offer-over` */
export async function cancelOffer(ctx: TenantContext, id: string) {
  requireOwner(ctx);
  const before = await lockWaiting(ctx, id, () => true);
  const after = await store.decideTransfer(ctx, id, 'cancelled');
  ctx.audit(KeptTransfer, { before: audited(ctx, before), after: audited(ctx, after), target: targetOf(after) });
  tellOwners(
    ctx,
    after,
    'ownership-cancelled',
    `The offer of ownership by ${before.fromName} to ${before.toName} was taken back.`,
  );
  return shown(ctx, after);
}
