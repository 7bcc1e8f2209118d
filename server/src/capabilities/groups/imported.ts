import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import { isDelegable } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { invalid } from '../../kernel/problem.ts';
import { requireHolds, requireMayChange } from './authority.ts';
import { Group } from './schema.ts';
import * as store from './store.ts';

/** Groups whose members are those of a group of another tenant: they stand here with their grants only. */

type Grant = { permission: string; namespaceId: string | null };

/** @throws {Problem} 409 `name-taken` with the next query; 403 `not-yours-to-grant` */
export async function makeImportedGroup(
  ctx: TenantContext,
  { name, description, grants }: { name: string; description: string; grants: Grant[] },
) {
  requireHolds(ctx, grants, 'You would grant');
  await requireRoom(ctx, 'groups');
  const made = store.insert(ctx, {
    id: newId(),
    name,
    nameCanonical: skeleton(name),
    description,
    source: 'imported',
  });
  await store.addGrants(ctx, made.id, grants);
  ctx.audit(Group, { after: made, details: { added: grants }, action: 'groups.create' });
  return made;
}

/**
 * Whether the caller may let members of the group act in other tenants: as if it changed the group.
 *
 * @throws {Problem} 400 for a group that is not there, that is the Owner Group or of others; 403 `own-group`,
 *   `not-yours-to-grant`
 */
export async function requireMayShare(
  ctx: TenantContext,
  groupId: string,
  by?: Parameters<typeof requireMayChange>[2],
): Promise<store.GroupRow> {
  const [group] = await ctx.ask(store.one({ id: groupId }));
  const refuse = (message: string) => invalid({ path: 'groupId', message });
  if (!group) throw refuse('names a group that does not exist');
  if (group.isOwnerGroup) throw refuse('names the Owner Group; make a group for this');
  if (group.source === 'imported') throw refuse('names a group of others; access is not passed on');
  await requireMayChange(ctx, group, by);
  return group;
}

/** With its grants; the caller records why. */
export async function removeImportedGroup(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lock(ctx, id);
  await store.remove(ctx, id);
  ctx.audit(Group, { before, action: 'groups.delete' });
}

/** @throws {Problem} 400 for what no partner is ever let do */
export function requireDelegable({ source }: store.GroupRow, grants: Grant[]): void {
  if (source !== 'imported') return;
  const errors = grants.flatMap(({ permission }, at) =>
    permission.endsWith('.*') || !isDelegable(permission)
      ? [
          {
            path: `grants.${at}.permission`,
            message: permission.endsWith('.*')
              ? 'is not given whole to people of other tenants; name single permissions'
              : 'is never given to people of other tenants',
          },
        ]
      : [],
  );
  if (errors.length) throw invalid(...errors.slice(0, 20));
}
