import type { PlatformContext } from '../../kernel/context.ts';

/**
 * Section 9. The address is one that is configured here, the one that was asked if it is; whether there is such a tenant,
 * and where, is not looked up.
 */
export function configurationOf({ platform, request }: PlatformContext, tenantId: string) {
  const addresses = [...platform.regions.values()].map(({ baseUrl }) => baseUrl);
  const asked = addresses.find((address) => new URL(address).host === request.host) ?? addresses[0];
  const point = `${asked}/authzen/${tenantId}`;
  return {
    policy_decision_point: point,
    access_evaluation_endpoint: `${point}/access/v1/evaluation`,
    access_evaluations_endpoint: `${point}/access/v1/evaluations`,
    search_subject_endpoint: `${point}/access/v1/search/subject`,
    search_resource_endpoint: `${point}/access/v1/search/resource`,
    search_action_endpoint: `${point}/access/v1/search/action`,
  };
}
