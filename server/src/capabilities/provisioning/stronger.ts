import { Rights } from '../../kernel/access.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { hearOfGuests, standingNow } from '../../kernel/guests.ts';
import { Problem } from '../../kernel/problem.ts';
import { coverAll, type Held, holdWhatItHolds, whatItHolds } from '../groups/service.ts';
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

/** Whether the person was to become inactive by the same request; or the guard's refusal of that. */
export type Leaving = boolean | Problem;

const RETRY_SECONDS = '3600';

/** A change of credentials that waits for an administrator. */
export class CredentialsHeld extends Problem {
  readonly wanted: ChangedCredentials;
  readonly leaving: Leaving;

  constructor(wanted: ChangedCredentials, leaving: Leaving) {
    super(
      429,
      'credentials-held',
      leaving === true
        ? 'This person may do more here than whoever issued the token, so its password, username, primary e-mail address and externalId wait for an administrator. The person was made inactive; nothing else was changed. One who may do as much can let the change through on the page of provisioning; or an owner rotates the token. Then try again.'
        : 'This person may do more here than whoever issued the token, so its password, username, primary e-mail address and externalId wait for an administrator, and nothing was changed. One who may do as much can let the change through on the page of provisioning; or an owner rotates the token. Then try again.',
      { headers: { 'retry-after': RETRY_SECONDS }, refusal: { kind: 'account', id: wanted.accountId } },
    );
    this.wanted = wanted;
    this.leaving = leaving;
  }
}

/** Who lets somebody's credentials be changed, by the token or a decision, with what they hold where it is known already. */
interface Answerable {
  id: string | null;
  rights?: Rights | undefined;
}

/** What a principal holds at this moment; nothing while the home of a guest gives no answer. */
async function rightsOf(ctx: TenantContext, { id, rights }: Answerable): Promise<Rights> {
  if (rights) return rights;
  if (id === null) return new Rights(false, []);
  try {
    return (await standingNow(ctx, id)).rights;
  } catch (error) {
    if (error instanceof Problem && error.status === 503) return new Rights(false, []);
    throw error;
  }
}

/** Of a guest the home, which may be another region, is asked before any row is held, and only where it matters. */
async function heard(ctx: TenantContext, who: store.Principal | undefined, accountId: string): Promise<Answerable> {
  const id = who?.id ?? null;
  if (who?.kind !== 'guest' || (await whatItHolds(ctx, accountId)).length === 0) return { id };
  return { id, rights: await rightsOf(ctx, { id }) };
}

/** Before work by a token that holds rows for long: homes of guests who are answerable for it are asked, and not within. */
export const hearOfAnswerable = async (ctx: TenantContext, tokenId: string): Promise<void> =>
  hearOfGuests(ctx, await store.guestsAnswerable(ctx, tokenId));

const isAsStrong = async (ctx: TenantContext, who: Answerable, held: Held) => coverAll(await rightsOf(ctx, who), held);

/**
 * Lets provisioning change credentials of an account. Ask it before the change, in its transaction, before any other row
 * is held than the account's and the tenant's; it costs two messages. From then on nobody gives the account more until the
 * commit. What an administrator let through passes once, for the token that asked, while who decided still holds as much.
 *
 * @param account as it was read
 * @throws {CredentialsHeld} 429
 */
export async function requireMayTouch(
  ctx: TenantContext,
  account: { id: string; version: number },
  wanted: ChangedCredentials,
  leaving: Leaving,
): Promise<void> {
  const issuer = await heard(ctx, await store.issuerOf(ctx, ctx.actor.credentialId), account.id);
  const held = await holdWhatItHolds(ctx, account);
  if (held.length > 0 && !(await isAsStrong(ctx, issuer, held))) {
    const allowed = await store.allowedCredentials(ctx, wanted);
    if (!allowed || !(await isAsStrong(ctx, { id: allowed.decidedBy }, held)))
      throw new CredentialsHeld(wanted, leaving);
  }
  store.settleCredentials(ctx, account.id);
}

/**
 * Who may be answerable for a local account being taken over: whoever let it be, or who stands behind the token. Ask it
 * before the account is held.
 *
 * @returns whether one of them holds as much as the account, to be asked of what it holds once nobody gives it more
 */
export async function answerableFor(ctx: TenantContext, accountId: string, decidedBy: store.Principal | undefined) {
  const decider = await heard(ctx, decidedBy, accountId);
  const issuer = await heard(ctx, await store.issuerOf(ctx, ctx.actor.credentialId), accountId);
  return async (held: Held) => (await isAsStrong(ctx, decider, held)) || (await isAsStrong(ctx, issuer, held));
}
