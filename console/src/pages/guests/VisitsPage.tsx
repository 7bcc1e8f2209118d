import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Visit, visits, withdrawVisit } from '../../api/guests.ts';
import { ObjectLink, timeColumn } from '../../kit/columns.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { toast } from '../../kit/toasts.tsx';
import { guestText as text } from '../../messages/en.guests.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const tenantOf = ({ visitedTenantName, visitedTenantId }: Visit) => visitedTenantName ?? visitedTenantId;

const columns: Column<Visit>[] = [
  {
    name: 'displayName',
    label: text.person,
    text: ({ displayName }) => displayName,
    cell: ({ accountId, displayName }) => (
      <ObjectLink to="accounts" id={accountId}>
        {displayName}
      </ObjectLink>
    ),
  },
  { name: 'visited', label: text.visited, text: tenantOf },
  { name: 'visitedRegion', label: text.region, text: ({ visitedRegion }) => visitedRegion, priority: 2 },
  timeColumn('createdAt', text.since, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 2 }),
];

export function VisitsPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({});
  const query = useQuery(visits(tenantId, state.query()));
  const [ending, setEnding] = useState<Visit>();
  return (
    <ListPage
      text={text.visits}
      parent={{ to: '/t/$tenantId/guests', title: text.title }}
      what={text.visits.what}
      state={state}
      query={query}
      hasSearch={false}
      columns={columns}
      rowName={({ displayName }) => displayName}
      rowActions={(visit) => [
        {
          label: text.withdraw,
          reason: reasonOf(visit.actions, 'visits.withdraw'),
          onSelect: () => setEnding(visit),
          isDangerous: true,
        },
      ]}
    >
      {ending ? (
        <ConfirmDialog
          title={text.withdrawTitle(ending.displayName, tenantOf(ending))}
          verb={text.withdrawShort}
          text={text.withdrawWhy}
          onClose={() => setEnding(undefined)}
          onConfirm={async () => {
            await withdrawVisit(tenantId, ending.id);
            setEnding(undefined);
            await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'visits'] });
            toast({ text: text.withdrawn(ending.displayName) });
          }}
        />
      ) : null}
    </ListPage>
  );
}
