import { IconDownload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { auditEntries, auditEntry, exportAudit } from '../../api/tenant.ts';
import type { AuditEntry } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { CopyButton } from '../../kit/CopyButton.tsx';
import { Dialog } from '../../kit/Dialog.tsx';
import { type Filter, List, type ListState, useListState } from '../../kit/List.tsx';
import { Facts, Page } from '../../kit/Page.tsx';
import { Empty, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { Time } from '../../kit/Time.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { auditText as text } from '../../messages/en.audit.ts';
import { en } from '../../messages/en.ts';
import { localTime, utcTime } from '../../messages/format.ts';
import { useHolds, usePlace, useTenantId } from '../../shell/where.ts';

const outcome: Filter = {
  name: 'outcome',
  label: text.outcome,
  options: Object.entries(text.outcomes).map(([value, label]) => ({ value, label })),
};
/** Without options: given by links, or by the fields beside the list. */
const free = (name: string, label: string): Filter => ({ name, label, options: [] });
const filters: Filter[] = [
  outcome,
  free('action', text.action),
  free('actorId', text.actor),
  free('targetId', text.target),
  free('targetKind', text.targetKind),
  free('from', text.from),
  free('until', text.until),
];

const nameOfActor = ({ actor }: AuditEntry) => actor.name || actor.id || actor.kind || text.system;
const nameOfTarget = ({ target }: AuditEntry) => target.name || target.id || target.kind;

export function AuditPage() {
  const tenantId = useTenantId();
  const place = usePlace();
  const state = useListState({ filters });
  const query = useQuery(auditEntries(tenantId, state.query()));
  const opened = state.search.entry;
  return (
    <Page title={text.title} place={place} lead={text.lead} actions={<ExportButton state={state} />}>
      <List
        what={text.what}
        state={state}
        query={query}
        filters={filters}
        hasSearch={false}
        toolbar={
          <>
            <Narrow state={state} />
            <Newer state={state} shown={query.data?.items} onShow={() => query.refetch()} />
          </>
        }
        rowKey={({ id }) => id}
        rowName={({ action }) => action}
        rowClass={({ id }) => (id === opened ? 'row-open' : '')}
        columns={[
          {
            name: 'action',
            label: text.action,
            cell: ({ id, action }) => (
              <Link
                to="."
                search={((old: object) => ({ ...old, entry: id })) as never}
                resetScroll={false}
                className="mono"
              >
                {action}
              </Link>
            ),
          },
          { name: 'target', label: text.target, cell: (entry) => <span className="clip">{nameOfTarget(entry)}</span> },
          { name: 'actor', label: text.actor, cell: (entry) => <span className="clip">{nameOfActor(entry)}</span> },
          { name: 'outcome', label: text.outcome, cell: (entry) => <Status status={entry.outcome} />, priority: 2 },
          { name: 'at', label: text.at, cell: ({ at }) => <Time at={at} />, sort: 'at' },
          { name: 'door', label: text.door, cell: ({ door }) => door, priority: 3 },
        ]}
        empty={<Empty title={text.emptyTitle} text={text.emptyText} />}
        page={text.title}
      />
      {opened ? (
        <EntryPanel key={opened} id={opened} known={query.data?.items.find(({ id }) => id === opened)} state={state} />
      ) : null}
    </Page>
  );
}

/** Time range, kind of target and action; each is a part of the address. */
function Narrow({ state }: { state: ListState }) {
  const { values, go } = state;
  const preset =
    values.from && !values.until
      ? Object.keys(text.presets).find(
          (days) => Math.abs(Date.now() - Number(days) * 86_400_000 - Date.parse(values.from ?? '')) < 3_600_000,
        )
      : undefined;
  const [action, setAction] = useState(values.action ?? '');
  useEffect(() => setAction(values.action ?? ''), [values.action]);
  return (
    <>
      <label className="filter" data-active={values.from ? true : undefined}>
        <span>{text.last}</span>
        <select
          value={preset ?? (values.from || values.until ? 'own' : '')}
          onChange={(event) => {
            const days = Number(event.currentTarget.value);
            go({
              from: days
                ? new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 16).concat(':00Z')
                : undefined,
              until: undefined,
            });
          }}
        >
          <option value="">{text.anyTime}</option>
          {Object.entries(text.presets).map(([days, label]) => (
            <option key={days} value={days}>
              {label}
            </option>
          ))}
          {preset === undefined && (values.from || values.until) ? (
            <option value="own">{`${values.from ? utcTime(values.from) : text.beginning} – ${values.until ? utcTime(values.until) : text.now}`}</option>
          ) : null}
        </select>
      </label>
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          go({ action: action.trim() });
        }}
      >
        <label htmlFor="audit-action">{text.action}</label>
        <input
          id="audit-action"
          data-list-search
          value={action}
          placeholder={text.actionHelp}
          spellCheck={false}
          autoCapitalize="none"
          onChange={(event) => setAction(event.currentTarget.value)}
          onBlur={() => action.trim() !== (values.action ?? '') && go({ action: action.trim() })}
        />
      </form>
    </>
  );
}

