import type { TenantContext } from '../../kernel/context.ts';

/** What the server does of SCIM, told to a client that holds a valid token (RFC 7644 section 4). */
export const serviceProviderConfig = async ({ place, tenantId }: TenantContext) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: false },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: false, maxResults: 0 },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Provisioning token',
      description: 'A provisioning token of the tenant, sent as Authorization: Bearer (RFC 6750).',
      specUri: 'https://www.rfc-editor.org/info/rfc6750',
      primary: true,
    },
  ],
  meta: {
    resourceType: 'ServiceProviderConfig',
    // Identity providers follow no 421, so it is always the region's own address (design, section 3).
    location: `${place.region.baseUrl}/scim/v2/${tenantId}/ServiceProviderConfig`,
  },
});
