import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import { isNamespaced, permissions, permissionsOf } from '../../kernel/catalogue.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { requireFreshSignIn } from '../../kernel/guards.ts';
import { newId } from '../../kernel/ids.ts';
import { MOST_COUNTED } from '../../kernel/page.ts';
import { conflict, forbidden, invalid, lacking, notFound } from '../../kernel/problem.ts';
import { requireCovered } from '../../kernel/strength.ts';
import * as effects from '../effects/service.ts';
import { nameGuests } from '../visits/service.ts';
import {
  managedElsewhere,
  provisioningFor,
  requireHolds,
  requireManagedHere,
  requireMayChange,
  requireNotFixed,
} from './authority.ts';
import { effectOf, lookAtChange, lookAtChangeAndMembers, namesOfChange } from './effect.ts';
import { endOf, scheduleEnd, scheduleEnds } from './ending.ts';
import { holdingPrincipal, holdPrincipals } from './holding-store.ts';
import { requireDelegable } from './imported.ts';
import {
  type Grants,
  Group,
  type GroupChanges,
  type GroupCopy,
  type GroupPreview,
  type GroupPreviewNames,
  type GroupQuery,
  type MemberQuery,
  type NewGroup,
} from './schema.ts';
import * as store from './store.ts';
import { templates } from './templates.ts';

const counted = ({ memberCount }: store.GroupRow) => ({
  memberCount: Math.min(memberCount, MOST_COUNTED),
  memberCountIsAtLeast: memberCount > MOST_COUNTED,
});

/** A group as the caller sees it, with what it may do. Who may not delete it may not rename it either. */
function shown(ctx: TenantContext, group: store.GroupRow, provisioning: string) {
  const own = group.isOwnerGroup ? 'The Owner Group is never renamed, disabled or deleted.' : null;
  const managed = managedElsewhere(group.source, provisioning);
  return {
    actions: actionsOf(ctx, [
      { name: 'groups.change', permission: 'groups.change' },
      { name: 'groups.add-members', permission: 'groups.change', blocked: managed },
      {
        name: 'groups.change-grants',
        permission: 'groups.change',
        blocked: group.isOwnerGroup ? 'The Owner Group has full access by itself.' : null,
      },
      {
        name: group.status === 'enabled' ? 'groups.disable' : 'groups.enable',
        permission: 'groups.change',
        blocked: own,
      },
      {
        name: 'groups.duplicate',
        permission: 'groups.change',
        blocked: group.isOwnerGroup ? 'The Owner Group has no grants to copy.' : null,
      },
      { name: 'groups.delete', permission: 'groups.change', blocked: own ?? managed },
    ]),
    ...group,
    ...counted(group),
  };
}

const shownAlone = async (ctx: TenantContext, group: store.GroupRow) =>
  shown(ctx, group, await provisioningFor(ctx, [group]));

export * from './admitted.ts';
export * from './comparison.ts';
export * from './ending.ts';
export * from './imported.ts';
export * from './in-namespace.ts';
export * from './leaving.ts';
export * from './looking.ts';
export * from './provisioned.ts';
export { coverAll, type Held, holdAsRead, holdWhatItHolds, whatItHolds } from './strength.ts';

/** The Owner Group of a new tenant. */
export async function createOwnerGroup(ctx: TenantContext) {
  const group = store.insert(ctx, {
    id: newId(),
    name: 'Owners',
    nameCanonical: skeleton('Owners'),
    description: 'Full access to this tenant.',
    isOwnerGroup: true,
  });
  ctx.audit(Group, { after: { ...group, actions: [] }, action: 'groups.create' });
  return group;
}

/** @throws {Problem} 409 `name-taken`; 403 `not-yours-to-grant` for what the template grants */
export async function createGroup(ctx: TenantContext, { name, description, ownerId, template }: NewGroup) {
  const begun = templates.find((each) => each.name === template);
  const grants = (begun?.grants ?? []).map((permission) => ({ permission, namespaceId: null }));
  requireHolds(ctx, grants, 'You would grant');
  if (ownerId) await requireMembersExist(ctx, 'account', [ownerId], 'ownerId');
  await requireRoom(ctx, 'groups');
  const made = store.insert(ctx, {
    id: newId(),
    name,
    nameCanonical: skeleton(name),
    description: description ?? begun?.description ?? '',
    ownerId: ownerId ?? null,
  });
  await store.addGrants(ctx, made.id, grants);
  ctx.audit(Group, { after: made, ...(begun ? { details: { template, added: grants } } : {}) });
  return shownAlone(ctx, made);
}

