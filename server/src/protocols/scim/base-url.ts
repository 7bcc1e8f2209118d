import type { TenantContext } from '../../kernel/context.ts';

/**
 * The address of a tenant's SCIM, without a slash at its end: always the region's own, since identity providers follow
 * no 421 (design, section 3).
 */
export const baseUrlOf = ({ place, tenantId }: Pick<TenantContext, 'place' | 'tenantId'>) =>
  `${place.region.baseUrl}/scim/v2/${tenantId}`;
