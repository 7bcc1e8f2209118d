/** The schemas of RFC 7643 as data: what `/Schemas` shows, and what bodies, filters, paths and projections go by. */

export interface Attribute {
  readonly name: string;
  readonly type:
    | 'string'
    | 'boolean'
    | 'decimal'
    | 'integer'
    | 'dateTime'
    | 'reference'
    | 'binary'
    /** Has `subAttributes`. */
    | 'complex';
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly canonicalValues?: readonly string[];
  /** Whether case makes a difference when values are compared. */
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
}

export interface Schema {
  /** A URN; the key of an extension's values in a resource. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

export type ResourceTypeName = 'User' | 'Group';

export interface ResourceType<Name extends ResourceTypeName = ResourceTypeName> {
  readonly name: Name;
  readonly endpoint: '/Users' | '/Groups';
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
}

/** What a name leads to. All names in it are canonical. */
export interface AttributePath {
  /** The schema that defines it; the resource's own one for the common attributes. */
  readonly schema: Schema;
  /**
   * A bare extension URN leads to a complex attribute whose name is the URN and whose `subAttributes` are the
   * extension's attributes (`isWhole`).
   */
  readonly attribute: Attribute;
  readonly sub?: Attribute;
  /** The whole of an extension is meant. */
  readonly isWhole: boolean;
  /** Where its values are: at the top of a resource, or under the URN `schema.id` (also when `isWhole`). */
  readonly isExtension: boolean;
}

/** A single readable and writable text whose case makes no difference, but for what `rest` says. */
export const attribute = (name: string, description: string, rest: Partial<Attribute> = {}): Attribute => ({
  name,
  type: 'string',
  multiValued: false,
  description,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...rest,
});

export const complex = (
  name: string,
  description: string,
  subAttributes: readonly Attribute[],
  rest: Partial<Attribute> = {},
): Attribute => attribute(name, description, { type: 'complex', subAttributes, ...rest });

export const boolean = { type: 'boolean' } as const;
export const readOnly = { mutability: 'readOnly' } as const;
// RFC 7643 section 2.3.6 and 2.3.7: these two are case exact (its section 8.7.1 says otherwise and is outdone).
const binary = { type: 'binary', caseExact: true } as const;
export const reference = (...referenceTypes: string[]) =>
  ({ type: 'reference', caseExact: true, referenceTypes }) satisfies Partial<Attribute>;

const primary = attribute('primary', 'Whether this is the preferred one. At most one value may be.', boolean);
const typed = (canonicalValues: readonly string[] = []) =>
  attribute(
    'type',
    'What the value is used for.',
    // RFC 7643 section 7 has canonicalValues where there are any.
    canonicalValues.length > 0 ? { canonicalValues } : {},
  );

/** A multi-valued attribute with the sub-attributes of RFC 7643 section 2.4. */
const values = (name: string, description: string, value: Attribute, canonicalTypes?: readonly string[]): Attribute =>
  complex(
    name,
    description,
    [value, attribute('display', 'A name to show for the value.'), typed(canonicalTypes), primary],
    { multiValued: true },
  );

/** RFC 7643 section 4.1. */
export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A person in the tenant.',
  attributes: [
    attribute('userName', 'The name that the person signs in with, unique in the tenant.', {
      required: true,
      uniqueness: 'server',
    }),
    complex('name', "The parts of the person's name.", [
      attribute('formatted', 'The full name, as it is shown.'),
      attribute('familyName', 'The family name, or last name.'),
      attribute('givenName', 'The given name, or first name.'),
      attribute('middleName', 'The middle names.'),
      attribute('honorificPrefix', 'What stands before the name, such as Dr.'),
      attribute('honorificSuffix', 'What stands after the name, such as III.'),
    ]),
    attribute('displayName', 'The name that people see.'),
    attribute('nickName', 'What the person is called every day.'),
    attribute('profileUrl', 'The address of a page about the person.', reference('external')),
    attribute('title', 'The title in the organisation, such as Vice President.'),
    attribute('userType', 'How the person belongs to the organisation, such as Contractor or Employee.'),
    attribute('preferredLanguage', 'The languages the person prefers, as in Accept-Language (RFC 9110).'),
    attribute('locale', 'The language tag that dates, numbers and currency go by, such as en-AU (RFC 5646).'),
    attribute('timezone', 'The time zone in IANA form, such as Europe/Berlin.'),
    attribute('active', 'Whether the person may use the tenant.', boolean),
    attribute('password', 'A new password. It is never returned.', {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    values('emails', 'The e-mail addresses.', attribute('value', 'The address.'), ['work', 'home', 'other']),
    values('phoneNumbers', 'The telephone numbers.', attribute('value', 'The number, such as +61255501234.'), [
      'work',
      'home',
      'mobile',
      'fax',
      'pager',
      'other',
    ]),
    values('ims', 'The instant messaging addresses.', attribute('value', 'The address.'), [
      'aim',
      'gtalk',
      'icq',
      'xmpp',
      'msn',
      'skype',
      'qq',
      'yahoo',
    ]),
    values(
      'photos',
      'Pictures of the person.',
      attribute('value', 'The address of a picture.', reference('external')),
      ['photo', 'thumbnail'],
    ),
    complex(
      'addresses',
      'The postal addresses.',
      [
        attribute('formatted', 'The full address, as on an envelope. It may have several lines.'),
        attribute('streetAddress', 'Street, house number and what else there is. It may have several lines.'),
        attribute('locality', 'The city.'),
        attribute('region', 'The state or region.'),
        attribute('postalCode', 'The postal code.'),
        attribute('country', 'The country by its two letters (ISO 3166-1 alpha-2).'),
        typed(['work', 'home', 'other']),
        // Not in RFC 7643 section 8.7.1, but in its section 2.4 and its examples, and clients send it.
        primary,
      ],
      { multiValued: true },
    ),
    complex(
      'groups',
      'The groups that the person is a member of. They are changed through the groups.',
      [
        attribute('value', 'The id of the group.', readOnly),
        attribute('$ref', 'The address of the group.', { ...reference('Group'), ...readOnly }),
        attribute('display', 'The name of the group.', readOnly),
        attribute('type', 'How the person is a member.', { ...readOnly, canonicalValues: ['direct'] }),
      ],
      { multiValued: true, ...readOnly },
    ),
    values('entitlements', 'What the person is entitled to.', attribute('value', 'The entitlement.')),
    values('roles', 'The roles of the person. They are kept and give no right here.', attribute('value', 'The role.')),
    values(
      'x509Certificates',
      'The certificates of the person.',
      attribute('value', 'A certificate, in DER and base64.', binary),
    ),
  ],
};

/** RFC 7643 section 4.3, but for the optional `manager.displayName`. */
export const enterpriseSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'A person as a member of an organisation.',
  attributes: [
    attribute('employeeNumber', 'The number that the organisation gave the person.'),
    attribute('costCenter', 'The cost centre.'),
    attribute('organization', 'The organisation.'),
    attribute('division', 'The division.'),
    attribute('department', 'The department.'),
    complex('manager', "The person's manager.", [
      attribute('value', 'The id of the manager.'),
      attribute('$ref', 'The address of the manager.', { ...reference('User'), ...readOnly }),
    ]),
  ],
};

/** RFC 7643 section 4.2. Groups have no groups in them. */
export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A group of people.',
  attributes: [
    attribute('displayName', 'The name of the group, unique in the tenant.', { required: true, uniqueness: 'server' }),
    complex(
      'members',
      'The people in the group.',
      [
        attribute('value', 'The id of the person.', { mutability: 'immutable' }),
        attribute('$ref', 'The address of the person.', { ...reference('User'), ...readOnly }),
        attribute('type', 'What the member is.', { mutability: 'immutable', canonicalValues: ['User'] }),
      ],
      { multiValued: true },
    ),
  ],
};

