import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Contract, commandsOf } from './contract.ts';
import { run } from './run.ts';
import { tenantOfKey } from './settings.ts';

const contract = createRequire(import.meta.url)('@bailiwick/sdk/openapi.json') as Contract;
const tenantId = '0192f3a0-7b1c-7def-8abc-0123456789ab';
/** Its claim is the tenant above, in base62. */
const key = `bwk_sa_${base62(tenantId)}${'r'.repeat(32)}_chksum`;

function base62(id: string): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let value = BigInt(`0x${id.replaceAll('-', '')}`);
  let written = '';
  for (let place = 0; place < 22; place++, value /= 62n) written = alphabet.charAt(Number(value % 62n)) + written;
  return written;
}

const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end();
});

interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}
type Answer = [status: number, body?: unknown, headers?: Record<string, string>];

/** Runs a command line against a server that gives the answers in turn, the last one for ever. */
async function bailiwick(line: string, answers: Answer[] = [[200, {}]], around: { [name: string]: unknown } = {}) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const path = (request.url ?? '').replace(`/v1/tenants/${tenantId}`, 'T');
    const [status, content, headers] = answers[Math.min(received.length, answers.length - 1)] as Answer;
    received.push({
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: body === '' ? undefined : JSON.parse(body),
    });
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r9', ...headers });
    response.end(content === undefined ? undefined : typeof content === 'string' ? content : JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const out: string[] = [];
  const said: string[] = [];
  const { env, ...rest } = around as { env?: object };
  const code = await run(
    // Words in quotes stay together.
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? (word as string)),
    {
      commands: commandsOf(contract),
      version: '1.2.3',
      home: '/nowhere',
      isTerminal: false,
      write: (text) => out.push(text),
      warn: (text) => said.push(text),
      readInput: async () => '{"name":"piped"}',
      wait: async () => undefined,
      ...rest,
      env: { BAILIWICK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, BAILIWICK_KEY: key, ...env },
    },
  );
  return { code, out: out.join(''), said: said.join(''), received };
}

const group = { id: 'g1', name: 'ops', status: 'enabled', version: 4 };
const problem = (status: number, code: string, more: object = {}): Answer => [
  status,
  { type: `urn:bailiwick:problem:${code}`, title: 'A title', status, detail: 'Do that.', requestId: 'r1', ...more },
  { 'content-type': 'application/problem+json' },
];

test('every operation of the contract is a command, called as its id', () => {
  const ids = Object.values(contract.paths).flatMap((item) =>
    Object.values(item).flatMap((each) => each?.operationId ?? []),
  );
  expect(
    commandsOf(contract)
      .map(({ noun, verb }) => `${noun}.${verb}`)
      .sort(),
  ).toEqual(ids.sort());
  expect(ids.length).toBeGreaterThan(10);
});

test('whatever needs a version has a command that reads it', () => {
  const needing = commandsOf(contract).filter(({ needsVersion }) => needsVersion);
  expect(needing.length).toBeGreaterThan(3);
  // A set-up link is opened by a POST, whose reply tells the version.
  const others = needing.filter(({ noun }) => noun !== 'identity-provider-set-up');
  expect(others.filter(({ reader }) => reader === undefined)).toEqual([]);
});

