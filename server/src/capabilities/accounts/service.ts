import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { Actor } from '../../kernel/authenticate.ts';
import { canonicalEmail, mixesScripts, skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { hashPassword } from '../../kernel/hashing.ts';
import { newId } from '../../kernel/ids.ts';
import { checkPassword } from '../../kernel/passwords.ts';
import { conflict, invalid, Problem, tooMany } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import {
  groupsOf,
  holdOwners,
  joinGroups,
  leaveAllGroups,
  requireNotStronger,
  requireUsableOwner,
} from '../groups/service.ts';
import type { SessionQuery } from '../sessions/schema.ts';
import {
  addressFingerprint,
  endAllSessions,
  endSessionsOf,
  listSessions,
  noteUseOfAddress,
} from '../sessions/service.ts';
import { attributesWith } from './provisioned.ts';
import { Account, type AccountChanges, type AccountQuery, type NewAccount } from './schema.ts';
import * as store from './store.ts';

export * from './provisioned.ts';

const INVITATION_SECONDS = 7 * 86_400;
const INVITATIONS_AN_HOUR = 10;
/** So that a tenant is no means to flood other people's mailboxes. */
const INVITATIONS_OF_A_TENANT_AN_HOUR = 1000;

type Groups = Awaited<ReturnType<typeof groupsOf>> extends Map<string, infer G> ? G : never;

const managedElsewhere = 'This account is managed by provisioning (SCIM). Change it there.';

/** Whether provisioning alone changes the account; not while it is off. */
const isManagedElsewhere = ({ identity }: TenantContext, { source }: Pick<store.AccountRow, 'source'>) =>
  source === 'scim' && identity.provisioning !== 'off';

/** An account as the caller sees it, with what it may do. */
function shown(ctx: TenantContext, account: store.AccountRow, groups: Groups) {
  const isLocal = account.source === 'local';
  const managed = isManagedElsewhere(ctx, account) ? managedElsewhere : null;
  const stronger =
    groups.some(({ isOwnerGroup }) => isOwnerGroup) && !ctx.rights.isOwner
      ? 'This is an owner. Only an owner may do this.'
      : null;
  const { status, verifiedAt } = account;
  const isEnabled = status === 'enabled';
  return {
    ...account,
    groups,
    actions: actionsOf(ctx, [
      { name: 'accounts.change', permission: 'accounts.change', blocked: managed },
      {
        name: 'accounts.enable',
        permission: 'accounts.change',
        blocked:
          managed ?? stronger ?? (isEnabled ? 'It is enabled.' : null) ?? (verifiedAt || !isLocal ? null : notAccepted),
      },
      {
        name: 'accounts.disable',
        permission: 'accounts.change',
        blocked: managed ?? stronger ?? (status === 'disabled' ? 'It is disabled.' : null),
      },
      {
        name: 'accounts.invite',
        permission: 'accounts.change',
        blocked:
          managed ??
          stronger ??
          (verifiedAt ? 'The invitation was accepted.' : null) ??
          (account.email ? null : noAddress),
      },
      { name: 'accounts.end-sessions', permission: 'accounts.change', blocked: stronger },
      {
        name: 'accounts.delete',
        permission: 'accounts.delete',
        blocked: managed ?? stronger ?? (status === 'disabled' ? null : 'Disable the account, then delete it.'),
      },
    ]),
  };
}

const notAccepted = 'The invitation was never accepted.';
const noAddress = 'This account has no e-mail address.';

async function shownWithGroups(ctx: TenantContext, account: store.AccountRow) {
  return shown(ctx, account, (await groupsOf(ctx, [account.id])).get(account.id) ?? []);
}

/** What the audit keeps of an account: its fields, personal ones encrypted for the person. */
const audited = (account: store.AccountRow) => {
  const { invitationExpiresAt: _sent, ...fields } = account;
  return fields;
};

function requireManagedHere(ctx: TenantContext, account: store.AccountRow): void {
  if (isManagedElsewhere(ctx, account)) throw conflict('managed-elsewhere', managedElsewhere);
}

/** @throws {Problem} 400 that names the field */
function emailOf(text: string, path: string) {
  const email = canonicalEmail(text);
  if (!email.ok) throw invalid({ path, message: email.reason });
  return email;
}

/**
 * Checks and hashes a password that somebody chose.
 *
 * @param fairnessKey whose turn it is: the tenant, or the source of the request
 * @throws {Problem} 400 that names `password`; 429 when too many wait
 */
export async function hashNewPassword(
  _platform: Platform,
  fairnessKey: string,
  password: string,
  about: { email?: string; names?: readonly string[]; minLength: 15 | 8 },
): Promise<string> {
  const checked = checkPassword(password, about);
  if (!checked.ok) throw invalid({ path: 'password', message: checked.message });
  return hashPassword(fairnessKey, password);
}

interface Person {
  email: string;
  firstName: string;
  lastName: string;
  username?: string | undefined;
  displayName?: string | undefined;
  mobilePhone?: string | undefined;
}

async function insertPerson(
  ctx: TenantContext,
  person: Person,
  state: { status: 'new' | 'enabled'; verifiedAt: Date | null; createdBy: string | null },
  path = 'email',
) {
  const { email, canonical } = emailOf(person.email, path);
  const username = person.username ?? email;
  if (username.split(/[^\p{L}\p{M}\p{N}]+/u).some(mixesScripts))
    throw invalid({ path: 'username', message: 'must not mix letters of several scripts' });
  await requireRoom(ctx, 'accounts');
  return store.insert(ctx, {
    id: newId(),
    email,
    emailCanonical: canonical,
    username,
    usernameCanonical: skeleton(username),
    firstName: person.firstName,
    lastName: person.lastName,
    displayName: person.displayName ?? `${person.firstName} ${person.lastName}`,
    mobilePhone: person.mobilePhone ?? null,
    ...state,
    fingerprint: addressFingerprint(ctx.platform, canonical),
  });
}

/**
 * Sends a fresh invitation; earlier ones are over. Requires the account's row to be held, or new.
 *
 * @throws {Problem} 429 when many were sent within the hour: nobody's mailbox is filled from here; 409 `no-address`
 */
async function sendInvitation(ctx: TenantContext, { id, email }: store.AccountRow): Promise<Date> {
  if (!email) throw conflict('no-address', noAddress);
  if ((await store.countInvitations(ctx, id, ctx.later(-3600))) >= INVITATIONS_AN_HOUR)
    throw tooMany('This person was invited many times within the hour. Wait, then send another.', 3600);
  if (await store.hasInvited(ctx, INVITATIONS_OF_A_TENANT_AN_HOUR, ctx.later(-3600)))
    throw tooMany('This tenant sent very many invitations within the hour. Wait, then go on.', 3600);
  store.endLinks(ctx, id);
  const token = formatLinkSecret(ctx.tenantId);
  const expiresAt = ctx.later(INVITATION_SECONDS);
  await store.insertInvitation(ctx, { id: newId(), accountId: id, secretHash: hashSecret(token), expiresAt });
  const { displayName } = await store.tenant(ctx);
  await ctx.mail({
    to: email,
    subject: `Invitation to ${displayName}`,
    body: [
      `You are invited to ${displayName}.`,
      '',
      'Set your password here:',
      `${ctx.place.region.baseUrl}/accept#${token}`,
      '',
      'The link works once, within 7 days. If you did not expect it, ignore this mail.',
      '',
    ].join('\n'),
  });
  return expiresAt;
}

/**
 * Makes and invites the first owner of a new tenant; the caller puts the account into the Owner Group. It counts as a
 * usable owner until the invitation is accepted, also when the link has expired.
 *
 * @param path where the caller's input holds the address
 * @throws {Problem} 400 that names the address
 */
export async function inviteFirstOwner(
  ctx: TenantContext,
  owner: { email: string; firstName: string; lastName: string },
  path = 'email',
) {
  const made = await insertPerson(ctx, owner, { status: 'new', verifiedAt: null, createdBy: null }, path);
  await sendInvitation(ctx, made);
  ctx.audit(Account, { after: audited(made), action: 'accounts.create' });
  return made;
}

/** Makes the first owner of a new tenant who has chosen a password already; may sign in at once. */
export async function createOwnerWithPassword(
  ctx: TenantContext,
  { passwordHash, ...owner }: Person & { passwordHash: string },
) {
  const made = await insertPerson(ctx, owner, { status: 'enabled', verifiedAt: ctx.now, createdBy: null });
  store.setPassword(ctx, made.id, passwordHash);
  ctx.audit(Account, { after: audited(made), action: 'accounts.create' });
  return made;
}

/**
 * Invites a person: the account is new until the mailed link was used.
 *
 * @throws {Problem} 400 that names `email`, `username` or a group; 409 `email-taken`, `username-taken`; 403 as
 *   `groups.add-members`
 */
export async function createAccount(ctx: TenantContext, { groupIds = [], ...person }: NewAccount) {
  const made = await insertPerson(ctx, person, { status: 'new', verifiedAt: null, createdBy: ctx.actor.id });
  ctx.audit(Account, { after: audited(made) });
  await joinGroups(ctx, made.id, 'account', [...new Set(groupIds)]);
  await sendInvitation(ctx, made);
  return shownWithGroups(ctx, await store.find(ctx, made.id));
}

export const readAccount = async (ctx: TenantContext, id: string) => shownWithGroups(ctx, await store.find(ctx, id));

export async function listAccounts(ctx: TenantContext, query: z.output<typeof AccountQuery>) {
  const found = await store.list(ctx, query);
  const groups = await groupsOf(
    ctx,
    found.items.map(({ id }) => id),
  );
  return { ...found, items: found.items.map((account) => shown(ctx, account, groups.get(account.id) ?? [])) };
}

/**
 * Changes names or telephone. A display name that was made of the names follows them.
 *
 * @throws {Problem} 409 `managed-elsewhere`
 */
export async function changeAccount(ctx: TenantContext, id: string, changes: AccountChanges) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  ctx.requireVersion(before);
  requireManagedHere(ctx, before);
  const { firstName = before.firstName, lastName = before.lastName, mobilePhone = before.mobilePhone } = changes;
  const isDerived = before.displayName === `${before.firstName} ${before.lastName}`;
  const displayName = changes.displayName ?? (isDerived ? `${firstName} ${lastName}` : before.displayName);
  const person = { firstName, lastName, displayName, mobilePhone };
  const after = await store.update(ctx, id, {
    ...person,
    ...(before.source === 'scim' ? { attributes: await attributesWith(ctx, id, person) } : {}),
  });
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return shownWithGroups(ctx, after);
}

