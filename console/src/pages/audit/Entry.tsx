import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { Effect as EffectOf, Newcomer } from '../../api/access.ts';
import { auditEntry } from '../../api/tenant.ts';
import type { AuditEntry } from '../../api/types.ts';
import { BeforeAfter, Value } from '../../kit/BeforeAfter.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import type { ListState } from '../../kit/list-state.ts';
import { Facts } from '../../kit/Page.tsx';
import { ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { accessText } from '../../messages/en.access.ts';
import { auditText as text } from '../../messages/en.audit.ts';
import { en } from '../../messages/en.ts';
import { fromNow, localTime, utcTime } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import { moves } from '../access/looking.tsx';

const Effect = lazy(() => import('../access/Effect.tsx').then((m) => ({ default: m.Effect })));
const OnBehalfOf = lazy(() => import('./OnBehalfOf.tsx').then((m) => ({ default: m.OnBehalfOf })));
const EffectsOfOthers = lazy(() => import('../access/Effect.tsx').then((m) => ({ default: m.EffectsOfOthers })));
const Newcomers = lazy(() => import('../access/Effect.tsx').then((m) => ({ default: m.Newcomers })));

export const nameOfActor = ({ actor }: AuditEntry) => actor.name || actor.id || actor.kind || text.system;
export const nameOfTarget = ({ target }: AuditEntry) => target.name || target.id || target.kind;

/** Who gained and lost by it, where the entry keeps that. */
function effectIn({ details }: AuditEntry): EffectOf | undefined {
  const effect = details?.effect as Partial<EffectOf> | null | undefined;
  return effect?.gains && effect.loses && effect.mixes ? (effect as EffectOf) : undefined;
}

/** The same of people of other tenants, each for itself. */
type OnOthers = { tenantId: string; groups: { name: string }[]; effect: EffectOf | null };
const onOthersIn = ({ details }: AuditEntry): OnOthers[] =>
  Array.isArray(details?.partners) ? (details.partners as OnOthers[]) : [];

/** What whoever comes would hold by it, where the entry keeps that. */
function newcomersIn({ details }: AuditEntry): Newcomer[] {
  const found = details?.newcomers as Partial<Newcomer>[] | undefined;
  return Array.isArray(found) && found.every((each) => each.groups && each.permissions && each.mixes)
    ? (found as Newcomer[])
    : [];
}

/** One entry, with the values before and after. */
export function EntryPanel({ id, known, state }: { id: string; known: AuditEntry | undefined; state: ListState }) {
  const tenantId = useTenantId();
  const found = useQuery({
    ...auditEntry(tenantId, id),
    ...(known ? { initialData: known } : {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const close = () => state.go({ entry: undefined, cursor: state.search.cursor });
  const link = `${location.origin}/t/${tenantId}/audit?entry=${id}`;
  return (
    <Dialog
      title={found.data?.action ?? text.entry}
      kind="panel"
      onClose={close}
      footer={<CopyButton value={link} label={text.copyLink} text={text.copyLink} />}
    >
      {found.data ? (
        <Entry entry={found.data} onFilter={(changes) => state.go({ ...changes, entry: undefined })} />
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : (
        <Skeleton lines={6} />
      )}
    </Dialog>
  );
}

function Entry({ entry, onFilter }: { entry: AuditEntry; onFilter: (changes: Record<string, string>) => void }) {
  const { actor, target } = entry;
  const effect = effectIn(entry);
  const isUnknown = entry.details?.effect === null;
  const newcomers = newcomersIn(entry);
  const onOthers = onOthersIn(entry);
  const details = Object.entries(entry.details ?? {}).filter(
    ([name]) =>
      !((effect || isUnknown) && name === 'effect') &&
      !(newcomers.length > 0 && name === 'newcomers') &&
      name !== 'partners',
  );
  const narrow = (label: string, changes: Record<string, string>) => (
    <button type="button" className="link-button small" onClick={() => onFilter(changes)}>
      {label}
    </button>
  );
  return (
    <>
      <p>
        <Status status={entry.outcome} />
      </p>
      <Facts
        items={[
          [
            text.when,
            <span key="w" className="tabular">
              {localTime(entry.at)}
            </span>,
            `${utcTime(entry.at)}, ${fromNow(entry.at)}`,
          ],
          [
            text.action,
            <span key="a">
              <code>{entry.action}</code> {narrow(text.filterAction, { action: entry.action })}
            </span>,
          ],
          [
            text.actor,
            <span key="c">
              <TargetLink kind={actor.kind} id={actor.id}>
                {nameOfActor(entry)}
              </TargetLink>{' '}
              {actor.id ? narrow(text.filterActor, { actorId: actor.id }) : null}
            </span>,
            [actor.kind, actor.id].filter(Boolean).join(' '),
          ],
          ...(entry.onBehalfOf
            ? ([
                [
                  text.onBehalfOf,
                  <Suspense key="o" fallback={<code>{entry.onBehalfOf}</code>}>
                    <OnBehalfOf id={entry.onBehalfOf} />
                  </Suspense>,
                ],
              ] as [string, React.ReactNode][])
            : []),
          [
            text.target,
            <span key="t">
              <TargetLink kind={target.kind} id={target.id}>
                {nameOfTarget(entry)}
              </TargetLink>{' '}
              {target.id ? narrow(text.filterTarget, { targetId: target.id }) : null}
            </span>,
            [target.kind, target.id].filter(Boolean).join(' '),
          ],
          [text.door, entry.door],
          [text.source, entry.sourceAddress],
          [text.credential, entry.credentialId ? <code key="k">{entry.credentialId}</code> : null],
          [
            text.request,
            <span key="r">
              <code>{entry.requestId}</code> <CopyButton value={entry.requestId} label={en.error.copyRequestId} />
            </span>,
          ],
        ]}
      />
      <h3>{text.changes}</h3>
      <BeforeAfter before={entry.before ?? {}} after={entry.after ?? {}} />
      {effect && (newcomers.length === 0 || moves(effect)) ? (
        <Suspense fallback={<Skeleton lines={2} />}>
          <Effect effect={effect} />
        </Suspense>
      ) : isUnknown ? (
        <p className="note">{accessText.unknown}</p>
      ) : null}
      {onOthers.length > 0 ? (
        <Suspense fallback={<Skeleton lines={2} />}>
          <EffectsOfOthers partners={onOthers} />
        </Suspense>
      ) : null}
      {newcomers.length > 0 ? (
        <Suspense fallback={<Skeleton lines={2} />}>
          <Newcomers newcomers={newcomers} isMachine={false} />
        </Suspense>
      ) : null}
      {details.length > 0 ? (
        <>
          <h3>{text.details}</h3>
          <Facts items={details.map(([name, value]) => [name, <Value key={name} value={value} />])} />
        </>
      ) : null}
    </>
  );
}
