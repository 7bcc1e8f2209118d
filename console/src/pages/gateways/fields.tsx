import { useQuery } from '@tanstack/react-query';
import { identityProviders } from '../../api/tenant.ts';
import type { Draft } from '../../kit/draft.ts';
import { AreaField, SelectField, TextField } from '../../kit/fields.tsx';
import { gatewayText as text } from '../../messages/en.gateways.ts';
import { useHolds, useTenantId } from '../../shell/where.ts';

type Names = 'name' | 'prefix' | 'description' | 'identityProviderId' | 'audiences' | 'agentCertificates';

export const gatewayLabels: Record<Names, string> = {
  name: text.name,
  prefix: text.prefix,
  description: text.description,
  identityProviderId: text.tokens,
  audiences: text.audiences,
  agentCertificates: text.agentCertificates,
};

/** A gateway's own fields, new or changed. */
export function GatewayFields({ draft, isNew }: { draft: Draft<Names>; isNew?: boolean }) {
  const tenantId = useTenantId();
  const providers = useQuery({
    ...identityProviders(tenantId, { limit: 50 }),
    enabled: useHolds('identity-providers.view'),
    retry: false,
  });
  const kept = draft.initial.identityProviderId;
  const known = (providers.data?.items ?? []).filter(({ type }) => type === 'oidc');
  const options = [
    { value: '', label: text.tokensNone },
    ...known.map(({ id, name }) => ({ value: id, label: name })),
    ...(kept && !known.some(({ id }) => id === kept) ? [{ value: kept, label: kept }] : []),
  ];
  return (
    <>
      <TextField draft={draft} name="name" label={text.name} autoFocus={isNew ?? false} />
      <TextField draft={draft} name="prefix" label={text.prefix} help={text.prefixHelp} optional />
      <AreaField draft={draft} name="description" label={text.description} optional />
      <SelectField
        draft={draft}
        name="identityProviderId"
        label={text.tokens}
        help={text.tokensHelp}
        options={options}
        optional
      />
      <AreaField
        draft={draft}
        name="audiences"
        label={text.audiences}
        help={text.audiencesHelp}
        lines
        optional={draft.values.identityProviderId === ''}
      />
      {isNew ? null : (
        <AreaField
          draft={draft}
          name="agentCertificates"
          label={text.agentCertificates}
          help={text.agentCertificatesHelp}
          lines
          optional
        />
      )}
    </>
  );
}
