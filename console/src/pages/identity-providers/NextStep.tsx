import { useState } from 'react';
import type { IdentityProvider } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { Note } from '../../kit/problems.tsx';
import { providerText as text } from '../../messages/en.providers.ts';
import { reasonOf } from '../../shell/where.ts';
import { ActivateDialog } from './acts.tsx';
import type { Connection } from './connection.ts';
import { endOf, isProved } from './standing.ts';

const SOON_MS = 30 * 86_400_000;

/** What a connection still lacks, each with the way to its field. */
export function Missing({ value, mend }: { value: Connection; mend: (path: string) => void }) {
  return (
    <Note tone="info" title={text.missingTitle}>
      <ul>
        {value.missing.map(({ path, message }) => (
          <li key={path}>
            <button type="button" className="link-button" onClick={() => mend(path)}>
              {message}
            </button>
          </li>
        ))}
      </ul>
    </Note>
  );
}

/** The one thing to do next with a provider; nothing while all is well. */
export function NextStep({
  value,
  mend,
  toTest,
}: {
  value: IdentityProvider;
  mend: (path: string) => void;
  toTest: () => void;
}) {
  const [isActivating, setActivating] = useState(false);
  const { status, missing, lastTest } = value;
  const end = endOf(value);
  const endsAt = end === null ? Number.POSITIVE_INFINITY : Date.parse(end);
  const isSaml = value.type === 'saml';
  const reason = reasonOf(value.actions, 'identity-providers.change');
  if (reason !== null && status === 'inactive') return null;
  if (missing.length > 0) return <Missing value={value} mend={mend} />;
  if (endsAt < Date.now() + SOON_MS)
    return (
      <Note
        tone="warn"
        title={(isSaml ? text.certificateEnds : text.secretEnds)[endsAt < Date.now() ? 'over' : 'soon']}
      >
        <button
          type="button"
          className="link-button"
          onClick={() => mend(isSaml ? 'saml.certificates' : 'clientSecret')}
        >
          {isSaml ? text.toCertificates : text.toSecret}
        </button>
      </Note>
    );
  if (status === 'active') return null;
  if (isProved(value))
    return (
      <div className="note note-good next-step">
        <p>{text.testPassed}</p>
        <Button
          kind="primary"
          reason={reasonOf(value.actions, 'identity-providers.activate')}
          onClick={() => setActivating(true)}
        >
          {text.activate}
        </Button>
        {isActivating ? <ActivateDialog value={value} onClose={() => setActivating(false)} /> : null}
      </div>
    );
  const hasFailed = lastTest?.state === 'failed';
  const said = hasFailed ? text.testFailed : lastTest?.state === 'passed' ? text.testStale : text.testNext;
  return (
    <div className={`note note-${hasFailed ? 'warn' : 'info'} next-step`}>
      <p>{said}</p>
      <Button onClick={toTest}>{hasFailed ? text.seeTest : text.tabTest}</Button>
    </div>
  );
}
