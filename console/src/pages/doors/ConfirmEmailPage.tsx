import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { confirmEmail, emailChangeOf } from '../../api/accounts.ts';
import { Button } from '../../kit/Button.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { doorText } from '../../messages/en.doors.ts';
import { Door, LinkDoor } from './Door.tsx';

/** From a mailed link: a person confirms that a new address is theirs. A click, since mail programs open links too. */
export const ConfirmEmailPage = () => (
  <LinkDoor title={text.confirmTitle} ask={emailChangeOf}>
    {({ email, tenantDisplayName }, token) => <Confirm email={email} tenant={tenantDisplayName} token={token} />}
  </LinkDoor>
);

function Confirm({ email, tenant, token }: { email: string; tenant: string; token: string }) {
  const [isDone, setDone] = useState(false);
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  if (isDone)
    return (
      <Door key="confirmed" title={text.confirmedTitle} lead={text.confirmedText(email, tenant)}>
        <p className="door-link">
          <Link to="/sign-in">{doorText.signIn}</Link>
        </p>
      </Door>
    );
  return (
    <Door title={text.confirmTitle} lead={text.confirmText(email, tenant)}>
      <ProblemNote error={error} />
      <Button
        kind="primary"
        full
        pending={isPending}
        onClick={async () => {
          setPending(true);
          setError(undefined);
          try {
            await confirmEmail(token);
            setDone(true);
          } catch (problem) {
            setError(problem);
          } finally {
            setPending(false);
          }
        }}
      >
        {text.confirmVerb}
      </Button>
    </Door>
  );
}
