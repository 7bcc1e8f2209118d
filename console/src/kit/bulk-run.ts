import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { en } from '../messages/en.ts';
import { announce } from './live.ts';
import { problemText } from './problems.tsx';
import type { Row } from './Table.tsx';

/** An act on ticked rows, one call after another: the API has no call for several. */
export interface BulkAction<R> {
  name: string;
  /** On the button: "Disable". */
  verb: string;
  /** With the count, "Disable 12 accounts"; the verb before the count when left out. */
  title?: (these: string) => string;
  isDangerous?: boolean;
  /** Why a row is left out; null when it takes part. */
  skip: (row: R) => string | null;
  act: (row: R) => Promise<unknown>;
  /** What takes it back, where that is possible. */
  undo?: (row: R) => Promise<unknown>;
  /** Asked before what cannot be taken back, or what takes something from others: `look` shows from whom. */
  confirm?: (rows: R[]) => { text: string; breaks?: string[]; typed?: string; look?: ReactNode; kind?: 'primary' };
}

export interface Outcome {
  id: string;
  name: string;
  state: 'waiting' | 'done' | 'skipped' | 'failed';
  reason: string;
}

interface Job<R> {
  title: string;
  rows: R[];
  outcomes: Outcome[];
  isRunning: boolean;
  undo: BulkAction<R>['undo'];
}

const LONGEST_WAIT_SECONDS = 60;

/** Runs acts over rows and keeps what became of each. Leaving the page is held back while one runs. */
export function useBulkRun<R extends Row>({
  rowName,
  refresh,
}: {
  rowName: (row: R) => string;
  refresh: () => Promise<unknown>;
}) {
  const [job, setJob] = useState<Job<R>>();
  const isStopped = useRef(false);
  useBlocker({ shouldBlockFn: () => job?.isRunning ?? false, enableBeforeUnload: () => job?.isRunning ?? false });

  const run = async (title: string, rows: R[], { act, skip, undo }: Pick<BulkAction<R>, 'act' | 'skip' | 'undo'>) => {
    isStopped.current = false;
    const outcomes: Outcome[] = rows.map((row) => ({ id: row.id, name: rowName(row), state: 'waiting', reason: '' }));
    const show = (isRunning: boolean) => setJob({ title, rows, outcomes: [...outcomes], isRunning, undo });
    show(true);
    for (const [at, row] of rows.entries()) {
      const outcome = outcomes[at] as Outcome;
      const reason = isStopped.current ? en.bulk.stopped : skip(row);
      outcomes[at] = reason
        ? { ...outcome, state: 'skipped', reason }
        : { ...outcome, ...(await attempt(() => act(row))) };
      show(true);
    }
    await refresh();
    show(false);
    announce(en.bulk.summary(countsOf(outcomes)));
  };
  return {
    job,
    run,
    /** Takes back what was done. */
    undo: () => {
      if (!job?.undo) return;
      const done = job.rows.filter((_, at) => job.outcomes[at]?.state === 'done');
      void run(en.bulk.undoing(job.title), done, { act: job.undo, skip: () => null });
    },
    stop: () => {
      isStopped.current = true;
    },
    close: () => setJob(undefined),
  };
}

/** Waits when the server asks for it: the acts of one person may be more than a second allows. */
async function attempt(act: () => Promise<unknown>): Promise<Pick<Outcome, 'state' | 'reason'>> {
  for (let waited = 0; ; ) {
    try {
      await act();
      return { state: 'done', reason: '' };
    } catch (error) {
      const seconds = error instanceof ApiProblem && error.status === 429 ? (error.retryAfterSeconds ?? 0) : 0;
      waited += seconds;
      if (seconds === 0 || waited > LONGEST_WAIT_SECONDS) {
        const { text, requestId } = problemText(error);
        return { state: 'failed', reason: requestId ? `${text} ${en.error.requestId} ${requestId}` : text };
      }
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}

export function countsOf(outcomes: Outcome[]) {
  const of = (state: Outcome['state']) => outcomes.filter((each) => each.state === state).length;
  return { done: of('done'), skipped: of('skipped'), failed: of('failed') };
}
