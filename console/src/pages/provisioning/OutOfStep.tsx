import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { outOfStep } from '../../api/provisioning.ts';
import type { OutOfStep } from '../../api/types.ts';
import { ObjectLink } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { Time } from '../../kit/Time.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { useTenantId } from '../../shell/where.ts';
import { Said } from './Activity.tsx';

const REFRESH_MS = 5_000;
const nameOf = ({ name, target }: OutOfStep) => name || target || '—';

const columns: Column<OutOfStep>[] = [
  {
    name: 'who',
    label: text.who,
    text: nameOf,
    cell: (row) => (
      <>
        {row.targetId ? (
          <ObjectLink to={row.kind === 'group' ? 'groups' : 'accounts'} id={row.targetId}>
            {nameOf(row)}
          </ObjectLink>
        ) : (
          <span className="value">{nameOf(row)}</span>
        )}
        <span className="faint small block row-detail">
          {text.whats[row.kind]}
          {row.targetId ? null : `, ${text.unknownTarget}`}
        </span>
      </>
    ),
  },
  { name: 'said', label: text.said, text: ({ detail }) => detail, cell: (row) => <Said call={row} /> },
  { name: 'at', label: text.at, text: ({ at }) => at, cell: ({ at }) => <Time at={at} />, sort: 'at', priority: 2 },
  {
    name: 'calls',
    label: text.seeCalls,
    text: () => null,
    cell: ({ target }) =>
      target ? (
        <Link to="." search={{ tab: 'activity', target } as never}>
          {text.seeCalls}
        </Link>
      ) : (
        '—'
      ),
    priority: 3,
  },
];

/** People and groups whose last change by the identity provider failed. */
export function OutOfStepList() {
  const state = useListState({});
  const query = useQuery({
    ...outOfStep(useTenantId(), state.query()),
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  });
  return (
    <List
      what={text.outOfStepWhat}
      page={text.title}
      state={state}
      query={query}
      columns={columns}
      hasSearch={false}
      rowName={nameOf}
      empty={<Empty title={text.outOfStepEmpty} text={text.outOfStepEmptyText} />}
    />
  );
}
