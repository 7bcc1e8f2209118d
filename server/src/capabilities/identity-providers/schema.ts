import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { hasForbiddenCharacters } from '../../kernel/canonical.ts';
import { Id, listOf, listQuery, personal, secret, Timestamp, text } from '../../kernel/schema.ts';
import { SamlCertificate, SamlKey, SamlMetadata, SamlSettings } from './saml.ts';

export const providerTypes = ['oidc', 'oauth2', 'saml'] as const;
export type ProviderType = (typeof providerTypes)[number];

/** An address that requests go to; `kernel/outgoing.ts` says which ones may be named. */
const Address = z.string().regex(/^[!-~]{1,2000}$/, 'must be an address without spaces');
/** One word that goes into a request as it is. */
const Word = z.string().regex(/^[!-~]{1,200}$/, 'must be one word of at most 200 characters without spaces');
/** The name of a claim or attribute, or the way to it with dots between: `realm_access.roles`. */
const Claim = text(200);

const clientAuthentications = ['client_secret_basic', 'client_secret_post', 'none'] as const;

const client = {
  clientId: Word,
  clientAuthentication: z
    .enum(clientAuthentications)
    .describe('How the provider is shown who asks for tokens; `none` relies on PKCE alone.'),
  scopes: z.array(Word).max(20),
  audience: Word.nullable().describe('Sent to the provider as `audience` where it asks for one.'),
  resource: Address.nullable().describe('Sent to the provider as `resource` (RFC 8707) where it asks for one.'),
};

/** OpenID Connect: everything else is found from the issuer. */
export const OidcSettings = z
  .strictObject({
    issuer: Address.describe('Exactly as the provider writes it, for example https://login.example.com/realms/main.'),
    ...client,
    logoutUrl: Address.nullable().describe("Where a sign-out goes on; the provider's own by default."),
  })
  .meta({ id: 'OidcSettings' });
export type OidcSettings = z.infer<typeof OidcSettings>;

/** OAuth 2.0 with a page that tells about the user. */
export const OAuth2Settings = z
  .strictObject({
    issuer: Address.nullable().describe('Of the provider, where it names one: answers that name another are refused.'),
    authorisationUrl: Address,
    tokenUrl: Address,
    userInfoUrl: Address,
    jwksUrl: Address.nullable().describe('Keys that signed user information is verified with.'),
    logoutUrl: Address.nullable(),
    ...client,
    grantType: z.literal('authorization_code'),
  })
  .meta({ id: 'OAuth2Settings' });
export type OAuth2Settings = z.infer<typeof OAuth2Settings>;

/** Which claims are read for what. Rights come of none of them but by `groups` that the admission maps. */
export const Mapping = z
  .strictObject({
    subject: Claim.nullable().describe(
      'What never changes of a person. `sub` of OpenID Connect and the NameID of SAML when null; needed for OAuth 2.0.',
    ),
    username: Claim.nullable(),
    displayName: Claim.nullable(),
    firstName: Claim.nullable(),
    lastName: Claim.nullable(),
    email: Claim.nullable(),
    groups: Claim.nullable().describe('The claim whose values the admission maps to groups.'),
    secondFactorValues: z
      .array(text(300))
      .max(20)
      .describe('Values of amr, acr or AuthnContext that say that two factors were proved.'),
  })
  .meta({ id: 'IdentityMapping' });
export type Mapping = z.infer<typeof Mapping>;

/** Whom the provider lets in. An account is found by (provider, issuer, subject) alone; this says how it gets there. */
export const Admission = z
  .strictObject({
    createsAccounts: z.boolean().describe('Whoever comes without an account gets one.'),
    domains: z
      .array(z.string().min(1).max(253))
      .max(50)
      .describe(
        'E-mail domains for which accounts are made, of those that the tenant proved; every address when empty.',
      ),
    matches: z
      .enum(['none', 'external-id', 'username'])
      .describe(
        'Accounts of provisioning (SCIM) are found by this field at the first sign-in. Never owners, never by e-mail.',
      ),
    matchClaim: Claim.nullable().describe('The claim that is compared with it, for example oid or preferred_username.'),
    defaultGroupIds: z.array(Id).max(20).describe('Groups that accounts made here join.'),
    mappedGroups: z
      .array(z.strictObject({ value: text(200), groupId: Id }))
      .max(500)
      .describe('Who has the value in the groups claim is a member, as of each sign-in.'),
  })
  .meta({ id: 'Admission' });
