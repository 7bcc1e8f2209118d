import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { task as ofTask, taskResult } from '../../api/accounts.ts';
import { cancelTask, taskResultUrl } from '../../api/tenant.ts';
import type { Task } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { fieldOf, rowsOf } from '../../kit/csv.ts';
import { Dialog } from '../../kit/Dialog.tsx';
import { announce } from '../../kit/live.ts';
import { ProblemNote, ProblemPanel, Skeleton } from '../../kit/problems.tsx';
import { Status } from '../../kit/Status.tsx';
import { type Column, Table } from '../../kit/Table.tsx';
import { useAct } from '../../kit/toasts.tsx';
import { accountText as text } from '../../messages/en.accounts.ts';
import { en } from '../../messages/en.ts';
import { bytesText, localTime, number } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';

/** A line of a result, by the names of its columns. */
interface Outcome {
  id: string;
  values: Record<string, string>;
}

/** Shown of a long result: what went wrong comes first, the file has all. */
const SHOWN = 200;

/** How outcomes look: three of them, whatever they are called. */
const statusOf: Record<string, string> = { invited: 'done', 'already-there': 'skipped', invalid: 'failed' };
const wordOf = ({ values }: Outcome) => text.outcomes[values.outcome ?? ''] ?? values.outcome ?? '';
const order = ['failed', 'skipped', 'done'];
const rank = ({ values }: Outcome) => order.indexOf(statusOf[values.outcome ?? ''] ?? values.outcome ?? '');

const columnsOf = (has: (name: string) => boolean): Column<Outcome>[] => [
  ...(has('line')
    ? []
    : [{ name: 'displayName', label: text.name, text: ({ values }: Outcome) => values.displayName ?? '' }]),
  { name: 'email', label: text.email, text: ({ values }) => values.email ?? '', priority: has('line') ? 1 : 2 },
  ...(has('line')
    ? [{ name: 'line', label: text.line, text: ({ values }: Outcome) => values.line ?? '', isNumber: true }]
    : []),
  {
    name: 'outcome',
    label: en.bulk.outcome,
    text: wordOf,
    cell: (row) => (
      <Status status={statusOf[row.values.outcome ?? ''] ?? row.values.outcome ?? ''} text={wordOf(row)} />
    ),
  },
  {
    name: 'reason',
    label: en.bulk.reason,
    text: ({ values }) => [text.fieldNames[values.field ?? ''], values.reason].filter(Boolean).join(': '),
  },
];

function outcomesOf(csv: string): { names: string[]; rows: Outcome[] } {
  const [names = [], ...lines] = rowsOf(csv);
  return {
    names,
    rows: lines.map((line, at) => ({
      id: String(at),
      values: Object.fromEntries(names.map((name, column) => [name, fieldOf(line[column] ?? '')])),
    })),
  };
}

const isUnderWay = ({ state }: Task) => state === 'waiting' || state === 'running';

/** Whether its file holds the accounts themselves, and not what became of each. */
const isExport = ({ kind }: Task) => kind.startsWith('accounts.export-many');

/** Follows a task on accounts, and shows what became of each, or where the file is. It may be closed: the task goes on. */
export function TaskDialog({ title, taskId, onClose }: { title: string; taskId: string; onClose: () => void }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { run, pending } = useAct();
  const found = useQuery({
    ...ofTask(tenantId, taskId),
    refetchInterval: ({ state: { data } }) => (!data || isUnderWay(data) ? 700 : false),
  });
  const task = found.data;
  const isOver = task !== undefined && !isUnderWay(task);
  const summary = useRef<HTMLParagraphElement>(null);
  const said = task ? summaryOf(task) : '';
  useEffect(() => {
    if (!isOver) return;
    summary.current?.focus();
    announce(said);
    void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'accounts'] });
    void queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'groups'] });
  }, [isOver, said, queryClient, tenantId]);
  return (
    <Dialog
      title={title}
      kind="wide"
      onClose={onClose}
      footer={
        isOver ? (
          <>
            {task.state === 'done' ? (
              <a
                className="plain-button"
                href={taskResultUrl(tenantId, taskId)}
                download={String(task.result?.fileName ?? '')}
              >
                {isExport(task) ? text.downloadFile(bytesText(Number(task.result?.bytes ?? 0))) : text.downloadResult}
              </a>
            ) : null}
            <Button kind="primary" onClick={onClose}>
              {en.action.done}
            </Button>
          </>
        ) : (
          <>
            <Button
              pending={pending === 'cancel'}
              onClick={() =>
                run('cancel', async () => {
                  await cancelTask(tenantId, taskId);
                  await found.refetch();
                })
              }
            >
              {en.bulk.stop}
            </Button>
            <Button onClick={onClose}>{text.goOnBehind}</Button>
          </>
        )
      }
    >
      {found.isError ? <ProblemPanel error={found.error} onRetry={() => found.refetch()} /> : null}
      {task ? (
        <p className="progress" ref={summary} tabIndex={-1}>
          {isOver ? null : (
            <progress max={task.total ?? undefined} value={task.total ? task.done : undefined} aria-label={title} />
          )}
          <span className="tabular">
            {isOver
              ? said
              : task.total === null
                ? text.starting
                : en.bulk.progress(number(task.done), number(task.total))}
          </span>
        </p>
      ) : found.isError ? null : (
        <Skeleton />
      )}
      {isOver ? (
        task.state !== 'done' ? null : isExport(task) ? (
          <p className="faint">{text.fileUntil(localTime(String(task.result?.expiresAt ?? '')))}</p>
        ) : (
          <Results taskId={taskId} />
        )
      ) : (
        <p className="faint">
          {text.goesOn}{' '}
          <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
            {text.toTasks}
          </Link>
        </p>
      )}
      {task?.state === 'failed' ? <ProblemNote error={new Error(problemOf(task))} /> : null}
    </Dialog>
  );
}

const problemOf = ({ result }: Task): string => String((result?.problem as { detail?: string })?.detail ?? '');

function summaryOf(task: Task): string {
  const { state, done, result } = task;
  if (state === 'failed') return text.taskFailed;
  if (state === 'cancelled') return text.taskStopped(number(done));
  if (isExport(task)) return text.fileReady(done);
  const counts = (result?.counts ?? {}) as Record<string, number>;
  const said = Object.entries(text.outcomes).flatMap(([outcome, word]) =>
    counts[outcome] ? [`${number(counts[outcome])} ${word.toLowerCase()}`] : [],
  );
  return said.length === 0 ? text.nothingToDo : said.join(', ');
}

function Results({ taskId }: { taskId: string }) {
  const tenantId = useTenantId();
  const found = useQuery(taskResult(tenantId, taskId));
  if (found.isError) return <ProblemPanel error={found.error} onRetry={() => found.refetch()} />;
  if (!found.data) return <Skeleton />;
  const { names, rows } = outcomesOf(found.data);
  if (rows.length === 0) return null;
  const shown = rows.toSorted((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
  return (
    <>
      {rows.length > shown.length ? (
        <p className="faint">{text.shownOf(number(shown.length), number(rows.length))}</p>
      ) : null}
      <Table
        what={en.bulk.results}
        rows={shown}
        columns={columnsOf((name) => names.includes(name))}
        rowName={({ values }) => values.email || values.displayName || values.line || ''}
      />
    </>
  );
}
