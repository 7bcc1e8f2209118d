import { z } from 'zod';
import { MetadataSource, ReadMetadata, SetUpMetadataSource } from '../../capabilities/identity-providers/schema.ts';
import { requireSetUpLink } from '../../capabilities/identity-providers/service.ts';
import { allow, open, openedByLink } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { importMetadata } from './importing.ts';
import { publishMetadata } from './publishing.ts';

const OneProvider = z.strictObject({ tenantId: Id, providerId: Id });
const path = '/v1/sign-in/saml/:tenantId/:providerId';

export const saml: Capability = {
  name: 'saml',
  operations: [
    operation({
      id: 'identity-providers.read-metadata',
      method: 'POST',
      path: '/v1/tenants/:tenantId/identity-providers/read-metadata',
      summary: 'Read the metadata of a SAML provider, by its address or itself; nothing is changed',
      access: allow('identity-providers.change'),
      params: z.strictObject({ tenantId: Id }),
      body: MetadataSource,
      reply: ReadMetadata,
      handle: (ctx, { body }) => importMetadata(ctx.platform, body, ctx.now),
    }),
    operation({
      id: 'identity-provider-set-up.read-metadata',
      method: 'POST',
      path: '/v1/identity-provider-set-up/read-metadata',
      summary: 'Read the metadata of a SAML provider by a set-up link; nothing is changed',
      access: openedByLink('the link is the proof'),
      body: SetUpMetadataSource,
      reply: ReadMetadata,
      handle: async (ctx, { body: { token, ...from } }) =>
        importMetadata(ctx.platform, from, await requireSetUpLink(ctx, token)),
    }),
    operation({
      id: 'saml.metadata',
      method: 'GET',
      path: `${path}/metadata`,
      summary: 'Our metadata for a SAML provider: entity ID, addresses and certificates',
      access: open('whoever sets the provider up reads it'),
      params: OneProvider,
      reply: z.string().meta({ contentMediaType: 'application/samlmetadata+xml' }),
      handle: (ctx, { params }) => publishMetadata(ctx, params),
    }),
  ],
};
