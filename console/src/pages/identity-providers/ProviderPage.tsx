import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy } from 'react';
import type { Versioned } from '../../api/client.ts';
import {
  changeProvider,
  changeProviderSecret,
  makeProviderKey,
  readProviderMetadata,
  readProviderTest,
  testProvider,
} from '../../api/providers.ts';
import { identityProvider } from '../../api/tenant.ts';
import type { IdentityProvider } from '../../api/types.ts';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { Status } from '../../kit/Status.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { useObjectId, useTenantId } from '../../shell/where.ts';
import { type Desk, focusField, tabOf } from './connection.ts';
import { NextStep } from './NextStep.tsx';

const ConnectionPart = lazy(() => import('./ConnectionPart.tsx').then((m) => ({ default: m.ConnectionPart })));
const AttributesPart = lazy(() => import('./ConnectionPart.tsx').then((m) => ({ default: m.AttributesPart })));
const PeoplePart = lazy(() => import('./PeoplePart.tsx').then((m) => ({ default: m.PeoplePart })));
const TestSignIn = lazy(() => import('./TestSignIn.tsx').then((m) => ({ default: m.TestSignIn })));
const Identities = lazy(() => import('./Identities.tsx').then((m) => ({ default: m.Identities })));
const Acts = lazy(() => import('./ProviderActs.tsx').then((m) => ({ default: m.ProviderActs })));

export function ProviderPage() {
  const tenantId = useTenantId();
  const id = useObjectId();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const query = identityProvider(tenantId, id);
  const toTab = (tab?: string, field?: string) =>
    navigate({
      to: '/t/$tenantId/identity-providers/$id',
      params: { tenantId, id },
      search: { ...(tab ? { tab } : {}), ...(field ? { field } : {}) } as never,
    });
  const mend = (path: string) => void toTab(tabOf(path), path).then(() => setTimeout(() => focusField(path)));
  const deskOf = (found: Versioned<IdentityProvider>): Desk => ({
    found,
    queryKey: query.queryKey,
    read: () => queryClient.fetchQuery({ ...query, staleTime: 0 }),
    change: (version, changes) => changeProvider(tenantId, id, version, changes),
    changeSecret: (body) => changeProviderSecret(tenantId, id, body),
    hasOverlap: true,
    makeKey: (overlapSeconds) => makeProviderKey(tenantId, id, overlapSeconds),
    readMetadata: (from) => readProviderMetadata(tenantId, from),
    beginTest: () => testProvider(tenantId, id),
    readTest: (testId) => readProviderTest(tenantId, id, testId),
    mend,
  });
  return (
    <DetailPage
      found={useQuery(query)}
      parent={{ to: '/t/$tenantId/identity-providers', title: text.title }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ status, type }) => (
        <>
          <Status status={status} /> <span className="tag">{text.types[type]}</span>
        </>
      )}
      leadOf={({ description }) => description}
      above={(value) => <NextStep value={value} mend={mend} toTest={() => void toTab('test')} />}
      tabsLabel={text.tabs}
      tabs={(found) => [
        {
          name: 'connection',
          label: text.tabConnection,
          content: () => (
            <>
              <ConnectionPart desk={deskOf(found)} />
              <Acts found={found} />
            </>
          ),
        },
        { name: 'people', label: text.tabPeople, content: () => <PeoplePart found={found} /> },
        { name: 'attributes', label: text.tabAttributes, content: () => <AttributesPart desk={deskOf(found)} /> },
        { name: 'test', label: text.tabTest, content: () => <TestSignIn desk={deskOf(found)} /> },
        { name: 'identities', label: text.tabIdentities, content: () => <Identities value={found.value} /> },
      ]}
    />
  );
}
