import { IconX } from '@tabler/icons-react';
import { createContext, type ReactNode, useContext, useEffect, useId, useRef } from 'react';
import { en } from '../messages/en.ts';
import { useLatest } from './layers.tsx';

const Sent = createContext(false);
/** Whether what the dialog around is about has been sent. */
export const useIsSent = () => useContext(Sent);

/**
 * A modal layer on the browser's own dialog: it keeps the focus inside, makes the page behind inert and gives the focus
 * back when it closes. `panel` stands at the side and is for short edits.
 *
 * Without `onClose` neither Escape nor a click outside closes it.
 */
export function Dialog({
  title,
  onClose,
  kind = 'dialog',
  role,
  children,
  footer,
  describedBy,
  isSent = false,
}: {
  title: ReactNode;
  onClose?: (() => void) | undefined;
  kind?: 'dialog' | 'panel' | 'wide';
  role?: 'alertdialog';
  children: ReactNode;
  footer?: ReactNode;
  describedBy?: string;
  isSent?: boolean;
}) {
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  const latestClose = useLatest(onClose);

  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const before = document.activeElement;
    dialog.showModal();
    const wanted = dialog.querySelector<HTMLElement>('[data-autofocus]') ?? dialog.querySelector<HTMLElement>('h2');
    wanted?.focus();
    const onCancel = (event: Event) => {
      event.preventDefault();
      latestClose.current?.();
    };
    dialog.addEventListener('cancel', onCancel);
    return () => {
      dialog.removeEventListener('cancel', onCancel);
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [latestClose]);

  return (
    <dialog
      ref={element}
      role={role}
      className={`dialog dialog-${kind}`}
      aria-labelledby={id}
      aria-describedby={describedBy}
      onKeyDown={(event) => {
        // Chromium closes a dialog at the second Escape even when cancel was prevented.
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        latestClose.current?.();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) latestClose.current?.();
      }}
    >
      <div className="dialog-body">
        <header className="dialog-header">
          <h2 id={id} tabIndex={-1}>
            {title}
          </h2>
          {onClose ? (
            <button type="button" className="icon-button" aria-label={en.action.close} onClick={onClose}>
              <IconX size={18} aria-hidden="true" />
            </button>
          ) : null}
        </header>
        <div className="dialog-content">
          <Sent value={isSent}>{children}</Sent>
        </div>
        {footer ? <footer className="dialog-footer">{footer}</footer> : null}
      </div>
    </dialog>
  );
}