/**
 * Makes a local group with what another one grants, and if wanted with its members of the moment.
 *
 * @throws {Problem} 403 `not-yours-to-grant`; 409 `name-taken`, `owner-group-fixed`; 400 with members of an imported group
 */
export async function duplicateGroup(ctx: TenantContext, id: string, { name, description, withMembers }: GroupCopy) {
  const original = await store.find(ctx, id);
  const grants = await store.grantsOf(ctx, id);
  if (!ctx.rights.isOwner && original.isOwnerGroup)
    throw forbidden('owners-only', 'Only an owner copies the members of the Owner Group.');
  requireHolds(ctx, grants, 'This group holds');
  if (original.isOwnerGroup)
    throw conflict('owner-group-fixed', 'The Owner Group has full access by itself; it has no grants to copy.');
  if (withMembers && original.source === 'imported')
    throw invalid({ path: 'withMembers', message: 'must be false: home chooses who is in an imported group' });
  await requireRoom(ctx, 'groups');
  const made = store.insert(ctx, {
    id: newId(),
    name,
    nameCanonical: skeleton(name),
    description: description ?? original.description,
    ownerId: original.ownerId,
    // With members it gives nobody what the original does not give: to enable it is another change, with its own look.
    ...(withMembers ? { status: original.status } : {}),
  });
  await store.addGrants(ctx, made.id, grants);
  const memberCount = withMembers ? await store.copyMembers(ctx, id, made.id) : 0;
  if (memberCount > 0) await scheduleEnds(ctx, made.id);
  ctx.audit(Group, { after: { ...made, memberCount }, details: { copyOf: id, added: grants } });
  return shownAlone(ctx, { ...made, memberCount });
}

export { holdToLeave } from './holding-store.ts';
export { givenBy as whatGroupGives, holdAll as holdGroups, one as foundGroup } from './store.ts';

export const readGroup = async (ctx: TenantContext, id: string) => shownAlone(ctx, await store.find(ctx, id));

/** The ids of groups by their canonical names. */
export const groupsNamed = (ctx: TenantContext, canonical: string[]): Promise<Map<string, string>> =>
  store.named(ctx, canonical);

export async function listGroups(ctx: TenantContext, query: z.output<typeof GroupQuery>) {
  const found = await store.list(ctx, query);
  const provisioning = await provisioningFor(ctx, found.items);
  return { ...found, items: found.items.map((group) => shown(ctx, group, provisioning)) };
}

/**
 * Changes name, description or the account responsible.
 *
 * @throws {Problem} 409 `owner-group-fixed` for the name of the Owner Group, `managed-elsewhere` for one of provisioning
 */
export async function changeGroup(ctx: TenantContext, id: string, changes: GroupChanges) {
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  if (changes.ownerId) await requireMembersExist(ctx, 'account', [changes.ownerId], 'ownerId');
  ctx.requireVersion(before);
  if (changes.name !== undefined && changes.name !== before.name) await requireManagedHere(ctx, before);
  requireNotFixed(before, { name: changes.name });
  const { name, description, ownerId } = changes;
  const after = await store.update(ctx, id, {
    ...(name === undefined ? {} : { name, nameCanonical: skeleton(name) }),
    ...(description === undefined ? {} : { description }),
    ...(ownerId === undefined ? {} : { ownerId }),
  });
  ctx.audit(Group, { before, after });
  return shownAlone(ctx, after);
}

/** Disabling takes from every member what the group grants, with their next request; nothing is deleted. */
export async function setGroupStatus(ctx: TenantContext, id: string, status: 'enabled' | 'disabled') {
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  requireNotFixed(before, { status });
  if (before.status === status) return shownAlone(ctx, before);
  const effect = await effectOf(ctx, before, { status });
  const after = await store.update(ctx, id, { status });
  ctx.audit(Group, { before, after, details: { effect } });
  return shownAlone(ctx, after);
}

/** Deletes a group with its memberships and grants; its name is free at once. */
export async function deleteGroup(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  ctx.requireVersion(before);
  requireNotFixed(before, { status: 'deleted' });
  await requireManagedHere(ctx, before);
  const effect = await effectOf(ctx, before, { isDeleted: true });
  const { accounts, serviceAccounts, guests } = await store.countMembers(ctx, id);
  const memberCount = accounts + serviceAccounts + guests;
  await store.remove(ctx, id);
  store.endLendingOf(ctx, id);
  ctx.audit(Group, { before: { ...before, memberCount }, details: { members: memberCount, effect } });
}

