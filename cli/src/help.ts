import { exampleOf, placeholder } from './arguments.ts';
import type { Command, Field, Kind } from './contract.ts';

/** The verbs of the launcher, which never come here. */
const processes: [string, string][] = [
  ['start', 'install, build and serve; also npm start'],
  ['serve', 'serve on PostgreSQL by URL'],
  ['gateway', 'run a gateway beside your own systems'],
  ['migrate', 'make roles and schema with the migrator of the databases'],
  ['config', 'list all settings, with units and defaults'],
  ['make-licence-key', 'make a key by which licence files are signed'],
  ['sign-licence', 'sign a licence file for a tenant'],
  ['check', 'format, lint, types, unused code, generated files'],
  ['test', 'check, then run the tests'],
  ['generate', 'write what derives from migrations and operations'],
];

const table = (rows: [string, string][]) => {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
};

export function generalHelp(commands: Command[]): string {
  const nouns = [...new Set(commands.map(({ noun }) => noun))];
  return `bailiwick <noun> <verb> [id...] [--field value ...]

${table(nouns.map((noun) => [noun, commands.flatMap((each) => (each.noun === noun ? [each.verb] : [])).join(', ')]))}

  bailiwick <noun> help, bailiwick <noun> <verb> --help tell more.

As a person, without a key:
${table([
  ['login', 'sign in by a browser, which may be on another machine'],
  ['logout', 'end that session'],
])}

From outside, without a key:
${table([[`scim ${scimTryLine[0]}`, scimTryLine[1]]])}

The server's own:
${table(processes)}

With every verb:
${table([
  ['--tenant <id>', "or BAILIWICK_TENANT; else the key's tenant"],
  ['--url <base URL>', 'or BAILIWICK_URL; else http://localhost:7070'],
  ['--output json|table', 'table on a terminal, json elsewhere'],
  ['--json <object>', 'the body; fields that are said beside it go over it'],
  ['--file <name>', 'the same from a file; - is the standard input'],
  ['--save <name>', 'where a file that a reply holds is written (mode 0600)'],
  ['--if-match <version>', 'of a change; else what is there now is read first'],
  ['--idempotency-key <text>', 'of a creation, to try it again without making two'],
  ['--confirm <name>', 'of a change in a protected namespace: its name'],
  ['--all', 'every page of a list'],
  ['--verbose', 'say what is sent, and the id of the request'],
])}

The key comes from BAILIWICK_KEY, or from ~/.config/bailiwick/key (mode 0600); else the session of bailiwick login.
Ends with 0 when done, 1 when refused or without an answer, 2 when the command line is wrong, 3 when a change waits for
a second person.
`;
}

export const loginHelp = `bailiwick login --tenant <id> [--url <base URL>] [--name <text>]
bailiwick logout [--url <base URL>]

  Sign in as a person. A code is shown; type it in a browser in which you are signed in to the tenant, or sign in there.
  The session is kept in ~/.config/bailiwick/sessions.json (mode 0600) and lasts as your tenant's policy says.

${table([
  ['--tenant <id>', 'or BAILIWICK_TENANT, or that of the last session. As in the address of its console: /t/<id>'],
  ['--url <base URL>', 'or BAILIWICK_URL; else http://localhost:7070'],
  ['--name <text>', 'what the browser shows; else the name of this machine'],
])}

  Ends with 0 when done, 1 when refused or nobody typed the code in time, 2 when the command line is wrong.
`;

const scimTryLine: [string, string] = ['try', 'check the URL and the token that an identity provider is given'];

export const scimHelp = `bailiwick scim try --url <SCIM base URL> [--token @<file>] [--write] [--json]

  Check from outside what an identity provider is given. Each step says ok or failed, and what to do.

  Without --write nothing is changed: the service's configuration is read and a name is looked up that nobody has.

${table([
  ['--url <url>', 'required. As the console shows it: https://<region>/scim/v2/<tenant id>'],
  ['--token <token>', 'or BAILIWICK_SCIM_TOKEN; @<file> reads it from a file'],
  ['--write', 'make, read, deactivate and delete a throw-away user as well'],
  ['--json', 'the outcome as JSON'],
])}

  Ends with 0 when every step went well, 1 when one failed, 2 when the command line is wrong.
`;

