import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { ChangeWaits } from '../api/problem.ts';
import { en } from '../messages/en.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { ProblemNote } from './problems.tsx';

/**
 * Confirms what cannot be undone. It lists what breaks; with `typedName` the name must be typed or pasted first. The focus
 * is on Cancel or on the field, never on the button that does it.
 */
export function ConfirmDialog({
  title,
  verb,
  text,
  breaks = [],
  breaksTitle = en.confirm.breaks,
  typedName,
  kind = 'danger',
  reason = null,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  verb: string;
  text: ReactNode;
  breaks?: string[];
  /** What the list of them is called, where nothing breaks. */
  breaksTitle?: string;
  typedName?: string;
  /** `primary` for what can be taken back. */
  kind?: 'danger' | 'primary';
  /** Why it cannot be done yet. */
  reason?: string | null;
  onConfirm: (typed: string) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const isAsked = error instanceof ChangeWaits;
  const isBlocked = typedName !== undefined && typed.trim() !== typedName;
  const confirm = async (event: FormEvent) => {
    event.preventDefault();
    if (reason || isBlocked || isPending) return;
    setPending(true);
    setError(undefined);
    try {
      await onConfirm(typed.trim());
    } catch (problem) {
      setError(problem);
      setPending(false);
    }
  };
  return (
    <Dialog
      title={title}
      role="alertdialog"
      describedBy={id}
      isSent={isPending}
      onClose={onClose}
      footer={
        <>
          <button
            type="button"
            className="plain-button"
            data-autofocus={typedName === undefined || undefined}
            onClick={onClose}
          >
            {isAsked ? en.action.close : en.action.cancel}
          </button>
          {isAsked ? null : (
            <Button
              kind={kind}
              type="submit"
              form={`${id}-form`}
              pending={isPending}
              reason={reason ?? (isBlocked ? en.confirm.mismatch(typedName) : null)}
            >
              {verb}
            </Button>
          )}
        </>
      }
    >
      <form id={`${id}-form`} onSubmit={confirm} noValidate>
        <div id={id} className="prose">
          <p>{text}</p>
          {breaks.length ? (
            <>
              <h3>{breaksTitle}</h3>
              <ul>
                {breaks.map((each) => (
                  <li key={each}>{each}</li>
                ))}
              </ul>
            </>
          ) : null}
        </div>
        {children}
        {typedName === undefined ? null : (
          <label className="typed-name">
            {en.confirm.typeName(typedName)}
            <input
              data-autofocus
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </label>
        )}
        <ProblemNote error={error} />
      </form>
    </Dialog>
  );
}
