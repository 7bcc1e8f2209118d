import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { restoreNamespace } from '../../api/namespaces.ts';
import { namespaces } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { clippedColumn, ObjectLink, statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { namespaceSettingsText } from '../../messages/en.namespace-settings.ts';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { sorts } from '../../shell/sorts.ts';
import { isOffered, reasonOf, useTenantId } from '../../shell/where.ts';

const DuplicateNamespace = lazy(() =>
  import('./DuplicateNamespace.tsx').then((m) => ({ default: m.DuplicateNamespace })),
);

const filters: Filter[] = [
  {
    name: 'status',
    label: text.status,
    all: text.statuses.active ?? '',
    options: [{ value: 'deleted', label: text.statuses.deleted ?? '' }],
  },
];

const lastUse = ({ agentKeys, serviceKeys }: Namespace) =>
  [...agentKeys, ...serviceKeys]
    .map(({ lastUsedAt }) => lastUsedAt)
    .filter((at) => at !== null)
    .sort()
    .at(-1);

const columns: Column<Namespace>[] = [
  {
    name: 'name',
    label: text.name,
    sort: 'name',
    text: ({ name }) => name,
    cell: ({ id, name }) => (
      <ObjectLink to="namespaces" id={id}>
        {name}
      </ObjectLink>
    ),
  },
  clippedColumn('description', text.description, ({ description }) => description, { priority: 3 }),
  {
    name: 'region',
    label: text.region,
    sort: 'region',
    text: ({ region }) => region,
    cell: ({ region }) => <span className="tenant-region">{region}</span>,
  },
  statusColumn('status', text.status, ({ status }) => status, { priority: 2 }),
  timeColumn('lastUsed', text.lastUsed, lastUse, { priority: 2 }),
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 3 }),
  {
    name: 'agentUrl',
    label: text.agentUrl,
    text: ({ agentUrl }) => agentUrl,
    cell: ({ agentUrl }) => <code>{agentUrl}</code>,
    isExtra: true,
  },
  {
    name: 'id',
    label: en.id.label,
    text: ({ id }) => id,
    cell: ({ id }) => <code>{id}</code>,
    isExtra: true,
  },
];

export function NamespacesPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: sorts.namespaces });
  const query = useQuery(namespaces(tenantId, state.query()));
  const { run } = useAct();
  const [copied, setCopied] = useState<Namespace>();
  const restore = (namespace: Namespace) =>
    run(namespace.id, async () => {
      await restoreNamespace(tenantId, namespace.id);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
      toast({ text: text.restored(namespace.name) });
    });
  return (
    <>
      <ListPage
        text={text}
        what={text.what}
        create={{
          to: '/t/$tenantId/namespaces/new',
          permission: 'namespaces.change',
          label: text.create,
          first: text.createFirst,
        }}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowName={({ name }) => name}
        rowActions={(namespace) =>
          isOffered(namespace.actions, 'namespaces.restore')
            ? [
                {
                  label: text.restoreVerb,
                  reason: reasonOf(namespace.actions, 'namespaces.restore'),
                  onSelect: () => void restore(namespace),
                },
              ]
            : [
                {
                  label: namespaceSettingsText.duplicate,
                  reason: reasonOf(namespace.actions, 'namespaces.duplicate'),
                  onSelect: () => setCopied(namespace),
                },
              ]
        }
      />
      {copied ? (
        <Suspense>
          <DuplicateNamespace of={copied} onClose={() => setCopied(undefined)} />
        </Suspense>
      ) : null}
    </>
  );
}
