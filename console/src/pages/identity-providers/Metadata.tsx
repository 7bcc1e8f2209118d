import { type ReactNode, useState } from 'react';
import { ApiProblem, sentenceOf } from '../../api/problem.ts';
import { Button } from '../../kit/Button.tsx';
import type { Draft } from '../../kit/draft.ts';
import { announce } from '../../kit/live.ts';
import { Note, ProblemNote } from '../../kit/problems.tsx';
import { partText } from '../../messages/en.provider-parts.ts';
import { connectionFields, type Desk, valuesOf } from './connection.ts';

/** What metadata says of a provider; the rest is decided here. */
const said = [
  'entityId',
  'singleSignOnUrl',
  'singleSignOnBinding',
  'singleLogoutUrl',
  'singleLogoutBinding',
  'certificates',
  'signsRequests',
].map((name) => `saml.${name}`);

/** Fills the form in from the metadata of a SAML provider, by its address or from a file. Nothing is saved by it. */
export function Metadata({ desk, draft, children }: { desk: Desk; draft: Draft<string>; children: ReactNode }) {
  const [pending, setPending] = useState(false);
  const [isRead, setRead] = useState(false);
  const [error, setError] = useState<unknown>();
  const metadataUrl = draft.values['saml.metadataUrl']?.trim() ?? '';
  const entityId = draft.values['saml.entityId']?.trim();
  // Whoever names one while they read means one of several.
  const named = entityId && draft.changed.includes('saml.entityId') ? { entityId } : {};
  const fill = async (from: { metadataUrl: string } | { metadata: string }) => {
    setPending(true);
    setRead(false);
    setError(undefined);
    try {
      const values = valuesOf(await desk.readMetadata({ ...from, ...named }), connectionFields.saml);
      for (const name of said) draft.set(name, values[name] ?? '');
      setRead(true);
      announce(partText.metadataRead);
    } catch (problem) {
      const field =
        problem instanceof ApiProblem ? problem.fields.find(({ path }) => path === 'metadataUrl') : undefined;
      if (field) draft.setErrors({ 'saml.metadataUrl': sentenceOf(field) });
      else setError(problem);
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      {children}
      <div className="row-acts">
        <Button
          pending={pending}
          reason={metadataUrl ? null : partText.metadataUrlFirst}
          onClick={() => fill({ metadataUrl })}
        >
          {partText.metadataByUrl}
        </Button>
        <label className="plain-button file-button">
          {partText.metadataFile}
          <input
            type="file"
            className="visually-hidden"
            accept=".xml,application/xml,text/xml,application/samlmetadata+xml"
            onChange={async ({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              const metadata = await file?.text();
              currentTarget.value = '';
              if (metadata) await fill({ metadata });
            }}
          />
        </label>
      </div>
      <ProblemNote error={error} />
      {isRead ? <Note tone="good">{partText.metadataRead}</Note> : null}
    </>
  );
}
