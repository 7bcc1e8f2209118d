import { IconDownload } from '@tabler/icons-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { en } from '../messages/en.ts';
import { Button } from './Button.tsx';
import { copyText } from './CopyButton.tsx';
import { Dialog } from './Dialog.tsx';
import { download } from './download.ts';
import { announce } from './live.ts';

export interface Secret {
  label: string;
  value: string;
  fileName: string;
  help?: string;
}

/**
 * Shows secrets that cannot be fetched again. It closes only after "I have stored it"; the values live in the caller's
 * state alone and go with it: never into the query cache, storage, the address or a log.
 */
export function SecretDialog({
  title,
  secrets,
  children,
  onDone,
}: {
  title: string;
  secrets: Secret[];
  children?: ReactNode;
  onDone: () => void;
}) {
  const [isStored, setStored] = useState(false);
  return (
    <Dialog
      title={title}
      kind="wide"
      footer={
        <>
          <label className="check">
            <input type="checkbox" checked={isStored} onChange={(event) => setStored(event.currentTarget.checked)} />
            {en.secret.stored}
          </label>
          <Button kind="primary" reason={isStored ? null : en.secret.storedFirst} onClick={onDone}>
            {en.action.done}
          </Button>
        </>
      }
    >
      <p className="note note-warn">{en.secret.once}</p>
      {secrets.map((secret, index) => (
        <SecretField key={secret.label} secret={secret} isFirst={index === 0} />
      ))}
      {children}
    </Dialog>
  );
}

function SecretField({ secret: { label, value, fileName, help }, isFirst }: { secret: Secret; isFirst: boolean }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!isFirst) return;
    // After the dialog has taken the focus to its heading.
    const timer = setTimeout(() => {
      field.current?.focus();
      field.current?.select();
    });
    return () => clearTimeout(timer);
  }, [isFirst]);
  return (
    <div className="secret">
      <label htmlFor={id}>{label}</label>
      <div className="secret-row">
        <input
          id={id}
          ref={field}
          className="secret-value"
          readOnly
          value={value}
          onFocus={(event) => event.currentTarget.select()}
          autoComplete="off"
          spellCheck={false}
          data-autofocus={isFirst || undefined}
        />
        <Button
          kind="primary"
          label={en.secret.copy(label)}
          onClick={async () => {
            await copyText(value);
            announce(en.secret.copied(label));
          }}
        >
          {en.action.copy}
        </Button>
        <Button
          label={en.secret.download(label)}
          icon={<IconDownload size={16} aria-hidden="true" />}
          onClick={() => download(fileName, value)}
        >
          {en.action.download}
        </Button>
      </div>
      {help ? <p className="faint small">{help}</p> : null}
    </div>
  );
}
