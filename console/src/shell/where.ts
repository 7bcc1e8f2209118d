import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ApiProblem } from '../api/problem.ts';
import { me } from '../api/session.ts';
import { keyOf, tenant, tenantsPage } from '../api/tenant.ts';
import type { Action, Me } from '../api/types.ts';
import { en } from '../messages/en.ts';

/** The tenant of the page, from its address. */
export function useTenantId(): string {
  const { tenantId } = useParams({ strict: false });
  if (!tenantId) throw new Error('This page stands below /t/{tenantId}.');
  return tenantId;
}

/** The id of the page's object, from its address. */
export function useObjectId(): string {
  const { id } = useParams({ strict: false });
  if (!id) throw new Error('This page stands below the id of an object.');
  return id;
}

/** The tenant's display name, for titles. */
export function usePlace(): string | undefined {
  const { tenantId } = useParams({ strict: false });
  return useTenantName(tenantId);
}

/** What it is called: who may not see its profile has it from the list of tenants that let them in. */
export function useTenantName(tenantId: string | undefined): string | undefined {
  const who = useQuery(me).data;
  const profile = useTenantQuery(tenantId);
  const listed = useQuery({
    ...tenantsPage({ limit: 1, id: tenantId ?? '' }),
    enabled: profile.isError && who?.tenantId !== tenantId,
    retry: false,
  }).data;
  if (profile.data) return profile.data.value.displayName;
  return who?.tenantId === tenantId ? who?.tenantDisplayName : listed?.items[0]?.displayName;
}

/** The tenant, for who may see its profile; a refused read would be an entry in the audit. */
export const useTenant = (tenantId: string | undefined) => useTenantQuery(tenantId).data;

/** Whether there is no such tenant, or none that the caller has to do with or may be in now; of the first two the server tells no difference. */
export function useIsNoTenant(tenantId: string | undefined): boolean {
  return isNone(useTenantQuery(tenantId).error);
}

/** Whether the tenant lets the caller in once it approved the use. */
export const useNeedsActivation = (tenantId: string | undefined): boolean => isEachUse(useTenantQuery(tenantId).error);

const isNone = (error: unknown) =>
  error instanceof ApiProblem && ([400, 404].includes(error.status) || isEachUse(error));
const isEachUse = (error: unknown) => error instanceof ApiProblem && error.code === 'activation-needed';

/**
 * Asks again for a tenant that is none: what says so stays until there is another answer, and then makes room for the tenant
 * or gives the reason that holds now.
 *
 * @returns whether it is there now
 * @throws what kept the question from an answer
 */
export function useAskAgain(tenantId: string): () => Promise<boolean> {
  const queryClient = useQueryClient();
  return async () => {
    const query = tenant(tenantId);
    const { queryKey } = query;
    try {
      const again = { ...query, queryKey: keyOf(tenantId, 'tenant-again'), staleTime: 0, gcTime: 0 };
      queryClient.setQueryData(queryKey, await queryClient.fetchQuery(again));
      return true;
    } catch (error) {
      // Who may not see its profile is let in all the same.
      if (!(error instanceof ApiProblem) || !(isNone(error) || error.status === 403)) throw error;
      queryClient.getQueryCache().find({ queryKey })?.setState({ error });
      return !isNone(error);
    }
  };
}

function useTenantQuery(tenantId: string | undefined) {
  const who = useQuery(me).data;
  return useQuery({
    ...tenant(tenantId ?? ''),
    enabled: tenantId !== undefined && holds(who, tenantId, 'tenant.view'),
    // The panel that shows a failed read names the tenant: asking again because of it would take the panel away, for ever.
    retryOnMount: false,
    // While it is asked again nothing is known of it: the page that says so would make room for the one that was wanted, and come back.
    refetchOnWindowFocus: ({ state }) => !isNone(state.error),
    refetchOnReconnect: ({ state }) => !isNone(state.error),
  });
}

/** Whether a section may be read or changed at all: `me` lists what the caller holds. Objects say themselves what may be done with them. */
export function holds(who: Me | undefined, tenantId: string, permission: string): boolean {
  if (!who) return false;
  // What a guest may do elsewhere is said by the replies of that tenant.
  if (who.isOwner || who.tenantId !== tenantId) return true;
  const topic = permission.split('.')[0];
  return (who.grants ?? []).some((grant) => {
    const name = grant.split('@')[0];
    return name === permission || name === `${topic}.*`;
  });
}

/** Whether the caller has no right at all here. A guest was let in with some. */
export function useHoldsNothing(tenantId: string): boolean {
  const who = useQuery(me).data;
  return who?.tenantId === tenantId && !who.isOwner && (who.grants ?? []).length === 0;
}

export function useHolds(permission: string): boolean {
  const { tenantId } = useParams({ strict: false });
  return holds(useQuery(me).data, tenantId ?? '', permission);
}

/** Why something cannot be made or changed here: the tenant's state, or a right that is missing; null when it can. */
export function useReason(permission: string): string | null {
  const { tenantId } = useParams({ strict: false });
  const status = useTenant(tenantId)?.value.status ?? 'active';
  const isHeld = useHolds(permission);
  if (status !== 'active') return en.readOnly.tenant[status] ?? '';
  return isHeld ? null : en.noPermission.needs(permission);
}

/** Why an act on an object is not open to the caller; null when it is. */
export function reasonOf(actions: Action[], name: string): string | null {
  const action = actions.find((each) => each.name === name);
  return !action || action.allowed ? null : (action.reason ?? '');
}

export const isOffered = (actions: Action[], name: string) => actions.some((each) => each.name === name);
