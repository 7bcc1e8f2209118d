import { lazy, Suspense } from 'react';
import { InNamespace } from '../../kit/InNamespace.tsx';
import { useListState } from '../../kit/list-state.ts';
import { Page, Tabs, useTab } from '../../kit/Page.tsx';
import { Skeleton } from '../../kit/problems.tsx';
import { loggingText as text } from '../../messages/en.logging.ts';
import { usePlace, useTenantId } from '../../shell/where.ts';
import { LeftOut } from './LeftOut.tsx';
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
        <ChosenTransactions />
      )}
    </Page>
  );
}

function ChosenTransactions() {
  const tenantId = useTenantId();
  const { search, go } = useListState({ filters });
  return (
    <InNamespace named={search.namespace} onChoose={(namespace) => void go({ namespace })} page={text.title}>
      {(namespaceId) => (
        <>
          <LeftOut tenantId={tenantId} />
          <Transactions key={namespaceId} at={{ tenantId, namespaceId }} />
        </>
      )}
    </InNamespace>
  );
}
