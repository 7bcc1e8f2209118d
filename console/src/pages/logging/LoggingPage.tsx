import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { namespaces } from '../../api/tenant.ts';
import { useListState } from '../../kit/list-state.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { loggingText as text } from '../../messages/en.logging.ts';
import { usePlace, useTenantId } from '../../shell/where.ts';
import { filters, Transactions } from './Transactions.tsx';

const Retention = lazy(() => import('./Retention.tsx').then((m) => ({ default: m.Retention })));

const tabs = [
  { name: 'transactions', label: text.tabTransactions },
  { name: 'retention', label: text.tabRetention },
];

export function LoggingPage() {
  return (
    <Page title={text.title} place={usePlace()} lead={text.lead}>
      <Tabs label={text.tabs} tabs={tabs} />
      {useTab(['transactions', 'retention']) === 'retention' ? (
        <Suspense fallback={<Skeleton />}>
          <Retention />
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
  const { search, go } = useListState({ filters });
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
    <>
      <label className="filter filter-alone">
        <span>{text.namespace}</span>
        <select value={chosen.id} onChange={({ currentTarget: { value } }) => go({ namespace: value })}>
          {items.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Transactions key={chosen.id} at={{ tenantId, namespaceId: chosen.id }} />
    </>
  );
}
