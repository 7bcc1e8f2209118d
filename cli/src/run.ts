import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  type Bailiwick,
  BailiwickProblem,
  ChangeWaits,
  createBailiwick,
  type ListPage,
  paginate,
} from '@bailiwick/sdk';
import {
  exampleOf,
  has,
  json,
  merged,
  once,
  type Parts,
  partsOf,
  placeholder,
  refuseSecrets,
  type Typed,
  typedOf,
} from './arguments.ts';
import { type Command, camel } from './contract.ts';
import { asksForHelp, generalHelp, nounHelp, verbHelp } from './help.ts';
import { keepCookies, login, logout, sessionHeaders } from './login.ts';
import { type Format, printed, secretFields, withoutSecrets } from './output.ts';
import { scimTry } from './scim-try.ts';
import { type Env, type Settings, settingsOf } from './settings.ts';
import { nearest, Usage } from './usage.ts';

/** The world around a run: `write` is for the answer, `warn` for what is said about it. */
export interface Surroundings {
  commands: Command[];
  version: string;
  env: Env;
  home: string;
  isTerminal: boolean;
  write: (text: string) => void;
  warn: (text: string) => void;
  /** The whole standard input. */
  readInput: () => Promise<string>;
  wait: (milliseconds: number) => Promise<void>;
}

/** @returns the exit code: 0 done, 1 refused or no answer, 2 the command line is wrong, 3 it waits for a second person */
export async function run(argv: string[], around: Surroundings): Promise<0 | 1 | 2 | 3> {
  let command: Command | undefined;
  let typed: Typed | undefined;
  try {
    const [noun, verb, ...rest] = argv;
    if (noun === undefined || asksForHelp(noun)) return say(around, generalHelp(around.commands));
    if (noun === '--version' || noun === 'version') return say(around, `${around.version}\n`);
    if (noun === 'scim' && verb === 'try') return await scimTry(rest, around);
    if (noun === 'login') return await login(argv.slice(1), around);
    if (noun === 'logout') return await logout(argv.slice(1), around);
    requireNoun(noun, around.commands);
    if (verb === undefined || asksForHelp(verb)) return say(around, nounHelp(noun, around.commands));
    command = commandCalled(noun, verb, around.commands);
    const booleans = command.fields.filter(({ kind }) => kind.kind === 'boolean').map(({ flag }) => flag);
    typed = typedOf(
      rest,
      (flag) => booleans.includes(flag.replace(/^(no-|body\.|query\.)/, '')) || booleans.includes(flag),
    );
    if (has(typed, 'help') || (rest.length === 1 && rest[0] === 'help')) return say(around, verbHelp(command));
    return await carryOut(command, typed, around);
  } catch (error) {
    if (error instanceof Usage) {
      around.warn(`${error.message}\n`);
      return 2;
    }
    if (error instanceof ChangeWaits) {
      around.warn(tellOfWaiting(error));
      return 3;
    }
    if (error instanceof BailiwickProblem) around.warn(tellOf(error, command, typed));
    else if (error instanceof TypeError && error.message === 'fetch failed') around.warn(tellOfSilence(error));
    else throw error;
    return 1;
  }
}

function say({ write }: Surroundings, text: string): 0 {
  write(text);
  return 0;
}

function requireNoun(noun: string, commands: Command[]) {
  if (commands.some((each) => each.noun === noun)) return;
  const meant = nearest(
    noun,
    commands.map((each) => each.noun),
  );
  throw new Usage(`There is no ${JSON.stringify(noun)}.${meant ? ` Did you mean ${meant}?` : ''} See bailiwick help`);
}

function commandCalled(noun: string, verb: string, commands: Command[]): Command {
  const own = commands.filter((each) => each.noun === noun);
  const found = own.find((each) => each.verb === verb);
  if (found) return found;
  const meant = nearest(
    verb,
    own.map((each) => each.verb),
  );
  throw new Usage(
    `${noun} has no verb ${JSON.stringify(verb)}.${meant ? ` Did you mean ${meant}?` : ''} See bailiwick ${noun} help`,
  );
}

type AnyCall = (input: Record<string, unknown>) => Promise<{ data: unknown; etag: string | null; response: Response }>;

const methodOf = (client: Bailiwick, { noun, verb }: { noun: string; verb: string }): AnyCall =>
  (client as unknown as Record<string, Record<string, AnyCall>>)[camel(noun)]?.[camel(verb)] as AnyCall;

