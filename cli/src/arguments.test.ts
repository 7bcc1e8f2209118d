import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleOf, merged, once, partsOf, refuseSecrets, typedOf } from './arguments.ts';
import { type Command, type Contract, commandsOf } from './contract.ts';
import { verbHelp } from './help.ts';
import { Usage } from './usage.ts';

const text = { type: 'string' };
const contract: Contract = {
  info: { version: '1' },
  paths: {
    '/v1/things/{tenantId}/{id}': {
      get: { operationId: 'things.read', summary: 'Read', parameters: [{ name: 'deep', in: 'query', schema: text }] },
      patch: {
        operationId: 'things.change',
        summary: 'Change',
        parameters: [
          { name: 'If-Match', in: 'header', required: true },
          { name: 'url', in: 'query', schema: text },
          { name: 'name', in: 'query', schema: text },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
        },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        required: ['displayName', 'owner'],
        properties: {
          displayName: text,
          name: text,
          owner: { $ref: '#/components/schemas/Owner' },
          address: { anyOf: [{ $ref: '#/components/schemas/Owner' }, { type: 'null' }] },
          status: { enum: ['on', 'off'] },
          days: { type: 'integer' },
          share: { type: 'number' },
          isOpen: { type: 'boolean' },
          groupIds: { type: 'array', items: text },
          grants: {
            type: 'array',
            items: { type: 'object', required: ['permission'], properties: { permission: text, namespaceId: text } },
          },
          labels: { type: 'object', additionalProperties: text },
          note: { type: ['string', 'null'] },
          anything: {},
        },
      },
      Owner: { type: 'object', required: ['email'], properties: { email: text, firstName: text } },
    },
  },
};
const commands = commandsOf(contract);
const called = (verb: string) => commands.find((each) => each.verb === verb) as Command;
const change = called('change');

const parts = (line: string[], command = change) =>
  partsOf(
    command,
    typedOf(line, (flag) => flag.endsWith('is-open')),
    () => 'T',
  );
const body = (...line: string[]) => parts(['1', ...line]).body;
const refusal = (...line: string[]) => {
  try {
    parts(['1', ...line]);
    return undefined;
  } catch (error) {
    if (!(error instanceof Usage)) throw error;
    return error.message;
  }
};

test('a command knows its ids, its version, and what reads the same object', () => {
  expect(commands.map(({ noun, verb }) => `${noun} ${verb}`)).toEqual(['things change', 'things read']);
  expect(change).toMatchObject({
    method: 'PATCH',
    positionals: ['tenantId', 'id'],
    needsVersion: true,
    creates: false,
    isConfirmed: false,
    body: 'required',
    reader: { noun: 'things', verb: 'read' },
  });
  expect(called('read')).toMatchObject({ needsVersion: false, body: undefined, isPaged: false, reader: undefined });
});

test('ids stand in the order of the path; the tenant may be left to flag, setting or key', () => {
  expect(parts(['1']).path).toEqual({ tenantId: 'T', id: '1' });
  expect(parts(['other', '1']).path).toEqual({ tenantId: 'other', id: '1' });
  expect(parts(['--', '--1']).path).toEqual({ tenantId: 'T', id: '--1' });
  for (const wrong of [[], ['a', 'b', 'c']]) expect(() => parts(wrong)).toThrow('takes [tenant-id] <id>;');
  expect(() => parts([''])).toThrow('<id> is empty');
});

test('fields are said in kebab case, those of objects with dots', () => {
  expect(body('--display-name', 'A b', '--owner.first-name=Ada', '--owner.email', 'a=b')).toEqual({
    displayName: 'A b',
    owner: { firstName: 'Ada', email: 'a=b' },
  });
});

test('a value has the type of its field', () => {
  expect(body('--days', '-3', '--share', '0.5', '--is-open', '--status', 'on')).toEqual({
    days: -3,
    share: 0.5,
    isOpen: true,
    status: 'on',
  });
  expect(body('--is-open=false')).toEqual({ isOpen: false });
  expect(body('--is-open', 'false')).toEqual({ isOpen: false });
  expect(body('--is-open', 'true', '--days', '1')).toEqual({ isOpen: true, days: 1 });
  expect(parts(['--is-open', '1'])).toMatchObject({ path: { id: '1' }, body: { isOpen: true } });
  expect(body('--no-is-open')).toEqual({ isOpen: false });
  expect(body('--display-name', '5', '--anything', '{"a":[1]}')).toEqual({ displayName: '5', anything: { a: [1] } });
});

test('null is said where a field may be null, and is text elsewhere', () => {
  expect(body('--note', 'null', '--address', 'null', '--display-name', 'null')).toEqual({
    note: null,
    address: null,
    displayName: 'null',
  });
  expect(body('--address.email', 'x')).toEqual({ address: { email: 'x' } });
});

test('a list is said once for each item; an object of it by JSON, or by the one field that it needs', () => {
  expect(body('--group-ids', 'a', '--group-ids', 'b')).toEqual({ groupIds: ['a', 'b'] });
  expect(body('--grants', 'groups.view', '--grants', '{"permission":"p","namespaceId":"n"}')).toEqual({
    grants: [{ permission: 'groups.view' }, { permission: 'p', namespaceId: 'n' }],
  });
});

