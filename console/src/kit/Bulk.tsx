import { IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { en } from '../messages/en.ts';
import { number } from '../messages/format.ts';
import { Button, IconButton } from './Button.tsx';
import { type BulkAction, countsOf, type Outcome, useBulkRun } from './bulk-run.ts';
import { copyText } from './CopyButton.tsx';
import { ConfirmDialog } from './confirm.tsx';
import { csvOf } from './csv.ts';
import { Dialog } from './Dialog.tsx';
import { Status } from './Status.tsx';
import { type Column, type Row, Table } from './Table.tsx';
import type { Ticks } from './ticks.ts';
import { toast } from './toasts.tsx';

/** What acts that are the page's own are given. */
export interface More {
  /** The ticked rows. */
  ids: string[];
  /** How many match, in words, when every row of the page is ticked and there are more. */
  matching: string | null;
  /** What narrows the list now, in words. */
  narrowedBy: string[];
  clear: () => void;
}

/** What can be done with the ticked rows, and how far it has come. */
export function Bulk<R extends Row>({
  what,
  rows,
  actions,
  ticks,
  rowName,
  more,
  matching,
  narrowedBy,
  refresh,
}: {
  what: string;
  rows: R[];
  actions: BulkAction<R>[];
  ticks: Ticks;
  rowName: (row: R) => string;
  more?: ((given: More) => ReactNode) | undefined;
  /** How many match, in words, when that is more than the page; else null. */
  matching: string | null;
  narrowedBy: string[];
  refresh: () => Promise<unknown>;
}) {
  const [asking, setAsking] = useState<{ action: BulkAction<R>; rows: R[] }>();
  const { job, run, undo, stop, close } = useBulkRun<R>({ rowName, refresh });
  const ticked = rows.filter(({ id }) => ticks.ids.has(id));
  const taking = ({ skip }: BulkAction<R>, chosen: R[]) => chosen.filter((row) => skip(row) === null);
  const titleOf = (action: BulkAction<R>, chosen: R[]) => {
    const these = en.list.rows(number(taking(action, chosen).length), what);
    return action.title?.(these) ?? `${action.verb} ${these}`;
  };
  const start = (action: BulkAction<R>, chosen: R[]) => void run(titleOf(action, chosen), chosen, action);
  const question = asking?.action.confirm?.(taking(asking.action, asking.rows));
  return (
    <>
      {ticked.length > 0 ? (
        <section className="sticky-bar" aria-label={en.bulk.label}>
          <strong>{en.bulk.ticked(en.list.rows(number(ticked.length), what))}</strong>
          {actions.map((action) => (
            <Button
              key={action.name}
              kind={action.isDangerous ? 'danger-quiet' : 'plain'}
              reason={reasonForAll(action, ticked)}
              onClick={() => (action.confirm ? setAsking({ action, rows: ticked }) : start(action, ticked))}
            >
              {action.verb}
            </Button>
          ))}
          {more?.({
            ids: ticked.map(({ id }) => id),
            matching: ticked.length === rows.length ? matching : null,
            narrowedBy,
            clear: ticks.clear,
          })}
          <IconButton label={en.bulk.clear} onClick={ticks.clear}>
            <IconX size={18} aria-hidden="true" />
          </IconButton>
        </section>
      ) : null}
      {asking && question ? (
        <ConfirmDialog
          title={`${titleOf(asking.action, asking.rows)}?`}
          verb={asking.action.verb}
          text={question.text}
          breaks={[
            ...(question.breaks ?? []),
            ...leftOut(asking.rows.length - taking(asking.action, asking.rows).length),
          ]}
          {...(question.kind ? { kind: question.kind } : {})}
          {...(question.typed ? { typedName: question.typed } : {})}
          onClose={() => setAsking(undefined)}
          onConfirm={async () => {
            setAsking(undefined);
            start(asking.action, asking.rows);
          }}
        >
          {question.look}
        </ConfirmDialog>
      ) : null}
      {job ? (
        <Result
          title={job.title}
          outcomes={job.outcomes}
          isRunning={job.isRunning}
          onUndo={job.undo ? undo : undefined}
          onStop={stop}
          onClose={() => {
            close();
            ticks.clear();
            // The bar that had the focus is gone.
            setTimeout(() => document.querySelector<HTMLElement>('.table-region')?.focus());
          }}
        />
      ) : null}
    </>
  );
}

const leftOut = (n: number) => (n > 0 ? [en.bulk.leftOut(n)] : []);

/** Why none of the rows takes part; null when one does. */
function reasonForAll<R>({ skip }: BulkAction<R>, rows: R[]): string | null {
  const reasons = new Set(rows.map(skip));
  if (reasons.has(null)) return null;
  return reasons.size === 1 ? ([...reasons][0] ?? null) : en.bulk.none;
}

const columns: Column<Outcome>[] = [
  { name: 'name', label: en.bulk.row, text: ({ name }) => name },
  {
    name: 'state',
    label: en.bulk.outcome,
    text: ({ state }) => state,
    cell: ({ state }) => <Status status={state} />,
  },
  { name: 'reason', label: en.bulk.reason, text: ({ reason }) => reason },
];
const order: Outcome['state'][] = ['failed', 'skipped', 'done', 'waiting'];

function Result({
  title,
  outcomes,
  isRunning,
  onUndo,
  onStop,
  onClose,
}: {
  title: string;
  outcomes: Outcome[];
  isRunning: boolean;
  onUndo: (() => void) | undefined;
  onStop: () => void;
  onClose: () => void;
}) {
  const summary = useRef<HTMLParagraphElement>(null);
  const counts = countsOf(outcomes);
  const past = outcomes.filter(({ state }) => state !== 'waiting').length;
  useEffect(() => {
    if (!isRunning) summary.current?.focus();
  }, [isRunning]);
  // What went wrong comes first; while it runs, rows keep their places.
  const shown = isRunning ? outcomes : outcomes.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return (
    <Dialog
      title={title}
      kind="wide"
      onClose={isRunning ? undefined : onClose}
      footer={
        isRunning ? (
          <Button onClick={onStop}>{en.bulk.stop}</Button>
        ) : (
          <>
            <Button
              onClick={async () => {
                await copyText(csvOf(columns, outcomes));
                toast({ text: en.bulk.copied });
              }}
            >
              {en.bulk.copy}
            </Button>
            {onUndo && counts.done > 0 ? <Button onClick={onUndo}>{en.action.undo}</Button> : null}
            <Button kind="primary" onClick={onClose}>
              {en.action.done}
            </Button>
          </>
        )
      }
    >
      <p className="progress" ref={summary} tabIndex={-1}>
        {isRunning ? <progress max={outcomes.length} value={past} aria-label={title} /> : null}
        <span className="tabular">
          {isRunning ? en.bulk.progress(number(past), number(outcomes.length)) : en.bulk.summary(counts)}
        </span>
      </p>
      <Table what={en.bulk.results} rows={shown} columns={columns} rowName={({ name }) => name} />
    </Dialog>
  );
}
