/** Reads openapi.json as commands: what can be said on the command line, and what each part of it means. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  contentMediaType?: string;
  contentEncoding?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Described {
  operationId: string;
  summary: string;
  'x-access'?: string;
  'x-permission'?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content?: Record<string, { schema: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

export interface Contract {
  info: { version: string };
  paths: Record<string, Partial<Record<string, Described>>>;
  components?: { schemas?: Record<string, Schema> };
}

/** What a field's text on the command line becomes. */
export type Kind =
  | { kind: 'text' | 'integer' | 'number' | 'boolean' | 'json' }
  | { kind: 'choice'; choices: string[] }
  /** A record with keys of one's own: `--labels.team ops`. */
  | { kind: 'record'; of: Kind }
  /** Said once for each item. An object that needs one field only may be said by it, and with its `others` as JSON. */
  | { kind: 'list'; of: Kind; field: string | undefined; others?: string[] };

export interface Field {
  /** What is typed: `--owner.first-name`. */
  flag: string;
  place: 'body' | 'query';
  /** Where it goes: `['owner', 'firstName']`. */
  path: string[];
  kind: Kind;
  isNullable: boolean;
  isRequired: boolean;
  description: string | undefined;
  fallback: unknown;
  /** It holds a file of text, such as CSV, which `--file` may name as it is. */
  isText: boolean;
  /** It holds a file of bytes in base64, which `--file` may name as it is. */
  isBase64: boolean;
  /** It opens something, so it is not said where other people of the machine read it. */
  isSecret: boolean;
}

export interface Command {
  noun: string;
  verb: string;
  summary: string;
  method: string;
  path: string;
  access: string | undefined;
  permission: string | undefined;
  /** Names of the path's parameters in its order; `tenantId` may be left out on the command line. */
  positionals: string[];
  fields: Field[];
  /** `optional`: an act that may be told more. */
  body: 'required' | 'optional' | undefined;
  /** What a body is that is said as a whole, having no fields of its own here: a message of another standard. */
  wholeBody: string | undefined;
  needsVersion: boolean;
  /** It may be told the version, or has to be. */
  takesVersion: boolean;
  creates: boolean;
  /** A change in a namespace, which may be protected. */
  isConfirmed: boolean;
  /** The field of the reply that holds a file of bytes in base64, which `--save` writes; the reply itself where it is a file. */
  saves: { field: string } | 'reply' | undefined;
  /** The field of the body that is such a reply, which `--file` may name as it was saved. */
  savedField: { name: string; format: unknown } | undefined;
  /** A list that `--all` pages through. */
  isPaged: boolean;
  /** The command that reads the same object, whose ETag a change of it needs. */
  reader: { noun: string; verb: string } | undefined;
}

/** Flags that mean the same with every command; a field of such a name is said with its place: `--body.url`. */
export const commonFlags = [
  'all',
  'confirm',
  'file',
  'help',
  'idempotency-key',
  'if-match',
  'json',
  'key',
  'output',
  'save',
  'tenant',
  'url',
  'verbose',
];

export const kebab = (name: string) => name.replace(/[A-Z]+(?![a-z])|[A-Z]/g, (word) => `-${word.toLowerCase()}`);
export const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Names of fields that open something, wherever they stand; and those that do so only at the top of a body. */
const secrets = /^(password|(current|new)Password|clientSecret|recoveryCode|totp|deviceCode|assertion|pkcs12)$/;
const secretsOfBodies = /^(token|secret|code|key)$/;
/** Operations whose `code` is a name. */
const namedByCode = ['products.create'];

const methods = ['get', 'post', 'put', 'patch', 'delete'];

export function commandsOf(contract: Contract): Command[] {
  return Object.entries(contract.paths)
    .flatMap(([path, item]) =>
      methods.flatMap((method) => {
        const described = item[method];
        return described
          ? [commandOf(contract, path, method, described, item.get ?? ofWhole(contract, path)?.get)]
          : [];
      }),
    )
    .sort((a, b) => (`${a.noun} ${a.verb}` < `${b.noun} ${b.verb}` ? -1 : 1));
}

/** What a part such as `/licences/{id}/namespaces` belongs to, whose version a change of the part needs. */
const ofWhole = ({ paths }: Contract, path: string) => paths[/^(.*\})\/[^/{}]+$/.exec(path)?.[1] ?? ''];

function commandOf(
  contract: Contract,
  path: string,
  method: string,
  { operationId, summary, parameters = [], requestBody, responses = {}, ...rest }: Described,
  reading: Described | undefined,
): Command {
  const [noun = '', verb = ''] = operationId.split('.');
  const query = parameters.filter((each) => each.in === 'query');
  const body = requestBody?.content?.['application/json']?.schema;
  const fields = [
    ...query.map((each) => queryField(contract, each)),
    ...(body ? bodyFields(contract, resolve(contract, body), []) : []),
  ];
  if (namedByCode.includes(operationId)) for (const field of fields) field.isSecret &&= field.path[0] !== 'code';
  const count = new Map<string, number>();
  for (const { flag } of fields) count.set(flag, (count.get(flag) ?? 0) + 1);
  for (const field of fields)
    if (commonFlags.includes(field.flag) || (count.get(field.flag) ?? 0) > 1)
      field.flag = `${field.place}.${field.flag}`;
  const reply = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const replySchema = resolve(contract, reply?.content?.['application/json']?.schema ?? {});
  const [readNoun, readVerb] = reading?.operationId.split('.') ?? [];
  return {
    noun,
    verb,
    summary,
    method: method.toUpperCase(),
    path,
    access: rest['x-access'],
    permission: rest['x-permission'],
    positionals: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string),
    fields,
    body: body && (requestBody?.required ? 'required' : 'optional'),
    wholeBody: body && !fields.some(({ place }) => place === 'body') ? (body.description ?? 'The body.') : undefined,
    needsVersion: parameters.some(({ name, required }) => name === 'If-Match' && required === true),
    takesVersion: parameters.some(({ name }) => name === 'If-Match'),
    creates: parameters.some(({ name }) => name === 'Idempotency-Key'),
    isConfirmed: parameters.some(({ name }) => name === 'X-Bailiwick-Confirm'),
    saves: savesOf(replySchema),
    savedField: savedFieldOf(contract, body),
    isPaged: query.some(({ name }) => name === 'cursor') && replySchema.properties?.items !== undefined,
    reader: method !== 'get' && readNoun && readVerb ? { noun: readNoun, verb: readVerb } : undefined,
  };
}