/** RFC 7643 section 3 and 3.1: what every resource has; `/Schemas` does not list it. */
export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'The URNs of the schemas that the resource has values of.', {
    ...reference('uri'),
    multiValued: true,
    required: true,
    returned: 'always',
  }),
  attribute('id', 'The id that the server gave the resource.', {
    ...readOnly,
    caseExact: true,
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The id that the client gave the resource.', { caseExact: true }),
  complex(
    'meta',
    'About the resource.',
    [
      attribute('resourceType', 'User or Group.', { ...readOnly, caseExact: true }),
      attribute('created', 'When it was created.', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When it was last changed.', { ...readOnly, type: 'dateTime' }),
      attribute('location', 'The address of the resource.', { ...reference('uri'), ...readOnly }),
      attribute('version', 'The version, for If-Match.', { ...readOnly, caseExact: true }),
    ],
    readOnly,
  ),
];

export const userType: ResourceType<'User'> = {
  name: 'User',
  endpoint: '/Users',
  description: 'People',
  schema: userSchema,
  extensions: [enterpriseSchema],
};

export const groupType: ResourceType<'Group'> = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Groups of people',
  schema: groupSchema,
  extensions: [],
};

/** Every name of a type, in lower case, with and without its URN. */
function namesOf({ schema: core, extensions }: ResourceType): ReadonlyMap<string, AttributePath> {
  const names = new Map<string, AttributePath>();
  const add = (prefixes: string[], path: AttributePath) => {
    const { attribute, sub } = path;
    const name = sub ? `${attribute.name}.${sub.name}` : attribute.name;
    for (const prefix of prefixes) names.set(`${prefix}${name}`.toLowerCase(), path);
  };
  const addAll = (schema: Schema, attributes: readonly Attribute[], isExtension: boolean) => {
    const prefixes = isExtension ? [`${schema.id}:`] : ['', `${schema.id}:`];
    for (const attribute of attributes) {
      add(prefixes, { schema, attribute, isWhole: false, isExtension });
      for (const sub of attribute.subAttributes ?? [])
        add(prefixes, { schema, attribute, sub, isWhole: false, isExtension });
    }
  };
  addAll(core, [...commonAttributes, ...core.attributes], false);
  for (const schema of extensions) {
    addAll(schema, schema.attributes, true);
    const whole = complex(schema.id, schema.description, schema.attributes);
    add([''], { schema, attribute: whole, isWhole: true, isExtension: true });
  }
  return names;
}

const names = { User: namesOf(userType), Group: namesOf(groupType) };

/**
 * An attribute by its name as clients write it (RFC 7644 section 3.10): in any case, with or without the URN of the
 * core schema, with that of an extension, with or without a sub-attribute; or the bare URN of an extension.
 * Undefined when there is none of this name.
 */
export const findAttribute = (type: ResourceType, path: string): AttributePath | undefined =>
  names[type.name].get(path.toLowerCase());
