import type { TenantContext } from '../../kernel/context.ts';
import { invalid } from '../../kernel/problem.ts';
import { requireManagedHere, requireMayChange } from './authority.ts';
import { Group } from './schema.ts';
import * as store from './store.ts';

/** Groups that identity providers put people into, at a sign-in and by explicit mapping only. Never the Owner Group. */

const found = async (ctx: TenantContext, id: string) => (await ctx.ask(store.one({ id })))[0];

/**
 * Whether the caller may have a sign-in put people into the groups: as if it added the members itself.
 *
 * @throws {Problem} 400 that names the place of a group that is not there, or the Owner Group; 403
 *   `not-yours-to-grant`, `own-group`; 409 `managed-elsewhere`
 */
export async function requireMayMap(ctx: TenantContext, named: { groupId: string; path: string }[]): Promise<void> {
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
  if (groupIds.length > 0) await store.holdPrincipals(ctx, [accountId]);
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