/** Counts what has come since, and shows it when asked: rows never move below the reader's eyes. */
function Newer({ state, shown, onShow }: { state: ListState; shown: AuditEntry[] | undefined; onShow: () => void }) {
  const tenantId = useTenantId();
  const [isFollowing, setFollowing] = useState(false);
  const latest = useQuery({
    ...auditEntries(tenantId, { ...state.query<Record<string, string>>(), limit: 50 }),
    queryKey: ['t', tenantId, 'audit-latest', state.query()],
    enabled: isFollowing && !state.search.cursor && !state.search.sort,
    refetchInterval: 5000,
  }).data;
  const newest = shown?.[0]?.at ?? '';
  const newer = isFollowing && latest && shown ? latest.items.filter(({ at }) => at > newest).length : 0;
  return (
    <>
      <Button size="xs" kind="quiet" onClick={() => setFollowing(!isFollowing)}>
        {isFollowing ? text.tailOff : text.tail}
      </Button>
      {newer > 0 ? (
        <Button size="xs" kind="primary" onClick={onShow}>
          {text.newer(newer, newer >= 50)}
        </Button>
      ) : null}
    </>
  );
}

function ExportButton({ state }: { state: ListState }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const mayExport = useHolds('audit.export');
  const start = () =>
    run('export', async () => {
      await exportAudit(tenantId, state.values as never);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'tasks'] });
      toast({
        text: text.exporting,
        link: (
          <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
            {text.seeTasks}
          </Link>
        ),
      });
    });
  return (
    <Button
      icon={<IconDownload size={16} aria-hidden="true" />}
      reason={mayExport ? null : text.exportNeeds}
      pending={pending === 'export'}
      onClick={start}
    >
      {text.export}
    </Button>
  );
}

function EntryPanel({ id, known, state }: { id: string; known: AuditEntry | undefined; state: ListState }) {
  const tenantId = useTenantId();
  const found = useQuery({
    ...auditEntry(tenantId, id),
    ...(known ? { initialData: known } : {}),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const close = () => state.go({ entry: undefined, cursor: state.search.cursor });
  const link = `${location.origin}/t/${tenantId}/audit?entry=${id}`;
  return (
    <Dialog
      title={found.data?.action ?? text.entry}
      kind="panel"
      onClose={close}
      footer={<CopyButton value={link} label={text.copyLink} text={text.copyLink} />}
    >
      {found.data ? (
        <Entry entry={found.data} onFilter={(changes) => state.go({ ...changes, entry: undefined })} />
      ) : found.isError ? (
        <ProblemPanel error={found.error} onRetry={() => found.refetch()} />
      ) : (
        <Skeleton lines={6} />
      )}
    </Dialog>
  );
}

function Entry({ entry, onFilter }: { entry: AuditEntry; onFilter: (changes: Record<string, string>) => void }) {
  const { actor, target } = entry;
  const narrow = (label: string, changes: Record<string, string>) => (
    <button type="button" className="link-button small" onClick={() => onFilter(changes)}>
      {label}
    </button>
  );
  return (
    <>
      <p>
        <Status status={entry.outcome} />
      </p>
      <Facts
        items={[
          [
            text.when,
            <span key="w" className="tabular">
              {localTime(entry.at)}
            </span>,
            utcTime(entry.at),
          ],
          [
            text.action,
            <span key="a">
              <code>{entry.action}</code> {narrow(text.filterAction, { action: entry.action })}
            </span>,
          ],
          [
            text.actor,
            <span key="c">
              {nameOfActor(entry)} {actor.id ? narrow(text.filterActor, { actorId: actor.id }) : null}
            </span>,
            [actor.kind, actor.id].filter(Boolean).join(' '),
          ],
          ...(entry.onBehalfOf
            ? ([[text.onBehalfOf, <code key="o">{entry.onBehalfOf}</code>]] as [string, React.ReactNode][])
            : []),
          [
            text.target,
            <span key="t">
              {nameOfTarget(entry)} {target.id ? narrow(text.filterTarget, { targetId: target.id }) : null}
            </span>,
            [target.kind, target.id].filter(Boolean).join(' '),
          ],
          [text.door, entry.door],
          [text.source, entry.sourceAddress],
          [text.credential, entry.credentialId ? <code key="k">{entry.credentialId}</code> : null],
          [
            text.request,
            <span key="r">
              <code>{entry.requestId}</code> <CopyButton value={entry.requestId} label={en.error.copyRequestId} />
            </span>,
          ],
        ]}
      />
      <h3>{text.changes}</h3>
      <Changes before={entry.before ?? {}} after={entry.after ?? {}} />
      {entry.details && Object.keys(entry.details).length > 0 ? (
        <>
          <h3>{text.details}</h3>
          <Facts
            items={Object.entries(entry.details).map(([name, value]) => [name, <Value key={name} value={value} />])}
          />
        </>
      ) : null}
    </>
  );
}

function Changes({ before, after }: { before: Record<string, unknown>; after: Record<string, unknown> }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (names.length === 0) return <p className="faint">{text.noChanges}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-region" aria-label={en.list.table(text.changes)} tabIndex={0}>
      <table className="table table-small changes">
        <thead>
          <tr>
            <th scope="col">{text.field}</th>
            <th scope="col">{text.before}</th>
            <th scope="col">{text.after}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={name in before && name in after ? 'was' : ''}>
                {name in before ? <Value value={before[name]} /> : '—'}
              </td>
              <td>{name in after ? <Value value={after[name]} /> : '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const Value = ({ value }: { value: unknown }) =>
  value === null || value === '' ? (
    <span className="faint">{en.form.empty}</span>
  ) : (
    <span className="value">{typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value)}</span>
  );