export async function listMembers(ctx: TenantContext, id: string, query: z.output<typeof MemberQuery>) {
  await store.find(ctx, id);
  const found = await store.listMembers(ctx, id, query);
  return { ...found, items: await nameGuests(ctx, found.items) };
}

/** Whether a guest may be a member: one who was invited, and is one still. Whom partner access alone lets in may not. */
export const mayGuestBeMember = async (ctx: TenantContext, id: string) =>
  (await store.existing(ctx, 'guest', [id])).has(id);

async function requireMembersExist(
  ctx: TenantContext,
  kind: 'account' | 'service-account' | 'guest',
  ids: string[],
  path: string,
) {
  const existing = await store.existing(ctx, kind, ids);
  const missing = ids.flatMap((id, at) =>
    existing.has(id)
      ? []
      : [
          {
            path: path === 'ownerId' ? path : `${path}.${at}`,
            message: `names ${{ account: 'an account', 'service-account': 'a service account', guest: 'a guest' }[kind]} that does not exist`,
          },
        ],
  );
  if (missing.length) throw invalid(...missing.slice(0, 20));
}

/**
 * Adds members; who is one already stays one, as long as before. They hold what the group grants with their next
 * request, and not from `endsAt` on.
 *
 * @throws {Problem} 403 `not-yours-to-grant`, `own-group`, `owners-only`, `fresh-sign-in-required` for owners; 400 that names an id that is not there
 */
export async function addMembers(
  ctx: TenantContext,
  id: string,
  {
    accountIds = [],
    serviceAccountIds = [],
    guestIds = [],
    endsAt,
  }: {
    accountIds?: string[] | undefined;
    serviceAccountIds?: string[] | undefined;
    guestIds?: string[] | undefined;
    endsAt?: string | undefined;
  },
  /** What else is asked of the group, before anything is done. */
  requireAsked?: (before: store.GroupRow) => void,
) {
  await holdPrincipals(ctx, [...accountIds, ...serviceAccountIds, ...guestIds]);
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  if (before.isOwnerGroup) requireFreshSignIn(ctx.identity);
  await requireManagedHere(ctx, before);
  await requireMembersExist(ctx, 'account', accountIds, 'accountIds');
  await requireMembersExist(ctx, 'service-account', serviceAccountIds, 'serviceAccountIds');
  await requireMembersExist(ctx, 'guest', guestIds, 'guestIds');
  requireAsked?.(before);
  const end = endsAt === undefined ? null : endOf(ctx, before, endsAt);
  const added = await store.addMembers(ctx, id, [...new Set([...accountIds, ...serviceAccountIds, ...guestIds])], end);
  if (added.length === 0) return { added: 0, ...counted(before), version: before.version };
  const effect = await effectOf(ctx, before, { joining: added });
  const after = await store.update(ctx, id, {});
  scheduleEnd(ctx, id, end);
  ctx.audit(Group, {
    target: { kind: 'group', id, name: before.name },
    details: { added, ...(end ? { endsAt: end } : {}), effect },
  });
  return { added: added.length, ...counted(after), version: after.version };
}

/**
 * Holds the groups that somebody who is to be made joins, and takes the turn: before a seat or a name is taken.
 *
 * @throws {Problem} 403 without `groups.change`
 */
export async function holdToJoin(ctx: TenantContext, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return;
  if (!ctx.rights.may('groups.change'))
    throw lacking('Naming groups needs the permission groups.change. Leave them out, or ask an owner.', {
      permission: 'groups.change',
    });
  await store.holdAll(ctx, groupIds);
  effects.takeTurn(ctx);
}

/**
 * Puts a principal into groups when it is made; `holdToJoin` was called before that.
 *
 * @throws {Problem} 400 that names a group that is not there; 403 as `addMembers`
 */
export async function joinGroups(
  ctx: TenantContext,
  principalId: string,
  kind: 'account' | 'service-account',
  groupIds: string[],
) {
  // In one order, so that no two wait for each other.
  for (const [at, groupId] of [...groupIds.entries()].sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    const ids = kind === 'account' ? { accountIds: [principalId] } : { serviceAccountIds: [principalId] };
    await addMembers(ctx, groupId, ids).catch((error) => {
      if (error?.code === 'not-found')
        throw invalid({ path: `groupIds.${at}`, message: 'names a group that does not exist' });
      throw error;
    });
  }
}