export type Admission = z.infer<typeof Admission>;

const testStates = ['waiting', 'passed', 'failed'] as const;

export const IdentityProvider = z
  .strictObject({
    id: Id,
    name: z.string(),
    type: z.enum(providerTypes),
    description: z.string(),
    status: z.enum(['inactive', 'active']),
    oidc: OidcSettings.partial().optional(),
    oauth2: OAuth2Settings.partial().optional(),
    saml: SamlSettings.partial().optional(),
    mapping: Mapping,
    admission: Admission,
    clientSecret: z
      .strictObject({
        isSet: z.boolean(),
        expiresAt: Timestamp.nullable(),
        earlierUntil: Timestamp.nullable().describe('Until then the secret before this one is tried too.'),
      })
      .describe('Never shown.'),
    addresses: z
      .strictObject({
        startUrl: z.string().describe('Begins a sign-in; may be linked to.'),
        redirectUrl: z.string().optional().describe('Allow exactly this one at the provider.'),
        logoutUrl: z.string().optional(),
        entityId: z.string().optional(),
        acsUrl: z.string().optional(),
        metadataUrl: z.string().optional(),
      })
      .describe('What the provider needs to know of us.'),
    certificates: z
      .array(SamlCertificate)
      .optional()
      .describe('Of a SAML provider: what assertions are verified with.'),
    metadata: SamlMetadata.optional().describe('Of a SAML provider that follows its metadata.'),
    keys: z.array(SamlKey).optional().describe('Of ours for a SAML provider, the newest first.'),
    missing: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .describe('What has to be filled in before it can be activated.'),
    lastTest: z.strictObject({ id: Id, state: z.enum(testStates), at: Timestamp }).nullable(),
    setUpLinkExpiresAt: Timestamp.nullable(),
    activatedAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().describe('When somebody last came by it.'),
    createdAt: Timestamp,
    createdBy: Id.nullable(),
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'IdentityProvider' });

/** Another mapping to groups, to be looked at before it is saved; what is not named stays. */
export const LookAtMapping = z
  .strictObject({
    id: Id,
    groupsClaim: Mapping.shape.groups.optional(),
    mappedGroups: Admission.shape.mappedGroups.optional(),
    defaultGroupIds: Admission.shape.defaultGroupIds.optional(),
  })
  .meta({ id: 'LookAtMapping' });

const NewSecret = z
  .string()
  .min(1)
  .max(2000)
  .refine((value) => !hasForbiddenCharacters(value), 'must be one line');

/** What may be set when it is made and later; of the type's own part only the fields that are named change. */
const settable = {
  description: text(500, 0),
  oidc: OidcSettings.partial(),
  oauth2: OAuth2Settings.partial(),
  saml: SamlSettings.partial(),
  mapping: Mapping.partial(),
  admission: Admission.partial(),
};

export const NewIdentityProvider = z
  .strictObject({
    name: text(100).describe('Cannot be changed later.'),
    type: z.enum(providerTypes),
    ...z.strictObject(settable).partial().shape,
    clientSecret: secret(NewSecret).optional(),
    clientSecretExpiresAt: Timestamp.optional(),
  })
  .meta({ id: 'NewIdentityProvider' });

export const IdentityProviderChanges = z
  .strictObject(settable)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must name at least one field to change')
  .meta({ id: 'IdentityProviderChanges' });
export type IdentityProviderChanges = z.infer<typeof IdentityProviderChanges>;

export const NewClientSecret = z
  .strictObject({
    clientSecret: secret(NewSecret),
    expiresAt: Timestamp.optional().describe('When the provider stops accepting it; owners are told before.'),
    overlapSeconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .optional()
      .describe('How long the secret before is tried where this one is refused; 7 days by default.'),
  })
  .meta({ id: 'NewClientSecret' });

export const IdentityProviderQuery = listQuery(['createdAt', 'name', 'type', 'status']).extend({
  status: z.string().max(100).optional(),
  type: z.string().max(100).optional(),
});
export const IdentityProviderList = listOf(IdentityProvider);

/** The stages of a sign-in, in their order. */
export const stages = ['provider', 'answer', 'signature', 'issuer', 'audience', 'claims', 'account'] as const;
export const Stage = z
  .strictObject({
    stage: z.enum(stages),
    outcome: z.enum(['passed', 'failed', 'not-reached']),
    message: z.string().describe('What was found, or what is wrong and what to do.'),
    path: z.string().nullable().describe('The field to mend, for example oidc.clientId.'),
  })
  .meta({ id: 'SignInStage' });
