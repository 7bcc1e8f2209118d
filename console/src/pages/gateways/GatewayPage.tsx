import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeGateway, deleteGateway, type Gateway, gateway } from '../../api/gateways.ts';
import { namespace } from '../../api/tenant.ts';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { Note } from '../../kit/problems.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { reasonOf, useHolds, useTenantId } from '../../shell/where.ts';
import { GatewayFields, gatewayLabels } from './fields.tsx';
import { linesOf } from './lines.ts';

const Routes = lazy(() => import('./Routes.tsx').then((m) => ({ default: m.Routes })));
const Rules = lazy(() => import('./Rules.tsx').then((m) => ({ default: m.Rules })));
const Agents = lazy(() => import('./Agents.tsx').then((m) => ({ default: m.Agents })));
const Signing = lazy(() => import('./Signing.tsx').then((m) => ({ default: m.Signing })));
const Try = lazy(() => import('./Try.tsx').then((m) => ({ default: m.Try })));

export function GatewayPage() {
  const tenantId = useTenantId();
  const { namespaceId = '', id = '' } = useParams({ strict: false }) as { namespaceId?: string; id?: string };
  return (
    <DetailPage
      found={useQuery(gateway({ tenantId, namespaceId, id }))}
      parent={{ to: '/t/$tenantId/gateways', title: text.title, search: { namespace: namespaceId } }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ prefix }) => (
        <>
          <code>{prefix || '/'}</code> <InItsNamespace id={namespaceId} />
        </>
      )}
      leadOf={({ description }) => description}
      above={({ identityProviderId, actions }) =>
        identityProviderId === null ? (
          <Note tone="warn">
            {text.noProvider}{' '}
            {reasonOf(actions, 'gateways.change') === null ? (
              <Link to="." search={{ tab: 'settings' } as never}>
                {text.chooseProvider}
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
function InItsNamespace({ id }: { id: string }) {
  const tenantId = useTenantId();
  const found = useQuery({ ...namespace(tenantId, id), enabled: useHolds('namespaces.view'), retry: false });
  if (found.isLoading) return null;
  const name = found.data?.value.name;
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

function Settings({ found }: { found: Versioned<Gateway> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { value, version } = found;
  const path = { tenantId, namespaceId: value.namespaceId, id: value.id };
  const query = gateway(path);
  return (
    <>
      <EditSection
        title={text.settings}
        found={found}
        operation="gateways.change"
        labels={gatewayLabels}
        valuesOf={({ name, prefix, description, identityProviderId, audiences, agentCertificates }) => ({
          name,
          prefix,
          description,
          identityProviderId: identityProviderId ?? '',
          audiences: audiences.join('\n'),
          agentCertificates: agentCertificates ?? '',
        })}
        save={(was, { identityProviderId, audiences, agentCertificates, ...rest }) =>
          changeGateway(path, was, {
            ...(identityProviderId === undefined ? {} : { identityProviderId: identityProviderId || null }),
            ...(audiences === undefined ? {} : { audiences: linesOf(audiences) }),
            ...(agentCertificates === undefined ? {} : { agentCertificates: agentCertificates.trim() || null }),
            ...rest,
          })
        }
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => <GatewayFields draft={draft} />}
      >
        <Facts isLocked items={[[text.namespaceId, <code key="n">{value.namespaceId}</code>]]} />
      </EditSection>
      <Section title={text.danger} tone="danger">
        <DeleteRow
          title={text.remove}
          text={text.removeText}
          verb={text.deleteVerb}
          reason={reasonOf(value.actions, 'gateways.delete')}
          question={text.removeTitle(value.name)}
          breaks={text.removeBreaks(value.counts)}
          act={() => deleteGateway(path, version)}
          said={text.removed(value.name)}
          back="/t/$tenantId/gateways"
          search={{ namespace: value.namespaceId }}
          area="gateways"
        />
      </Section>
    </>
  );
}
