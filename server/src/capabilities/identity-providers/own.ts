import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/operation.ts';
import { forbidden } from '../../kernel/problem.ts';
import { readActive } from './reading.ts';
import type { AccountIdentityQuery } from './schema.ts';
import * as store from './store.ts';
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
  const provider = await readActive(ctx, providerId);
  const accountId = personOf(ctx);
  const { url, cookie } = await issueTrip(ctx, provider, {
    purpose,
    accountId,
    returnTo: returnTo ?? '/',
  });
  return new Reply({ url }, { headers: { 'set-cookie': cookie } });
}

/** By which providers the caller comes in. @throws {Problem} 403 for anybody but an account in its browser */
export const listOwnIdentities = async (ctx: TenantContext, query: z.output<typeof AccountIdentityQuery>) =>
  store.listIdentities(ctx, undefined, { ...query, accountId: personOf(ctx) });

function personOf({ actor }: TenantContext): string {
  if (actor.kind !== 'account' || actor.door !== 'console' || !actor.id)
    throw forbidden('people-only', 'Only a person who is signed in here may do this.');
  return actor.id;
}
