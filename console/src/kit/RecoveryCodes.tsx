import { securityText as text } from '../messages/en.security.ts';
import { SecretDialog } from './secret.tsx';

/** One-time codes, shown once: one field to copy or download, and the list to write down. */
export function RecoveryCodes({
  codes,
  title = text.recoveryTitle,
  fileName = 'recovery-codes.txt',
  onDone,
}: {
  codes: string[];
  title?: string;
  fileName?: string;
  onDone: () => void;
}) {
  return (
    <SecretDialog
      title={title}
      secrets={[{ label: text.codes, value: codes.join(' '), fileName, help: text.codesHelp }]}
      onDone={onDone}
    >
      <ol className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
    </SecretDialog>
  );
}
