import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeNamespace } from '../../api/namespaces.ts';
import { namespace } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField } from '../../kit/fields.tsx';
import { Facts } from '../../kit/Page.tsx';
import { Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { reasonOf, useHolds, useObjectId, useTenantId } from '../../shell/where.ts';

const KeysSection = lazy(() => import('./KeysSection.tsx').then((m) => ({ default: m.KeysSection })));
const Settings = lazy(() => import('./Settings.tsx').then((m) => ({ default: m.Settings })));
const ChangeRequests = lazy(() => import('./ChangeRequests.tsx').then((m) => ({ default: m.ChangeRequests })));
const ProtectionSection = lazy(() => import('./ProtectionSection.tsx').then((m) => ({ default: m.ProtectionSection })));
const DangerZone = lazy(() => import('./DangerZone.tsx').then((m) => ({ default: m.DangerZone })));
const LicenceSection = lazy(() => import('./LicenceSection.tsx').then((m) => ({ default: m.LicenceSection })));

export function NamespacePage() {
  const tenantId = useTenantId();
  return (
    <DetailPage
      found={useQuery(namespace(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/namespaces', title: text.title }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ status, protection }) => (
        <>
          <Status status={status} />
          {protection === 'none' ? null : <span className="tag">{text.protectionTag}</span>}
        </>
      )}
      leadOf={({ description }) => description}
      tabsLabel={text.tabs}
      tabs={(found) => [
        { name: 'details', label: text.tabDetails, content: () => <NamespaceDetails found={found} /> },
        ...(found.value.status === 'active' && reasonOf(found.value.actions, 'namespaces.export') === null
          ? [{ name: 'settings', label: text.tabSettings, content: () => <Settings value={found.value} /> }]
          : []),
        ...(found.value.protection === 'approval'
          ? [{ name: 'changes', label: text.tabChanges, content: () => <ChangeRequests value={found.value} /> }]
          : []),
      ]}
    />
  );
}

function NamespaceDetails({ found }: { found: Versioned<Namespace> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const queryClient = useQueryClient();
  const maySeeLicences = useHolds('licences.view');
  const query = namespace(tenantId, value.id);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
  return (
    <>
      <EditSection
        title={text.details}
        found={found}
        operation="namespaces.change"
        labels={{ description: text.description }}
        valuesOf={({ description }) => ({ description })}
        save={(was, changes) => changeNamespace(tenantId, value.id, was, changes)}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => <AreaField draft={draft} name="description" label={text.description} optional />}
      >
        <Facts
          items={[
            [
              text.region,
              <span key="r" className="tenant-region">
                {value.region}
              </span>,
              text.regionHelp,
            ],
            [
              text.agentUrl,
              <span key="u">
                <code>{value.agentUrl}</code>{' '}
                <CopyButton value={value.agentUrl} label={`${en.action.copy}: ${text.agentUrl}`} />
              </span>,
            ],
          ]}
        />
      </EditSection>
      <Suspense fallback={<Skeleton lines={2} />}>
        <KeysSection value={value} refresh={refresh} />
      </Suspense>
      <Suspense fallback={<Skeleton lines={2} />}>
        <ProtectionSection found={found} refresh={refresh} />
      </Suspense>
      {maySeeLicences ? (
        <Suspense fallback={<Skeleton lines={2} />}>
          <LicenceSection namespaceId={value.id} />
        </Suspense>
      ) : null}
      <Suspense fallback={<Skeleton lines={2} />}>
        <DangerZone found={found} refresh={refresh} />
      </Suspense>
    </>
  );
}
