import {
  type AtTenant,
  addressesOf,
  enterFromProvider,
  readProvider,
} from '../../capabilities/identity-providers/service.ts';
import type { PlatformContext } from '../../kernel/context.ts';
import { Reply } from '../../kernel/operation.ts';
import { notFound } from '../../kernel/problem.ts';
import { metadataOf } from './metadata.ts';

/**
 * Our metadata for a provider, active or not: it is read to set the provider up. Nothing in it is secret.
 *
 * @throws {Problem} 404
 */
export async function publishMetadata(
  ctx: PlatformContext,
  { tenantId, providerId }: { tenantId: string; providerId: string },
): Promise<Reply> {
  const place = await ctx.platform.locate(tenantId);
  const at: AtTenant | undefined = place && { place, tenantId };
  const text =
    at &&
    (await enterFromProvider(ctx, at, async (tenant) => {
      const provider = await readProvider(tenant, providerId);
      if (provider.type !== 'saml') throw notFound('identity provider');
      const { saml, keys } = provider;
      const { entityId = '', acsUrl = '', logoutUrl = '' } = addressesOf(tenant, providerId, 'saml');
      return metadataOf({
        entityId,
        acsUrl,
        logoutUrl,
        signsRequests: saml.signsRequests ?? false,
        wantsSignedAssertions: saml.signedPart !== 'response',
        nameIdFormat: saml.nameIdFormat ?? null,
        certificates: keys.map(({ certificate }) => certificate),
      });
    }));
  if (text === undefined) throw notFound('identity provider');
  return new Reply(text, { headers: { 'content-type': 'application/samlmetadata+xml; charset=utf-8' } });
}
