import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import {
  chown,
  copyFile,
  lstat,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  truncate,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, environment, run } from './binaries.ts';
import { makeFolder, passable, syncFolder, writeAndSync } from './data-folder.ts';
import { closedFolder, type DatabaseUser } from './database-user.ts';
import { endPostgres, postmasterOf, processesOf, signal, waitUntilGone } from './processes.ts';
import { hbaText, settingsText } from './settings.ts';
import { codeOf, diskFull, StartProblem } from './start-problem.ts';

const port = 5432;
const superuser = 'postgres';
const largestLogBytes = 8 * 2 ** 20;
/** The system's limit is 104 (macOS) or 108 bytes, the ending zero included. */
const longestSocketBytes = 100;

/** Where one cluster lives; all of it below its region's folder. */
export interface ClusterPlace {
  /** Region code, or `directory`. */
  name: string;
  /** `<data folder>/<name>` */
  folder: string;
  /** PostgreSQL's own folder. */
  dataDirectory: string;
  socketFolder: string;
  logFile: string;
}

/** A database server that is kept running until it is stopped. */
export interface SupervisedCluster {
  name: string;
  socketFolder: string;
  port: number;
  superuser: string;
  stop(): Promise<void>;
  /** Whether it refuses changes from the next statement on; for a full disk. */
  setReadOnly(wanted: boolean): Promise<void>;
}

/** Whether this cluster has never been made, or only half. */
export async function isNew(dataFolder: string, name: string): Promise<boolean> {
  return !(await isThere(join(dataFolder, name, 'postgres')));
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(() => undefined)) !== undefined;

/**
 * Makes the folders of a cluster and, the first time, its database.
 *
 * The database is made beside its place and renamed into it when all of it is on disk, so a first start that was cut
 * short leaves nothing that looks finished.
 *
 * @throws {StartProblem} of another PostgreSQL version, another user's, or the disk is full
 */
export async function prepareCluster(
  dataFolder: string,
  name: string,
  binaries: Binaries,
  user: DatabaseUser | undefined,
): Promise<ClusterPlace> {
  const folder = join(dataFolder, name);
  const dataDirectory = join(folder, 'postgres');
  await makeFolder(folder, 0o700);
  await passable(folder, user);
  await makeFolder(join(folder, 'log'), 0o700);
  if (await isNew(dataFolder, name)) await makeDatabase(folder, dataDirectory, binaries, user);
  else await checkDatabase(dataDirectory, binaries, user);

  return {
    name,
    folder,
    dataDirectory,
    socketFolder: await makeSocketFolder(folder, user),
    logFile: join(folder, 'log', 'postgres.log'),
  };
}

async function makeDatabase(
  folder: string,
  dataDirectory: string,
  { initdb, major }: Binaries,
  user: DatabaseUser | undefined,
): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith('postgres.new-')) await discard(join(folder, entry));
  }
  const draft = await mkdtemp(join(folder, 'postgres.new-'));
  if (user) await chown(draft, user.uid, user.gid);

  const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const { code, output } = await run(
    initdb,
    [
      ...['-D', draft, `--username=${superuser}`, '--auth=trust', '--data-checksums', '--no-instructions'],
      ...['--encoding=UTF8', '--locale=C', ...locale],
    ],
    user,
  );
  if (code !== 0) {
    await discard(draft);
    if (/No space left|Disk quota/.test(output)) throw diskFull(folder);
    throw new StartProblem(`The database in ${folder} could not be made:\n${output.trim()}`);
  }
  // initdb has synced all files in the draft.
  await rename(draft, dataDirectory);
  await syncFolder(folder);
}

/** Removes a half-made database, and whoever still works on it. */
async function discard(draft: string): Promise<void> {
  await endPostgres(draft);
  await rm(draft, { recursive: true, force: true, maxRetries: 10 });
}

