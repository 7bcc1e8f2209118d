import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy } from 'react';
import type { Versioned } from '../../api/client.ts';
import { changeLicence, deleteLicence, type Licence, licence } from '../../api/licences.ts';
import { DeleteRow } from '../../kit/DeleteRow.tsx';
import { DetailPage } from '../../kit/DetailPage.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { checkBy } from '../../kit/rules.ts';
import { Status } from '../../kit/Status.tsx';
import { licenceText as text } from '../../messages/en.licences.ts';
import { localTime } from '../../messages/format.ts';
import { reasonOf, useObjectId, useTenantId } from '../../shell/where.ts';

const Subscriptions = lazy(() => import('./Subscriptions.tsx').then((m) => ({ default: m.Subscriptions })));
const Assignment = lazy(() => import('./Assignment.tsx').then((m) => ({ default: m.Assignment })));
const Usage = lazy(() => import('./Usage.tsx').then((m) => ({ default: m.Usage })));

export function LicencePage() {
  const tenantId = useTenantId();
  return (
    <DetailPage
      found={useQuery(licence(tenantId, useObjectId()))}
      parent={{ to: '/t/$tenantId/licences', title: text.title }}
      one={text.one}
      nameOf={({ name }) => name}
      statusOf={({ state }) => <Status status={state} text={text.states[state] ?? state} />}
      leadOf={({ activeThrough }) => (activeThrough ? `${text.activeThrough} ${localTime(activeThrough)}` : null)}
      tabsLabel={text.tabs}
      tabs={(found) => [
        { name: 'details', label: text.tabDetails, content: () => <Details found={found} /> },
        {
          name: 'subscriptions',
          label: text.tabSubscriptions,
          count: found.value.subscriptions,
          content: () => <Subscriptions of={found.value} />,
        },
        {
          name: 'namespaces',
          label: text.tabNamespaces,
          count: found.value.namespaces.length,
          content: () => <Assignment found={found} />,
        },
        { name: 'usage', label: text.tabUsage, content: () => <Usage of={found.value} /> },
      ]}
    />
  );
}

const check = checkBy({ name: 'required' });

function Details({ found }: { found: Versioned<Licence> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { value, version } = found;
  const { file } = value;
  const query = licence(tenantId, value.id);
  return (
    <>
      <EditSection
        title={text.details}
        found={found}
        operation="licences.change"
        labels={{ name: text.name }}
        valuesOf={({ name }) => ({ name })}
        check={check}
        save={(was, { name = value.name }) => changeLicence(tenantId, value.id, was, name)}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={text.saved}
        fields={(draft) => <TextField draft={draft} name="name" label={text.name} help={text.nameHelp} />}
      >
        <Facts
          items={[
            [text.renewal, value.renewalFrequency ? text.frequencies[value.renewalFrequency] : null],
            [text.source, text.sources[value.source]],
            [text.owner, value.owner?.displayName ?? text.nobody],
            [text.legacyKey, value.legacyKey],
            ...(file
              ? ([
                  [text.fileNumber, file.number],
                  [text.issuer, text.fileOf(file.issuer, file.keyId), localTime(file.issuedAt)],
                  ...(file.endsAt ? [[text.usableUntil, localTime(file.endsAt)]] : []),
                ] as [string, string][])
              : []),
          ]}
        />
      </EditSection>
      <Section title={text.danger} tone="danger">
        <DeleteRow
          title={text.remove}
          text={text.removeText}
          verb={text.removeVerb}
          reason={reasonOf(value.actions, 'licences.delete')}
          question={text.removeTitle(value.name)}
          breaks={[
            ...(value.subscriptions > 0 ? [text.goesSubscriptions(value.subscriptions)] : []),
            ...(value.namespaces.length > 0 ? [text.goesNamespaces(value.namespaces.length)] : []),
          ]}
          act={() => deleteLicence(tenantId, value.id, version)}
          said={text.removed(value.name)}
          back="/t/$tenantId/licences"
          area="licences"
        />
      </Section>
    </>
  );
}
