import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { GroupEffect } from '../../api/access.ts';
import { previewNames } from '../../api/groups.ts';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { accessText as text } from '../../messages/en.access.ts';
import { useTenantId } from '../../shell/where.ts';

type Change = Parameters<typeof previewNames>[2];
type Side = 'gains' | 'loses';
type Right = GroupEffect['gains']['permissions'][number];

const whom = ({ people, serviceAccounts, keys, guests }: Omit<Right, 'permission' | 'namespaceId'>) =>
  text.whom(people, serviceAccounts, keys, guests);

/** Who would gain and lose what: counts first, names on demand, warnings of dangerous mixes. */
export function Effect({
  groupId,
  change,
  effect,
  nameOf,
}: {
  groupId: string;
  change: Omit<Change, 'side'>;
  effect: GroupEffect;
  /** A permission, with its namespace, in words. */
  nameOf: (right: { permission: string; namespaceId: string | null }) => string;
}) {
  const sides = (['gains', 'loses'] as const).filter((side) => effect[side].permissions.length > 0);
  return (
    <section className="effect" aria-label={text.effect}>
      <h3>{text.effect}</h3>
      {sides.length === 0 ? <p>{text.effectNone}</p> : null}
      {sides.map((side) => (
        <details key={side}>
          <summary>
            <strong>{text[side](whom(effect[side]))}</strong>
          </summary>
          <ul className={side === 'gains' ? 'diff-added' : 'diff-removed'}>
            {effect[side].permissions.map((right) => (
              <li key={`${right.permission}@${right.namespaceId ?? ''}`}>
                {nameOf(right)}: {whom(right)} <Names groupId={groupId} change={change} side={side} right={right} />
              </li>
            ))}
          </ul>
        </details>
      ))}
      {effect.mixes.map((mix) => (
        <p key={mix.text} className="note note-warn">
          {text.mix(mix.text, whom(mix))}
        </p>
      ))}
    </section>
  );
}

function Names({
  groupId,
  change,
  side,
  right: { permission, namespaceId },
}: {
  groupId: string;
  change: Omit<Change, 'side'>;
  side: Side;
  right: Right;
}) {
  const [isOpen, setOpen] = useState(false);
  const tenantId = useTenantId();
  const found = useQuery({
    ...previewNames(tenantId, groupId, { ...change, side, permission, namespaceId, limit: 20 }),
    enabled: isOpen,
  });
  return (
    <>
      <button type="button" className="link-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {isOpen ? text.hideNames : text.names}
      </button>
      {!isOpen ? null : found.data ? (
        <span className="block small">
          {found.data.items.map(({ displayName, email }) => email ?? displayName).join(', ')}
          {found.data.nextAfter ? ` ${text.moreNames}` : ''}
        </span>
      ) : found.isError ? (
        <ProblemNote error={found.error} />
      ) : (
        <Skeleton lines={1} />
      )}
    </>
  );
}
