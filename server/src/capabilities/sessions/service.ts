import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { formatSessionSecret, hashSecret } from '../../kernel/credential-text.ts';
import { type CredentialContext, Reply } from '../../kernel/operation.ts';
import { notFound } from '../../kernel/problem.ts';
import { guestNames, recall, recallFound } from '../visits/service.ts';
import { clearedCookie, ofAccount, sessionCookie } from './entry.ts';
import { Session, type SessionQuery } from './schema.ts';
import * as store from './store.ts';

/** Notes that somebody showed the account's mailbox to be theirs: sign-in tries it before others of the address. */
export const noteProvedAddress = async (ctx: TenantContext, accountId: string): Promise<void> => {
  await store.noteUseOfAddress(ctx, accountId, true);
};

export { accountsOfAddress, addressFingerprint, everyCell } from './addresses.ts';
/** @public For protocols of identity providers, and for every other way in. */
export {
  type Entered,
  endReplaced as replaceHeld,
  enter,
  needsSecondFactor,
  type Proof,
  replyOf,
  sessionCookie,
  signInFailed,
  singleSignOnRequired,
} from './entry.ts';
export { finishUnfinished, goOn, readUnfinished, recordUnfinishedFailure, type Unfinished } from './unfinished.ts';

/** What a live session has proved; undefined when there is none of that id. */
export const sessionOf = (ctx: TenantContext, id: string) => store.liveById(ctx, id);

/** Live sessions of an account, the newest first. */
export async function listSessions(ctx: TenantContext, accountId: string, query: z.output<typeof SessionQuery>) {
  const found = await store.listOf(ctx, accountId, query);
  return {
    ...found,
    items: found.items.map((session) => ({ isCurrent: session.id === ctx.actor.credentialId, ...session })),
  };
}

/** What is kept of an account's sessions, over ones too, the newest first. */
export const keptSessionsOf = (ctx: TenantContext, accountId: string) => store.keptOf(ctx, accountId);

/** Takes away what is kept of an account's sessions. Nothing waits for it. */
export const forgetSessionsOf = (ctx: TenantContext, accountId: string): void => store.forgetAllOf(ctx, accountId);

/**
 * Ends all sessions of an account, effective for the next request on every node. The caller records it with the act
 * that it belongs to.
 *
 * @returns the ids of those that ended
 */
export const endSessionsOf = (ctx: TenantContext, accountId: string): Promise<string[]> => {
  recall(ctx, accountId);
  return store.endAllOf(ctx, accountId);
};

/**
 * Ends with the message that is sent next all that lets an account in: sessions, what was begun and not finished, open
 * links. The caller records it, and has written or held the account's row before.
 */
export function shutOut(ctx: TenantContext, accountId: string): void {
  let found: Parameters<Parameters<typeof store.shutOut>[2]>[0] = [];
  store.shutOut(ctx, accountId, (leases) => {
    found = leases;
  });
  recallFound(ctx, () => found);
}

/**
 * Ends all sessions that an identity provider opened: it was deactivated, deleted, or is another one now. The caller
 * records it with the act that it belongs to.
 *
 * @public
 * @returns the ids of those that ended
 */
export const endSessionsOfProvider = (ctx: TenantContext, identityProviderId: string): Promise<string[]> => {
  recall(ctx, 'all');
  return store.endAllOfProvider(ctx, identityProviderId);
};

/**
 * Ends all sessions of an account but the one that asks, and what was begun and not finished: its credentials changed. The
 * caller records it with the act that it belongs to.
 *
 * @returns the ids of those that ended
 */
export const endOtherSessionsOf = (ctx: TenantContext, accountId: string, kept: string | null): Promise<string[]> => {
  recall(ctx, accountId);
  store.removeAllUnfinished(ctx, accountId);
  return store.endOthers(ctx, accountId, kept);
};

/**
 * Notes that the person of the calling session proved again to be there. The session has another secret from then on
 * (P10). The caller records it.
 *
 * @returns the cookie to set
 */
