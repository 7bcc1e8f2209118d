import { useQuery } from '@tanstack/react-query';
import { accounts, groups, namespaces } from '../api/tenant.ts';
import type { Group } from '../api/types.ts';
import { useHolds, useTenantId } from '../shell/where.ts';

export interface Picked {
  id: string;
  name: string;
  detail?: string | null | undefined;
}

/** What a draft keeps of what was picked. */
export const pickedOf = (value: string): Picked[] => (value ? JSON.parse(value) : []);
export const keptOf = (chosen: Picked[]): string =>
  chosen.length > 0 ? JSON.stringify(chosen.map(({ id, name }) => ({ id, name }))) : '';

type Typed = string | undefined;

/** The first of what is called so, or of all where nothing is typed yet. */
const first = (q: Typed) => ({ limit: 8, ...(q ? { q } : {}) });

export function usePeople(q: Typed): Picked[] | undefined {
  const found = useQuery({
    ...accounts(useTenantId(), { ...first(q), sort: 'displayName' }),
    enabled: useHolds('accounts.view') && q !== undefined,
    retry: false,
  });
  return found.data?.items.map(({ id, displayName, email, username }) => ({
    id,
    name: displayName,
    detail: email ?? username,
  }));
}

function useGroupsAmong(q: Typed, among: { source?: string }) {
  const found = useQuery({
    ...groups(useTenantId(), { ...first(q), sort: 'name', ...among }),
    enabled: useHolds('groups.view') && q !== undefined,
    retry: false,
  });
  return found.data?.items;
}
const picked = ({ id, name, description }: Group): Picked => ({ id, name, detail: description });
const isOrdinary = ({ isOwnerGroup }: Group) => !isOwnerGroup;

export const useGroups = (q: Typed): Picked[] | undefined => useGroupsAmong(q, {})?.map(picked);

/** Those that are made here, and no other. */
export const useLocalGroups = (q: Typed): Picked[] | undefined => useGroupsAmong(q, { source: 'local' })?.map(picked);

/** All but the Owner Group. */
export const useOrdinaryGroups = (q: Typed): Picked[] | undefined =>
  useGroupsAmong(q, {})?.filter(isOrdinary).map(picked);

/** Those whose people may be let in at another tenant. */
export const useGroupsToLend = (q: Typed): Picked[] | undefined =>
  useGroupsAmong(q, { source: 'local,scim' })?.filter(isOrdinary).map(picked);

export function useNamespaces(q: Typed): Picked[] | undefined {
  const found = useQuery({
    ...namespaces(useTenantId(), { ...first(q), sort: 'name' }),
    enabled: useHolds('namespaces.view') && q !== undefined,
    retry: false,
  });
  return found.data?.items.map(({ id, name, description }) => ({ id, name, detail: description }));
}
