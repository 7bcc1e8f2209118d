import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { setUpLink } from './capabilities/tenants/first-run.ts';
import {
  type Config,
  ConfigProblem,
  hashOperatorKey,
  readConfig,
  requireServable,
  settings,
  unknownSettings,
} from './kernel/config.ts';
import { languagesOf } from './kernel/console.ts';
import {
  type EmbeddedDatabases,
  resolveDataFolder,
  StartProblem,
  startEmbeddedDatabases,
} from './kernel/database/embedded.ts';
import { DatabaseProblem, migrate } from './kernel/database/migrate.ts';
import { keepATick } from './kernel/kept-tick.ts';
import { embeddedKeyFiles, KeyFileProblem, keyFolderFiles, loadKeys } from './kernel/secrets.ts';
import { type Databases, type NodeParts, startNode } from './node.ts';
import { makeLicenceKey, signLicence } from './vendor.ts';

/** Start-up: settings, databases, keys, then the node; and the way down. */

// What lives between requests is small: V8 would let it double before it takes garbage away.
setFlagsFromString('--heap-growing-percent=20');
// What a request makes dies with it. V8 would come to think that it lives on, and put it where only a full collection
// looks, and with it all that it points to.
setFlagsFromString('--no-allocation-site-pretenuring');
keepATick();

const clone = fileURLToPath(new URL('../../', import.meta.url));
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function run(verb: string): Promise<void> {
  if (verb === 'config') return printSettings();
  if (verb === 'make-licence-key') return say(await makeLicenceKey(process.argv.slice(3)));
  if (verb === 'sign-licence') return say(await signLicence(process.argv.slice(3)));
  const config = readConfig(process.env);
  if (verb === 'migrate') return migrateAll(config);
  await serveUntilSignal(config);
}

function printSettings() {
  for (const [name, { default: fallback, help }] of Object.entries(settings))
    say(`${name.padEnd(36)} ${help}${fallback ? ` [${fallback}]` : ''}`);
}

async function migrateAll(config: Config): Promise<void> {
  if (!config.migrateDirectory)
    throw new ConfigProblem(
      "BAILIWICK_MIGRATE_DIRECTORY is not set. Set the directory's URL with the migrator's role.",
    );
  const appRole = (url: string | undefined) =>
    decodeURIComponent(/^postgres(?:ql)?:\/\/([^:@/]+)[^/]*@/.exec(url ?? '')?.[1] ?? 'app');
  const done = async (label: string, connectionString: string, kind: 'cell' | 'directory', role: string) => {
    process.stdout.write(`${label}: `); // before what may be refused
    const ran = await migrate({ connectionString }, kind, role);
    say(ran.length ? `ran ${ran.join(', ')}` : 'up to date');
  };
  await done('directory', config.migrateDirectory, 'directory', appRole(config.directory));
  for (const { code, migrateDatabases, databases } of config.regions)
    for (const [at, url] of migrateDatabases.entries())
      await done(`${code}, cell ${at + 1}`, url, 'cell', appRole(databases[at]));
  if (config.keysFolder) {
    await mkdir(config.keysFolder, { recursive: true, mode: 0o700 });
    loadKeys(
      keyFolderFiles(
        config.keysFolder,
        config.regions.map(({ code }) => code),
      ),
      { create: true },
    );
    say(`keys: ${config.keysFolder}`);
  }
}

