import { useSyncExternalStore } from 'react';
import { en } from '../messages/en.ts';
import { fromNow, localTime, shortTime, utcTime } from '../messages/format.ts';
import { Tip } from './Tip.tsx';

let tick = 0;
const listeners = new Set<() => void>();
setInterval(() => {
  tick++;
  for (const listener of listeners) listener();
}, 30_000);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Time from now, kept current; the exact local time and UTC on hover and focus. `isExact` shows the local time as well. */
export function Time({
  at,
  none = en.time.never,
  isExact,
}: {
  at: string | null | undefined;
  none?: string;
  isExact?: boolean;
}) {
  useSyncExternalStore(subscribe, () => tick);
  if (!at) return <span className="time faint">{none}</span>;
  return (
    <Tip
      text={() => (
        <>
          {localTime(at)}
          <br />
          {utcTime(at)}
        </>
      )}
    >
      {(describedBy) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time is for the keyboard too (console design, section 4)
        <time dateTime={at} tabIndex={0} aria-describedby={describedBy} className="time">
          {isExact ? <span className="time-exact">{shortTime(at)}</span> : null}
          {fromNow(at)}
        </time>
      )}
    </Tip>
  );
}