async function carryOut(command: Command, typed: Typed, around: Surroundings): Promise<0 | 1> {
  const format = formatOf(typed, around);
  const settings = settingsOf(typed, around.env, around.home);
  const parts = partsOf(command, typed, settings.tenant);
  const body = await bodyOf(command, typed, parts, around);
  const version = once(typed, 'if-match');
  if (version !== undefined && !command.takesVersion)
    throw new Usage(`--if-match: ${command.noun} ${command.verb} needs no version.`);
  const idempotencyKey = once(typed, 'idempotency-key');
  if (idempotencyKey !== undefined && !command.creates)
    throw new Usage(`--idempotency-key: ${command.noun} ${command.verb} creates nothing.`);
  const confirm = once(typed, 'confirm');
  if (confirm !== undefined && !command.isConfirmed)
    throw new Usage(`--confirm: ${command.noun} ${command.verb} changes nothing in a namespace.`);
  if (has(typed, 'all') && !command.isPaged) throw new Usage(`--all: ${command.noun} ${command.verb} has no pages.`);

  const file = savedTo(command, typed);

  const client = clientOf(settings, typed, around);
  const ifMatch = version === undefined ? await versionRead(client, command, parts, typed, around) : quoted(version);
  const call = (more: Record<string, unknown> = {}) =>
    methodOf(
      client,
      command,
    )({
      ...parts.path,
      ...parts.query,
      ...more,
      ...(body === undefined ? {} : { body }),
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(confirm === undefined ? {} : { confirm }),
    });

  if (has(typed, 'all')) {
    const items: unknown[] = [];
    const list = (page: object) =>
      call({ limit: '200', ...parts.query, ...page }) as Promise<{ data: ListPage<unknown> }>;
    for await (const item of paginate(list)) items.push(item);
    around.write(printed({ items: withoutSecrets(items) }, format));
    return 0;
  }
  const { data: told, response } = await call().catch((error: unknown) => {
    if (file !== undefined) rmSync(file);
    throw error;
  });
  const data = file === undefined ? told : save(file, command, told as Record<string, unknown>);
  const shown = command.method === 'POST' ? data : withoutSecrets(data);
  around.write(printed(shown, format));
  const { id, state } = (data ?? {}) as { id?: string; state?: string };
  if (response.status === 202 && id && state) around.warn(`It goes on as a task: bailiwick tasks read ${id}\n`);
  const secrets = secretFields(shown);
  if (secrets.length > 0)
    around.warn(`Keep ${secrets.join(' and ')} now: ${secrets.length > 1 ? 'they are' : 'it is'} not shown again.\n`);
  const unproved = command.noun === 'domains' && command.verb === 'verify' ? tellOfUnproved(data as LookedUp) : '';
  if (unproved === '') return 0;
  around.warn(unproved);
  return 1;
}

/** @returns where the file of the reply goes @throws {Usage} before anything is asked for that would have no place */
function savedTo({ noun, verb, saves }: Command, typed: Typed): string | undefined {
  const file = once(typed, 'save');
  if (file === undefined) return undefined;
  if (saves === undefined) throw new Usage(`--save: the reply of ${noun} ${verb} holds no file.`);
  if (existsSync(file)) throw new Usage(`--save: ${file} is there already. Name a file that is not.`);
  try {
    writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new Usage(`--save: ${file} cannot be written: ${(error as Error).message}`);
  }
  return file;
}

/** @returns the reply, with the name of the file instead of what is in it */
function save(file: string, { saves }: Command, told: Record<string, unknown>) {
  if (typeof saves !== 'object') {
    writeFileSync(file, `${JSON.stringify(told, null, 2)}\n`);
    return { saved: file };
  }
  writeFileSync(file, Buffer.from(told[saves.field] as string, 'base64'));
  return { ...told, [saves.field]: file };
}

interface LookedUp {
  lastOutcome?: string;
  record?: { type: string; name: string; value: string };
}

const found: Record<string, string> = {
  absent: 'it is not there',
  'other-value': 'there is one of ours with another value',
  unanswered: 'the name servers did not answer',
};

/** A look-up that proved nothing is answered with the domain as it stands: what was looked for, and what was found. */
function tellOfUnproved({ lastOutcome, record }: LookedUp): string {
  const said = lastOutcome === undefined ? undefined : found[lastOutcome];
  if (!said || !record) return '';
  return [
    `Not proved: the ${record.type} record was looked for, and ${said}.`,
    `  Expected: ${record.name} ${record.type} "${record.value}"`,
    '  Enter it at the DNS provider, and verify again. A new record may take some minutes to be seen everywhere.',
    '',
  ].join('\n');
}