test('a creation sends its fields, to the tenant that the key names, with an Idempotency-Key', async () => {
  const { code, out, received } = await bailiwick("groups create --name ops --description 'All of us'", [[201, group]]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(group);
  expect(received).toMatchObject([
    {
      method: 'POST',
      path: 'T/groups',
      body: { name: 'ops', description: 'All of us' },
      headers: {
        authorization: `Bearer ${key}`,
        'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
        'user-agent': 'bailiwick-cli/1.2.3',
      },
    },
  ]);
});

test.each([
  ['pending', 'it waits for a second person until 2027-01-01', true],
  ['approved', 'a second person approved it, and the change is made', false],
  ['refused', 'asked before and refused: nothing is changed', false],
])('a change of a protected namespace that is %s is told as it stands', async (state, says, isOpen) => {
  const asked = { kind: 'change-request', id: 'c1', namespaceId: 'n1', state, href: '/x', expiresAt: '2027-01-01' };
  const { code, said } = await bailiwick('gateways create n1 --name g --prefix /g', [[202, asked]]);
  expect(code).toBe(3);
  expect(said).toContain(says);
  expect(said).toContain('change-requests read n1 c1');
  expect(said.includes('change-requests withdraw')).toBe(isOpen);
});

test('a refusal leads to why', async () => {
  const refused = {
    type: 'urn:bailiwick:problem:forbidden',
    detail: 'No.',
    permission: 'gateways.view',
    namespaceId: 'n1',
  };
  const { code, said } = await bailiwick('gateways list n1', [[403, refused]]);
  expect(code).toBe(1);
  expect(said).toContain('bailiwick access explain --permission gateways.view --resource n1');
  expect(said).toContain('bailiwick access-requests create --permission gateways.view --resource n1');
  const other = await bailiwick('gateways list n1', [
    [403, { type: 'urn:bailiwick:problem:own-group', detail: 'No.' }],
  ]);
  expect(other.said).not.toContain('access explain');
});

test('what says more of an item than its name is told', async () => {
  expect((await bailiwick('groups change-grants help')).out).toContain(
    `To say more: '{"permission":"...","namespaceId":"..."}'`,
  );
});

test('the tenant: as an id, by flag, by setting, by the key', async () => {
  const pathOf = async (line: string, env: object = {}) =>
    (await bailiwick(line, undefined, { env })).received[0]?.path;
  expect(await pathOf('groups read a g1 --tenant b', { BAILIWICK_TENANT: 'c' })).toBe('/v1/tenants/a/groups/g1');
  expect(await pathOf('groups read g1 --tenant b', { BAILIWICK_TENANT: 'c' })).toBe('/v1/tenants/b/groups/g1');
  expect(await pathOf('groups read g1', { BAILIWICK_TENANT: 'c' })).toBe('/v1/tenants/c/groups/g1');
  expect(await pathOf('groups read g1')).toBe('T/groups/g1');
  const operator = await bailiwick('groups read g1', undefined, { env: { BAILIWICK_KEY: `bwk_op_${'x'.repeat(40)}` } });
  expect(operator).toMatchObject({ code: 2, said: expect.stringContaining('--tenant <id>'), received: [] });
});

test('a key says its tenant only when it is one of ours', () => {
  expect(tenantOfKey(key)).toBe(tenantId);
  expect(tenantOfKey(`bwk_sa_${'z'.repeat(22)}${'r'.repeat(32)}_chksum`)).toBeUndefined();
  for (const other of ['', 'secret', `bwk_op_${'x'.repeat(40)}`, 'bwk_sa_short'])
    expect(tenantOfKey(other)).toBeUndefined();
});

test('a change reads the version first when none is said, and says so when asked', async () => {
  const answers: Answer[] = [
    [200, group, { etag: '"4"' }],
    [200, { ...group, name: 'dev' }, { etag: '"5"' }],
  ];
  const { code, received, said } = await bailiwick('groups change g1 --name dev --verbose', answers);
  expect(code).toBe(0);
  expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET T/groups/g1', 'PATCH T/groups/g1']);
  expect(received[1]?.headers['if-match']).toBe('"4"');
  expect(said).toContain('If-Match: "4", as groups read just said.');
  expect(said).toContain('(request r9)');
  expect((await bailiwick('groups change g1 --name dev', answers)).said).toBe('');
});

test.each([
  ['3', '"3"'],
  ["'*'", '*'],
  [`'"3"'`, '"3"'],
])('--if-match %s sends %s and reads nothing', async (said, sent) => {
  const { received } = await bailiwick(`groups delete g1 --if-match ${said}`, [[204]]);
  expect(received).toMatchObject([{ method: 'DELETE', headers: { 'if-match': sent } }]);
});

test('grants are replaced under the version of their group', async () => {
  const { received } = await bailiwick('groups change-grants g1 --grants groups.view --grants groups.change', [
    [200, { grants: [] }, { etag: '"7"' }],
    [200, { grants: [] }],
  ]);
  expect(received).toMatchObject([
    { method: 'GET', path: 'T/groups/g1/grants' },
    {
      method: 'PUT',
      path: 'T/groups/g1/grants',
      headers: { 'if-match': '"7"' },
      body: { grants: [{ permission: 'groups.view' }, { permission: 'groups.change' }] },
    },
  ]);
});

test('a body comes from --json, from a file or from the standard input, with typed fields over it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'body.json');
  writeFileSync(file, '{"name":"filed","description":"d"}');
  const bodyOf = async (more: string) => (await bailiwick(`groups create ${more}`)).received[0]?.body;
  expect(await bodyOf(`--json '{"name":"x","description":"y"}' --name z`)).toEqual({ name: 'z', description: 'y' });
  expect(await bodyOf(`--file ${file}`)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  expect(await bodyOf('--file -')).toEqual({ name: 'piped' });
  expect(await bodyOf('--file - --description d')).toEqual({ name: 'piped', description: 'd' });
  const { received } = await bailiwick('namespaces import 01900000-0000-7000-8000-000000000001 --file - --look l');
  expect(received[0]?.body).toEqual({ name: 'piped', look: 'l' });
  expect(await bodyOf('')).toEqual({});
});

test('--all goes through every page, 200 at a time', async () => {
  const { out, received } = await bailiwick('groups list --all --q op', [
    [200, { items: [{ id: '1' }], nextCursor: 'c1', total: 2, totalIsAtLeast: false }],
    [200, { items: [{ id: '2' }], nextCursor: null, total: 2, totalIsAtLeast: false }],
  ]);
  expect(JSON.parse(out)).toEqual({ items: [{ id: '1' }, { id: '2' }] });
  expect(received.map(({ path }) => path)).toEqual(['T/groups?q=op&limit=200', 'T/groups?q=op&limit=200&cursor=c1']);
});

test('a list is a table on a terminal; nothing in it is obeyed by the terminal', async () => {
  const items = [
    { id: '1', name: 'ops', owner: { kind: 'account', name: 'Ada' }, memberCount: 12, actions: ['x'], at: null },
    { id: '2', name: 'd\u001b[31mev\n2', owner: null, memberCount: 3, actions: [], at: null, before: { x: 1 } },
  ];
  const { out } = await bailiwick('groups list', [[200, { items, nextCursor: 'c', total: 9, totalIsAtLeast: true }]], {
    isTerminal: true,
  });
  expect(out).toBe(
    'ID  NAME        OWNER  MEMBER COUNT\n1   ops         Ada    12\n2   d\ufffd[31mev 2         3\n2 of at least 9; all of them: --all\n',
  );
  expect((await bailiwick('groups list --output table', [[200, { items: [], total: 0 }]])).out).toBe('Nothing.\n');
});

test('an object is a line a field on a terminal', async () => {
  const { out } = await bailiwick('groups read g1', [[200, { ...group, owner: { email: 'a@b' }, list: ['x', 'y'] }]], {
    isTerminal: true,
  });
  expect(out).toBe(
    'id           g1\nname         ops\nstatus       enabled\nversion      4\nowner.email  a@b\nlist         x, y\n',
  );
});

test('a secret is shown by the reply that makes it, and by no other', async () => {
  const made = await bailiwick('groups create --name x', [[201, { id: '1', value: key }]]);
  expect(JSON.parse(made.out)).toEqual({ id: '1', value: key });
  expect(made.said).toBe('Keep value now: it is not shown again.\n');
  const two = await bailiwick('namespaces create --name x', [[201, { id: '1', agentKey: key, serviceKey: key }]]);
  expect(two.said).toBe('Keep agentKey and serviceKey now: they are not shown again.\n');
  for (const line of ['groups read g1', 'groups list', 'groups list --all']) {
    const read = await bailiwick(line, [[200, { items: [{ value: key }], value: key, nextCursor: null }]]);
    expect(read.out).not.toContain(key.slice(7));
    expect(read.out).toContain('bwk_sa_...');
    expect(read.said).toBe('');
  }
});

test('a refusal ends with 1, and says detail, fields as they are typed, and the id of the request', async () => {
  const errors = [
    { path: 'name', message: 'must not be empty' },
    { path: 'query.limit', message: 'too many' },
    { path: 'path.id', message: 'must be an id' },
    { path: 'other', message: 'is wrong' },
  ];
  const invalid = await bailiwick('groups create', [problem(400, 'invalid-request', { errors })]);
  expect(invalid).toMatchObject({ code: 1, out: '' });
  expect(invalid.said).toBe(
    'invalid-request: A title\n  --name: must not be empty\n  query.limit: too many\n  <id>: must be an id\n  other: is wrong\n  Request id: r1\n',
  );
  expect((await bailiwick('groups list --limit 999', [problem(400, 'invalid-request', { errors })])).said).toContain(
    '--limit: too many',
  );
  expect((await bailiwick('groups read g1', [problem(404, 'not-found')])).said).toBe(
    'not-found: Do that.\n  Request id: r1\n',
  );
  const current = { id: 'g1', name: 'theirs' };
  const stale = await bailiwick('groups change g1 --if-match 1 --name mine', [
    [412, problem(412, 'version-changed', { current })[1], { etag: '"2"' }],
  ]);
  expect(stale.said).toBe(
    'version-changed: Do that.\n  There now, version 2:\n    id    g1\n    name  theirs\n  To change that, repeat it with --if-match 2.\n  Request id: r1\n',
  );
  const other = await bailiwick('groups remove-member g1 m1 --if-match 1', [
    [412, problem(412, 'version-changed', { current })[1], { etag: '"2"' }],
  ]);
  expect(other.said).toContain('repeat it with --if-match 2');
  const away = await bailiwick('groups disable g1', [[503, problem(503, 'unavailable')[1], { 'retry-after': '5' }]]);
  expect(away.said).toContain('Try again in 5 s.');
  expect((await bailiwick('groups read g1', [[502, '<html>']])).said).toContain('HTTP 502');
});

test('no answer ends with 1 and asks what is likely', async () => {
  const { code, said } = await bailiwick('regions list --url http://127.0.0.1:9');
  expect(code).toBe(1);
  expect(said).toMatch(/^No answer \(.+\)\. Is the server running/);
});

test.each([
  ['group list', 'Did you mean groups?'],
  ['groups lsit', 'Did you mean list?'],
  ['toString list', 'There is no "toString"'],
  ['groups read', '<id>; 0 given'],
  ['groups read g1 --all', 'has no pages'],
  ['groups read g1 --if-match 1', 'needs no version'],
  ['groups enable g1 --idempotency-key k', 'creates nothing'],
  ['groups enable g1 --confirm prod', 'changes nothing in a namespace'],
  ['groups read g1 --output xml', 'json or table'],
  ['groups read g1 --key bwk_sa_x', 'BAILIWICK_KEY'],
  ['sessions create --password p', '--file -'],
  ['groups read g1 --url eu.example.com', 'not a base URL'],
  ["groups create --json '{}' --file -", 'not both'],
  ["groups create --json '{'", 'not JSON'],
  ['groups create --file /no/such/file', 'cannot be read'],
  ["groups enable g1 --json '{}'", 'takes no body'],
])('the command line %s is wrong: 2, and nothing is sent', async (line, why) => {
  expect(await bailiwick(line)).toMatchObject({ code: 2, out: '', said: expect.stringContaining(why), received: [] });
});

test('help is made from the contract, needs no server, and is asked for in every usual way', async () => {
  for (const line of ['', 'help', '--help', '-h']) {
    const { code, out, received } = await bailiwick(line);
    expect({ code, received }).toEqual({ code: 0, received: [] });
    for (const { noun } of commandsOf(contract)) expect(out).toContain(`  ${noun} `);
  }
  for (const line of ['groups', 'groups help', 'groups --help'])
    expect((await bailiwick(line)).out).toMatch(/remove-member <id> <member-id> {2}Remove a member/);
  for (const line of ['groups create --help', 'groups create help', 'groups create --name x -h']) {
    const { code, out, received } = await bailiwick(line);
    expect({ code, received }).toEqual({ code: 0, received: [] });
    expect(out).toMatch(/--name <text> +required\./);
    expect(out).toContain('Needs the permission groups.change.');
  }
  expect((await bailiwick('--version')).out).toBe('1.2.3\n');
});

test('the help of every command can be printed', async () => {
  for (const { noun, verb, summary } of commandsOf(contract))
    expect((await bailiwick(`${noun} ${verb} --help`)).out).toContain(summary);
});

test('a CSV file goes as it is where a command takes one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'people.csv');
  const csv = 'email,firstName,lastName\nada@example.com,Ada,Lima\n';
  writeFileSync(file, csv);
  const { received } = await bailiwick(`accounts invite-many --file ${file}`, [[202, { id: 'x' }]]);
  expect(received).toMatchObject([{ method: 'POST', path: 'T/accounts/invite-many', body: { csv } }]);
});

