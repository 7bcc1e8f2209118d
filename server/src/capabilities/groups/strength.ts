import type { Rights } from '../../kernel/access.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { cover } from '../../kernel/strength.ts';
import * as store from './strength-store.ts';

/** P23, where somebody else than the caller must be as strong as an account: who stands behind a token, or who decided. */

export type Held = Awaited<ReturnType<typeof store.readGiven>>;

/**
 * What an account's groups give it, also those that are disabled. From here on nobody gives it more until the transaction
 * ends: who does waits, and then sees what became of the account.
 */
export const holdWhatItHolds = (ctx: TenantContext, account: { id: string; version: number }): Promise<Held> =>
  store.holdGiven(ctx, account);

export { holdAsRead } from './strength-store.ts';

export const whatItHolds = (ctx: TenantContext, id: string): Promise<Held> => store.readGiven(ctx, id);

/** Whether these rights are all that is held. */
export const coverAll = (rights: Rights, held: Held): boolean =>
  rights.isOwner ||
  held.every(
    ({ isOwnerGroup, permission, namespaceId }) =>
      !isOwnerGroup && cover(rights, [{ permission: permission ?? '', namespaceId }]),
  );
