import { z } from 'zod';
import { topics } from './catalogue.ts';
import type { Operation } from './operation.ts';
import { CONFIRM_HEADER, changesNamespace } from './protection.ts';
import { ChangeAsked } from './second-approver.ts';

type Json = Record<string, unknown>;

const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: 'Problem',
    description:
      'RFC 9457, with members of its own where there is more to tell: `version-changed` has `current`, the object as it is now.',
  });

/** The contract: OpenAPI 3.1 of all operations. Shapes with an id become components. */
export function describe(operations: Operation[], version: string): Json {
  const components: Record<string, unknown> = {};
  const shape = (schema: z.ZodType, io: 'input' | 'output') => {
    const { $schema, $defs, ...own } = z.toJSONSchema(schema, {
      io,
      target: 'draft-2020-12',
      unrepresentable: 'any',
    }) as Json;
    const suffix = io === 'input' ? 'Input' : '';
    const rename = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(rename);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          // What zod copies from a shape's metadata and OpenAPI does not know; a property called id is an object.
          .filter(([key, each]) => key !== 'fieldClass' && !(key === 'id' && typeof each === 'string'))
          .map(([key, each]) => [
            key,
            key === '$ref' && typeof each === 'string'
              ? each.replace(/^#\/\$defs\/(.+)$/, `#/components/schemas/$1${suffix}`)
              : rename(each),
          ]),
      );
    };
    for (const [name, definition] of Object.entries(($defs as Json | undefined) ?? {}))
      components[`${name}${suffix}`] ??= rename(definition);
    const id = schema.meta()?.id;
    if (!id) return rename(own) as Json;
    components[`${id}${suffix}`] ??= rename(own);
    return { $ref: `#/components/schemas/${id}${suffix}` };
  };
  shape(Problem, 'output');

  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    (paths[path] as Json)[operation.method.toLowerCase()] = describeOperation(operation, shape);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bailiwick',
      version,
      description: 'Tenant administration: each organisation in its own boundary, in the region that it chose.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: topics.map(({ name, title }) => ({ name, description: title })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'bwk_<kind>_...' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-bailiwick-<region>' },
        agent: { type: 'apiKey', in: 'header', name: 'signature', description: 'RFC 9421, by an agent key' },
      },
    },
  };
}

/** JSON unless the shape says `contentMediaType`: a file that is sent as it is. */
const mediaTypeOf = (schema: z.ZodType) => String(schema.meta()?.contentMediaType ?? 'application/json');

function describeOperation(operation: Operation, shape: (schema: z.ZodType, io: 'input' | 'output') => Json): Json {
  const { access } = operation;
  const parameters: Json[] = [];
  const add = (schema: z.ZodObject | undefined, where: 'path' | 'query') => {
    for (const [name, field] of Object.entries(schema?.shape ?? {}))
      parameters.push({
        name,
        in: where,
        required: where === 'path' || !(field as z.ZodType).safeParse(undefined).success,
        // Text on the wire as all of a query, a number to whoever writes it.
        schema:
          name === 'limit'
            ? { type: 'integer', minimum: 1, maximum: 200, default: 50 }
            : shape(field as z.ZodType, 'input'),
      });
  };
  add(operation.params, 'path');
  add(operation.query, 'query');
  const needsVersion = ['PATCH', 'PUT', 'DELETE'].includes(operation.method) && !operation.withoutVersion;
  if (needsVersion || operation.honoursVersion)
    parameters.push({
      name: 'If-Match',
      in: 'header',
      required: needsVersion,
      schema: { type: 'string' },
      description: needsVersion
        ? 'The ETag that was read, or *.'
        : 'Done only while the ETag of what this belongs to is still the one that was read.',
    });
  if (changesNamespace(operation))
    parameters.push({
      name: CONFIRM_HEADER,
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description: 'The name of the namespace, when it is protected.',
    });
  if (operation.creates)
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string', maxLength: 200 },
    });
  const problem = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.id.split('.')[0]],
    'x-access': access.kind,
    ...('permission' in access ? { 'x-permission': access.permission } : {}),
    ...('freshSignIn' in access && access.freshSignIn ? { 'x-fresh-sign-in': true } : {}),
    security:
      access.kind === 'open' ? [] : access.kind === 'agent' ? [{ agent: [] }] : [{ bearer: [] }, { session: [] }],
    ...(parameters.length ? { parameters } : {}),
    ...(operation.body
      ? {
          requestBody: {
            required: !operation.body.safeParse(undefined).success,
            content: {
              [access.kind === 'open' && access.isFormOfOthers
                ? 'application/x-www-form-urlencoded'
                : 'application/json']: {
                schema: shape(operation.body, 'input'),
              },
            },
          },
        }
      : {}),
    responses: {
      [operation.status]: {
        description: 'Done',
        ...(operation.reply
          ? { content: { [mediaTypeOf(operation.reply)]: { schema: shape(operation.reply, 'output') } } }
          : {}),
      },
      ...(changesNamespace(operation)
        ? {
            202: {
              description: 'Kept until a second person approves',
              content: { 'application/json': { schema: shape(ChangeAsked, 'output') } },
            },
          }
        : {}),
      default: { description: 'A problem', ...problem },
    },
  };
}
