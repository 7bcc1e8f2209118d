import { z } from 'zod';
import { provisioning } from '../../kernel/access.ts';
import type { Capability } from '../../kernel/capability.ts';
import { operation } from '../../kernel/operation.ts';
import { Id } from '../../kernel/schema.ts';
import { scimRendering } from './rendering.ts';
import { ServiceProviderConfig } from './schema.ts';
import { serviceProviderConfig } from './service-provider-config.ts';

/** SCIM 2.0 (RFC 7642 to 7644) for the identity providers of a tenant. */
export const scim: Capability = {
  name: 'scim',
  rendering: scimRendering,
  operations: [
    operation({
      id: 'scim.read-service-provider-config',
      method: 'GET',
      path: '/scim/v2/:tenantId/ServiceProviderConfig',
      summary: 'Read what the SCIM server does',
      access: provisioning('tells a holder of a valid token that it works, and what the server does'),
      params: z.strictObject({ tenantId: Id }),
      // RFC 7644 knows parameters that do not apply here; foreign protocols ignore what is unknown.
      query: z.looseObject({}),
      reply: ServiceProviderConfig,
      handle: (ctx) => serviceProviderConfig(ctx),
    }),
  ],
};
