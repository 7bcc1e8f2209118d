import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { canUsePasskeys } from '../../api/passkeys.ts';
import * as api from '../../api/sign-in.ts';
import { Button } from '../../kit/Button.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { PasswordField } from '../../kit/PasswordField.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { doorText } from '../../messages/en.doors.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { Door, FocusField } from './Door.tsx';
import { useArrive } from './enter.ts';
import { SecondFactor } from './SecondFactor.tsx';

const TotpForm = lazy(() => import('../../kit/TotpForm.tsx').then((m) => ({ default: m.TotpForm })));
const RecoveryCodes = lazy(() => import('../../kit/RecoveryCodes.tsx').then((m) => ({ default: m.RecoveryCodes })));

/** What is asked beside the first proof. The browser holds an unfinished sign-in, which opens nothing else. */
export function FinishPage() {
  const unfinished = useQuery(api.unfinishedSignIn);
  const arrive = useArrive();
  if (unfinished.isError)
    return (
      <Door title={text.finishTitle} lead={text.finishGone}>
        <p className="door-link">
          <Link to="/sign-in">{text.back}</Link>
        </p>
      </Door>
    );
  if (!unfinished.data)
    return (
      <Door title={text.finishTitle}>
        <Skeleton />
      </Door>
    );
  const { asks } = unfinished.data;
  if (asks.includes('new-password')) return <NewPassword />;
  if (asks.includes('enrol-factor')) return <Enrol />;
  return (
    <Door title={text.finishTitle} lead={text.finishLead}>
      <SecondFactor asks={asks} onDone={arrive} />
      <p className="door-link">
        <Link to="/sign-in">{text.startAgain}</Link>
      </p>
    </Door>
  );
}

/** The tenant asks for a second factor, and the person has none yet. */
function Enrol() {
  const arrive = useArrive();
  const [app, setApp] = useState<Awaited<ReturnType<typeof api.beginEnrollingTotp>>>();
  const [done, setDone] = useState<api.Enrolled>();
  const [problem, setProblem] = useState<unknown>();
  const [pending, setPending] = useState<'passkey' | 'app'>();
  const tryIt = async (what: 'passkey' | 'app', work: () => Promise<unknown>) => {
    setPending(what);
    setProblem(undefined);
    await work().catch(setProblem);
    setPending(undefined);
  };
  const goOn = (finished: api.Enrolled) => (finished.recoveryCodes ? setDone(finished) : arrive(finished));
  if (done?.recoveryCodes)
    return (
      <Suspense>
        <RecoveryCodes codes={done.recoveryCodes} onDone={() => void arrive(done)} />
      </Suspense>
    );
  return (
    <Door title={text.enrolTitle} lead={text.enrolLead}>
      <ProblemNote error={problem} />
      {app ? (
        <Suspense fallback={<Skeleton />}>
          <TotpForm
            secret={app.secret}
            uri={app.uri}
            onCode={async (code) => goOn(await api.enrolTotp(code))}
            onCancel={() => setApp(undefined)}
          />
        </Suspense>
      ) : (
        <div className="door-others">
          {canUsePasskeys() ? (
            <Button
              kind="primary"
              full
              pending={pending === 'passkey'}
              onClick={() => tryIt('passkey', async () => goOn(await api.enrolPasskey(text.passkeyName)))}
            >
              {text.passkey}
            </Button>
          ) : null}
          <Button
            full
            pending={pending === 'app'}
            onClick={() => tryIt('app', async () => setApp(await api.beginEnrollingTotp()))}
          >
            {text.enrolApp}
          </Button>
        </div>
      )}
    </Door>
  );
}

const checkPassword = checkBy({ password: 'password' });

function NewPassword() {
  const arrive = useArrive();
  const draft = useDraft({ password: '' }, checkPassword);
  return (
    <Door title={text.newPasswordTitle} lead={text.newPasswordLead}>
      <Form
        draft={draft}
        labels={{ password: doorText.newPassword }}
        check={checkPassword}
        submit={text.reset}
        isGuarded={false}
        full
        onSubmit={async () => arrive(await api.finishByNewPassword(draft.values.password))}
      >
        <PasswordField
          draft={draft}
          name="password"
          label={doorText.newPassword}
          help={doorText.passwordHelp}
          autoComplete="new-password"
        />
        <FocusField name="password" />
      </Form>
    </Door>
  );
}
