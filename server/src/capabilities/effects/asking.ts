import type { TenantContext } from '../../kernel/context.ts';
import { Lines } from '../../kernel/line.ts';
import { Problem } from '../../kernel/problem.ts';
import { sayToTenant } from '../../kernel/region-messages.ts';

/** Asking other tenants about their people, whoever holds rows or connections meanwhile. */

export interface Other {
  otherTenantId: string;
  otherRegion: string | null;
}

/** Why it is not known of guests what they hold besides, by what an effect says of it. */
const reasons = {
  silent: 'Their organisation does not answer.',
  late: 'Other organisations took so long that theirs was not waited for.',
  busy: 'Others of this tenant wait for other organisations already.',
  'too-many': 'They are more, or of more organisations, than are asked about at once.',
  provisioning: 'A request of provisioning waits for no other organisation.',
};
export type Reason = keyof typeof reasons;

/** So many guests of whom it is not known what they hold besides, and why. */
export interface Uncounted {
  guests: number;
  reason: Reason;
  text: string;
}

/** Each reason once, with all of whom it holds. */
export function uncountedBy(found: readonly { guests: number; reason: Reason }[]): Uncounted[] {
  const sums = new Map<Reason, number>();
  for (const { guests, reason } of found) if (guests > 0) sums.set(reason, (sums.get(reason) ?? 0) + guests);
  return [...sums].map(([reason, guests]) => ({ guests, reason, text: reasons[reason] }));
}

/** Whoever waits for other tenants holds a connection meanwhile: so many of one tenant at once, and a few wait. */
const asking = new Lines(3, 3, 'Others of this tenant wait for other tenants already. Try again in a moment.');
/** How long a change waits for all of them, which holds rows as well. */
const LONGEST_HELD_MS = 2_000;
export const whileHeld = () => AbortSignal.timeout(LONGEST_HELD_MS);

export type Answer<T> = { said: T } | { unheard: Reason };

/**
 * @param late gives up then; for who goes on without the answer
 * @throws {Problem} 429 to who only looks, while others wait
 */
export async function ask<T>(
  ctx: TenantContext,
  { otherTenantId, otherRegion }: Other,
  kind: string,
  said: object,
  late?: AbortSignal,
): Promise<Answer<T>> {
  if (late?.aborted) return { unheard: 'late' };
  const other = { tenantId: otherTenantId, region: otherRegion };
  let isAsked = false;
  const answer = asking
    .run(ctx.tenantId, async (): Promise<Answer<T>> => {
      // Who was given up while it waited asks nobody any more.
      if (late?.aborted) return { unheard: 'late' };
      isAsked = true;
      const heard = await sayToTenant<T>(ctx, other, kind, said);
      return heard === undefined ? { unheard: 'silent' } : { said: heard };
    })
    .catch((error): Answer<T> => {
      const isBusy = error instanceof Problem && error.status === 429;
      if (isBusy && !late) throw error;
      return { unheard: isBusy ? 'busy' : 'silent' };
    });
  if (!late) return answer;
  let giveUp = () => {};
  const givenUp = new Promise<Answer<T>>((resolve) => {
    giveUp = () => resolve({ unheard: isAsked ? 'silent' : 'busy' });
  });
  late.addEventListener('abort', giveUp);
  try {
    return await Promise.race([answer, givenUp]);
  } finally {
    late.removeEventListener('abort', giveUp);
  }
}
