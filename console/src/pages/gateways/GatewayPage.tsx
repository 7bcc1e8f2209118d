import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy } from 'react';
import { gateway } from '../../api/gateways.ts';
import { namespace } from '../../api/tenant.ts';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { Note } from '../../kit/problems.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';

const Routes = lazy(() => import('./Routes.tsx').then((m) => ({ default: m.Routes })));
const Rules = lazy(() => import('./Rules.tsx').then((m) => ({ default: m.Rules })));
const Agents = lazy(() => import('./Agents.tsx').then((m) => ({ default: m.Agents })));
const Signing = lazy(() => import('./Signing.tsx').then((m) => ({ default: m.Signing })));
const Try = lazy(() => import('./Try.tsx').then((m) => ({ default: m.Try })));
const Settings = lazy(() => import('./Settings.tsx').then((m) => ({ default: m.Settings })));

export function GatewayPage() {
  const tenantId = useTenantId();
  const { namespaceId = '', id = '' } = useParams({ strict: false }) as { namespaceId?: string; id?: string };
  const place = useQuery({
    ...namespace(tenantId, namespaceId),
    enabled: useHolds('namespaces.view'),
    retry: false,
  });
  return (
    <DetailPage
      found={useQuery(gateway({ tenantId, namespaceId, id }))}
      parent={{ to: '/t/$tenantId/gateways', title: text.title, search: { namespace: namespaceId } }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ prefix }) => (
        <>
          <code>{prefix || '/'}</code>{' '}
          {place.isLoading ? null : <ItsNamespace id={namespaceId} name={place.data?.value.name} />}
        </>
      )}
      leadOf={({ description }) => description}
      above={({ identityProviderId, audiences, actions }) =>
        place.data?.value.status === 'deleted' ? (
          <Note tone="warn">{text.namespaceDeleted}</Note>
        ) : identityProviderId === null || audiences.length === 0 ? (
          <Note tone="warn">
            {identityProviderId === null ? text.noProvider : text.noAudience}{' '}
            {reasonOf(actions, 'gateways.change') === null ? (
              <Link to="." search={{ tab: 'settings' } as never}>
                {identityProviderId === null ? text.chooseProvider : text.nameAudience}
              </Link>
            ) : null}
          </Note>
        ) : null
      }
      tabsLabel={text.tabs}
      tabs={(found) => [
        {
          name: 'routes',
          label: text.routes,
          count: found.value.counts.routes,
          content: () => <Routes gateway={found.value} />,
        },
        {
          name: 'rules',
          label: text.rules,
          count: found.value.counts.rules,
          content: () => <Rules gateway={found.value} />,
        },
        { name: 'agents', label: text.agents, content: () => <Agents gateway={found.value} /> },
        {
          name: 'signing',
          label: text.signing,
          count: found.value.counts.certificates,
          content: () => <Signing found={found} />,
        },
        { name: 'try', label: text.try, content: () => <Try gateway={found.value} /> },
        { name: 'settings', label: text.settings, content: () => <Settings found={found} /> },
      ]}
    />
  );
}

/** Where the gateway is: by name, for whoever may see namespaces. */
function ItsNamespace({ id, name }: { id: string; name: string | undefined }) {
  const tenantId = useTenantId();
  return (
    <span className="faint">
      {text.namespace}{' '}
      {name ? (
        <Link to="/t/$tenantId/namespaces/$id" params={{ tenantId, id }}>
          {name}
        </Link>
      ) : (
        <code>{id}</code>
      )}
    </span>
  );
}
