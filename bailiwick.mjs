#!/usr/bin/env node
// The one command of Bailiwick. Brings the clone up to date (install, build), then hands over to the workspace that
// owns the verb, in this same process. Plain JavaScript without dependencies, since it runs before they are there.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Verb -> entry file of the workspace that owns it. */
const verbs = {
  start: 'server',
  serve: 'server',
  migrate: 'server',
  config: 'server',
  'make-licence-key': 'server',
  'sign-licence': 'server',
  gateway: 'gateway',
};
/** Verbs that this file does itself. */
const own = { check: () => check(), generate: () => generate(), test: () => test() };
/** What is said of a verb that this file or the server does; `gateway` and the CLI say it of theirs. */
const helps = {
  start: `bailiwick start [--postgres-bin <folder>]

  Install, build and serve, on embedded databases unless some are set by URL; also npm start.
  It serves at http://localhost:7070 and keeps its data in ./data. Settings come from the environment: bailiwick config
  lists them. SIGTERM or Ctrl-C ends it in order.

  --postgres-bin <folder>  PostgreSQL of the system, in place of the one that npm brings`,
  serve: `bailiwick serve [--postgres-bin <folder>]

  Serve on PostgreSQL by URL: BAILIWICK_DIRECTORY, BAILIWICK_DATABASE_<REGION> and others; bailiwick config lists them.`,
  migrate: `bailiwick migrate

  Make roles and schema, with the migrator of the databases: BAILIWICK_MIGRATE_DIRECTORY and others; bailiwick config
  lists them.`,
  config: `bailiwick config

  List all settings, with units and defaults.`,
  'make-licence-key': `bailiwick make-licence-key <file for the private key> [key id]

  Make a key by which licence files are signed. The set for BAILIWICK_LICENCE_KEYS goes to the standard output.`,
  'sign-licence': `bailiwick sign-licence <private key file> <file with the contents, JSON>

  Sign a licence file for a tenant; it goes to the standard output. What is in it: docs/licences.md.`,
  check: `bailiwick check

  Format, lint, types, unused code, generated files.`,
  test: `bailiwick test [argument of vitest ...]

  Check, then run all tests; with arguments, run these tests only. In CI a few files that fail are run once more.`,
  generate: `bailiwick generate

  Write what derives from migrations and operations: types of tables, openapi.json, the SDK.`,
};
/** What may bring up databases of its own. */
const onOurs = new Set(['start', 'serve', 'test']);
/** How many words may follow a verb, where any may; after `test` comes whatever vitest takes. */
const words = { 'make-licence-key': 2, 'sign-licence': 2 };

/** Where each workspace is entered. `cli` has every verb that nobody else has. */
const entries = {
  server: 'server/dist/main.js',
  cli: 'cli/dist/main.js',
  gateway: 'gateway/dist/gateway/src/main.js',
};

/** What is built, in this order; again only when one of its inputs changed. */
const builds = [
  {
    name: 'sdk',
    inputs: ['sdk', 'openapi.json', 'tsconfig.base.json'],
    output: 'sdk/dist/index.js',
    run: () => node('sdk/build.mjs'),
  },
  {
    name: 'server',
    inputs: ['server', 'tsconfig.base.json'],
    output: 'server/dist/main.js',
    run: () => compile('server'),
  },
  {
    name: 'cli',
    inputs: ['cli', 'sdk', 'openapi.json', 'tsconfig.base.json'],
    output: 'cli/dist/main.js',
    run: () => compile('cli'),
  },
  {
    name: 'gateway',
    // Of the server it has what it decides and signs by.
    inputs: ['gateway', 'server/src/capabilities/gateways', 'server/src/kernel', 'sdk', 'tsconfig.base.json'],
    output: 'gateway/dist/gateway/src/main.js',
    run: () => compile('gateway'),
  },
  {
    name: 'console',
    inputs: ['console', 'server/src/kernel/messages', 'sdk', 'openapi.json'],
    output: 'console/dist/en/index.html',
    run: () => node('console/build.mjs'),
  },
];

const root = fileURLToPath(new URL('.', import.meta.url));
const path = (...parts) => join(root, ...parts);
const installStamp = path('node_modules/.bailiwick-install');
const buildStamp = path('node_modules/.bailiwick-build');

/** An end with a message for the person at the keyboard, without a stack. */
class Refusal extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

