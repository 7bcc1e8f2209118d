import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import { serviceAccount } from '../../api/tenant.ts';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { GroupsOf } from '../../kit/GroupsOf.tsx';
import { Status } from '../../kit/Status.tsx';
import { integrationText as text } from '../../messages/en.integrations.ts';
import { useObjectId, useTenantId } from '../../shell/where.ts';
import { Keys } from './Keys.tsx';

const ServiceAccountDetails = lazy(() =>
  import('./ServiceAccountDetails.tsx').then((m) => ({ default: m.ServiceAccountDetails })),
);

export function ServiceAccountPage() {
  const tenantId = useTenantId();
  return (
    <DetailPage
      found={useQuery(serviceAccount(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/integrations', title: text.title }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ status }) => <Status status={status} />}
      leadOf={({ description }) => description}
      tabsLabel={text.tabs}
      tabs={(found) => [
        { name: 'keys', label: text.tabKeys, content: () => <Keys value={found.value} /> },
        {
          name: 'access',
          label: text.tabAccess,
          count: found.value.groups.length,
          content: () => <GroupsOf groups={found.value.groups} none={text.noGroupsText} />,
        },
        { name: 'details', label: text.tabDetails, content: () => <ServiceAccountDetails found={found} /> },
      ]}
    />
  );
}
