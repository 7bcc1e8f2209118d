import { actionsOf } from '../../kernel/actions.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict } from '../../kernel/problem.ts';
import { countUsableOwners, holdOwners, requireUsableOwner } from '../groups/service.ts';
import { singleSignOnRequired } from '../sessions/service.ts';
import { SingleSignOn } from './schema.ts';
import * as store from './store.ts';

/*
 * Requiring single sign-on, without a way to lock the tenant out. What could reduce the ways in (an owner less, a
 * provider less, requiring itself) holds the owners, then changes, then counts: groups/service.ts.
 */

const ofPolicy = { kind: 'sign-in-policy', id: null };

const stateOf = ({ singleSignOn, suspendedAt }: Awaited<ReturnType<typeof store.standing>>) =>
  suspendedAt ? ('suspended' as const) : (singleSignOn as 'optional' | 'required');

/** Whether it is required, what stands in the way, and the emergency codes of each owner. */
export async function readSingleSignOn(ctx: TenantContext) {
  const standing = await store.standing(ctx);
  const state = stateOf(standing);
  const providers = await store.countActiveProviders(ctx);
  const hasComeThrough = await store.cameThroughProvider(ctx);
  const owners = (await store.ownersWithCodes(ctx)).map((owner) => ({
    ...owner,
    unusedCodes: Number(owner.unusedCodes),
  }));
  const hasTried = owners.some(({ unusedCodes, triedAt }) => unusedCodes > 0 && triedAt !== null);
  const conditions = [
    {
      name: 'provider-active' as const,
      isMet: providers > 0,
      text: 'Activate an identity provider.',
    },
    {
      name: 'owner-came-through-it' as const,
      isMet: hasComeThrough,
      text: 'An owner signs in through an active provider, and stays signed in meanwhile.',
    },
    {
      name: 'emergency-codes-tried' as const,
      isMet: hasTried,
      text: 'An owner makes emergency codes and tries one of them in a drill.',
    },
  ];
  const change = { permission: 'identity-providers.change' };
  return {
    state,
    suspendedAt: standing.suspendedAt,
    conditions,
    owners,
    actions: actionsOf(ctx, [
      {
        name: 'single-sign-on.require',
        ...change,
        blocked: state === 'required' ? 'It is required.' : (conditions.find(({ isMet }) => !isMet)?.text ?? null),
      },
      {
        name: 'single-sign-on.stop-requiring',
        ...change,
        blocked: state === 'optional' ? 'It is not required.' : null,
      },
    ]),
  };
}

/**
 * Requires single sign-on: from the answer on nobody signs in by password, passkey or mailed link. Sessions go on.
 *
 * @throws {Problem} 409 `provider-not-active`, `provider-not-proved`, `emergency-not-tried`, `last-owner`
 */
export async function requireSingleSignOn(ctx: TenantContext) {
  await holdOwners(ctx);
  const before = await store.lockStanding(ctx);
  if (stateOf(before) === 'required') return readSingleSignOn(ctx);
  if ((await store.countActiveProviders(ctx)) === 0)
    throw conflict('provider-not-active', 'There is no active identity provider. Activate one first.');
  if (!(await store.cameThroughProvider(ctx)))
    throw conflict(
      'provider-not-proved',
      'No owner is signed in through an active identity provider. Sign in through it as an owner, so that it is known to work.',
    );
  const owners = await store.ownersWithCodes(ctx);
  if (!owners.some(({ unusedCodes, triedAt }) => Number(unusedCodes) > 0 && triedAt))
    throw conflict(
      'emergency-not-tried',
      'No owner has emergency codes that were tried. Make codes and try one in a drill first.',
    );
  await store.setStanding(ctx, 'required', null);
  await requireUsableOwner(ctx);
  record(ctx, before, { singleSignOn: 'required', suspendedAt: null });
  ctx.notify({
    kind: 'single-sign-on-required',
    text: 'Single sign-on is required from now on: nobody signs in here by password, passkey or mailed link. Owners keep the emergency door.',
    to: 'owners',
  });
  return readSingleSignOn(ctx);
}

