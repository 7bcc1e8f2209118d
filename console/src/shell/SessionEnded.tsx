import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { me } from '../api/session.ts';
import { type SignedIn, type Step, signIn, signInPage } from '../api/sign-in.ts';
import { Dialog } from '../kit/Dialog.tsx';
import { useDraft } from '../kit/draft.ts';
import { Form } from '../kit/Form.tsx';
import { TextField } from '../kit/fields.tsx';
import { PasswordField } from '../kit/PasswordField.tsx';
import { doorText } from '../messages/en.doors.ts';
import { signInText } from '../messages/en.sign-in.ts';
import { en } from '../messages/en.ts';
import { SecondFactor } from '../pages/doors/SecondFactor.tsx';

/** Sign-in over the page: what was typed below stays. Someone else's sign-in loads the page anew. */
export function SessionEnded({ onSignedIn }: { onSignedIn: () => void }) {
  const queryClient = useQueryClient();
  const who = useQuery({ ...me, enabled: false }).data;
  const [was] = useState(who);
  const tenantId = was?.tenantId ?? '';
  const page = useQuery({ ...signInPage(tenantId), enabled: tenantId !== '' }).data;
  const [asks, setAsks] = useState<Step[]>();
  const draft = useDraft({ email: was?.email ?? '', password: '' });
  const arrived = (done: SignedIn) => {
    if (was && (done.tenantId !== was.tenantId || (was.id && done.accountId !== was.id))) location.reload();
    onSignedIn();
    void queryClient.invalidateQueries();
  };
  const elsewhere = `/t/${tenantId}/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
  return (
    <Dialog title={en.session.ended}>
      <p>{en.session.endedText}</p>
      {asks ? (
        <SecondFactor asks={asks} onDone={arrived} />
      ) : page && !page.methods.includes('password') ? null : (
        <Form
          draft={draft}
          labels={{ email: doorText.email, password: doorText.password }}
          submit={doorText.signIn}
          isGuarded={false}
          onSubmit={async () => {
            const done = await signIn({ ...draft.values, ...(tenantId ? { tenantId } : {}) });
            const next = done.asks?.filter((each) => each !== 'enrol-factor' && each !== 'new-password');
            if (next?.length) setAsks(next);
            else if (done.asks?.length) location.assign(elsewhere);
            else arrived(done);
          }}
        >
          <TextField draft={draft} name="email" label={doorText.email} type="email" autoComplete="username" />
          <PasswordField
            draft={draft}
            name="password"
            label={doorText.password}
            autoComplete="current-password"
            autoFocus
          />
        </Form>
      )}
      {tenantId ? (
        <p className="door-link">
          <a href={elsewhere}>{signInText.otherWay}</a>
        </p>
      ) : null}
    </Dialog>
  );
}
