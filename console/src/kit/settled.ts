import { useDeferredValue, useEffect, useState } from 'react';

/** What was typed, 150 ms after the last key. */
export function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value.trim()), 150);
    return () => clearTimeout(timer);
  }, [value]);
  return useDeferredValue(settled);
}
