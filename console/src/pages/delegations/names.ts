import { useQuery } from '@tanstack/react-query';
import type { Delegation } from '../../api/delegations.ts';
import { topics } from '../../api/session.ts';

export const nameOf = ({ otherTenantName, otherTenantId }: Delegation) => otherTenantName ?? otherTenantId;

/** Permissions in words, from the catalogue. */
export function usePermissionTitles(): (name: string) => string {
  const catalogue = useQuery(topics).data?.items ?? [];
  const titles = new Map(catalogue.flatMap(({ permissions }) => permissions.map(({ name, title }) => [name, title])));
  return (name) => titles.get(name) ?? name;
}
