import { Link, useSearch } from '@tanstack/react-router';
import { Fragment, type ReactNode } from 'react';
import { CopyButton } from '../../kit/CopyButton.tsx';
import type { Draft } from '../../kit/draft.ts';
import { EditSection } from '../../kit/EditSection.tsx';
import { AreaField, PresetField, SelectField, TextField } from '../../kit/fields.tsx';
import { Facts, Section } from '../../kit/Page.tsx';
import { providerGuides } from '../../messages/en.provider-guides.ts';
import { partText } from '../../messages/en.provider-parts.ts';
import { providerText as text } from '../../messages/en.providers.ts';
import { en } from '../../messages/en.ts';
import { Certificates } from './Certificates.tsx';
import { ClientSecret } from './ClientSecret.tsx';
import {
  changesOf,
  choicesOf,
  connectionFields,
  type Desk,
  type Field,
  labelsOf,
  mappingFields,
  shownOf,
  useFieldOfAddress,
  valuesOf,
} from './connection.ts';
import { Metadata } from './Metadata.tsx';
import { vendorOf, vendors } from './vendors.ts';

/** How the two meet: the guide of the product, our values for it, and its values for us. */
export function ConnectionPart({ desk }: { desk: Desk }) {
  const { value } = desk.found;
  useFieldOfAddress();
  return (
    <div className="set-up">
      <Guide desk={desk} />
      <div>
        <EditPart
          desk={desk}
          title={partText.settings}
          lead={partText.settingsLead}
          fields={connectionFields[value.type]}
          saved={partText.saved}
        >
          {value.type === 'oauth2' ? <Facts items={[[partText.grantType, partText.grantTypeValue]]} /> : null}
        </EditPart>
        {value.type === 'saml' ? <Certificates desk={desk} /> : <ClientSecret desk={desk} />}
      </div>
    </div>
  );
}

export function AttributesPart({ desk }: { desk: Desk }) {
  const { type } = desk.found.value;
  useFieldOfAddress();
  return (
    <EditPart
      desk={desk}
      title={partText.attributes}
      lead={partText.attributesLead}
      fields={mappingFields(type)}
      saved={partText.attributesSaved}
    >
      {type === 'oidc' ? (
        <Facts items={[[partText.fields['mapping.subject'] as string, partText.subjectOfOidc]]} />
      ) : null}
    </EditPart>
  );
}

function EditPart({
  desk,
  title,
  lead,
  fields,
  saved,
  children,
}: {
  desk: Desk;
  title: string;
  lead: string;
  fields: Field[];
  saved: string;
  children: ReactNode;
}) {
  const { found } = desk;
  return (
    <EditSection
      title={title}
      lead={lead}
      found={found}
      operation="identity-providers.change"
      labels={labelsOf(fields)}
      valuesOf={(value) => valuesOf(value, fields)}
      shownOf={(values) => shownOf(values, fields)}
      save={(version, changes) => desk.change(version, changesOf(changes, fields))}
      read={desk.read}
      queryKey={desk.queryKey}
      saved={saved}
      fields={(draft) => (
        <>
          {fields
            .filter(
              ({ name, isMore }) => !isMore && (name !== 'saml.followsMetadata' || draft.values['saml.metadataUrl']),
            )
            .map((field) =>
              field.name === 'saml.metadataUrl' ? (
                <Metadata key={field.name} desk={desk} draft={draft}>
                  <OneField draft={draft} field={field} />
                </Metadata>
              ) : (
                <OneField key={field.name} draft={draft} field={field} />
              ),
            )}
          {fields.some(({ isMore }) => isMore) ? (
            <details className="more">
              <summary>{partText.more}</summary>
              {fields
                .filter(({ isMore }) => isMore)
                .map((field) => (
                  <OneField key={field.name} draft={draft} field={field} />
                ))}
            </details>
          ) : null}
        </>
      )}
    >
      {children}
    </EditSection>
  );
}

export function OneField({ draft, field: { name, kind, isNeeded } }: { draft: Draft<string>; field: Field }) {
  const common = {
    draft,
    name,
    label: partText.fields[name] ?? name,
    help: partText.help[name],
    ...(isNeeded ? {} : { optional: true }),
  };
  if (kind === 'choice') {
    const known = choicesOf(name);
    const value = draft.values[name] ?? '';
    const options = { ...known, ...(value in known ? {} : { [value]: value }) };
    return (
      <SelectField {...common} options={Object.entries(options).map(([code, label]) => ({ value: code, label }))} />
    );
  }
  if (kind === 'yes')
    return (
      <PresetField
        {...common}
        options={[
          { value: 'no', label: partText.no },
          { value: 'yes', label: partText.yes },
        ]}
      />
    );
  if (kind === 'certificates') return <AreaField {...common} rows={6} lines />;
  return <TextField {...common} />;
}

function Guide({ desk: { found } }: { desk: Desk }) {
  const { value } = found;
  const { guide } = useSearch({ strict: false }) as { guide?: string };
  const speaking = Object.keys(vendors).filter((vendor) => vendors[vendor]?.includes(value.type));
  const chosen = guide && speaking.includes(guide) ? guide : vendorOf(value);
  const { lead, steps, after } = providerGuides[`${chosen}.${value.type}`] ?? { lead: '', steps: [] };
  const { addresses } = value;
  const values: Record<string, ReactNode> = Object.fromEntries(
    Object.entries(addresses).map(([name, address]) => [
      `{${name}}`,
      <Copyable key={name} value={String(address)} label={partText.addresses[name] ?? name} />,
    ]),
  );
  const filled = (step: string) =>
    step.split(/(\{\w+\}|\*\*[^*]+\*\*)/).map((part, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a fixed text
      <Fragment key={at}>{values[part] ?? (part.startsWith('**') ? <b>{part.slice(2, -2)}</b> : part)}</Fragment>
    ));
  return (
    <div>
      <Section title={`${partText.guide}: ${text.vendors[chosen]}`} lead={lead || partText.guideLead}>
        <nav className="guide-choice" aria-label={partText.guideFor}>
          {speaking.map((vendor) => (
            <Link
              key={vendor}
              to="."
              hash={(old) => old ?? ''}
              search={((old: object) => ({ ...old, guide: vendor })) as never}
              resetScroll={false}
              replace
              aria-current={vendor === chosen ? 'true' : undefined}
              className="chip"
            >
              {text.vendors[vendor]}
            </Link>
          ))}
        </nav>
        <ol className="guide">
          {steps.map((step) => (
            <li key={step}>{filled(step)}</li>
          ))}
        </ol>
        {after ? <p className="faint">{filled(after)}</p> : null}
      </Section>
      <Section title={partText.values} lead={partText.valuesLead}>
        <Facts
          items={Object.entries(addresses).map(([name, address]) => [
            partText.addresses[name] ?? name,
            <Copyable key={name} value={String(address)} label={partText.addresses[name] ?? name} />,
          ])}
        />
      </Section>
    </div>
  );
}

const Copyable = ({ value, label }: { value: string; label: string }) => (
  <span className="guide-value">
    <code>{value}</code>
    <CopyButton value={value} label={`${en.action.copy}: ${label}`} />
  </span>
);
