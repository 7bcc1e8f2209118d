import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { cancelTask, taskResultUrl, tasks } from '../../api/tenant.ts';
import type { Task } from '../../api/types.ts';
import { statusColumn, timeColumn } from '../../kit/columns.tsx';
import { ListPage } from '../../kit/ListPage.tsx';
import { type Filter, useListState } from '../../kit/list-state.ts';
import { announce } from '../../kit/live.ts';
import type { Column } from '../../kit/Table.tsx';
import { toast, useAct } from '../../kit/toasts.tsx';
import { taskText as text } from '../../messages/en.tasks.ts';
import { statusText } from '../../messages/en.ts';
import { bytesText, localDay } from '../../messages/format.ts';
import { useTenantId } from '../../shell/where.ts';

const filters: Filter[] = [
  {
    name: 'state',
    label: text.state,
    options: ['waiting', 'running', 'done', 'failed', 'cancelled'].map((value) => ({
      value,
      label: statusText(value),
    })),
  },
];
const isUnderWay = ({ state }: Task) => state === 'waiting' || state === 'running';
const kindOf = ({ kind }: Task) => text.kinds[kind] ?? kind;

export function TasksPage() {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const state = useListState({ filters });
  const query = useQuery({
    ...tasks(tenantId, state.query()),
    refetchInterval: ({ state: { data } }) => (data?.items.some(isUnderWay) ? 1500 : 30_000),
  });
  useEnds(query.data?.items);
  const { run } = useAct();
  const cancel = (task: Task) =>
    run(task.id, async () => {
      await cancelTask(tenantId, task.id);
      await queryClient.invalidateQueries({ queryKey: ['t', tenantId, 'tasks'] });
      toast({ text: text.cancelled });
    });
  return (
    <ListPage
      text={text}
      what={text.what}
      state={state}
      query={query}
      filters={filters}
      hasSearch={false}
      rowName={kindOf}
      rowActions={(task) => (isUnderWay(task) ? [{ label: text.cancel, onSelect: () => void cancel(task) }] : [])}
      columns={columns}
    />
  );
}

const columns: Column<Task>[] = [
  { name: 'kind', label: text.kind, text: kindOf },
  statusColumn('state', text.state, ({ state }) => state),
  {
    name: 'progress',
    label: text.progress,
    text: ({ done, total }) => text.done(done, total),
    cell: (task) => <Progress task={task} />,
    priority: 2,
  },
  { name: 'result', label: text.result, text: () => null, cell: (task) => <Result task={task} /> },
  timeColumn('createdAt', text.created, ({ createdAt }) => createdAt, { sort: 'createdAt', priority: 2 }),
  timeColumn('finishedAt', text.finished, ({ finishedAt }) => finishedAt, { none: '—', priority: 3 }),
];

/** Says aloud when a task that ran has ended. */
function useEnds(items: Task[] | undefined) {
  const running = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!items) return;
    for (const task of items)
      if (running.current.has(task.id) && !isUnderWay(task)) announce(text.ended(kindOf(task), statusText(task.state)));
    running.current = new Set(items.filter(isUnderWay).map(({ id }) => id));
  }, [items]);
}

function Progress({ task }: { task: Task }) {
  const label = text.done(task.done, task.total);
  if (!isUnderWay(task)) return <span className="tabular">{label}</span>;
  return (
    <span className="progress">
      <progress max={task.total ?? undefined} value={task.total ? task.done : undefined} aria-label={text.progress} />
      <span className="tabular small">{label}</span>
    </span>
  );
}

function Result({ task }: { task: Task }) {
  const tenantId = useTenantId();
  const { result } = task;
  if (task.state === 'failed') {
    const problem = result?.problem as { detail?: string; title?: string } | undefined;
    return <span>{problem?.detail ?? problem?.title ?? '—'}</span>;
  }
  if (task.state !== 'done' || !result?.href) return <span className="faint">—</span>;
  return (
    <>
      <a href={taskResultUrl(tenantId, task.id)} download={String(result.fileName ?? '')}>
        {text.download(Number(result.rows ?? 0), bytesText(Number(result.bytes ?? 0)))}
      </a>
      {result.expiresAt ? (
        <span className="faint small kept-until">
          {text.keptUntil} {localDay(String(result.expiresAt))}
        </span>
      ) : null}
    </>
  );
}
