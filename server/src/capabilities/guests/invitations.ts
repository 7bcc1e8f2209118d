import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import { entryOf } from '../../kernel/audit.ts';
import type { Actor } from '../../kernel/authenticate.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, Problem } from '../../kernel/problem.ts';
import { askRegion, requireTenantOf } from '../../kernel/region-messages.ts';
import type { Platform } from '../../kernel/regions.ts';
import { admitGuest, requireMayAdmit, rightsOfInviter } from '../groups/service.ts';
import { beginVisit, type Home, personOf } from '../visits/service.ts';
import type { ByLink } from './messages.ts';
import { Guest, GuestInvitation, type InvitationQuery, type NewGuestInvitation } from './schema.ts';
import { showSoon } from './service.ts';
import * as store from './store.ts';

/**
 * How people of other tenants are let in: by a one-time link, which an administrator hands over. Nobody is looked for, so
 * nobody learns who has an account where; who opens the link is told what it is about and accepts it, signed in at home.
 */

const INVITATION_SECONDS = 7 * 86_400;
const MOST_OPEN = 1_000;

const shown = (ctx: TenantContext, row: store.InvitationRow) => ({
  actions: actionsOf(ctx, [{ name: 'guest-invitations.revoke', permission: 'accounts.change' }]),
  ...row,
});

export async function listInvitations(ctx: TenantContext, query: z.output<typeof InvitationQuery>) {
  const found = await store.listInvitations(ctx, query);
  return { ...found, items: found.items.map((row) => shown(ctx, row)) };
}

export const readInvitation = async (ctx: TenantContext, id: string) => shown(ctx, await store.findInvitation(ctx, id));

/**
 * Makes a link by which one person of another tenant joins these groups.
 *
 * @throws {Problem} 400 that names a group that is not there; 403 `not-yours-to-grant`, `own-group`, `owners-only`,
 *   `fresh-sign-in-required` for the Owner Group; 409 `managed-elsewhere`, `too-many-invitations`
 */
export async function invite(ctx: TenantContext, { groupIds, homeTenantId }: z.output<typeof NewGuestInvitation>) {
  await requireMayAdmit(ctx, groupIds);
  if ((await store.countInvitations(ctx)) >= MOST_OPEN)
    throw conflict('too-many-invitations', `${MOST_OPEN} invitations are open. Revoke some that are not needed.`);
  const token = formatLinkSecret(ctx.tenantId);
  const made = await store.insertInvitation(ctx, {
    id: newId(),
    secretHash: hashSecret(token),
    homeTenantId: homeTenantId ?? null,
    groupIds: [...new Set(groupIds)],
    expiresAt: ctx.later(INVITATION_SECONDS),
  });
  ctx.audit(GuestInvitation, { after: { ...made, actions: [] } });
  return { link: `${ctx.place.region.baseUrl}/guest#${token}`, ...shown(ctx, made) };
}

/** Ends an invitation that nobody has accepted. @throws {Problem} 404 */
export async function revokeInvitation(ctx: TenantContext, id: string): Promise<void> {
  const before = await store.lockInvitation(ctx, id);
  await store.endInvitation(ctx, id);
  ctx.audit(GuestInvitation, { before: { ...before, actions: [] } });
}

const over = () =>
  new Problem(
    410,
    'invitation-over',
    'This invitation was used, revoked or has expired, or is not for you. Ask for another.',
  );

const asLink: Actor = { kind: 'system', id: null, credentialId: null, door: 'link' };

/** Asks the region in which an invitation was made. @throws {Problem} 410 when there is none; 503 */
async function askInviter<T>(ctx: TenantContext, kind: string, token: string): Promise<T> {
  const { platform, place, tenantId: homeTenantId } = ctx;
  const homeAccountId = personOf(ctx);
  const tenantId = parseLinkSecret(token)?.tenantId;
  const region = tenantId && (await platform.regionOfTenant(tenantId));
  if (!tenantId || !region) throw over();
  const comer = { homeTenantId, homeRegion: place.region.code, homeAccountId };
  return askRegion<T>(platform, place.region.code, region, kind, { token, comer });
}