test('a licence file goes as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'acme.licence');
  writeFileSync(file, 'a.b.c\n');
  const { received, said } = await bailiwick(`licences upload --file ${file}`, [[201, { id: 'x' }]]);
  expect(received, said).toMatchObject([{ method: 'POST', body: { file: 'a.b.c\n' } }]);
});

test('what is refused of a file is told by the flag that named it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  const saidOf = async (line: string, bytes: Buffer | string, path: string) => {
    writeFileSync(file, bytes);
    const errors = [{ path, message: 'is wrong' }];
    return (await bailiwick(`${line} --file ${file}`, [problem(400, 'invalid-request', { errors })])).said;
  };
  expect(await saidOf('licences upload', 'a.b.c', 'file')).toContain('  --file: is wrong\n');
  expect(await saidOf('accounts invite-many', 'email\n', 'csv')).toContain('  --file: is wrong\n');
  expect(await saidOf('gateway-certificates upload n1 g1', Buffer.from([0x30]), 'pkcs12')).toContain(
    '  --file: is wrong',
  );
  // What else a file may hold has a flag of its own.
  expect(await saidOf('groups create', '{"name":""}', 'name')).toContain('  --name: is wrong\n');
});

test('a bare secret on the standard input is told the body that it belongs in', async () => {
  const typed = { readInput: async () => 'of the file' };
  const { code, said } = await bailiwick('gateway-certificates upload n1 g1 --file -', [], typed);
  expect({ code, said }).toMatchObject({
    code: 2,
    said: expect.stringContaining('The body is like {"password":"..."}'),
  });
  const another = await bailiwick('accounts delete-many --file -', [], typed);
  expect(another).toMatchObject({ code: 2, said: expect.not.stringContaining('The body is like') });
});

