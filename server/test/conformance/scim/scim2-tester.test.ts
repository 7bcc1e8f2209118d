import { describe, expect, test } from 'vitest';
import { aPlatform } from '../../harness.ts';
import { aScim, aWord, patchOf, query, unlimited, urn } from './scim.ts';

/**
 * What scim2-tester, a conformance suite of others, asks of a server, in words of ours: discovery, resources filled from
 * what `/Schemas` describes, and each attribute that may be written added, replaced and removed by its full name.
 */

interface Described {
  name: string;
  type: string;
  multiValued: boolean;
  required?: boolean;
  mutability: string;
  returned: string;
  canonicalValues?: string[];
  subAttributes?: Described[];
}

const platform = await aPlatform({ regions: ['au'], env: unlimited });
const scim = await aScim(platform);
const schemas: { id: string; name: string; attributes: Described[] }[] = (await scim.get('/Schemas')).body.Resources;
const attributesOf = (id: string) => schemas.find((schema) => schema.id === id)?.attributes ?? [];

const isWritable = ({ mutability }: Described) => mutability === 'readWrite' || mutability === 'writeOnly';

/** Of any attribute a value that fits what is said of it. */
function sampleOf(attribute: Described, memberId: string): unknown {
  const one = single(attribute, memberId);
  return attribute.multiValued ? [one] : one;
}

function single(attribute: Described, memberId: string): unknown {
  const { name, type, canonicalValues, subAttributes } = attribute;
  if (name === 'members') return { value: memberId, type: 'User' };
  if (name === 'manager') return { value: memberId };
  if (name === 'emails') return { value: `${aWord()}@suite.example`, type: 'work' };
  if (type === 'complex')
    return Object.fromEntries(
      (subAttributes ?? [])
        .filter((sub) => sub.mutability !== 'readOnly')
        .map((sub) => [sub.name, single(sub, memberId)]),
    );
  if (type === 'boolean') return true;
  if (type === 'reference') return `https://${aWord()}.example/`;
  if (type === 'binary') return Buffer.from(aWord()).toString('base64');
  return canonicalValues?.[0] ?? aWord(name);
}

const types = [
  { endpoint: '/Users', core: urn.user, extensions: [urn.enterprise], least: () => ({ userName: aWord('user') }) },
  { endpoint: '/Groups', core: urn.group, extensions: [], least: () => ({ displayName: aWord('group') }) },
] as const;
const someone = (await scim.given.user({})).id as string;

/** Each attribute that may be written, and need not be, by its URN. */
const writable = types.flatMap(({ endpoint, core, extensions, least }) =>
  [core, ...extensions].flatMap((schema) =>
    attributesOf(schema)
      .filter((attribute) => isWritable(attribute) && !attribute.required)
      .map((attribute) => ({
        endpoint,
        schema,
        isCore: schema === core,
        attribute,
        least,
        path: `${schema}:${attribute.name}`,
      })),
  ),
);

/** All that may be written, as a whole resource. */
function full({ core, extensions, least }: (typeof types)[number]) {
  const of = (schema: string) =>
    Object.fromEntries(
      attributesOf(schema)
        .filter(isWritable)
        .map((attribute) => [attribute.name, sampleOf(attribute, someone)]),
    );
  return {
    schemas: [core, ...extensions],
    ...of(core),
    ...least(),
    ...Object.fromEntries(extensions.map((schema) => [schema, of(schema)])),
  };
}

describe('discovery', () => {
  test('the schemas of what the server says of itself are among the schemas', () => {
    expect(schemas.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['ResourceType', 'ServiceProviderConfig', 'Schema']),
    );
  });

  test('each schema and resource type is read by its id, and a type’s schemas are there', async () => {
    for (const { id } of schemas) expect((await scim.get(`/Schemas/${id}`)).body.id).toBe(id);
    for (const { id, schema, schemaExtensions } of (await scim.get('/ResourceTypes')).body.Resources) {
      expect((await scim.get(`/ResourceTypes/${id}`)).body.id).toBe(id);
      for (const named of [schema, ...schemaExtensions.map((each: { schema: string }) => each.schema)])
        expect((await scim.get(`/Schemas/${named}`)).status).toBe(200);
    }
  });

  test.each(['/Schemas', '/ResourceTypes', '/ServiceProviderConfig'])('%s knows GET alone', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect((await scim.send(method, path, method === 'DELETE' ? undefined : {})).status, method).toBe(405);
  });

  test('what is nowhere is a 404 in the form of errors', async () => {
    for (const path of ['', '/Schemas', '/ResourceTypes', '/Users', '/Groups'])
      expect(await scim.get(`${path}/0b9f9d3c-1111-4222-8333-444455556666`)).toMatchObject({
        status: 404,
        body: { schemas: [urn.error], status: '404' },
      });
  });
});

