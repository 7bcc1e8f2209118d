import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { freePort } from '../server/test/free-port.ts';
import { type Reply, type Request, send } from './http.ts';

/** The product as its users run it: real processes, found again and ended by this harness, whatever becomes of them. */

export const root = fileURLToPath(new URL('../', import.meta.url));
export const regions = ['au', 'eu', 'us'] as const;

/** A first start on a machine with other work to do may take this long; a test never waits for it in vain. */
const READY_MS = 150_000;
const STOP_MS = 30_000;

if (!existsSync(join(root, 'server', 'dist', 'main.js')))
  throw new Error('The server is not built (server/dist is missing). Run `npm test`, or `node bailiwick.mjs config`.');

/** The account that ordinary users' starts and the databases run as when the tests run as root. */
export const nobody = { uid: 65_534, gid: 65_534 };
export const isRoot = process.getuid?.() === 0;

const folders = new Set<string>();
const products = new Set<Product>();

/** A new folder for one product, which `nobody` may pass through; it goes with the test file. */
export function aFolder({ owner }: { owner?: typeof nobody } = {}): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'bailiwick-e2e-'));
  chmodSync(folder, 0o755);
  if (owner) chownSync(folder, owner.uid, owner.gid);
  folders.add(folder);
  return folder;
}

/** Waits until the condition holds. @throws after the time, with what was waited for */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<Exclude<T, undefined | false | null | 0 | ''>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, undefined | false | null | 0 | ''>;
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Settings {
  /** Data folder; a new one by default. */
  data?: string;
  port?: number;
  env?: Record<string, string>;
  /** Another account than ours, when we are root. */
  user?: typeof nobody;
  /** Where the product lies; the tree of this test by default. */
  home?: string;
}

/** Runs `node bailiwick.mjs start` and comes back at once. */
export async function launch(settings: Settings = {}): Promise<Product> {
  const product = new Product(settings, settings.port ?? (await freePort()));
  products.add(product);
  return product;
}

/** Runs `node bailiwick.mjs start` and comes back when it serves. */
export async function start(settings: Settings = {}): Promise<Product> {
  const product = await launch(settings);
  await product.ready();
  return product;
}

export class Product {
  readonly data: string;
  readonly port: number;
  readonly operatorKey = `bwk_op_${'e'.repeat(20)}${'2'.repeat(20)}`;
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  /** Seconds from the launch to the ready line. */
  seconds: number | undefined;
  readonly #exit: Promise<number | NodeJS.Signals>;
  readonly #ready: Promise<void>;

