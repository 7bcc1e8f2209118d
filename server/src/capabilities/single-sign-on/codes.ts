import type { TenantContext } from '../../kernel/context.ts';
import { hashSecret } from '../../kernel/credential-text.ts';
import { newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid } from '../../kernel/problem.ts';
import { canonicalCode, newReadableCode } from '../../kernel/readable-code.ts';
import { holdOwners } from '../groups/service.ts';
import { resumeIfTried } from './enforcement.ts';
import { EmergencyCodes } from './schema.ts';
import * as store from './store.ts';

/** Emergency codes: the owners' way in when nothing else lets them in. */

const CODES = 10;

const ofAccount = (accountId: string) => ({ kind: 'account', id: accountId });

/** Hashed as it is: 125 random bits are not guessed. */
export const hashOfCode = (typed: string): Buffer => hashSecret(canonicalCode(typed));

/**
 * The calling owner, whose row is held.
 *
 * @throws {Problem} 403 `owners-only` for anybody but a local owner
 */
async function requireOwnerInPerson(ctx: TenantContext) {
  const { actor } = ctx;
  const owner = actor.kind === 'account' && actor.id ? await store.lockOwner(ctx, actor.id) : undefined;
  if (!owner)
    throw forbidden(
      'owners-only',
      'Emergency codes are for owners with an account of their own here, not of provisioning.',
    );
  return owner;
}

async function shown(ctx: TenantContext, accountId: string) {
  const sets = await store.setsOf(ctx, accountId);
  const plain = (set: (typeof sets)[number] | undefined) =>
    set ? { unused: Number(set.unused), createdAt: set.createdAt, triedAt: set.triedAt } : null;
  return {
    current: plain(sets.find(({ triedAt }) => triedAt !== null)),
    untried: plain(sets.find(({ triedAt }) => triedAt === null)),
  };
}

/** How many codes the caller has; none who is no owner. */
export const readEmergencyCodes = (ctx: TenantContext) => shown(ctx, ctx.actor.id ?? ctx.tenantId);

/**
 * Makes a new set of codes for the calling owner. Those in use stay until one of the new ones is tried, so that nobody
 * is without.
 *
 * @throws {Problem} 403 `owners-only`
 */
export async function makeEmergencyCodes(ctx: TenantContext) {
  const owner = await requireOwnerInPerson(ctx);
  const before = await store.setsOf(ctx, owner.id);
  await store.removeSets(
    ctx,
    owner.id,
    before.filter(({ triedAt }) => triedAt === null).map(({ setId }) => setId),
  );
  const codes = Array.from({ length: CODES }, newReadableCode);
  await store.insertCodes(ctx, owner.id, newId(), codes.map(hashOfCode));
  ctx.audit(EmergencyCodes, { target: ofAccount(owner.id), details: { made: CODES } });
  ctx.notify({
    kind: 'emergency-codes-made',
    text: `${owner.displayName} made new emergency codes. They open the emergency door of this organisation; try one in a drill.`,
    to: 'owners',
    target: ofAccount(owner.id),
  });
  return { ...(await shown(ctx, owner.id)), codes };
}

/**
 * Tries a code as the emergency door would, and uses it up. Its set is the one in use from then on; where single sign-on
 * was suspended for want of codes, it is required again.
 *
 * @throws {Problem} 400 that names `code`; 403 `owners-only`
 */
export async function drillEmergencyCode(ctx: TenantContext, code: string) {
  const owner = await requireOwnerInPerson(ctx);
  await holdOwners(ctx);
  const setId = await store.consume(ctx, owner.id, hashOfCode(code), 'drill');
  if (!setId) throw invalid({ path: 'code', message: 'is none of your codes, or was used' });
  const sets = await store.setsOf(ctx, owner.id);
  if (Number(sets.find((set) => set.setId === setId)?.unused) === 0 && sets.length === 1)
    throw conflict(
      'last-code',
      'This is your last code. A drill would use it up; make new codes, then try one of those.',
    );
  await store.removeSets(
    ctx,
    owner.id,
    sets.filter((set) => set.setId !== setId).map((set) => set.setId),
  );
  ctx.audit(EmergencyCodes, { target: ofAccount(owner.id), details: { usedFor: 'drill' } });
  ctx.notify({
    kind: 'emergency-drill',
    text: `${owner.displayName} tried an emergency code in a drill. It worked.`,
    to: 'owners',
    target: ofAccount(owner.id),
  });
  await resumeIfTried(ctx);
  return shown(ctx, owner.id);
}
