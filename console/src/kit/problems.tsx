import { IconAlertTriangle, IconCheck, IconInbox, IconInfoCircle, IconLock, IconSearchOff } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiProblem, ChangeWaits, PasskeyRefused, sentenceOf, Unreachable } from '../api/problem.ts';
import { en } from '../messages/en.ts';
import { usePlace } from '../shell/where.ts';
import { Button } from './Button.tsx';
import { CopyButton } from './CopyButton.tsx';

/** What an error says to a person. */
export function problemText(error: unknown): { text: string; requestId: string | undefined } {
  if (error instanceof ApiProblem) {
    if (error.code === 'step-up-failed') return { text: en.error.notProved, requestId: error.requestId };
    // What stands in the address has no field to name.
    const isAddress = error.fields.length > 0 && error.fields.every(({ path }) => path.startsWith('query.'));
    const said = isAddress ? error.fields.map(sentenceOf).join(' ') : error.message;
    const wait = error.retryAfterSeconds && error.status === 429 ? ` ${en.error.wait(error.retryAfterSeconds)}` : '';
    return { text: said + wait, requestId: error.requestId };
  }
  if (error instanceof ChangeWaits) return { text: waitsText(error), requestId: undefined };
  if (error instanceof PasskeyRefused) return { text: en.error.passkey, requestId: undefined };
  if (error instanceof Unreachable) return { text: en.error.unreachable, requestId: undefined };
  return { text: en.error.brokenText, requestId: undefined };
}

function RequestId({ id }: { id: string | undefined }) {
  if (!id) return null;
  return (
    <p className="request-id">
      {en.error.requestId} <code>{id}</code>
      <CopyButton value={id} label={en.error.copyRequestId} />
    </p>
  );
}

/** Nothing has this address: it is gone, was never there, or what stands in the address is no id. */
const isNotHere = (error: unknown) =>
  error instanceof ApiProblem &&
  (error.status === 404 || (error.status === 400 && error.fields.some(({ path }) => path.startsWith('path.'))));

/** A panel that failed; the others go on. A refusal for want of a right names the right. */
export function ProblemPanel({ error, onRetry, page }: { error: unknown; onRetry?: () => void; page?: string }) {
  const { tenantId } = useParams({ strict: false });
  const place = usePlace();
  if (error instanceof ApiProblem && error.status === 403 && permissionIn(error))
    return <NoPermission error={error} tenant={place ?? tenantId ?? ''} page={page ?? document.title} />;
  const { text, requestId } = problemText(error);
  const isMissing = isNotHere(error);
  const baseUrl = error instanceof ApiProblem && error.status === 421 ? String(error.members.baseUrl ?? '') : '';
  return (
    <div className="state state-error" role="alert">
      <IconAlertTriangle size={28} stroke={1.5} aria-hidden="true" />
      <h2>{isMissing ? en.error.notFound : en.error.failed}</h2>
      <p>{isMissing ? en.error.notFoundText : text}</p>
      {baseUrl ? <a href={baseUrl}>{en.error.otherRegion(baseUrl)}</a> : null}
      <RequestId id={requestId} />
      {isMissing ? <Link to="/">{en.error.goHome}</Link> : null}
      {onRetry && !isMissing ? <Button onClick={onRetry}>{en.action.tryAgain}</Button> : null}
    </div>
  );
}

/** From a refusal for want of a right to why, and what would change it. */
function WhyNot({ error }: { error: unknown }) {
  const { tenantId } = useParams({ strict: false });
  if (!(error instanceof ApiProblem) || error.status !== 403 || !tenantId) return null;
  const { operation, permission, namespaceId } = error.members;
  const asked = typeof operation === 'string' ? { operation } : typeof permission === 'string' ? { permission } : null;
  if (!asked) return null;
  return (
    <p>
      <Link
        to="/t/$tenantId/access"
        params={{ tenantId }}
        search={{ ...asked, ...(typeof namespaceId === 'string' ? { resource: namespaceId } : {}) }}
      >
        {en.noPermission.why}
      </Link>
    </p>
  );
}

const permissionIn = ({ members }: ApiProblem) => (typeof members.permission === 'string' ? members.permission : '');

