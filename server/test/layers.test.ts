import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/**
 * The layers, and what is confined to one place (threat model, section 6, item 8), read from the sources:
 *
 *     app -> protocols -> capabilities -> kernel        console, cli, gateway -> sdk
 *
 * A file beside the product's code that tests it is free; nothing of the product may import one.
 */

interface Source {
  /** From the root: `server/src/capabilities/groups/store.ts`. */
  path: string;
  text: string;
}

interface Imported {
  /** From the root for a file of ours, else the name of a package: `server/src/kernel/ids.ts`, `kysely`. */
  from: string;
  /** What is taken by name: `sql` of `import { sql, type Kysely }`. */
  names: string[];
  isOurs: boolean;
  /** Gone at run time. */
  isType: boolean;
}

interface Rule {
  name: string;
  /** What it asks for, as a person who broke it needs to read it. */
  says: string;
  isFor: (path: string) => boolean;
  /** The offences of one file, each in a few words. */
  offences: (source: Source, imports: Imported[]) => string[];
}

const kernel = 'server/src/kernel/';
const isKernel = (path: string) => path.startsWith(kernel);
const isServer = (path: string) => path.startsWith('server/src/');
/** `groups` of `server/src/capabilities/groups/store.ts`; undefined elsewhere. */
const capabilityOf = (path: string) => /^server\/src\/capabilities\/([^/]+)\//.exec(path)?.[1];
const protocolOf = (path: string) => /^server\/src\/protocols\/([^/]+)\//.exec(path)?.[1];
const isAbove = (path: string) => isServer(path) && !isKernel(path) && !capabilityOf(path) && !protocolOf(path);
const isStore = (path: string) => capabilityOf(path) !== undefined && /(^|-)store\.ts$/.test(posix.basename(path));
const isProtocolSql = (path: string) => /^server\/src\/protocols\/[^/]+\/[a-z-]+-sql\.ts$/.test(path);
/** What a capability shows to others. */
const isShown = (path: string) => ['service.ts', 'schema.ts'].includes(posix.basename(path));

const packagesOf = (imports: Imported[], wanted: RegExp) =>
  imports.filter(({ from, isOurs }) => !isOurs && wanted.test(from)).map(({ from }) => `imports ${from}`);
const filesOf = (imports: Imported[], isWrong: (path: string) => boolean) =>
  imports.filter(({ from, isOurs }) => isOurs && isWrong(from)).map(({ from }) => `imports ${from}`);
const names = (imports: Imported[], wanted: string[]) =>
  imports.flatMap(({ from, names: taken }) =>
    taken.filter((name) => wanted.includes(name)).map((name) => `takes ${name} from ${from}`),
  );
const words = ({ text }: Source, wanted: RegExp) =>
  [...new Set(text.match(wanted) ?? [])].map((word) => `says ${word}`);

