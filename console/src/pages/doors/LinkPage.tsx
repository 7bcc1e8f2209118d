import { Link, useLocation } from '@tanstack/react-router';
import { signInByLink } from '../../api/sign-in.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, tokenOfLink } from './Door.tsx';
import { useArrive } from './enter.ts';

/** Without a code: the link is on its way. With one: a person uses it up by a click, which no mail scanner makes. */
export function LinkPage() {
  const { email } = useLocation({ select: ({ state }) => state });
  if (tokenOfLink() === '' && email)
    return (
      <Door title={text.linkSentTitle} lead={text.linkSent(email)}>
        <p className="door-link">
          <Link to="/sign-in">{text.back}</Link>
        </p>
      </Door>
    );
  if (tokenOfLink() === '') return <Door title={doorText.linkMissingTitle} lead={doorText.linkMissingText} />;
  return <UseLink secret={tokenOfLink()} />;
}

function UseLink({ secret }: { secret: string }) {
  const arrive = useArrive();
  const draft = useDraft({});
  return (
    <Door title={text.linkTitle} lead={text.linkLead}>
      <Form
        draft={draft}
        labels={{}}
        submit={doorText.signIn}
        isGuarded={false}
        full
        onSubmit={async () => arrive(await signInByLink(secret))}
      >
        {null}
      </Form>
    </Door>
  );
}
