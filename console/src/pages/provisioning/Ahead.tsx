import { useQuery } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useId, useState } from 'react';
import { previewBulk } from '../../api/provisioning.ts';
import { keyOf, tokens } from '../../api/tenant.ts';
import type { ScimPreview } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { FileField } from '../../kit/FileField.tsx';
import { Section } from '../../kit/Page.tsx';
import { ProblemNote, Skeleton } from '../../kit/problems.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { useReason, useTenantId } from '../../shell/where.ts';
import { Foreseen } from './Foreseen.tsx';

const Effect = lazy(() => import('../access/Effect.tsx').then((m) => ({ default: m.Effect })));

/** What the server takes, with room for what JSON adds. */
const MOST_BYTES = 2 * 1024 * 1024;
/** What an administrator decides about. */
const waiting = new Set(['removal-held', 'credentials-held']);

type Bulk = Record<string, unknown>;
interface Seen {
  /** One look from the next. */
  at: number;
  bulk: Bulk;
  preview: ScimPreview;
}

const isObject = (value: unknown): value is Bulk =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What an identity provider would send is seen before it sends it; nothing is changed by it. */
export function Ahead() {
  const tenantId = useTenantId();
  const id = useId();
  const [written, setWritten] = useState('');
  /** Empty: the one that was used last. */
  const [tokenId, setTokenId] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const [seen, setSeen] = useState<Seen>();
  const reason = useReason('provisioning.issue');
  const valid = useQuery(tokens(tenantId, { state: 'active,rotating', sort: 'name', limit: 200 })).data?.items ?? [];
  const write = (content: string) => {
    setWritten(content);
    setWrong(undefined);
    setSeen(undefined);
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) {
      write('');
      setWrong(text.aheadTooLarge);
    } else write(await file.text());
  };
  const look = async (event: FormEvent) => {
    event.preventDefault();
    if (reason !== null || isPending || written.trim() === '') return;
    setError(undefined);
    setSeen(undefined);
    const bulk = parsed(written);
    if (!bulk) return setWrong(text.aheadNotJson);
    setPending(true);
    try {
      setSeen({ at: Date.now(), bulk, preview: await previewBulk(tenantId, bulk, tokenId ? { tokenId } : {}) });
    } catch (problem) {
      setError(problem);
    } finally {
      setPending(false);
    }
  };
  return (
    <Section title={text.ahead} lead={text.aheadLead}>
      <form className="ahead" onSubmit={look}>
        <FileField
          label={text.aheadFile}
          accept=".json,application/json,application/scim+json"
          isDisabled={reason !== null}
          onChoose={choose}
        />
        <label className="typed-name">
          {text.aheadText}
          <textarea
            className="mono ahead-text"
            rows={6}
            spellCheck={false}
            value={written}
            readOnly={reason !== null}
            aria-invalid={wrong ? true : undefined}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            onChange={({ currentTarget }) => write(currentTarget.value)}
          />
        </label>
        {valid.length > 1 ? (
          <label className="typed-name">
            {text.aheadToken}
            <select
              value={tokenId}
              disabled={reason !== null}
              onChange={({ currentTarget }) => {
                setTokenId(currentTarget.value);
                setSeen(undefined);
              }}
            >
              <option value="">{text.aheadLatest}</option>
              {valid.map(({ id: each, name }) => (
                <option key={each} value={each}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        {wrong ? (
          <p id={`${id}-wrong`} className="note note-bad" role="alert">
            {wrong}
          </p>
        ) : null}
        <Button type="submit" pending={isPending} reason={reason ?? (written.trim() === '' ? text.aheadFirst : null)}>
          {text.aheadVerb}
        </Button>
      </form>
      <ProblemNote error={error} />
      {seen ? <Preview seen={seen} /> : null}
    </Section>
  );
}

function parsed(written: string): Bulk | undefined {
  try {
    const bulk: unknown = JSON.parse(written);
    return isObject(bulk) ? bulk : undefined;
  } catch {
    return undefined;
  }
}

function Preview({ seen: { at, bulk, preview } }: { seen: Seen }) {
  const tenantId = useTenantId();
  const { token, counts, effect, operations, warnings } = preview;
  type Outcome = keyof typeof counts.users;
  const done = (['users', 'groups'] as const).flatMap((kind) =>
    Object.entries(counts[kind])
      .filter(([, n]) => n > 0)
      .map(([outcome, n]) => text.aheadDone[kind][outcome as Outcome](n)),
  );
  if (counts.unreadable > 0) done.push(text.aheadUnreadable(counts.unreadable));
  return (
    <Foreseen title={text.aheadBy(token.name)} lines={done.length > 0 ? done : [text.aheadNone]} warnings={warnings}>
      <Suspense fallback={<Skeleton lines={2} />}>
        <Effect
          effect={effect}
          namesOf={{
            key: keyOf(tenantId, 'provisioning', 'ahead', at),
            ask: ({ side, permission, namespaceId, limit }) =>
              previewBulk(tenantId, bulk, {
                tokenId: token.id,
                side,
                permission,
                ...(namespaceId === null ? {} : { namespaceId }),
                limit,
              }).then(({ names }) => names),
          }}
        />
      </Suspense>
      {operations.length > 0 ? (
        <details>
          <summary>{text.aheadEach(operations.length)}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it */}
          <section className="ahead-operations" tabIndex={0} aria-label={text.aheadEach(operations.length)}>
            <ol>
              {operations.map(({ method, path, name, outcome, status, code, detail }, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: operations are told apart by their place alone
                <li key={place}>
                  <strong>{name ?? (method ? `${method} ${path}` : text.aheadNoOperation)}</strong>:{' '}
                  {text.aheadOutcome[outcome] ?? outcome}
                  {status === null ? '' : ` (${status})`}
                  {code !== null && waiting.has(code) ? ` ${text.aheadWaits}` : ''}
                  {detail === null ? null : <span className="block small">{detail}</span>}
                </li>
              ))}
            </ol>
          </section>
        </details>
      ) : null}
    </Foreseen>
  );
}
