import { z } from 'zod';

const Supported = z.strictObject({ supported: z.boolean() });

/** RFC 7643 section 5: what the server does of what is optional in SCIM. */
export const ServiceProviderConfig = z
  .strictObject({
    schemas: z.array(z.string()),
    patch: Supported,
    bulk: z.strictObject({ supported: z.boolean(), maxOperations: z.int(), maxPayloadSize: z.int() }),
    filter: z.strictObject({ supported: z.boolean(), maxResults: z.int() }),
    changePassword: Supported,
    sort: Supported,
    etag: Supported,
    authenticationSchemes: z.array(
      z.strictObject({
        type: z.string(),
        name: z.string(),
        description: z.string(),
        specUri: z.string(),
        primary: z.boolean(),
      }),
    ),
    meta: z.strictObject({ resourceType: z.string(), location: z.string() }),
  })
  .meta({ id: 'ServiceProviderConfig' });
