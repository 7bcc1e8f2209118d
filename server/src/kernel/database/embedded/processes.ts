import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Boot and start time as the system tells them; only compared, never parsed. */
  startedAt: string;
}

/** The process that has this number now, or undefined when there is none (a zombie is none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    if (process.platform !== 'linux') {
      const startedAt = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: 'pipe' })
        .toString()
        .trim();
      return startedAt === '' ? undefined : { pid, startedAt };
    }
    // proc(5): the name may hold spaces and brackets; state is the first field after it, the start time the 20th.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (stat[0] === 'Z' || stat[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return { pid, startedAt: `${boot} ${stat[19]}` };
  } catch {
    return undefined;
  }
}

export const isAlive = ({ pid, startedAt }: ProcessIdentity): boolean => identify(pid)?.startedAt === startedAt;

/**
 * The processes of the PostgreSQL that works in this data directory: postmaster and children, whoever started them.
 *
 * All of them have the data directory as working directory. Without /proc only the postmaster is found.
 */
export function processesOf(dataDirectory: string): ProcessIdentity[] {
  const candidates = process.platform === 'linux' ? readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)) : [];
  const pids = candidates.map(Number).filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === dataDirectory;
    } catch {
      return false; // gone, or another user's
    }
  });
  if (process.platform !== 'linux') {
    const postmaster = postmasterOf(dataDirectory);
    if (postmaster && commandOf(postmaster).includes(dataDirectory)) pids.push(postmaster);
  }
  return pids.map(identify).filter((found) => found !== undefined);
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { stdio: 'pipe' }).toString();
  } catch {
    return '';
  }
}

/** The number in `postmaster.pid`, of a process that may be gone. */
export function postmasterOf(dataDirectory: string): number | undefined {
  try {
    // Negative while a single-user server works there.
    return Math.abs(Number.parseInt(readFileSync(`${dataDirectory}/postmaster.pid`, 'latin1'), 10)) || undefined;
  } catch {
    return undefined;
  }
}

export function signal({ pid }: { pid: number }, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

/** Waits until none of them runs any more; false when some still do after the time. */
export async function waitUntilGone(processes: ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (processes.some(isAlive)) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

/**
 * Ends every process of the PostgreSQL in this data directory: fast shutdown (10 s), immediate shutdown (5 s), kill.
 *
 * @returns false when a process outlived even that
 */
export async function endPostgres(dataDirectory: string): Promise<boolean> {
  let running = processesOf(dataDirectory);
  if (running.length === 0) return true;

  const postmaster = running.find(({ pid }) => pid === postmasterOf(dataDirectory));
  // To a backend SIGINT only means: cancel the query. One that lost its postmaster is asked to leave.
  if (postmaster) signal(postmaster, 'SIGINT');
  else for (const one of running) signal(one, 'SIGTERM');
  if (await waitUntilGone(running, 10_000)) return true;

  for (const [name, timeoutMs] of [
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    running = processesOf(dataDirectory);
    for (const one of running) signal(one, name);
    if (await waitUntilGone(running, timeoutMs)) return true;
  }
  return false;
}