describe.each(types)('$endpoint, filled', (type) => {
  test('is made, read, listed, replaced and deleted, with what was sent', async () => {
    const sent = full(type);
    const made = await scim.send('POST', type.endpoint, sent);
    expect(made.status, made.text).toBe(201);
    const { password: _secret, ...shown } = sent as Record<string, unknown>;
    expect(made.body).toMatchObject(shown);
    const path = `${type.endpoint}/${made.body.id}`;
    expect((await scim.get(path)).body).toMatchObject(shown);
    const { Resources } = (await scim.get(`${type.endpoint}${query({ count: 1000 })}`)).body;
    expect(Resources.find(({ id }: { id: string }) => id === made.body.id)).toMatchObject(shown);

    const next = full(type);
    const { password: _other, ...nextShown } = next as Record<string, unknown>;
    const replaced = await scim.send('PUT', path, { ...made.body, ...next });
    expect(replaced.status, replaced.text).toBe(200);
    expect(replaced.body).toMatchObject(nextShown);
    expect((await scim.send('DELETE', path)).status).toBe(204);
    expect((await scim.get(path)).status).toBe(404);
  });

  test('is shown with and without an attribute, by GET, in lists and by .search', async () => {
    const { id } = (await scim.send('POST', type.endpoint, full(type))).body;
    const [included, excluded] = attributesOf(type.core)
      .filter((each) => isWritable(each) && !each.required && each.returned === 'default')
      .map(({ name }) => name) as [string, string?];
    const ways = {
      get: async (by: object) => (await scim.get(`${type.endpoint}/${id}${query(by as Record<string, string>)}`)).body,
      list: async (by: object) =>
        (await scim.get(`${type.endpoint}${query({ filter: `id eq "${id}"`, ...by })}`)).body.Resources[0],
      search: async (by: object) =>
        (
          await scim.send('POST', '/.search', {
            schemas: [urn.search],
            filter: `id eq "${id}"`,
            ...Object.fromEntries(Object.entries(by).map(([name, value]) => [name, [value]])),
          })
        ).body.Resources[0],
    };
    for (const [way, ask] of Object.entries(ways)) {
      expect(Object.keys(await ask({ attributes: included })).sort(), way).toEqual(['id', included, 'schemas'].sort());
      if (excluded) expect(await ask({ excludedAttributes: excluded }), way).not.toHaveProperty(excluded);
    }
  });
});

describe('by PATCH', () => {
  test.each(writable)(
    '$path is added, replaced and removed',
    async ({ endpoint, schema, isCore, attribute, least, path }) => {
      const { id } = (await scim.send('POST', endpoint, { schemas: [schema], ...least() })).body;
      const at = `${endpoint}/${id}`;
      const now = async () => {
        const { body } = await scim.get(at);
        return (isCore ? body : (body[schema] ?? {}))[attribute.name];
      };
      const isShown = attribute.returned !== 'never';
      for (const op of ['add', 'replace']) {
        const value = sampleOf(attribute, op === 'add' ? someone : (await scim.given.user({})).id);
        const { status, text } = await scim.send('PATCH', at, patchOf({ op, path, value }));
        expect([200, 204], text).toContain(status);
        if (isShown && typeof value === 'object') expect(await now()).toMatchObject(value as object);
        else if (isShown) expect(await now()).toEqual(value);
      }
      expect([200, 204]).toContain((await scim.send('PATCH', at, patchOf({ op: 'remove', path }))).status);
      // An account is always active or not; an empty list is none (RFC 7643 section 2.5).
      if (isShown && attribute.name !== 'active') expect((await now()) ?? []).toEqual([]);
    },
  );
});
