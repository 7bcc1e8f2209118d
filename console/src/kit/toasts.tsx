import { IconAlertCircle, IconCheck, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { ChangeWaits } from '../api/problem.ts';
import { en } from '../messages/en.ts';
import { announce } from './live.ts';
import { problemText, WaitingLink, waitsText } from './problems.tsx';

interface Toast {
  id: number;
  text: string;
  isError?: boolean;
  link?: ReactNode;
  undo?: () => Promise<unknown>;
  requestId?: string | undefined;
}

let toasts: Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const change = (next: Toast[]) => {
  toasts = next;
  for (const listener of listeners) listener();
};
const dismiss = (id: number) => change(toasts.filter((each) => each.id !== id));

/** The result of an act whose place is no longer on screen, or that can be undone for 10 seconds. */
export function toast(message: Omit<Toast, 'id'>) {
  change([...toasts.slice(-3), { ...message, id: nextId++ }]);
  announce(message.text);
}

export const toastProblem = (error: unknown) => {
  if (error instanceof ChangeWaits) return toast({ text: waitsText(error), link: <WaitingLink waiting={error} /> });
  const { text, requestId } = problemText(error);
  toast({ text: `${en.error.changeFailed}: ${text}`, isError: true, requestId });
};

/**
 * Runs one act at a time: `pending` names the one that runs. A refusal becomes a toast and the act answers undefined.
 */
export function useAct() {
  const [pending, setPending] = useState<string>();
  const run = async <T,>(name: string, act: () => Promise<T>): Promise<T | undefined> => {
    setPending(name);
    try {
      return await act();
    } catch (error) {
      toastProblem(error);
      return undefined;
    } finally {
      setPending(undefined);
    }
  };
  return { run, pending };
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <section className="toasts" aria-label="Messages">
      {shown.map((each) => (
        <ToastItem key={each.id} toast={each} />
      ))}
    </section>
  );
}

function ToastItem({ toast: { id, text, isError, link, undo, requestId } }: { toast: Toast }) {
  const [isHeld, setHeld] = useState(false);
  const remaining = useRef(undo ? 10_000 : 6000);
  useEffect(() => {
    // Errors stay until they are dismissed; the others wait while somebody reads or points at them.
    if (isHeld || isError) return;
    const since = Date.now();
    const timer = setTimeout(() => dismiss(id), remaining.current);
    return () => {
      clearTimeout(timer);
      remaining.current = Math.max(1500, remaining.current - (Date.now() - since));
    };
  }, [isHeld, isError, id]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pauses the timer while the message is read
    <div
      className={`toast${isError ? ' toast-error' : ''}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {isError ? <IconAlertCircle size={18} aria-hidden="true" /> : <IconCheck size={18} aria-hidden="true" />}
      <div className="toast-text">
        {text} {link}
        {requestId ? <span className="mono small faint block">{`${en.error.requestId} ${requestId}`}</span> : null}
      </div>
      {undo ? (
        <button
          type="button"
          className="toast-undo"
          onClick={async () => {
            dismiss(id);
            await undo().catch(toastProblem);
          }}
        >
          {en.action.undo}
        </button>
      ) : null}
      <button
        type="button"
        className="icon-button icon-button-small"
        aria-label={en.action.dismiss}
        onClick={() => dismiss(id)}
      >
        <IconX size={16} aria-hidden="true" />
      </button>
    </div>
  );
}
