import type { TenantContext } from '../../kernel/context.ts';
import { notFound } from '../../kernel/problem.ts';
import { shutOut } from '../sessions/service.ts';
import { endVisitsOf } from '../visits/service.ts';
import { clashesOf } from './clashes.ts';
import { lockTombstone } from './deleted-store.ts';
import { effectOfState, readProvisioned } from './provisioned.ts';
import * as groups from './provisioned-groups-store.ts';
import { audited, changedAt, fieldsOf, otherAddresses, removedAt, targetOf, written } from './provisioned-person.ts';
import * as store from './provisioned-store.ts';
import { type DeletedAccount, ProvisionedAccount } from './schema.ts';
import { entomb } from './store.ts';
import { addWords } from './words-store.ts';

/** Accounts that provisioning deletes, and how a deletion is undone. */

/**
 * Deletes an account with its memberships, sessions and password: name and address are free at once, and of the person
 * nothing remains outside the audit, whose entry holds what `restoreProvisioned` needs.
 *
 * @param before held by `lockProvisioned`
 */
export async function deleteProvisioned(ctx: TenantContext, before: store.ProvisionedRow): Promise<void> {
  const effect = await effectOfState(ctx, before, undefined);
  const groupIds = await groups.leaveGroups(ctx, before.id);
  shutOut(ctx, before.id);
  endVisitsOf(ctx, before.id);
  entomb(ctx, before, removedAt(ctx, before));
  ctx.audit(ProvisionedAccount, {
    target: targetOf(before.id),
    before: audited(before),
    details: { groupIds, ...effect },
  });
}

/**
 * What stands in the way of a restoration, or will be missing after it; to be shown before anything is done.
 *
 * @returns who has the name or the address now, and the groups that are gone
 */
export async function obstaclesToRestoring(ctx: TenantContext, { before, details }: DeletedAccount) {
  const clashes = await clashesOf(ctx, { userName: before.username, email: before.email });
  const there = await groups.groupsThere(ctx, details.groupIds);
  return { clashes, missingGroupIds: details.groupIds.filter((id) => !there.has(id)) };
}

/**
 * Undoes a deletion: the account with the same id, fields, state, and those of its groups that are there. It gets no
 * password and no session back. Only an owner puts one back into the Owner Group. Where somebody has the name or the
 * address now, says who and does nothing.
 *
 * @param deleted what the deletion's audit entry holds, its personal part opened
 * @returns who is in the way, or the account and the groups that it did not come back into
 * @throws {Problem} 404 when no such account was deleted, or it is there again
 */
export async function restoreProvisioned(ctx: TenantContext, deleted: DeletedAccount) {
  const { before: fields, details } = deleted;
  const { id } = fields;
  const tombstone = await lockTombstone(ctx, id);
  if (!tombstone) throw notFound('deleted user');
  const clashes = await clashesOf(ctx, { userName: fields.username, email: fields.email });
  if (clashes.length > 0) return { clashes };

  const there = await groups.holdGroups(ctx, details.groupIds);
  const groupIds = there.filter((group) => ctx.rights.isOwner || !group.isOwnerGroup).map((group) => group.id);
  const row = {
    id,
    ...fieldsOf({ ...fields, userName: fields.username, active: fields.status === 'enabled' }),
    ...tombstone,
    status: fields.status,
    removedAt: null,
    version: tombstone.version + 1,
    updatedAt: changedAt(ctx, tombstone),
  };
  store.rewrite(ctx, written(ctx, row));
  addWords(ctx, { ...row, source: 'scim' });
  store.addAddresses(ctx, id, otherAddresses(row));
  groups.joinGroups(ctx, id, groupIds);
  ctx.audit(ProvisionedAccount, { target: targetOf(id), after: { ...row, source: 'scim' }, details: { groupIds } });
  return {
    account: await readProvisioned(ctx, id),
    missingGroupIds: details.groupIds.filter((groupId) => !groupIds.includes(groupId)),
  };
}
