import { type ReactNode, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { placeBeside } from './layers.tsx';

/**
 * Says more about what it wraps on hover and on focus; Escape hides it. The trigger takes `describedBy`, so that the text
 * is its description also for who cannot see the tip. A text that is a function is made when it is shown first.
 */
export function Tip({
  text,
  children,
}: {
  text: ReactNode | (() => ReactNode);
  children: (describedBy: string) => ReactNode;
}) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const layer = useRef<HTMLSpanElement>(null);
  const [isMade, setMade] = useState(false);
  const show = () => {
    if (!layer.current || !anchor.current || layer.current.matches(':popover-open')) return;
    if (!isMade) flushSync(() => setMade(true));
    layer.current.showPopover();
    placeBeside(layer.current, anchor.current, 'above', 'start');
  };
  const hide = () => layer.current?.matches(':popover-open') && layer.current.hidePopover();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: shows the description of the control inside, which stays the control
    <span
      className="tip-anchor"
      ref={anchor}
      onPointerEnter={show}
      onPointerLeave={hide}
      onFocus={show}
      onBlur={hide}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && layer.current?.matches(':popover-open')) {
          event.stopPropagation();
          hide();
        }
      }}
    >
      {children(id)}
      <span className="tip" id={id} role="tooltip" popover="manual" ref={layer}>
        {typeof text !== 'function' ? text : isMade ? text() : null}
      </span>
    </span>
  );
}