test('a file goes as it is with its password beside it, which no argument holds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'main.p12');
  writeFileSync(file, Buffer.from([0x30, 0x82, 0xff]));
  const password = { readInput: async () => '{"password":"of the file"}' };
  const upload = 'gateway-certificates upload n1 g1';
  for (const line of [`${upload} --file ${file} --file -`, `${upload} --file - --file ${file}`]) {
    const { received } = await bailiwick(line, [[201, { id: 'x' }]], password);
    expect(received, line).toMatchObject([{ body: { pkcs12: 'MIL/', password: 'of the file' } }]);
  }
  expect((await bailiwick(`${upload} --help`)).out).toContain('--file <name>');
  expect(await bailiwick(`${upload} --file ${file} --file ${file}`)).toMatchObject({ code: 2 });
  expect(await bailiwick('groups create --file a --file -')).toMatchObject({ code: 2 });
});

test('a file of a reply is written where --save says, for its account alone, and nothing is asked for that has no place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'agent.p12');
  const generate = `agent-certificates generate n1 g1 --name a --save ${file}`;
  const refused = await bailiwick(generate, [[403, { title: 'no' }]]);
  expect(refused.code).toBe(1);
  const { out, code } = await bailiwick(generate, [[200, { id: 'x', pkcs12: 'MIL/', password: 'p' }]]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ id: 'x', pkcs12: file, password: 'p' });
  expect(readFileSync(file)).toEqual(Buffer.from([0x30, 0x82, 0xff]));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const [line, said] of [
    [generate, 'is there already'],
    [`agent-certificates generate n1 g1 --name a --save ${join(folder, 'none', 'x.p12')}`, 'cannot be written'],
    [`groups read g1 --save ${join(folder, 'x')}`, 'holds no file'],
  ] as const) {
    const again = await bailiwick(line);
    expect(again, line).toMatchObject({ code: 2, received: [], said: expect.stringContaining(said) });
  }
  expect(readFileSync(file)).toHaveLength(3);
});

