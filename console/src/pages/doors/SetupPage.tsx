import { firstRun, firstRunOf } from '../../api/session.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { Door, LinkDoor } from './Door.tsx';
import { useEnter } from './enter.ts';
import { OrganisationFields, organisation, organisationLabels, organisationRules, RegionField } from './profile.tsx';

export const SetupPage = () => (
  <LinkDoor
    title={doorText.setupTitle}
    ask={firstRunOf}
    renew={doorText.askAnew.setup}
    missing={doorText.setupLinkMissing}
  >
    {({ regions }, token) => <SetupForm offered={regions} token={token} />}
  </LinkDoor>
);

const check = checkBy({
  region: 'required',
  ...organisationRules,
  'owner.firstName': 'required',
  'owner.lastName': 'required',
  'owner.email': 'email',
  'owner.password': 'password',
});

function SetupForm({ offered, token }: { offered: { code: string; name: string }[]; token: string }) {
  const enter = useEnter();
  const draft = useDraft(
    {
      region: offered.length === 1 ? (offered[0]?.code ?? '') : '',
      ...organisation,
      'owner.firstName': '',
      'owner.lastName': '',
      'owner.email': '',
      'owner.password': '',
    },
    check,
  );
  const { values } = draft;
  return (
    <Door title={doorText.setupTitle} lead={doorText.setupLead} wide>
      <Form
        draft={draft}
        check={check}
        labels={{
          region: doorText.region,
          ...organisationLabels,
          'owner.firstName': doorText.firstName,
          'owner.lastName': doorText.lastName,
          'owner.email': doorText.email,
          'owner.password': doorText.password,
        }}
        submit={doorText.setup}
        onSubmit={async () => {
          const { region, displayName, name, legalName, country } = values;
          const owner = {
            firstName: values['owner.firstName'].trim(),
            lastName: values['owner.lastName'].trim(),
            email: values['owner.email'].trim(),
            password: values['owner.password'],
          };
          const made = await firstRun({
            token,
            region,
            name,
            displayName: displayName.trim(),
            legalName: legalName.trim(),
            country,
            owner,
          });
          return enter({ email: owner.email, password: owner.password, tenantId: made.tenantId });
        }}
      >
        <RegionField draft={draft} offered={offered} />
        <h2>{doorText.organisation}</h2>
        <OrganisationFields draft={draft} />
        <h2>{doorText.owner}</h2>
        <div className="field-row">
          <TextField draft={draft} name="owner.firstName" label={doorText.firstName} autoComplete="given-name" />
          <TextField draft={draft} name="owner.lastName" label={doorText.lastName} autoComplete="family-name" />
        </div>
        <TextField
          draft={draft}
          name="owner.email"
          label={doorText.email}
          type="email"
          inputMode="email"
          autoComplete="username"
        />
        <PasswordField
          draft={draft}
          name="owner.password"
          label={doorText.password}
          autoComplete="new-password"
          help={doorText.passwordHelp}
        />
      </Form>
    </Door>
  );
}