function formatOf(typed: Typed, { isTerminal }: Surroundings): Format {
  const format = once(typed, 'output') ?? (isTerminal ? 'table' : 'json');
  if (format !== 'json' && format !== 'table')
    throw new Usage(`--output is json or table, not ${JSON.stringify(format)}.`);
  return format;
}

function clientOf({ url, key, session }: Settings, typed: Typed, { home, warn, version }: Surroundings): Bailiwick {
  const isVerbose = has(typed, 'verbose');
  return createBailiwick({
    baseUrl: url,
    ...(key === undefined ? {} : { key }),
    headers: { 'user-agent': `bailiwick-cli/${version}`, ...(session ? sessionHeaders(session) : {}) },
    fetch: async (target, init) => {
      const response = await fetch(target, init);
      const id = response.headers.get('x-request-id');
      if (session) keepCookies(home, session, response);
      if (isVerbose) warn(`${init.method} ${target} -> ${response.status}${id ? ` (request ${id})` : ''}\n`);
      return response;
    },
  });
}

async function bodyOf(command: Command, typed: Typed, { body }: Parts, { readInput }: Surroundings): Promise<unknown> {
  const text = once(typed, 'json');
  const [file, beside] = filesOf(command, typed);
  if (text !== undefined && file !== undefined) throw new Usage('Say --json or --file, not both.');
  // An empty body goes along, so that the server can name every field that is missing.
  if (text === undefined && file === undefined)
    return command.body === 'required' || Object.keys(body).length > 0 ? body : undefined;
  if (!command.body) throw new Usage(`${command.noun} ${command.verb} takes no body.`);
  if (text !== undefined) {
    const said = json(text, '--json');
    refuseSecrets(command, said);
    return merged(said, body);
  }
  const read = async (name: string) =>
    given(command, name, name === '-' ? Buffer.from(await readInput()) : fileBytes(name));
  const first = await read(file as string);
  return merged(beside === undefined ? first : merged(first, (await read(beside)) as Record<string, unknown>), body);
}

/** The files of a body: one, or with a file that is sent as it is a second one, which has its password. */
function filesOf(command: Command, typed: Typed): string[] {
  const bytes = command.fields.find(({ isBase64 }) => isBase64);
  const files = typed.flags.flatMap(({ name, value }) => (name === 'file' && value !== true ? [value] : []));
  if (bytes && files.length === 2 && new Set(files).size === 2) return files;
  const file = once(typed, 'file');
  return file === undefined ? [] : [file];
}

