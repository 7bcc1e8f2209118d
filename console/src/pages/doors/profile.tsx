import { countryOptions, suggestedCountry } from '../../kit/countries.ts';
import type { Draft } from '../../kit/draft.ts';
import { PresetField, SelectField, TextField } from '../../kit/fields.tsx';
import { systemNameFrom } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';

/** The country is a suggestion by the browser's language, `en-AU`; a language without a country suggests none. */
export const organisation = { displayName: '', name: '', legalName: '', country: suggestedCountry() };
export type Organisation = keyof typeof organisation;
export const organisationRules = {
  displayName: 'required',
  name: 'systemName',
  legalName: 'required',
  country: 'required',
} as const;
export const organisationLabels = {
  displayName: doorText.displayName,
  name: doorText.systemName,
  legalName: doorText.legalName,
  country: doorText.country,
};

/** The names of an organisation; the system name and the legal name follow the display name until they are typed. */
export function OrganisationFields<K extends string>({ draft }: { draft: Draft<K | Organisation> }) {
  const { values } = draft;
  const following: Draft<K | Organisation> = {
    ...draft,
    set(name, value) {
      draft.set(name, value);
      if (name !== 'displayName') return;
      if (values.name === systemNameFrom(values.displayName)) draft.set('name', systemNameFrom(value));
      if (values.legalName === values.displayName) draft.set('legalName', value);
    },
  };
  return (
    <>
      <TextField
        draft={following}
        name="displayName"
        label={doorText.displayName}
        help={doorText.displayNameHelp}
        autoComplete="organization"
        spellCheck
      />
      <TextField draft={draft} name="name" label={doorText.systemName} help={doorText.systemNameHelp} />
      <TextField draft={draft} name="legalName" label={doorText.legalName} help={doorText.legalNameHelp} spellCheck />
      <SelectField
        draft={draft}
        name="country"
        label={doorText.country}
        options={[{ value: '', label: '' }, ...countryOptions]}
        autoComplete="country"
      />
    </>
  );
}

/** The region comes first: it decides where everything typed after it is stored. */
export function RegionField<K extends string>({
  draft,
  offered,
}: {
  draft: Draft<K | 'region'>;
  offered: { code: string; name: string }[];
}) {
  return (
    <PresetField
      draft={draft}
      name="region"
      label={doorText.region}
      help={doorText.regionHelp}
      options={offered.map(({ code, name }) => ({ value: code, label: `${name} (${code})` }))}
    />
  );
}
