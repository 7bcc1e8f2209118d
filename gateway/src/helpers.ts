import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

const THREADS = '/proc/self/task';
/** As `nice` counts. Further back they would come too late to what a long body leaves behind. */
export const BEHIND = 5;

/**
 * V8's helpers, which compile and mark what is garbage, step back behind the thread that carries requests: on few processors
 * it would wait for 4 ms whenever one of them has its turn (decision 31). Those that begin later, for disks and names, stay
 * as they are. Linux only; elsewhere nothing happens.
 */
export function letHelpersStepBack() {
  if (process.platform !== 'linux') return;
  try {
    for (const id of readdirSync(THREADS).map(Number)) if (id !== process.pid) setPriority(id, BEHIND);
  } catch {
    // Where threads cannot be seen or asked to, they are as quick without.
  }
}
