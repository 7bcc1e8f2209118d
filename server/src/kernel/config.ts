import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import ipaddr from 'ipaddr.js';

/** Every setting, with what it means, its unit and its default. `bailiwick config` prints this table. */
export const settings = {
  BAILIWICK_PORT: { default: '7070', help: 'Port of API and console.' },
  BAILIWICK_HOST: { default: '', help: 'Address to listen on; 127.0.0.1 and ::1 when empty.' },
  BAILIWICK_DATA: { default: './data', help: 'Folder of the embedded databases, keys and outboxes.' },
  BAILIWICK_OPERATOR_KEY: {
    default: '',
    help: 'Operator key, 32 characters or more; else one is made in the data folder.',
  },
  BAILIWICK_LOG: { default: 'json', help: 'json for machines, pretty for people.' },
  BAILIWICK_REGISTRATION: {
    default: '',
    help: 'open, invited or off; open on the embedded databases, invited on databases by URL.',
  },
  BAILIWICK_REGIONS: { default: 'au,eu,us', help: 'Codes of the regions that this node serves, separated by commas.' },
  'BAILIWICK_DATABASE_<REGION>': { default: '', help: "PostgreSQL URLs of the region's cells, the home cell first." },
  BAILIWICK_DIRECTORY: { default: '', help: 'PostgreSQL URL of the directory.' },
  'BAILIWICK_MIGRATE_<REGION>': {
    default: '',
    help: "The same cells with the migrator's role, for `bailiwick migrate`.",
  },
  BAILIWICK_MIGRATE_DIRECTORY: {
    default: '',
    help: "The directory with the migrator's role, for `bailiwick migrate`.",
  },
  'BAILIWICK_BASE_URL_<REGION>': {
    default: '',
    help: "The region's own base URL; http://localhost:<port> when empty.",
  },
  'BAILIWICK_REGION_NAME_<REGION>': { default: '', help: "The region's name as people read it." },
  'BAILIWICK_REGION_COUNTRY_<REGION>': {
    default: '',
    help: 'The country (ISO 3166-1 alpha-2) in which the region stands.',
  },
  BAILIWICK_KEYS: {
    default: '',
    help: 'Folder with <region>.master.key and fingerprint.key; in the data folder when empty.',
  },
  BAILIWICK_TRUST_PROXY: {
    default: '',
    help: 'Addresses (CIDR, commas) of proxies whose X-Forwarded-For is believed.',
  },
  BAILIWICK_CLIENT_CERTIFICATES: {
    default: 'off',
    help: 'forwarded: the proxies of BAILIWICK_TRUST_PROXY say in Client-Cert which client certificate a connection has, and take out what clients write there; gateways may then ask for one.',
  },
  BAILIWICK_EGRESS_ALLOW: {
    default: '',
    help: 'What outgoing requests may reach although it is private or without TLS: networks (CIDR) and host:port, separated by commas.',
  },
  BAILIWICK_EGRESS_CA: {
    default: '',
    help: 'File of further certificate authorities (PEM) that outgoing requests trust.',
  },
  'BAILIWICK_SMTP_URL_<REGION>': { default: '', help: 'Mail server of the region; the development outbox when empty.' },
  BAILIWICK_DNS_SERVERS: {
    default: '',
    help: "Name servers that proofs of domains are looked up at (address or address:port, commas); the system's when empty.",
  },
  BAILIWICK_MAIL_FROM: { default: 'Bailiwick <no-reply@localhost>', help: 'Sender of mails.' },
  BAILIWICK_POSTGRES_BIN: { default: '', help: 'Folder of a system PostgreSQL for the embedded databases.' },
  BAILIWICK_POOL_SIZE: {
    default: '16',
    help: 'Database connections a node holds to each cell, and to the directory, at most; four more of each are shared by all requests.',
  },
  BAILIWICK_REQUESTS_PER_SECOND: {
    default: '1000',
    help: 'Requests a tenant may make in a second, over all nodes of its region. Provisioning makes four fifths at most, one of its tokens half.',
  },
  BAILIWICK_TRANSACTIONS_PER_SECOND: {
    default: '2000',
    help: 'Transactions of gateways that a tenant may report in a second, over all nodes of its region; what is beyond waits in the gateways.',
  },
  BAILIWICK_TRANSACTIONS_PER_DAY: {
    default: '10000000',
    help: 'Transactions that are kept of a tenant in a day (UTC); what is beyond is counted for licences and left out of Logging. 0: no limit.',
  },
  BAILIWICK_LICENCE_KEYS: {
    default: '',
    help: "File of the vendor's public keys (a JWK set; Ed25519 or P-256, each with a kid) that licence files are signed by.",
  },
  BAILIWICK_LICENCE_ISSUER: { default: 'bailiwick', help: 'Who must have issued a licence file.' },
  BAILIWICK_LICENSING: {
    default: 'optional',
    help: 'optional: what has no licence is not limited. required: gateways of a namespace without a licence in force carry nothing.',
  },
  BAILIWICK_BILLING: {
    default: 'off',
    help: 'on: tenants keep a billing profile, and add nothing from what is offered without one.',
  },
  BAILIWICK_CLOSE_GRACE_DAYS: { default: '30', help: 'Days in which a closed tenant can be restored.' },
  BAILIWICK_NAMESPACE_GRACE_DAYS: { default: '30', help: 'Days in which a deleted namespace can be restored.' },
} as const;

