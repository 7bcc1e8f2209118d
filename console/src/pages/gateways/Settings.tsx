import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client.ts';
import { changeGateway, deleteGateway, type Gateway, gateway } from '../../api/gateways.ts';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { Table } from '../../kit/Table.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { endColumn, fingerprintColumn, subjectColumn } from './certificate-columns.tsx';
import { GatewayFields, gatewayLabels } from './fields.tsx';
import { linesOf } from './lines.ts';

/** What a gateway is called, where it stands and by whom people are known there; and its end. */
export function Settings({ found }: { found: Versioned<Gateway> }) {
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
      {value.acceptedCertificates.length > 0 ? (
        <Section title={text.accepted} lead={text.acceptedLead}>
          <Table
            what={text.accepted}
            rows={value.acceptedCertificates.map((each) => ({ id: each.fingerprint, ...each }))}
            rowName={({ subject }) => subject}
            columns={[subjectColumn, endColumn, fingerprintColumn]}
          />
        </Section>
      ) : null}
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
