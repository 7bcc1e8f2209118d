import type { TenantContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/operation.ts';
import { forbidden } from '../../kernel/problem.ts';
import { readActive } from './reading.ts';
import { issueTrip } from './trips.ts';

/**
 * Sends the caller to a provider: to link the own account with who they are there, or to prove freshly that it is them.
 *
 * @throws {Problem} 404 when it is not active; 403 for anybody but an account of this tenant, in its browser
 */
export async function beginOwnTrip(
  ctx: TenantContext,
  providerId: string,
  purpose: 'link' | 'step-up',
  returnTo: string | undefined,
): Promise<Reply> {
  const { actor } = ctx;
  const provider = await readActive(ctx, providerId);
  if (actor.kind !== 'account' || actor.door !== 'console' || !actor.id)
    throw forbidden('people-only', 'Only a person who is signed in here may do this.');
  const { url, cookie } = await issueTrip(ctx, provider, {
    purpose,
    accountId: actor.id,
    returnTo: returnTo ?? '/',
  });
  return new Reply({ url }, { headers: { 'set-cookie': cookie } });
}
