import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { me, signIn } from '../api/session.ts';
import { Dialog } from '../kit/Dialog.tsx';
import { useDraft } from '../kit/draft.ts';
import { Form } from '../kit/Form.tsx';
import { TextField } from '../kit/fields.tsx';
import { PasswordField } from '../kit/PasswordField.tsx';
import { doorText } from '../messages/en.doors.ts';
import { en } from '../messages/en.ts';

/** Sign-in over the page: what was typed below stays. Someone else's sign-in loads the page anew. */
export function SessionEnded({ onSignedIn }: { onSignedIn: () => void }) {
  const queryClient = useQueryClient();
  const who = useQuery({ ...me, enabled: false }).data;
  const [was] = useState(who);
  const draft = useDraft({ email: was?.email ?? '', password: '' });
  return (
    <Dialog title={en.session.ended}>
      <p>{en.session.endedText}</p>
      <Form
        draft={draft}
        labels={{ email: doorText.email, password: doorText.password }}
        submit={doorText.signIn}
        isGuarded={false}
        onSubmit={async () => {
          const done = await signIn({ ...draft.values, ...(was?.tenantId ? { tenantId: was.tenantId } : {}) });
          if (was && (done.tenantId !== was.tenantId || (was.id && done.accountId !== was.id))) location.reload();
        }}
        onDone={() => {
          onSignedIn();
          void queryClient.invalidateQueries();
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
    </Dialog>
  );
}
