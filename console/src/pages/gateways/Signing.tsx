import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client.ts';
import { changeGateway, type Gateway, gateway } from '../../api/gateways.ts';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { EditSection } from '../../kit/EditSection.tsx';
import { PresetField, TextField } from '../../kit/fields.tsx';
import { Facts } from '../../kit/Page.tsx';
import { gatewaySigningText as text } from '../../messages/en.gateway-signing.ts';
import { gatewayText } from '../../messages/en.gateways.ts';
import { en } from '../../messages/en.ts';
import { useTenantId } from '../../shell/where.ts';
import { Certificates } from './Certificates.tsx';

const labels = {
  signing: text.signs,
  'signing.header': text.signingHeader,
  'signing.lifetimeSeconds': text.signingLifetime,
  'signing.includesGroups': text.signingGroups,
};
type Name = keyof typeof labels;

const valuesOf = ({ signing }: Gateway): Record<Name, string> => ({
  signing: String(signing !== null),
  'signing.header': signing?.header ?? 'x-bailiwick-token',
  'signing.lifetimeSeconds': String(signing?.lifetimeSeconds ?? 60),
  'signing.includesGroups': String(signing?.includesGroups ?? true),
});

const yesOrNo = (value: string) => (value === 'true' ? text.yes : text.no);

const check = (values: Record<Name, string>) => {
  const seconds = Number(values['signing.lifetimeSeconds']);
  const isWithin = Number.isInteger(seconds) && seconds >= 10 && seconds <= 300;
  return values.signing === 'true' && !isWithin ? { 'signing.lifetimeSeconds': text.signingLifetimeRule } : {};
};

/** Whether the gateway signs for its upstreams, and the certificates by whose keys it does. */
export function Signing({ found }: { found: Versioned<Gateway> }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { value } = found;
  const path = { tenantId, namespaceId: value.namespaceId, id: value.id };
  const query = gateway(path);
  return (
    <>
      <EditSection
        title={text.signingTitle}
        lead={text.signingLead}
        found={found}
        operation="gateways.change"
        labels={labels}
        valuesOf={valuesOf}
        shownOf={(values) => ({
          ...values,
          signing: yesOrNo(values.signing),
          'signing.includesGroups': yesOrNo(values['signing.includesGroups']),
        })}
        check={check}
        save={(was, changes) => {
          const values = { ...valuesOf(value), ...changes };
          return changeGateway(path, was, {
            signing:
              values.signing === 'true'
                ? {
                    header: values['signing.header'].trim(),
                    lifetimeSeconds: Number(values['signing.lifetimeSeconds']),
                    includesGroups: values['signing.includesGroups'] === 'true',
                  }
                : null,
          });
        }}
        read={() => queryClient.fetchQuery({ ...query, staleTime: 0 })}
        queryKey={query.queryKey}
        saved={gatewayText.saved}
        fields={(draft) => (
          <>
            <PresetField draft={draft} name="signing" label={text.signs} options={choices} />
            {draft.values.signing === 'true' ? (
              <>
                <TextField
                  draft={draft}
                  name="signing.header"
                  label={text.signingHeader}
                  help={text.signingHeaderHelp}
                />
                <TextField
                  draft={draft}
                  name="signing.lifetimeSeconds"
                  label={text.signingLifetime}
                  help={text.signingLifetimeRule}
                  inputMode="numeric"
                />
                <PresetField
                  draft={draft}
                  name="signing.includesGroups"
                  label={text.signingGroups}
                  help={text.signingGroupsHelp}
                  options={choices}
                />
              </>
            ) : null}
          </>
        )}
      >
        <Facts
          items={[
            [text.issuer, <Address key="issuer" value={value.issuer} label={en.secret.copy(text.issuer)} />],
            [
              text.keysAddress,
              <Address key="keys" value={value.keysAddress} label={en.secret.copy(text.keysAddress)} />,
            ],
          ]}
        />
      </EditSection>
      <Certificates gateway={value} />
    </>
  );
}

const choices = [
  { value: 'true', label: text.yes },
  { value: 'false', label: text.no },
];

const Address = ({ value, label }: { value: string; label: string }) => (
  <>
    <code>{value}</code> <CopyButton value={value} label={label} />
  </>
);
