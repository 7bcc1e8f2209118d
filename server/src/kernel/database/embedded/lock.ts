import { link, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './processes.ts';
import { codeOf, StartProblem } from './start-problem.ts';

/**
 * Takes the data folder for this process; a lock whose holder no longer runs is taken over.
 *
 * @returns what gives it back
 * @throws {StartProblem} a live process holds it
 */
export async function lockDataFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock.json');
  const mine = join(folder, `.lock-${process.pid}-${Date.now()}`);
  const text = `${JSON.stringify(identify(process.pid))}\n`;
  await writeFile(mine, text, { mode: 0o600, flag: 'wx' });
  try {
    while (!(await claimed(mine, path))) {
      const held = await readIfThere(path);
      const holder = parseHolder(held);
      if (holder && isAlive(holder)) {
        throw new StartProblem(
          `Bailiwick already runs on ${folder} (process ${holder.pid}). Use that one, end it first (kill ${holder.pid}), ` +
            'or start on other data: BAILIWICK_DATA=<folder> npm start',
        );
      }
      await removeStale(path, held, `${mine}-stale`);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return async () => {
    if ((await readIfThere(path)) === text) await rm(path, { force: true });
  };
}

/** Link, not create: the lock appears with its contents or not at all. */
async function claimed(mine: string, path: string): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves it away before removing it: two starts may both have found it stale, and one has locked anew since. */
async function removeStale(path: string, stale: string | undefined, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readIfThere(aside)) !== stale) await claimed(aside, path);
  await unlink(aside);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string | undefined): ProcessIdentity | undefined {
  try {
    const holder: unknown = JSON.parse(text ?? '');
    if (typeof holder !== 'object' || holder === null || !('pid' in holder) || !('startedAt' in holder))
      return undefined;
    const { pid, startedAt } = holder;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
  } catch {
    return undefined; // cut short by a power failure
  }
}
