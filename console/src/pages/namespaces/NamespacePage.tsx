import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeNamespace, resetAgentKey, resetServiceKey } from '../../api/namespaces.ts';
import { namespace } from '../../api/tenant.ts';
import type { Namespace } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { timeColumn } from '../../kit/columns.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import type { Secret } from '../../kit/secret.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { namespaceText as text } from '../../messages/en.namespaces.ts';
import { en } from '../../messages/en.ts';
import { reasonOf, useHolds, useObjectId, useTenantId } from '../../shell/where.ts';
import { keysOf } from './keys.ts';

const SecretDialog = lazy(() => import('../../kit/secret.tsx').then((m) => ({ default: m.SecretDialog })));
const Settings = lazy(() => import('./Settings.tsx').then((m) => ({ default: m.Settings })));
const ChangeRequests = lazy(() => import('./ChangeRequests.tsx').then((m) => ({ default: m.ChangeRequests })));
const ProtectionSection = lazy(() => import('./ProtectionSection.tsx').then((m) => ({ default: m.ProtectionSection })));
const DangerZone = lazy(() => import('./DangerZone.tsx').then((m) => ({ default: m.DangerZone })));
const LicenceSection = lazy(() => import('./LicenceSection.tsx').then((m) => ({ default: m.LicenceSection })));
const OverlapDialog = lazy(() => import('../../kit/OverlapDialog.tsx').then((m) => ({ default: m.OverlapDialog })));

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

type KeyRow = Namespace['agentKeys'][number] & { label: string };

const keyColumns = ({ status }: Namespace): Column<KeyRow>[] => [
  { name: 'key', label: text.key, text: ({ label }) => label },
  {
    name: 'lastFour',
    label: text.lastFour,
    text: ({ lastFour }) => lastFour,
    cell: ({ lastFour }) => <code>…{lastFour}</code>,
  },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { priority: 2 }),
  timeColumn('lastUsedAt', text.lastUsed, ({ lastUsedAt }) => lastUsedAt),
  timeColumn('endsAt', text.ends, ({ endsAt }) => endsAt, {
    none: status === 'deleted' ? text.endsDeleted : text.endsNone,
    priority: 2,
  }),
];

function NamespaceDetails({ found }: { found: Versioned<Namespace> }) {
  const tenantId = useTenantId();
  const { value } = found;
  const queryClient = useQueryClient();
  const [reset, setReset] = useState<'agent' | 'service'>();
  const [secrets, setSecrets] = useState<Secret[]>();
  const maySeeLicences = useHolds('licences.view');
  const query = namespace(tenantId, value.id);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'namespaces'] });
  const keys = [
    ...value.agentKeys.map((key) => ({ ...key, label: text.agentKey })),
    ...value.serviceKeys.map((key) => ({ ...key, label: text.serviceKey })),
  ];
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
      <Section
        title={text.keys}
        actions={
          <>
            <Button reason={reasonOf(value.actions, 'namespaces.reset-agent-key')} onClick={() => setReset('agent')}>
              {text.resetAgent}
            </Button>
            <Button
              reason={reasonOf(value.actions, 'namespaces.reset-service-key')}
              onClick={() => setReset('service')}
            >
              {text.resetService}
            </Button>
          </>
        }
      >
        <Table what={text.keys} rows={keys} rowName={({ label }) => label} columns={keyColumns(value)} />
      </Section>
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
      {reset ? (
        <Suspense>
          <OverlapDialog
            title={text.resetTitle(reset === 'agent' ? text.resetAgent : text.resetService, value.name)}
            text={text.resetText}
            label={text.overlap}
            verb={reset === 'agent' ? text.resetAgent : text.resetService}
            options={text.overlaps}
            first="0"
            onClose={() => setReset(undefined)}
            onConfirm={async (overlapSeconds) => {
              const made = keysOf(
                value.name,
                await (reset === 'agent' ? resetAgentKey : resetServiceKey)(tenantId, value.id, overlapSeconds),
              );
              setReset(undefined);
              setSecrets(made);
              void refresh();
            }}
          />
        </Suspense>
      ) : null}
      {secrets ? (
        <Suspense>
          <SecretDialog title={text.secretTitle(value.name)} secrets={secrets} onDone={() => setSecrets(undefined)} />
        </Suspense>
      ) : null}
    </>
  );
}