export type Stage = z.infer<typeof Stage>;

export const ProviderTest = z
  .strictObject({
    id: Id,
    providerId: Id,
    state: z.enum(testStates),
    createdAt: Timestamp,
    finishedAt: Timestamp.nullable(),
    expiresAt: Timestamp,
    url: z.string().optional().describe('Open it in a new window, once; only in the reply that began the test.'),
    stages: z.array(Stage),
    claims: personal(z.record(z.string(), z.unknown())).describe('As they were received.'),
    mapped: personal(z.record(z.string(), z.unknown())).describe('What the mapping makes of them.'),
    account: personal(
      z
        .strictObject({ id: Id.nullable(), username: z.string(), outcome: z.enum(['linked', 'matched', 'created']) })
        .nullable(),
    ).describe('Who this would be; nothing was changed.'),
  })
  .meta({ id: 'ProviderTest' });
export type ProviderTest = z.output<typeof ProviderTest>;

/** Where a person goes on to, and where they want to be in the end: a path of the console. */
export const OwnTrip = z.strictObject({ returnTo: text(1000).optional() }).meta({ id: 'OwnTrip' });
/** Where the browser goes on. */
export const Onward = z.strictObject({ url: z.string() }).meta({ id: 'Onward' });
export const SignedOut = z
  .strictObject({
    url: z.string().nullable().describe('Where the identity provider signs out too; null when it does not.'),
  })
  .meta({ id: 'SignedOut' });

export const SetUpLink = z.strictObject({ url: z.string(), expiresAt: Timestamp }).meta({ id: 'SetUpLink' });

const token = z.string().max(200);
export const SetUpToken = z.strictObject({ token }).meta({ id: 'SetUpToken' });
/** What the holder of a link may set: how the two meet, not whom it lets in. */
export const SetUpChanges = z
  .strictObject({ token })
  .extend(
    z
      .strictObject({ oidc: settable.oidc, oauth2: settable.oauth2, saml: settable.saml, mapping: settable.mapping })
      .partial().shape,
  )
  .meta({ id: 'SetUpChanges' });
export const SetUpSecret = NewClientSecret.omit({ overlapSeconds: true }).extend({ token }).meta({ id: 'SetUpSecret' });

/** A provider's metadata: where it is, or itself. */
export const MetadataSource = z
  .strictObject({
    metadataUrl: Address.optional(),
    metadata: z.string().min(1).max(1_000_000).optional().describe('The XML document.'),
    entityId: text(1024).optional().describe('Which provider is meant, where the metadata describes several.'),
  })
  .refine((from) => (from.metadataUrl === undefined) !== (from.metadata === undefined), {
    message: 'must hold either metadataUrl or metadata',
  })
  .meta({ id: 'MetadataSource' });
export const SetUpMetadataSource = MetadataSource.safeExtend({ token }).meta({ id: 'SetUpMetadataSource' });
/** What metadata says, to be looked at and then set. */
export const ReadMetadata = z
  .strictObject({ saml: SamlSettings.partial(), certificates: z.array(SamlCertificate) })
  .meta({ id: 'ReadMetadata' });

export const SetUpTestQuestion = z.strictObject({ token, testId: Id }).meta({ id: 'SetUpTestQuestion' });
export const SetUp = IdentityProvider.omit({ admission: true, actions: true })
  .extend({ tenantDisplayName: z.string() })
  .meta({ id: 'IdentityProviderSetUp' });

export const ExternalIdentity = z
  .strictObject({
    id: Id,
    providerId: Id,
    providerName: z.string(),
    accountId: Id,
    issuer: z.string(),
    subject: personal(z.string()),
    createdAt: Timestamp,
  })
  .meta({ id: 'ExternalIdentity' });
export const ListedIdentity = ExternalIdentity.extend({
  accountName: personal(z.string()),
  lastUsedAt: Timestamp.nullable(),
}).meta({ id: 'ListedIdentity' });
export const AccountIdentityQuery = listQuery(['createdAt']);
export const ExternalIdentityQuery = AccountIdentityQuery.extend({ accountId: Id.optional() });
export const ExternalIdentityList = listOf(ListedIdentity);
