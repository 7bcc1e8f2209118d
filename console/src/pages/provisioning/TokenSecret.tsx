import { CopyButton } from '../../kit/CopyButton.tsx';
import { SecretDialog } from '../../kit/secret.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { en } from '../../messages/en.ts';
import { curlOf, useScimBaseUrl } from './scim.ts';

/** A new token's value, once, with where to enter it and a command that tries it. */
export function TokenSecret({ name, value, onDone }: { name: string; value: string; onDone: () => void }) {
  const baseUrl = useScimBaseUrl();
  const curl = curlOf(baseUrl, value);
  return (
    <SecretDialog
      title={text.secretTitle(name)}
      secrets={[{ label: text.secretLabel, value, fileName: `${name.replace(/[^\w-]+/g, '-')}-token.txt` }]}
      onDone={onDone}
    >
      <div className="copy-card">
        <div>
          <span className="copy-label">{text.baseUrl}</span>
          <code>{baseUrl}</code>
          <span className="faint small block">{text.baseUrlHelp}</span>
        </div>
        <CopyButton value={baseUrl} label={`${en.action.copy}: ${text.baseUrl}`} text={en.action.copy} />
      </div>
      <div className="copy-card">
        <div>
          <span className="copy-label">{text.check}</span>
          <code>{curl}</code>
          <span className="faint small block">{text.checkHelp}</span>
        </div>
        <CopyButton value={curl} label={`${en.action.copy}: curl`} text={en.action.copy} />
      </div>
    </SecretDialog>
  );
}
