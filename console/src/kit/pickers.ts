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

/** What is found, or why nothing can be. */
export type Found = Picked[] | Error | undefined;

const foundIn = <R>(
  { data, error }: { data: { items: R[] } | undefined; error: Error | null },
  as: (row: R) => Picked,
): Found => error ?? data?.items.map(as);

/** The first of what is called so, or of all where nothing is typed yet. */
const first = (q: Typed) => ({ limit: 8, ...(q ? { q } : {}) });

export function usePeople(q: Typed): Found {
  const found = useQuery({
    ...accounts(useTenantId(), { ...first(q), sort: 'displayName' }),
    enabled: useHolds('accounts.view') && q !== undefined,
    retry: false,
  });
  return foundIn(found, ({ id, displayName, email, username }) => ({
    id,
    name: displayName,
    detail: email ?? username,
  }));
}

function useGroupsAmong(
  q: Typed,
  among: { source?: string },
  isOffered: (group: Group) => boolean = () => true,
): Found {
  const found = useQuery({
    ...groups(useTenantId(), { ...first(q), sort: 'name', ...among }),
    enabled: useHolds('groups.view') && q !== undefined,
    retry: false,
  });
  if (found.error) return found.error;
  return found.data?.items.filter(isOffered).map(picked);
}
const picked = ({ id, name, description }: Group): Picked => ({ id, name, detail: description });
const isOrdinary = ({ isOwnerGroup }: Group) => !isOwnerGroup;

export const useGroups = (q: Typed): Found => useGroupsAmong(q, {});

/** Those that are made here, and no other. */
export const useLocalGroups = (q: Typed): Found => useGroupsAmong(q, { source: 'local' });

/** All but the Owner Group. */
export const useOrdinaryGroups = (q: Typed): Found => useGroupsAmong(q, {}, isOrdinary);

/** Those whose people may be let in at another tenant. */
export const useGroupsToLend = (q: Typed): Found => useGroupsAmong(q, { source: 'local,scim' }, isOrdinary);

export function useNamespaces(q: Typed): Found {
  const found = useQuery({
    ...namespaces(useTenantId(), { ...first(q), sort: 'name' }),
    enabled: useHolds('namespaces.view') && q !== undefined,
    retry: false,
  });
  return foundIn(found, ({ id, name, description }) => ({ id, name, detail: description }));
}
