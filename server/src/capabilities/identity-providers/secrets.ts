import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { nextTelling, untilThen } from '../../kernel/expiry.ts';
import { job } from '../../kernel/jobs.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import { IdentityProvider, type NewClientSecret } from './schema.ts';
import { readIdentityProvider, shownOne } from './showing.ts';
import * as store from './store.ts';

/** The secret that a provider knows us by: kept sealed, replaced with an overlap, and told of before it is over. */

const OVERLAP_SECONDS = 7 * 86_400;

/** Requires the row to be held. @throws {Problem} 400 that names the time */
export async function storeSecret(
  ctx: TenantContext,
  row: store.ProviderRow,
  {
    clientSecret,
    expiresAt,
    overlapSeconds = OVERLAP_SECONDS,
    path = 'clientSecretExpiresAt',
  }: { clientSecret: string; expiresAt?: string | undefined; overlapSeconds?: number | undefined; path?: string },
): Promise<void> {
  const ends = expiresAt === undefined ? null : new Date(expiresAt);
  if (ends && ends <= ctx.now) throw invalid({ path, message: 'must be in the future' });
  const { id } = row;
  // What was sealed for one column opens in no other.
  const earlier =
    row.clientSecret && overlapSeconds > 0
      ? await ctx.keys.seal(
          await ctx.keys.open(row.clientSecret, 'identity_providers', id, 'client_secret'),
          'identity_providers',
          id,
          'earlier_client_secret',
        )
      : null;
  await store.update(ctx, id, {
    clientSecret: await ctx.keys.seal(clientSecret, 'identity_providers', id, 'client_secret'),
    clientSecretExpiresAt: ends,
    earlierClientSecret: earlier,
    earlierClientSecretUntil: earlier && ctx.later(overlapSeconds),
  });
  if (ends) tellLater(ctx, id, ends);
}

/**
 * Replaces the client secret. The one before is tried, for as long as they overlap, where the provider refuses the new
 * one, so that nobody has to change both places in the same second.
 *
 * @throws {Problem} 400 that names `expiresAt`; 409 `no-client-secret` for SAML
 */
export async function changeClientSecret(ctx: TenantContext, id: string, body: z.output<typeof NewClientSecret>) {
  const row = await store.lock(ctx, id);
  if (row.type === 'saml') throw conflict('no-client-secret', 'SAML has certificates and no client secret.');
  const before = await shownOne(ctx, row);
  await storeSecret(ctx, row, { ...body, path: 'expiresAt' });
  const after = await readIdentityProvider(ctx, id);
  ctx.audit(IdentityProvider, { before, after });
  return after;
}

interface Expiry {
  providerId: string;
  expiresAt: string;
}

function tellLater(ctx: TenantContext, providerId: string, expiresAt: Date): void {
  const next = nextTelling(ctx, expiresAt);
  if (next)
    ctx.enqueue('identity-providers.tell-expiry', { providerId, expiresAt: expiresAt.toISOString() } as Expiry, next);
}

/** Tells owners that a secret will be over; nothing when it was replaced meanwhile. */
export const tellExpiry = job<Expiry>('identity-providers.tell-expiry', async (ctx, { providerId, expiresAt }) => {
  const row = await store.ifAny(ctx, providerId);
  if (!row?.clientSecretExpiresAt || row.clientSecretExpiresAt.toISOString() !== expiresAt) return;
  const when = untilThen(ctx, row.clientSecretExpiresAt);
  ctx.notify({
    kind: 'client-secret-expiring',
    text: `The client secret of the identity provider "${row.name}" is over ${when}. Make a new one at the provider and enter it here; until then nobody can sign in by it.`,
    to: 'owners',
    target: { kind: 'identity-provider', id: providerId },
  });
  tellLater(ctx, providerId, row.clientSecretExpiresAt);
});