const rules: Rule[] = [
  {
    name: 'kernel',
    says: 'The kernel imports the kernel only: it knows no capability, no protocol and no app.',
    isFor: isKernel,
    offences: (_, imports) => filesOf(imports, (path) => !isKernel(path)),
  },
  {
    name: 'capability',
    says: 'A capability imports the kernel, itself, and service.ts and schema.ts of another.',
    isFor: (path) => capabilityOf(path) !== undefined,
    offences: ({ path }, imports) =>
      filesOf(imports, (from) => {
        const other = capabilityOf(from);
        return !isKernel(from) && other !== capabilityOf(path) && !(other && isShown(from));
      }),
  },
  {
    name: 'protocol',
    says: 'A protocol imports the kernel, itself, and service.ts and schema.ts of capabilities.',
    isFor: (path) => protocolOf(path) !== undefined,
    offences: ({ path }, imports) =>
      filesOf(imports, (from) => {
        const isOwn = protocolOf(from) === protocolOf(path);
        return !isKernel(from) && !isOwn && !(capabilityOf(from) && isShown(from));
      }),
  },
  {
    name: 'app',
    says: 'app, node, main and generate stand above the layers and import no store.',
    isFor: isAbove,
    offences: (_, imports) => filesOf(imports, (path) => isStore(path) || !path.startsWith('server/')),
  },
  {
    name: 'no tests',
    says: 'The product imports nothing of its tests.',
    isFor: () => true,
    offences: (_, imports) => filesOf(imports, (path) => isTest(path) || /\/test\//.test(path)),
  },
  {
    name: 'http and database',
    says: 'Only the kernel knows Fastify and the database driver; what puts a node together may name their types, generate.ts reads the catalogue.',
    isFor: (path) => isServer(path) && !isKernel(path) && path !== 'server/src/generate.ts',
    offences: ({ path }, imports) =>
      packagesOf(
        imports.filter(({ isType }) => !isType || !isAbove(path)),
        /^(fastify|@fastify\/.+|pg)$/,
      ),
  },
  {
    name: 'raw SQL',
    says: 'SQL stands in store.ts and -store.ts files, in files of protocols that end in -sql.ts, in the kernel and in migrations.',
    isFor: (path) => isServer(path) && !isKernel(path) && !isStore(path) && !isProtocolSql(path),
    offences: (_, imports) => names(imports, ['sql', 'CompiledQuery', 'RawBuilder']),
  },
  {
    name: 'environment',
    says: 'Settings are read by kernel/config.ts, from what main.ts hands to it; children of the embedded databases need PATH.',
    isFor: (path) =>
      path !== 'server/src/main.ts' &&
      path !== 'cli/src/main.ts' &&
      path !== 'gateway/src/main.ts' &&
      path !== `${kernel}config.ts` &&
      path !== `${kernel}database/embedded/binaries.ts`,
    offences: (source, imports) => [
      ...words(source, /process\.env\b|import\.meta\.env\b/g),
      ...names(imports, ['env']),
    ],
  },
  {
    name: 'randomness',
    says: 'Math.random is guessed: ids and secrets come from node:crypto through the kernel (or from crypto in clients).',
    isFor: () => true,
    offences: (source) => words(source, /Math\.random\b/g),
  },
  {
    name: 'secrets',
    says: 'Ids, keys and secrets are made by the kernel (the operator key by main.ts).',
    isFor: (path) => isServer(path) && !isKernel(path) && path !== 'server/src/main.ts',
    offences: (source, imports) => [
      ...names(imports, ['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'getRandomValues', 'webcrypto']),
      ...words(source, /crypto\.(getRandomValues|randomUUID)\b/g),
    ],
  },
  {
    name: 'credentials',
    says: 'Credentials are read and verified by kernel/authenticate.ts and kernel/guards.ts, tokens of providers by protocols/oidc, files of vendors by kernel/signed-file.ts; signing in ends the session that the cookie holds.',
    isFor: (path) =>
      isServer(path) &&
      path !== 'server/src/capabilities/sessions/entry.ts' &&
      protocolOf(path) !== 'oidc' &&
      !['authenticate', 'guards', 'credential-text', 'http-signature', 'signed-file'].some(
        (name) => path === `${kernel}${name}.ts`,
      ),
    offences: (_, imports) => [
      ...names(imports, ['parseCredential', 'parseSessionSecret', 'readSignature', 'verifySignature']),
      ...packagesOf(imports, /^(jose|jsonwebtoken)$/),
    ],
  },
  {
    name: 'outgoing requests',
    says: 'What leaves for the network goes through kernel/outgoing.ts, mail through smtp.ts, questions to name servers through dns.ts (kernel/http.ts listens).',
    isFor: (path) =>
      isServer(path) &&
      path !== `${kernel}http.ts` &&
      path !== `${kernel}outgoing.ts` &&
      path !== `${kernel}dns.ts` &&
      path !== 'server/src/capabilities/mails/smtp.ts',
    offences: (source, imports) => [
      ...packagesOf(
        imports.filter((each) => !each.isType && !isAboutAddresses(each)),
        /^(node:)?(https?|http2|net|tls|dns(\/promises)?|dgram)$|^(undici|nodemailer|axios)$/,
      ),
      ...words(source, /(?<![.\w])fetch\(/g),
    ],
  },
  {
    name: 'clock',
    says: "Time is the database's: ctx.now and ctx.later, never the clock of the node.",
    isFor: (path) => capabilityOf(path) !== undefined || protocolOf(path) !== undefined,
    offences: (source) => words(source, /Date\.now\(\)|new Date\(\)|performance\.now\(\)/g),
  },
  {
    name: 'sdk',
    says: 'The SDK imports nothing of ours.',
    isFor: (path) => path.startsWith('sdk/'),
    offences: (_, imports) => [
      ...filesOf(imports, (path) => !path.startsWith('sdk/src/')),
      ...packagesOf(imports, /^@bailiwick\//),
    ],
  },
  {
    name: 'clients',
    says: 'Console and CLI import @bailiwick/sdk of ours and themselves: the server is reached by the contract alone. What it says in other languages it has once, for mails and for the console.',
    isFor: (path) => /^(console|cli)\//.test(path),
    offences: ({ path }, imports) => [
      ...filesOf(
        imports,
        (from) => from.split('/')[0] !== path.split('/')[0] && !(path === saidInConsole && saidByServer.includes(from)),
      ),
      ...packagesOf(imports, /^@bailiwick\/(?!sdk(\/openapi\.json|\/paths)?$)/),
    ],
  },
  {
    name: 'gateway',
    says: 'The gateway imports types of the SDK, itself, and of the server what it decides by, signs by, judges addresses by, keeps a tick by and waits by.',
    isFor: (path) => path.startsWith('gateway/'),
    offences: (_, imports) => [
      ...filesOf(imports, (from) => !from.startsWith('gateway/src/') && !sharedWithGateway.includes(from)),
      ...packagesOf(
        imports.filter(({ isType }) => !isType),
        /^@bailiwick\//,
      ),
    ],
  },
];

/** One engine decides in the region and in the gateway; one function signs and verifies, one says what an address leads to, one keeps what V8 forgets, one waits no longer than it may. */
const sharedWithGateway = [
  'server/src/capabilities/gateways/deciding.ts',
  'server/src/capabilities/gateways/hosts.ts',
  'server/src/capabilities/gateways/upstream-token.ts',
  `${kernel}addresses.ts`,
  `${kernel}credential-text.ts`,
  `${kernel}http-signature.ts`,
  `${kernel}kept-tick.ts`,
  `${kernel}within-time.ts`,
];

/** The words of the server, and how they are found. */
const saidInConsole = 'console/src/messages/said.ts';
const saidByServer = [`${kernel}messages/en.server.ts`, `${kernel}messages/said.ts`];

/** `isIP` and its like open nothing. */
const isAboutAddresses = ({ names: taken }: Imported) =>
  taken.length > 0 && taken.every((name) => /^(type |isIP|BlockList$|rootCertificates$)/.test(name));

const isTest = (path: string) => /\.test\.tsx?$/.test(path);

function importsOf({ path, text }: Source): Imported[] {
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?([^'";]*?)\s*from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\b(?:import|require|import\.meta\.resolve)\(\s*['"]([^'"]+)['"]/g,
  );
  return [...statements].map(([, typeOnly, clause = '', from, bare, called]) => {
    const specifier = (from ?? bare ?? called) as string;
    const isOurs = specifier.startsWith('.');
    const named = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
    return {
      from: isOurs ? posix.join(posix.dirname(path), specifier) : specifier,
      isOurs,
      isType: typeOnly !== undefined,
      names: named
        .split(',')
        .map((each) => each.trim().replace(/\s+as\s.*$/s, ''))
        .filter(Boolean)
        .map((name) => (typeOnly && !name.startsWith('type ') ? `type ${name}` : name)),
    };
  });
}

/** Code without what people read in it. */
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

function offencesOf(source: Source): string[] {
  if (isTest(source.path)) return [];
  const code = { ...source, text: withoutComments(source.text) };
  const imports = importsOf(code);
  return rules
    .filter(({ isFor }) => isFor(code.path))
    .flatMap(({ name, says, offences }) =>
      offences(code, imports).map((offence) => `${code.path} ${offence}. [${name}] ${says}`),
    );
}

const root = fileURLToPath(new URL('../../', import.meta.url));

function sources(): Source[] {
  return ['server/src', 'sdk/src', 'cli/src', 'console/src', 'gateway/src'].flatMap((folder) =>
    readdirSync(posix.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
      .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
      .map((path) => ({ path, text: readFileSync(posix.join(root, path), 'utf8') })),
  );
}

test('no file breaks a layer or leaves its place', () => {
  const all = sources();
  expect(all.length).toBeGreaterThan(80);
  expect(all.flatMap(offencesOf)).toEqual([]);
});

test('no two capabilities need each other: one of them owns the relation', () => {
  const needs = new Map<string, Set<string>>();
  for (const source of sources().filter(({ path }) => !isTest(path))) {
    const own = capabilityOf(source.path);
    if (!own) continue;
    // A shape taken from another's schema.ts is no need of it: schemas do nothing.
    const others = importsOf(source).flatMap(({ from }) =>
      from.endsWith('/schema.ts') ? [] : (capabilityOf(from) ?? []),
    );
    needs.set(own, new Set([...(needs.get(own) ?? []), ...others.filter((other) => other !== own)]));
  }
  expect(circles(needs)).toEqual([]);
});

/** Each circle once, from its first name on: `a -> b -> a`. */
function circles(needs: Map<string, Set<string>>): string[] {
  const found = new Set<string>();
  const walk = (name: string, way: string[]) => {
    if (way.includes(name)) {
      const circle = way.slice(way.indexOf(name));
      const first = circle.indexOf([...circle].sort()[0] as string);
      found.add([...circle.slice(first), ...circle.slice(0, first), circle[first]].join(' -> '));
      return;
    }
    for (const next of needs.get(name) ?? []) walk(next, [...way, name]);
  };
  for (const name of needs.keys()) walk(name, []);
  return [...found].sort();
}

test('a circle is found', () => {
  const needs = { b: ['c'], c: ['a'], a: ['b', 'd'], d: [], e: ['e2'], e2: [] };
  expect(circles(new Map(Object.entries(needs).map(([name, others]) => [name, new Set(others)])))).toEqual([
    'a -> b -> c -> a',
  ]);
});

const groups = 'server/src/capabilities/groups';

/** For each rule: a file that breaks it, and one that comes close and does not. */
const cases: [rule: string, path: string, wrong: string, right: string][] = [
  [
    'kernel',
    `${kernel}jobs.ts`,
    "import { groups } from '../capabilities/groups/service.ts';",
    "import { x } from './ids.ts';",
  ],
  ['kernel', `${kernel}jobs.ts`, "export { groups } from '../app.ts';", "export * from './database/pool.ts';"],
  ['kernel', `${kernel}jobs.ts`, "const app = await import('../app.ts');", "// import '../app.ts' would be wrong"],
  [
    'capability',
    `${groups}/service.ts`,
    "import * as store from '../accounts/store.ts';",
    "import * as store from './store.ts';",
  ],
  [
    'capability',
    `${groups}/service.ts`,
    "import type { A } from '../accounts/store.ts';",
    "import { a } from '../accounts/service.ts';",
  ],
  [
    'capability',
    `${groups}/service.ts`,
    "import {\n  a,\n} from '../../app.ts';",
    "import {\n  A,\n} from '../accounts/schema.ts';",
  ],
  [
    'capability',
    `${groups}/service.ts`,
    "import { a } from '../../protocols/scim/patch.ts';",
    "import { a } from '../../kernel/ids.ts';",
  ],
  [
    'protocol',
    'server/src/protocols/scim/operations.ts',
    "import { s } from '../../capabilities/groups/store.ts';",
    "import { s } from '../../capabilities/groups/service.ts';",
  ],
  [
    'protocol',
    'server/src/protocols/scim/operations.ts',
    "import { s } from '../oidc/token.ts';",
    "import { s } from './patch.ts';",
  ],
  [
    'app',
    'server/src/app.ts',
    "import { s } from './capabilities/groups/store.ts';",
    "import { s } from './capabilities/groups/operations.ts';",
  ],
  ['no tests', 'server/src/node.ts', "import { s } from '../test/harness.ts';", "import { s } from './app.ts';"],
  [
    'no tests',
    `${groups}/service.ts`,
    "import { s } from './operations.test.ts';",
    "import { s } from './operations.ts';",
  ],
  ['http and database', `${groups}/store.ts`, "import pg from 'pg';", "import { sql } from 'kysely';"],
  ['http and database', 'server/src/node.ts', "import fastify from 'fastify';", "import type pg from 'pg';"],
  ['http and database', 'server/src/app.ts', "import '@fastify/static';", "import './node.ts';"],
  ['raw SQL', `${groups}/service.ts`, "import { sql } from 'kysely';", "import type { Selectable } from 'kysely';"],
  ['raw SQL', `${groups}/service.ts`, "import { type Kysely, sql as raw } from 'kysely';", 'const sql = 1;'],
  ['environment', `${kernel}jobs.ts`, 'const home = process.env.HOME;', 'const home = config.home; // not process.env'],
  ['environment', 'console/src/main.tsx', 'const url = import.meta.env.VITE_URL;', 'const url = location.origin;'],
  ['environment', `${groups}/service.ts`, "import { env } from 'node:process';", "import { pid } from 'node:process';"],
  ['randomness', 'sdk/src/send.ts', 'const wait = Math.random() * 10;', 'const wait = Math.round(10);'],
  [
    'secrets',
    `${groups}/service.ts`,
    "import { randomBytes } from 'node:crypto';",
    "import { createHash } from 'node:crypto';",
  ],
  [
    'secrets',
    `${groups}/service.ts`,
    'const id = crypto.randomUUID();',
    "import { newId } from '../../kernel/ids.ts';",
  ],
  [
    'credentials',
    `${groups}/service.ts`,
    "import { parseCredential } from '../../kernel/credential-text.ts';",
    "import { makeCredential } from '../../kernel/credential-text.ts';",
  ],
  [
    'credentials',
    `${kernel}jobs.ts`,
    "import { jwtVerify } from 'jose';",
    "import { hashSecret } from './credential-text.ts';",
  ],
  ['outgoing requests', `${groups}/service.ts`, "await fetch('https://example.com');", 'await store.fetch(ctx);'],
  [
    'outgoing requests',
    `${groups}/service.ts`,
    "import { request } from 'node:https';",
    "import type { Server } from 'node:http';\nimport { isIPv4 } from 'node:net';",
  ],
  [
    'outgoing requests',
    `${kernel}jobs.ts`,
    "import { createTransport } from 'nodemailer';",
    'const prefetch = () => prefetch();',
  ],
  ['clock', `${groups}/service.ts`, 'const at = new Date();', 'const at = new Date(row.createdAt);'],
  ['clock', `${groups}/service.ts`, 'const at = Date.now();', 'const at = ctx.now;'],
  [
    'sdk',
    'sdk/src/index.ts',
    "import { ids } from '../../server/src/kernel/ids.ts';",
    "import createClient from 'openapi-fetch';",
  ],
  [
    'clients',
    'cli/src/run.ts',
    "import { ids } from '../../server/src/kernel/ids.ts';",
    "import { createBailiwick } from '@bailiwick/sdk';",
  ],
  [
    'gateway',
    'gateway/src/region.ts',
    "import { newId } from '../../server/src/kernel/ids.ts';",
    "import { signRequest } from '../../server/src/kernel/http-signature.ts';\nimport type { components } from '@bailiwick/sdk';",
  ],
  [
    'clients',
    'console/src/main.tsx',
    "import { ids } from '@bailiwick/server/ids';",
    "import { theme } from './theme.ts';",
  ],
];

test.each(cases)('the rule "%s" is broken in %s by: %s', (rule, path, wrong, right) => {
  expect(offencesOf({ path, text: right })).toEqual([]);
  const offences = offencesOf({ path, text: `${right}\n${wrong}` });
  expect(offences).toEqual([expect.stringContaining(`[${rule}]`)]);
  expect(offences[0]).toContain(path);
});

test('every rule has been seen to fail', () => {
  expect([...new Set(cases.map(([rule]) => rule))].sort()).toEqual(rules.map(({ name }) => name).sort());
});