export async function renewSession(
  ctx: TenantContext,
  id: string,
  proof: { provedBy: string; hasSecondFactor: boolean },
): Promise<string> {
  const secret = formatSessionSecret(ctx.tenantId);
  const { expiresAt } = await store.renew(ctx, id, { ...proof, secretHash: hashSecret(secret) });
  const seconds = Math.max(1, Math.floor((expiresAt.getTime() - ctx.now.getTime()) / 1000));
  return sessionCookie(ctx.place.region.code, secret, seconds);
}

/** Ends the caller's own sessions, all or all but this one. */
export async function endOwnSessions(ctx: TenantContext, keepsCurrent: boolean): Promise<Reply> {
  const { actor, place } = ctx;
  if (actor.kind !== 'account' || !actor.id) throw notFound('session');
  const ended = await endOtherSessionsOf(ctx, actor.id, keepsCurrent ? actor.credentialId : null);
  ctx.audit(Session, { target: ofAccount(actor.id), details: { ended } });
  return new Reply(undefined, keepsCurrent ? {} : { headers: { 'set-cookie': clearedCookie(place.region.code) } });
}

/**
 * Ends the sessions of an account that an identity provider opened, or of these only those named. The caller records it.
 *
 * @returns the ids of those that ended
 */
export const endSessionsByProvider = (
  ctx: TenantContext,
  accountId: string,
  identityProviderId: string,
  ids?: string[],
): Promise<string[]> => {
  recall(ctx, accountId);
  return store.endByProvider(ctx, accountId, identityProviderId, ids);
};

/** Ends all sessions of an account as an act of its own. */
export async function endAllSessions(ctx: TenantContext, accountId: string): Promise<void> {
  const ended = await endSessionsOf(ctx, accountId);
  ctx.audit(Session, { target: ofAccount(accountId), details: { ended } });
}

/** The caller's own live sessions; none for a machine. */
export async function listOwnSessions(ctx: TenantContext, query: z.output<typeof SessionQuery>) {
  return listSessions(ctx, ctx.actor.id ?? ctx.tenantId, query);
}

/** Ends one of the caller's own sessions. @throws {Problem} 404 */
export async function endOwnSession(ctx: TenantContext, id: string): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== 'account' || !actor.id) throw notFound('session');
  recall(ctx, actor.id);
  const ended = await store.end(ctx, actor.id, id);
  ctx.audit(Session, { target: ofAccount(actor.id), details: { ended: [ended.id] } });
}

/** Ends the session of this request. @throws {Problem} 404 for a credential that is no session */
export async function endCurrentSession(ctx: TenantContext): Promise<void> {
  const { credentialId } = ctx.actor;
  if (!credentialId) throw notFound('session');
  // It opens nothing by itself: the session at home goes on.
  if (ctx.actor.kind === 'guest') return store.endGuestSessionById(ctx, credentialId);
  await endOwnSession(ctx, credentialId);
}

/** Takes the session's cookie from the browser. */
export const signedOutCookie = (ctx: TenantContext): string => clearedCookie(ctx.place.region.code);

/** Who the credential is, whatever its kind: each can be tried. */
export async function whoAmI({ tenant, identity }: CredentialContext) {
  if (!tenant || !identity) return { kind: 'operator', tenantId: null, expiresAt: null, id: null };
  const { actor, namespaceId, expiresAt, rights, tenantDisplayName } = identity;
  const common = {
    kind: actor.kind,
    tenantId: tenant.tenantId,
    ...(namespaceId ? { namespaceId } : {}),
    expiresAt,
    id: actor.id,
    region: tenant.place.region.code,
  };
  if (!actor.id) return common;
  const named = await nameOf(tenant, actor.kind, actor.id);
  if (!named) return common;
  return { ...common, ...named, tenantDisplayName, isOwner: rights.isOwner, grants: rights.grants };
}

/** What a principal is called; nothing for a credential that stands for none. */
async function nameOf(tenant: TenantContext, kind: string, id: string) {
  if (kind === 'account') return store.personOf(tenant, id);
  if (kind === 'service-account') return { displayName: (await store.machineOf(tenant, id))?.name };
  if (kind === 'guest') return { displayName: (await guestNames(tenant, [id])).get(id) };
  return undefined;
}
