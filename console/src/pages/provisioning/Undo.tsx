import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { previewUndo, startUndo } from '../../api/provisioning.ts';
import { taskResultUrl, tasks } from '../../api/tenant.ts';
import type { Provisioning, Task, UndoPreview } from '../../api/types.ts';
import { Button } from '../../kit/Button.tsx';
import { ConfirmDialog } from '../../kit/confirm.tsx';
import { useCreation } from '../../kit/creation.ts';
import { announce } from '../../kit/live.ts';
import { Section } from '../../kit/Page.tsx';
import { Note, ProblemNote } from '../../kit/problems.tsx';
import { Time } from '../../kit/Time.tsx';
import { provisioningText as text } from '../../messages/en.provisioning.ts';
import { taskText } from '../../messages/en.tasks.ts';
import { localTime } from '../../messages/format.ts';
import { reasonOf, useTenantId } from '../../shell/where.ts';
import { useLook } from '../access/looking.tsx';
import { Foreseen } from './Foreseen.tsx';

const HOUR_MS = 3_600_000;
const POLL_MS = 1_500;
const isUnderWay = ({ state }: Task) => state === 'waiting' || state === 'running';

/** Takes back what provisioning changed in a time: chosen, looked at, confirmed, then done as a task. */
export function Undo({ value }: { value: Provisioning }) {
  const tenantId = useTenantId();
  const [hours, setHours] = useState('1');
  const [own, setOwn] = useState({ from: '', to: '' });
  const [preview, setPreview] = useState<UndoPreview>();
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const [isConfirming, setConfirming] = useState(false);
  const [taskId, setTaskId] = useState<string>();
  const { key } = useCreation({ from: preview?.from ?? '', to: preview?.to ?? '' });
  const reason = reasonOf(value.actions, 'provisioning.undo');
  const choose = (chosen: string) => {
    setHours(chosen);
    setPreview(undefined);
  };
  const look = async (event: FormEvent) => {
    event.preventDefault();
    if (reason !== null || isPending) return;
    setPending(true);
    setError(undefined);
    setPreview(undefined);
    try {
      setPreview(await previewUndo(tenantId, windowOf(hours, own)));
    } catch (problem) {
      setError(problem);
    } finally {
      setPending(false);
    }
  };
  const { shown } = useLook(
    preview && preview.changes > 0 ? { provisioning: { undo: { from: preview.from, to: preview.to } } } : null,
  );
  const undoable = preview ? preview.changes - preview.obstacleCount : 0;
  return (
    <Section title={text.undo} lead={text.undoLead(value.undoDays)}>
      <form className="undo-form" onSubmit={look}>
        <label className="filter">
          <span>{text.since}</span>
          <select value={hours} onChange={(event) => choose(event.currentTarget.value)}>
            {Object.entries(text.windows).map(([each, label]) => (
              <option key={each} value={each}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {hours === 'own'
          ? (['from', 'to'] as const).map((end) => (
              <label key={end} className="filter">
                <span>{text[end]}</span>
                <input
                  type="datetime-local"
                  step={1}
                  value={own[end]}
                  onChange={(event) => {
                    setOwn({ ...own, [end]: event.currentTarget.value });
                    setPreview(undefined);
                  }}
                />
              </label>
            ))
          : null}
        <Button
          type="submit"
          pending={isPending}
          reason={reason ?? (hours === 'own' && !own.from ? text.ownFirst : null)}
        >
          {text.preview}
        </Button>
      </form>
      <ProblemNote error={error} />
      {preview ? (
        <Preview preview={preview}>
          {shown}
          {undoable > 0 ? (
            <Button kind="danger-quiet" reason={reason} onClick={() => setConfirming(true)}>
              {text.undoVerb}
            </Button>
          ) : null}
        </Preview>
      ) : null}
      {taskId ? <Progress id={taskId} /> : null}
      {preview && isConfirming ? (
        <ConfirmDialog
          title={text.undoTitle}
          verb={text.undoVerb}
          text={`${text.undoes(preview.changes)}: ${localTime(preview.from)} – ${localTime(preview.to)}.`}
          breaks={[...effectsOf(preview), ...text.undoBreaks, ...preview.warnings]}
          typedName={text.undoTyped(preview.changes)}
          onClose={() => setConfirming(false)}
          onConfirm={async () => {
            // What was looked at is what is done: the window ends when the preview was made.
            const task = await startUndo(tenantId, { from: preview.from, to: preview.to }, key);
            setConfirming(false);
            setPreview(undefined);
            setTaskId(task.id);
          }}
        />
      ) : null}
    </Section>
  );
}

function windowOf(hours: string, own: { from: string; to: string }): { from: string; to?: string } {
  if (hours !== 'own') return { from: new Date(Date.now() - Number(hours) * HOUR_MS).toISOString() };
  const at = (local: string) => new Date(local).toISOString();
  return { from: at(own.from), ...(own.to ? { to: at(own.to) } : {}) };
}

function Preview({ preview, children }: { preview: UndoPreview; children: React.ReactNode }) {
  const { changes, obstacles, obstacleCount, warnings } = preview;
  if (changes === 0)
    return (
      <p role="status" className="undo-preview">
        {text.undoesNothing}
      </p>
    );
  const effects = effectsOf(preview);
  return (
    <Foreseen
      title={text.undoes(changes)}
      lines={effects.length > 0 ? effects : [text.nothingHere]}
      warnings={warnings}
    >
      {obstacleCount > 0 ? (
        <Note tone="warn" title={text.inTheWay(obstacleCount)}>
          <ul>
            {obstacles.map(({ at, target, reason }) => (
              <li key={`${at} ${target.id} ${reason}`}>
                <strong>{target.name ?? target.id}</strong>, <Time at={at} />: {reason}
              </li>
            ))}
            {obstacleCount > obstacles.length ? <li>{text.moreInTheWay(obstacleCount - obstacles.length)}</li> : null}
          </ul>
        </Note>
      ) : null}
      {children}
    </Foreseen>
  );
}

function effectsOf({ accounts, groups }: UndoPreview): string[] {
  const effects: [number, (n: number) => string][] = [
    [accounts.restored, text.peopleBack],
    [accounts.removed, text.peopleGo],
    [accounts.changed, text.peopleChanged],
    [groups.restored, text.groupsBack],
    [groups.removed, text.groupsGo],
    [groups.changed, text.groupsChanged],
  ];
  return effects.filter(([n]) => n > 0).map(([n, say]) => say(n));
}

/** How far the task is; it goes on without this page, and is listed under Tasks. */
function Progress({ id }: { id: string }) {
  const tenantId = useTenantId();
  const queryClient = useQueryClient();
  const { data } = useQuery({
    ...tasks(tenantId),
    refetchInterval: ({ state }) => {
      const task = state.data?.items.find((each) => each.id === id);
      return task && !isUnderWay(task) ? false : POLL_MS;
    },
    staleTime: 0,
  });
  const task = data?.items.find((each) => each.id === id);
  const ended = task && !isUnderWay(task) ? (text.undoEnded[task.state] ?? task.state) : undefined;
  useEffect(() => {
    if (!ended) return;
    announce(ended);
    void queryClient.invalidateQueries({ queryKey: ['t', tenantId] });
  }, [ended, queryClient, tenantId]);
  return (
    <Note tone={task?.state === 'failed' ? 'warn' : ended ? 'good' : 'info'} title={ended ?? text.undoRuns}>
      {task && !ended ? (
        <span className="progress">
          <progress
            max={task.total ?? undefined}
            value={task.total ? task.done : undefined}
            aria-label={text.undoRuns}
          />
          <span className="tabular small">{taskText.done(task.done, task.total)}</span>
        </span>
      ) : null}
      {task?.state === 'done' && task.result?.href ? (
        <a href={taskResultUrl(tenantId, id)} download={String(task.result.fileName ?? '')}>
          {text.undoResult}
        </a>
      ) : (
        <Link to="/t/$tenantId/tasks" params={{ tenantId }}>
          {text.undoSee}
        </Link>
      )}
    </Note>
  );
}