/** What a file gives to the body. */
function given(command: Command, file: string, read: Buffer): unknown {
  const bytes = command.fields.find(({ isBase64 }) => isBase64);
  if (bytes && file !== '-' && read[0] !== '{'.charCodeAt(0))
    return { [bytes.path[0] as string]: read.toString('base64') };
  const text = read.toString('utf8');
  const whole = command.fields.find(({ isText }) => isText);
  if (whole && !/^\s*\{/.test(text)) return { [whole.path[0] as string]: text };
  const secret = command.fields.find((field) => field.isSecret && field !== bytes);
  const parsed = json(text, file, secret && `The body is like ${exampleOf(secret.path)}`);
  const { savedField } = command;
  return savedField && (parsed as { format?: unknown } | null)?.format === savedField.format
    ? { [savedField.name]: parsed }
    : parsed;
}

function fileBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Usage(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** An ETag may be typed without its quotes. */
const quoted = (version: string) => (/^\d+$/.test(version) ? `"${version}"` : version);

async function versionRead(client: Bailiwick, command: Command, { path }: Parts, typed: Typed, { warn }: Surroundings) {
  if (!command.needsVersion) return undefined;
  const { reader } = command;
  if (!reader) throw new Usage(`${command.noun} ${command.verb} needs --if-match <version>, or --if-match '*'.`);
  const { etag } = await methodOf(client, reader)(path);
  if (etag === null)
    throw new Usage(`${reader.noun} ${reader.verb} tells no version: say --if-match <version>, or --if-match '*'.`);
  if (has(typed, 'verbose')) warn(`If-Match: ${etag}, as ${reader.noun} ${reader.verb} just said.\n`);
  return etag;
}

const remedies: Record<string, string> = {
  401: 'Type bailiwick login, set BAILIWICK_KEY, or keep a key in ~/.config/bailiwick/key (mode 0600).',
  'fresh-sign-in-required': 'Type bailiwick login again, then repeat this within 15 minutes.',
};

function tellOf(problem: BailiwickProblem, command: Command | undefined, typed: Typed | undefined): string {
  const { code, status, detail, errors, requestId, retryAfterSeconds } = problem;
  const remedy = remedies[code] ?? remedies[status] ?? confirming(problem);
  return [
    `${code === 'about:blank' ? `HTTP ${status}` : code}: ${errors.length > 0 ? problem.title : detail}`,
    ...errors.map(({ path, message }) => `  ${saidAs(path, command, typed)}: ${message}`),
    ...(remedy ? [`  ${remedy}`] : []),
    ...whyNot(problem),
    ...otherVersion(problem, command),
    ...(retryAfterSeconds === undefined ? [] : [`  Try again in ${Math.ceil(retryAfterSeconds)} s.`]),
    ...(requestId ? [`  Request id: ${requestId}`] : []),
    '',
  ].join('\n');
}

/** How the name of a protected namespace is said here; over HTTP it goes in a header, of which the server tells. */
const confirming = ({ code, members: { namespaceName } }: BailiwickProblem): string | undefined =>
  code === 'confirmation-required' && typeof namespaceName === 'string'
    ? `Say it with --confirm ${namespaceName}, if you mean ${namespaceName}.`
    : undefined;

/** From a refusal for want of a right to why, what would change it, and whom to ask. */
function whyNot({ status, members: { permission, namespaceId } }: BailiwickProblem): string[] {
  if (status !== 403 || typeof permission !== 'string') return [];
  const at = `--permission ${permission}${typeof namespaceId === 'string' ? ` --resource ${namespaceId}` : ''}`;
  return [
    `  Why, and what would change it: bailiwick access explain ${at}`,
    `  Ask for it, signed in as a person: bailiwick access-requests create ${at} --reason '...'`,
  ];
}

/** What another one saved first, beside what was typed here. */
function otherVersion({ etag, members: { current } }: BailiwickProblem, command: Command | undefined): string[] {
  if (etag === undefined || current === undefined) return [];
  const version = etag.replaceAll('"', '');
  return [
    `  There now, version ${version}:`,
    ...printed(withoutSecrets(current), 'table')
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    ...(command?.takesVersion ? [`  To change that, repeat it with --if-match ${version}.`] : []),
  ];
}

const tellOfWaiting = ({ message, changeRequest: { id, namespaceId, state } }: ChangeWaits) =>
  [
    message,
    `  See it: bailiwick change-requests read ${namespaceId} ${id}`,
    ...(state === 'pending' ? [`  Take it back: bailiwick change-requests withdraw ${namespaceId} ${id}`] : []),
    '',
  ].join('\n');

/** The field of an error as it was typed, or is: `owner.firstName` -> `--owner.first-name`. */
function saidAs(path: string, command: Command | undefined, typed: Typed | undefined): string {
  const [place, ...rest] = path.split('.');
  if (place && typed && has(typed, 'file') && holdsFile(command, place))
    return rest.length === 0 ? '--file' : `--file (${path})`;
  if (path === 'tenantId' || path === 'path.tenantId') return '--tenant';
  if (place === 'path' && rest[0]) return placeholder(rest[0]);
  const isQuery = place === 'query';
  const name = isQuery ? rest.join('.') : path.replace(/\.\d+(\..*)?$/, '');
  const field = command?.fields.find(
    (each) => each.place === (isQuery ? 'query' : 'body') && each.path.join('.') === name,
  );
  return field && !field.isSecret ? `--${field.flag}${name === path || isQuery ? '' : ` (${path})`}` : path;
}

/** Whether `--file` may name a file that is this field of the body, as it is. */
const holdsFile = (command: Command | undefined, name: string) =>
  command?.savedField?.name === name ||
  command?.fields.some(({ path, isText, isBase64 }) => path[0] === name && (isText || isBase64)) === true;

function tellOfSilence({ cause }: TypeError): string {
  const error = cause as { code?: string; message?: string; errors?: { code?: string }[] } | undefined;
  const why = error?.code ?? error?.errors?.[0]?.code ?? error?.message ?? 'unknown';
  return `No answer (${why}). Is the server running, and is its base URL right (--url or BAILIWICK_URL)?\n`;
}
