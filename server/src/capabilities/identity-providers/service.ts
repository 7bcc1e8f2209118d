import type { z } from 'zod';
import type { TenantContext } from '../../kernel/context.ts';
import { notFound } from '../../kernel/problem.ts';
import { admitted } from '../accounts/service.ts';
import { requireNotStronger } from '../groups/service.ts';
import {
  type AccountIdentityQuery,
  ExternalIdentity,
  type ExternalIdentityQuery,
  type IdentityProviderQuery,
} from './schema.ts';
import { shown } from './showing.ts';
import * as store from './store.ts';

export { type External, SignInRefused } from './admit.ts';
export * from './arrival.ts';
export * from './changing.ts';
export { onlyTextOf, textOf } from './claims.ts';
export { makeKey, tellCertificateExpiry } from './keys.ts';
export { endKnownAs, ownKnownAs, takeMessage } from './known-as.ts';
export { lookAtMapping } from './looking.ts';
export { dueMetadata, followMetadata, type MetadataDue, readMetadataSoon } from './metadata.ts';
export * from './own.ts';
export * from './reading.ts';
export { changeClientSecret, tellExpiry } from './secrets.ts';
export * from './set-up.ts';
export { addressesOf, readIdentityProvider, shownCertificates } from './showing.ts';
export * from './tests.ts';
export * from './trips.ts';

export async function listIdentityProviders(ctx: TenantContext, query: z.output<typeof IdentityProviderQuery>) {
  const found = await store.list(ctx, query);
  return { ...found, items: await shown(ctx, found.items) };
}

/** By which providers a person comes in. @throws {Problem} 404 */
export async function listIdentitiesOf(
  ctx: TenantContext,
  accountId: string,
  query: z.output<typeof AccountIdentityQuery>,
) {
  if (!(await admitted(ctx, accountId))) throw notFound('account');
  return store.listIdentities(ctx, undefined, { ...query, accountId });
}

/** Who people of a provider are here. */
export const listExternalIdentities = async (
  ctx: TenantContext,
  providerId: string,
  query: z.output<typeof ExternalIdentityQuery>,
) => {
  await store.find(ctx, providerId);
  return store.listIdentities(ctx, providerId, query);
};

/**
 * Ends a link: the person is not known any more, until the rule or they themselves link them again.
 *
 * @throws {Problem} 403 `stronger-principal`
 */
export async function endExternalIdentity(ctx: TenantContext, providerId: string, id: string): Promise<void> {
  const { name } = await store.find(ctx, providerId);
  const before = await store.lockIdentity(ctx, providerId, id);
  await requireNotStronger(ctx, before.accountId);
  await store.removeIdentity(ctx, id);
  ctx.audit(ExternalIdentity, {
    before: { ...before, providerName: name },
    target: { kind: 'account', id: before.accountId },
  });
}
