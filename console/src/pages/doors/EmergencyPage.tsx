import { Link, useParams } from '@tanstack/react-router';
import { signInByEmergencyCode } from '../../api/sign-in.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, FocusField } from './Door.tsx';
import { useArrive } from './enter.ts';

const check = checkBy({ email: 'email', code: 'required' });

/** The way in that is always there: an owner with a one-time code, whatever the provider does. */
export function EmergencyPage() {
  const { tenantId } = useParams({ strict: false }) as { tenantId: string };
  const arrive = useArrive();
  const draft = useDraft({ email: '', code: '' }, check);
  return (
    <Door title={text.emergencyTitle} lead={text.emergencyLead}>
      <Form
        draft={draft}
        labels={{ email: doorText.email, code: text.emergencyCode }}
        check={check}
        submit={text.emergencySubmit}
        isGuarded={false}
        full
        onSubmit={async () => {
          const { email, code } = draft.values;
          return arrive(await signInByEmergencyCode({ tenantId, email: email.trim(), code: code.trim() }));
        }}
      >
        <TextField
          draft={draft}
          name="email"
          label={doorText.email}
          type="email"
          inputMode="email"
          autoComplete="username"
        />
        <TextField draft={draft} name="code" label={text.emergencyCode} help={text.emergencyHelp} />
        <FocusField name="email" />
      </Form>
      <p className="door-link">
        <Link to="/t/$tenantId/sign-in" params={{ tenantId }}>
          {text.back}
        </Link>
      </p>
    </Door>
  );
}
