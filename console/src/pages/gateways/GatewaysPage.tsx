import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { type Gateway, gateways } from '../../api/gateways.ts';
import { namespaces } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, timeColumn } from '../../kit/columns.tsx';
import { List } from '../../kit/List.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { usePlace, useReason, useTenantId } from '../../shell/where.ts';

const Services = lazy(() => import('./Services.tsx').then((m) => ({ default: m.Services })));
const NewGatewayPanel = lazy(() => import('./NewGatewayPanel.tsx').then((m) => ({ default: m.NewGatewayPanel })));

const tabs = [
  { name: 'gateways', label: text.tabGateways },
  { name: 'services', label: text.tabServices },
];

export function GatewaysPage() {
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead}>
      <Tabs label={text.tabs} tabs={tabs} />
      {useTab(['gateways', 'services']) === 'services' ? (
        <Suspense fallback={<Skeleton />}>
          <Services />
        </Suspense>
      ) : (
        <InNamespace />
      )}
    </Page>
  );
}

/** The namespace is chosen first; all of them are there to choose from. */
function InNamespace() {
  const tenantId = useTenantId();
  const found = useQuery(namespaces(tenantId, { limit: 200, sort: 'name' }));
  const { search, go } = useListState({ filters: [{ name: 'namespace', label: text.namespace, options: [] }] });
  if (!found.data)
    return found.isError ? (
      <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
    ) : (
      <Skeleton lines={6} />
    );
  const { items } = found.data;
  const chosen = items.find(({ id }) => id === search.namespace) ?? items[0];
  if (!chosen)
    return (
      <Empty
        title={text.noNamespace}
        text={text.noNamespaceText}
        action={
          <Link to="/t/$tenantId/namespaces" params={{ tenantId }} className="plain-button">
            {text.namespaces}
          </Link>
        }
      />
    );
  return (
    <GatewaysOf
      key={chosen.id}
      namespace={chosen}
      choice={
        <label className="filter">
          <span>{text.namespace}</span>
          <select value={chosen.id} onChange={({ currentTarget: { value } }) => go({ namespace: value, q: undefined })}>
            {items.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      }
    />
  );
}

function GatewaysOf({ namespace, choice }: { namespace: Namespace; choice: ReactNode }) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const state = useListState({
    filters: [{ name: 'namespace', label: text.namespace, options: [] }],
    sort: 'name',
  });
  const { namespace: _chosen, ...query } = state.query<Record<string, string>>();
  const [isMaking, setMaking] = useState(false);
  const reason = useReason('gateways.change');
  const create = (label: string) => (
    <Button
      kind="primary"
      icon={<IconPlus size={16} aria-hidden="true" />}
      reason={reason}
      onClick={() => setMaking(true)}
    >
      {label}
    </Button>
  );
  const path = (id: string) => ({ tenantId, namespaceId: namespace.id, id });
  const columns: Column<Gateway>[] = [
    {
      name: 'name',
      label: text.name,
      sort: 'name',
      text: ({ name }) => name,
      cell: ({ id, name }) => (
        <Link to="/t/$tenantId/gateways/$namespaceId/$id" params={path(id)}>
          {name}
        </Link>
      ),
    },
    {
      name: 'prefix',
      label: text.prefix,
      text: ({ prefix }) => prefix,
      cell: ({ prefix }) => <code>{prefix || '/'}</code>,
    },
    clippedColumn('description', text.description, ({ description }) => description, { priority: 3 }),
    { name: 'routes', label: text.routes, text: ({ counts }) => String(counts.routes), isNumber: true, priority: 2 },
    { name: 'rules', label: text.rules, text: ({ counts }) => String(counts.rules), isNumber: true, priority: 2 },
    timeColumn('updatedAt', text.changed, ({ updatedAt }) => updatedAt, { sort: 'updatedAt', priority: 3 }),
  ];
  return (
    <>
      {choice}
      <List
        what={text.what}
        state={{ ...state, values: {} }}
        query={useQuery(gateways({ tenantId, namespaceId: namespace.id }, query))}
        columns={columns}
        rowName={({ name }) => name}
        toolbar={create(text.create)}
        empty={
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            action={create(text.createFirst)}
            command={`bailiwick gateways create ${namespace.id} --name main`}
          />
        }
        page={text.title}
      />
      {isMaking ? (
        <Suspense>
          <NewGatewayPanel
            namespaceId={namespace.id}
            onClose={() => setMaking(false)}
            onMade={(id) =>
              navigate({ to: '/t/$tenantId/gateways/$namespaceId/$id', params: path(id), ignoreBlocker: true })
            }
          />
        </Suspense>
      ) : null}
    </>
  );
}
