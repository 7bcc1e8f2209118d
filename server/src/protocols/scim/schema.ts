import { z } from 'zod';
import { AffectedList, Effect, namesAsked } from '../../capabilities/effects/schema.ts';
import { Id, listQuery, personal } from '../../kernel/schema.ts';

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

/** By which token a Bulk would be sent, and whose names are asked for. */
export const PreviewQuery = listQuery(['id'])
  .pick({ limit: true })
  .extend({
    tokenId: Id.optional().describe('The token that would send it: by default the valid one that was used last.'),
    side: namesAsked.side.optional().describe('Lists who is behind the numbers of this side.'),
    permission: namesAsked.permission,
    namespaceId: Id.optional().describe('With `permission`: only in this namespace, else in the whole tenant.'),
    after: namesAsked.after,
  });

export const previewed = [
  'created',
  'taken-over',
  'activated',
  'deactivated',
  'changed',
  'deleted',
  'nothing',
  'refused',
  'not-reached',
] as const;

const HowMany = z.strictObject(
  Object.fromEntries(previewed.map((each) => [each, z.int()])) as Record<(typeof previewed)[number], z.ZodInt>,
);

/** What a Bulk, or a request that is sent as one of a single operation, would do. */
export const ScimPreview = z
  .strictObject({
    token: z.strictObject({ id: Id, name: z.string() }).describe('By which it was looked at.'),
    counts: z
      .strictObject({
        users: HowMany,
        groups: HowMany,
        unreadable: z.int().describe('Of neither: they say no such thing.'),
      })
      .describe('Operations by what they would do.'),
    effect: Effect,
    names: AffectedList.nullable().describe('When they were asked for.'),
    operations: z
      .array(
        z.strictObject({
          method: z.string(),
          path: z.string(),
          bulkId: z.string().nullable(),
          outcome: z.enum(previewed),
          status: z.int().nullable().describe('What it would be answered; null when it is not reached.'),
          code: z
            .string()
            .nullable()
            .describe('Of a refusal; `removal-held` and `credentials-held` would wait for an administrator.'),
          detail: z.string().nullable(),
          name: personal(z.string().nullable()).describe('Whom or what it is about, where it is there or would be.'),
        }),
      )
      .describe('In their order.'),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ScimPreview' });
