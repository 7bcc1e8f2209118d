import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { requireThere } from '../../kernel/problem.ts';
import { cover } from '../../kernel/strength.ts';
import type { LookAtSwitch } from '../effects/schema.ts';
import * as effects from '../effects/service.ts';
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

/**
 * What turning several groups on or off together would change: who holds the same through two of them loses it with both.
 * Those that stand so already are skipped, the Owner Group, and imported ones, whose people only their home can count.
 *
 * @throws {Problem} 400 that names an id
 */
export async function changeByGroups(
  ctx: TenantContext,
  { ids, status }: z.output<typeof LookAtSwitch>,
): Promise<{ change: effects.Change; skipped: number }> {
  const found = await store.withGrants(ctx, [...new Set(ids)]);
  requireThere('ids', ids, new Set(found.map(({ id }) => id)), 'names a group that does not exist');
  const groups = found
    .filter((group) => group.status !== status && !group.isOwnerGroup && group.source !== 'imported')
    .map((group) => ({ group, status }));
  return { change: { groups }, skipped: found.length - groups.length };
}

/**
 * What somebody who is not there yet would hold by joining these groups: who is invited, a guest, a new machine.
 *
 * @throws {Problem} 400 that names an id of `field`
 */
export async function newcomerTo(ctx: TenantContext, ids: string[], field = 'groupIds') {
  const found = await store.withGrants(ctx, [...new Set(ids)]);
  requireThere(field, ids, new Set(found.map(({ id }) => id)), 'names a group that does not exist');
  return {
    value: null,
    groups: found.map(({ id, name }) => ({ id, name })),
    ...(await effects.givenToNewcomer(ctx, found)),
  };
}

/** Of these principals those whose status and credentials the caller may not touch, as `requireNotStronger` says of one. */
export async function strongerAmong(ctx: TenantContext, ids: string[]): Promise<Set<string>> {
  if (ctx.rights.isOwner) return new Set();
  const around = await store.givenAround(ctx, ids);
  const stronger = around.filter(
    ({ isOwnerGroup, permission, namespaceId }) =>
      isOwnerGroup || !cover(ctx.rights, [{ permission: permission ?? '', namespaceId }]),
  );
  const groupIds = [...new Set(stronger.map(({ id }) => id))];
  const members = await Promise.all(groupIds.map((id) => store.membersAmong(ctx, id, ids)));
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
