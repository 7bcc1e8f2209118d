import { useNavigate } from '@tanstack/react-router';
import { completeRegistration, registrationOf } from '../../api/session.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Facts } from '../../kit/Page.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { checkBy, given } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { Door, LinkDoor } from './Door.tsx';
import { useEnter } from './enter.ts';
import { OrganisationFields, organisation, organisationLabels, organisationRules } from './profile.tsx';

export const CompletePage = () => (
  <LinkDoor
    title={doorText.completeTitle}
    ask={registrationOf}
    renew={doorText.askAnew.register}
    again={{ to: '/register', text: doorText.registerTitle }}
  >
    {(details, token) => <CompleteForm details={details} token={token} />}
  </LinkDoor>
);

const check = checkBy({ password: 'password', ...organisationRules, phone: 'optionalPhone' });
const optional = ['companyId', 'taxId', 'phone', 'supportDomain'] as const;

function CompleteForm({ details, token }: { details: Awaited<ReturnType<typeof registrationOf>>; token: string }) {
  const enter = useEnter();
  const navigate = useNavigate();
  const draft = useDraft(
    { password: '', ...organisation, companyId: '', taxId: '', phone: '', supportDomain: '' },
    check,
  );
  const { values } = draft;
  return (
    <Door title={doorText.completeTitle} lead={doorText.completeLead} wide>
      <Facts
        items={[
          [doorText.email, details.email],
          [doorText.fullName, details.fullName],
          [doorText.region, details.region],
        ]}
      />
      <Form
        draft={draft}
        check={check}
        labels={{
          password: doorText.newPassword,
          ...organisationLabels,
          companyId: doorText.companyId,
          taxId: doorText.taxId,
          phone: doorText.phone,
          supportDomain: doorText.supportDomain,
        }}
        submit={doorText.complete}
        onSubmit={async () => {
          const { password, displayName, name, legalName, country } = values;
          const made = await completeRegistration({
            token,
            password,
            name,
            displayName: displayName.trim(),
            legalName: legalName.trim(),
            country,
            ...given(values, [...optional]),
          });
          await navigate({ to: '.', hash: '', replace: true, ignoreBlocker: true });
          return enter({ email: details.email, password, tenantId: made.tenantId });
        }}
      >
        <h2>{doorText.you}</h2>
        <input type="text" name="username" autoComplete="username" value={details.email} readOnly hidden />
        <PasswordField
          draft={draft}
          name="password"
          label={doorText.newPassword}
          autoComplete="new-password"
          help={doorText.passwordHelp}
        />
        <h2>{doorText.organisation}</h2>
        <OrganisationFields draft={draft} />
        <details className="more">
          <summary>{doorText.more}</summary>
          <TextField draft={draft} name="companyId" label={doorText.companyId} optional />
          <TextField draft={draft} name="taxId" label={doorText.taxId} optional />
          <TextField
            draft={draft}
            name="phone"
            label={doorText.phone}
            type="tel"
            inputMode="tel"
            help={doorText.phoneHelp}
            optional
          />
          <TextField
            draft={draft}
            name="supportDomain"
            label={doorText.supportDomain}
            help={doorText.supportDomainHelp}
            optional
          />
        </details>
      </Form>
    </Door>
  );
}
