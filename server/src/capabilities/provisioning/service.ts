import type { z } from 'zod';
import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { anyOf } from '../../kernel/page.ts';
import { conflict, forbidden, invalid } from '../../kernel/problem.ts';
import { requireCovered } from '../../kernel/strength.ts';
import { CredentialState } from '../credentials/schema.ts';
import * as credentials from '../credentials/service.ts';
import type { NewProvisioningToken, ProvisioningTokenQuery, Rotation } from './schema.ts';
import * as store from './store.ts';

export { flushCalls, listCalls, listOutOfStep, noteCall } from './calls.ts';
export { foreseenOfRemoval, requireRemovalAllowed } from './guard.ts';
export {
  adoptionFor,
  allowAllHolds,
  allowHold,
  changeByHolds,
  dismissHold,
  listHolds,
  noteClash,
  noteGroupClash,
  noteHeldCredentials,
  noteHold,
} from './holds.ts';
export { changeProvisioning, readProvisioning } from './settings.ts';
export {
  type Credential,
  CredentialsHeld,
  hearOfAnswerable,
  type Leaving,
  requireMayTouch,
} from './stronger.ts';
export { changeByUndo, previewUndo, startUndo, undoing } from './undo.ts';

const tokenLife = { defaultDays: 30, maxDays: 365 };
const MAX_LIVE_TOKENS = 10;
const DAY_MS = 86_400_000;
/** Days before expiry at which the owners are told, once each. */
const noticeDays = [7, 1];

/** A token as the caller sees it, with what it may do. */
function shown(ctx: TenantContext, token: credentials.CredentialRow) {
  const { createdBy, creatorName, state } = token;
  const isOver = state === 'revoked' || state === 'expired' ? `This token is ${state}.` : null;
  const notActive =
    isOver ?? (state === 'active' ? null : `This token is ${state}; only an active one can be rotated.`);
  return {
    ...token,
    createdBy: { id: createdBy, name: creatorName ?? (createdBy ? 'A guest' : 'The operator') },
    actions: actionsOf(ctx, [
      { name: 'provisioning-tokens.rotate', permission: 'provisioning.issue', blocked: notActive },
      {
        name: 'provisioning-tokens.cancel-rotation',
        permission: 'provisioning.issue',
        blocked: isOver ?? (token.endsAt ? null : 'This token is not being rotated.'),
      },
      state === 'paused'
        ? { name: 'provisioning-tokens.resume', permission: 'provisioning.change' }
        : { name: 'provisioning-tokens.pause', permission: 'provisioning.change', blocked: isOver },
      {
        name: 'provisioning-tokens.revoke',
        permission: 'provisioning.change',
        blocked: state === 'revoked' ? isOver : null,
      },
    ]),
  };
}

export const readToken = async (ctx: TenantContext, id: string) =>
  shown(ctx, await credentials.find(ctx, 'pt', {}, id));

export async function listTokens(ctx: TenantContext, query: z.output<typeof ProvisioningTokenQuery>) {
  const states = anyOf(query.state, CredentialState.options, 'query.state');
  const found = await credentials.list(ctx, 'pt', {}, query, states);
  return { ...found, items: found.items.map((token) => shown(ctx, token)) };
}

/**
 * P23: whoever has a token sets passwords and addresses of people of provisioning, and puts people into its groups. So
 * nobody is shown one who lacks what these hold; what people are given later, `requireMayTouch` looks at with each change.
 *
 * @throws {Problem} 403 `stronger-principal`
 */
async function requireAsStrong(ctx: TenantContext): Promise<void> {
  if (ctx.rights.isOwner) return;
  const { isOwner, given } = await store.heldByProvisioned(ctx);
  if (isOwner) throw forbidden('stronger-principal', 'An owner is provisioned, so that only an owner may do this.');
  requireCovered(ctx, given, (lacked) =>
    forbidden('stronger-principal', `People or groups of provisioning hold ${lacked}, which you do not. Ask an owner.`),
  );
}

/**
 * Issues a token, whose `value` is shown in this reply only.
 *
 * @throws {Problem} 409 `too-many-tokens`: a tenant holds at most 10 live ones; 400 that names `expiresAt`; 403
 *   `stronger-principal`
 */
export async function issueToken(ctx: TenantContext, { name, expiresAt }: z.output<typeof NewProvisioningToken>) {
  await requireAsStrong(ctx);
  const ends = credentials.expiryOf(ctx, expiresAt, tokenLife);
  await store.lockTokens(ctx);
  const { credential, value } = await credentials.issue(ctx, 'pt', {}, { name, expiresAt: ends });
  await requireAtMostTen(ctx);
  credentials.record(ctx, { after: credential });
  await scheduleNotices(ctx, credential);
  return { ...shown(ctx, credential), value };
}