export function nounHelp(noun: string, commands: Command[]): string {
  return `bailiwick ${noun} <verb>

${table([
  ...commands
    .filter((each) => each.noun === noun)
    .map((each): [string, string] => [`${each.verb}${ids(each)}`, each.summary]),
  ...(noun === 'scim' ? [scimTryLine] : []),
])}
`;
}

const ids = ({ positionals }: Command) =>
  positionals
    .filter((name) => name !== 'tenantId')
    .map((name) => ` ${placeholder(name)}`)
    .join('');

export function verbHelp(command: Command): string {
  const { noun, verb, summary, method, path, access, permission, positionals, fields, isPaged } = command;
  const { needsVersion, takesVersion, wholeBody, saves, savedField } = command;
  const isTenantIn = positionals.includes('tenantId');
  const notes = [
    `${method} ${path}`,
    ...(permission ? [`Needs the permission ${permission}.`] : []),
    ...(access === 'open' ? ['Needs no key.'] : []),
    ...(access === 'operator' ? ["Needs the operator's key."] : []),
    ...(isTenantIn ? ["The tenant is --tenant, BAILIWICK_TENANT or the key's; or its id, before the others."] : []),
    ...(needsVersion
      ? ['Needs the version that was read: --if-match <version>; else it is read first.']
      : takesVersion
        ? ['Done only at the version that was read, where that is said: --if-match <version>.']
        : []),
    ...(saves
      ? [
          `--save <name> writes ${saves === 'reply' ? 'the reply' : `${saves.field} of the reply`} to a new file (mode 0600).`,
        ]
      : []),
    ...(savedField
      ? [`--file <name> reads ${savedField.name} from a file as --save wrote it; - is the standard input.`]
      : []),
    ...(isPaged ? ['--all goes through every page.'] : []),
    ...fields.flatMap(({ isText, path }) =>
      isText ? [`--file <name> reads ${path.join('.')} from a file as it is; - is the standard input.`] : [],
    ),
    ...(wholeBody ? [`--file <name> reads the body from a file, as JSON; - is the standard input. ${wholeBody}`] : []),
    ...fields.flatMap(({ isBase64, path }) =>
      isBase64
        ? [
            `--file <name> reads ${path.join('.')} from a file as it is.`,
            ...(fields.some(({ isSecret, isBase64: isFile }) => isSecret && !isFile)
              ? ['A second --file - beside it reads what is secret from the standard input.']
              : []),
          ]
        : [],
    ),
  ];
  return `bailiwick ${noun} ${verb}${ids(command)}${wholeBody ? ' --file <name>' : ''}${fields.some(({ isRequired }) => isRequired) ? ' --field value ...' : fields.length ? ' [--field value ...]' : ''}

  ${summary}.

${notes.map((note) => `  ${note}`).join('\n')}
${fields.length ? `\n${table(fields.map((field) => [saidOf(field), tellsOf(field)]))}\n` : ''}`;
}

const saidOf = (field: Field) =>
  field.isSecret && field.isBase64
    ? '--file <name>'
    : field.isSecret
      ? `--file - ${exampleOf(field.path)}`
      : flagOf(field);

const flagOf = ({ flag, kind }: Field) =>
  kind.kind === 'boolean'
    ? `--${flag} [true|false]`
    : `--${flag}${kind.kind === 'record' ? '.<name>' : ''} <${wordOf(kind)}>`;

function wordOf(kind: Kind): string {
  if (kind.kind === 'list') return kind.of.kind === 'json' ? (kind.field ?? 'json') : wordOf(kind.of);
  if (kind.kind === 'record') return wordOf(kind.of);
  if (kind.kind === 'choice') return kind.choices.length > 6 ? 'word' : kind.choices.join('|');
  return kind.kind;
}

function tellsOf({ isRequired, description, fallback, kind, isNullable }: Field): string {
  const choices = kind.kind === 'choice' && kind.choices.length > 6 ? `One of ${kind.choices.join(', ')}.` : '';
  return [
    isRequired ? 'required.' : '',
    description ?? '',
    choices,
    kind.kind === 'list' ? 'Once for each.' : '',
    kind.kind === 'list' && kind.field && kind.others?.length
      ? `To say more: '${JSON.stringify(Object.fromEntries([kind.field, ...kind.others].map((name) => [name, '...'])))}'`
      : '',
    isNullable ? '`null` for none.' : '',
    fallback === undefined || fallback === ''
      ? ''
      : `[${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}]`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Whether a word asks for help. */
export const asksForHelp = (word: string | undefined) => word === 'help' || word === '--help' || word === '-h';
