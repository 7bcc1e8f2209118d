import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { newId } from '../../kernel/ids.ts';
import { invalid, notFound, requireThere } from '../../kernel/problem.ts';
import * as credentials from '../credentials/service.ts';
import type { LookAtSwitch } from '../effects/schema.ts';
import { type Change, effectOf, type GroupChange } from '../effects/service.ts';
import * as groups from '../groups/service.ts';
import {
  type KeyQuery,
  type LookAtServiceAccount,
  type NewKey,
  type NewServiceAccount,
  ServiceAccount,
  type ServiceAccountChanges,
  type ServiceAccountQuery,
} from './schema.ts';
import * as store from './store.ts';

const keyLife = { defaultDays: 90, maxDays: 365 };
const MAX_LIVE_KEYS = 20;

/** Service accounts as the caller sees them, with their groups and what it may do. */
async function shown(ctx: TenantContext, accounts: store.ServiceAccountRow[]) {
  const of = await groups.groupsOf(
    ctx,
    accounts.map(({ id }) => id),
  );
  return accounts.map((account) => {
    const memberOf = of.get(account.id) ?? [];
    const stronger =
      !ctx.rights.isOwner && memberOf.some(({ isOwnerGroup }) => isOwnerGroup)
        ? 'This service account is an owner. Only an owner may do this.'
        : null;
    const change = { permission: 'integrations.change', blocked: stronger };
    return {
      groups: memberOf,
      actions: actionsOf(ctx, [
        { name: 'service-accounts.change', ...change },
        { name: account.status === 'enabled' ? 'service-accounts.disable' : 'service-accounts.enable', ...change },
        { name: 'service-accounts.delete', ...change },
        { name: 'service-accounts.issue-key', permission: 'integrations.issue', blocked: stronger },
        { name: 'service-accounts.revoke-key', permission: 'integrations.issue', blocked: stronger },
      ]),
      ...account,
    };
  });
}

const shownOne = async (ctx: TenantContext, account: store.ServiceAccountRow) => {
  const [only] = await shown(ctx, [account]);
  if (!only) throw notFound('service account');
  return only;
};

export const readServiceAccount = async (ctx: TenantContext, id: string) => shownOne(ctx, await store.find(ctx, id));

export async function listServiceAccounts(ctx: TenantContext, query: z.output<typeof ServiceAccountQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shown(ctx, found.items) };
}

/**
 * Makes a service account, in groups when they are named. It has no key yet.
 *
 * @throws {Problem} 409 `name-taken`, `too-many-service-accounts`; 400 that names a group that is not there; 403
 *   `not-yours-to-grant`
 */
export async function createServiceAccount(
  ctx: TenantContext,
  { name, description = '', groupIds = [] }: z.output<typeof NewServiceAccount>,
) {
  await requireRoom(ctx, 'service-accounts');
  await groups.holdToJoin(ctx, groupIds);
  const made = await store.insert(ctx, { id: newId(), name, nameCanonical: skeleton(name), description });
  await groups.joinGroups(ctx, made.id, 'service-account', groupIds);
  const account = await shownOne(ctx, made);
  ctx.audit(ServiceAccount, { after: account });
  return account;
}

/** Holds the row, after P23: nobody touches a stronger service account. */
async function lockForChange(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await groups.requireNotStronger(ctx, id);
  return before;
}

/** @throws {Problem} 403 `stronger-principal`; 409 `name-taken` */
export async function changeServiceAccount(
  ctx: TenantContext,
  id: string,
  { name, description }: z.output<typeof ServiceAccountChanges>,
) {
  const before = await lockForChange(ctx, id);
  ctx.requireVersion(before);
  const after = await store.update(ctx, id, {
    ...(name === undefined ? {} : { name, nameCanonical: skeleton(name) }),
    ...(description === undefined ? {} : { description }),
  });
  const account = await shownOne(ctx, after);
  ctx.audit(ServiceAccount, { before: { ...account, ...before }, after: account });
  return account;
}

/** Disabling stops every key with its next request; enabling lets those work again that are still live. */
export async function setServiceAccountStatus(ctx: TenantContext, id: string, status: 'enabled' | 'disabled') {
  const before = await lockForChange(ctx, id);
  if (before.status === status) return shownOne(ctx, before);
  const effect = await effectOf(ctx, actingOf([id], status));
  const account = await shownOne(ctx, await store.update(ctx, id, { status }));
  ctx.audit(ServiceAccount, { before: { ...account, ...before }, after: account, details: { effect } });
  return account;
}

const actingOf = (ids: string[], status: 'enabled' | 'disabled' | 'deleted'): Change =>
  status === 'enabled' ? { starting: ids } : { stopping: ids };

/**
 * What another status and other groups would change of a service account, or what a new one would hold.
 *
 * @throws {Problem} 404; 400 that names a group that is not there
 */
