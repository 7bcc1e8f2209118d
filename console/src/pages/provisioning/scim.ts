import { useQuery } from '@tanstack/react-query';
import { me, regions } from '../../api/session.ts';
import type { Provisioning } from '../../api/types.ts';
import { useTenant, useTenantId } from '../../shell/where.ts';

/** Identity providers do not follow from region to region, so the address is always that of the tenant's own region. */
export function useScimBaseUrl(): string {
  const tenantId = useTenantId();
  const who = useQuery(me).data;
  const region = useTenant(tenantId)?.value.region ?? (who?.tenantId === tenantId ? who.region : undefined);
  const baseUrl = useQuery(regions).data?.items.find(({ code }) => code === region)?.baseUrl ?? location.origin;
  return `${baseUrl.replace(/\/$/, '')}/scim/v2/${tenantId}`;
}

/** Asks for the service's configuration; the token is a placeholder unless it is on screen anyway. */
export const curlOf = (baseUrl: string, token: string) =>
  `curl -H "Authorization: Bearer ${token}" ${baseUrl}/ServiceProviderConfig`;

/** Where a token is created, and the right that it needs. */
export const tokenCreation = { to: '/t/$tenantId/provisioning/new', permission: 'provisioning.issue' } as const;

/** Whether everything is ready for an identity provider that has not called yet. */
export const isAwaited = ({ on, paused, lastCallAt, counts }: Provisioning) =>
  on && !paused && counts.liveTokens > 0 && lastCallAt === null;
