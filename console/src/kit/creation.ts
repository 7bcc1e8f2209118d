import { useMemo } from 'react';
import { newIdempotencyKey } from '../api/client.ts';

/**
 * The key and the moment of a creation. They stay as long as the form does, so that sending it again after a lost answer
 * is the same request and makes no second object; with the first changed letter it is another one.
 */
export function useCreation(values: Record<string, string>): { key: string; startedAtMs: number } {
  const typed = JSON.stringify(values);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another form is another creation
  return useMemo(() => ({ key: newIdempotencyKey(), startedAtMs: Date.now() }), [typed]);
}
