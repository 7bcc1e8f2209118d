import { lookAtRemoval, namesOfRemoval, type Which } from '../../api/reviews.ts';
import { useLookBefore } from '../../kit/looks.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { useTenantId } from '../../shell/where.ts';
import { Effect, EffectsOfOthers } from '../access/Effect.tsx';

/** Who would lose what by a removal, by name if wanted: members, and people of other tenants' groups. */
export function Loses({ campaignId, which }: { campaignId: string; which: Which }) {
  const tenantId = useTenantId();
  const asking = lookAtRemoval(tenantId, campaignId, which);
  const found = useLookBefore(asking);
  if (found.isError) return <ProblemNote error={found.error} />;
  if (!found.data) return <Skeleton lines={2} />;
  // A node of before, while old and new ones run together, says nothing of partners.
  const { effect, partners = [] } = found.data;
  const isOfMembers = partners.length === 0 || effect.loses.permissions.length > 0;
  return (
    <>
      {isOfMembers ? (
        <Effect
          effect={effect}
          namesOf={{
            key: asking.queryKey,
            ask: async (names) => (await namesOfRemoval(tenantId, campaignId, { ...which, names })).names,
          }}
        />
      ) : null}
      <EffectsOfOthers
        partners={partners}
        namesOf={(partner) => ({
          key: [...asking.queryKey, partner],
          ask: async (names) => {
            const { partners: those } = await namesOfRemoval(tenantId, campaignId, { ...which, names });
            return those.find((one) => one.tenantId === partner)?.names ?? null;
          },
        })}
      />
    </>
  );
}
