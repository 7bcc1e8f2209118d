import { type UseQueryOptions, useQueryClient } from '@tanstack/react-query';
import type { AffectedList, Effect as EffectOf } from '../../api/access.ts';
import { previewDelegation, previewPartnerAccess } from '../../api/delegations.ts';
import { previewImport } from '../../api/imports.ts';
import { useLookBefore } from '../../kit/looks.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { delegationText as text } from '../../messages/en.delegations.ts';
import { useTenantId } from '../../shell/where.ts';
import { Effect, EffectsOfOthers, type NamesOf } from '../access/Effect.tsx';

interface Looked {
  effect: EffectOf | null;
  names: AffectedList | null;
}

/** How many people of the other organisation gain and lose what by a decision, before it is made. */
export function DecisionLook({ id, body }: { id: string; body: Parameters<typeof previewDelegation>[2] }) {
  const tenantId = useTenantId();
  return (
    <Look
      asking={(names) => previewDelegation(tenantId, id, names ? { ...body, names } : body)}
      unknown={text.effectUnknown}
    />
  );
}

/** The same of the end of an import; at home those are people of this tenant. */
export function ImportEndLook({ id, isHome }: { id: string; isHome: boolean }) {
  const tenantId = useTenantId();
  return (
    <Look
      asking={(names) => previewImport(tenantId, id, names ? { names } : {})}
      unknown={text.effectUnknownThere}
      isOwn={isHome}
    />
  );
}

/** Who of which partner gets in no longer, or again, by the owners' one switch. */
export function SwitchLook({ to }: { to: 'stopped' | 'open' }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const asking = (names?: Asked) => previewPartnerAccess(tenantId, names ? { to, names } : { to });
  const found = useLookBefore(asking());
  if (found.isError) return <ProblemNote error={found.error} />;
  if (!found.data) return <Skeleton lines={2} />;
  if (found.data.partners.length === 0) return <p className="small">{text.nobodyLetIn}</p>;
  return (
    <EffectsOfOthers
      partners={found.data.partners}
      namesOf={(partner) => ({
        key: [...asking().queryKey, partner],
        ask: async (names) => {
          const { partners } = await queryClient.fetchQuery(asking(names));
          return partners.find((one) => one.tenantId === partner)?.names ?? null;
        },
      })}
    />
  );
}

type Asked = Parameters<NamesOf['ask']>[0];

function Look({
  asking,
  unknown,
  isOwn = false,
}: {
  // biome-ignore lint/suspicious/noExplicitAny: the two have keys of their own
  asking: (names?: Asked) => UseQueryOptions<Looked, Error, Looked, any>;
  unknown: string;
  isOwn?: boolean;
}) {
  const queryClient = useQueryClient();
  const found = useLookBefore(asking());
  if (found.isError) return <ProblemNote error={found.error} only="namespaceIds" />;
  if (!found.data) return <Skeleton lines={2} />;
  const { effect } = found.data;
  if (!effect) return <p className="small">{unknown}</p>;
  return (
    <Effect
      effect={isOwn ? asPeople(effect) : effect}
      namesOf={{
        key: asking().queryKey,
        ask: async (names) => (await queryClient.fetchQuery(asking(names))).names,
      }}
    />
  );
}

/** Whom the other side counts as guests are people here. */
function asPeople({ gains, loses, mixes, ...effect }: EffectOf): EffectOf {
  const counted = <C extends { people: number; guests: number }>(count: C): C => ({
    ...count,
    people: count.people + count.guests,
    guests: 0,
  });
  const moved = (side: EffectOf['gains']) => ({ ...counted(side), permissions: side.permissions.map(counted) });
  return { ...effect, gains: moved(gains), loses: moved(loses), mixes: mixes.map(counted) };
}
