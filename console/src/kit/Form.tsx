import { useBlocker } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { ApiProblem, ChangeWaits, sentenceOf } from '../api/problem.ts';
import { en } from '../messages/en.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import type { Draft, Errors, Values } from './draft.ts';
import { announce } from './live.ts';
import { ProblemNote } from './problems.tsx';

export interface FormProps<K extends string> {
  draft: Draft<K>;
  /** Field names with their labels, in order: for the summary of errors and for conflicts. */
  labels: Partial<Record<K, string>>;
  check?: (values: Values<K>) => Errors;
  /** Sends the form. What it throws is shown here, at the fields that the problem names. */
  onSubmit: () => Promise<unknown>;
  /** After a save, with the guard already down. */
  onDone?: () => void;
  /** Reads the object again after someone else saved first. */
  reread?: () => Promise<Values<K>>;
  submit: string;
  /** An edit: there is nothing to save until something changed. */
  isEdit?: boolean;
  onCancel?: () => void;
  reason?: string | null;
  children: ReactNode;
  /** Off where leaving loses nothing worth asking for: sign-in. */
  isGuarded?: boolean;
  full?: boolean;
}

/** The one form: summary of errors, guard of unsaved work, conflicts, Ctrl or Cmd with Enter. */
export function Form<K extends string>(props: FormProps<K>) {
  const {
    draft,
    labels,
    check,
    onSubmit,
    onDone,
    reread,
    submit,
    isEdit,
    onCancel,
    reason,
    children,
    isGuarded = true,
    full,
  } = props;
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const summary = useRef<HTMLDivElement>(null);
  const isSaved = useRef(false);
  const [isPending, setPending] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [theirs, setTheirs] = useState<Values<K>>();
  const [attempt, setAttempt] = useState(0);
  /** What waits for a second person now: there is nothing of it left to send, or to lose. */
  const [asked, setAsked] = useState<Values<K>>();
  const isAsked = asked === draft.values;

  const named = (Object.keys(draft.errors) as K[]).filter((name) => draft.errors[name]);
  useEffect(() => {
    if (attempt) summary.current?.focus();
  }, [attempt]);

  const blocker = useBlocker({
    shouldBlockFn: () => isGuarded && draft.isChanged && !isSaved.current && !isAsked,
    enableBeforeUnload: () => isGuarded && draft.isChanged && !isSaved.current && !isAsked,
    withResolver: true,
  });

  const off = reason ?? (isAsked ? en.waits.asked : isEdit && !draft.isChanged ? en.form.unchanged : null);
  const send = async () => {
    if (isPending || off) return;
    const found = check?.(draft.values) ?? {};
    draft.setErrors(found);
    setProblem(undefined);
    if (Object.values(found).some(Boolean)) return setAttempt((n) => n + 1);
    setPending(true);
    try {
      await onSubmit();
      isSaved.current = true;
      onDone?.();
      // The form may stay on screen after a save: the guard is for the next change.
      setTimeout(() => {
        isSaved.current = false;
      }, 500);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 412 && reread) setTheirs(await reread());
      else {
        const fields: Errors = {};
        for (const field of error instanceof ApiProblem ? error.fields : []) {
          // One of several values stands in the field of all of them.
          const path = field.path in draft.values ? field.path : field.path.replace(/\.\d+$/, '');
          if (path in draft.values) fields[path] = sentenceOf(field);
        }
        // What somebody else has already is said at its field too.
        const taken = error instanceof ApiProblem ? /^(\w+)-taken$/.exec(error.code)?.[1] : undefined;
        if (error instanceof ApiProblem && taken && taken in draft.values) fields[taken] = error.message;
        draft.setErrors(fields);
        if (error instanceof ChangeWaits) setAsked(draft.values);
        if (Object.keys(fields).length === 0) setProblem(error);
        setAttempt((n) => n + 1);
      }
    } finally {
      setPending(false);
    }
  };

  return (
    <form
      ref={form}
      className="form"
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        event.stopPropagation();
        void send();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void send();
        } else if (
          event.key === 'Enter' &&
          event.target instanceof HTMLInputElement &&
          !['checkbox', 'radio'].includes(event.target.type)
        ) {
          // Enter submits only forms of one field, and those without unsaved work to lose: sign-in.
          const fields = form.current?.querySelectorAll('input:not([type=checkbox]), textarea, select').length ?? 0;
          if (fields > 1 && isGuarded) event.preventDefault();
        }
      }}
    >
      {attempt > 0 && (named.length > 0 || problem !== undefined) ? (
        <div ref={summary} tabIndex={-1} className="summary">
          {named.length > 0 ? (
            <div className="note note-bad" role="alert">
              <div>
                <strong className="block">{en.form.errors(named.length)}</strong>
                <ul>
                  {named.map((name) => (
                    <li key={name}>
                      <a
                        href={`#${name}`}
                        onClick={(event) => {
                          event.preventDefault();
                          form.current?.querySelector<HTMLElement>(`[name="${name}"]`)?.focus();
                        }}
                      >
                        {labels[name] ?? name}: {draft.errors[name]}
                      </a>
                    </li>
                  ))}
                </ul>
              </div>
            </div>
          ) : null}
          <ProblemNote error={problem} />
        </div>
      ) : null}
      {children}
      <div className="form-actions">
        {isAsked && onCancel ? null : (
          <Button kind="primary" type="submit" pending={isPending} reason={off} full={full ?? false}>
            {submit}
          </Button>
        )}
        {onCancel ? <Button onClick={onCancel}>{isAsked ? en.action.close : en.action.cancel}</Button> : null}
      </div>
      {blocker.status === 'blocked' ? (
        <Dialog
          title={en.form.leaveTitle}
          role="alertdialog"
          describedBy={`${id}-leave`}
          onClose={blocker.reset}
          footer={
            <>
              <button type="button" className="plain-button" data-autofocus onClick={blocker.reset}>
                {en.form.stay}
              </button>
              <Button kind="danger" onClick={blocker.proceed}>
                {en.form.leave}
              </Button>
            </>
          }
        >
          <p id={`${id}-leave`}>{en.form.leaveText}</p>
        </Dialog>
      ) : null}
      {theirs ? (
        <Conflict
          draft={draft}
          theirs={theirs}
          labels={labels}
          onClose={() => setTheirs(undefined)}
          onChosen={(values) => {
            draft.rebase(theirs, values);
            setTheirs(undefined);
            announce(en.form.staleText);
          }}
        />
      ) : null}
    </form>
  );
}

