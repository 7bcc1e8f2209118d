import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { passwordResetOf, resetPassword } from '../../api/sign-in.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, FocusField, LinkDoor } from './Door.tsx';

export const ResetPage = () => (
  <LinkDoor title={text.resetTitle} ask={passwordResetOf}>
    {({ email, minLength }, secret) => <ResetForm email={email} minLength={minLength} secret={secret} />}
  </LinkDoor>
);

const check = checkBy({ password: 'required' });

function ResetForm({ email, minLength, secret }: { email: string; minLength: number; secret: string }) {
  const [isDone, setDone] = useState(false);
  const draft = useDraft({ password: '' }, check);
  if (isDone)
    return (
      <Door key="done" title={text.resetDoneTitle} lead={text.resetDone}>
        <p className="door-link">
          <Link to="/sign-in">{doorText.signIn}</Link>
        </p>
      </Door>
    );
  return (
    <Door title={text.resetTitle} lead={text.resetLead}>
      <Form
        draft={draft}
        check={check}
        labels={{ password: doorText.newPassword }}
        submit={text.reset}
        isGuarded={false}
        full
        onSubmit={async () => {
          await resetPassword({ secret, password: draft.values.password });
          setDone(true);
        }}
      >
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          draft={draft}
          name="password"
          label={doorText.newPassword}
          autoComplete="new-password"
          help={text.passwordOf(minLength)}
        />
        <FocusField name="password" />
      </Form>
    </Door>
  );
}
