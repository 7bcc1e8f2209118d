import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { Operation } from '../../src/kernel/operation.ts';
import { operations as everything } from '../../src/node.ts';
import { aPlatform, aTenant, type Client, type TestPlatform } from '../harness.ts';
import { bodies, type Placeholders, scimMessages } from '../isolation/bodies.ts';
import { callers, type Field, fieldsOf, pathOf, populate, withField } from './objects.ts';

/**
 * From the contract: every field of every body with values of wrong type, size and form. What the operation's own
 * schema refuses is a 400 that names the field; nothing is a 5xx; what is answered has the declared shape.
 */

let platform: TestPlatform;
let ids: Placeholders;
let callerOf: (operation: Operation) => Client;

beforeAll(async () => {
  platform = await aPlatform({
    regions: ['au', 'eu'],
    env: { BAILIWICK_REQUESTS_PER_SECOND: '1000000', BAILIWICK_POOL_SIZE: '5' },
  });
  const tenant = await aTenant(platform, 'au');
  ids = await populate(tenant);
  ids.anotherNamespace = (await tenant.given.namespace()).id;
  callerOf = await callers(platform, tenant, ids);
});

/**
 * SCIM ignores what it does not know, and has forms of its own: http/scim.test.ts and conformance/scim. So do the forms
 * that providers send browsers with: conformance/saml. AuthZEN ignores as well: conformance/authzen.
 */
const operations = everything.filter(
  ({ id, access }) =>
    access.kind !== 'provisioning' && !(access.kind === 'open' && access.isFormOfOthers) && !id.startsWith('authzen.'),
);

/** Values that no field of people's text may hold. */
const hostile: Record<string, string> = {
  NUL: 'a\0b',
  'line break': 'a\r\nSet-Cookie: x=1',
  ANSI: 'a\u001b[31mred',
  bidi: 'a\u202egnp.exe',
  isolate: 'a\u2066b\u2069',
  'zero width': 'a\u200bb',
  'half a character': 'a\ud800b',
  DEL: 'a\u007fb',
  'next line': 'a\u0085b',
  'line separator': 'a\u2028b',
};

const wrongTypes: Record<string, unknown> = {
  null: null,
  number: 42,
  'big number': 1e308,
  true: true,
  text: 'text',
  'empty text': '',
  space: ' ',
  list: [],
  'list of lists': [[[]]],
  object: {},
  prototype: JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}'),
  'very long': 'a'.repeat(100_000),
  'a long list': Array.from({ length: 5_000 }, () => newId()),
  SQL: `'; drop table groups; --`,
  'unknown id': newId(),
  'negative number': -1,
  fraction: 0.5,
};

/** Fields that take a secret as it is typed: any character counts. */
const isSecret = ({ path }: Field) =>
  ['password', 'currentPassword', 'newPassword', 'token', 'secret', 'invitation'].includes(path.at(-1) as string);

/** What the library of schemas would say, not we. */
const libraryWords = /^(Invalid|Too |Unrecognized|Expected)|received|expected \w+ to|\w+\[\]/;

const tolerated = [200, 201, 202, 204, 303, 400, 401, 403, 404, 409, 410, 412, 413, 422, 429];

async function send(operation: Operation, body: unknown, query = '') {
  return callerOf(operation).call(operation.method, pathOf(operation, ids) + query, {
    ...(body === undefined ? {} : { body }),
    headers: ['PATCH', 'PUT', 'DELETE'].includes(operation.method) ? { 'if-match': '*' } : {},
  });
}

