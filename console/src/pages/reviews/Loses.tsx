import { useQuery } from '@tanstack/react-query';
import { lookAtRemoval, type Which } from '../../api/reviews.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { useTenantId } from '../../shell/where.ts';
import { Effect } from '../access/Effect.tsx';

/** Who would lose what by a removal. */
export function Loses({ campaignId, which }: { campaignId: string; which: Which }) {
  const found = useQuery(lookAtRemoval(useTenantId(), campaignId, which));
  if (found.data) return <Effect effect={found.data} />;
  return found.isError ? <ProblemNote error={found.error} /> : <Skeleton lines={2} />;
}
