import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { mailSignInLink, type SignedIn, type SignInMethod, signIn, signInByPasskey } from '../../api/sign-in.ts';
import { Button } from '../../kit/Button.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { FocusField, ToldApart } from './Door.tsx';
import { useArrive } from './enter.ts';

interface WaysProps {
  methods: SignInMethod[];
  /** The address that was typed before; asked for here when there is none. */
  email?: string | undefined;
  tenantId?: string;
  onOtherAddress?: () => void;
  /** Beside providers, which come first. */
  isBeside?: boolean;
}

const check = checkBy({ email: 'email', password: 'required' });

/** What may be tried without a provider: password, passkey, mailed link. Who is in several tenants chooses afterwards. */
export function Ways({ methods, email, tenantId, onOtherAddress, isBeside = false }: WaysProps) {
  const arrive = useArrive();
  const navigate = useNavigate();
  const draft = useDraft({ email: email ?? '', password: '' }, check);
  const [choices, setChoices] = useState<NonNullable<SignedIn['choices']>>();
  const [problem, setProblem] = useState<unknown>();
  const [pending, setPending] = useState<'passkey' | 'link'>();
  const typed = draft.values.email.trim();

  const enter = async (chosen = tenantId) => {
    const { password } = draft.values;
    const done = await signIn({ email: typed, password, ...(chosen ? { tenantId: chosen } : {}) });
    return done.choices ? setChoices(done.choices) : arrive(done);
  };
  const tryIt = async (what: 'passkey' | 'link', work: () => Promise<unknown>) => {
    setPending(what);
    setProblem(undefined);
    await work().catch(setProblem);
    setPending(undefined);
  };

  if (choices)
    return (
      <>
        <p className="door-lead">{doorText.chooseText}</p>
        <ProblemNote error={problem} />
        <ul className="door-choices">
          {choices.map(({ tenantId: id, displayName, region }) => (
            <li key={id}>
              <button type="button" className="door-choice" onClick={() => enter(id).catch(setProblem)}>
                <strong>{displayName}</strong>
                <span className="tenant-region">{region}</span>
                <ToldApart
                  tenantId={id}
                  isAlike={choices.some(
                    (each) => each.tenantId !== id && each.displayName === displayName && each.region === region,
                  )}
                />
              </button>
            </li>
          ))}
        </ul>
      </>
    );
  return (
    <>
      {methods.includes('password') ? (
        <Form
          draft={draft}
          labels={{ email: doorText.email, password: doorText.password }}
          check={check}
          submit={doorText.signIn}
          isGuarded={false}
          full
          onSubmit={() => enter()}
        >
          {email ? (
            <>
              <div className="door-address">
                <span>{email}</span>
                {onOtherAddress ? (
                  <button type="button" className="link-button" onClick={onOtherAddress}>
                    {doorText.otherAddress}
                  </button>
                ) : null}
              </div>
              {/* Password managers look for the name beside the password. */}
              <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
            </>
          ) : (
            <TextField
              draft={draft}
              name="email"
              label={doorText.email}
              type="email"
              inputMode="email"
              autoComplete="username"
            />
          )}
          <PasswordField
            draft={draft}
            name="password"
            label={doorText.password}
            autoComplete="current-password"
            autoFocus={Boolean(email)}
          />
          {isBeside ? null : <FocusField name={email ? 'password' : 'email'} />}
        </Form>
      ) : null}
      <ProblemNote error={problem} />
      <div className="door-others">
        {methods.includes('passkey') ? (
          <Button
            full
            pending={pending === 'passkey'}
            onClick={() => tryIt('passkey', async () => arrive(await signInByPasskey()))}
          >
            {text.passkey}
          </Button>
        ) : null}
        {methods.includes('link') ? (
          <Button
            full
            pending={pending === 'link'}
            onClick={() =>
              tryIt('link', async () => {
                const { email: wrong } = check(draft.values);
                if (wrong) return draft.setErrors({ email: wrong });
                await mailSignInLink({ email: typed, ...(tenantId ? { tenantId } : {}) });
                await navigate({ to: '/sign-in/link', state: { email: typed } });
              })
            }
          >
            {text.link}
          </Button>
        ) : null}
      </div>
      {methods.includes('password') ? (
        <p className="door-link">
          <Link to="/sign-in/forgot" search={tenantId ? { tenant: tenantId } : {}} state={{ email: typed }}>
            {text.forgot}
          </Link>
        </p>
      ) : null}
    </>
  );
}