function requireDeclaredShape(operation: Operation, reply: Awaited<ReturnType<typeof send>>, story: string) {
  expect(tolerated, `${story}: ${reply.text.slice(0, 500)}`).toContain(reply.status);
  if (reply.status >= 400) {
    expect(reply.headers.get('content-type'), story).toMatch(/^application\/problem\+json/);
    expect(reply.body, story).toMatchObject({
      type: expect.stringMatching(/^urn:bailiwick:problem:[a-z-]+$/),
      title: expect.any(String),
      status: reply.status,
      detail: expect.any(String),
      requestId: expect.any(String),
    });
    expect(reply.text, story).not.toMatch(/select |insert into|constraint|relation "|at Object\.|node_modules/i);
  } else if (operation.reply && reply.body !== undefined) {
    const parsed = operation.reply.safeParse(reply.body);
    expect(parsed.success ? [] : parsed.error.issues, `${story}: ${reply.text.slice(0, 500)}`).toEqual([]);
  }
}

const withBody = operations.filter(({ body }) => body);

describe.each(withBody.map((operation) => [operation.id, operation] as const))('%s', (_id, operation) => {
  const schema = operation.body as NonNullable<Operation['body']>;
  const fields = fieldsOf(schema);
  const base = () => bodies[operation.id]?.(ids).body ?? {};

  test('wrong types, sizes and forms', async () => {
    for (const field of fields)
      for (const [what, value] of Object.entries(wrongTypes)) {
        const body = withField(base(), field.path, value);
        const reply = await send(operation, body);
        const name = field.path.join('.');
        const story = `${name} = ${what}`;
        requireDeclaredShape(operation, reply, story);
        const parsed = schema.safeParse(JSON.parse(JSON.stringify(body)));
        if (parsed.success) continue;
        if (reply.status !== 429) {
          expect(reply.status, `${story}: ${reply.text}`).toBe(400);
          const paths = reply.body.errors.map(({ path }: { path: string }) => path);
          expect(paths.length, story).toBeGreaterThan(0);
          const own = reply.body.errors.filter(({ path }: { path: string }) => path === name);
          for (const { message } of own) {
            expect(message, story).not.toMatch(libraryWords);
            expect(message, story).not.toBe('is required');
          }
          // What is wrong is named: the field, what it holds, its siblings, or the body where a rule spans fields.
          if (schema.safeParse(base()).success)
            expect(
              paths.some((path: string) => path === 'body' || path.split('.')[0] === field.path[0]),
              `${story}: ${paths}`,
            ).toBe(true);
        }
      }
  }, 120_000);

  test('control characters, directions and halves of characters are refused by the field’s name', async () => {
    for (const field of fields.filter(
      ({ schema: { type, anyOf } }) => type === 'string' || anyOf?.some((each) => each.type === 'string'),
    )) {
      for (const [what, value] of Object.entries(hostile)) {
        const body = withField(base(), field.path, value);
        const reply = await send(operation, JSON.stringify(body));
        const name = field.path.join('.');
        requireDeclaredShape(operation, reply, `${name} = ${what}`);
        if (isSecret(field) || reply.status === 429) continue;
        expect(reply.status, `${name} = ${what}: ${reply.text}`).toBe(400);
        if (schema.safeParse(base()).success)
          expect(
            reply.body.errors.map(({ path }: { path: string }) => path),
            `${name} = ${what}`,
          ).toContain(name);
      }
    }
  }, 60_000);

  test('Z3: unknown, doubled and missing fields', async () => {
    const unknown = await send(operation, { ...(base() as object), surprise: 1, isOwner: true });
    if (scimMessages.has(operation.id)) expect(unknown.status, unknown.text).toBeLessThan(500);
    else if (unknown.status !== 429) {
      expect(unknown.status, unknown.text).toBe(400);
      const paths = unknown.body.errors.map(({ path }: { path: string }) => path);
      expect(paths).toContain('surprise');
      expect(paths).toContain('isOwner');
    }
    for (const body of ['[]', '"text"', '42', 'true']) {
      const reply = await send(operation, body);
      if (reply.status !== 429) expect(reply.status, `${body}: ${reply.text}`).toBe(400);
    }
    for (const field of fields.filter(({ isRequired, path }) => isRequired && path.length === 1)) {
      const reply = await send(operation, withField(base(), field.path, undefined));
      if (reply.status === 429) continue;
      expect(reply.status, reply.text).toBe(400);
      expect(reply.body.errors.map(({ path }: { path: string }) => path)).toContain(field.path[0]);
    }
  }, 60_000);
});

describe('answers have the declared shape', () => {
  const reading = operations.filter(({ method }) => method === 'GET');
  test.each(reading.map((operation) => [operation.id, operation] as const))('%s', async (_id, operation) => {
    const query = bodies[operation.id]?.(ids).query ?? '';
    const reply = await send(operation, undefined, query);
    expect([operation.status, 303, 404, 409], reply.text).toContain(reply.status);
    requireDeclaredShape(operation, reply, operation.id);
  });
});

describe('path parameters', () => {
  const inPath = operations.filter(({ path }) => path.includes(':'));
  test.each(inPath.map((operation) => [operation.id, operation] as const))('%s', async (_id, operation) => {
    const names = [...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
    for (const name of names)
      for (const value of [
        '0',
        'null',
        '%00',
        '%0d%0a',
        '..%2f..',
        `${newId()}%20`,
        newId().toUpperCase(),
        'ﬀ',
        `{${newId()}}`,
        "'--",
        'a'.repeat(300),
      ]) {
        const path = operation.path
          .split('/')
          .map((segment, at, all) =>
            segment === `:${name}`
              ? value
              : segment.startsWith(':')
                ? segment === ':tenantId'
                  ? ids.tenantId
                  : ids[all[at - 1] as string]
                : segment,
          )
          .join('/');
        const reply = await callerOf(operation).call(operation.method, encodeURI(path).replaceAll('%25', '%'), {
          headers: { 'if-match': '*' },
          ...(operation.body ? { body: bodies[operation.id]?.(ids).body ?? {} } : {}),
        });
        expect([400, 401, 404], `${path}: ${reply.status} ${reply.text}`).toContain(reply.status);
        expect(reply.headers.get('content-type')).toMatch(/(problem|scim)\+json/);
      }
  });
});

afterAll(async () => {
  // After all of it the tables are there, and the other region has heard of nothing.
  expect(await platform.sql('eu', 'select count(*)::int as count from groups')).toHaveLength(1);
});
