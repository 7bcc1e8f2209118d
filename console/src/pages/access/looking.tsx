import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { type Effect as EffectOf, type Look, look, looked } from '../../api/access.ts';
import { type GroupLook, previewGroup, previewNames } from '../../api/groups.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { accessText as text } from '../../messages/en.access.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';

const Effect = lazy(() => import('./Effect.tsx').then((m) => ({ default: m.Effect })));
const Newcomers = lazy(() => import('./Effect.tsx').then((m) => ({ default: m.Newcomers })));

/** What is shown before something is saved: who would gain and lose by it. */

/** From so many people on who lose something, the act is typed. */
const MANY = 100;

export const moves = ({ gains, loses }: EffectOf) => gains.permissions.length + loses.permissions.length > 0;

/** Whether an act with this effect is confirmed by typing. */
export const isGrave = (effect: EffectOf | undefined) =>
  effect !== undefined && (effect.mixes.length > 0 || effect.loses.people >= MANY);

interface Looked {
  /** To be shown in the dialog. */
  shown: ReactNode;
  isGrave: boolean;
}

/** Of any change but one of a group; without one nothing is asked. */
export function useLook(body: Look | null): Looked {
  const tenantId = useTenantId();
  const maySee = useHolds('groups.view');
  const found = useQuery({ ...look(tenantId, body ?? {}), enabled: maySee && body !== null });
  if (body === null) return { shown: null, isGrave: false };
  if (!maySee) return { shown: <p className="small faint">{text.lookNeeds}</p>, isGrave: false };
  return {
    isGrave: isGrave(found.data?.effect),
    shown: found.data ? (
      <Suspense fallback={<Skeleton lines={2} />}>
        {/* Where it is not known who comes, nobody who is there gains anything. */}
        {found.data.newcomers.length > 0 && !moves(found.data.effect) ? null : (
          <Effect
            effect={found.data.effect}
            namesOf={{
              key: look(tenantId, body).queryKey,
              ask: (names) => looked(tenantId, { ...body, names }).then((reply) => reply.names),
            }}
          />
        )}
        {found.data.skipped > 0 ? <p className="small">{text.skipped(found.data.skipped)}</p> : null}
        <Newcomers newcomers={found.data.newcomers} isMachine={body.serviceAccount !== undefined} />
      </Suspense>
    ) : found.isError ? (
      <ProblemNote error={found.error} />
    ) : (
      <Skeleton lines={2} />
    ),
  };
}

/** What whoever is invited into these groups would hold; nothing while there are none. */
export const NewcomerLook = ({ groupIds }: { groupIds: string[] }) =>
  useLook(groupIds.length > 0 ? { newcomer: { groupIds } } : null).shown;

/** Of a change of one group; named where there are several. */
export function useGroupLook(groupId: string, change: GroupLook | null, name?: string): Looked {
  const tenantId = useTenantId();
  const found = useQuery({ ...previewGroup(tenantId, groupId, change ?? {}), enabled: change !== null });
  if (change === null) return { shown: null, isGrave: false };
  return {
    isGrave: isGrave(found.data),
    shown: found.data ? (
      <Suspense fallback={<Skeleton lines={2} />}>
        <Effect
          {...(name ? { title: text.effectOf(name) } : {})}
          effect={found.data}
          namesOf={{
            key: previewGroup(tenantId, groupId, change).queryKey,
            ask: (asked) => previewNames(tenantId, groupId, { ...change, ...asked }),
          }}
        />
      </Suspense>
    ) : found.isError ? (
      <ProblemNote error={found.error} />
    ) : (
      <Skeleton lines={2} />
    ),
  };
}
