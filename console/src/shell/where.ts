import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ApiProblem } from '../api/problem.ts';
import { me } from '../api/session.ts';
import { keyOf, ownRights, tenant, tenantsPage } from '../api/tenant.ts';
import type { Action, Me, OwnRights } from '../api/types.ts';
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
  const held = useHeld(tenantId);
  const profile = useTenantQuery(tenantId);
  const listed = useQuery({
    ...tenantsPage({ limit: 1, id: tenantId ?? '' }),
    enabled: who?.tenantId !== tenantId && (profile.isError || (held !== undefined && !holds(held, 'tenant.view'))),
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
      await queryClient.invalidateQueries({ queryKey: ownRights(tenantId).queryKey });
      return true;
    } catch (error) {
      // Who may not see its profile is let in all the same.
      if (!(error instanceof ApiProblem) || !(isNone(error) || error.status === 403)) throw error;
      queryClient.getQueryCache().find({ queryKey })?.setState({ error });
      if (isNone(error)) return false;
      await queryClient.invalidateQueries({ queryKey: ownRights(tenantId).queryKey });
      return true;
    }
  };
}

function useTenantQuery(tenantId: string | undefined) {
  const held = useHeld(tenantId);
  return useQuery({
    ...tenant(tenantId ?? ''),
    enabled: tenantId !== undefined && holds(held, 'tenant.view'),
    // The panel that shows a failed read names the tenant: asking again because of it would take the panel away, for ever.
    retryOnMount: false,
    // While it is asked again nothing is known of it: the page that says so would make room for the one that was wanted, and come back.
    refetchOnWindowFocus: ({ state }) => !isNone(state.error),
    refetchOnReconnect: ({ state }) => !isNone(state.error),
  });
}

/** Where a tenant does not say what the caller holds, its replies do. */
const unknown: OwnRights = { isOwner: true, grants: [] };

interface Asked {
  data?: OwnRights | undefined;
  error: Error | null;
}

/** What the caller holds in a tenant, which `me` tells of home and the tenant itself of where one is let in. */
export function heldAt(who: Me | undefined, tenantId: string | undefined, { data, error }: Asked) {
  if (!who || tenantId === undefined) return undefined;
  if (who.tenantId === tenantId) return { isOwner: who.isOwner ?? false, grants: who.grants ?? [] };
  if (isNone(error)) return unknown;
  return data ?? (error ? unknown : undefined);
}

/** Undefined until it is known. */
function useHeld(tenantId: string | undefined): OwnRights | undefined {
  const who = useQuery(me).data;
  const isElsewhere = who !== undefined && tenantId !== undefined && who.tenantId !== tenantId;
  const own = useQuery({
    ...ownRights(tenantId ?? ''),
    enabled: isElsewhere,
    retryOnMount: false,
    // While it is asked again nothing is known, and the page that says that there is nothing would go and come back.
    refetchOnWindowFocus: ({ state }) => state.data !== undefined,
    refetchOnReconnect: ({ state }) => state.data !== undefined,
  });
  return heldAt(who, tenantId, own);
}

/** Whether a section may be read or changed at all. Objects say themselves what may be done with them. */
export function holds(held: OwnRights | undefined, permission: string): boolean {
  if (!held) return false;
  if (held.isOwner) return true;
  const topic = permission.split('.')[0];
  return held.grants.some((grant) => {
    const name = grant.split('@')[0];
    return name === permission || name === `${topic}.*`;
  });
}

/** Tells of each permission whether the caller holds it in the tenant. */
export function useMay(tenantId: string | undefined): (permission: string) => boolean {
  const held = useHeld(tenantId);
  return (permission) => holds(held, permission);
}

/** Whether the caller has no right at all here. */
export function useHoldsNothing(tenantId: string): boolean {
  const held = useHeld(tenantId);
  return held !== undefined && !held.isOwner && held.grants.length === 0;
}

export function useHolds(permission: string): boolean {
  const { tenantId } = useParams({ strict: false });
  return useMay(tenantId)(permission);
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