/**
 * Lets an account in, with the groups and the password that it has. Whom provisioning made was never invited.
 *
 * @throws {Problem} 409 `not-verified` while no invitation was accepted; 403 `stronger-principal`
 */
export async function enableAccount(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  requireManagedHere(ctx, before);
  if (!before.verifiedAt && before.source === 'local')
    throw conflict('not-verified', `${notAccepted} Invite again; accepting shows the address.`);
  if (before.status === 'enabled') return shownWithGroups(ctx, before);
  const after = await store.update(ctx, id, { status: 'enabled', removedAt: null });
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return shownWithGroups(ctx, after);
}

/**
 * Shuts an account out: its sessions and open invitations end in the same transaction.
 *
 * @throws {Problem} 409 `last-owner` when no usable owner would remain; 403 `stronger-principal`
 */
export async function disableAccount(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  requireManagedHere(ctx, before);
  if (before.status === 'disabled') return shownWithGroups(ctx, before);
  await holdOwners(ctx);
  store.endLinks(ctx, id);
  const after = await store.update(ctx, id, { status: 'disabled' });
  const sessionsEnded = (await endSessionsOf(ctx, id)).length;
  await requireUsableOwner(ctx);
  ctx.audit(Account, { before: audited(before), after: audited(after), details: { sessionsEnded } });
  return shownWithGroups(ctx, after);
}

