import { entryOf } from '../../kernel/audit.ts';
import { type Actor, systemIdentity } from '../../kernel/authenticate.ts';
import { onBeat } from '../../kernel/beat.ts';
import { canonicalEmail } from '../../kernel/canonical.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { type Pool, Unit } from '../../kernel/database/pool.ts';
import { enterTenant } from '../../kernel/enter.ts';
import { countGuess, type GuessLimit, networkOf, plainAddress, requireGuessesLeft } from '../../kernel/guesses.ts';
import { newId } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { invalid } from '../../kernel/problem.ts';
import { recordRefusal } from '../../kernel/refusals.ts';
import { holdOwners } from '../groups/service.ts';
import { enter, signInFailed } from '../sessions/service.ts';
import { hashOfCode } from './codes.ts';
import { suspendIfNoneLeft } from './enforcement.ts';
import { EmergencyCodes } from './schema.ts';
import * as store from './store.ts';

/** The emergency door: an owner's one-time code lets them in, whatever the policy says and whatever is broken. */

/** Codes are not guessed. It keeps trying from being a load, and counts no account, so that nobody is locked out. */
const limitsOf = (network: string): GuessLimit[] => [
  { purpose: 'emergency-source', of: [network], limit: 30, windowSeconds: 900 },
];

const byCode = (accountId: string | null): Actor => ({
  kind: accountId ? 'account' : 'system',
  id: accountId,
  credentialId: null,
  door: 'console',
});

/**
 * Signs an owner in by an emergency code, which is used up. All owners are told.
 *
 * @throws {Problem} 401 `sign-in-failed`, the same whatever was wrong; 403 with the tenant's state; 421; 429
 */
export async function signInByEmergencyCode(
  ctx: PlatformContext,
  { tenantId, email: typed, code }: { tenantId: string; email: string; code: string },
): Promise<Reply> {
  const { platform, request } = ctx;
  const email = canonicalEmail(typed);
  if (!email.ok) throw invalid({ path: 'email', message: email.reason });
  const limits = limitsOf(networkOf(request.sourceAddress));
  await requireGuessesLeft(platform, limits);
  const place = await platform.locate(tenantId);
  const cell = place?.cell ?? ([...platform.regions.values()][0]?.cells[0] as Pool);
  const codeHash = hashOfCode(code);
  // On a beat, so that the answer takes as long where there is nobody.
  const entered = await onBeat(async () => {
    const statement = store.doorStatement(email.canonical, codeHash);
    const { unit, rows } = await Unit.open(cell, place ? tenantId : newId(), [statement], 'read');
    unit.finishRead();
    const row = rows[0]?.[0] as store.DoorRow | undefined;
    if (place && row?.opens) {
      const actor = byCode(row.accountId);
      return enterTenant({ platform, place, tenantId, actor, request }, (tenant) =>
        useCode(tenant, row.accountId, codeHash),
      );
    }
    await countGuess(platform, limits);
    if (place && row)
      await recordRefusal(
        platform,
        place,
        tenantId,
        systemIdentity(byCode(row.accountId), row),
        'sign-in.use-emergency-code',
        { kind: 'account', id: row.accountId },
        request,
      );
    return undefined;
  });
  if (!entered) throw signInFailed();
  return entered;
}

async function useCode(ctx: TenantContext, accountId: string, codeHash: Buffer): Promise<Reply> {
  const owner = await store.lockOwner(ctx, accountId);
  if (owner?.status !== 'enabled') throw signInFailed();
  await holdOwners(ctx);
  if (!(await store.consume(ctx, accountId, codeHash, 'sign-in'))) throw signInFailed();
  const entered = await enter(ctx, { accountId, method: 'emergency-code', hasSecondFactor: true });
  if (entered.kind !== 'session') throw signInFailed();
  const target = { kind: 'account', id: accountId };
  ctx.record(
    entryOf(EmergencyCodes, 'sign-in.use-emergency-code', { target, details: { usedFor: 'sign-in' } }),
    byCode(accountId),
  );
  ctx.notify({
    kind: 'emergency-code-used',
    text: `${owner.displayName} signed in by an emergency code, from ${plainAddress(ctx.request.sourceAddress) ?? 'an unknown address'}. If you did not expect it, end that session and look at the audit.`,
    to: 'owners',
    target,
  });
  await suspendIfNoneLeft(ctx);
  return new Reply(entered.session, { status: 201, headers: { 'set-cookie': entered.cookies } });
}
