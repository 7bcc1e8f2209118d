import { skeleton, unlinked } from '../../kernel/canonical.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import type { MailTexts } from '../../kernel/messages/mails.ts';
import { conflict, notFound } from '../../kernel/problem.ts';
import { requireNotStronger } from '../groups/service.ts';
import { addressFingerprint, noteProvedAddress } from '../sessions/service.ts';
import { linkOver, sendInvitation, throughLink } from './invitations.ts';
import * as links from './links-store.ts';
import { countEmailChange, countMailTo } from './mailboxes.ts';
import { emailOf } from './making.ts';
import { Account, EmailChange } from './schema.ts';
import { addressOfProvisioning, audited, shownWithGroups } from './shown.ts';
import * as store from './store.ts';
import * as waysIn from './ways-in-store.ts';

/**
 * Another address for an account: a link goes to the new one, the old one is told, and stays until the link is used.
 * Whoever never accepted an invitation has no address that was proved, so theirs changes at once.
 */

const LINK_SECONDS = 86_400;

const ofAccount = (id: string) => ({ kind: 'account', id });

/** @throws {Problem} 409 `email-taken` */
async function requireFree(ctx: TenantContext, canonical: string) {
  if (await store.isAddressTaken(ctx, canonical))
    throw conflict('email-taken', 'An account of this tenant has this e-mail address already.');
}

/**
 * Asks for another address. Asking again sends another link, also to another address; the earlier one is over.
 *
 * @throws {Problem} 400 that names `email`; 409 `email-taken`, `email-unchanged`, `managed-elsewhere`; 403
 *   `stronger-principal`; 429 when many links were sent within the hour
 */
async function ask(ctx: TenantContext, account: store.AccountRow, typed: string) {
  if (account.source === 'scim') throw conflict('managed-elsewhere', addressOfProvisioning);
  const { email, canonical } = emailOf(typed, 'email');
  if (email === account.email) throw conflict('email-unchanged', 'The account has this e-mail address.');
  // The same mailbox in other letters is the account's own.
  if (!account.email || emailOf(account.email, 'email').canonical !== canonical) await requireFree(ctx, canonical);
  if (!account.verifiedAt) return readdress(ctx, account, email, canonical);

  const { id, displayName } = account;
  const earlier = await links.emailChangeOf(ctx, id);
  await countEmailChange(ctx, id);
  await countMailTo(ctx, canonical);
  const token = formatLinkSecret(ctx.tenantId);
  const expiresAt = ctx.later(LINK_SECONDS);
  await links.putEmailChange(ctx, {
    id: newId(),
    accountId: id,
    email,
    emailCanonical: canonical,
    secretHash: hashSecret(token),
    expiresAt,
  });
  const { tenant, language } = await store.letterhead(ctx, id);
  const person = unlinked(displayName);
  const link = `${ctx.place.region.baseUrl}/confirm-email#${token}`;
  ctx.mail({ to: email, language, text: (texts) => texts.confirmEmail(tenant, person, link), names: [id] });
  if (account.email && earlier?.emailCanonical !== canonical)
    ctx.mail({ to: account.email, language, text: (texts) => texts.emailToChange(tenant, person), names: [id] });
  ctx.audit(EmailChange, {
    ...(earlier ? { before: { email: earlier.email, expiresAt: earlier.expiresAt } } : {}),
    after: { email, expiresAt },
    target: ofAccount(id),
  });
  return store.find(ctx, id);
}

/** Puts an address right that was never proved, and invites there; a username that was made of it follows. */
async function readdress(ctx: TenantContext, before: store.AccountRow, email: string, canonical: string) {
  const { id } = before;
  const username = before.username === before.email ? email : before.username;
  const after = await store.update(ctx, id, {
    email,
    emailCanonical: canonical,
    username,
    usernameCanonical: skeleton(username),
  });
  waysIn.indexAddress(ctx, id, addressFingerprint(ctx.platform, canonical));
  if (after.status === 'disabled') links.endLinks(ctx, id);
  else await sendInvitation(ctx, after);
  ctx.audit(Account, { before: audited(before), after: audited(after) });
  return store.find(ctx, id);
}

/** An administrator asks for another address of an account. @throws {Problem} as `ask` */
export async function changeEmail(ctx: TenantContext, id: string, { email }: { email: string }) {
  const account = await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  return shownWithGroups(ctx, await ask(ctx, account, email));
}

