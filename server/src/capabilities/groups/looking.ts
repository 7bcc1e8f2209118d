import { permissionsOf } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import type * as effects from '../effects/service.ts';
import { livingPrincipals } from './provisioned-store.ts';
import * as store from './store.ts';

/** What is asked of groups before something is saved that concerns several of them. */

type ChangeOfGroup = effects.GroupChange & { group: effects.Group };

/**
 * Changes of groups by their ids, as an effect is asked of them. Groups that are not there are left out, and so is who
 * joins as a member or leaves as none.
 */
export async function changesOfGroups(
  ctx: TenantContext,
  wanted: ReadonlyMap<string, effects.GroupChange>,
): Promise<(ChangeOfGroup & { group: { name: string } })[]> {
  const found = await store.withGrants(ctx, [...wanted.keys()]);
  return Promise.all(
    found.map(async (group) => {
      const { joining = [], leaving = [], ...change } = wanted.get(group.id) ?? {};
      const present = await store.membersAmong(ctx, group.id, [...new Set([...joining, ...leaving])]);
      return {
        ...change,
        group,
        joining: joining.filter((id) => !present.has(id)),
        leaving: leaving.filter((id) => present.has(id)),
      };
    }),
  );
}

/** Of these principals those whose status and credentials the caller may not touch, as `requireNotStronger` says of one. */
export async function strongerAmong(ctx: TenantContext, ids: string[]): Promise<Set<string>> {
  if (ctx.rights.isOwner) return new Set();
  const groups = await store.withGrants(ctx, await store.groupsAround(ctx, ids));
  const stronger = groups.filter(
    ({ isOwnerGroup, grants }) =>
      isOwnerGroup ||
      grants.some(({ permission, namespaceId }) =>
        permissionsOf(permission).some((single) => !ctx.rights.may(single, namespaceId)),
      ),
  );
  const members = await Promise.all(stronger.map(({ id }) => store.membersAmong(ctx, id, ids)));
  return new Set(members.flatMap((each) => [...each]));
}

/** A group that would come back, as an effect is asked of it: with what is still there of its members and grants. */
export async function restoredGroup(
  ctx: TenantContext,
  { id, status, grants }: { id: string; status: string; grants: readonly effects.Grant[] },
  members: readonly string[],
): Promise<ChangeOfGroup> {
  const named = grants.flatMap(({ namespaceId }) => namespaceId ?? []);
  const namespaces = await store.existingNamespaces(ctx, [...new Set(named)]);
  return {
    group: { id, status: 'disabled', isOwnerGroup: false, memberCount: 0, grants: [] },
    status,
    grants: grants.filter(({ namespaceId }) => namespaceId === null || namespaces.has(namespaceId)),
    joining: members,
  };
}

/** Of these principals those that are there. */
export const livingAmong = (ctx: TenantContext, ids: readonly string[]): Promise<string[]> =>
  livingPrincipals(ctx, ids);
