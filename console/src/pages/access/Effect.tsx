import { useState } from 'react';
import type { AffectedList, Effect as EffectOf, Newcomer } from '../../api/access.ts';
import { useLookBefore } from '../../kit/looks.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { accessText as text } from '../../messages/en.access.ts';
import { useRightNames } from './right-names.ts';

type Side = 'gains' | 'loses';
type Right = EffectOf['gains']['permissions'][number];

/** Asks for the people behind a number of the change that the key names. */
export interface NamesOf {
  key: readonly unknown[];
  ask: (asked: {
    side: Side;
    permission: string;
    namespaceId: string | null;
    limit: number;
    /** The last one of the names before. */
    after?: string;
  }) => Promise<AffectedList | null>;
}

const whom = ({ people, serviceAccounts, keys, guests, inactive }: Omit<Right, 'permission' | 'namespaceId'>) =>
  text.whom(people, serviceAccounts, keys, guests, inactive);

/** Of an audit entry that keeps the first only. */
const leftOut = (side: EffectOf['gains'] & { permissionsLeftOut?: number }) => side.permissionsLeftOut ?? 0;

/** Who would gain and lose what: counts first, names on demand where they are known here, warnings of dangerous mixes. */
export function Effect({
  title = text.effect,
  effect,
  namesOf,
}: {
  /** Whose it is, where there are several. */
  title?: string;
  effect: EffectOf;
  namesOf?: NamesOf;
}) {
  const nameOf = useRightNames();
  const sides = (['gains', 'loses'] as const).filter((side) => effect[side].permissions.length > 0);
  return (
    <section className="effect" aria-label={title}>
      <h3>{title}</h3>
      {sides.length === 0 ? <p>{effect.elsewhere ? text.effectNoneHere : text.effectNone}</p> : null}
      {sides.map((side) => (
        <details key={side}>
          <summary>
            <strong>{text[side](whom(effect[side]))}</strong>
          </summary>
          <ul className={side === 'gains' ? 'diff-added' : 'diff-removed'}>
            {effect[side].permissions.map((right) => (
              <li key={`${right.permission}@${right.namespaceId ?? ''}`}>
                {nameOf(right)}: {whom(right)} {namesOf ? <Names namesOf={namesOf} side={side} right={right} /> : null}
              </li>
            ))}
          </ul>
          {leftOut(effect[side]) > 0 ? <p className="faint">{text.leftOut(leftOut(effect[side]))}</p> : null}
        </details>
      ))}
      {effect.mixes.map((mix) => (
        <p key={mix.text} className="note note-warn">
          {text.mix(mix.text, whom(mix))}
        </p>
      ))}
      {effect.elsewhere ? <p className="note note-warn">{text.elsewhere(effect.elsewhere)}</p> : null}
      {effect.uncounted?.map((each) => (
        <p key={each.reason} className="note note-warn">
          {text.uncounted(each.guests, each.text)}
        </p>
      ))}
    </section>
  );
}

/** The same of people of other tenants, each tenant for itself; of one that gave no answer it is not known. */
export function EffectsOfOthers({
  partners,
  namesOf,
}: {
  partners: readonly { tenantId: string; groups: readonly { name: string }[]; effect: EffectOf | null }[];
  namesOf?: (tenantId: string) => NamesOf;
}) {
  return partners.map(({ tenantId, groups, effect }) => {
    const title = text.peopleOf(groups.map(({ name }) => name).join(', '));
    return effect ? (
      <Effect key={tenantId} title={title} effect={effect} {...(namesOf ? { namesOf: namesOf(tenantId) } : {})} />
    ) : (
      <section key={tenantId} className="effect" aria-label={title}>
        <h3>{title}</h3>
        <p>{text.knownAtHome}</p>
      </section>
    );
  });
}

type Names = Omit<Parameters<NamesOf['ask']>[0], 'limit' | 'after'>;

function Names({ namesOf, side, right: { permission, namespaceId } }: { namesOf: NamesOf; side: Side; right: Right }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="link-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? text.hideNames : text.names}
      </button>
      {isOpen ? (
        <span className="block small">
          <SomeNames namesOf={namesOf} of={{ side, permission, namespaceId }} />
        </span>
      ) : null}
    </>
  );
}

/** Goes where the button was that is gone with the press. */
const focus = (there: HTMLElement | null) => there?.focus();

/** The next names, and behind them those that follow when they are wanted. */
function SomeNames({ namesOf, of, after }: { namesOf: NamesOf; of: Names; after?: string }) {
  const [isMore, setMore] = useState(false);
  const asked = { ...of, limit: 20, ...(after ? { after } : {}) };
  const found = useLookBefore({
    queryKey: [...namesOf.key, 'names', asked],
    queryFn: () => namesOf.ask(asked),
    gcTime: 0,
    retry: false,
  });
  if (found.isError) return <ProblemNote error={found.error} />;
  if (!found.data) return <Skeleton lines={1} />;
  const { items, nextAfter } = found.data;
  return (
    <>
      {items
        .map(({ displayName, email, inactive }) => {
          const name = email ?? displayName;
          return inactive ? text.inactive(name) : name;
        })
        .join(', ')}
      {!nextAfter ? null : isMore ? (
        <>
          {', '}
          <span tabIndex={-1} ref={focus}>
            <SomeNames namesOf={namesOf} of={of} after={nextAfter} />
          </span>
        </>
      ) : (
        <>
          {' '}
          <button type="button" className="link-button" onClick={() => setMore(true)}>
            {text.moreNames}
          </button>
        </>
      )}
    </>
  );
}

/** What whoever comes would hold, where it is not known who comes. */
export function Newcomers({ newcomers, isMachine }: { newcomers: Newcomer[]; isMachine: boolean }) {
  const nameOf = useRightNames();
  const titleOf = (value: string | null) => (isMachine ? text.newMachine : text.newcomer(value));
  return newcomers.map(({ value, groups, permissions, mixes }) => (
    <section key={value ?? ''} className="effect" aria-label={titleOf(value)}>
      <h3>{titleOf(value)}</h3>
      <p>{text.joins(groups.map(({ name }) => name).join(', '))}</p>
      {permissions.length > 0 ? (
        <details>
          <summary>
            <strong>{text.holdsThen(permissions.length)}</strong>
          </summary>
          <ul className="diff-added">
            {permissions.map((right) => (
              <li key={`${right.permission}@${right.namespaceId ?? ''}`}>{nameOf(right)}</li>
            ))}
          </ul>
        </details>
      ) : (
        <p>{text.holdsNothing}</p>
      )}
      {mixes.map((mix) => (
        <p key={mix} className="note note-warn">
          {mix}
        </p>
      ))}
    </section>
  ));
}
