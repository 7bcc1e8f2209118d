import { useQuery } from '@tanstack/react-query';
import { accounts, groups, namespaces } from '../api/tenant.ts';
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

export function useGroups(q: string): Picked[] | undefined {
  const found = useQuery({
    ...groups(useTenantId(), { limit: 8, q }),
    enabled: useHolds('groups.view') && q !== '',
    retry: false,
  });
  return found.data?.items.map(({ id, name, description }) => ({ id, name, detail: description }));
}

export function useNamespaces(q: string): Picked[] | undefined {
  const found = useQuery({
    ...namespaces(useTenantId(), { limit: 8, q }),
    enabled: useHolds('namespaces.view') && q !== '',
    retry: false,
  });
  return found.data?.items.map(({ id, name, description }) => ({ id, name, detail: description }));
}
