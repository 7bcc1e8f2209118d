import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { countGuess, forgiveGuess, type GuessLimit, networkOf, requireGuessesLeft } from '../../kernel/guesses.ts';
import type { Reply } from '../../kernel/operation.ts';
import { conflict, invalid, Problem } from '../../kernel/problem.ts';
import { chosenPassword } from '../accounts/service.ts';
import type { PasskeyRegistration } from '../factors/schema.ts';
import { Factors } from '../factors/schema.ts';
import {
  addPasskey,
  addTotp,
  beginTotp,
  choosing,
  hasFactor,
  passkeyCreation,
  passkeyRequest,
  replacePassword,
  usePasskey,
  useRecoveryCode,
  useTotp,
} from '../factors/service.ts';
import {
  type Entered,
  finishUnfinished,
  goOn,
  readUnfinished,
  recordUnfinishedFailure,
  replyOf,
  signInFailed,
  type Unfinished,
} from '../sessions/service.ts';
import type { FinishedSignIn } from './schema.ts';

/** What a sign-in still owes: a second factor, the first one where the tenant requires it, a longer password. */

const HOUR = 3600;

/**
 * How often a code may be guessed by one who passed the first proof: five times in a quarter of an hour from one network,
 * and twenty times in an hour from anywhere, which does not hold for a network from which the account was signed in
 * before, so that strangers cannot lock a person out.
 */
function limitsOf({ tenantId, accountId, isKnownSource }: Unfinished, network: string): GuessLimit[] {
  return [
    { purpose: 'factor-account-source', of: [tenantId, accountId, network], limit: 5, windowSeconds: 900 },
    { purpose: 'factor-source', of: [network], limit: 50, windowSeconds: 900 },
    ...(isKnownSource
      ? []
      : [{ purpose: 'factor-account', of: [tenantId, accountId], limit: 20, windowSeconds: HOUR }]),
  ];
}

export async function showUnfinished(ctx: PlatformContext) {
  const { tenantId, tenantDisplayName, place, asks, expiresAt } = await readUnfinished(ctx);
  return { tenantId, tenantDisplayName, region: place.region.code, asks, expiresAt };
}

const asked = ({ asks }: Unfinished, path: string, step: Unfinished['asks'][number]) => {
  if (!asks.includes(step)) throw invalid({ path, message: `is not asked; what is: ${asks.join(', ')}` });
};

const challengeUse = ({ id }: Unfinished) => ({ purpose: 'second-factor' as const, bound: id });

/** What the browser asks the account's passkeys for. @throws {Problem} 404 `unfinished-sign-in-over`; 409 `not-asked` */
export async function beginSecondFactor(ctx: PlatformContext) {
  const held = await readUnfinished(ctx);
  const options = await goOn(ctx, held, (tenant) => passkeyRequest(tenant, held.accountId, challengeUse(held)));
  if (!options || !held.asks.includes('passkey'))
    throw conflict('not-asked', 'This sign-in does not ask for a passkey.');
  return options;
}

/**
 * Finishes what this browser began.
 *
 * @throws {Problem} 404 `unfinished-sign-in-over`; 401 `sign-in-failed`; 400 that names what is not asked, or `newPassword`; 429
 *   after five wrong ones in a quarter of an hour
 */
export async function finishSignIn(ctx: PlatformContext, answer: FinishedSignIn): Promise<Reply> {
  const held = await readUnfinished(ctx);
  if (answer.newPassword !== undefined) return replyOf(await finishByPassword(ctx, held, answer.newPassword));
  if (answer.totp !== undefined) asked(held, 'totp', 'totp');
  else if (answer.recoveryCode !== undefined) asked(held, 'recoveryCode', 'recovery-code');
  else asked(held, 'passkey', 'passkey');
  // A passkey is not guessed, so its person is not kept out by whoever guesses.
  const limits = answer.passkey ? [] : limitsOf(held, networkOf(ctx.request.sourceAddress));
  if (limits.length > 0) {
    await requireGuessesLeft(ctx.platform, limits); // what one network tries in vain is not counted for the others
    await countGuess(ctx.platform, limits);
  }
  let entered: Entered;
  try {
    entered = await goOn(ctx, held, async (tenant) => {
      if (!(await isRight(tenant, held, answer)))
        throw signInFailed('That is not right, or was used before. Use the newest code, or another way.');
      return finishUnfinished(tenant, held, true);
    });
  } catch (error) {
    if (error instanceof Problem && error.code === 'sign-in-failed') {
      await recordUnfinishedFailure(ctx, held);
      if (limits.length > 0) await tellWhenUsedUp(ctx, held, limits);
    }
    throw error;
  }
  if (limits.length > 0) await forgiveGuess(ctx.platform, limits);
  return replyOf(entered);
}