/**
 * Deletes a disabled account: memberships, password and sessions go, its address and username are free at once, and
 * of the person nothing remains outside the audit.
 *
 * @throws {Problem} 409 `not-disabled`; 403 `stronger-principal`
 */
export async function deleteAccount(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  ctx.requireVersion(before);
  requireManagedHere(ctx, before);
  if (before.status !== 'disabled') throw conflict('not-disabled', 'Disable the account, then delete it.');
  await holdOwners(ctx);
  store.endLinks(ctx, id);
  const sessionsEnded = (await endSessionsOf(ctx, id)).length;
  await leaveAllGroups(ctx, id);
  store.entomb(ctx, id);
  await requireUsableOwner(ctx);
  ctx.audit(Account, { before: audited(before), details: { sessionsEnded } });
}

/**
 * Sends the invitation again; earlier links are over. An account that was disabled before it accepted is new again; one
 * that provisioning made and left gets its password by it and stays enabled meanwhile.
 *
 * @throws {Problem} 409 `already-accepted`, `no-address`; 403 `stronger-principal`; 429 when it was sent often
 */
export async function inviteAgain(ctx: TenantContext, id: string) {
  const before = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  requireManagedHere(ctx, before);
  if (before.verifiedAt) throw conflict('already-accepted', 'The invitation was accepted. Enable the account instead.');
  await sendInvitation(ctx, before);
  const after = await store.update(ctx, id, { status: before.status === 'enabled' ? 'enabled' : 'new' });
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

/**
 * Sends the first owner's invitation again, by the operator, also to another address: without delay while it was
 * never accepted.
 *
 * @throws {Problem} 409 `already-accepted`, `email-taken`; 400 that names `email`
 */
export async function inviteFirstOwnerAgain(ctx: TenantContext, { email: typed }: { email?: string | undefined }) {
  const before = await store.lockFirstOwner(ctx);
  if (!before)
    throw conflict(
      'already-accepted',
      'An owner of this tenant has accepted already. Ask an owner to invite others; nobody needs the operator for it.',
    );
  let after = before;
  if (typed !== undefined) {
    const { email, canonical } = emailOf(typed, 'email');
    const username = before.username === before.email ? email : before.username;
    after = await store.update(ctx, before.id, {
      email,
      emailCanonical: canonical,
      username,
      usernameCanonical: skeleton(username),
    });
    store.indexAddress(ctx, before.id, addressFingerprint(ctx.platform, canonical));
  }
  const expiresAt = await sendInvitation(ctx, after);
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return { accountId: before.id, expiresAt };
}

const linkOver = () =>
  new Problem(
    410,
    'link-over',
    'This link is not valid any more: it was used, replaced or is too old. Ask for another.',
  );

const throughLink = (accountId: string | null): Actor => ({
  kind: accountId ? 'account' : 'system',
  id: accountId,
  credentialId: null,
  door: 'link',
});

/** Finds the invitation in the tenant that the token names. @throws {Problem} 410 `link-over`; 421 */
async function readInvitation({ platform, request }: PlatformContext, token: string) {
  const tenantId = parseLinkSecret(token)?.tenantId;
  const place = tenantId && (await platform.locate(tenantId));
  if (!tenantId || !place) throw linkOver();
  const found = await enterTenant({ platform, place, tenantId, actor: throughLink(null), request }, async (ctx) => {
    const account = await store.invited(ctx, hashSecret(token));
    if (!account) throw linkOver();
    requireDoorOpen(ctx.identity);
    return { account, tenant: await store.tenant(ctx) };
  });
  if (!found) throw linkOver();
  return { ...found, place, tenantId };
}

/** Whom an invitation is for, before it is used. @throws {Problem} 410 `link-over` */
export async function askInvitation(ctx: PlatformContext, token: string) {
  const { account, tenant } = await readInvitation(ctx, token);
  return { tenantDisplayName: tenant.displayName, email: account.email, firstName: account.firstName };
}

/**
 * Accepts an invitation with a password: the address is verified, and the account enabled unless the tenant's policy
 * leaves that to an administrator. An owner is enabled whatever the policy. Of any number at once one succeeds.
 *
 * @throws {Problem} 410 `link-over`; 400 that names `password`, which leaves the link as it is
 */
export async function acceptInvitation(
  { platform, request }: PlatformContext,
  { token, password }: { token: string; password: string },
) {
  const { account, tenant, place, tenantId } = await readInvitation({ platform, request }, token);
  const passwordHash = await hashNewPassword(platform, tenantId, password, {
    email: account.email,
    names: [account.firstName, account.lastName, account.username, tenant.displayName, tenant.legalName, tenant.name],
    minLength: 15,
  });
  const accepted = await enterTenant(
    { platform, place, tenantId, actor: throughLink(account.id), request },
    async (ctx) => {
      requireDoorOpen(ctx.identity);
      const before = await store.lock(ctx, account.id).catch((error) => {
        throw error instanceof Problem ? linkOver() : error;
      });
      if (before.status === 'disabled' || before.verifiedAt) throw linkOver();
      if ((await store.consumeInvitation(ctx, hashSecret(token))) !== account.id) throw linkOver();
      const isOwner = (await groupsOf(ctx, [account.id])).get(account.id)?.some((group) => group.isOwnerGroup);
      const { accountEnabling } = await store.tenant(ctx);
      const isLetIn = isOwner || accountEnabling === 'automatic' || before.status === 'enabled';
      const status = isLetIn ? 'enabled' : 'new';
      store.setPassword(ctx, account.id, passwordHash);
      store.indexAddress(ctx, account.id, addressFingerprint(platform, emailOf(account.email, 'email').canonical));
      await noteUseOfAddress(ctx, account.id);
      const after = await store.update(ctx, account.id, { status, verifiedAt: ctx.now });
      ctx.audit(Account, { before: audited(before), after: audited(after) });
      return { tenantId, accountId: account.id, status, email: account.email };
    },
  );
  if (!accepted) throw linkOver();
  return accepted;
}
