import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

/** What the person at the keyboard can mend; without a stack. */
export class StartProblem extends Error {}

/** No longer than this does it go on without its region. */
const LONGEST_HOLD_SECONDS = 900;

const options = {
  enrol:
    'The agent key of the namespace, shown when it was made or reset. Others on this machine see arguments: better in BAILIWICK_AGENT_KEY.',
  url: 'Any node of the platform, or the agent URL of the namespace; it names the right region. [http://localhost:7070]',
  gateway: 'Name or id of the gateway, where the namespace has several.',
  name: 'What it is called in the console. [the name of the host]',
  data: 'Folder for its enrolment and its last configuration. [./gateway-data]',
  listen: 'Address and port. [127.0.0.1:7080]',
  'tls-certificate':
    'PEM file of its certificate and what it was issued by; with --tls-key it serves https. Read again when it changes.',
  'tls-key': 'PEM file of the private key.',
  'client-certificate':
    'PEM file of the certificate that it shows to its region, where the gateway asks for one. Read again when it changes.',
  'client-key': 'PEM file of the private key of that.',
  'client-pkcs12': 'Instead of the two: a PKCS#12 file (.p12) with both, as the console makes it.',
  'client-password-file': 'File with the password of that. Or itself in BAILIWICK_CLIENT_PASSWORD.',
  'client-url':
    'Where the region asks for that, when it is another address than its own: https://agents.eu.example.com',
  'proxy-listen': 'Address and port where an nginx or Envoy asks whether a request is let in. [nowhere]',
  'proxy-token-file':
    'File with what the proxy sends in X-Bailiwick-Proxy-Token, 32 characters at least; must be set unless it asks on this machine. Or itself in BAILIWICK_PROXY_TOKEN.',
  'max-body-mb': 'The longest body of a request, in MB. [1024]',
  'max-connections': 'Connections from outside at a time. [2000]',
  'hold-seconds': `How long it goes on without its region, ${LONGEST_HOLD_SECONDS} at most. [${LONGEST_HOLD_SECONDS}]`,
  'journal-mb': 'What it keeps on disk of transactions that wait to be reported, in MB. [64]',
  'drain-seconds': 'How long it waits for what is open when it is told to end. [30]',
  config: 'A JSON file with any of these.',
} as const;

export const usage = `BAILIWICK_AGENT_KEY=<agent key> bailiwick gateway [--url <platform>] ...

Runs a gateway: carries requests to your own systems, and lets in only who may come in. See docs/gateways.md.

${Object.entries(options)
  .map(([name, help]) => `  --${name.padEnd(20)} ${help}`)
  .join('\n')}`;

export interface TlsFiles {
  certificate: string;
  key: string;
}

/** A key and its certificate in one file, and what opens it. */
export interface KeyFile {
  pkcs12: string;
  password: string | { file: string };
}

/** How the program shows itself to its region besides its key. */
export interface ClientTls {
  files: TlsFiles | KeyFile | undefined;
  url: string | undefined;
}

export interface Settings {
  agentKey: string | undefined;
  url: string | undefined;
  gateway: string | undefined;
  name: string;
  data: string;
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  client: ClientTls;
  proxy: { host: string; port: number; token: string | undefined; isTls: boolean } | undefined;
  maxBodyBytes: number;
  maxConnections: number;
  holdMs: number;
  drainMs: number;
  journalBytes: number;
}

/** What stands behind the address of the platform in the agent URL of a namespace; or the slash at the end of any. */
const AGENT_URL = /(\/agents\/[0-9A-Za-z]{22}\/[\w-]+)?\/?$/;

type Given = Partial<Record<keyof typeof options, string>>;

/**
 * @param environment an empty variable counts as one that is not set: unit files and templates leave them so
 * @throws {StartProblem} names the option and the remedy
 */
export function readSettings(args: string[], environment: Record<string, string | undefined>): Settings {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  let given: Given;
  try {
    given = parseArgs({
      args,
      strict: true,
      options: Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' as const }])),
    }).values;
  } catch (error) {
    throw new StartProblem(`${(error as Error).message}\n\n${usage}`);
  }
  if (given.config) given = { ...fromFile(given.config), ...given };
  const { url = env.BAILIWICK_URL, listen = '127.0.0.1:7080' } = given;
  const tls = pairOf(given, 'tls-certificate', 'tls-key');
  const clientUrl = given['client-url']?.replace(/\/$/, '');
  return {
    agentKey: given.enrol ?? env.BAILIWICK_AGENT_KEY,
    url: url === undefined ? undefined : requireSafe(url.replace(AGENT_URL, '')),
    gateway: given.gateway,
    name: given.name ?? hostname(),
    data: given.data ?? './gateway-data',
    ...addressOf('listen', listen),
    tls,
    client: {
      files: clientFilesOf(given, env),
      url: clientUrl === undefined ? undefined : requireSafe(clientUrl),
    },
    proxy: proxyOf(given, env, tls !== undefined),
    maxBodyBytes: numberOf(given, 'max-body-mb', 1024, 1_000_000) * 1_000_000,
    maxConnections: numberOf(given, 'max-connections', 2000, 100_000),
    holdMs: numberOf(given, 'hold-seconds', LONGEST_HOLD_SECONDS, LONGEST_HOLD_SECONDS) * 1000,
    journalBytes: numberOf(given, 'journal-mb', 64, 100_000) * 1_000_000,
    drainMs: numberOf(given, 'drain-seconds', 30, 3600) * 1000,
  };
}