export interface RegionSettings {
  code: string;
  name: string;
  country: string;
  baseUrl: string;
  /** URLs of the cells; empty on the embedded databases. */
  databases: string[];
  migrateDatabases: string[];
  smtpUrl: string | undefined;
}

export interface Config {
  port: number;
  hosts: string[];
  dataFolder: string | undefined;
  embedded: boolean;
  postgresBin: string | undefined;
  operatorKeyHash: Buffer | undefined;
  log: 'json' | 'pretty';
  registration: 'open' | 'invited' | 'off';
  regions: RegionSettings[];
  directory: string | undefined;
  migrateDirectory: string | undefined;
  keysFolder: string | undefined;
  trustProxy: string[];
  hasClientCertificates: boolean;
  /** What outgoing requests may reach beyond the internet, and certificate authorities that they trust besides. */
  egress: { allow: string[]; ca: string[] | undefined };
  mailFrom: string;
  dnsServers: string[];
  poolSize: number;
  requestsPerSecond: number;
  transactionsPerSecond: number;
  /** 0: no limit. */
  transactionsPerDay: number;
  licences: { keys: LicenceKey[]; issuer: string; isRequired: boolean };
  hasBilling: boolean;
  closeGraceDays: number;
  namespaceGraceDays: number;
}

/** A key by which the vendor signs licence files; which algorithm it signs by follows from its kind. */
export interface LicenceKey {
  id: string;
  algorithm: 'EdDSA' | 'ES256';
  key: KeyObject;
}

/** A setting that cannot be used; the message names it and what to type. */
export class ConfigProblem extends Error {}

const known: Record<string, { name: string; country: string }> = {
  au: { name: 'Australia', country: 'AU' },
  eu: { name: 'Europe', country: 'DE' },
  us: { name: 'United States', country: 'US' },
};

type Environment = Record<string, string | undefined>;

