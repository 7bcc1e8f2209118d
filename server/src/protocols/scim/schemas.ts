import {
  enterpriseSchema,
  groupSchema,
  groupType,
  type ResourceType,
  type Schema,
  userSchema,
  userType,
} from './attributes.ts';
import { resourceTypeSchema, schemaSchema, serviceProviderConfigSchema } from './discovery-schemas.ts';

/** The bodies of `/Schemas` and `/ResourceTypes` (RFC 7643 section 6 and 7, RFC 7644 section 4). */

const schemas: readonly Schema[] = [
  userSchema,
  enterpriseSchema,
  groupSchema,
  serviceProviderConfigSchema,
  resourceTypeSchema,
  schemaSchema,
];
const types: readonly ResourceType[] = [userType, groupType];

/** @param baseUrl the address of the tenant's SCIM, without a slash at its end */
export const listSchemas = (baseUrl: string) => listOf(schemas.map((schema) => schemaBody(schema, baseUrl)));

/** Undefined when the server has no schema of this URN. Case makes no difference in it. */
export function readSchema(urn: string, baseUrl: string) {
  const schema = schemas.find(({ id }) => id.toLowerCase() === urn.toLowerCase());
  return schema && schemaBody(schema, baseUrl);
}

export const listResourceTypes = (baseUrl: string) => listOf(types.map((type) => resourceTypeBody(type, baseUrl)));

/** Undefined when there is no resource type of this name. */
export function readResourceType(name: string, baseUrl: string) {
  const type = types.find((each) => each.name === name);
  return type && resourceTypeBody(type, baseUrl);
}

const schemaBody = (schema: Schema, baseUrl: string) => ({
  schemas: [schemaSchema.id],
  ...schema,
  meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
});

const resourceTypeBody = ({ name, endpoint, description, schema, extensions }: ResourceType, baseUrl: string) => ({
  schemas: [resourceTypeSchema.id],
  id: name,
  name,
  endpoint,
  description,
  schema: schema.id,
  schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
  meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${name}` },
});

/** RFC 7644 section 3.4.2: all there is, on one page. */
const listOf = <Body>(resources: readonly Body[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: resources.length,
  startIndex: 1,
  itemsPerPage: resources.length,
  Resources: resources,
});