function pairOf(given: Given, ofCertificate: keyof Given, ofKey: keyof Given): TlsFiles | undefined {
  const { [ofCertificate]: certificate, [ofKey]: key } = given;
  if ((certificate === undefined) !== (key === undefined))
    throw new StartProblem(`--${ofCertificate} and --${ofKey} go together.`);
  return certificate && key ? { certificate, key } : undefined;
}

function clientFilesOf(given: Given, env: Record<string, string | undefined>): ClientTls['files'] {
  const pair = pairOf(given, 'client-certificate', 'client-key');
  const { 'client-pkcs12': pkcs12, 'client-password-file': file } = given;
  if (pkcs12 === undefined) {
    if (file !== undefined) throw new StartProblem('--client-password-file goes with --client-pkcs12.');
    return pair;
  }
  if (pair) throw new StartProblem('Say --client-pkcs12, or --client-certificate and --client-key, not both.');
  const password = file === undefined ? env.BAILIWICK_CLIENT_PASSWORD : { file };
  if (password === undefined)
    throw new StartProblem('--client-pkcs12 needs --client-password-file or BAILIWICK_CLIENT_PASSWORD.');
  return { pkcs12, password };
}

function addressOf(name: keyof typeof options, text: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (!host || Number(port) > 65_535) throw new StartProblem(`--${name} must be an address and a port: 0.0.0.0:7080`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

/** Who may ask is told what is let in, and given the signed token: this machine, or whoever has the token, unheard. */
function proxyOf(given: Given, env: Record<string, string | undefined>, isTls: boolean): Settings['proxy'] {
  const listen = given['proxy-listen'];
  if (listen === undefined) return undefined;
  const file = given['proxy-token-file'];
  const token = file === undefined ? env.BAILIWICK_PROXY_TOKEN : textOf(file).trim();
  const address = addressOf('proxy-listen', listen);
  const isHere = isLoopback(address.host.includes(':') ? `[${address.host}]` : address.host);
  if (token === undefined ? !isHere : !/^[!-~]{32,200}$/.test(token))
    throw new StartProblem(
      `--proxy-listen ${listen} needs --proxy-token-file or BAILIWICK_PROXY_TOKEN, 32 to 200 visible characters that your proxy sends: else anybody could ask.`,
    );
  if (!isHere && !isTls)
    throw new StartProblem(
      `--proxy-listen ${listen} is not on this machine alone, where tokens would be read on the way: it needs --tls-certificate and --tls-key.`,
    );
  return { ...address, token, isTls: !isHere };
}

/** What the region says is believed, so nobody may stand between; on this machine nobody does. */
export function requireSafe(url: string): string {
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    const here = `http://${url}`;
    const isHere = URL.canParse(here) && isLoopback(new URL(here).hostname);
    throw new StartProblem(
      isHere ? `${url} lacks http:// before it: ${here}` : `${url} is no address. It must begin with https://`,
    );
  }
  const { protocol, hostname: host } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(host)))
    throw new StartProblem(`${url} is not safe: it must begin with https:// unless it is on this machine.`);
  return url;
}

export const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);

function numberOf(given: Given, name: keyof typeof options, fallback: number, most: number): number {
  const text = given[name];
  if (text === undefined) return fallback;
  if (!/^\d{1,7}$/.test(text) || Number(text) < 1 || Number(text) > most)
    throw new StartProblem(`--${name} must be a number from 1 to ${most}.`);
  return Number(text);
}

function fromFile(file: string): Given {
  try {
    const read = JSON.parse(textOf(file)) as Record<string, unknown>;
    const unknown = Object.keys(read).find((name) => !Object.hasOwn(options, name));
    if (unknown)
      throw new StartProblem(`${file}: ${unknown} is no setting. They are: ${Object.keys(options).join(', ')}`);
    return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    if (error instanceof StartProblem) throw error;
    throw new StartProblem(`${file} is not JSON: ${(error as Error).message}`);
  }
}

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartProblem(`${file} cannot be read: ${(error as Error).message}`);
  }
}
