import { systemIdentity, type TenantRow } from '../../kernel/authenticate.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { Unit } from '../../kernel/database/pool.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { networkOf } from '../../kernel/guesses.ts';
import { Problem } from '../../kernel/problem.ts';
import { recordRefusal } from '../../kernel/refusals.ts';
import type { Place } from '../../kernel/regions.ts';
import { atConsole, type Entered, enter, heldUnfinished, ofAccount, type Proof, type Step } from './entry.ts';
import * as store from './store.ts';

/** The rest of a sign-in whose first proof was enough for nothing yet. */

const signInOver = () =>
  new Problem(
    404,
    'unfinished-sign-in-over',
    'There is no sign-in of this browser to finish, or it took longer than 10 minutes. Begin again.',
  );

export interface Unfinished extends TenantRow {
  place: Place;
  tenantId: string;
  secretHash: Buffer;
  id: string;
  accountId: string;
  method: Proof['method'];
  identityProviderId: string | null;
  asks: Step[];
  expiresAt: Date;
  /** Whether the account was signed in from this network before. */
  isKnownSource: boolean;
}

/** What this browser began and has not finished. @throws {Problem} 404 `unfinished-sign-in-over` */
export async function readUnfinished(ctx: PlatformContext): Promise<Unfinished> {
  const held = heldUnfinished(ctx);
  const place = held && (await ctx.platform.locateHere(held.tenantId));
  if (!place) throw signInOver();
  const { tenantId, secretHash } = held;
  const statement = store.unfinishedStatement(secretHash, networkOf(ctx.request.sourceAddress));
  const { unit, rows } = await Unit.open(place.cell, tenantId, [statement], 'read');
  unit.finishRead();
  const row = rows[0]?.[0] as store.UnfinishedRow | undefined;
  if (!row) throw signInOver();
  return { ...row, method: row.method as Proof['method'], asks: row.asks as Step[], place, tenantId, secretHash };
}

/**
 * Goes on with it in its tenant, while nobody else does.
 *
 * @throws {Problem} 404 `unfinished-sign-in-over` when it was finished meanwhile
 */
export async function goOn<T>(
  { platform, request }: PlatformContext,
  { place, tenantId, accountId, secretHash }: Unfinished,
  work: (ctx: TenantContext) => Promise<T>,
): Promise<T> {
  const done = await enterTenant(
    { platform, place, tenantId, actor: atConsole(accountId, null), request },
    async (ctx) => {
      requireDoorOpen(ctx.identity);
      if (!(await store.lockUnfinished(ctx, secretHash))) throw signInOver();
      return { result: await work(ctx) };
    },
  );
  if (!done) throw signInOver();
  return done.result;
}

/** Makes of it a session, or asks for what is still missing. Within `goOn`. */
export async function finishUnfinished(
  ctx: TenantContext,
  { id, accountId, method, identityProviderId }: Unfinished,
  hasSecondFactor: boolean,
): Promise<Entered> {
  await store.removeUnfinished(ctx, id);
  return enter(ctx, { accountId, method, identityProviderId, hasSecondFactor });
}

/** Writes that the rest of a sign-in failed into the audit of its account. */
export const recordUnfinishedFailure = (
  { platform, request }: PlatformContext,
  { place, tenantId, accountId, ...row }: Unfinished,
) =>
  recordRefusal(
    platform,
    place,
    tenantId,
    systemIdentity(atConsole(accountId, null), row),
    request.action,
    ofAccount(accountId),
    request,
  );