/** @throws {Problem} 409 `no-email-change` */
export async function cancelEmailChange(ctx: TenantContext, id: string) {
  await store.lock(ctx, id);
  await requireNotStronger(ctx, id);
  await cancel(ctx, id);
  return shownWithGroups(ctx, await store.find(ctx, id));
}

async function cancel(ctx: TenantContext, id: string) {
  const pending = await links.takeEmailChange(ctx, id);
  if (!pending) throw conflict('no-email-change', 'No other e-mail address waits to be confirmed.');
  ctx.audit(EmailChange, { before: pending, target: ofAccount(id) });
}

/** The account of the person who asks. @throws {Problem} 404 for a machine */
export function ownId({ actor }: TenantContext): string {
  if (actor.kind !== 'account' || !actor.id) throw notFound('account');
  return actor.id;
}

const shownToOwner = ({ email, emailChange }: store.AccountRow) => ({ email, pending: emailChange });

/** The person's own address, and the one that waits to be confirmed. */
export const readOwnEmail = async (ctx: TenantContext) => shownToOwner(await store.find(ctx, ownId(ctx)));

/** The person asks for another address of their own. @throws {Problem} as `ask` */
export const changeOwnEmail = async (ctx: TenantContext, { email }: { email: string }) =>
  shownToOwner(await ask(ctx, await store.lock(ctx, ownId(ctx)), email));

/** @throws {Problem} 409 `no-email-change` */
export async function cancelOwnEmailChange(ctx: TenantContext) {
  const { id } = await store.lock(ctx, ownId(ctx));
  await cancel(ctx, id);
  return readOwnEmail(ctx);
}

/** Finds the change in the tenant that the token names. @throws {Problem} 410 `link-over` */
async function readChange({ platform, request }: PlatformContext, token: string) {
  const tenantId = parseLinkSecret(token)?.tenantId;
  const place = tenantId && (await platform.locate(tenantId));
  if (!tenantId || !place) throw linkOver();
  const found = await enterTenant({ platform, place, tenantId, actor: throughLink(null), request }, async (ctx) => {
    const change = await links.emailChangeBy(ctx, hashSecret(token));
    if (!change) throw linkOver();
    requireDoorOpen(ctx.identity);
    return { ...change, tenant: await store.tenant(ctx) };
  });
  if (!found) throw linkOver();
  return { ...found, place, tenantId };
}

/** What a link would do, before it is used. @throws {Problem} 410 `link-over` */
export async function askEmailChange(ctx: PlatformContext, token: string) {
  const { email, tenant } = await readChange(ctx, token);
  return { tenantDisplayName: tenant.displayName, email };
}

/**
 * Confirms the new address by the mailed link: it is the account's from now on, links that were mailed to the old one
 * are over, and the old one is told. Of any number at once one succeeds.
 *
 * @throws {Problem} 410 `link-over`; 409 `email-taken` when somebody else got the address meanwhile
 */
export async function confirmEmail({ platform, request }: PlatformContext, token: string) {
  const { accountId, place, tenantId } = await readChange({ platform, request }, token);
  const actor = throughLink(accountId);
  const confirmed = await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
    requireDoorOpen(ctx.identity);
    const before = await store.lock(ctx, accountId).catch(() => {
      throw linkOver();
    });
    const change = await links.emailChangeBy(ctx, hashSecret(token));
    if (!change || before.status === 'disabled') throw linkOver();
    if (before.source === 'scim') throw conflict('managed-elsewhere', addressOfProvisioning);
    const { email, emailCanonical } = change;
    const after = await store.update(ctx, accountId, { email, emailCanonical });
    await links.takeEmailChange(ctx, accountId);
    links.endLinks(ctx, accountId);
    waysIn.indexAddress(ctx, accountId, addressFingerprint(platform, emailCanonical));
    await noteProvedAddress(ctx, accountId);
    if (before.email) {
      const { tenant, language } = await store.letterhead(ctx, accountId);
      const person = unlinked(before.displayName);
      const text = (texts: MailTexts) => texts.emailChanged(tenant, person);
      ctx.mail({ to: before.email, language, text, names: [accountId] });
    }
    ctx.audit(Account, { before: audited(before), after: audited(after) });
    return { tenantId, tenantDisplayName: change.tenantDisplayName, email };
  });
  if (!confirmed) throw linkOver();
  return confirmed;
}
