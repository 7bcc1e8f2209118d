import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Usage } from './usage.ts';

/** Sessions of this person by the base URL that they typed, in a file that only they can read. */

export interface KeptSession {
  /** As it was typed. */
  url: string;
  /** Of the tenant's region. */
  baseUrl: string;
  tenantId: string;
  cookies: Record<string, string>;
}

const folderOf = (home: string) => join(home, '.config', 'bailiwick');
const fileOf = (home: string) => join(folderOf(home), 'sessions.json');

/** @throws {Usage} others could read it */
export function requirePrivate(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return false;
  // Windows keeps access elsewhere than in the mode.
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new Usage(`${file} can be read by others. Type: chmod 600 ${file}`);
  return true;
}

/** @throws {Usage} the file is not ours any more */
function all(home: string): KeptSession[] {
  const file = fileOf(home);
  if (!requirePrivate(file)) return [];
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as KeptSession[];
  } catch {
    throw new Usage(`${file} cannot be read. Delete it, then type bailiwick login.`);
  }
}

/** Written beside and put in place, so that a crash leaves the old or the new. */
function write(home: string, sessions: KeptSession[]): void {
  mkdirSync(folderOf(home), { recursive: true, mode: 0o700 });
  const partial = `${fileOf(home)}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(sessions, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, fileOf(home));
}

export const keptSession = (home: string, url: string) => all(home).find((each) => each.url === url);

export const keepSession = (home: string, session: KeptSession) =>
  write(home, [...all(home).filter(({ url }) => url !== session.url), session]);

export const forgetSession = (home: string, url: string) =>
  write(
    home,
    all(home).filter((each) => each.url !== url),
  );
