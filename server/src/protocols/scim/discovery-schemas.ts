import { type Attribute, attribute, boolean, complex, readOnly, reference, type Schema } from './attributes.ts';

/** The schemas of what the server says of itself (RFC 7643 section 5 to 7). All of it is read-only. */

const said = (name: string, description: string, rest: Partial<Attribute> = {}) =>
  attribute(name, description, { ...readOnly, required: true, ...rest });
const group = (name: string, description: string, parts: readonly Attribute[], rest: Partial<Attribute> = {}) =>
  complex(name, description, parts, { ...readOnly, required: true, ...rest });

const several = { multiValued: true } as const;
const whole = { type: 'integer' } as const;
const optional = { required: false } as const;
const exact = { caseExact: true } as const;

const supported = said('supported', 'Whether the server does it.', boolean);

export const serviceProviderConfigSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig',
  name: 'ServiceProviderConfig',
  description: 'What the server does of SCIM.',
  attributes: [
    group('patch', 'PATCH.', [supported]),
    group('bulk', 'Bulk.', [
      supported,
      said('maxOperations', 'How many operations a Bulk has at most.', whole),
      said('maxPayloadSize', 'How many bytes a body has at most.', whole),
    ]),
    group('filter', 'Filters.', [supported, said('maxResults', 'How many resources an answer has at most.', whole)]),
    group('changePassword', 'Changes of a password.', [supported]),
    group('sort', 'Sorting.', [supported]),
    group('etag', 'Versions of resources.', [supported]),
    group(
      'pagination',
      'Pages (RFC 9865).',
      [
        said('cursor', 'Whether pages are asked for by a cursor.', boolean),
        said('index', 'Whether pages are asked for by an index.', boolean),
        said('defaultPaginationMethod', 'What an answer goes by that was asked for by neither.', optional),
        said('defaultPageSize', 'How many resources a page has when nobody asks for another number.', {
          ...whole,
          ...optional,
        }),
        said('maxPageSize', 'How many resources a page has at most.', { ...whole, ...optional }),
      ],
      optional,
    ),
    group(
      'authenticationSchemes',
      'How a client says who it is.',
      [
        said('type', 'The kind of scheme.', {
          canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'],
        }),
        said('name', 'What the scheme is called.'),
        said('description', 'What there is to know of it.'),
        said('specUri', 'The address of its specification.', { ...reference('external'), ...optional }),
        said('primary', 'Whether it is the preferred one.', { ...boolean, ...optional }),
      ],
      several,
    ),
  ],
};

export const resourceTypeSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
  name: 'ResourceType',
  description: 'A kind of resource.',
  attributes: [
    said('id', 'The same as the name.', { ...exact, ...optional, returned: 'always', uniqueness: 'server' }),
    said('name', 'The name, which is in meta.resourceType.', { ...exact, uniqueness: 'server' }),
    said('description', 'What resources of this kind are.', optional),
    said('endpoint', 'Where they are, below the base URL.', { ...reference('uri'), uniqueness: 'server' }),
    said('schema', 'The URN of their schema.', reference('uri')),
    group(
      'schemaExtensions',
      'What extends their schema.',
      [
        said('schema', 'The URN of the extension.', reference('uri')),
        said('required', 'Whether every resource has it.', boolean),
      ],
      { ...several, ...optional },
    ),
  ],
};

const characteristics = [
  said('name', 'The name.', exact),
  said('type', 'The kind of value.', {
    canonicalValues: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  }),
  said('multiValued', 'Whether it has several values.', boolean),
  said('description', 'What it means.', { ...exact, ...optional }),
  said('required', 'Whether it has to be there.', boolean),
  said('canonicalValues', 'Values that are usual.', { ...several, ...exact, ...optional }),
  said('caseExact', 'Whether case makes a difference.', boolean),
  said('mutability', 'Who may set it, and when.', {
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
  }),
  said('returned', 'When it is answered.', { canonicalValues: ['always', 'never', 'default', 'request'] }),
  said('uniqueness', 'Among what no two are the same.', { canonicalValues: ['none', 'server', 'global'] }),
  said('referenceTypes', 'What a reference leads to.', { ...several, ...exact, ...optional }),
];

export const schemaSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Schema',
  name: 'Schema',
  description: 'The attributes that resources have, and what holds for each.',
  attributes: [
    said('id', 'The URN.', { ...exact, returned: 'always', uniqueness: 'server' }),
    said('name', 'The name.', { ...exact, ...optional }),
    said('description', 'What it describes.', { ...exact, ...optional }),
    group(
      'attributes',
      'The attributes.',
      [
        ...characteristics,
        group('subAttributes', 'The parts of a complex attribute.', characteristics, { ...several, ...optional }),
      ],
      several,
    ),
  ],
};
