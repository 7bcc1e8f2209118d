import { useQuery } from '@tanstack/react-query';
import { lookAtRemoval, namesOfRemoval, type Which } from '../../api/reviews.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { useTenantId } from '../../shell/where.ts';
import { Effect } from '../access/Effect.tsx';

/** Who would lose what by a removal, by name if wanted. */
export function Loses({ campaignId, which }: { campaignId: string; which: Which }) {
  const tenantId = useTenantId();
  const asking = lookAtRemoval(tenantId, campaignId, which);
  const found = useQuery(asking);
  if (found.data)
    return (
      <Effect
        effect={found.data.effect}
        namesOf={{ key: asking.queryKey, ask: (names) => namesOfRemoval(tenantId, campaignId, { ...which, names }) }}
      />
    );
  return found.isError ? <ProblemNote error={found.error} /> : <Skeleton lines={2} />;
}
