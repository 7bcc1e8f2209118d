import { Link, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { linkCode, signInByLink, signInByLinkCode } from '../../api/sign-in.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, tokenOfLink } from './Door.tsx';
import { useArrive } from './enter.ts';

/** Without a code: the link is on its way. With one: a person uses it up by a click, which no mail scanner makes. */
export function LinkPage() {
  const { email } = useLocation({ select: ({ state }) => state });
  if (tokenOfLink() === '' && email) return <LinkSent email={email} />;
  if (tokenOfLink() === '') return <Door title={doorText.linkMissingTitle} lead={doorText.linkMissingText} />;
  return <UseLink secret={tokenOfLink()} />;
}

const check = checkBy({ code: 'required' });

/** Waits for the link; one that was opened elsewhere shows the code that is typed here. */
function LinkSent({ email }: { email: string }) {
  const arrive = useArrive();
  const draft = useDraft({ code: '' }, check);
  return (
    <Door title={text.linkSentTitle} lead={text.linkSent(email)}>
      <Form
        draft={draft}
        labels={{ code: text.linkCode }}
        check={check}
        submit={doorText.signIn}
        isGuarded={false}
        full
        onSubmit={async () => arrive(await signInByLinkCode(email, draft.values.code.trim()))}
      >
        <TextField
          draft={draft}
          name="code"
          label={text.linkCode}
          help={text.linkCodeHelp}
          autoComplete="one-time-code"
        />
      </Form>
      <p className="door-link">
        <Link to="/sign-in">{text.back}</Link>
      </p>
    </Door>
  );
}

function UseLink({ secret }: { secret: string }) {
  const arrive = useArrive();
  const draft = useDraft({});
  const [code, setCode] = useState<string>();
  if (code)
    return (
      <Door key="code" title={text.linkElsewhere} lead={text.linkElsewhereLead}>
        <p className="link-code">{code}</p>
        <p>{text.linkElsewhereWarning}</p>
      </Door>
    );
  return (
    <Door title={text.linkTitle} lead={text.linkLead}>
      <Form
        draft={draft}
        labels={{}}
        submit={doorText.signIn}
        isGuarded={false}
        full
        onSubmit={async () => {
          try {
            await arrive(await signInByLink(secret));
          } catch (error) {
            if (!(error instanceof ApiProblem) || error.code !== 'other-browser') throw error;
            setCode((await linkCode(secret)).code);
          }
        }}
      >
        {null}
      </Form>
    </Door>
  );
}