/** Reads all settings from the environment. The only place that does. */
export function readConfig(env: Environment): Config {
  const get = (name: string) => env[name]?.trim() || undefined;
  const list = (name: string) =>
    (get(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  const number = (name: keyof typeof settings, min: number, max: number) => {
    const text = get(name) ?? settings[name].default;
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new ConfigProblem(`${name} is "${text}". Set a whole number from ${min} to ${max}.`);
    return value;
  };
  const choice = <T extends string>(name: string, values: readonly T[], fallback: T): T => {
    const text = get(name) ?? fallback;
    const value = values.find((each) => each === text);
    if (!value) throw new ConfigProblem(`${name} is "${text}". Set one of: ${values.join(', ')}.`);
    return value;
  };

  const port = number('BAILIWICK_PORT', 0, 65535);
  const codes = list('BAILIWICK_REGIONS').length ? list('BAILIWICK_REGIONS') : ['au', 'eu', 'us'];
  for (const code of codes)
    if (!/^[a-z]{2,8}$/.test(code))
      throw new ConfigProblem(`BAILIWICK_REGIONS names "${code}". A code has 2 to 8 letters a-z.`);
  if (new Set(codes).size < codes.length)
    throw new ConfigProblem('BAILIWICK_REGIONS names a region twice. Name each once.');
  const databases = (name: string) => list(name).map((url) => databaseUrl(name, url));

  const regions = codes.map((code): RegionSettings => {
    const suffix = code.toUpperCase();
    const baseUrl = get(`BAILIWICK_BASE_URL_${suffix}`) ?? `http://localhost:${port}`;
    if (!/^https?:\/\/[^/?#]+$/.test(baseUrl))
      throw new ConfigProblem(
        `BAILIWICK_BASE_URL_${suffix} is "${baseUrl}". Set an origin such as https://${code}.example.com`,
      );
    return {
      code,
      name: get(`BAILIWICK_REGION_NAME_${suffix}`) ?? known[code]?.name ?? suffix,
      country: get(`BAILIWICK_REGION_COUNTRY_${suffix}`) ?? known[code]?.country ?? 'ZZ',
      baseUrl,
      databases: databases(`BAILIWICK_DATABASE_${suffix}`),
      migrateDatabases: databases(`BAILIWICK_MIGRATE_${suffix}`),
      smtpUrl: smtpUrl(`BAILIWICK_SMTP_URL_${suffix}`, get(`BAILIWICK_SMTP_URL_${suffix}`)),
    };
  });

  const one = (name: string) => {
    const url = get(name);
    return url && databaseUrl(name, url);
  };
  const directory = one('BAILIWICK_DIRECTORY');
  const byUrl = regions.filter(({ databases }) => databases.length > 0);
  const embedded = byUrl.length === 0 && !directory;
  const operatorKey = env.BAILIWICK_OPERATOR_KEY;
  if (operatorKey !== undefined && operatorKey !== '' && operatorKey.length < 32)
    throw new ConfigProblem('BAILIWICK_OPERATOR_KEY is shorter than 32 characters. Set a longer one.');

  const allow = list('BAILIWICK_EGRESS_ALLOW');
  for (const entry of allow)
    if (entry.includes('/') ? !ipaddr.isValidCIDR(entry) : !/^(\[[0-9a-f:]+\]|[^:]+):\d{1,5}$/i.test(entry))
      throw new ConfigProblem(
        `BAILIWICK_EGRESS_ALLOW names "${entry}". Set networks such as 10.0.0.0/8 and hosts such as idp.internal:8443.`,
      );
  const trustProxy = list('BAILIWICK_TRUST_PROXY');
  for (const entry of trustProxy)
    if (!isIP(entry) && !ipaddr.isValidCIDR(entry))
      throw new ConfigProblem(
        `BAILIWICK_TRUST_PROXY names "${entry}". Set addresses or networks such as 10.0.0.1 and 10.1.0.0/16.`,
      );
  const hasClientCertificates = choice('BAILIWICK_CLIENT_CERTIFICATES', ['off', 'forwarded'], 'off') === 'forwarded';
  if (hasClientCertificates && trustProxy.length === 0)
    throw new ConfigProblem(
      'BAILIWICK_CLIENT_CERTIFICATES is "forwarded", and BAILIWICK_TRUST_PROXY names nobody. Name the proxies that hand certificates on.',
    );
  const dnsServers = list('BAILIWICK_DNS_SERVERS');
  for (const entry of dnsServers)
    if (!isIP(entry.replace(/^\[(.*)\]/, '$1').replace(/^([^:]+|\S*(?<=\])):\d{1,5}$/, '$1')))
      throw new ConfigProblem(
        `BAILIWICK_DNS_SERVERS names "${entry}". Set addresses such as 10.0.0.53, 10.0.0.53:5353 or [fd00::53]:53.`,
      );

  const host = get('BAILIWICK_HOST');
  return {
    port,
    hosts: host ? [host] : ['127.0.0.1', '::1'],
    dataFolder: get('BAILIWICK_DATA') ? resolve(get('BAILIWICK_DATA') ?? '') : undefined,
    embedded,
    postgresBin: get('BAILIWICK_POSTGRES_BIN'),
    operatorKeyHash: operatorKey ? hashOperatorKey(operatorKey) : undefined,
    log: choice('BAILIWICK_LOG', ['json', 'pretty'], 'json'),
    registration: choice('BAILIWICK_REGISTRATION', ['open', 'invited', 'off'], embedded ? 'open' : 'invited'),
    regions,
    directory,
    migrateDirectory: one('BAILIWICK_MIGRATE_DIRECTORY'),
    keysFolder: get('BAILIWICK_KEYS') ? resolve(get('BAILIWICK_KEYS') ?? '') : undefined,
    trustProxy,
    hasClientCertificates,
    egress: { allow, ca: certificatesOf(get('BAILIWICK_EGRESS_CA')) },
    mailFrom: get('BAILIWICK_MAIL_FROM') ?? settings.BAILIWICK_MAIL_FROM.default,
    dnsServers,
    poolSize: number('BAILIWICK_POOL_SIZE', 1, 200),
    requestsPerSecond: number('BAILIWICK_REQUESTS_PER_SECOND', 1, 1_000_000),
    transactionsPerSecond: number('BAILIWICK_TRANSACTIONS_PER_SECOND', 1, 1_000_000),
    transactionsPerDay: number('BAILIWICK_TRANSACTIONS_PER_DAY', 0, 10_000_000_000),
    licences: {
      keys: licenceKeysOf(get('BAILIWICK_LICENCE_KEYS')),
      issuer: get('BAILIWICK_LICENCE_ISSUER') ?? settings.BAILIWICK_LICENCE_ISSUER.default,
      isRequired: choice('BAILIWICK_LICENSING', ['optional', 'required'], 'optional') === 'required',
    },
    hasBilling: choice('BAILIWICK_BILLING', ['off', 'on'], 'off') === 'on',
    closeGraceDays: number('BAILIWICK_CLOSE_GRACE_DAYS', 0, 3650),
    namespaceGraceDays: number('BAILIWICK_NAMESPACE_GRACE_DAYS', 0, 3650),
  };
}

const parsed = (text: string) => (URL.canParse(text) ? new URL(text) : undefined);

/** Without the URL in the message: it may hold a password. */
function databaseUrl(name: string, text: string): string {
  const url = parsed(text.replace('@/', '@socket/')); // without a host where the query names a socket
  if (url && /^postgres(ql)?:$/.test(url.protocol) && url.hash === '' && /^\/[^/]+$/.test(url.pathname)) return text;
  throw new ConfigProblem(
    `${name} has an entry that is no PostgreSQL URL. Set postgres://<role>:<password>@<host>:<port>/<database>; in role and password write @ as %40, / as %2F, # as %23, : as %3A and a comma as %2C.`,
  );
}

function smtpUrl(name: string, text: string | undefined): string | undefined {
  if (!text) return undefined;
  const url = parsed(text);
  if (url && /^smtps?:$/.test(url.protocol) && url.hostname && url.hash === '' && url.pathname.length < 2) return text;
  throw new ConfigProblem(
    `${name} is no SMTP URL. Set smtp://<host>:587 or smtps://<user>:<password>@<host>:465; in user and password write @ as %40, / as %2F, # as %23 and : as %3A.`,
  );
}

/** Settings of the command line and of the SDK's examples, which a server does not read. */
const ofClients = ['BAILIWICK_KEY', 'BAILIWICK_URL', 'BAILIWICK_TENANT', 'BAILIWICK_SCIM_TOKEN'];

/** What looks like a setting and is none: a slip of the pen would leave the default in force, unsaid. */
export function unknownSettings(env: Environment): string[] {
  const names = [...Object.keys(settings), ...ofClients].map((name) => name.replace('<REGION>', '[A-Z]{2,8}'));
  const known = new RegExp(`^(?:${names.join('|')})$`);
  return Object.keys(env).filter((name) => name.startsWith('BAILIWICK_') && !known.test(name));
}

/** The public authorities, and those of the file. Without a file Node's own list holds. */
function certificatesOf(file: string | undefined): string[] | undefined {
  if (!file) return undefined;
  try {
    return [...rootCertificates, readFileSync(resolve(file), 'utf8')];
  } catch {
    throw new ConfigProblem(`BAILIWICK_EGRESS_CA is "${file}", which cannot be read. Set the path of a PEM file.`);
  }
}

/** The keys of a JWK set: Ed25519 signs by EdDSA, P-256 by ES256, and no file of a licence says otherwise. */
function licenceKeysOf(file: string | undefined): LicenceKey[] {
  if (!file) return [];
  const refused = (what: string) =>
    new ConfigProblem(
      `BAILIWICK_LICENCE_KEYS is "${file}", ${what}. Set the path of a JWK set {"keys":[...]} of public keys, Ed25519 or P-256, each with a "kid" of its own.`,
    );
  let set: { keys?: (JsonWebKey & { kid?: unknown })[] };
  try {
    set = JSON.parse(readFileSync(resolve(file), 'utf8'));
  } catch {
    throw refused('which cannot be read as JSON');
  }
  if (!Array.isArray(set.keys) || set.keys.length === 0) throw refused('which holds no keys');
  const keys = set.keys.map((jwk): LicenceKey => {
    const { kid, kty, crv, x, y, d } = jwk;
    if (typeof kid !== 'string' || kid === '') throw refused('where a key has no "kid"');
    if (d !== undefined) throw refused('which holds a private key. Keep that with the vendor');
    const algorithm =
      kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : kty === 'EC' && crv === 'P-256' ? 'ES256' : undefined;
    if (!algorithm) throw refused('where a key is of another kind');
    try {
      const key = createPublicKey({ key: { kty, crv, x, ...(y ? { y } : {}) } as JsonWebKey, format: 'jwk' });
      return { id: kid, algorithm, key };
    } catch {
      throw refused('where a key cannot be read');
    }
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw refused('where two keys have one "kid"');
  return keys;
}

/** @throws {ConfigProblem} when a node by URL lacks a database, the directory or the keys */
export function requireServable({ embedded, regions, directory, keysFolder }: Config): void {
  if (embedded) return;
  const missing = regions.find(({ databases }) => databases.length === 0);
  if (missing)
    throw new ConfigProblem(
      `BAILIWICK_DATABASE_${missing.code.toUpperCase()} is not set, but this node serves "${missing.code}". Set it, or leave the region out of BAILIWICK_REGIONS.`,
    );
  if (!directory) throw new ConfigProblem('BAILIWICK_DIRECTORY is not set. Set the PostgreSQL URL of the directory.');
  if (!keysFolder)
    throw new ConfigProblem(
      'BAILIWICK_KEYS is not set. Set the folder with <region>.master.key and fingerprint.key, the same on all nodes.',
    );
}

export const hashOperatorKey = (key: string) => createHash('sha256').update(key).digest();
