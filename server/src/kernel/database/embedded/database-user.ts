import { readFileSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './start-problem.ts';

/** The system account that PostgreSQL runs as when we are root, which it refuses to run as. */
export interface DatabaseUser {
  uid: number;
  gid: number;
}

/** `nobody` when this process is root; undefined when the databases run as the user that we are. */
export function databaseUser(): DatabaseUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8').match(/^nobody:[^:]*:(-?\d+):(-?\d+):/m);
  return entry ? { uid: Number(entry[1]), gid: Number(entry[2]) } : { uid: 65_534, gid: 65_534 };
}

/** The topmost folder on the way to `path`, itself included, that the user may not enter; what does not exist yet is skipped. */
export async function closedFolder(path: string, user: DatabaseUser): Promise<string | undefined> {
  let existing = path;
  while (!(await exists(existing))) existing = dirname(existing);
  for (const folder of [...waysTo(existing), ...waysTo(await realpath(existing))]) {
    const { uid, gid, mode } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
  }
  return undefined;
}

const waysTo = (path: string): string[] => (dirname(path) === path ? [path] : [...waysTo(dirname(path)), path]);

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
