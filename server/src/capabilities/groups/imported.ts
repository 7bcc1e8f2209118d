import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import { isDelegable } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { invalid } from '../../kernel/problem.ts';
import { requireHolds } from './authority.ts';
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
            message: 'is not given to people of other tenants; name single permissions',
          },
        ]
      : [],
  );
  if (errors.length) throw invalid(...errors.slice(0, 20));
}
