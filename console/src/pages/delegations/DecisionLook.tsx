import { useQuery } from '@tanstack/react-query';
import { previewDelegation } from '../../api/delegations.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { useTenantId } from '../../shell/where.ts';
import { Effect } from '../access/Effect.tsx';

/** How many of the partner's people gain and lose what by a decision, before it is made. */
export function DecisionLook({ id, body }: { id: string; body: Parameters<typeof previewDelegation>[2] }) {
  const found = useQuery(previewDelegation(useTenantId(), id, body));
  if (found.isError) return <ProblemNote error={found.error} />;
  if (!found.data) return <Skeleton lines={2} />;
  return found.data.effect ? <Effect effect={found.data.effect} /> : <p className="small">{text.effectUnknown}</p>;
}