function NoPermission({ error, tenant, page }: { error: ApiProblem; tenant: string; page: string }) {
  const permission = permissionIn(error);
  const message = en.noPermission.message(permission, tenant, page);
  return (
    <div className="state">
      <IconLock size={28} stroke={1.5} aria-hidden="true" />
      <h2>{en.noPermission.title}</h2>
      <p>{error.message}</p>
      <p className="faint">{en.noPermission.ask}</p>
      <blockquote className="quote">{message}</blockquote>
      <CopyButton value={message} label={en.noPermission.copy} text={en.noPermission.copy} />
      <WhyNot error={error} />
      <RequestId id={error.requestId} />
    </div>
  );
}

export const waitsText = ({ isDecided }: ChangeWaits) => (isDecided ? en.waits.decided : en.waits.text);

/** To the change that waits for a second person. */
export function WaitingLink({ waiting: { tenantId, namespaceId } }: { waiting: ChangeWaits }) {
  return (
    <Link to={`/t/${tenantId}/namespaces/${namespaceId}` as never} search={{ tab: 'changes' } as never}>
      {en.waits.see}
    </Link>
  );
}

/** A refusal of what a form or an act asked for, where it was asked; without the name of a field that is the only one there. */
export function ProblemNote({ error, only }: { error: unknown; only?: string }) {
  if (!error) return null;
  if (error instanceof ChangeWaits)
    return (
      <Note title={error.isDecided ? en.waits.decidedTitle : en.waits.title}>
        {waitsText(error)} <WaitingLink waiting={error} />
      </Note>
    );
  const { text: detail, requestId } = problemText(error);
  const field = error instanceof ApiProblem ? error.fields.find(({ path }) => path === only) : undefined;
  const text = field ? sentenceOf(field) : detail;
  const baseUrl = error instanceof ApiProblem && error.status === 421 ? String(error.members.baseUrl ?? '') : '';
  const signInUrl = error instanceof ApiProblem ? String(error.members.signInUrl ?? '') : '';
  return (
    <div className="note note-bad" role="alert">
      <IconAlertTriangle size={18} aria-hidden="true" />
      <div>
        <p>{text}</p>
        {baseUrl ? <a href={baseUrl}>{en.error.otherRegion(baseUrl)}</a> : null}
        {signInUrl ? <a href={signInUrl}>{en.error.signInThere}</a> : null}
        <WhyNot error={error} />
        <RequestId id={requestId} />
      </div>
    </div>
  );
}

/** Nothing is here yet: one sentence, the main action, and the command that does the same. */
export function Empty({
  title,
  text,
  action,
  command,
}: {
  title: string;
  text: string;
  action?: ReactNode;
  command?: string;
}) {
  return (
    <div className="state">
      <IconInbox size={28} stroke={1.5} aria-hidden="true" />
      <h2>{title}</h2>
      <p>{text}</p>
      {action}
      {command ? (
        <div className="command">
          <code>{command}</code>
          <CopyButton value={command} label={en.action.copy} />
        </div>
      ) : null}
    </div>
  );
}

export function NoMatch({ what, filters, onClear }: { what: string; filters: string[]; onClear: () => void }) {
  return (
    <div className="state">
      <IconSearchOff size={28} stroke={1.5} aria-hidden="true" />
      <h2>{en.list.noMatch(what)}</h2>
      <p>{en.list.noMatchWith(filters.join(', '))}</p>
      <Button onClick={onClear}>{en.action.clearFilters}</Button>
    </div>
  );
}

/** Grey lines of final height, shown after 150 ms. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div className="skeletons" role="status" aria-label={en.list.loading('')}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal lines without identity
        <div key={line} className="skeleton" />
      ))}
    </div>
  );
}

const noteIcons = { info: IconInfoCircle, locked: IconLock, warn: IconAlertTriangle, good: IconCheck };

export function Note({
  tone = 'info',
  title,
  children,
}: {
  tone?: keyof typeof noteIcons;
  title?: string;
  children: ReactNode;
}) {
  const Icon = noteIcons[tone];
  return (
    <div className={`note note-${tone === 'locked' ? 'info' : tone}`}>
      <Icon size={18} aria-hidden="true" />
      <div>
        {title ? <strong className="block">{title}</strong> : null}
        {children}
      </div>
    </div>
  );
}

/** Why nothing can be changed here: the right is missing, or somebody else manages the object. */
export function LockNote({ source = 'local', reason }: { source?: string | undefined; reason: string }) {
  return (
    <Note tone="locked" title={en.readOnly.managed[source] ?? en.readOnly.title}>
      {reason}
    </Note>
  );
}
