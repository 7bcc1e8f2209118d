import type { Actor } from '../../kernel/authenticate.ts';
import { skeleton } from '../../kernel/canonical.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, Problem, tooMany } from '../../kernel/problem.ts';
import { groupsOf, requireNotStronger } from '../groups/service.ts';
import { addressFingerprint, noteProvedAddress } from '../sessions/service.ts';
import { requireLocalSignIn } from '../single-sign-on/service.ts';
import * as links from './links-store.ts';
import { countMailTo } from './mailboxes.ts';
import { emailOf, hashNewPassword, insertPerson } from './making.ts';
import { Account } from './schema.ts';
import { audited, noAddress, requireManagedHere, shownWithGroups } from './shown.ts';
import * as store from './store.ts';
import * as waysIn from './ways-in-store.ts';

/** The way in for whom an administrator, or the operator, invited. */

const INVITATION_SECONDS = 7 * 86_400;
const INVITATIONS_AN_HOUR = 10;
/** So that a tenant is no means to flood other people's mailboxes. */
const INVITATIONS_OF_A_TENANT_AN_HOUR = 1000;

/**
 * Sends a fresh invitation; earlier ones are over. Requires the account's row to be held, or new.
 *
 * @throws {Problem} 429 when many were sent within the hour: nobody's mailbox is filled from here; 409 `no-address`
 */
export async function sendInvitation(ctx: TenantContext, { id, email }: store.AccountRow): Promise<Date> {
  if (!email) throw conflict('no-address', noAddress);
  if ((await links.countInvitations(ctx, id, ctx.later(-3600))) >= INVITATIONS_AN_HOUR)
    throw tooMany('This person was invited many times within the hour. Wait, then send another.', 3600);
  if (!(await hasInvitationsLeft(ctx)))
    throw tooMany('This tenant sent very many invitations within the hour. Wait, then go on.', 3600);
  await countMailTo(ctx, emailOf(email, 'email').canonical);
  links.endLinks(ctx, id);
  const token = formatLinkSecret(ctx.tenantId);
  const expiresAt = ctx.later(INVITATION_SECONDS);
  await links.insertInvitation(ctx, { id: newId(), accountId: id, secretHash: hashSecret(token), expiresAt });
  const { tenant, language } = await store.letterhead(ctx, id);
  const link = `${ctx.place.region.baseUrl}/accept#${token}`;
  ctx.mail({ to: email, language, text: (texts) => texts.invitation(tenant, link), names: [id] });
  return expiresAt;
}

/** Whether the tenant may send another invitation in this hour: long work waits instead of failing. */
export const hasInvitationsLeft = async (ctx: TenantContext): Promise<boolean> =>
  !(await links.hasInvited(ctx, INVITATIONS_OF_A_TENANT_AN_HOUR, ctx.later(-3600)));

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
    waysIn.indexAddress(ctx, before.id, addressFingerprint(ctx.platform, canonical));
  }
  const expiresAt = await sendInvitation(ctx, after);
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return { accountId: before.id, expiresAt };
}

export const linkOver = () =>
  new Problem(
    410,
    'link-over',
    'This link is not valid any more: it was used, replaced or is too old. Ask for another.',
  );

export const throughLink = (accountId: string | null): Actor => ({
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
    const account = await links.invited(ctx, hashSecret(token));
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
 * @throws {Problem} 410 `link-over`; 400 that names `password`, which leaves the link as it is; 403
 *   `single-sign-on-required`
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
      await requireLocalSignIn(ctx);
      const before = await store.lock(ctx, account.id).catch((error) => {
        throw error instanceof Problem ? linkOver() : error;
      });
      if (before.status === 'disabled' || before.verifiedAt) throw linkOver();
      if ((await links.consumeInvitation(ctx, hashSecret(token))) !== account.id) throw linkOver();
      const isOwner = (await groupsOf(ctx, [account.id])).get(account.id)?.some((group) => group.isOwnerGroup);
      const { accountEnabling } = await store.tenant(ctx);
      const isLetIn = isOwner || accountEnabling === 'automatic' || before.status === 'enabled';
      const status = isLetIn ? 'enabled' : 'new';
      waysIn.setPassword(ctx, account.id, passwordHash);
      waysIn.indexAddress(ctx, account.id, addressFingerprint(platform, emailOf(account.email, 'email').canonical));
      await noteProvedAddress(ctx, account.id);
      const after = await store.update(ctx, account.id, { status, verifiedAt: ctx.now });
      ctx.audit(Account, { before: audited(before), after: audited(after) });
      return { tenantId, accountId: account.id, status, email: account.email };
    },
  );
  if (!accepted) throw linkOver();
  return accepted;
}
