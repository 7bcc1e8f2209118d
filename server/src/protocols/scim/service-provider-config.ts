import type { TenantContext } from '../../kernel/context.ts';
import { limitsOf } from '../../kernel/quota.ts';
import { baseUrlOf } from './base-url.ts';
import { MOST_OPERATIONS } from './bulk.ts';
import { serviceProviderConfigSchema } from './discovery-schemas.ts';
import { DEFAULT_COUNT, MOST_RESULTS } from './search.ts';

/** Of a user and of a Bulk, which are there as a whole. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** Of a group, whose members are read one by one. A PATCH with 100,000 is below it. */
export const MAX_GROUP_BYTES = 16 * 1024 * 1024;

/** What the server does of SCIM, told to a client that holds a valid token (RFC 7643 section 5, RFC 9865 section 4). */
export const serviceProviderConfig = async (ctx: TenantContext) => ({
  schemas: [serviceProviderConfigSchema.id],
  patch: { supported: true },
  bulk: { supported: true, maxOperations: MOST_OPERATIONS, maxPayloadSize: MAX_BODY_BYTES },
  filter: { supported: true, maxResults: MOST_RESULTS },
  changePassword: { supported: true },
  sort: { supported: true },
  etag: { supported: true },
  pagination: {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: DEFAULT_COUNT,
    maxPageSize: MOST_RESULTS,
  },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Provisioning token',
      // RFC 7643 section 5 has no member for it.
      description: `A provisioning token of the tenant, sent as Authorization: Bearer (RFC 6750). It makes at most ${limitsOf(ctx.platform.config.requestsPerSecond).token} requests a second; more are answered 429 with Retry-After.`,
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      primary: true,
    },
  ],
  meta: {
    resourceType: 'ServiceProviderConfig',
    location: `${baseUrlOf(ctx)}/ServiceProviderConfig`,
  },
});
