import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, Timestamp, text } from '../../kernel/schema.ts';
import { HOST_RULE, hostOf } from './hosts.ts';

const distinct = (values: string[]) => new Set(values).size === values.length;

const Prefix = z
  .string()
  .max(200)
  .regex(/^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/, 'must be empty, or a path such as /erp without a slash at its end');

const Audiences = z
  .array(text(300))
  .max(10, 'must have at most 10 audiences')
  .refine(distinct, 'must name each audience once');

const authentication = {
  identityProviderId: Id.nullable().describe(
    'Whose bearer tokens are accepted; null: nobody comes in, since nobody can be recognised.',
  ),
  audiences: Audiences.describe('One of them must be in `aud` of a token.'),
};

export const AgentCertificates = z
  .string()
  .min(1, 'must not be empty; null: the agent key alone')
  .max(20_000)
  .describe(
    'PEM, 10 certificates at most. Programs that run the gateway must come with one of these, or with one that one of these issued; null: the agent key alone.',
  );

/** RFC 9110 section 5.1, without what belongs to a connection or frames a message (section 7.6.1). */
const OFF_LIMITS = new Set(
  'connection content-length expect host keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);
const HeaderName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header, in small letters')
  .refine((name) => !OFF_LIMITS.has(name), 'is a header that the gateway sets itself');

/** How a gateway tells its upstreams who comes. */
const Signing = z
  .strictObject({
    header: HeaderName.default('x-bailiwick-token').describe(
      'The header that holds the token; `authorization`: as a bearer token. What came in it is replaced.',
    ),
    lifetimeSeconds: z.int().min(10).max(300).default(60).describe('Seconds that a token is good for.'),
    includesGroups: z.boolean().default(true).describe('Whether it names the groups by which the rule let in.'),
  })
  .meta({ id: 'GatewaySigning' });

export const Gateway = z
  .strictObject({
    id: Id,
    namespaceId: Id,
    name: z.string(),
    prefix: z.string().describe('What its addresses begin with; routes stand below it.'),
    description: z.string(),
    ...authentication,
    agentCertificates: AgentCertificates.nullable(),
    acceptedCertificates: z
      .array(
        z.strictObject({
          subject: z.string(),
          fingerprint: z.string().describe('SHA-256 of the certificate, in hex.'),
          startsAt: Timestamp,
          expiresAt: Timestamp,
        }),
      )
      .describe('What `agentCertificates` holds, one by one.'),
    signing: Signing.nullable().describe('The signed token for upstreams; null: none is sent.'),
    issuer: z.string().describe('`iss` of the tokens that it signs.'),
    keysAddress: z.string().describe('Where everybody reads the public keys of what it signs (JWK Set).'),
    counts: z.strictObject({ routes: z.int(), rules: z.int(), certificates: z.int() }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Gateway' });

const fields = z.strictObject({
  name: text(63),
  prefix: Prefix,
  description: text(500, 0),
  ...authentication,
});

export const NewGateway = fields.partial().required({ name: true }).meta({ id: 'NewGateway' });
export type NewGateway = z.output<typeof NewGateway>;

export const GatewayChanges = fields
  .extend({ agentCertificates: AgentCertificates.nullable(), signing: Signing.nullable() })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'GatewayChanges' });
export type GatewayChanges = z.output<typeof GatewayChanges>;

export const GatewayQuery = listQuery(['name', 'createdAt', 'updatedAt']);
export const GatewayList = listOf(Gateway);

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** RFC 3986 section 3.3, without dot segments, escapes and parameters: what is compared is what is sent. */
const PathPrefix = z
  .string()
  .max(500)
  .regex(/^\/([A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*(\/(?!$)|$))*$/, 'must be a path such as /orders');

const Host = z
  .string()
  .max(253)
  .regex(
    /^$|^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'must be empty, or a host in small letters, without a port',
  );

function upstreamFault(value: string): string | undefined {
  if (!URL.canParse(value)) return 'must be an address such as https://orders.internal:8443/api';
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username || url.password) return 'must not hold a user name or a password';
  if (url.search || url.hash) return 'must not hold a query or a fragment';
  if (/^https?:\/\/[^/]*\/.*(^|\/)\.{1,2}(\/|$)/.test(value)) return 'must not hold . or .. as a segment';
  return undefined;
}

/** Private addresses too: only the gateway goes there, from where it stands. */
const Upstream = z
  .string()
  .max(1000)
  .superRefine((value, at) => {
    const fault = upstreamFault(value);
    if (fault) at.addIssue({ code: 'custom', message: fault });
  });

const Headers = z
  .strictObject({
    set: z
      .array(
        z.strictObject({
          name: HeaderName,
          value: z
            .string()
            .max(1000)
            .regex(/^([!-~]([ -~]*[!-~])?)?$/, 'must have printable ASCII only, without a space at an end'),
        }),
      )
      .max(50)
      .refine((set) => distinct(set.map(({ name }) => name)), 'must set each header once'),
    remove: z.array(HeaderName).max(50).refine(distinct, 'must name each header once'),
  })
  .refine(
    ({ set, remove }) => !set.some(({ name }) => remove.includes(name)),
    'must not set and remove the same header',
  );

const Certificates = z
  .string()
  .max(50_000)
  .describe('PEM. The upstream is trusted by these alone; null: by what the gateway’s system trusts.');

const timeouts = {
  connectTimeoutMs: z.int().min(100).max(60_000).describe('Milliseconds until the connection stands.'),
  responseTimeoutMs: z.int().min(100).max(600_000).describe('Milliseconds until the answer begins.'),
};

const routeFields = {
  host: Host.describe('The host that a request must name; empty: any.'),
  pathPrefix: PathPrefix.describe('Below the prefix of the gateway; matches whole segments.'),
  methods: z.array(z.enum(METHODS)).refine(distinct, 'must name each method once').describe('Empty: every method.'),
  serviceId: Id,
  itemFrom: z
    .enum(['none', 'path', 'fixed'])
    .describe('What names the item: nothing, the first segment behind the path prefix, or `item`.'),
  item: z.string().max(200).nullable(),
  upstream: Upstream.describe('Where requests go; may have a path.'),
  stripsPrefix: z.boolean().describe('Whether the path prefix is left out of what the upstream is asked for.'),
  ...timeouts,
  trustedCertificates: Certificates.nullable(),
  requestHeaders: Headers,
  responseHeaders: Headers,
};

export const Route = z
  .strictObject({
    id: Id,
    gatewayId: Id,
    name: z.string(),
    ...routeFields,
    service: z.string().describe('The name of the service.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Route' });

const NO_HEADERS = { set: [], remove: [] };

export const NewRoute = z
  .strictObject({
    name: text(63),
    ...routeFields,
    host: routeFields.host.default(''),
    methods: routeFields.methods.default([]),
    itemFrom: routeFields.itemFrom.default('none'),
    item: routeFields.item.default(null),
    stripsPrefix: routeFields.stripsPrefix.default(true),
    connectTimeoutMs: timeouts.connectTimeoutMs.default(5_000),
    responseTimeoutMs: timeouts.responseTimeoutMs.default(60_000),
    trustedCertificates: routeFields.trustedCertificates.default(null),
    requestHeaders: Headers.default(NO_HEADERS),
    responseHeaders: Headers.default(NO_HEADERS),
  })
  .meta({ id: 'NewRoute' });
export type NewRoute = z.output<typeof NewRoute>;

export const RouteChanges = z
  .strictObject({ name: text(63), ...routeFields })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'RouteChanges' });
export type RouteChanges = z.output<typeof RouteChanges>;

export const RouteQuery = listQuery(['name', 'pathPrefix', 'createdAt']);
export const RouteList = listOf(Route);

const Claims = z
  .array(
    z.strictObject({
      name: text(200).describe('The claim of the token; below a dot, the claim within.'),
      values: z.array(text(300)).min(1, 'must name at least one value').max(50).refine(distinct, 'must name each once'),
    }),
  )
  .max(20, 'must name at most 20 claims')
  .refine((claims) => distinct(claims.map(({ name }) => name)), 'must name each claim once');

const GroupIds = z.array(Id).max(100, 'must name at most 100 groups').refine(distinct, 'must name each group once');

export const Rule = z
  .strictObject({
    id: Id,
    gatewayId: Id,
    serviceId: Id,
    service: z.string().describe('The name of the service.'),
    item: z.string().nullable().describe('Null: the base rule of the service.'),
    groups: z.array(z.strictObject({ id: Id, name: z.string(), status: z.string() })),
    claims: Claims,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'Rule' });

export const NewRule = z
  .strictObject({
    serviceId: Id,
    item: z.string().max(200).nullable().default(null),
    groupIds: GroupIds.default([]),
    claims: Claims.default([]),
  })
  .meta({ id: 'NewRule' });
export type NewRule = z.output<typeof NewRule>;

export const RuleChanges = z
  .strictObject({ groupIds: GroupIds, claims: Claims })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'RuleChanges' });