/** Puts a principal into the Owner Group; with the tenant only, before anybody has rights in it. */
export async function joinOwnerGroup(ctx: TenantContext, principalId: string) {
  const { id } = await store.lockOwnerGroup(ctx);
  await store.addMembers(ctx, id, [principalId]);
  ctx.audit(Group, {
    target: { kind: 'group', id, name: 'Owners' },
    details: { added: [principalId] },
    action: 'groups.add-members',
  });
}

/**
 * Makes an account an owner, and takes another one's place from it. Requires the owners to be held.
 *
 * @throws {Problem} 409 `last-owner` when no usable owner would remain
 */
export async function changeOwners(
  ctx: TenantContext,
  { added, removed }: { added: string; removed?: string | undefined },
): Promise<void> {
  const { id } = await store.lockOwnerGroup(ctx);
  const isNew = (await store.addMembers(ctx, id, [added])).length > 0;
  const isGone = removed !== undefined && (await store.removeMember(ctx, id, removed));
  if (isGone) await requireUsableOwner(ctx);
  if (!isNew && !isGone) return;
  const before = await store.find(ctx, id);
  const target = { kind: 'group', id, name: before.name };
  if (isNew) {
    const effect = await effectOf(ctx, before, { joining: [added] });
    ctx.audit(Group, { target, details: { added: [added], effect }, action: 'groups.add-members' });
  }
  if (isGone) {
    const effect = await effectOf(ctx, before, { leaving: [removed] });
    ctx.audit(Group, { target, details: { removed: [removed], effect }, action: 'groups.remove-member' });
  }
  await store.update(ctx, id, {});
}

/**
 * Takes a principal out of every group when it is deleted; the caller records it, and holds and counts the owners
 * where it could be one.
 */
export const leaveAllGroups = (ctx: TenantContext, principalId: string): Promise<void> =>
  store.removeFromAllGroups(ctx, principalId);

/** How many grants are limited to the namespace and end with it. */
export const countGrantsIn = (ctx: TenantContext, namespaceId: string): Promise<number> =>
  store.countGrantsIn(ctx, namespaceId);

/**
 * Removes a member; what only this group gave is over with the next request.
 *
 * @throws {Problem} 409 `last-owner` when no usable owner would remain
 */
export async function removeMember(
  ctx: TenantContext,
  id: string,
  principalId: string,
  /** What else is asked of the group, before anything is done. */
  requireAsked?: (before: store.GroupRow) => void,
): Promise<void> {
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  if (before.isOwnerGroup) requireFreshSignIn(ctx.identity);
  await requireManagedHere(ctx, before);
  if (!(await store.removeMember(ctx, id, principalId))) throw notFound('member');
  requireAsked?.(before);
  if (before.isOwnerGroup) await requireUsableOwner(ctx);
  const effect = await effectOf(ctx, before, { leaving: [principalId] });
  await store.update(ctx, id, {});
  ctx.audit(Group, { target: { kind: 'group', id, name: before.name }, details: { removed: [principalId], effect } });
}

/**
 * P25: at least one usable owner remains. Every act that could reduce owners calls `holdOwners` before it changes
 * anything and this after, in the same transaction.
 *
 * @throws {Problem} 409 `last-owner`
 */
export async function requireUsableOwner(ctx: TenantContext): Promise<void> {
  if ((await store.countUsableOwners(ctx)) === 0)
    throw conflict(
      'last-owner',
      'This would leave the tenant without an owner who can sign in. Make another owner first.',
    );
}

/** How many owners can get in now, or may accept the tenant's first invitation. */
export const countUsableOwners = (ctx: TenantContext): Promise<number> => store.countUsableOwners(ctx);

/**
 * Makes acts that could reduce owners wait for one another. Lock the account's row first.
 *
 * @param leaving who is to leave all groups: nobody makes a member of it from here on
 */
export const holdOwners = async (ctx: TenantContext, leaving?: string): Promise<void> => {
  if (leaving !== undefined) ctx.defer(holdingPrincipal({ id: leaving }));
  await store.lockOwnerGroup(ctx);
};

/** Groups of each principal, as accounts and service accounts show them. */
export async function groupsOf(ctx: TenantContext, principalIds: string[]) {
  const rows = await store.groupsOf(ctx, principalIds);
  const of = new Map<string, { id: string; name: string; status: string; isOwnerGroup: boolean }[]>(
    principalIds.map((id) => [id, []]),
  );
  for (const { principalId, ...group } of rows) of.get(principalId)?.push(group);
  return of;
}

