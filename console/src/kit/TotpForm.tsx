import { securityText as text } from '../messages/en.security.ts';
import { CopyButton } from './CopyButton.tsx';
import { useDraft } from './draft.ts';
import { Form } from './Form.tsx';
import { TextField } from './fields.tsx';
import { QrCode } from './QrCode.tsx';
import { checkBy } from './rules.ts';

const check = checkBy({ code: 'required' });

/** Shows the secret of an authenticator app, once, and asks for a code as proof that the app has it. */
export function TotpForm({
  secret,
  uri,
  onCode,
  onCancel,
}: {
  secret: string;
  uri: string;
  onCode: (code: string) => Promise<unknown>;
  onCancel?: () => void;
}) {
  const draft = useDraft({ code: '' }, check);
  return (
    <Form
      draft={draft}
      check={check}
      labels={{ code: text.code }}
      submit={text.confirmApp}
      isGuarded={false}
      onSubmit={() => onCode(draft.values.code.replace(/\s/g, ''))}
      {...(onCancel ? { onCancel } : {})}
    >
      <p>{text.scan}</p>
      <QrCode value={uri} label={text.qrLabel} />
      <p className="totp-secret">
        <span className="faint">{text.typeSecret}</span>
        <code>{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
        <CopyButton value={secret} label={text.copySecret} />
      </p>
      <TextField
        draft={draft}
        name="code"
        label={text.code}
        help={text.codeHelp}
        inputMode="numeric"
        autoComplete="one-time-code"
      />
    </Form>
  );
}
