import { useQuery } from '@tanstack/react-query';
import { type OwnDelegation, ownDelegationsWith } from '../api/delegations.ts';
import { me } from '../api/session.ts';
import { isId } from '../kit/ids.ts';
import { en } from '../messages/en.ts';

/** How a customer stands to a partner's person whose group it let in, as far as home knows. */
export type PartnerAccess = 'open' | 'stopped' | 'eachUse' | 'asked';

/** One group that may act is enough; what was stopped is so for all of them. */
export function accessBy(rows: OwnDelegation[]): PartnerAccess {
  if (rows.some(({ isStopped }) => isStopped)) return 'stopped';
  const waiting = rows.filter(({ needsActivation, activation }) => needsActivation && activation?.state !== 'active');
  if (waiting.length < rows.length) return 'open';
  return waiting.some(({ activation }) => activation?.state === 'requested') ? 'asked' : 'eachUse';
}

/** Where each use is approved: whether the person neither acts there now nor waits for an answer. */
export const isToBeAsked = ({ needsActivation, activation, isStopped }: OwnDelegation) =>
  !isStopped && needsActivation && activation?.state !== 'requested' && activation?.state !== 'active';

/**
 * By what these tenants let groups of the person in: one request for all of them. Away from home nothing is known of it.
 *
 * @param options `staleTime` in milliseconds that an answer counts for, where it is not as long as of any other list
 */
export function useDelegationsWith(tenantIds: string[], options?: { staleTime: number }) {
  const who = useQuery(me).data;
  const others = who?.kind === 'account' ? tenantIds.filter((id) => id !== who.tenantId && isId(id)).sort() : [];
  return useQuery({ ...ownDelegationsWith(others), ...options, enabled: others.length > 0 });
}

/** Which of these tenants are customers that let a group of the person in, and how. */
export function usePartnerAccess(tenantIds: string[]): Map<string, PartnerAccess> {
  const rows = useDelegationsWith(tenantIds).data?.items ?? [];
  const customers = new Set(rows.map(({ otherTenantId }) => otherTenantId));
  return new Map([...customers].map((id) => [id, accessBy(rows.filter(({ otherTenantId }) => otherTenantId === id))]));
}

/** Why there is nothing to be had there now; nothing where it is open, and of tenants that are no customers. */
export const partnerAccessText = (access: PartnerAccess | undefined): string =>
  access && access !== 'open' ? en.partnerAccess[access] : '';

export function PartnerAccessNote({ access }: { access: PartnerAccess | undefined }) {
  const text = partnerAccessText(access);
  return text ? <span className="faint small block">{text}</span> : null;
}
