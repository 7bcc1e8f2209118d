import { useQuery } from '@tanstack/react-query';
import { lookAtRemoval, namesOfRemoval, type Which } from '../../api/reviews.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { useTenantId } from '../../shell/where.ts';
import { Effect } from '../access/Effect.tsx';

/** Who would lose what by a removal, by name if wanted: members, and people of other tenants' groups. */
export function Loses({ campaignId, which }: { campaignId: string; which: Which }) {
  const tenantId = useTenantId();
  const asking = lookAtRemoval(tenantId, campaignId, which);
  const found = useQuery(asking);
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
      {partners.map((partner) => {
        const title = text.peopleOf(partner.groups.map(({ name }) => name).join(', '));
        return partner.effect ? (
          <Effect
            key={partner.tenantId}
            title={title}
            effect={partner.effect}
            namesOf={{
              key: [...asking.queryKey, partner.tenantId],
              ask: async (names) => {
                const { partners: those } = await namesOfRemoval(tenantId, campaignId, { ...which, names });
                return those.find((one) => one.tenantId === partner.tenantId)?.names ?? null;
              },
            }}
          />
        ) : (
          <section key={partner.tenantId} className="effect" aria-label={title}>
            <h3>{title}</h3>
            <p>{text.knownAtHome}</p>
          </section>
        );
      })}
    </>
  );
}
