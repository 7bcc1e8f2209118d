import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { isOwnPath } from '../../addresses.ts';
import { discover, signIn } from '../../api/session.ts';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { Door } from './Door.tsx';

type Discovered = Awaited<ReturnType<typeof discover>>;
type Choices = NonNullable<Awaited<ReturnType<typeof signIn>>['choices']>;

/** The address first; then how it may sign in; then, for who is in several tenants, which one. */
export function SignInPage() {
  const search = useSearch({ strict: false }) as { next?: string; signedOut?: string };
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [found, setFound] = useState<Discovered>();
  const [choices, setChoices] = useState<Choices>();
  const [problem, setProblem] = useState<unknown>();
  const check = checkBy({ email: 'email', ...(found ? { password: 'required' as const } : {}) });
  const draft = useDraft({ email: '', password: '' }, check);

  const enter = async (tenantId?: string) => {
    const done = await signIn({
      email: draft.values.email.trim(),
      password: draft.values.password,
      ...(tenantId ? { tenantId } : {}),
    });
    if (done.choices) return setChoices(done.choices);
    queryClient.clear();
    await navigate({ to: (isOwnPath(search.next) ? search.next : '/') as never, replace: true });
  };

  if (choices)
    return (
      <Door key="choose" title={doorText.choose} lead={doorText.chooseText}>
        <ProblemNote error={problem} />
        <ul className="door-choices">
          {choices.map(({ tenantId, displayName, region }) => (
            <li key={tenantId}>
              <button type="button" className="door-choice" onClick={() => enter(tenantId).catch(setProblem)}>
                <strong>{displayName}</strong>
                <span className="tenant-region">{region}</span>
              </button>
            </li>
          ))}
        </ul>
      </Door>
    );
  const others = found?.regions.filter(({ isServedHere }) => !isServedHere) ?? [];
  return (
    <Door title={doorText.signInTitle}>
      {search.signedOut ? (
        <p className="note note-good">{doorText.signedOut}</p>
      ) : search.next ? (
        <p className="note note-info">{doorText.sessionEnded}</p>
      ) : null}
      {found ? (
        <Form
          key="password"
          draft={draft}
          labels={{ password: doorText.password }}
          check={check}
          submit={doorText.signIn}
          isGuarded={false}
          full
          onSubmit={() => enter()}
        >
          <div className="door-address">
            <span>{draft.values.email}</span>
            <button type="button" className="link-button" onClick={() => setFound(undefined)}>
              {doorText.otherAddress}
            </button>
          </div>
          {/* Password managers look for the name beside the password. */}
          <input type="text" name="username" autoComplete="username" value={draft.values.email} readOnly hidden />
          <PasswordField
            draft={draft}
            name="password"
            label={doorText.password}
            autoComplete="current-password"
            autoFocus
          />
          <FocusField name="password" />
        </Form>
      ) : (
        <Form
          key="email"
          draft={draft}
          labels={{ email: doorText.email }}
          check={check}
          submit={doorText.next}
          isGuarded={false}
          full
          onSubmit={async () => setFound(await discover(draft.values.email.trim()))}
        >
          <TextField
            draft={draft}
            name="email"
            label={doorText.email}
            type="email"
            inputMode="email"
            autoComplete="username"
            autoFocus
          />
          <FocusField name="email" />
        </Form>
      )}
      {others.length > 0 ? (
        <div className="door-elsewhere">
          <p className="faint small">{doorText.elsewhere}</p>
          <ul>
            {others.map(({ code, name, baseUrl }) => (
              <li key={code}>
                <a href={`${baseUrl}/sign-in`}>{name}</a>
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      {found ? null : (
        <p className="door-link">
          {doorText.noAccount} <Link to="/register">{doorText.registerLink}</Link>
        </p>
      )}
    </Door>
  );
}

/** Takes the focus to the step's only field when the step appears. */
function FocusField({ name }: { name: string }) {
  useEffect(() => document.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.focus(), [name]);
  return null;
}
