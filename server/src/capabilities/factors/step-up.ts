import type { TenantContext } from '../../kernel/context.ts';
import { countGuess, forgiveGuess, type GuessLimit, networkOf } from '../../kernel/guesses.ts';
import { verifyPassword } from '../../kernel/hashing.ts';
import { Reply } from '../../kernel/operation.ts';
import { forbidden } from '../../kernel/problem.ts';
import { Session } from '../sessions/schema.ts';
import { renewSession, sessionOf } from '../sessions/service.ts';
import { policyOf } from '../sign-in-policy/service.ts';
import { passkeyRequest, usePasskey } from './passkeys.ts';
import { type Caller, ofAccount, personOf } from './people.ts';
import { useRecoveryCode } from './recovery-codes.ts';
import type { StepUp } from './schema.ts';
import * as store from './store.ts';
import { useTotp } from './totp.ts';

/** Showing again that it is oneself, before something dangerous. */

type Way = 'password' | 'password-and-code' | 'passkey' | 'identity-provider';

/** A session that somebody took, or an unlocked screen, guesses five times. */
export const ownLimits = ({ tenantId, request }: TenantContext, { accountId, sessionId }: Caller): GuessLimit[] => [
  {
    purpose: 'own-account-source',
    of: [tenantId, accountId, networkOf(request.sourceAddress)],
    limit: 5,
    windowSeconds: 900,
  },
  { purpose: 'own-session', of: [sessionId], limit: 10, windowSeconds: 3600 },
];

async function standing(ctx: TenantContext, { accountId, sessionId }: Caller) {
  const session = await sessionOf(ctx, sessionId);
  if (!session) throw forbidden('people-only', 'Only a person who is signed in has these.');
  const policy = await policyOf(ctx);
  const kinds = (await store.listOf(ctx, accountId)).map(({ kind }) => kind);
  const hash = await store.passwordHash(ctx, accountId);
  const ways: Way[] = [];
  // While single sign-on is required, what it does not let in by proves nothing; the emergency door is beside it.
  if (policy.singleSignOn !== 'required' || session.method === 'emergency-code') {
    const hasPasskey = kinds.includes('passkey');
    if (hasPasskey) ways.push('passkey');
    if (hash && kinds.includes('totp')) ways.push('password-and-code');
    else if (hash && !(hasPasskey && policy.secondFactor === 'required')) ways.push('password');
  }
  if (session.identityProviderId) ways.push('identity-provider');
  return { session, ways, hash };
}

const challengeUse = ({ sessionId }: Caller) => ({ purpose: 'step-up' as const, bound: sessionId });

/** How the caller may prove to be there. */
export async function beginStepUp(ctx: TenantContext) {
  const caller = personOf(ctx);
  const { session, ways } = await standing(ctx, caller);
  return {
    provedAt: session.provedAt,
    ways,
    passkey: ways.includes('passkey') ? await passkeyRequest(ctx, caller.accountId, challengeUse(caller)) : null,
    identityProviderId: session.identityProviderId,
  };
}

const failed = () =>
  forbidden('step-up-failed', 'That was not right. See POST /v1/me/step-up/options for what is asked.');

/**
 * Proves that the caller is there. The session goes on under another secret (P10).
 *
 * @throws {Problem} 403 `step-up-failed`; 429 after five wrong ones in a quarter of an hour
 */
export async function stepUp(ctx: TenantContext, answer: StepUp): Promise<Reply> {
  const caller = personOf(ctx);
  // A passkey is not guessed, so its person is not kept out by whoever guesses.
  const limits = answer.passkey ? [] : ownLimits(ctx, caller);
  if (limits.length > 0) await countGuess(ctx.platform, limits);
  // Read beside this unit of work, so that no connection is held while a password is hashed.
  const { ways, hash } = await ctx.again((reading) => standing(reading, caller));
  const isRight = answer.password === undefined || (await verifyPassword(ctx.tenantId, hash, answer.password));
  if (!isRight || !(await isProved(ctx, caller, ways, hash, answer))) throw failed();
  const cookie = await renewSession(ctx, caller.sessionId, {
    provedBy: answer.passkey ? 'passkey' : 'password',
    hasSecondFactor: answer.passkey !== undefined || ways.includes('password-and-code'),
  });
  ctx.audit(Session, {
    target: ofAccount(caller.accountId),
    details: { provedBy: answer.passkey ? 'passkey' : 'password' },
  });
  if (limits.length > 0) ctx.afterwards(() => forgiveGuess(ctx.platform, limits));
  return new Reply({ provedAt: ctx.now }, { headers: { 'set-cookie': cookie } });
}

async function isProved(
  ctx: TenantContext,
  caller: Caller,
  ways: Way[],
  hash: string | undefined,
  { passkey, totp, recoveryCode }: StepUp,
): Promise<boolean> {
  const { accountId } = caller;
  if (passkey) return ways.includes('passkey') && usePasskey(ctx, accountId, passkey, challengeUse(caller));
  if ((await store.passwordHash(ctx, accountId)) !== hash) return false;
  if (ways.includes('password')) return true;
  if (!ways.includes('password-and-code')) return false;
  if (totp) return useTotp(ctx, accountId, totp);
  return recoveryCode !== undefined && useRecoveryCode(ctx, accountId, recoveryCode);
}
