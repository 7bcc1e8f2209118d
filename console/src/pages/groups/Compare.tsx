import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { comparedMembers, comparison } from '../../api/groups.ts';
import { groups as ofGroups } from '../../api/tenant.ts';
import type { Group } from '../../api/types.ts';
import { Section } from '../../kit/Page.tsx';
import { ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { useSettled } from '../../kit/settled.ts';
import { accessText } from '../../messages/en.access.ts';
import { groupText as text } from '../../messages/en.groups.ts';
import { number } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';
import { useRightNames } from '../access/right-names.ts';

/** Another group beside this one, named in the address: what only one of them gives, whom only one of them has. */
export function Compare({ group }: { group: Group }) {
  const tenantId = useTenantId();
  const [typed, setTyped] = useState('');
  const { with: otherId = '' } = useSearch({ strict: false }) as { with?: string };
  const navigate = useNavigate();
  const q = useSettled(typed.trim());
  const found = useQuery(ofGroups(tenantId, { limit: 20, sort: 'name', ...(q ? { q } : {}) }));
  const chosen = useQuery({ ...comparison(tenantId, group.id, otherId), enabled: otherId !== '' }).data?.second;
  const offered = (found.data?.items ?? []).filter(({ id }) => id !== group.id && id !== chosen?.id);
  return (
    <>
      <div className="toolbar">
        <span className="search-box">
          <input
            type="search"
            aria-label={text.compareChoose}
            placeholder={text.compareChoose}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            spellCheck={false}
          />
        </span>
        <label className="filter">
          <span>{text.compareWith}</span>
          <select
            value={otherId}
            onChange={({ currentTarget: { value } }) =>
              void navigate({ to: '.', search: { tab: 'compare', ...(value ? { with: value } : {}) } as never })
            }
          >
            <option value="">{text.compareChoose}</option>
            {[...(chosen ? [chosen] : []), ...offered].map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {otherId ? <Compared group={group} otherId={otherId} /> : null}
    </>
  );
}

function Compared({ group, otherId }: { group: Group; otherId: string }) {
  const tenantId = useTenantId();
  const found = useQuery(comparison(tenantId, group.id, otherId));
  const nameOf = useRightNames();
  if (found.isError) return <ProblemPanel error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton lines={6} />;
  const { first, second, permissions, members } = found.data;
  // Whoever is in an imported group is known at its home only.
  const unknown = {
    'only-first': first.source === 'imported',
    both: first.source === 'imported' || second.source === 'imported',
    'only-second': second.source === 'imported',
  };
  const parts = [
    { title: text.onlyIn(first.name), held: permissions.onlyFirst, count: members.onlyFirst, part: 'only-first' },
    { title: text.inBoth, held: permissions.both, count: members.both, part: 'both' },
    { title: text.onlyIn(second.name), held: permissions.onlySecond, count: members.onlySecond, part: 'only-second' },
  ] as const;
  return (
    <>
      {parts.map(({ title, held, count, part }) => (
        <Section key={part} title={title}>
          <h3>{text.permissions}</h3>
          {held.length === 0 ? <p className="faint">{text.nothingThere}</p> : null}
          <ul>
            {held.map(({ permission, namespaceId }) => (
              <li key={`${permission}@${namespaceId ?? ''}`}>{nameOf({ permission, namespaceId })}</li>
            ))}
          </ul>
          <h3>
            {text.members}: {unknown[part] ? text.membersAtHome : number(count)}
          </h3>
          {count > 0 ? <Names groupId={group.id} otherId={otherId} part={part} /> : null}
        </Section>
      ))}
    </>
  );
}

interface Part {
  groupId: string;
  otherId: string;
  part: 'only-first' | 'both' | 'only-second';
}

function Names(part: Part) {
  return (
    <div>
      <SomeNames {...part} />
    </div>
  );
}

/** Goes where the button was that is gone with the press. */
const focus = (there: HTMLElement | null) => there?.focus();

/** The next names, and behind them those that follow when they are wanted. */
function SomeNames({ cursor, ...of }: Part & { cursor?: string }) {
  const [isMore, setMore] = useState(false);
  const asked = { with: of.otherId, in: of.part, limit: 20, ...(cursor ? { cursor } : {}) };
  const found = useQuery(comparedMembers(useTenantId(), of.groupId, asked));
  if (found.isError) return <ProblemNote error={found.error} />;
  if (!found.data) return <Skeleton lines={1} />;
  const { items, nextCursor } = found.data;
  return (
    <>
      {items.map(({ displayName, email }) => email ?? displayName).join(', ')}
      {!nextCursor ? null : isMore ? (
        <>
          {', '}
          <div tabIndex={-1} ref={focus}>
            <SomeNames {...of} cursor={nextCursor} />
          </div>
        </>
      ) : (
        <>
          {' '}
          <button type="button" className="link-button" onClick={() => setMore(true)}>
            {accessText.moreNames}
          </button>
        </>
      )}
    </>
  );
}
