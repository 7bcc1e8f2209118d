import { needsPermission } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict, Problem } from '../../kernel/problem.ts';
import * as effects from '../effects/service.ts';
import { requireHolds, requireMayChange, requireNotFixed } from './authority.ts';
import { called } from './in-namespace-store.ts';
import { Group } from './schema.ts';
import * as store from './store.ts';

/** What groups may do in one namespace, by the names of the groups. */

export { grantsIn } from './in-namespace-store.ts';

/**
 * The groups of these names: id and name, by canonical name.
 *
 * @param holds against deletion, or to change them, until the transaction ends
 */
export const groupsCalled = async (ctx: TenantContext, names: string[], holds: boolean | 'to-change' = false) =>
  new Map(
    (await called(ctx, [...new Set(names.map(skeleton))], holds)).map(({ nameCanonical, ...group }) => [
      nameCanonical,
      group,
    ]),
  );

interface GrantChange {
  groupId: string;
  namespaceId: string;
  added: string[];
  removed: string[];
}

const grantsOf = ({ namespaceId }: GrantChange, permissions: string[]) =>
  permissions.map((permission) => ({ permission, namespaceId }));

async function requireMayGrant(ctx: TenantContext, group: store.GroupRow, change: GrantChange) {
  requireNotFixed(group, { grants: change.added });
  if (group.source === 'imported')
    throw conflict(
      'managed-elsewhere',
      'Its members are people of another tenant. What they may do is agreed with it.',
    );
  await requireMayChange(ctx, group);
  requireHolds(ctx, grantsOf(change, change.added), 'You would grant');
}

/** Why the caller cannot change what a group may do in a namespace; null when it can. */
export async function grantObstacle(ctx: TenantContext, change: GrantChange): Promise<string | null> {
  if (!ctx.rights.may('groups.change')) return needsPermission('groups.change');
  try {
    await requireMayGrant(ctx, await store.find(ctx, change.groupId), change);
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** Changes what groups, which are held, may do in one namespace each, as changes of their grants by hand would. */
export async function changeGrantsIn(ctx: TenantContext, changes: readonly GrantChange[]): Promise<void> {
  if (changes.length === 0) return;
  const said = await effects.askHomes(ctx, { groupIds: changes.map(({ groupId }) => groupId) });
  for (const change of changes) await changeOne(ctx, change, said);
}

async function changeOne(ctx: TenantContext, change: GrantChange, said: effects.HomesSaid): Promise<void> {
  const { groupId, namespaceId } = change;
  const group = await store.lock(ctx, groupId);
  await requireMayGrant(ctx, group, change);
  const before = await store.grantsOf(ctx, groupId);
  const here = before.filter((grant) => grant.namespaceId === namespaceId).map(({ permission }) => permission);
  const added = grantsOf(
    change,
    change.added.filter((permission) => !here.includes(permission)),
  );
  const removed = grantsOf(change, change.removed);
  const kept = before.filter(
    (grant) => grant.namespaceId !== namespaceId || !change.removed.includes(grant.permission),
  );
  const effect = await effects.effectOf(ctx, {
    groups: [{ group: { grants: before, ...group }, grants: [...kept, ...added] }],
    said,
  });
  await store.removeGrants(ctx, groupId, removed);
  await store.addGrants(ctx, groupId, added);
  await store.update(ctx, groupId, {});
  ctx.audit(Group, { target: { kind: 'group', id: groupId, name: group.name }, details: { added, removed, effect } });
}
