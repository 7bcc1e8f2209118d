import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { namespaces, restoreNamespace } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { CreateLink } from '../../kit/CreateLink.tsx';
import { type Column, type Filter, List, useListState } from '../../kit/List.tsx';
import { Page } from '../../kit/Page.tsx';
import { Empty } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { isOffered, reasonOf, usePlace, useTenantId } from '../../shell/where.ts';

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

export function NamespacesPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const queryClient = useQueryClient();
  const state = useListState({ filters, sort: 'name' });
  const query = useQuery(namespaces(tenantId, state.query()));
  const { run } = useAct();
  const columns: Column<Namespace>[] = [
    {
      name: 'name',
      label: text.name,
      sort: 'name',
      cell: ({ id, name }) => (
        <Link to="/t/$tenantId/namespaces/$id" params={{ tenantId, id }}>
          {name}
        </Link>
      ),
    },
    {
      name: 'description',
      label: text.description,
      cell: ({ description }) => <span className="clip">{description}</span>,
      priority: 3,
    },
    {
      name: 'region',
      label: text.region,
      sort: 'region',
      cell: ({ region }) => <span className="tenant-region">{region}</span>,
    },
    { name: 'status', label: text.status, cell: ({ status }) => <Status status={status} />, priority: 2 },
    { name: 'lastUsed', label: text.lastUsed, cell: (row) => <Time at={lastUse(row) ?? null} />, priority: 2 },
    {
      name: 'createdAt',
      label: text.created,
      sort: 'createdAt',
      cell: ({ createdAt }) => <Time at={createdAt} />,
      priority: 3,
    },
  ];
  const restore = (namespace: Namespace) =>
    run(namespace.id, async () => {
      await restoreNamespace(tenantId, namespace.id);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
      toast({ text: text.restored(namespace.name) });
    });
  return (
    <Page
      title={text.title}
      place={place}
      lead={text.lead}
      actions={<CreateLink to="/t/$tenantId/namespaces/new" permission="namespaces.change" label={text.create} />}
    >
      <List
        what={text.what}
        state={state}
        query={query}
        columns={columns}
        filters={filters}
        rowKey={({ id }) => id}
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
            : []
        }
        empty={
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            command={text.command}
            action={
              <CreateLink to="/t/$tenantId/namespaces/new" permission="namespaces.change" label={text.createFirst} />
            }
          />
        }
        page={text.title}
      />
      <Outlet />
    </Page>
  );
}
