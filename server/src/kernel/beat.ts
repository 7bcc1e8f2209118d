import { setTimeout as pause } from 'node:timers/promises';

/** Longer than the work of an answer takes while nothing is in its way. */
const BEAT_MS = 50;

/**
 * Lets an answer out 50 ms after it was asked for, or at the next multiple of that, whatever the work came to: so how long
 * it took tells nobody whether there was something to do.
 */
export async function onBeat<T>(work: () => Promise<T>): Promise<T> {
  const first = pause(BEAT_MS);
  let isDone = false;
  const outcome = work().finally(() => {
    isDone = true;
  });
  outcome.catch(() => undefined);
  await first;
  while (!isDone) await pause(BEAT_MS);
  return outcome;
}
