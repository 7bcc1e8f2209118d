import { Link, useLocation, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { forgetPassword } from '../../api/sign-in.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, FocusField } from './Door.tsx';

const check = checkBy({ email: 'email' });

/** Asks for a link to set a new password. The answer is the same whoever it is. */
export function ForgotPage() {
  const { email: typed } = useLocation({ select: ({ state }) => state });
  const { tenant } = useSearch({ strict: false }) as { tenant?: string };
  const [sent, setSent] = useState<string>();
  const draft = useDraft({ email: typed ?? '' }, check);
  const back = (
    <p className="door-link">
      <Link to="/sign-in">{text.back}</Link>
    </p>
  );
  if (sent)
    return (
      <Door key="sent" title={text.sentTitle} lead={text.sent(sent)}>
        {back}
      </Door>
    );
  return (
    <Door title={text.forgotTitle} lead={text.forgotLead}>
      <Form
        draft={draft}
        labels={{ email: doorText.email }}
        check={check}
        submit={text.sendLink}
        isGuarded={false}
        full
        onSubmit={async () => {
          const email = draft.values.email.trim();
          await forgetPassword({ email, ...(tenant ? { tenantId: tenant } : {}) });
          setSent(email);
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
        <FocusField name="email" />
      </Form>
      {back}
    </Door>
  );
}
