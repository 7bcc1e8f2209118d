import { useQuery } from '@tanstack/react-query';
import { type Campaign, campaigns } from '../../api/reviews.ts';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { reviewText as text } from '../../messages/en.reviews.ts';
import { number } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [
  {
    name: 'state',
    label: text.state,
    options: Object.entries(text.states).map(([value, label]) => ({ value, label })),
  },
];

const decidedOf = ({ counts: { total, undecided, left } }: Campaign) => text.decidedOf(total - undecided - left, total);

const columns: Column<Campaign>[] = [
  {
    name: 'name',
    label: text.name,
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="reviews" id={id}>
        {name}
      </ObjectLink>
    ),
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state] ?? state,
    cell: ({ state }) => <Status status={state} text={text.states[state] ?? state} />,
  },
  { name: 'yours', label: text.yours, text: ({ yours }) => number(yours), isNumber: true },
  { name: 'decided', label: text.decided, text: decidedOf, isNumber: true, priority: 2 },
  timeColumn('dueAt', text.due, ({ dueAt }) => dueAt, { priority: 2 }),
  timeColumn('createdAt', text.began, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
];

/** To those who may see groups: all of them. To others: those in which they decide. */
export function ReviewsPage() {
  const tenantId = useTenantId();
  const state = useListState({ filters });
  return (
    <ListPage
      text={text}
      what={text.what}
      state={state}
      query={useQuery(campaigns(tenantId, state.query()))}
      filters={filters}
      hasSearch={false}
      columns={columns}
      rowName={({ name }) => name}
      create={{ to: '/t/$tenantId/reviews/new', permission: 'groups.change', label: text.create, first: text.create }}
    />
  );
}
