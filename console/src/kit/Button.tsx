import type { MouseEventHandler, ReactNode, Ref } from 'react';
import { Tip } from './Tip.tsx';

type Kind = 'primary' | 'plain' | 'quiet' | 'danger' | 'danger-quiet';

interface ButtonProps {
  children: ReactNode;
  kind?: Kind;
  size?: 'sm' | 'xs';
  type?: 'button' | 'submit';
  icon?: ReactNode;
  /** Why it cannot be used now: it stays focusable, does nothing, and says so. */
  reason?: string | null | undefined;
  pending?: boolean;
  full?: boolean;
  onClick?: MouseEventHandler<HTMLButtonElement>;
  autoFocus?: boolean;
  label?: string;
  ref?: Ref<HTMLButtonElement>;
  form?: string;
}

export function Button({
  children,
  kind = 'plain',
  size = 'sm',
  type = 'button',
  icon,
  reason,
  pending,
  full,
  onClick,
  label,
  ...rest
}: ButtonProps) {
  const isOff = Boolean(reason) || pending;
  const button = (describedBy?: string) => (
    <button
      {...rest}
      className={`button button-${kind} button-${size}`}
      type={isOff && type === 'submit' ? 'button' : type}
      data-full={full || undefined}
      data-off={isOff || undefined}
      aria-disabled={isOff || undefined}
      aria-busy={pending || undefined}
      aria-describedby={describedBy}
      aria-label={label}
      onMouseDown={(event) => {
        // A field left by this click would show its error, move the button from below the pointer and swallow the click.
        if (type === 'submit') event.preventDefault();
      }}
      onClick={(event) => {
        if (isOff) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {pending ? <span className="spinner" aria-hidden="true" /> : icon}
      {children}
    </button>
  );
  return reason ? <Tip text={reason}>{button}</Tip> : button();
}

/** A button that is an icon, with its name as label and tip. */
export function IconButton({
  label,
  children,
  onClick,
  badge,
  ...rest
}: {
  label: string;
  children: ReactNode;
  onClick?: MouseEventHandler<HTMLButtonElement>;
  badge?: number;
  'aria-expanded'?: boolean;
  'aria-haspopup'?: 'menu' | 'dialog';
  'aria-controls'?: string;
  popoverTarget?: string;
  ref?: Ref<HTMLButtonElement>;
}) {
  return (
    <button {...rest} type="button" className="icon-button" aria-label={label} title={label} onClick={onClick}>
      {children}
      {badge ? (
        <span className="icon-badge" aria-hidden="true">
          {badge > 99 ? '99+' : badge}
        </span>
      ) : null}
    </button>
  );
}
