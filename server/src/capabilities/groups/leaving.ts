import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import * as effects from '../effects/service.ts';
import { managedElsewhere, provisioningFor, requireManagedHere, requireMayChange } from './authority.ts';
import * as ending from './ending-store.ts';
import { Group } from './schema.ts';
import * as store from './store.ts';

/** Why the members of such a group are not changed here; null when they are. */
export const membersManaged = async (ctx: TenantContext, group: { source: string }): Promise<string | null> =>
  managedElsewhere(group.source, await provisioningFor(ctx, [group]));

/**
 * Removes many members at once, as `removeMember` does one. Who follows an identity provider's groups stays: it would be
 * a member again at the next sign-in.
 *
 * @param said what homes said of the guests among them before, as other groups may lose members in the same turn
 * @throws {Problem} as `removeMember`; 409 `owners-one-by-one`
 */
export async function removeMembers(ctx: TenantContext, id: string, principalIds: string[], said: effects.HomesSaid) {
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  await requireManagedHere(ctx, before);
  if (before.isOwnerGroup)
    throw conflict('owners-one-by-one', 'Owners are removed one by one, by somebody who shows again who they are.');
  const mapped = await ending.mappedAmong(ctx, id, principalIds);
  const removed = await ending.removeMembers(
    ctx,
    id,
    principalIds.filter((each) => !mapped.has(each)),
  );
  if (removed.length > 0) {
    const grants = await store.grantsOf(ctx, id);
    const effect = await effects.effectOf(ctx, { groups: [{ group: { ...before, grants }, leaving: removed }], said });
    await store.update(ctx, id, {});
    ctx.audit(Group, { target: { kind: 'group', id, name: before.name }, details: { removed, effect } });
  }
  return { removed: new Set(removed), mapped };
}