/** What calls its own format is a file, whole. */
const formatOf = ({ properties }: Schema) => properties?.format?.const;

function savesOf(reply: Schema): Command['saves'] {
  const [field] = Object.entries(reply.properties ?? {}).find(([, each]) => each.contentEncoding === 'base64') ?? [];
  return field === undefined ? (formatOf(reply) === undefined ? undefined : 'reply') : { field };
}

function savedFieldOf(contract: Contract, body: Schema = {}): Command['savedField'] {
  return Object.entries(resolve(contract, body).properties ?? {})
    .map(([name, each]) => ({ name, format: formatOf(resolve(contract, each)) }))
    .find(({ format }) => format !== undefined);
}

function queryField(contract: Contract, { name, required, description, schema = {} }: Parameter): Field {
  const { schema: own, isNullable } = plainOf(contract, schema);
  return {
    flag: kebab(name),
    place: 'query',
    path: [name],
    kind: kindOf(contract, own),
    isNullable,
    isRequired: required === true,
    description: description ?? own.description,
    fallback: own.default,
    isText: false,
    isBase64: false,
    isSecret: false,
  };
}

/** The fields of a body, those of objects inside it each on its own. */
function bodyFields(contract: Contract, schema: Schema, above: string[], isRequired = true): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = [...above, name];
    const { schema: own, isNullable } = plainOf(contract, property);
    const isNeeded = isRequired && (schema.required ?? []).includes(name);
    const field: Field = {
      flag: path.map(kebab).join('.'),
      place: 'body',
      path,
      kind: kindOf(contract, own),
      isNullable,
      isRequired: isNeeded,
      description: property.description ?? own.description,
      fallback: property.default ?? own.default,
      isText: own.contentMediaType !== undefined && own.contentEncoding === undefined,
      isBase64: own.contentEncoding === 'base64',
      isSecret: secrets.test(name) || (above.length === 0 && secretsOfBodies.test(name)),
    };
    // An object that may be null can be said as a whole: --billing-address null.
    if (!own.properties || above.length > 4) return [field];
    const inner = bodyFields(contract, own, path, isNeeded);
    return isNullable ? [{ ...field, kind: { kind: 'json' } }, ...inner] : inner;
  });
}

function kindOf(contract: Contract, schema: Schema): Kind {
  const types = [schema.type ?? []].flat();
  const choices = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (choices?.every((choice) => typeof choice === 'string')) return { kind: 'choice', choices };
  if (types.includes('string')) return { kind: 'text' };
  if (types.includes('boolean')) return { kind: 'boolean' };
  if (types.includes('integer')) return { kind: 'integer' };
  if (types.includes('number')) return { kind: 'number' };
  if (types.includes('array')) {
    const { schema: item } = plainOf(contract, schema.items ?? {});
    const [field, another] = item.required ?? [];
    const isOne = field !== undefined && another === undefined;
    const others = isOne ? Object.keys(item.properties ?? {}).filter((name) => name !== field) : [];
    return { kind: 'list', of: kindOf(contract, item), field: isOne ? field : undefined, others };
  }
  if (!schema.properties && typeof schema.additionalProperties === 'object')
    return { kind: 'record', of: kindOf(contract, plainOf(contract, schema.additionalProperties).schema) };
  return { kind: 'json' };
}

/** A schema without its reference and without the choice of null. */
function plainOf(contract: Contract, schema: Schema): { schema: Schema; isNullable: boolean } {
  const own = resolve(contract, schema);
  const isNull = (each: Schema) => each.type === 'null';
  const alternatives = own.anyOf ?? own.oneOf;
  if (alternatives) {
    const others = alternatives.map((each) => resolve(contract, each)).filter((each) => !isNull(each));
    const isNullable = others.length < alternatives.length;
    const { anyOf, oneOf, ...rest } = own;
    return { schema: others.length === 1 ? { ...others[0], ...rest } : rest, isNullable };
  }
  return { schema: own, isNullable: Array.isArray(own.type) && own.type.includes('null') };
}

function resolve(contract: Contract, schema: Schema): Schema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  if (name !== undefined) return resolve(contract, contract.components?.schemas?.[name] ?? {});
  if (schema.allOf?.length === 1) {
    const { allOf, ...rest } = schema;
    return { ...resolve(contract, allOf[0] as Schema), ...rest };
  }
  return schema;
}
