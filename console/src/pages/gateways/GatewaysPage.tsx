import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { type Gateway, gateways } from '../../api/gateways.ts';
import { Button } from '../../kit/Button.tsx';
import { clippedColumn, timeColumn } from '../../kit/columns.tsx';
import { InNamespace } from '../../kit/InNamespace.tsx';
import { List } from '../../kit/List.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, Skeleton } from '../../kit/problems.tsx';
import type { Column } from '../../kit/Table.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { usePlace, useReason, useTenantId } from '../../shell/where.ts';

const Services = lazy(() => import('./Services.tsx').then((m) => ({ default: m.Services })));
const NewGatewayPanel = lazy(() => import('./NewGatewayPanel.tsx').then((m) => ({ default: m.NewGatewayPanel })));

const tabs = [
  { name: 'gateways', label: text.tabGateways },
  { name: 'services', label: text.tabServices },
];

const filters: Filter[] = [{ name: 'namespace', label: text.namespace, options: [] }];

export function GatewaysPage() {
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead}>
      <Tabs label={text.tabs} tabs={tabs} />
      {useTab(['gateways', 'services']) === 'services' ? (
        <Suspense fallback={<Skeleton />}>
          <Services />
        </Suspense>
      ) : (
        <ChosenGateways />
      )}
    </Page>
  );
}

function ChosenGateways() {
  const { search, go } = useListState({ filters });
  return (
    <InNamespace
      named={search.namespace}
      onChoose={(namespace) => void go({ namespace, q: undefined })}
      page={text.title}
    >
      {(namespaceId) => <GatewaysOf key={namespaceId} namespaceId={namespaceId} />}
    </InNamespace>
  );
}

function GatewaysOf({ namespaceId }: { namespaceId: string }) {
  const tenantId = useTenantId();
  const navigate = useNavigate();
  const state = useListState({ filters, sort: 'name' });
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
  const path = (id: string) => ({ tenantId, namespaceId, id });
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
      <List
        what={text.what}
        state={{ ...state, values: {} }}
        query={useQuery(gateways({ tenantId, namespaceId }, query))}
        columns={columns}
        rowName={({ name }) => name}
        toolbar={create(text.create)}
        empty={
          <Empty
            title={text.emptyTitle}
            text={text.emptyText}
            action={create(text.createFirst)}
            command={`bailiwick gateways create ${namespaceId} --name main`}
          />
        }
        page={text.title}
      />
      {isMaking ? (
        <Suspense>
          <NewGatewayPanel
            namespaceId={namespaceId}
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