export type RuleChanges = z.output<typeof RuleChanges>;

export const RuleQuery = listQuery(['service', 'createdAt']).extend({
  serviceId: Id.optional().describe('The rules of this service only.'),
});
export const RuleList = listOf(Rule);

/** A request as somebody would send it, and who that is. */
export const Trial = z
  .strictObject({
    method: z.enum(METHODS).default('GET'),
    host: z
      .string()
      .max(260)
      .refine((host) => hostOf(host) !== undefined, HOST_RULE)
      .default('')
      .describe('As the header Host would have it.'),
    path: z
      .string()
      .max(2000)
      .regex(/^\/[!"$-~]*$/, 'must be a path that begins with /, with anything else escaped')
      .describe('With its query or without: it goes on to the upstream, and decides nothing.'),
    accountId: Id.optional().describe('Who comes; nobody unless given. Needs accounts.view and groups.view too.'),
    groupIds: GroupIds.optional().describe('As if the person was in these groups instead.'),
    claims: z
      .record(z.string().max(200), z.unknown())
      .optional()
      .describe('The claims of the token that the person would bring.'),
  })
  .meta({ id: 'Trial' });
export type Trial = z.output<typeof Trial>;

const Named = z.strictObject({ id: Id, name: z.string() });

export const TrialResult = z
  .strictObject({
    isAllowed: z.boolean(),
    reason: z
      .enum([
        'not-below-prefix',
        'bad-path',
        'no-route',
        'no-item',
        'no-rule',
        'not-in-rule',
        'rule',
        'nobody-known',
        'licence',
        'no-certificate',
      ])
      .describe('What decided it; the last three: the rules let in, and the gateway lets in nobody at the moment.'),
    explanation: z.string(),
    route: Named.nullable(),
    service: Named.nullable(),
    item: z.string().nullable(),
    rule: z
      .strictObject({
        id: Id,
        level: z.enum(['base', 'named']),
        matched: z.string().nullable().describe('The group or claim that lets in.'),
      })
      .nullable(),
    upstreamUrl: z.string().nullable().describe('What the upstream would be asked for.'),
    upstreamToken: z
      .strictObject({ header: z.string(), keyId: z.string(), claims: z.record(z.string(), z.unknown()) })
      .nullable()
      .describe('What would be signed for the upstream; null: nothing, or the request is refused.'),
  })
  .meta({ id: 'TrialResult' });
