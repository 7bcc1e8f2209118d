import type { Rights } from '../../kernel/access.ts';
import { entryOf } from '../../kernel/audit.ts';
import type { Actor } from '../../kernel/authenticate.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { requireFreshSignIn } from '../../kernel/guards.ts';
import { standingNow } from '../../kernel/guests.ts';
import { invalid, lacking } from '../../kernel/problem.ts';
import { cover } from '../../kernel/strength.ts';
import * as effects from '../effects/service.ts';
import { requireManagedHere, requireMayChange } from './authority.ts';
import { holdPrincipals } from './holding-store.ts';
import { Group } from './schema.ts';
import * as store from './store.ts';

/**
 * Groups that others put people into: identity providers at a sign-in, by explicit mapping only and never into the Owner
 * Group; guests by an invitation.
 */

const found = async (ctx: TenantContext, id: string) => (await ctx.ask(store.one({ id })))[0];

/**
 * Whether the caller may have a sign-in put people into the groups: as if it added the members itself.
 *
 * @throws {Problem} 400 that names the place of a group that is not there, or the Owner Group; 403 without
 *   `groups.change`, `not-yours-to-grant`, `own-group`, `lent-group`; 409 `managed-elsewhere`
 */
export async function requireMayMap(ctx: TenantContext, named: { groupId: string; path: string }[]): Promise<void> {
  if (named.length > 0 && !ctx.rights.may('groups.change'))
    throw lacking('Having a sign-in put people into groups needs the permission groups.change as well. Ask an owner.', {
      permission: 'groups.change',
    });
  const looked = new Set<string>();
  for (const { groupId, path } of named) {
    if (looked.size === looked.add(groupId).size) continue;
    const group = await found(ctx, groupId);
    if (!group) throw invalid({ path, message: 'names a group that does not exist' });
    if (group.isOwnerGroup) throw invalid({ path, message: 'names the Owner Group, which nobody joins by a sign-in' });
    await requireMayChange(ctx, group);
    await requireManagedHere(ctx, group);
  }
}

/** Puts an account into the groups. @returns those that it was not in */
export async function joinMapped(ctx: TenantContext, accountId: string, groupIds: string[]): Promise<string[]> {
  const joined = [];
  if (groupIds.length > 0) await holdPrincipals(ctx, [accountId]);
  // In one order, so that no two wait for each other.
  for (const id of [...new Set(groupIds)].sort()) {
    if (await store.isMember(ctx, id, accountId)) continue;
    const group = await found(ctx, id);
    if (!group || group.isOwnerGroup || group.source !== 'local') continue;
    await store.lock(ctx, id);
    if ((await store.addMembers(ctx, id, [accountId])).length === 0) continue;
    await note(ctx, group, 'groups.add-members', { added: [accountId] });
    joined.push(id);
  }
  return joined;
}

/** Takes an account out of groups that a sign-in put it into. */
export async function leaveMapped(ctx: TenantContext, accountId: string, groupIds: string[]): Promise<void> {
  for (const id of [...new Set(groupIds)].sort()) {
    const group = await found(ctx, id);
    if (!group || group.isOwnerGroup) continue;
    await store.lock(ctx, id);
    if (!(await store.removeMember(ctx, id, accountId))) continue;
    await note(ctx, group, 'groups.remove-member', { removed: [accountId] });
  }
}

async function note(ctx: TenantContext, { id, name }: store.GroupRow, action: string, details: object) {
  await store.update(ctx, id, {});
  ctx.audit(Group, { target: { kind: 'group', id, name }, details: { ...details }, action });
}

/**
 * Whether the caller may invite guests into these groups: as if it added them itself.
 *
 * @throws {Problem} 400 that names the place of a group that is not there; 403 without `groups.change`,
 *   `not-yours-to-grant`, `own-group`, `owners-only`, `fresh-sign-in-required` for the Owner Group; 409 `managed-elsewhere`
 */
export async function requireMayAdmit(ctx: TenantContext, groupIds: string[]): Promise<void> {
  if (!ctx.rights.may('groups.change'))
    throw lacking('Inviting into groups needs the permission groups.change as well. Ask an owner.', {
      permission: 'groups.change',
    });
  for (const [at, id] of groupIds.entries()) {
    const group = await found(ctx, id);
    if (!group) throw invalid({ path: `groupIds.${at}`, message: 'names a group that does not exist' });
    await requireMayChange(ctx, group);
    if (group.isOwnerGroup) requireFreshSignIn(ctx.identity);
    await requireManagedHere(ctx, group);
  }
}

/** What the maker of an invitation holds at this moment; undefined when it may not change groups any more. */
export async function rightsOfInviter(ctx: TenantContext, principalId: string): Promise<Rights | undefined> {
  const { rights } = await standingNow(ctx, principalId);
  return rights.may('accounts.change') && rights.may('groups.change') ? rights : undefined;
}

/**
 * Puts a guest who accepted into these groups, if its inviter still holds what they give.
 *
 * @returns whether it is in all of them now
 */
export async function admitGuest(
  ctx: TenantContext,
  groupIds: string[],
  guestId: string,
  inviter: Rights,
): Promise<boolean> {
  const ids = [...new Set(groupIds)].sort();
  // Home is asked before anything is held, and all groups are held before the turn.
  const said = await effects.askHomes(ctx, { guestIds: [guestId] });
  await store.holdAll(ctx, ids);
  const groups = await store.withGrants(ctx, ids);
  if (groups.length < ids.length) return false;
  for (const { id, source, isOwnerGroup } of groups) {
    const mayGive = isOwnerGroup ? inviter.isOwner : cover(inviter, await store.givenBy(ctx, id));
    if (source !== 'local' || !mayGive) return false;
  }
  const actor: Actor = { kind: 'guest', id: guestId, credentialId: null, door: 'link' };
  for (const group of groups) {
    const { id, name } = group;
    const added = await store.addMembers(ctx, id, [guestId]);
    if (added.length === 0) continue;
    const effect = await effects.effectOf(ctx, { groups: [{ group, joining: added }], said });
    await store.update(ctx, id, {});
    ctx.record(
      entryOf(Group, 'groups.add-members', { target: { kind: 'group', id, name }, details: { added, effect } }),
      actor,
    );
  }
  return true;
}
