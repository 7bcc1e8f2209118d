import { useEffect, useRef, useState } from 'react';

/** Typing is over when nothing came for so long. */
const PAUSE_MS = 150;

/**
 * What is typed beside a list. It narrows the list once typing pauses, and at once with Enter; back, forward and "Clear
 * filters" change it without typing.
 *
 * @param value the one in the address
 * @param isWrong of what is typed: that stands in the field, and the list stays as it is
 */
export function useTyped(value: string, onChange: (value: string) => void, isWrong?: (typed: string) => boolean) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string, delayMs = PAUSE_MS) => {
    setTyped(next);
    clearTimeout(timer.current);
    const given = next.trim();
    if (isWrong?.(given)) return;
    timer.current = setTimeout(() => {
      sent.current = given;
      onChange(given);
    }, delayMs);
  };
  return { typed, change, isWrong: isWrong?.(typed.trim()) ?? false };
}