/** Does something in the tenant that an invitation is of, for a person of a tenant in the region that asks. */
async function atInviter<T>(
  platform: Platform,
  from: string,
  { token, comer }: ByLink,
  work: (there: TenantContext) => Promise<T>,
): Promise<T> {
  await requireTenantOf(platform, from, comer.homeTenantId);
  const tenantId = parseLinkSecret(token)?.tenantId;
  const place = tenantId && (await platform.locateHere(tenantId));
  if (!tenantId || !place || comer.homeRegion !== from) throw over();
  const request = { id: newId(), action: 'guests.create', sourceAddress: null, userAgent: null, ifMatch: '*' };
  const done = await enterTenant({ platform, place, tenantId, actor: asLink, request }, async (there) => {
    requireDoorOpen(there.identity);
    return { result: await work(there) };
  });
  if (!done) throw over();
  return done.result;
}

/** What an invitation is about. @throws {Problem} 410 */
export const askInvitation = (ctx: TenantContext, token: string) => askInviter(ctx, 'invitation', token);

export const sayInvitation = (platform: Platform, from: string, asked: ByLink) =>
  atInviter(platform, from, asked, (there) => describe(there, asked.token, asked.comer.homeTenantId));

async function describe(there: TenantContext, token: string, homeTenantId: string) {
  const invitation = await store.invitationBy(there, hashSecret(token));
  if (!invitation || (invitation.homeTenantId && invitation.homeTenantId !== homeTenantId)) throw over();
  return {
    tenantId: there.tenantId,
    tenantName: there.identity.tenantDisplayName,
    region: there.place.region.code,
    groups: await store.groupNames(there, invitation.groupIds),
    expiresAt: invitation.expiresAt,
  };
}

interface LetIn {
  tenantId: string;
  tenantName: string;
  region: string;
  guestId: string;
  stay?: number;
}

/**
 * Accepts an invitation: from then on the caller is a guest of that tenant, in its groups.
 *
 * @throws {Problem} 410 `invitation-over`; 409 `own-tenant`; 403 `people-only`
 */
export async function acceptInvitation(ctx: TenantContext, token: string): Promise<LetIn> {
  const accountId = personOf(ctx);
  if (parseLinkSecret(token)?.tenantId === ctx.tenantId)
    throw conflict('own-tenant', 'This invitation is for people of other tenants. Ask to be added to the group.');
  const letIn = await askInviter<LetIn>(ctx, 'acceptance', token);
  // Home last: without its row nobody enters, whatever became of the answer.
  await beginVisit(ctx, accountId, letIn);
  return letIn;
}

export const sayAcceptance = (platform: Platform, from: string, asked: ByLink): Promise<LetIn> =>
  atInviter(platform, from, asked, (there) => letInHere(there, asked.token, asked.comer));

/** Lets somebody in by an invitation, as far as its maker may still give what it gives. */
async function letInHere(there: TenantContext, token: string, comer: Home) {
  const invitation = await store.consumeInvitation(there, hashSecret(token), comer.homeTenantId);
  if (!invitation) throw over();
  const { createdBy, groupIds } = invitation;
  const rights = createdBy && (await rightsOfInviter(there, createdBy));
  if (!rights) throw over();
  await requireRoom(there, 'guests');
  const guest = await store.insert(there, { id: newId(), invitedBy: createdBy, ...comer });
  const actor: Actor = { kind: 'guest', id: guest.id, credentialId: null, door: 'link' };
  const details = { invitationId: invitation.id, ...comer };
  there.record(entryOf(Guest, 'guests.create', { target: { kind: 'guest', id: guest.id }, details }), actor);
  if (!(await admitGuest(there, groupIds, guest.id, rights))) throw over();
  showSoon(there, guest);
  return {
    tenantId: there.tenantId,
    tenantName: there.identity.tenantDisplayName,
    region: there.place.region.code,
    guestId: guest.id,
    stay: guest.stay,
  };
}