interface Held {
  permission: string;
  namespaceId: string | null;
  namespaceName: string | null;
  groups: { id: string; name: string }[];
}

/**
 * What a principal's groups give it, each single permission with the groups that it comes from. Groups that are
 * disabled give nothing.
 */
export async function permissionsFrom(ctx: TenantContext, principalId: string): Promise<Held[]> {
  const held = new Map<string, Held>();
  for (const { permission, namespaceId, namespaceName, ...group } of await store.grantsTo(ctx, principalId))
    for (const single of group.isOwnerGroup ? permissions : permissionsOf(permission ?? '')) {
      const key = `${single}@${namespaceId ?? ''}`;
      const { id, name } = group;
      const known = held.get(key) ?? { permission: single, namespaceId, namespaceName, groups: [] };
      if (!known.groups.some((each) => each.id === id)) known.groups.push({ id, name });
      held.set(key, known);
    }
  const order = new Map<string, number>(permissions.map((name, at) => [name, at]));
  return [...held.values()].sort(
    (a, b) =>
      (order.get(a.permission) ?? 0) - (order.get(b.permission) ?? 0) ||
      (a.namespaceName ?? '').localeCompare(b.namespaceName ?? ''),
  );
}

/**
 * P23: nobody touches a stronger principal's credentials or status. Groups that are disabled count too: they may be
 * enabled again, and whoever was given a key meanwhile would hold what they grant.
 *
 * @throws {Problem} 403 `stronger-principal` when it holds what the caller does not; `lent-group`
 */
export async function requireNotStronger(ctx: TenantContext, principalId: string): Promise<void> {
  if (ctx.rights.isOwner || ctx.actor.door === 'operator') return;
  for (const group of (await groupsOf(ctx, [principalId])).get(principalId) ?? []) {
    if (group.isOwnerGroup) throw forbidden('stronger-principal', 'This is an owner. Only an owner may do this.');
    requireCovered(ctx, await store.givenBy(ctx, group.id), (lacked) =>
      forbidden('stronger-principal', `This principal holds ${lacked}, which you do not. Ask an owner.`),
    );
  }
}

export async function readGrants(ctx: TenantContext, id: string) {
  const { version } = await store.find(ctx, id);
  ctx.replyVersion(version);
  return { grants: await store.grantsOf(ctx, id) };
}

const wantedOf = ({ grants }: Grants) =>
  grants.map(({ permission, namespaceId = null }) => ({ permission, namespaceId }));

/** What stands stays as it is, also in a namespace that is deleted: it counts again once that is restored. */
async function difference(ctx: TenantContext, id: string, { grants }: Grants) {
  const key = ({ permission, namespaceId }: { permission: string; namespaceId?: string | null | undefined }) =>
    `${permission}@${namespaceId ?? ''}`;
  const seen = new Set<string>();
  const errors = grants.flatMap((grant, at) => {
    if (seen.size === seen.add(key(grant)).size) return [{ path: `grants.${at}`, message: 'is named twice' }];
    if (grant.namespaceId && !isNamespaced(grant.permission))
      return [{ path: `grants.${at}.namespaceId`, message: `${grant.permission} applies to the whole tenant only` }];
    return [];
  });
  const before = await store.grantsOf(ctx, id);
  const keysBefore = new Set(before.map(key));
  const isNew = (grant: Grants['grants'][number]) => !keysBefore.has(key(grant));
  const named = [...new Set(grants.filter(isNew).flatMap(({ namespaceId }) => namespaceId ?? []))];
  const there = await store.existingNamespaces(ctx, named);
  grants.forEach((grant, at) => {
    if (grant.namespaceId && isNew(grant) && !there.has(grant.namespaceId))
      errors.push({ path: `grants.${at}.namespaceId`, message: 'names a namespace that does not exist' });
  });
  if (errors.length) throw invalid(...errors.slice(0, 20));
  const wanted = wantedOf({ grants });
  const keysWanted = new Set(wanted.map(key));
  return {
    added: wanted.filter((grant) => !keysBefore.has(key(grant))),
    removed: before.filter((grant) => !keysWanted.has(key(grant))),
  };
}

