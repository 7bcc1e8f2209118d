import { useQuery } from '@tanstack/react-query';
import { accounts, groups, namespaces } from '../api/tenant.ts';
import type { Group } from '../api/types.ts';
import { useHolds, useTenantId } from '../shell/where.ts';
import type { Picked } from './PickMany.tsx';

export function usePeople(q: string): Picked[] | undefined {
  const found = useQuery({
    ...accounts(useTenantId(), { limit: 8, q }),
    enabled: useHolds('accounts.view') && q !== '',
    retry: false,
  });
  return found.data?.items.map(({ id, displayName, email, username }) => ({
    id,
    name: displayName,
    detail: email ?? username,
  }));
}

function useGroupsAmong(q: string, among: { source?: string }) {
  const found = useQuery({
    ...groups(useTenantId(), { limit: 8, q, ...among }),
    enabled: useHolds('groups.view') && q !== '',
    retry: false,
  });
  return found.data?.items;
}
const pickedGroup = ({ id, name, description }: Group): Picked => ({ id, name, detail: description });

export const useGroups = (q: string): Picked[] | undefined => useGroupsAmong(q, {})?.map(pickedGroup);

/** Those whose people may be let in at another tenant. */
export const useGroupsToLend = (q: string): Picked[] | undefined =>
  useGroupsAmong(q, { source: 'local,scim' })
    ?.filter(({ isOwnerGroup }) => !isOwnerGroup)
    .map(pickedGroup);

export function useNamespaces(q: string): Picked[] | undefined {
  const found = useQuery({
    ...namespaces(useTenantId(), { limit: 8, q }),
    enabled: useHolds('namespaces.view') && q !== '',
    retry: false,
  });
  return found.data?.items.map(({ id, name, description }) => ({ id, name, detail: description }));
}
