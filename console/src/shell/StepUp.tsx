import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerPasskey, canUsePasskeys } from '../api/passkeys.ts';
import { me } from '../api/session.ts';
import * as api from '../api/sign-in.ts';
import { Button } from '../kit/Button.tsx';
import { Dialog } from '../kit/Dialog.tsx';
import { useDraft } from '../kit/draft.ts';
import { Form } from '../kit/Form.tsx';
import { TextField } from '../kit/fields.tsx';
import { PasswordField } from '../kit/PasswordField.tsx';
import { ProblemNote, ProblemPanel, Skeleton } from '../kit/problems.tsx';
import { checkBy } from '../kit/rules.ts';
import { signInText as text } from '../messages/en.sign-in.ts';

/** Asks for a fresh proof before a dangerous act, over the page; the act goes on when it is given. */
export function StepUp({ onEnd }: { onEnd: (isProved: boolean) => void }) {
  const options = useQuery(api.stepUpOptions);
  const tenantId = useQuery({ ...me, enabled: false }).data?.tenantId;
  const [problem, setProblem] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const byPasskey = async (passkey: Parameters<typeof answerPasskey>[0]) => {
    setPending(true);
    setProblem(undefined);
    try {
      await api.stepUp({ passkey: await answerPasskey(passkey) });
      onEnd(true);
    } catch (error) {
      setProblem(error);
      setPending(false);
    }
  };
  const { ways = [], passkey = null, identityProviderId = null } = options.data ?? {};
  const hasPasskey = passkey !== null && canUsePasskeys();
  const hasPassword = ways.includes('password') || ways.includes('password-and-code');
  return (
    <Dialog title={text.stepUpTitle} onClose={() => onEnd(false)}>
      <p>{text.stepUpLead}</p>
      {options.isError ? (
        <ProblemPanel error={options.error} onRetry={() => options.refetch()} />
      ) : !options.data ? (
        <Skeleton />
      ) : null}
      <ProblemNote error={problem} />
      {hasPasskey ? (
        <Button kind="primary" full pending={isPending} onClick={() => byPasskey(passkey)}>
          {text.passkey}
        </Button>
      ) : null}
      {hasPasskey && hasPassword ? <p className="door-or">{text.or}</p> : null}
      {hasPassword ? <ByPassword asksCode={ways.includes('password-and-code')} onProved={() => onEnd(true)} /> : null}
      {identityProviderId && tenantId ? (
        <>
          <p className="faint small">{text.stepUpProviderText}</p>
          <Button
            full
            onClick={async () => {
              try {
                const { url } = await api.proveAtProvider(tenantId, identityProviderId);
                location.assign(url);
              } catch (error) {
                setProblem(error);
              }
            }}
          >
            {text.stepUpProvider}
          </Button>
        </>
      ) : null}
    </Dialog>
  );
}

function ByPassword({ asksCode, onProved }: { asksCode: boolean; onProved: () => void }) {
  const check = checkBy({ password: 'required', ...(asksCode ? { code: 'required' as const } : {}) });
  const draft = useDraft({ password: '', code: '' }, check);
  return (
    <Form
      draft={draft}
      check={check}
      labels={{ password: text.stepUpPassword, code: text.code }}
      submit={text.stepUpSubmit}
      isGuarded={false}
      onSubmit={() => {
        const { password, code } = draft.values;
        const typed = code.replace(/\s/g, '');
        if (!asksCode) return api.stepUp({ password });
        return api.stepUp({ password, ...(/^\d{6}$/.test(typed) ? { totp: typed } : { recoveryCode: code.trim() }) });
      }}
      onDone={onProved}
    >
      <PasswordField
        draft={draft}
        name="password"
        label={text.stepUpPassword}
        autoComplete="current-password"
        autoFocus
      />
      {asksCode ? (
        <TextField draft={draft} name="code" label={text.codeOrRecovery} autoComplete="one-time-code" />
      ) : null}
    </Form>
  );
}
