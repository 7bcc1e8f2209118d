import { expect, test } from 'vitest';
import { type Attribute, enterpriseSchema, groupSchema, userSchema } from './attributes.ts';
import { listResourceTypes, listSchemas, readResourceType, readSchema } from './schemas.ts';

const baseUrl = 'https://eu.example.com/scim/v2/0192f3a0-7b1c-7def-8abc-0123456789ab';

test('/Schemas lists every schema as RFC 7643 section 7 has it', () => {
  const list = listSchemas(baseUrl);

  expect(list).toMatchObject({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 6,
    startIndex: 1,
    itemsPerPage: 6,
  });
  const core = 'urn:ietf:params:scim:schemas:core:2.0';
  expect(list.Resources.map(({ id }) => id)).toEqual([
    userSchema.id,
    enterpriseSchema.id,
    groupSchema.id,
    `${core}:ServiceProviderConfig`,
    `${core}:ResourceType`,
    `${core}:Schema`,
  ]);
  for (const schema of list.Resources) {
    expect(Object.keys(schema).sort()).toEqual(['attributes', 'description', 'id', 'meta', 'name', 'schemas']);
    expect(schema.schemas).toEqual(['urn:ietf:params:scim:schemas:core:2.0:Schema']);
    expect(schema.meta).toEqual({ resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` });
    expect(readSchema(schema.id, baseUrl)).toEqual(schema);
  }
});

test('every attribute has each characteristic of RFC 7643 section 7, and nothing else', () => {
  const always = [
    'name',
    'type',
    'multiValued',
    'description',
    'required',
    'caseExact',
    'mutability',
    'returned',
    'uniqueness',
  ];
  const sometimes = ['canonicalValues', 'referenceTypes', 'subAttributes'];
  const check = (attribute: Attribute) => {
    expect(Object.keys(attribute)).toEqual(expect.arrayContaining(always));
    expect([...always, ...sometimes]).toEqual(expect.arrayContaining(Object.keys(attribute)));
    expect(attribute.description).not.toBe('');
    expect(attribute.type === 'reference').toBe(attribute.referenceTypes !== undefined);
    attribute.subAttributes?.forEach(check);
  };
  // As it comes over the wire: what is undefined is not there.
  const { Resources } = JSON.parse(JSON.stringify(listSchemas(baseUrl))) as ReturnType<typeof listSchemas>;
  for (const { attributes } of Resources) attributes.forEach(check);
});

test('the common attributes belong to no schema (RFC 7643 section 3.1)', () => {
  const names = [userSchema, enterpriseSchema, groupSchema].flatMap(({ attributes }) =>
    attributes.map(({ name }) => name),
  );
  for (const name of ['id', 'externalId', 'meta', 'schemas']) expect(names).not.toContain(name);
});

test('a schema is found by its URN in any case; another is none', () => {
  expect(readSchema(userSchema.id.toUpperCase(), baseUrl)?.id).toBe(userSchema.id);
  for (const urn of ['', 'User', `${userSchema.id}:userName`, 'urn:example:User', '__proto__', 'constructor'])
    expect(readSchema(urn, baseUrl)).toBeUndefined();
});

test('/ResourceTypes lists users and groups (RFC 7643 section 6)', () => {
  const user = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: 'User',
    name: 'User',
    endpoint: '/Users',
    description: 'People',
    schema: userSchema.id,
    schemaExtensions: [{ schema: enterpriseSchema.id, required: false }],
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/User` },
  };
  const group = {
    ...user,
    id: 'Group',
    name: 'Group',
    endpoint: '/Groups',
    description: 'Groups of people',
    schema: groupSchema.id,
    schemaExtensions: [],
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/Group` },
  };

  expect(listResourceTypes(baseUrl)).toEqual({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 2,
    startIndex: 1,
    itemsPerPage: 2,
    Resources: [user, group],
  });
  expect(readResourceType('User', baseUrl)).toEqual(user);
  expect(readResourceType('Group', baseUrl)).toEqual(group);
  for (const name of ['', 'user', 'Schema', '__proto__', 'constructor'])
    expect(readResourceType(name, baseUrl)).toBeUndefined();
});
