import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { acceptInvitation, invitationOf } from '../../api/session.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { Door, LinkDoor } from './Door.tsx';
import { useEnter } from './enter.ts';

export const AcceptPage = () => (
  <LinkDoor title={doorText.acceptTitle} ask={invitationOf} renew={doorText.askAnew.accept}>
    {(invitation, token) => <AcceptForm tenant={invitation.tenantDisplayName} email={invitation.email} token={token} />}
  </LinkDoor>
);

const check = checkBy({ password: 'password' });

function AcceptForm({ tenant, email, token }: { tenant: string; email: string; token: string }) {
  const enter = useEnter();
  const [isWaiting, setWaiting] = useState(false);
  const draft = useDraft({ password: '' }, check);
  if (isWaiting)
    return (
      <Door key="accepted" title={doorText.acceptedTitle} lead={doorText.acceptedWaiting}>
        <p className="door-link">
          <Link to="/sign-in">{doorText.signIn}</Link>
        </p>
      </Door>
    );
  return (
    <Door title={doorText.acceptTitle} lead={doorText.acceptLead(tenant, email)}>
      <Form
        draft={draft}
        check={check}
        labels={{ password: doorText.newPassword }}
        submit={doorText.accept}
        isGuarded={false}
        full
        onSubmit={async () => {
          const { password } = draft.values;
          const { status, tenantId } = await acceptInvitation({ token, password });
          if (status !== 'enabled') return setWaiting(true);
          return enter({ email, password, tenantId });
        }}
      >
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          draft={draft}
          name="password"
          label={doorText.newPassword}
          autoComplete="new-password"
          help={doorText.passwordHelp}
          autoFocus
        />
      </Form>
    </Door>
  );
}