export async function lookAtServiceAccount(
  ctx: TenantContext,
  { id, status, addGroupIds = [], removeGroupIds = [] }: z.output<typeof LookAtServiceAccount>,
) {
  if (!id) return { change: {}, newcomers: [await groups.newcomerTo(ctx, addGroupIds, 'addGroupIds')] };
  await store.find(ctx, id);
  const joining = [id];
  const wanted = new Map<string, GroupChange>([
    ...addGroupIds.map((groupId): [string, GroupChange] => [groupId, { joining }]),
    ...removeGroupIds.map((groupId): [string, GroupChange] => [groupId, { leaving: joining }]),
  ]);
  const found = await groups.changesOfGroups(ctx, wanted);
  const isThere = new Set(found.map(({ group }) => group.id));
  const missing = Object.entries({ addGroupIds, removeGroupIds }).flatMap(([field, ids]) =>
    ids.flatMap((groupId, at) =>
      isThere.has(groupId) ? [] : [{ path: `${field}.${at}`, message: 'names a group that does not exist' }],
    ),
  );
  if (missing.length) throw invalid(...missing.slice(0, 20));
  return { change: { ...(status ? actingOf([id], status) : {}), groups: found }, newcomers: [] };
}

/**
 * What turning several on or off together would change; those that stand so already are skipped.
 *
 * @throws {Problem} 400 that names an id
 */
export async function lookAtServiceAccounts(
  ctx: TenantContext,
  { ids, status }: z.output<typeof LookAtSwitch>,
): Promise<{ change: Change; skipped: number }> {
  const found = await store.statusesOf(ctx, [...new Set(ids)]);
  requireThere('ids', ids, new Set(found.map(({ id }) => id)), 'names a service account that does not exist');
  const turned = found.filter((each) => each.status !== status).map(({ id }) => id);
  return { change: actingOf(turned, status), skipped: found.length - turned.length };
}

/** Deletes a service account: its keys are revoked, its memberships end, its name is free at once. */
export async function deleteServiceAccount(ctx: TenantContext, id: string): Promise<void> {
  const before = await lockForChange(ctx, id);
  ctx.requireVersion(before);
  const account = await shownOne(ctx, before);
  groups.holdToLeave(ctx, id);
  const effect = await effectOf(ctx, { stopping: [id] });
  const keysRevoked = await credentials.revokeAllOf(ctx, id);
  await groups.leaveAllGroups(ctx, id);
  await store.update(ctx, id, { deletedAt: ctx.now });
  ctx.audit(ServiceAccount, { before: account, details: { keysRevoked, effect } });
}

export async function listKeys(ctx: TenantContext, id: string, query: z.output<typeof KeyQuery>) {
  await store.find(ctx, id);
  return credentials.list(ctx, 'sa', { principalId: id }, query);
}

/** A key of the service account that the path names. */
export async function readKey(ctx: TenantContext, keyId: string, { id }: { id: string }) {
  await store.find(ctx, id);
  return credentials.find(ctx, 'sa', { principalId: id }, keyId);
}

/**
 * Issues a key, whose `value` is shown in this reply only.
 *
 * @throws {Problem} 409 `too-many-keys`; 400 that names `expiresAt`; 403 `stronger-principal`
 */
export async function issueKey(ctx: TenantContext, id: string, { name, expiresAt }: z.output<typeof NewKey>) {
  await lockForChange(ctx, id);
  const ends = credentials.expiryOf(ctx, expiresAt, keyLife);
  const key = await issueUntil(ctx, id, name, ends);
  await credentials.requireAtMost(ctx, 'sa', { principalId: id }, { max: MAX_LIVE_KEYS, code: 'too-many-keys' });
  return key;
}

async function issueUntil(ctx: TenantContext, principalId: string, name: string, expiresAt: Date) {
  const { credential, value } = await credentials.issue(ctx, 'sa', { principalId }, { name, expiresAt });
  credentials.record(ctx, { after: credential, action: 'service-accounts.issue-key' });
  return { ...credential, value };
}

/** Revokes a key: the next request that carries it is a 401. @throws {Problem} 403 `stronger-principal` */
export async function revokeKey(ctx: TenantContext, id: string, keyId: string): Promise<void> {
  await lockForChange(ctx, id);
  await credentials.revoke(ctx, 'sa', { principalId: id }, keyId);
}

/** The first key of a new tenant, of a service account in its Owner Group. Shown once, to whoever made the tenant. */
export async function createBootstrapKey(ctx: TenantContext, expiresAt: Date): Promise<{ value: string }> {
  const name = 'bootstrap';
  const made = await store.insert(ctx, {
    id: newId(),
    name,
    nameCanonical: skeleton(name),
    description: 'Made with the tenant. Its key is short-lived: issue others, then delete this service account.',
  });
  await groups.joinOwnerGroup(ctx, made.id);
  ctx.audit(ServiceAccount, { after: await shownOne(ctx, made), action: 'service-accounts.create' });
  const { value } = await issueUntil(ctx, made.id, name, expiresAt);
  return { value };
}