test('a change in a protected namespace is told how its name is said here', async () => {
  const refusal = { type: 'urn:bailiwick:problem:confirmation-required', detail: 'It says its name.', status: 428 };
  const { said } = await bailiwick('namespaces change n1 --description d --if-match 1', [
    [428, { ...refusal, namespaceName: 'prod' }, { 'content-type': 'application/problem+json' }],
  ]);
  expect(said).toContain('Say it with --confirm prod, if you mean prod.');
});

test('the key is read from its file, which nobody else may read; the setting comes first', async () => {
  const home = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'));
  ended.push(() => rmSync(home, { recursive: true }));
  const file = join(home, '.config', 'bailiwick', 'key');
  mkdirSync(join(home, '.config', 'bailiwick'), { recursive: true });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  const withFile = { home, env: { BAILIWICK_KEY: undefined } };

  expect((await bailiwick('groups read g1', undefined, withFile)).received).toMatchObject([
    { path: 'T/groups/g1', headers: { authorization: `Bearer ${key}` } },
  ]);
  chmodSync(file, 0o640);
  expect(await bailiwick('groups read g1', undefined, withFile)).toMatchObject({
    code: 2,
    said: expect.stringContaining(`chmod 600 ${file}`),
    received: [],
  });
  expect((await bailiwick('groups read g1', undefined, { home })).code).toBe(0);
  const none = await bailiwick('regions list', [[200, { items: [] }]], { env: { BAILIWICK_KEY: undefined } });
  expect(none.received[0]?.headers.authorization).toBeUndefined();
});

test('a domain that is not proved is no success: what was found, and what was expected', async () => {
  const domain = (lastOutcome: string) => ({
    id: tenantId,
    name: 'acme.example',
    status: 'pending',
    lastOutcome,
    record: { type: 'TXT', name: '_bailiwick-challenge.acme.example', value: 'bailiwick-verification=abc' },
  });
  const absent = await bailiwick(`domains verify ${tenantId}`, [[200, domain('absent')]]);
  expect(absent.code).toBe(1);
  expect(absent.said).toContain('Not proved: the TXT record was looked for, and it is not there.');
  expect(absent.said).toContain('_bailiwick-challenge.acme.example TXT "bailiwick-verification=abc"');
  expect((await bailiwick(`domains verify ${tenantId}`, [[200, domain('other-value')]])).said).toContain(
    'another value',
  );
  expect((await bailiwick(`domains verify ${tenantId}`, [[200, domain('unanswered')]])).code).toBe(1);
  expect(await bailiwick(`domains verify ${tenantId}`, [[200, domain('found')]])).toMatchObject({ code: 0, said: '' });
});