/** Who gets so far knows the password: its person is told when they guess on. */
async function tellWhenUsedUp(ctx: PlatformContext, held: Unfinished, limits: GuessLimit[]): Promise<void> {
  try {
    await requireGuessesLeft(ctx.platform, limits);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 429) throw error;
    await goOn(ctx, held, async (tenant) =>
      tenant.notify({
        kind: 'second-factor-guessed',
        text: 'Somebody who knows your password typed wrong codes until they were stopped. If it was not you, change your password.',
        to: { accountId: held.accountId },
        target: { kind: 'account', id: held.accountId },
      }),
    );
  }
}

const isRight = (ctx: TenantContext, held: Unfinished, { totp, recoveryCode, passkey }: FinishedSignIn) => {
  const { accountId } = held;
  if (totp !== undefined) return useTotp(ctx, accountId, totp);
  if (recoveryCode !== undefined) return useRecoveryCode(ctx, accountId, recoveryCode);
  return passkey ? usePasskey(ctx, accountId, passkey, challengeUse(held)) : false;
};

/** A password that was set beside a second factor is too short now that there is none. */
async function finishByPassword(ctx: PlatformContext, held: Unfinished, newPassword: string): Promise<Entered> {
  asked(held, 'newPassword', 'new-password');
  const { platform } = ctx;
  const { tenantId, accountId } = held;
  const { owner } = await goOn(ctx, held, (tenant) => choosing(tenant, accountId));
  const hashed = await chosenPassword({ platform, tenantId }, owner, newPassword, true, 'newPassword');
  return goOn(ctx, held, async (tenant) => {
    const ended = await replacePassword(tenant, accountId, hashed, null);
    tenant.audit(Factors, {
      action: 'me.change-password',
      target: { kind: 'account', id: accountId },
      details: { ended },
    });
    return finishUnfinished(tenant, held, false);
  });
}

/**
 * Somebody who has no factor yet enrols the first one before they are let in. One who has one meanwhile began this sign-in
 * too early: it may be a stranger who knows the password.
 */
async function enrolling<T>(
  ctx: PlatformContext,
  work: (tenant: TenantContext, held: Unfinished) => Promise<T>,
): Promise<T> {
  const held = await readUnfinished(ctx);
  if (!held.asks.includes('enrol-factor')) throw conflict('not-asked', 'This sign-in does not ask to enrol a factor.');
  return goOn(ctx, held, async (tenant) => {
    if (await hasFactor(tenant, held.accountId))
      throw conflict('not-asked', 'This account has a second factor now. Begin the sign-in again.');
    return work(tenant, held);
  });
}

async function enrolled(tenant: TenantContext, held: Unfinished, { recoveryCodes }: { recoveryCodes?: string[] }) {
  return replyOf(await finishUnfinished(tenant, held, true), { recoveryCodes });
}

export const beginEnrollingTotp = (ctx: PlatformContext) =>
  enrolling(ctx, async (tenant, { accountId }) => {
    const begun = await beginTotp(tenant, accountId);
    tenant.audit(Factors, { target: { kind: 'account', id: accountId }, details: { kind: 'totp' } });
    return begun;
  });

/** @throws {Problem} 400 that names `code`; 409 `nothing-begun`, `not-asked`; 404 */
export const enrolTotp = (ctx: PlatformContext, input: { code: string; name?: string | undefined }) =>
  enrolling(ctx, async (tenant, held) => enrolled(tenant, held, await addTotp(tenant, held.accountId, input)));

export const beginEnrollingPasskey = (ctx: PlatformContext) =>
  enrolling(ctx, (tenant, { accountId, id }) => passkeyCreation(tenant, accountId, id));

/** @throws {Problem} 400 that names `response`; 409 `not-asked`; 404 */
export const enrolPasskey = (ctx: PlatformContext, made: { name: string; response: PasskeyRegistration }) =>
  enrolling(ctx, async (tenant, held) =>
    enrolled(tenant, held, await addPasskey(tenant, held.accountId, made, held.id)),
  );