/** Someone else saved first: both values of each field that both changed. What only they changed is taken from them. */
function Conflict<K extends string>({
  draft,
  theirs,
  labels,
  onClose,
  onChosen,
}: {
  draft: Draft<K>;
  theirs: Values<K>;
  labels: Partial<Record<K, string>>;
  onClose: () => void;
  onChosen: (values: Values<K>) => void;
}) {
  const names = draft.changed.filter((name) => draft.values[name] !== theirs[name]);
  const [mine, setMine] = useState<ReadonlySet<K>>(new Set(names));
  const choose = (name: K, isMine: boolean) =>
    setMine((old) => new Set(isMine ? [...old, name] : [...old].filter((each) => each !== name)));
  const apply = () => {
    const values = { ...theirs };
    for (const name of mine) values[name] = draft.values[name];
    onChosen(values);
  };
  return (
    <Dialog
      title={en.form.stale}
      kind="wide"
      onClose={onClose}
      footer={
        <Button kind="primary" onClick={apply}>
          {en.action.done}
        </Button>
      }
    >
      <p>{en.form.staleText}</p>
      {names.map((name) => (
        <fieldset key={name} className="conflict">
          <legend>{labels[name] ?? name}</legend>
          <label>
            <input
              type="radio"
              name={`conflict-${name}`}
              checked={mine.has(name)}
              onChange={() => choose(name, true)}
            />
            <span>
              {en.form.mine}: <strong>{draft.values[name] || en.form.empty}</strong>
            </span>
          </label>
          <label>
            <input
              type="radio"
              name={`conflict-${name}`}
              checked={!mine.has(name)}
              onChange={() => choose(name, false)}
            />
            <span>
              {en.form.theirs}: <strong>{theirs[name] || en.form.empty}</strong>
            </span>
          </label>
        </fieldset>
      ))}
    </Dialog>
  );
}
