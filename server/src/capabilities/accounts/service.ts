import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { visitingTenants } from '../../kernel/sweep.ts';
import { groupsOf, holdToJoin, joinGroups, requireNotStronger } from '../groups/service.ts';
import type { SessionQuery } from '../sessions/schema.ts';
import { endAllSessions, listSessions } from '../sessions/service.ts';
import { sendInvitation } from './invitations.ts';
import * as listing from './list-store.ts';
import { insertPerson } from './making.ts';
import { attributesWith } from './renamed.ts';
import { Account, type AccountChanges, type AccountQuery, type NewAccount } from './schema.ts';
import { audited, requireManagedHere, shown, shownWithGroups } from './shown.ts';
import * as store from './store.ts';
import * as words from './words-store.ts';

export * from './admitted.ts';
export * from './adopted.ts';
export { clashesOf } from './clashes.ts';
export * from './deleted.ts';
export {
  acceptInvitation,
  askInvitation,
  inviteAgain,
  inviteFirstOwner,
  inviteFirstOwnerAgain,
} from './invitations.ts';
export { changeByMany, changeOfPeople, standingOfPeople } from './looking.ts';
export { createOwnerWithPassword, hashNewPassword } from './making.ts';
export { chosenPassword, passwordOwner, setPassword } from './passwords.ts';
export * from './provisioned.ts';
export { letInAsOwner } from './recovered.ts';
export { deleteAccount, disableAccount, enableAccount } from './status.ts';

/** Makes what lists find accounts by, of accounts that an earlier version wrote; beside this one, until it started. */
export function wordsOfEarlierVersions() {
  const looked = new Set<string>();
  return visitingTenants('account-words', 500, async (cell, tenantId) => {
    if (!looked.has(tenantId)) await words.doubtStandings(cell, tenantId);
    looked.add(tenantId);
    while (await words.addMissingWords(cell, tenantId));
  });
}

/**
 * Invites a person: the account is new until the mailed link was used.
 *
 * @throws {Problem} 400 that names `email`, `username` or a group; 409 `email-taken`, `username-taken`; 403 as
 *   `groups.add-members`
 */
export async function createAccount(ctx: TenantContext, { groupIds = [], ...person }: NewAccount) {
  await holdToJoin(ctx, groupIds);
  const made = await insertPerson(ctx, person, { status: 'new', verifiedAt: null, createdBy: ctx.actor.id });
  ctx.audit(Account, { after: audited(made) });
  await joinGroups(ctx, made.id, 'account', [...new Set(groupIds)]);
  await sendInvitation(ctx, made);
  return shownWithGroups(ctx, await store.find(ctx, made.id));
}

export const readAccount = async (ctx: TenantContext, id: string) => shownWithGroups(ctx, await store.find(ctx, id));

export async function listAccounts(ctx: TenantContext, query: z.output<typeof AccountQuery>) {
  const found = await listing.list(ctx, query);
  const groups = await groupsOf(
    ctx,
    found.items.map(({ id }) => id),
  );
  return { ...found, items: found.items.map((account) => shown(ctx, account, groups.get(account.id) ?? [])) };
}

/**
 * Changes names, telephone or language. A display name that was made of the names follows them.
 *
 * @throws {Problem} 409 `managed-elsewhere`
 */
export async function changeAccount(ctx: TenantContext, id: string, changes: AccountChanges) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  ctx.requireVersion(before);
  requireManagedHere(ctx, before);
  const {
    firstName = before.firstName,
    lastName = before.lastName,
    mobilePhone = before.mobilePhone,
    language = before.language,
  } = changes;
  const isDerived = before.displayName === `${before.firstName} ${before.lastName}`;
  const displayName = changes.displayName ?? (isDerived ? `${firstName} ${lastName}` : before.displayName);
  const person = { firstName, lastName, displayName, mobilePhone };
  const after = await store.update(ctx, id, {
    ...person,
    language,
    ...(before.source === 'scim' ? { attributes: await attributesWith(ctx, id, person) } : {}),
  });
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return shownWithGroups(ctx, after);
}

export async function listSessionsOf(ctx: TenantContext, id: string, query: z.output<typeof SessionQuery>) {
  await store.find(ctx, id);
  return listSessions(ctx, id, query);
}

/** @throws {Problem} 403 `stronger-principal` */
export async function endSessionsOfAccount(ctx: TenantContext, id: string): Promise<void> {
  await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  await endAllSessions(ctx, id);
}