test("a record takes keys of one's own, whatever they are called", () => {
  const { labels } = body('--labels.team', 'ops', '--labels.__proto__', 'x') as { labels: object };
  expect(Object.entries(labels)).toEqual([
    ['team', 'ops'],
    ['__proto__', 'x'],
  ]);
  expect(({} as Record<string, unknown>).team).toBeUndefined();
});

test('a field that is called like a flag of every command, or stands in body and query, is said with its place', () => {
  const { query, body: sent } = parts(['1', '--query.url', 'u', '--query.name', 'q', '--body.name', 'b']);
  expect(query).toEqual({ url: 'u', name: 'q' });
  expect(sent).toEqual({ name: 'b' });
  expect(body('--body.display-name', 'x')).toEqual({ displayName: 'x' });
});

test.each([
  [['--dispaly-name', 'x'], 'Did you mean --display-name?'],
  [['--name', 'x'], 'is not a field of things change'],
  [['--constructor', 'x'], 'is not a field'],
  [['--days', '1.5'], 'a whole number'],
  [['--days', ''], 'a whole number'],
  [['--share', 'x'], 'a number'],
  [['--is-open=yes'], 'true or false'],
  [['--no-is-open', 'true'], 'takes no value'],
  [['--status', 'of'], 'one of on, off'],
  [['--display-name'], 'needs a value'],
  [['--display-name', '--days', '1'], 'needs a value'],
  [['--days', '1', '--days', '2'], 'said twice'],
  [['--anything', '{'], 'not JSON'],
  [['--grants', '{'], 'not JSON'],
])('%j is refused: %s', (line, why) => {
  expect(refusal(...line)).toContain(why);
});

test('what a PEM file holds is a value, another flag is none', () => {
  expect(typedOf(['--trusted', '-----BEGIN CERTIFICATE-----\nMIIB', '--days', '--name', 'a']).flags).toEqual([
    { name: 'trusted', value: '-----BEGIN CERTIFICATE-----\nMIIB' },
    { name: 'days', value: true },
    { name: 'name', value: 'a' },
  ]);
});

test('a flag of every command is said once and with a value', () => {
  expect(once(typedOf(['--tenant', 'a']), 'tenant')).toBe('a');
  expect(once(typedOf([]), 'tenant')).toBeUndefined();
  expect(() => once(typedOf(['--tenant', 'a', '--tenant', 'b']), 'tenant')).toThrow('said 2 times');
  expect(() => once(typedOf(['--tenant']), 'tenant')).toThrow('needs a value');
  expect(typedOf(['--all', 'x', '-v']).positionals).toEqual(['x']);
});

test('typed fields go over the body of a file, objects into objects, lists instead of lists', () => {
  const under = { name: 'a', owner: { email: 'e', firstName: 'f' }, ids: ['1'] };
  expect(merged(under, { name: 'b', owner: { email: 'g' }, ids: ['2'] })).toEqual({
    name: 'b',
    owner: { email: 'g', firstName: 'f' },
    ids: ['2'],
  });
  expect(merged([1], {})).toEqual([1]);
  expect(under.owner.email).toBe('e');
});

const product = commandsOf(JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')));

test('what opens something is no argument, with any command, and help says how it is said', () => {
  const sounds = /(secret|password|token|code|key|totp|pkcs12|assertion)$/i;
  /** Shown to everybody who stands before the device; a word of an address; whether one is made. */
  const harmless = ['userCode', 'postalCode', 'bootstrapKey'];
  const secrets = product.flatMap((command) =>
    command.fields
      .filter(({ place, path }) => place === 'body' && sounds.test(path.at(-1) as string))
      .filter(({ path }) => `${command.noun} ${path}` !== 'products code')
      .filter(({ path }) => !harmless.includes(path.at(-1) as string) && path.join('.') !== 'page.token')
      .map((field) => ({ command, field })),
  );
  expect(secrets.map(({ command: { noun, verb }, field }) => `${noun} ${verb} ${field.flag}`)).toEqual(
    expect.arrayContaining(['emergency-codes drill code', 'me step-up totp', 'group-imports ask body.key']),
  );
  const named = product.find(({ noun, verb }) => noun === 'products' && verb === 'create') as (typeof product)[number];
  expect(parts(['--code', 'cloud'], named).body).toEqual({ code: 'cloud' });
  for (const { command, field } of secrets) {
    const ids = command.positionals.map(() => 'x');
    const line = [...ids, `--${field.flag}`, 'hush'];
    expect(() => parts(line, command), `${command.noun} ${command.verb} --${field.flag}`).toThrow('Say --file - and');
    const example = JSON.parse(exampleOf(field.path));
    expect(() => refuseSecrets(command, example)).toThrow('--json on the command line can be read by other people');
    // A file that is a secret as a whole is named; what opens it is typed.
    expect(verbHelp(command)).toContain(field.isBase64 ? '--file <name> ' : `--file - ${exampleOf(field.path)}`);
  }
});

test('a body without fields of its own is said by a file, and help says so of no other', () => {
  const help = (noun: string, verb: string) =>
    verbHelp(product.find((each) => each.noun === noun && each.verb === verb) as (typeof product)[number]);
  expect(help('provisioning', 'preview-bulk')).toContain('preview-bulk --file <name> [--field value ...]');
  expect(help('provisioning', 'preview-bulk')).toContain('--file <name> reads the body from a file, as JSON');
  for (const verb of ['change', 'preview-undo']) expect(help('provisioning', verb)).not.toContain('--file');
});
