import type { TenantContext } from '../../kernel/context.ts';
import { Problem } from '../../kernel/problem.ts';
import * as store from './store.ts';

/**
 * The guard: within any 24 hours provisioning deactivates or deletes at most a share of the accounts that it had when
 * they began, and 10 in any case, unless an administrator lets everything through. Local accounts are not there for it, so it never touches a usable owner.
 */

const WINDOW_SECONDS = 86_400;
const ALWAYS = 10;
const RETRY_SECONDS = '3600';

/** What the guard must know of an account that is about to go. */
interface Leaving {
  id: string;
  version: number;
  createdAt: Date;
  lastSignInAt: Date | null;
  /** When provisioning removed it last. */
  removedAt: Date | null;
}

/** The query that `requireRemovalAllowed` asks first, to be foreseen by what deactivates or deletes: no message more. */
export const foreseenOfRemoval = () => store.foreseenStanding();

/**
 * Lets an account be deactivated or deleted by provisioning. Ask it before the change, in its transaction, before any
 * other row is held than the account's; ask it only for one that is enabled, or that is to be deleted. Near the limit removals wait for
 * one another, so that no two pass it together.
 *
 * @throws {Problem} 429 `removal-held` with Retry-After, unless an administrator let this one through
 */
export async function requireRemovalAllowed(ctx: TenantContext, account: Leaving): Promise<void> {
  if (!counts(ctx, account)) return;
  const seen = await store.readStanding(ctx);
  if (seen.isOpen || seen.guardPercent === 100 || seen.removed + store.GUARD_MARGIN < limitOf(seen)) return;
  const exact = await store.holdStanding(ctx, account);
  const limit = limitOf(exact);
  if (exact.isOpen || exact.guardPercent === 100 || exact.removed < limit) return;
  if (await store.isLetThrough(ctx, account.id)) return;
  throw new Problem(
    429,
    'removal-held',
    `Provisioning may deactivate or delete ${limit} of its accounts within 24 hours: ${exact.guardPercent} % of the ${exact.base} that there were, and 10 in any case. This one would be beyond that, and nothing was changed. An administrator of the tenant can let it through, or raise the share, on the page of provisioning; then try again.`,
    { headers: { 'retry-after': RETRY_SECONDS } },
  );
}

/** Not one that was made within the day and never used, nor one that the day has counted. */
function counts(ctx: TenantContext, { createdAt, lastSignInAt, removedAt }: Leaving): boolean {
  const start = ctx.later(-WINDOW_SECONDS);
  if (lastSignInAt === null && createdAt > start) return false;
  return removedAt === null || removedAt <= start;
}

const limitOf = ({ base, guardPercent }: store.Standing) => Math.max(ALWAYS, Math.floor((base * guardPercent) / 100));
