import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import type { Versioned } from '../../api/client.ts';
import { regions } from '../../api/session.ts';
import { tenant } from '../../api/tenant.ts';
import { changeTenant } from '../../api/tenants.ts';
import type { Address, Tenant } from '../../api/types.ts';
import { countryOptions } from '../../kit/countries.ts';
import { type Errors, useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { ChoiceField, SelectField, TextField } from '../../kit/fields.tsx';
import { Facts, Page, Section } from '../../kit/Page.tsx';
import { Note, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { toast } from '../../kit/toasts.tsx';
import { doorText } from '../../messages/en.doors.ts';
import { tenantText } from '../../messages/en.tenants.ts';
import { en } from '../../messages/en.ts';
import { languages } from '../../messages/languages.ts';
import { reasonOf, useReason, useTenantId } from '../../shell/where.ts';

export function EditTenantPage() {
  const tenantId = useTenantId();
  const found = useQuery(tenant(tenantId));
  const reason = found.data ? reasonOf(found.data.value.actions, 'tenants.change') : null;
  return (
    <Page
      title={tenantText.editTitle}
      place={found.data?.value.displayName}
      width="text"
      crumb={
        <Link to="/t/$tenantId/profile" params={{ tenantId }}>
          {tenantText.profile}
        </Link>
      }
    >
      {found.data && reason ? (
        <Note tone="locked" title={en.readOnly.title}>
          {reason}
        </Note>
      ) : found.data ? (
        <EditForm found={found.data} />
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : (
        <Skeleton lines={8} />
      )}
    </Page>
  );
}

const parts = ['mailingName', 'line1', 'line2', 'line3', 'city', 'state', 'postalCode', 'country'] as const;
type Part = (typeof parts)[number];
const kinds = ['primaryAddress', 'billingAddress'] as const;
type Kind = (typeof kinds)[number];
const plain = [
  'displayName',
  'legalName',
  'country',
  'companyId',
  'taxId',
  'phone',
  'supportDomain',
  'namespaceRegions',
  'accountEnabling',
  'language',
] as const;
type Field = (typeof plain)[number] | `${Kind}.${Part}`;

const addressFields = (kind: Kind, address: Address | null) =>
  Object.fromEntries(parts.map((part) => [`${kind}.${part}`, address?.[part] ?? ''])) as Record<
    `${Kind}.${Part}`,
    string
  >;

const valuesOf = (value: Tenant): Record<Field, string> => ({
  displayName: value.displayName,
  legalName: value.legalName,
  country: value.country,
  companyId: value.companyId ?? '',
  taxId: value.taxId ?? '',
  phone: value.phone ?? '',
  supportDomain: value.supportDomain ?? '',
  namespaceRegions: [...value.namespaceRegions].sort().join(','),
  accountEnabling: value.accountEnabling,
  language: value.language,
  ...addressFields('primaryAddress', value.primaryAddress),
  ...addressFields('billingAddress', value.billingAddress),
});

const labels = {
  ...Object.fromEntries(plain.map((name) => [name, tenantText[name === 'accountEnabling' ? 'enabling' : name]])),
  ...Object.fromEntries(
    kinds.flatMap((kind) =>
      parts.map((part) => [`${kind}.${part}`, `${tenantText[kind]}, ${tenantText.address[part]}`]),
    ),
  ),
} as Record<Field, string>;

const byRule = checkBy({ displayName: 'required', legalName: 'required', country: 'required', phone: 'optionalPhone' });
function check(values: Record<Field, string>): Errors {
  const errors = byRule(values);
  for (const kind of kinds) {
    if (!parts.some((part) => values[`${kind}.${part}`].trim())) continue;
    for (const part of ['line1', 'city', 'country'] as const)
      if (!values[`${kind}.${part}`].trim()) errors[`${kind}.${part}`] = tenantText.addressNeeds;
  }
  if (!values.namespaceRegions) errors.namespaceRegions = doorText.is.required;
  return errors;
}

/** Only what differs; an address goes as a whole, an emptied one as null. */
function changesOf(values: Record<Field, string>, changed: Field[]) {
  const changes: Record<string, unknown> = {};
  for (const name of plain) {
    if (!changed.includes(name)) continue;
    if (name === 'namespaceRegions') changes[name] = values[name].split(',');
    else
      changes[name] =
        values[name].trim() || (['companyId', 'taxId', 'phone', 'supportDomain'].includes(name) ? null : '');
  }
  for (const kind of kinds) {
    if (!changed.some((name) => name.startsWith(`${kind}.`))) continue;
    const address = Object.fromEntries(
      parts.map((part) => [part, values[`${kind}.${part}`].trim()]).filter(([, text]) => text),
    );
    changes[kind] = Object.keys(address).length ? address : null;
  }
  return changes;
}

function EditForm({ found }: { found: Versioned<Tenant> }) {
  const signInReason = useReason('identity-providers.change');
  const { value } = found;
  const version = useRef(found.version);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const offered = useQuery(regions).data?.items ?? [];
  const draft = useDraft<Field>(valuesOf(value), check);
  const back = () => navigate({ to: '/t/$tenantId/profile', params: { tenantId: value.id } });
  const address = (kind: Kind) => (
    <fieldset className="plain-fieldset">
      <legend className="visually-hidden">{tenantText[kind]}</legend>
      {parts.map((part) =>
        part === 'country' ? (
          <SelectField
            key={part}
            draft={draft}
            name={`${kind}.country`}
            label={tenantText.address.country}
            options={[{ value: '', label: '' }, ...countryOptions]}
            optional
          />
        ) : (
          <TextField
            key={part}
            draft={draft}
            name={`${kind}.${part}`}
            label={tenantText.address[part]}
            optional
            spellCheck
          />
        ),
      )}
    </fieldset>
  );
  return (
    <Form
      draft={draft}
      check={check as never}
      labels={labels}
      submit={en.action.save}
      isEdit
      onCancel={back}
      onSubmit={async () => {
        const saved = await changeTenant(value.id, version.current, changesOf(draft.values, draft.changed) as never);
        queryClient.setQueryData(tenant(value.id).queryKey, saved);
      }}
      onDone={() => {
        toast({ text: tenantText.saved });
        void back();
      }}
      reread={async () => {
        const now = await queryClient.fetchQuery({ ...tenant(value.id), staleTime: 0 });
        version.current = now.version;
        return valuesOf(now.value);
      }}
    >
      <Section title={tenantText.identity}>
        <TextField draft={draft} name="displayName" label={tenantText.displayName} spellCheck />
        <TextField draft={draft} name="legalName" label={tenantText.legalName} spellCheck />
        <SelectField draft={draft} name="country" label={tenantText.country} options={countryOptions} />
        <TextField
          draft={draft}
          name="companyId"
          label={tenantText.companyId}
          help={tenantText.companyIdHelp}
          optional
        />
        <TextField draft={draft} name="taxId" label={tenantText.taxId} help={tenantText.taxIdHelp} optional />
        <TextField
          draft={draft}
          name="phone"
          label={tenantText.phone}
          type="tel"
          inputMode="tel"
          help={doorText.phoneHelp}
          optional
        />
        <TextField
          draft={draft}
          name="supportDomain"
          label={tenantText.supportDomain}
          help={doorText.supportDomainHelp}
          optional
        />
      </Section>
      <Section title={tenantText.primaryAddress}>{address('primaryAddress')}</Section>
      <Section title={tenantText.billingAddress}>{address('billingAddress')}</Section>
      <Section title={tenantText.policies}>
        <ChoiceField
          draft={draft}
          name="namespaceRegions"
          label={tenantText.namespaceRegions}
          help={tenantText.namespaceRegionsHelp}
          options={offered.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))}
        />
        {signInReason === null ? (
          <SelectField
            draft={draft}
            name="accountEnabling"
            label={tenantText.enabling}
            help={tenantText.enablingHelp}
            options={Object.entries(tenantText.enablingOptions).map(([option, label]) => ({ value: option, label }))}
          />
        ) : (
          <Facts
            isLocked
            items={[[tenantText.enabling, tenantText.enablingOptions[value.accountEnabling], signInReason]]}
          />
        )}
        <SelectField
          draft={draft}
          name="language"
          label={tenantText.language}
          help={tenantText.languageHelp}
          options={Object.entries(languages).map(([value, label]) => ({ value, label }))}
        />
      </Section>
    </Form>
  );
}
