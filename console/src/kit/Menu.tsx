import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { placeBeside } from './layers.tsx';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  onSelect: () => void;
  /** Why it cannot be chosen now. */
  reason?: string | null | undefined;
  isDangerous?: boolean;
  isChecked?: boolean;
  /** Whether checked is one of several or each for itself. */
  check?: 'radio' | 'checkbox';
}

/**
 * A button that opens a menu of actions: arrows, Home, End and first letters move, Escape closes. What is in it is made
 * when it opens: a table has one in each row.
 */
export function Menu({
  label,
  trigger,
  items,
  header,
  className = 'icon-button',
  align = 'end',
}: {
  label: string;
  trigger: ReactNode;
  items: MenuItem[];
  header?: ReactNode;
  className?: string;
  align?: 'start' | 'end';
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const focusItem = (index: number) => {
    const all = layer.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [];
    all[(index + all.length) % all.length]?.focus();
  };
  const close = () => {
    layer.current?.hidePopover();
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(layer.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'ArrowDown') focusItem(at + 1);
    else if (event.key === 'ArrowUp') focusItem(at - 1);
    else if (event.key === 'Home') focusItem(0);
    else if (event.key === 'End') focusItem(-1);
    else if (event.key === 'Escape') close();
    else if (event.key === 'Tab') layer.current?.hidePopover();
    else if (event.key.length === 1 && /\S/.test(event.key)) {
      const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) =>
        item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()),
      );
      next?.focus();
    } else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <button
        type="button"
        ref={button}
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={id}
        popoverTarget={id}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' || isOpen) return;
          event.preventDefault();
          layer.current?.showPopover();
        }}
      >
        {trigger}
      </button>
      <div
        id={id}
        ref={layer}
        popover="auto"
        className="menu"
        onBeforeToggle={({ newState }) => newState === 'open' && flushSync(() => setOpen(true))}
        onToggle={(event) => {
          const opened = event.newState === 'open';
          setOpen(opened);
          if (!opened || !layer.current || !button.current) return;
          placeBeside(layer.current, button.current, 'below', align);
          focusItem(0);
        }}
      >
        {isOpen ? header : null}
        {isOpen ? (
          <div role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
            {items.map((item) => (
              // biome-ignore lint/a11y/useAriaPropsSupportedByRole: present only with the roles that have it
              <button
                key={item.label}
                type="button"
                role={item.isChecked === undefined ? 'menuitem' : `menuitem${item.check ?? 'checkbox'}`}
                aria-checked={item.isChecked}
                tabIndex={-1}
                className={`menu-item${item.isDangerous ? ' menu-item-danger' : ''}`}
                aria-disabled={item.reason ? true : undefined}
                onClick={() => {
                  if (item.reason) return;
                  close();
                  item.onSelect();
                }}
              >
                {item.icon ? <span className="menu-icon">{item.icon}</span> : null}
                <span>
                  {item.label}
                  {item.reason ? <span className="menu-reason">{item.reason}</span> : null}
                </span>
              </button>
            ))}
          </div>
        ) : null}
      </div>
    </>
  );
}