async function main() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Refusal(`Bailiwick needs Node 20.19 or later; this is ${process.versions.node}. See https://nodejs.org`);
  }
  const verb = process.argv[2] ?? 'help';
  if (Object.hasOwn(helps, verb) && asksForHelp(process.argv.slice(3))) return console.log(helps[verb]);
  const flag = onOurs.has(verb) ? process.argv.indexOf('--postgres-bin') : -1;
  if (flag > 0) {
    const folder = process.argv[flag + 1];
    if (!folder || folder.startsWith('-'))
      throw new Refusal('--postgres-bin needs the folder of a system PostgreSQL: --postgres-bin <folder>', 2);
    process.env.BAILIWICK_POSTGRES_BIN = folder;
    process.argv.splice(flag, 2);
  }
  if (Object.hasOwn(helps, verb)) requireKnown(verb, process.argv.slice(3));
  if (Object.hasOwn(own, verb)) {
    // What is generated may be what a build lacks.
    await bringUpToDate(verb === 'generate' ? [] : builds.map(({ name }) => name));
    return own[verb]();
  }
  const workspace = Object.hasOwn(verbs, verb) ? verbs[verb] : 'cli';
  await bringUpToDate(workspace === 'server' ? ['sdk', 'server', 'console'] : ['sdk', workspace]);
  await import(pathToFileURL(path(entries[workspace])).href);
}

const asksForHelp = (said) => said[0] === 'help' || said.some((word) => word === '--help' || word === '-h');

/** Nothing is started by a word that would be passed over. */
function requireKnown(verb, said) {
  if (verb === 'test') return;
  const most = words[verb] ?? 0;
  const unknown = said.find((word, at) => at >= most || word.startsWith('-'));
  if (unknown === undefined) return;
  const what = unknown.startsWith('-') ? 'option' : 'argument';
  throw new Refusal(`bailiwick ${verb} has no ${what} ${unknown}.\n\n${helps[verb]}`, 2);
}

// ---- Install and build -------------------------------------------------------------------------------------------

/** Costs a look at the sources when nothing changed; else one process at a time does the work. */
async function bringUpToDate(names) {
  if (isInstalled() && outdated(names).length === 0) return;
  const unlock = await lock();
  try {
    if (!isInstalled()) install();
    const pending = outdated(names);
    if (pending.length > 0) console.error(`Building ${pending.map(({ name }) => name).join(', ')} ...`);
    for (const build of pending) {
      const hash = hashOf(build);
      build.run();
      writeFileSync(buildStamp, JSON.stringify({ ...stamps(), [build.name]: hash }));
    }
  } finally {
    unlock();
  }
}

/** Whether node_modules is what the lock file asks for, by our stamp or else by npm's own record. */
function isInstalled() {
  const hash = hashOfLock();
  if (textOf(installStamp) === hash) return true;
  const record = textOf(path('node_modules/.package-lock.json'));
  if (!record) return false;
  const installed = JSON.parse(record).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(path('package-lock.json'), 'utf8')).packages);
  // Of the optional ones, those that say they are for this system.
  const isOurs = ({ optional, os, cpu, libc }) =>
    !optional || (os?.includes(process.platform) && cpu?.includes(process.arch) && !libc);
  const isMissing = ([place, entry]) =>
    place.includes('node_modules/') && !entry.link && isOurs(entry) && installed[place]?.version !== entry.version;
  if (wanted.some(isMissing)) return false;
  try {
    writeFileSync(installStamp, hash);
  } catch {
    // A clone that we may not write: looked at again next time.
  }
  return true;
}

const hashOfLock = () =>
  createHash('sha256')
    .update(readFileSync(path('package-lock.json')))
    .digest('hex');

function install() {
  console.error('Installing dependencies ...');
  rmSync(installStamp, { force: true });
  npm(['ci', '--no-audit', '--no-fund', '--include=dev', '--loglevel=error']);
  writeFileSync(installStamp, hashOfLock());
}

function outdated(names) {
  const done = stamps();
  const isOutdated = (build) => done[build.name] !== hashOf(build) || !existsSync(path(build.output));
  return builds.filter((build) => names.includes(build.name) && isOutdated(build));
}

const stamps = () => JSON.parse(textOf(buildStamp) || '{}');

/** Changes when an input was edited, added, removed or checked out anew, or when dependencies changed. */
function hashOf({ inputs }) {
  const hash = createHash('sha256').update(textOf(installStamp));
  const look = (name) => {
    const found = statSync(path(name), { throwIfNoEntry: false });
    if (!found) return;
    if (!found.isDirectory()) return hash.update(`${name}\0${found.size}\0${found.mtimeMs}\n`);
    for (const entry of readdirSync(path(name)).sort()) {
      if (!/^(node_modules|dist|test|migrations)$|\.test\.tsx?$|\.md$/.test(entry)) look(join(name, entry));
    }
  };
  for (const input of inputs) look(input);
  return hash.digest('hex');
}

function compile(workspace) {
  rmSync(path(workspace, 'dist'), { recursive: true, force: true });
  tsc(`${workspace}/tsconfig.build.json`);
}

// ---- Check and test ----------------------------------------------------------------------------------------------

