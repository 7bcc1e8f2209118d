import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const THREADS = '/proc/self/task';
/** As `nice` counts. Further back they would come too late to what a long body leaves behind. */
export const BEHIND = 5;
const LAST = 19;

/**
 * V8's helpers, which compile and mark what is garbage, step back behind the thread that carries requests: on few processors
 * it would wait for 4 ms whenever one of them has its turn (decision 31). So do those that wait for disks and names and check
 * signatures, as far as they are there yet: nothing tells them apart. Linux only; elsewhere nothing happens.
 */
export function letHelpersStepBack() {
  if (process.platform !== 'linux') return;
  // One that has ended, or may not be asked to, does not matter: requests are carried all the same.
  const ids = unlessRefused(() => readdirSync(THREADS).map(Number)) ?? [];
  // By another count of processes these would be somebody else's.
  if (!ids.includes(process.pid)) return;
  const own = unlessRefused(() => getPriority()) ?? 0;
  const behind = Math.min(LAST, own + BEHIND);
  for (const id of ids) if (id !== process.pid) unlessRefused(() => setPriority(id, behind));
}

function unlessRefused<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
