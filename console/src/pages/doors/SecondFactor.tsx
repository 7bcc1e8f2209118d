import { useState } from 'react';
import * as api from '../../api/sign-in.ts';
import { Button } from '../../kit/Button.tsx';
import { useDraft } from '../../kit/draft.ts';
import { Form } from '../../kit/Form.tsx';
import { TextField } from '../../kit/fields.tsx';
import { ProblemNote } from '../../kit/problems.tsx';
import { checkBy } from '../../kit/rules.ts';
import { signInText as text } from '../../messages/en.sign-in.ts';
import { FocusField } from './Door.tsx';

const checkCode = checkBy({ code: 'required' });

/** What stands beside the first proof: a code, a passkey or a recovery code. */
export function SecondFactor({ asks, onDone }: { asks: api.Step[]; onDone: (finished: api.SignedIn) => unknown }) {
  const [isRecovery, setRecovery] = useState(!asks.includes('totp'));
  const [problem, setProblem] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const draft = useDraft({ code: '' }, checkCode);
  const label = isRecovery ? text.recoveryCode : text.code;
  const hasCode = asks.includes('totp') || asks.includes('recovery-code');
  const byPasskey = async () => {
    setPending(true);
    setProblem(undefined);
    try {
      await onDone(await api.finishByPasskey());
    } catch (error) {
      setProblem(error);
    }
    setPending(false);
  };
  return (
    <>
      <ProblemNote error={problem} />
      {asks.includes('passkey') ? (
        <Button kind="primary" full pending={isPending} onClick={byPasskey}>
          {text.passkey}
        </Button>
      ) : null}
      {asks.includes('passkey') && hasCode ? <p className="door-or">{text.or}</p> : null}
      {hasCode ? (
        <Form
          key={label}
          draft={draft}
          labels={{ code: label }}
          check={checkCode}
          submit={text.finish}
          isGuarded={false}
          full
          onSubmit={async () => {
            const code = draft.values.code.trim();
            await onDone(await (isRecovery ? api.finishByRecoveryCode(code) : api.finishByTotp(code)));
          }}
        >
          <TextField
            draft={draft}
            name="code"
            label={label}
            help={isRecovery ? text.recoveryHelp : text.codeHelp}
            inputMode={isRecovery ? 'text' : 'numeric'}
            autoComplete={isRecovery ? 'off' : 'one-time-code'}
          />
          {asks.includes('passkey') ? null : <FocusField name="code" />}
        </Form>
      ) : null}
      {asks.includes('totp') && asks.includes('recovery-code') ? (
        <p className="door-link">
          <button
            type="button"
            className="link-button"
            onClick={() => {
              draft.rebase({ code: '' });
              setRecovery(!isRecovery);
            }}
          >
            {isRecovery ? text.useApp : text.useRecovery}
          </button>
        </p>
      ) : null}
    </>
  );
}
