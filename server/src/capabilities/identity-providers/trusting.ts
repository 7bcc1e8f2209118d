import { Rights } from '../../kernel/access.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { standingNow } from '../../kernel/guests.ts';
import { problemOf } from '../../kernel/problem.ts';
import * as store from './store.ts';

/** P23: behind a provider stands who activated it, or last changed whose word it takes. */

/**
 * What they hold at this moment: nothing once they are disabled or gone, when nobody is known, or when the home of a guest
 * gives no answer. Ask it before rows are held.
 */
export const rightsBehind = async (ctx: TenantContext, trustedBy: string | null): Promise<Rights> => {
  const nothing = new Rights(false, []);
  if (trustedBy === null) return nothing;
  return standingNow(ctx, trustedBy).then(
    ({ rights }) => rights,
    (error) => {
      if (problemOf(error)?.status === 503) return nothing;
      throw error;
    },
  );
};

/** Tells the owners that a provider waits for them: once until it is changed. */
export async function tellUnconfirmed(ctx: TenantContext, providerId: string): Promise<void> {
  const row = await store.lockIfAny(ctx, providerId);
  if (!row || (await store.isTold(ctx, 'identity-provider-unconfirmed', row))) return;
  ctx.notify({
    kind: 'identity-provider-unconfirmed',
    text: `The identity provider "${row.name}" found somebody who may do more here than who activated it or changed it last, so they were not let in. If you trust it with everybody whom it finds, confirm that on its page, under "Who comes in".`,
    to: 'owners',
    target: { kind: 'identity-provider', id: providerId },
  });
}
