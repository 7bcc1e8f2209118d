import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { type ChangeRequest, changeRequests, withdrawChange } from '../../api/change-requests.ts';
import type { Namespace } from '../../api/types.ts';
import { timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Secret } from '../../kit/secret.tsx';
import type { Column } from '../../kit/Table.tsx';
import { TargetLink } from '../../kit/TargetLink.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { changeRequestText as text } from '../../messages/en.change-requests.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';

const Decide = lazy(() => import('./DecideChange.tsx').then((m) => ({ default: m.DecideChange })));
const SecretDialog = lazy(() => import('../../kit/secret.tsx').then((m) => ({ default: m.SecretDialog })));

const filters: Filter[] = [
  { name: 'state', label: text.show, options: Object.entries(text.states).map(([value, label]) => ({ value, label })) },
];

const nameOf = ({ operation, summary }: ChangeRequest) => text.operations[operation] ?? summary;

const columns: Column<ChangeRequest>[] = [
  { name: 'change', label: text.change, text: nameOf },
  {
    name: 'who',
    label: text.who,
    text: ({ askedBy }) => askedBy.displayName,
    cell: ({ askedBy: { id, kind, displayName } }) => (
      <TargetLink kind={kind} id={id}>
        {displayName}
      </TargetLink>
    ),
  },
  {
    name: 'state',
    label: text.state,
    text: ({ state }) => text.states[state] ?? state,
    cell: ({ state }) => <Status status={state} text={text.states[state] ?? state} />,
  },
  timeColumn('createdAt', text.when, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 2 }),
  { name: 'decidedBy', label: text.decidedBy, text: ({ decidedBy }) => decidedBy?.displayName, priority: 3 },
];

/** What waits in a protected namespace for a second person, and what was decided. */
export function ChangeRequests({ value }: { value: Namespace }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery(changeRequests(tenantId, value.id, state.query()));
  const [open, setOpen] = useState<ChangeRequest>();
  const [secrets, setSecrets] = useState<Secret[]>();
  const { run } = useAct();
  const done = async (said: string) => {
    setOpen(undefined);
    await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
    toast({ text: said });
  };
  return (
    <>
      <List
        what={text.what}
        state={state}
        query={query}
        filters={filters}
        hasSearch={false}
        columns={columns}
        rowName={(request) => `${nameOf(request)}, ${request.askedBy.displayName}`}
        rowActions={(request) => [
          { label: text.look, reason: null, onSelect: () => setOpen(request) },
          ...(request.state === 'pending'
            ? [
                {
                  label: text.withdraw,
                  reason: reasonOf(request.actions, 'change-requests.withdraw'),
                  onSelect: () =>
                    void run(request.id, async () => {
                      await withdrawChange(tenantId, request);
                      await done(text.withdrawn);
                    }),
                },
              ]
            : []),
        ]}
        empty={<Empty title={text.emptyTitle} text={text.emptyText} />}
      />
      <Suspense>
        {open ? (
          <Decide
            of={open}
            onClose={() => setOpen(undefined)}
            onDone={async (said, made) => {
              if (made) setSecrets(made);
              await done(said);
            }}
          />
        ) : null}
        {secrets ? (
          <SecretDialog title={text.secretTitle} secrets={secrets} onDone={() => setSecrets(undefined)} />
        ) : null}
      </Suspense>
    </>
  );
}
