import type { TenantContext } from '../../kernel/context.ts';
import { standingNow } from '../../kernel/guests.ts';
import { Problem } from '../../kernel/problem.ts';
import { coverAll, holdWhatItHolds, whatItHolds } from '../groups/service.ts';
import * as store from './store.ts';

/**
 * P23: by provisioning as well nobody touches credentials of a stronger account. Behind a token stands who issued it, with
 * what they hold at this moment: nothing once they are disabled or gone.
 */

/** What somebody signs in by, is reached at for a new password, or is recognised by when a provider names them. */
export type Credential = store.Credential;

export interface ChangedCredentials {
  accountId: string;
  changes: Credential[];
  /** As they would be. */
  userName: string;
  externalId: string | null;
  email: string | null;
}

const RETRY_SECONDS = '3600';

/** A change of credentials that waits for an administrator. */
export class CredentialsHeld extends Problem {
  readonly wanted: ChangedCredentials;

  constructor(wanted: ChangedCredentials) {
    super(
      429,
      'credentials-held',
      'This person may do more here than whoever issued the token, so its password, username, primary e-mail address and externalId wait for an administrator, and nothing was changed. One who may do as much can let the change through on the page of provisioning; or an owner rotates the token. Then try again.',
      { headers: { 'retry-after': RETRY_SECONDS } },
    );
    this.wanted = wanted;
  }
}

/** Whether this principal holds at this moment all that is held. */
const isAsStrong = async (
  ctx: TenantContext,
  principalId: string | null,
  held: Awaited<ReturnType<typeof whatItHolds>>,
) => principalId !== null && coverAll((await standingNow(ctx, principalId)).rights, held);

const isTokenAsStrong = async (ctx: TenantContext, held: Awaited<ReturnType<typeof whatItHolds>>) =>
  isAsStrong(ctx, await store.issuerOf(ctx, ctx.actor.credentialId), held);

/**
 * Lets provisioning change credentials of an account. Ask it before the change, in its transaction, before any other row
 * is held than the account's and the tenant's; it costs one message. From then on nobody gives the account more until the
 * commit. What an administrator let through passes once, as it was sent, while who decided still holds as much.
 *
 * @param account as it was read
 * @throws {CredentialsHeld} 429
 */
export async function requireMayTouch(
  ctx: TenantContext,
  account: { id: string; version: number },
  wanted: ChangedCredentials,
): Promise<void> {
  const held = await holdWhatItHolds(ctx, account);
  if (held.length === 0) return;
  if (!(await isTokenAsStrong(ctx, held))) {
    const allowed = await store.allowedCredentials(ctx, wanted);
    if (!allowed || !(await isAsStrong(ctx, allowed.decidedBy, held))) throw new CredentialsHeld(wanted);
  }
  store.settleCredentials(ctx, account.id);
}

/** Whether the account that an administrator lets provisioning take over holds no more by now than they or the token. */
export async function isStillAdoptable(ctx: TenantContext, accountId: string, decidedBy: string | null) {
  const held = await whatItHolds(ctx, accountId);
  return held.length === 0 || (await isAsStrong(ctx, decidedBy, held)) || (await isTokenAsStrong(ctx, held));
}
