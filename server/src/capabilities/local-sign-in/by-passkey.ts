import { type Actor, systemIdentity } from '../../kernel/authenticate.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { countGuess, type GuessLimit, networkOf, requireGuessesLeft } from '../../kernel/guesses.ts';
import type { Reply } from '../../kernel/operation.ts';
import { recordRefusal } from '../../kernel/refusals.ts';
import type { Place } from '../../kernel/regions.ts';
import type { PasskeyAssertion } from '../factors/schema.ts';
import { anyPasskeyRequest, readUserHandle, usePasskey } from '../factors/service.ts';
import { enter, everyCell, replyOf, signInFailed } from '../sessions/service.ts';
import * as store from './store.ts';

/** Sign-in by a passkey alone: it says whose it is, and proves two factors by itself. */

/** Passkeys are not guessed. It keeps trying from being a load, and counts no account, so that nobody is locked out. */
const limitsOf = (network: string): GuessLimit[] => [
  { purpose: 'passkey-source', of: [network], limit: 100, windowSeconds: 900 },
];

const failed = () => signInFailed('This passkey does not open anything here. Sign in another way.');

/** What the browser asks its passkeys for: the same for everybody. */
export async function beginSignInByPasskey({ platform }: PlatformContext) {
  const [home] = everyCell(platform) as [Place];
  return anyPasskeyRequest(platform, await store.time(home.cell));
}

/**
 * Signs in by a passkey.
 *
 * @throws {Problem} 401 `sign-in-failed`, the same whatever was wrong; 403 as `enter`; 421; 429
 */
export async function signInByPasskey(
  { platform, request }: PlatformContext,
  response: PasskeyAssertion,
): Promise<Reply> {
  const limits = limitsOf(networkOf(request.sourceAddress));
  await requireGuessesLeft(platform, limits);
  const whose = readUserHandle(platform, response.response.userHandle ?? '');
  const place = whose && (await platform.locate(whose.tenantId));
  if (!place) {
    await countGuess(platform, limits);
    throw failed();
  }
  const { tenantId, accountId } = whose;
  const actor: Actor = { kind: 'account', id: accountId, credentialId: null, door: 'console' };
  const entered = await enterTenant({ platform, place, tenantId, actor, request }, async (ctx) => {
    if (await usePasskey(ctx, accountId, response, { purpose: 'sign-in', bound: '' })) {
      requireDoorOpen(ctx.identity);
      return enter(ctx, { accountId, method: 'passkey', hasSecondFactor: true });
    }
    return (await store.exists(ctx, accountId)) ? ctx.identity : undefined;
  });
  if (entered && 'kind' in entered) return replyOf(entered);
  await countGuess(platform, limits);
  if (entered) {
    const identity = systemIdentity(actor, entered);
    await recordRefusal(
      platform,
      place,
      tenantId,
      identity,
      request.action,
      { kind: 'account', id: accountId },
      request,
    );
  }
  throw failed();
}