  constructor({ data, env = {}, user, home = root }: Settings, port: number) {
    this.data = data ?? join(aFolder(), 'data');
    this.port = port;
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(BAILIWICK_|VITEST|NODE_ENV$|NODE_OPTIONS$|npm_)/.test(name),
    );
    const began = performance.now();
    this.process = spawn(process.execPath, ['bailiwick.mjs', 'start'], {
      cwd: home,
      env: {
        ...Object.fromEntries(inherited),
        BAILIWICK_PORT: String(port),
        BAILIWICK_DATA: this.data,
        BAILIWICK_OPERATOR_KEY: this.operatorKey,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, as a terminal or a service manager gives it
      ...user,
    });
    this.#exit = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve(signal ?? code ?? -1));
    });
    this.#ready = new Promise((resolve, reject) => {
      this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.stdout += text;
        if (this.seconds !== undefined || !/^Bailiwick is ready at \S+$/m.test(this.stdout)) return;
        this.seconds = (performance.now() - began) / 1000;
        resolve();
      });
      this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.stderr += text;
      });
      this.#exit.then((end) =>
        reject(new Error(`It ended (${end}) before it was ready:\n${this.output.slice(-3000)}`)),
      );
    });
    this.#ready.catch(() => undefined); // whoever launches one that must not get ready never asks
  }

  get output() {
    return `${this.stdout}${this.stderr}`;
  }

  get url() {
    return `http://localhost:${this.port}`;
  }

  /** @throws when it ended before, or is not ready in time */
  async ready(): Promise<void> {
    await within(READY_MS, this.#ready, () => `It is not ready:\n${this.output.slice(-3000)}`);
  }

  /** Waits for the end of the process that was launched. @returns exit code, or the signal that ended it */
  ended(timeoutMs = READY_MS): Promise<number | NodeJS.Signals> {
    return within(timeoutMs, this.#exit, () => `It does not end:\n${this.output.slice(-3000)}`);
  }

  get isRunning() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  send(method: string, path: string, request: Request = {}): Promise<Reply> {
    return send(this.url, method, path, request);
  }

  asOperator(method: string, path: string, request: Request = {}): Promise<Reply> {
    return this.send(method, path, { key: this.operatorKey, ...request });
  }

  /** The processes of this product that run now: below the launched one, or known by the data folder. */
  processes(): number[] {
    return processesOf(this.data, this.isRunning ? this.process.pid : undefined);
  }

  postmaster(database: string): number {
    return Number.parseInt(readFileSync(join(this.data, database, 'postgres', 'postmaster.pid'), 'latin1'), 10);
  }

  /** `kill -9` of the node alone; its databases stay behind. */
  async killNode(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended();
  }

  /** `kill -9` of every process, until none is left. */
  async killAll(): Promise<void> {
    await until('every process is gone', () => {
      const left = this.processes();
      for (const pid of left) kill(pid, 'SIGKILL');
      return left.length === 0;
    });
  }

  /** SIGTERM to the process group, as a service manager does. @throws when processes are left after 30 seconds */
  async stop(): Promise<void> {
    kill(-(this.process.pid ?? Number.NaN), 'SIGTERM');
    await until('SIGTERM ends every process', () => this.processes().length === 0, STOP_MS);
    await this.ended();
  }
}

const gateways = new Set<ChildProcess>();

/** Runs `bailiwick gateway` with these settings; it ends with the test file. */
export function runGateway(settings: Record<string, string>): ChildProcess {
  const given = { listen: '127.0.0.1:0', data: join(aFolder(), 'gateway'), ...settings };
  const child = spawn(
    process.execPath,
    ['bailiwick.mjs', 'gateway', ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])],
    { cwd: root, stdio: 'ignore' },
  );
  gateways.add(child);
  return child;
}

/** Every process that works in or for the data folder, whatever its parent is now. */
export function processesOf(data: string, launched?: number): number[] {
  const parents = new Map<number, number>();
  const found = new Set<number>(launched === undefined ? [] : [launched]);
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // proc(5): state and parent follow the name, which may hold brackets and spaces.
    const [state, parent] = proc(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (!parent || state === 'Z' || state === 'X') continue;
    parents.set(pid, Number(parent));
    // A server process of PostgreSQL writes over its command line and environment, but works in its data directory.
    if (
      [workingDirectory(pid), proc(pid, 'cmdline'), proc(pid, 'environ')].some((text) => text.includes(`${data}/`)) ||
      proc(pid, 'environ').split('\0').includes(`BAILIWICK_DATA=${data}`)
    )
      found.add(pid);
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, parent] of parents)
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid);
        grew = true;
      }
  }
  return [...found].filter((pid) => parents.has(pid));
}

function proc(pid: number, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return ''; // gone
  }
}

function workingDirectory(pid: number): string {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`;
  } catch {
    return '';
  }
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone
  }
}

async function within<T>(timeoutMs: number, outcome: Promise<T>, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message())), timeoutMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}

function endEverything() {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  for (const product of products) {
    for (let round = 0; round < 20 && product.processes().length > 0; round++)
      for (const pid of product.processes()) kill(pid, 'SIGKILL');
  }
}

function removeFolders() {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.clear();
}

afterAll(async () => {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  gateways.clear();
  for (const product of products) await product.killAll();
  products.clear();
  removeFolders();
});
process.once('exit', endEverything);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endEverything();
    removeFolders();
    process.exit(1);
  });