async function checkDatabase(
  dataDirectory: string,
  { major }: Binaries,
  user: DatabaseUser | undefined,
): Promise<void> {
  const owner = user?.uid ?? process.getuid?.();
  const { uid } = await stat(dataDirectory);
  if (owner !== undefined && uid !== owner >>> 0) {
    throw new StartProblem(
      `The database in ${dataDirectory} belongs to another user (uid ${uid}). Start Bailiwick as the user who made it` +
        `${user ? '' : ' (root, if its databases run as nobody)'}.`,
    );
  }
  const version = Number(await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8'));
  if (version === major) return;
  throw new StartProblem(
    `The database in ${dataDirectory} was made by PostgreSQL ${version}; this is PostgreSQL ${major}. Nothing was changed. ` +
      `Start with the programs of ${version} (npm start -- --postgres-bin <folder>), or move the data with pg_upgrade.`,
  );
}

/** In the region's folder; where the path is too long for a socket, a private folder for temporary files. */
async function makeSocketFolder(folder: string, user: DatabaseUser | undefined): Promise<string> {
  const usual = join(folder, 'socket');
  if (fits(usual)) {
    await makeFolder(usual, 0o700, user);
    return usual;
  }
  const name = `bailiwick-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const ownTmp = await realpath(tmpdir());
  const isUsable = fits(join(ownTmp, name)) && !(user && (await closedFolder(ownTmp, user)));
  const short = join(isUsable ? ownTmp : '/tmp', name);
  const found = await lstat(short).catch(() => undefined);
  const owner = user?.uid ?? process.getuid?.();
  // Anyone may write there, so a folder by that name may be a trap of someone else.
  const path = found && !(found.isDirectory() && found.uid === owner) ? await mkdtemp(`${short}-`) : short;
  await makeFolder(path, 0o700, user);
  return path;
}

const fits = (socketFolder: string): boolean =>
  Buffer.byteLength(join(socketFolder, `.s.PGSQL.${port}`)) <= longestSocketBytes;

/**
 * Starts the database server and starts it again whenever it ends by itself.
 *
 * @param crashed called when it has ended by itself, before it is started again
 * @throws {StartProblem} it does not come up
 */
export async function superviseCluster(
  place: ClusterPlace,
  binaries: Binaries,
  user: DatabaseUser | undefined,
  { crashed, log }: { crashed: () => void; log: (line: string) => void },
): Promise<SupervisedCluster> {
  let current: ChildProcess | undefined;
  let isStopping = false;
  let isReadOnly = false;
  let revival: Promise<void> = Promise.resolve();
  let failuresInARow = 0;

  async function start(): Promise<void> {
    const child = await startPostgres(place, binaries, user, isReadOnly, (spawned) => {
      current = spawned;
      running.add(spawned);
      spawned.once('exit', () => running.delete(spawned));
      // Between its start and a look at isStopping, a stop may have come.
      if (isStopping) spawned.kill('SIGINT');
    });
    const readyAt = performance.now();
    const ended = () => {
      if (isStopping) return;
      log(`The database ${place.name} ended (${child.signalCode ?? `exit ${child.exitCode}`}); starting it again.`);
      failuresInARow = performance.now() - readyAt > 30_000 ? 0 : failuresInARow + 1;
      crashed();
      revival = revive();
    };
    // It may have ended while we read that it was ready.
    if (child.exitCode !== null || child.signalCode !== null) ended();
    else child.once('exit', ended);
  }

  async function revive(): Promise<void> {
    while (!isStopping) {
      if (failuresInARow > 1) await sleep(Math.min(5_000, 125 * 2 ** failuresInARow));
      if (isStopping) return;
      try {
        await start();
        log(`The database ${place.name} is back.`);
        return;
      } catch (error) {
        failuresInARow++;
        if (!isStopping) log(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async function stop(): Promise<void> {
    if (!isStopping) {
      isStopping = true;
      clearInterval(rotation);
    }
    current?.kill('SIGINT');
    await revival;
    if (!(await endPostgres(place.dataDirectory))) {
      throw new Error(`The database ${place.name} (${place.dataDirectory}) could not be stopped`);
    }
    await removeTemporarySocketFolder(place);
  }

  const rotation = setInterval(() => rotateLog(place.logFile).catch((error) => log(String(error))), 60_000).unref();
  await rotateLog(place.logFile);
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  async function setReadOnly(wanted: boolean): Promise<void> {
    isReadOnly = wanted;
    await writeSettings(place, binaries.major, user, wanted);
    current?.kill('SIGHUP'); // reads its settings again
  }

  return { name: place.name, socketFolder: place.socketFolder, port, superuser, stop, setReadOnly };
}

async function removeTemporarySocketFolder({ folder, socketFolder }: ClusterPlace): Promise<void> {
  if (!socketFolder.startsWith(folder)) await rm(socketFolder, { recursive: true, force: true });
}

async function writeSettings(
  { folder, socketFolder }: ClusterPlace,
  major: number,
  user: DatabaseUser | undefined,
  isReadOnly: boolean,
): Promise<string> {
  const hbaFile = join(folder, 'pg_hba.conf');
  const settingsFile = join(folder, 'postgresql.conf');
  await writeAndSync(hbaFile, hbaText, user);
  const ownFile = join(folder, 'postgresql.local.conf');
  const ownSettings = (await isThere(ownFile)) ? ownFile : undefined;
  await writeAndSync(settingsFile, settingsText({ socketFolder, hbaFile, ownSettings, major, isReadOnly }), user);
  return settingsFile;
}

/** Starts the server and waits until it takes connections, however long the recovery after a crash takes. */
async function startPostgres(
  place: ClusterPlace,
  { postgres, major }: Binaries,
  user: DatabaseUser | undefined,
  isReadOnly: boolean,
  spawned: (child: ChildProcess) => void,
): Promise<ChildProcess> {
  const { name, folder, dataDirectory, logFile } = place;
  await clearLeftovers(place);
  const settingsFile = await writeSettings(place, major, user, isReadOnly);

  const logHandle = openSync(logFile, 'a', 0o600);
  const logStart = (await stat(logFile)).size;
  const child = spawn(postgres, ['-D', dataDirectory, '-c', `config_file=${settingsFile}`], {
    cwd: dataDirectory,
    env: environment(),
    stdio: ['ignore', logHandle, logHandle],
    detached: true, // a session of its own: Ctrl-C must not end it before the drain
    ...user,
  });
  closeSync(logHandle);
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (code, signalName) => {
    failure = signalName ?? `exit ${code}`;
  });
  spawned(child);

  while (!(await isReady(dataDirectory, child.pid))) {
    if (failure !== undefined) {
      const tail = (await readFrom(logFile, logStart)).trimEnd().split('\n').slice(-5).join('\n');
      if (/No space left on device|Disk quota exceeded/.test(tail)) throw diskFull(folder);
      throw new StartProblem(`The database ${name} did not start (${failure}). The end of ${logFile}:\n${tail}`);
    }
    await sleep(10);
  }
  return child;
}

/** Ends a server whose supervisor was killed, and removes pid files whose number belongs to someone else now. */
async function clearLeftovers({ name, dataDirectory, socketFolder }: ClusterPlace): Promise<void> {
  // Children of a killed postmaster leave by themselves, and soon.
  await waitUntilGone(processesOf(dataDirectory), 300);
  if (!(await endPostgres(dataDirectory))) {
    const pids = processesOf(dataDirectory).map(({ pid }) => pid);
    throw new StartProblem(
      `Another PostgreSQL works on the database ${name} and does not end: kill -9 ${pids.join(' ')}`,
    );
  }
  // PostgreSQL itself clears the file of a process that is gone, and that one's shared memory with it.
  const pid = postmasterOf(dataDirectory);
  if (!pid || hasNumber(pid)) await rm(join(dataDirectory, 'postmaster.pid'), { force: true });
  await rm(join(socketFolder, `.s.PGSQL.${port}.lock`), { force: true });
}

/** Asked as PostgreSQL asks: one that ended and was not reaped yet counts, although it runs no more. */
function hasNumber(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** PostgreSQL writes its state into the eighth line of its pid file. */
async function isReady(dataDirectory: string, pid: number | undefined): Promise<boolean> {
  try {
    const lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'latin1')).split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function readFrom(path: string, start: number): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read({ buffer: Buffer.alloc(Math.max(0, size - start)), position: start });
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}

/** Keeps one older log. The server appends, so it goes on writing at the start of the emptied file. */
async function rotateLog(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => undefined);
  if (!found || found.size < largestLogBytes) return;
  await copyFile(logFile, `${logFile}.1`);
  await truncate(logFile);
}

/** Servers that an unexpected end of this process must not leave behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const { pid } of running) if (pid) signal({ pid }, 'SIGINT');
});
