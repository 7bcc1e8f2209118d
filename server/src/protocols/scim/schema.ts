import { z } from 'zod';
import { Id } from '../../kernel/schema.ts';

/** The shapes of SCIM as OpenAPI has them. The rules are those of the RFCs: attributes.ts, resource.ts, patch.ts. */

/** Foreign protocols ignore what they do not know. */
export const AnyQuery = z.looseObject({});

export const InTenant = z.strictObject({ tenantId: Id });
/** Any text may be an id: one that is none of ours is not there. */
export const OneResource = z.strictObject({ tenantId: Id, id: z.string() });
export const OneSchema = z.strictObject({ tenantId: Id, urn: z.string() });
export const OneResourceType = z.strictObject({ tenantId: Id, name: z.string() });

const message = (id: string, says: string) => z.record(z.string(), z.unknown()).meta({ id }).describe(says);

export const ScimUser = message('ScimUser', 'A User with its extensions (RFC 7643 section 4.1 and 4.3; see /Schemas).');
export const ScimGroup = message('ScimGroup', 'A Group (RFC 7643 section 4.2).');
export const ScimPatch = message('ScimPatch', 'A PatchOp message (RFC 7644 section 3.5.2).');
export const ScimSearch = message('ScimSearch', 'A SearchRequest message (RFC 7644 section 3.4.3).');
export const ScimList = message('ScimList', 'A ListResponse message (RFC 7644 section 3.4.2).');
export const ScimBulk = message('ScimBulk', 'A BulkRequest message (RFC 7644 section 3.7).');
export const ScimBulkResponse = message('ScimBulkResponse', 'A BulkResponse message (RFC 7644 section 3.7).');
export const ScimDefinition = message('ScimDefinition', 'A Schema or a ResourceType (RFC 7643 section 6 and 7).');

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
    /** RFC 9865 section 4. */
    pagination: z.strictObject({
      cursor: z.boolean(),
      index: z.boolean(),
      defaultPaginationMethod: z.string(),
      defaultPageSize: z.int(),
      maxPageSize: z.int(),
    }),
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
