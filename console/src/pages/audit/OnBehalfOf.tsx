import { useQuery } from '@tanstack/react-query';
import { delegations } from '../../api/delegations.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { useHolds, useTenantId } from '../../shell/where.ts';

/** The partner access by which somebody acted, where the reader may go there; one of a group that was imported has no page. */
export function OnBehalfOf({ id }: { id: string }) {
  const found = useQuery({
    ...delegations(useTenantId(), { q: id }),
    enabled: useHolds('delegations.view'),
    retry: false,
  });
  const [row] = found.data?.items ?? [];
  if (!row) return <code>{id}</code>;
  return (
    <>
      <ObjectLink to="partner-access" id={id}>
        {row.otherTenantName ?? row.otherTenantId}
      </ObjectLink>{' '}
      <code>{id}</code>
    </>
  );
}
