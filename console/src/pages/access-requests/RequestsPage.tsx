import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { type AccessRequest, accessRequests, withdrawAccess } from '../../api/access-requests.ts';
import { timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Status } from '../../kit/Status.tsx';
import type { Column } from '../../kit/Table.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { requestText as text } from '../../messages/en.access-requests.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { useRightNames } from '../access/right-names.ts';

const ApproveDialog = lazy(() => import('./Decide.tsx').then((m) => ({ default: m.ApproveDialog })));
const RefuseDialog = lazy(() => import('./Decide.tsx').then((m) => ({ default: m.RefuseDialog })));

const filters: Filter[] = [
  { name: 'state', label: text.show, options: Object.entries(text.states).map(([value, label]) => ({ value, label })) },
];

const columnsOf = (whatOf: (request: AccessRequest) => string): Column<AccessRequest>[] => [
  {
    name: 'who',
    label: text.who,
    text: ({ principal }) => principal.displayName,
    cell: ({ principal: { id, kind, displayName } }) => (
      <TargetLink kind={kind} id={id}>
        {displayName}
      </TargetLink>
    ),
  },
  { name: 'permission', label: text.asked, text: whatOf },
  { name: 'reason', label: text.reason, text: ({ reason }) => reason, priority: 2 },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state] ?? state,
    cell: ({ state }) => <Status status={state} text={text.states[state] ?? state} />,
  },
  {
    name: 'decision',
    label: text.decision,
    text: ({ decision, groupName }) => decision ?? (groupName ? text.until(groupName) : ''),
    priority: 3,
  },
  timeColumn('createdAt', text.when, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 2 }),
];

/** To those who may grant: the queue. To everybody else: what they asked for. */
export function RequestsPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery(accessRequests(tenantId, state.query()));
  const [open, setOpen] = useState<{ act: 'approve' | 'refuse'; request: AccessRequest }>();
  const whatOf = useRightNames();
  const { run } = useAct();
  const done = async (said: string) => {
    setOpen(undefined);
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'access-requests'] });
    toast({ text: said });
  };
  return (
    <ListPage
      text={text}
      what={text.what}
      state={state}
      query={query}
      filters={filters}
      hasSearch={false}
      columns={columnsOf(whatOf)}
      rowName={(request) => `${request.principal.displayName} ${whatOf(request)}`}
      rowActions={(request) => [
        {
          label: text.approve,
          reason: reasonOf(request.actions, 'access-requests.approve'),
          onSelect: () => setOpen({ act: 'approve', request }),
        },
        {
          label: text.refuse,
          reason: reasonOf(request.actions, 'access-requests.refuse'),
          onSelect: () => setOpen({ act: 'refuse', request }),
        },
        {
          label: text.withdraw,
          reason: reasonOf(request.actions, 'access-requests.withdraw'),
          onSelect: () =>
            void run(request.id, async () => {
              await withdrawAccess(tenantId, request.id);
              await done(text.withdrawn);
            }),
        },
      ]}
    >
      <Suspense>
        {open?.act === 'approve' ? (
          <ApproveDialog
            request={open.request}
            onClose={() => setOpen(undefined)}
            onDone={() => done(text.approved(open.request.principal.displayName))}
          />
        ) : null}
        {open?.act === 'refuse' ? (
          <RefuseDialog request={open.request} onClose={() => setOpen(undefined)} onDone={() => done(text.refused)} />
        ) : null}
      </Suspense>
    </ListPage>
  );
}