/** Lets people sign in as they did before. */
export async function stopRequiringSingleSignOn(ctx: TenantContext) {
  await holdOwners(ctx);
  const before = await store.lockStanding(ctx);
  if (stateOf(before) === 'optional') return readSingleSignOn(ctx);
  await store.setStanding(ctx, 'optional', null);
  record(ctx, before, { singleSignOn: 'optional', suspendedAt: null });
  ctx.notify({
    kind: 'single-sign-on-optional',
    text: 'Single sign-on is not required any more: passwords and passkeys let people in again.',
    to: 'owners',
  });
  return readSingleSignOn(ctx);
}

const record = (
  ctx: TenantContext,
  before: Awaited<ReturnType<typeof store.standing>>,
  after: Awaited<ReturnType<typeof store.standing>>,
) =>
  ctx.audit(SingleSignOn, {
    target: ofPolicy,
    before: { state: stateOf(before), suspendedAt: before.suspendedAt },
    after: { state: stateOf(after), suspendedAt: after.suspendedAt },
  });

/** Suspends requiring it. Requires the owners to be held. @param why what the owners are told */
export async function suspend(ctx: TenantContext, why: string): Promise<void> {
  const before = await store.lockStanding(ctx);
  if (stateOf(before) !== 'required') return;
  await store.setStanding(ctx, 'optional', ctx.now);
  record(ctx, before, { singleSignOn: 'optional', suspendedAt: ctx.now });
  ctx.notify({
    kind: 'single-sign-on-suspended',
    text: `${why} Requiring single sign-on is suspended, so that nobody is locked out: passwords and passkeys let people in again. Make emergency codes and try one in a drill, then it is required again.`,
    to: 'owners',
  });
}

/** Suspends it when the last code of all owners was used. Requires the owners to be held. */
export async function suspendIfNoneLeft(ctx: TenantContext): Promise<void> {
  const { singleSignOn } = await store.standing(ctx);
  if (singleSignOn === 'required' && (await countUsableOwners(ctx)) === 0)
    await suspend(ctx, 'The last emergency code was used.');
}

/** Requires it again when an owner tried new codes. Requires the owners to be held. */
export async function resumeIfTried(ctx: TenantContext): Promise<void> {
  const before = await store.lockStanding(ctx);
  if (stateOf(before) !== 'suspended' || (await store.countActiveProviders(ctx)) === 0) return;
  await store.setStanding(ctx, 'required', null);
  if ((await countUsableOwners(ctx)) === 0) {
    await store.setStanding(ctx, 'optional', before.suspendedAt);
    return;
  }
  record(ctx, before, { singleSignOn: 'required', suspendedAt: null });
  ctx.notify({
    kind: 'single-sign-on-required',
    text: 'New emergency codes were tried, so single sign-on is required again.',
    to: 'owners',
  });
}

/**
 * Of a tenant that requires single sign-on, one active provider remains. Whoever deactivates or deletes one calls it
 * afterwards, in the same transaction.
 *
 * @throws {Problem} 409 `last-method`
 */
export async function requireWorkingMethod(ctx: TenantContext): Promise<void> {
  await holdOwners(ctx);
  const { singleSignOn } = await store.standing(ctx);
  if (singleSignOn === 'required' && (await store.countActiveProviders(ctx)) === 0)
    throw conflict(
      'last-method',
      'Single sign-on is required, and this is the last provider that lets people in. Stop requiring it, or activate another one, first.',
    );
}

/**
 * What lets somebody in by a password of their own (an invitation, a reset) asks this first.
 *
 * @throws {Problem} 403 `single-sign-on-required`
 */
export async function requireLocalSignIn(ctx: TenantContext): Promise<void> {
  if ((await store.standing(ctx)).singleSignOn === 'required') throw singleSignOnRequired(ctx);
}
