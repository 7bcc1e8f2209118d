import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { everyNamespace } from '../../api/tenant.ts';
import { useListState } from '../../kit/list-state.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { Empty, Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
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

/**
 * The namespace is chosen first; all that one sees are there to choose from. One that is named by the address is asked
 * about also when it is not among them: its list says what is wrong with it.
 */
function InNamespace() {
  const tenantId = useTenantId();
  const found = useQuery(everyNamespace(tenantId));
  const { search, go } = useListState({ filters });
  const isHidden = found.error instanceof ApiProblem && found.error.status === 403;
  if (found.isPending) return <Skeleton lines={6} />;
  if (found.isError && !(isHidden && search.namespace))
    return (
      <>
        {isHidden ? <Note>{text.byAddress}</Note> : null}
        <ProblemPanel error={found.error} onRetry={() => void found.refetch()} page={text.title} />
      </>
    );
  const items = found.data ?? [];
  const chosen = search.namespace ?? items[0]?.id;
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
        <select value={chosen} onChange={({ currentTarget: { value } }) => go({ namespace: value })}>
          {items.some(({ id }) => id === chosen) ? null : <option value={chosen}>{chosen}</option>}
          {items.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Transactions key={chosen} at={{ tenantId, namespaceId: chosen }} />
    </>
  );
}