const requireAtMostTen = (ctx: TenantContext) =>
  credentials.requireAtMost(ctx, 'pt', {}, { max: MAX_LIVE_TOKENS, code: 'too-many-tokens' });

/**
 * Replaces a token by a successor of the same name with a fresh life of the same length, whose `value` is shown in
 * this reply only. The old one stays valid for the overlap, never beyond its own expiry.
 *
 * @returns the successor
 * @throws {Problem} 409 `wrong-state`; 409 `rotation-under-way`; 403 `stronger-principal`
 */
export async function rotateToken(ctx: TenantContext, id: string, { overlapSeconds }: z.output<typeof Rotation>) {
  await requireAsStrong(ctx);
  await store.lockTokens(ctx);
  const { credential, value } = await credentials.rotate(ctx, 'pt', id, {
    overlapSeconds,
    expiresAt: ({ expiresAt, createdAt }) =>
      expiresAt && new Date(ctx.now.getTime() + expiresAt.getTime() - createdAt.getTime()),
  });
  await scheduleNotices(ctx, credential);
  return { ...shown(ctx, credential), value };
}

/**
 * Takes a rotation back, named by either of its two tokens: the old one stays, its successor is revoked.
 *
 * @returns the token that stays
 * @throws {Problem} 409 `no-rotation`; 409 `too-many-tokens` when the successor was revoked and its place taken
 */
export async function cancelRotation(ctx: TenantContext, id: string) {
  await store.lockTokens(ctx);
  const kept = await credentials.cancelRotation(ctx, 'pt', id);
  await requireAtMostTen(ctx);
  return shown(ctx, kept);
}

/** @throws {Problem} 409 `wrong-state` */
export const pauseToken = async (ctx: TenantContext, id: string) => shown(ctx, await credentials.pause(ctx, 'pt', id));

/** @throws {Problem} 409 `wrong-state` */
export const resumeToken = async (ctx: TenantContext, id: string) =>
  shown(ctx, await credentials.resume(ctx, 'pt', id));

/** Revokes a token for good: the next request that carries it is a 401. */
export const revokeToken = (ctx: TenantContext, id: string): Promise<void> => credentials.revoke(ctx, 'pt', {}, id);

/**
 * The token that is to be looked at, or the live one that was used last.
 *
 * @throws {Problem} 400 that names it; 409 `no-token`
 */
export async function tokenToLookBy(ctx: TenantContext, id: string | undefined) {
  const { items: live } = await credentials.list(ctx, 'pt', {}, { limit: 200 }, ['active', 'rotating']);
  const [latest] = live.toSorted((a, b) => usedAt(b) - usedAt(a) || b.createdAt.getTime() - a.createdAt.getTime());
  if (id === undefined && !latest)
    throw conflict('no-token', 'No token is valid, so nothing can be sent. Issue one, then look.');
  const found = id === undefined ? latest : live.find((each) => each.id === id);
  if (!found) throw invalid({ path: 'query.tokenId', message: 'names no token of this tenant that is valid' });
  return found;
}

const usedAt = ({ lastUsedAt }: credentials.CredentialRow) => lastUsedAt?.getTime() ?? 0;

async function scheduleNotices(ctx: TenantContext, { id, expiresAt }: credentials.CredentialRow) {
  for (const daysBefore of noticeDays) {
    const dueAt = expiresAt && new Date(expiresAt.getTime() - daysBefore * DAY_MS);
    if (dueAt && dueAt > ctx.now) await ctx.enqueue('provisioning.expiry-notice', { id, daysBefore }, dueAt);
  }
}

/** Tells the owners that a token will expire, unless it is over, was replaced, or they were told since then. */
export async function noticeExpiry(ctx: TenantContext, { id, daysBefore }: { id: string; daysBefore: number }) {
  const token = await credentials.findIfAny(ctx, 'pt', id);
  if (!token?.expiresAt || token.state === 'revoked' || token.state === 'expired') return;
  // While it rotates its successor lives on; looked at again when the overlap is over or was cancelled.
  if (token.endsAt) {
    await ctx.enqueue('provisioning.expiry-notice', { id, daysBefore }, token.endsAt);
    return;
  }
  const dueAt = new Date(token.expiresAt.getTime() - daysBefore * DAY_MS);
  if (token.noticedAt && token.noticedAt >= dueAt) return;
  await credentials.noteNotice(ctx, id);
  await ctx.notify({
    kind: 'provisioning-token-expiry',
    text: `The provisioning token "${token.name}" (ends in ${token.lastFour}) expires at ${token.expiresAt.toISOString()}. Rotate it before then: provisioning stops when it is over.`,
    to: 'owners',
    target: { kind: 'provisioning-token', id },
  });
}
