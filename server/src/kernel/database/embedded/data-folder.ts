import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { closedFolder, type DatabaseUser, databaseUser } from './database-user.ts';
import { codeOf, explainWriteError, StartProblem } from './start-problem.ts';

/** The layout of the data folder that this version reads and writes. */
const format = 1;

/**
 * Decides where the data lives: `requested` (BAILIWICK_DATA), or `data` in the clone. Writes nothing.
 *
 * As root the databases run as `nobody`. Where that account cannot reach the clone, the default moves to
 * `/var/lib/bailiwick/<hash of the clone's path>`, and `notice` says so.
 *
 * @throws {StartProblem} the requested folder is out of nobody's reach
 */
export async function resolveDataFolder(
  requested: string | undefined,
  cloneFolder: string,
): Promise<{ folder: string; notice?: string }> {
  const folder = requested ? resolve(requested) : join(cloneFolder, 'data');
  const user = databaseUser();
  const closed = user && (await closedFolder(dirname(folder), user));
  if (!closed) return { folder };

  const hash = createHash('sha256')
    .update(await realpath(cloneFolder))
    .digest('hex')
    .slice(0, 12);
  const reachable = `/var/lib/bailiwick/${hash}`;
  if (!requested) {
    return {
      folder: reachable,
      notice: `The databases run as nobody, who may not enter ${closed}; the data is kept in ${reachable}`,
    };
  }
  throw outOfReach(folder, closed, reachable);
}

const outOfReach = (folder: string, closed: string, reachable: string): StartProblem =>
  new StartProblem(
    `As root the databases run as nobody, who may not enter ${closed}, so the data folder ${folder} is out of reach. ` +
      `Name a folder that it can reach:\n  BAILIWICK_DATA=${reachable} npm start`,
  );

/**
 * Makes the data folder, or checks that it is one of ours that this version understands. Call it before writing there.
 *
 * Others cannot enter it; as root the account of the databases may pass through it, not list it.
 *
 * @returns its path without symbolic links
 * @throws {StartProblem} newer format, foreign contents, another user's, not writable, disk full
 */
export async function prepareDataFolder(path: string): Promise<string> {
  const user = databaseUser();
  const closed = user && (await closedFolder(dirname(path), user));
  if (closed) throw outOfReach(path, closed, '/var/lib/bailiwick/data');
  try {
    await makeFolders(dirname(path), 0o711);
    await makeFolders(path, 0o700);
    const folder = await realpath(path);
    const isMarked = await checkFormat(folder);
    if (!isMarked) await refuseForeign(folder);
    await refuseOtherOwner(folder);
    await passable(folder, user);
    if (!isMarked) await writeAndSync(join(folder, 'format.json'), `${JSON.stringify({ format })}\n`);
    return folder;
  } catch (error) {
    throw explainWriteError(error, path);
  }
}

/** Whether the folder carries our mark. */
async function checkFormat(folder: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(join(folder, 'format.json'), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  const found = /"format"\s*:\s*(\d+)/.exec(text)?.[1];
  if (found === undefined) {
    throw new StartProblem(`${join(folder, 'format.json')} is damaged: it should read {"format":${format}}`);
  }
  if (Number(found) > format) {
    throw new StartProblem(
      `The data in ${folder} was written by a newer Bailiwick (format ${found}; this version knows ${format}). ` +
        'Nothing was changed. Start it with that version, or start on other data: BAILIWICK_DATA=<folder> npm start',
    );
  }
  return true;
}

/** A folder with someone's files in it does not get our permissions by a slip of the keyboard. */
async function refuseForeign(folder: string): Promise<void> {
  const entries = (await readdir(folder)).filter(
    (entry) => entry !== 'lost+found' && !entry.startsWith('.format.json-'),
  );
  if (entries.length === 0) return;
  throw new StartProblem(
    `${folder} is not a Bailiwick data folder and not empty. Name a folder of its own: BAILIWICK_DATA=<folder> npm start`,
  );
}

async function refuseOtherOwner(folder: string): Promise<void> {
  const { uid } = await stat(folder);
  if (process.getuid === undefined || uid === process.getuid()) return;
  throw new StartProblem(
    `The data folder ${folder} belongs to another user (uid ${uid}). Start Bailiwick as that user, ` +
      'or start on other data: BAILIWICK_DATA=<folder> npm start',
  );
}

/** Closes a folder of ours to others, and lets the databases' account through. */
export async function passable(folder: string, user: DatabaseUser | undefined): Promise<void> {
  if (user) await chown(folder, 0, user.gid);
  await chmod(folder, user ? 0o710 : 0o700);
}

/** Like `mkdir -p`, with a mode that does not depend on the umask for each folder that was made. */
async function makeFolders(path: string, mode: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found) throw new StartProblem(`${path} is a file, not a folder.`);
  if (dirname(path) !== path) await makeFolders(dirname(path), 0o711);
  try {
    await mkdir(path); // not recursive: that never returns on a system that answers ENOENT for an existing parent
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return; // another start made it at this moment
    if (codeOf(error) === 'ENOENT')
      throw new StartProblem(`${path} cannot be made: its file system refuses new folders.`);
    throw error;
  }
  await chmod(path, mode);
}

/** Makes a folder that may be there already. */
export async function makeFolder(path: string, mode: number, owner?: DatabaseUser): Promise<void> {
  await mkdir(path, { recursive: true });
  if (owner) await chown(path, owner.uid, owner.gid);
  await chmod(path, mode);
}

/** Replaces a file in one step; as root `reader` may read it. One that says it already is left, also on a full disk. */
export async function writeAndSync(path: string, text: string, reader?: DatabaseUser): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const draft = join(dirname(path), `.${path.slice(dirname(path).length + 1)}-${process.pid}`);
  await writeFile(draft, text, { mode: 0o600, flush: true });
  if (reader) {
    await chown(draft, 0, reader.gid);
    await chmod(draft, 0o640);
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Makes what was created or renamed in the folder survive a power failure. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @throws {StartProblem} fewer bytes are free for us than needed */
export async function requireSpace(folder: string, neededMiB: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeMiB = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMiB >= neededMiB) return;
  throw new StartProblem(
    `The disk that holds ${folder} is full: ${freeMiB} MiB are free, ${neededMiB} MiB are needed to start. ` +
      'Free some space there and start again; what was acknowledged is kept.',
  );
}
