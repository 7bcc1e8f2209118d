import type { TenantContext } from '../../kernel/context.ts';
import { countGuess, forgiveGuess } from '../../kernel/guesses.ts';
import { verifyPassword } from '../../kernel/hashing.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { chosenPassword, passwordOwner, setPassword } from '../accounts/service.ts';
import { endOtherSessionsOf, needsSecondFactor } from '../sessions/service.ts';
import { policyOf } from '../sign-in-policy/service.ts';
import { ofAccount, personOf } from './people.ts';
import { Factors } from './schema.ts';
import { ownLimits } from './step-up.ts';
import * as store from './store.ts';

/** The password of one's own account. */

/** Whose password is to be chosen, and whether it will open alone. Read before it is hashed. */
export async function choosing(ctx: TenantContext, accountId: string) {
  const owner = await passwordOwner(ctx, accountId);
  const hasTotp = (await store.generatorsOf(ctx, accountId)).length > 0;
  return { owner, isAlone: !needsSecondFactor(await policyOf(ctx), { hasTotp }) };
}

/**
 * Gives an account a password that its person chose: other sessions end, what was mailed or begun is over, and its person
 * is told. The caller records it.
 */
export async function replacePassword(
  ctx: TenantContext,
  accountId: string,
  hashed: Parameters<typeof setPassword>[2],
  keptSession: string | null,
): Promise<string[]> {
  await store.lockPerson(ctx, accountId);
  setPassword(ctx, accountId, hashed);
  store.endLinks(ctx, accountId);
  const ended = await endOtherSessionsOf(ctx, accountId, keptSession);
  ctx.notify({
    kind: 'password-changed',
    text: 'The password of your account was changed, and other sessions were ended. If it was not you, ask for a new one on the sign-in page and tell an administrator.',
    to: { accountId },
    target: ofAccount(accountId),
  });
  return ended;
}

/**
 * Changes the caller's password, or sets the first one.
 *
 * @throws {Problem} 400 that names `currentPassword` or `newPassword`; 429; 409 `password-changed` by somebody else
 *   meanwhile
 */
export async function changeOwnPassword(
  ctx: TenantContext,
  { currentPassword, newPassword }: { currentPassword?: string | undefined; newPassword: string },
): Promise<void> {
  const caller = personOf(ctx);
  const { accountId, sessionId } = caller;
  const limits = ownLimits(ctx, caller);
  await countGuess(ctx.platform, limits);
  const { owner, isAlone } = await ctx.again((reading) => choosing(reading, accountId));
  if (owner.hash !== undefined && !(await verifyPassword(ctx.tenantId, owner.hash, currentPassword ?? '')))
    throw invalid({
      path: 'currentPassword',
      message: currentPassword === undefined ? 'is required' : 'is not your password',
    });
  await forgiveGuess(ctx.platform, limits);
  const hashed = await chosenPassword(ctx, owner, newPassword, isAlone, 'newPassword');
  if ((await store.passwordHash(ctx, accountId)) !== owner.hash)
    throw conflict('password-changed', 'The password was changed meanwhile. Sign in again.');
  const ended = await replacePassword(ctx, accountId, hashed, sessionId);
  ctx.audit(Factors, { target: ofAccount(accountId), details: { ended } });
}