/**
 * Replaces all grants of a group; its members hold the new ones with their next request.
 *
 * @throws {Problem} 403 `not-yours-to-grant` for a grant that the caller lacks; 409 `owner-group-fixed`
 */
export async function replaceGrants(ctx: TenantContext, id: string, wanted: Grants) {
  const before = await store.lock(ctx, id);
  await requireMayChange(ctx, before);
  const { added, removed } = await difference(ctx, id, wanted);
  requireHolds(ctx, added, 'You would grant');
  requireDelegable(before, wantedOf(wanted));
  ctx.requireVersion(before);
  requireNotFixed(before, { grants: wanted.grants });
  if (added.length + removed.length > 0) {
    const effect = await effectOf(ctx, before, { grants: wantedOf(wanted) });
    await store.removeGrants(ctx, id, removed);
    await store.addGrants(ctx, id, added);
    const after = await store.update(ctx, id, {});
    ctx.audit(Group, { target: { kind: 'group', id, name: before.name }, details: { added, removed, effect } });
    ctx.replyVersion(after.version);
  } else ctx.replyVersion(before.version);
  return { grants: await store.grantsOf(ctx, id) };
}

/** What replacing the grants would do, and to how many, without doing it. */
export async function previewGrants(ctx: TenantContext, id: string, wanted: Grants) {
  const group = await store.find(ctx, id);
  const { added, removed } = await difference(ctx, id, wanted);
  requireNotFixed(group, { grants: wanted.grants });
  requireDelegable(group, wantedOf(wanted));
  const warnings = [
    ...(group.status === 'disabled'
      ? ['The group is disabled: its members hold nothing of this until it is enabled.']
      : []),
    ...(added.some(({ permission }) => ['groups.change', 'groups.*'].includes(permission))
      ? ['Who may change groups may pass on everything that they hold themselves.']
      : []),
  ];
  return { added, removed, ...(await lookAtChangeAndMembers(ctx, group, { grants: wantedOf(wanted) })), warnings };
}

/** @throws {Problem} 400 that names what is not there, or no change at all; 409 `owner-group-fixed` as the change itself */
async function changeOf(
  ctx: TenantContext,
  group: store.GroupRow,
  {
    grants,
    status,
    ownerId,
    addAccountIds = [],
    addServiceAccountIds = [],
    addGuestIds = [],
    removeMemberIds = [],
  }: GroupPreview,
): Promise<effects.GroupChange> {
  if (grants) await difference(ctx, group.id, { grants });
  if (ownerId) await requireMembersExist(ctx, 'account', [ownerId], 'ownerId');
  await requireMembersExist(ctx, 'account', addAccountIds, 'addAccountIds');
  await requireMembersExist(ctx, 'service-account', addServiceAccountIds, 'addServiceAccountIds');
  await requireMembersExist(ctx, 'guest', addGuestIds, 'addGuestIds');
  const named = [...new Set([...addAccountIds, ...addServiceAccountIds, ...addGuestIds])];
  const present = await store.membersAmong(ctx, group.id, [...named, ...removeMemberIds]);
  const strangers = removeMemberIds.flatMap((id, at) =>
    present.has(id) ? [] : [{ path: `removeMemberIds.${at}`, message: 'names nobody who is a member' }],
  );
  if (strangers.length) throw invalid(...strangers.slice(0, 20));
  requireNotFixed(group, { status, grants });
  const leaving = [...new Set(removeMemberIds)];
  return {
    ...(grants ? { grants: wantedOf({ grants }) } : {}),
    ...(status === 'deleted' ? { isDeleted: true } : status ? { status } : {}),
    // Who is added and removed at once is removed.
    joining: named.filter((id) => !present.has(id) && !leaving.includes(id)),
    leaving,
  };
}

/**
 * Who would gain and lose what, before anything is saved: the same difference that the audit then keeps.
 *
 * @throws {Problem} 503 as `lookAtChange`
 */
export async function previewGroup(ctx: TenantContext, id: string, preview: GroupPreview) {
  const group = await store.find(ctx, id);
  return lookAtChange(ctx, group, await changeOf(ctx, group, preview));
}

/** The names behind the numbers of a preview. */
export async function listPreviewNames(
  ctx: TenantContext,
  id: string,
  { side, permission, namespaceId, after, limit, ...preview }: z.output<typeof GroupPreviewNames>,
) {
  const group = await store.find(ctx, id);
  const change = await changeOf(ctx, group, preview);
  return namesOfChange(ctx, group, change, { side, permission, namespaceId, after, limit });
}