function check() {
  step('format and lint', () => node('node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']));
  for (const project of ['server', 'sdk', 'cli', 'console', 'gateway', 'e2e']) {
    const config = `${project}/tsconfig.json`;
    if (existsSync(path(config))) step(`types of ${project}`, () => tsc(config, '--noEmit'));
  }
  step('unused code', () => node('node_modules/knip/bin/knip.js', []));
  step('generated files', () => {
    for (const generator of generators) node(generator, ['--check']);
  });
}

/** In this order: table types and openapi.json, then what derives from openapi.json. */
const generators = ['server/dist/generate.js', 'sdk/generate.mjs'];

function generate() {
  try {
    compile('server');
  } catch (error) {
    // It is written all the same, and the types may be wrong because what is generated is old.
    console.error(error.message);
  }
  for (const generator of generators) node(generator);
}

/** So many files that failed may have met a slow moment of the machine; where more do, something is wrong. */
const MOST_AGAIN = 3;

/**
 * What follows `npm test --` goes to vitest. In CI a few files that failed are run once more, each from its beginning: what a
 * test in the middle of a file stands on is gone when it has failed.
 */
function test() {
  const asked = process.argv.slice(3);
  if (asked.length === 0) check();
  step('tests', () => {
    let { files, refusal } = vitest(asked);
    const failed = files.filter(({ isRed }) => isRed).map(({ file }) => file);
    if (process.env.CI && failed.length > 0 && failed.length <= MOST_AGAIN) {
      console.log(`Failed, and run once more: ${failed.join(', ')}`);
      const again = vitest(failed);
      files = [...files.filter(({ isRed }) => !isRed), ...again.files];
      refusal = again.refusal;
    }
    const count = (wanted) =>
      files.reduce((sum, { statuses }) => sum + statuses.filter((one) => one === wanted).length, 0);
    if (files.length > 0) console.log(`${count('passed')} passed, ${count('failed')} failed`);
    if (refusal) throw refusal;
  });
}

/** @returns what became of each file and of its tests; no file when vitest did not come so far */
function vitest(args) {
  const results = path('tmp/test-results.json');
  rmSync(results, { force: true });
  let refusal;
  try {
    const told = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    node('node_modules/vitest/vitest.mjs', ['run', ...told, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    refusal = error;
  }
  const { testResults = [] } = JSON.parse(textOf(results) || '{}');
  const files = testResults.map(({ name, status, assertionResults }) => ({
    file: relative(root, name),
    isRed: status === 'failed',
    statuses: assertionResults.map(({ status }) => status),
  }));
  return { files, refusal };
}

/** One that fails does not stop the next: a run names everything that is wrong, and ends with 1. */
function step(name, run) {
  console.log(`\n--- ${name}`);
  const began = performance.now();
  let outcome = '';
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    outcome = 'failed, ';
  }
  console.log(`--- ${name}: ${outcome}${((performance.now() - began) / 1000).toFixed(1)} s`);
}

// ---- Processes and files -----------------------------------------------------------------------------------------

function tsc(config, ...args) {
  node('node_modules/typescript/bin/tsc', ['-p', config, ...args]);
}

function npm(args) {
  // npm tells its scripts where it is; without it, the one of the path.
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) run(process.execPath, [script, ...args]);
  else run('npm', args, { shell: process.platform === 'win32' });
}

function node(script, args = [], options = {}) {
  run(process.execPath, [path(script), ...args], options);
}

/** What it prints goes to our stderr: stdout is for the verb's own output. */
function run(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    ...options,
  });
  if (status === 0) return;
  const name = [program === process.execPath ? 'node' : program, ...args].join(' ').replaceAll(root, '');
  throw new Refusal(`Failed (${error?.message ?? signal ?? `exit ${status}`}): ${name}`);
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Two starts in one clone must not install or build at once: the second waits for the first. */
async function lock() {
  const file = path('tmp/launcher.lock');
  mkdirSync(path('tmp'), { recursive: true });
  const mine = `${process.pid} ${startedAt(process.pid)}`;
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw new Refusal(`${root} cannot be written: ${error.message}`);
    }
    const holder = textOf(file);
    const [pid, start] = holder.split(' ');
    // Empty: created this moment and not yet written, unless that lasts.
    const isStale = holder === '' ? waited > 20 : !isRunning(Number(pid)) || startedAt(pid) !== start;
    if (isStale && textOf(file) === holder) {
      try {
        unlinkSync(file);
      } catch {
        // Its holder or another one who waits was faster.
      }
    } else if (waited === 10) console.error(`Waiting for another start that installs or builds (process ${pid}) ...`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Start time in clock ticks by proc(5), so that a later process with the same number is not taken for this one. */
const startedAt = (pid) =>
  textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')[19] ?? '';

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal) && error?.name !== 'StartProblem') throw error;
  console.error(error.message);
  process.exit(error instanceof Refusal ? error.code : 1);
}