async function serveUntilSignal(config: Config): Promise<void> {
  requireServable(config);
  for (const name of unknownSettings(process.env))
    process.stderr.write(`${name} is no setting of Bailiwick and does nothing. See: bailiwick config\n`);
  const options = {
    level: 'info',
    redact: {
      paths: ['req', 'res', '*.parameters', 'err.query', 'err.detail', 'err.where', 'err.internalQuery'],
      remove: true,
    },
    serializers: { err: describeError },
  };
  const log = config.log === 'pretty' ? pino(options, { write: (line) => say(readable(line)) }) : pino(options);
  const codes = config.regions.map(({ code }) => code);
  let stopping = false;
  let embedded: EmbeddedDatabases | undefined;
  let stopNode: (() => Promise<void>) | undefined;
  const stop = async (exitCode: number) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 28_000).unref();
    await stopNode?.().catch((error) => log.error({ err: error }, 'the node did not stop in order'));
    await embedded?.stop(); // databases last
    process.exit(exitCode);
  };
  process.on('SIGTERM', () => void stop(0));
  process.on('SIGINT', () => void stop(0));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was left unheard'));

  try {
    const { folder, notice } = await resolveDataFolder(config.dataFolder, clone);
    if (notice) say(notice);
    const databases = config.embedded ? await startEmbedded() : byUrl(config);
    async function startEmbedded(): Promise<Databases> {
      embedded = await startEmbeddedDatabases({
        dataFolder: folder,
        names: ['directory', ...codes],
        log: (line) => log.warn(line),
        ...(config.postgresBin ? { postgresBin: config.postgresBin } : {}),
      });
      return migrateEmbedded(embedded, codes);
    }
    if (!config.embedded) await mkdir(folder, { recursive: true, mode: 0o700 });
    const keys = config.keysFolder
      ? loadKeys(keyFolderFiles(config.keysFolder, codes), { create: false })
      : loadKeys(embeddedKeyFiles(folder, codes), { create: true });
    const parts: NodeParts = {
      config,
      databases,
      log,
      fingerprintKey: keys.fingerprint,
      masterKeys: Object.fromEntries(keys.masters),
      operatorKeyHash: config.operatorKeyHash ?? (await ownOperatorKey(folder)),
      console: languagesOf(join(clone, 'console', 'dist')),
    };
    const node = await startNode(parts);
    stopNode = () => node.stop();
    if (stopping) return;
    compileSoon();
    say(`Bailiwick is ready at ${node.url}`);
    const link = await setUpLink(node.platform, node.url);
    if (link) say(`Set up the first tenant: ${link}`);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/**
 * From here on the same code runs over and over. V8 would interpret it for long and then compile it over thousands of
 * requests: with these it is done after a third of them. Not from the start, since what starts the node runs once.
 */
function compileSoon() {
  setFlagsFromString('--always-sparkplug');
  setFlagsFromString('--interrupt-budget=12000');
}

const byUrl = (config: Config): Databases => ({
  directory: { connectionString: config.directory as string },
  cells: Object.fromEntries(
    config.regions.map(({ code, databases }) => [code, databases.map((connectionString) => ({ connectionString }))]),
  ),
});

/** Brings the embedded databases up to date, each as its superuser; the node then connects as `app`. */
async function migrateEmbedded({ clusters }: EmbeddedDatabases, codes: string[]): Promise<Databases> {
  const connect = async (name: string) => {
    const cluster = clusters.get(name);
    if (!cluster) throw new Error(`The embedded database ${name} is missing.`);
    const connection = { host: cluster.socketFolder, port: cluster.port, database: 'postgres' };
    await migrate({ ...connection, user: cluster.superuser }, name === 'directory' ? 'directory' : 'cell');
    return { ...connection, user: 'app' };
  };
  const [directory, ...cells] = await Promise.all(['directory', ...codes].map(connect));
  return {
    directory: directory as object,
    cells: Object.fromEntries(codes.map((code, at) => [code, [cells[at] as object]])),
  };
}

/** The operator key of this data folder: made at the first start, its place printed, never the key itself. */
async function ownOperatorKey(folder: string): Promise<Buffer> {
  const file = join(folder, 'operator.key');
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known?.trim()) return hashOperatorKey(known.trim());
  const key = `bwk_op_${randomBytes(32).toString('hex')}`;
  await writeFile(`${file}.new`, `${key}\n`, { mode: 0o600 });
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
  say(`The operator key was made: ${file}`);
  return hashOperatorKey(key);
}

/** A line of the log for people: time (UTC), level, message, then what else it says. */
function readable(line: string): string {
  const { level, time, pid: _pid, hostname: _host, msg, err, ...rest } = JSON.parse(line);
  const { stack, ...error } = err ?? {};
  const more = Object.entries({ ...rest, ...error }).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const at = new Date(time).toISOString().slice(11, 23);
  const label = pino.levels.labels[level]?.toUpperCase().padEnd(5);
  return [[at, label, msg, ...more].join(' '), ...(stack ? [stack] : [])].join('\n');
}

/** Errors by name, code and place: a message of a driver or library may hold what somebody typed. */
function describeError(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint, table } = error as { code?: string; constraint?: string; table?: string };
  const isDatabase = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  return {
    type: error.name,
    code,
    constraint,
    table,
    ...(isDatabase ? {} : { message: error.message }),
    stack: isDatabase ? undefined : error.stack,
  };
}

/** Codes of the network, of PostgreSQL (role, database, too many connections, starting up) and of certificates. */
const ofConnecting = /^(ECONN|EHOST|ENOTFOUND|EAI_|ETIMEDOUT|28|3D000|53300|57P|DEPTH_|SELF_|UNABLE_|CERT_|ERR_TLS)/;

run(process.argv[2] ?? 'start').catch((error: unknown) => {
  const isPlain = [ConfigProblem, StartProblem, DatabaseProblem, KeyFileProblem].some((kind) => error instanceof kind);
  const code = (error as { code?: string }).code;
  if (isPlain) process.stderr.write(`${(error as Error).message}\n`);
  else if (ofConnecting.test(code ?? '') || /^SASL|SSL/.test((error as Error).message))
    process.stderr.write(
      `A database cannot be reached (${[code, (error as Error).message].filter(Boolean).join(': ')}). Check address, role, password and sslmode in BAILIWICK_DATABASE_<REGION> and BAILIWICK_DIRECTORY, or in BAILIWICK_MIGRATE_... for migrate.\n`,
    );
  else process.stderr.write(`Bailiwick could not start: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
