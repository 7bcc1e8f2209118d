import { canonicalDomain } from '../../kernel/canonical.ts';
import { readCertificate } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { refusalOf } from '../../kernel/outgoing.ts';
import { type FieldError, invalid } from '../../kernel/problem.ts';
import type { Provider } from './reading.ts';
import type { Admission, IdentityProviderChanges, Mapping, ProviderType } from './schema.ts';

/** What a provider begins with, what it still lacks, and what of it trust rests on. */

const client = {
  clientAuthentication: 'client_secret_basic',
  audience: null,
  resource: null,
  logoutUrl: null,
} as const;

export const newSettings: Record<ProviderType, Record<string, unknown>> = {
  oidc: { ...client, scopes: ['openid', 'profile', 'email'] },
  oauth2: { ...client, scopes: [], issuer: null, jwksUrl: null, grantType: 'authorization_code' },
  saml: {
    metadataUrl: null,
    followsMetadata: true,
    singleSignOnBinding: 'redirect',
    singleLogoutUrl: null,
    singleLogoutBinding: 'redirect',
    certificates: [],
    nameIdFormat: null,
    signsRequests: false,
    signedPart: 'assertion',
    requiresEncryption: false,
    acceptsUnrequested: false,
    requestedContexts: [],
  },
};

const claims2005 = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';

const standardClaims: Mapping = {
  subject: null,
  username: 'preferred_username',
  displayName: 'name',
  firstName: 'given_name',
  lastName: 'family_name',
  email: 'email',
  groups: 'groups',
  secondFactorValues: [],
};

export const newMapping: Record<ProviderType, Mapping> = {
  oidc: standardClaims,
  oauth2: { ...standardClaims, subject: 'sub' },
  saml: {
    subject: null,
    username: `${claims2005}/name`,
    displayName: 'http://schemas.microsoft.com/identity/claims/displayname',
    firstName: `${claims2005}/givenname`,
    lastName: `${claims2005}/surname`,
    email: `${claims2005}/emailaddress`,
    groups: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups',
    secondFactorValues: [],
  },
};

/** Nobody comes in whom no administrator let in. */
export const newAdmission: Omit<Admission, 'defaultGroupIds' | 'mappedGroups'> = {
  createsAccounts: false,
  domains: [],
  matches: 'none',
  matchClaim: null,
};

/** Fields of a type that name an address which requests or browsers go to. */
const addressFields: Record<ProviderType, readonly string[]> = {
  oidc: ['issuer', 'logoutUrl'],
  oauth2: ['authorisationUrl', 'tokenUrl', 'userInfoUrl', 'jwksUrl', 'logoutUrl'],
  saml: ['metadataUrl', 'singleSignOnUrl', 'singleLogoutUrl'],
};

const needed: Record<ProviderType, Record<string, string>> = {
  oidc: { issuer: 'Name the issuer.', clientId: 'Name the client ID that the provider gave.' },
  oauth2: {
    authorisationUrl: 'Name the address where people sign in.',
    tokenUrl: 'Name the address that gives tokens.',
    userInfoUrl: 'Name the address that tells about the user.',
    clientId: 'Name the client ID that the provider gave.',
  },
  saml: {
    entityId: "Name the provider's entity ID.",
    singleSignOnUrl: 'Name the address where people sign in.',
    certificates: 'Give the certificate that assertions are signed with.',
  },
};

/** What has to be filled in before it can be active. */
export function missingOf(
  provider: Pick<Provider, ProviderType | 'type' | 'mapping' | 'admission'>,
  hasSecret: boolean,
): FieldError[] {
  const { type, mapping, admission } = provider;
  const own = provider[type] as Record<string, unknown>;
  const missing = Object.entries(needed[type]).flatMap(([name, message]) => {
    const value = own[name];
    return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
      ? [{ path: `${type}.${name}`, message }]
      : [];
  });
  if (type !== 'saml' && own.clientAuthentication !== 'none' && !hasSecret)
    missing.push({ path: 'clientSecret', message: 'Give the client secret.' });
  if (type === 'oauth2' && mapping.subject === null)
    missing.push({ path: 'mapping.subject', message: 'Name the field that never changes of a person.' });
  if (admission.matches !== 'none' && admission.matchClaim === null)
    missing.push({ path: 'admission.matchClaim', message: 'Name the claim that accounts are found by.' });
  return missing;
}

/**
 * What may be set, field by field. Whether a provider is complete is asked when it is activated.
 *
 * @throws {Problem} 400 that names every field
 */
export function requireValid(ctx: TenantContext, type: ProviderType, changes: IdentityProviderChanges): void {
  const errors: FieldError[] = [];
  for (const other of ['oidc', 'oauth2', 'saml'] as const)
    if (other !== type && changes[other])
      errors.push({ path: other, message: `is not of this provider, whose type is ${type}` });
  const own = (changes[type] ?? {}) as Record<string, unknown>;
  for (const name of addressFields[type]) {
    const value = own[name];
    const refusal = typeof value === 'string' ? refusalOf(value, ctx.platform.config.egress) : undefined;
    if (refusal) errors.push({ path: `${type}.${name}`, message: refusal });
  }
  if (type === 'oidc' && changes.oidc?.issuer?.includes('?'))
    errors.push({ path: 'oidc.issuer', message: 'must not hold a query (?)' });
  if (type === 'oidc' && changes.oidc?.scopes && !changes.oidc.scopes.includes('openid'))
    errors.push({ path: 'oidc.scopes', message: 'must hold openid' });
  if (type === 'oidc' && changes.mapping?.subject)
    errors.push({ path: 'mapping.subject', message: 'is always sub with OpenID Connect' });
  changes.saml?.certificates?.forEach((text, at) => {
    const read = readCertificate(text);
    const refusal = !read
      ? 'is not a certificate: give it as PEM'
      : (read.weakness ??
        (read.expiresAt > ctx.now ? undefined : `has expired on ${read.expiresAt.toISOString().slice(0, 10)}`));
    if (refusal) errors.push({ path: `saml.certificates.${at}`, message: refusal });
  });
  changes.admission?.domains?.forEach((domain, at) => {
    const named = canonicalDomain(domain);
    if (!named.ok) errors.push({ path: `admission.domains.${at}`, message: named.reason });
  });
  if (errors.length > 0) throw invalid(...errors);
}

/** As they are kept, so that the same certificate is the same text. Requires them to be valid. */
export function canonicalSettings(changes: IdentityProviderChanges): IdentityProviderChanges {
  const { saml } = changes;
  if (!saml?.certificates) return changes;
  const certificates = [...new Set(saml.certificates.map((text) => readCertificate(text)?.pem ?? text))];
  return { ...changes, saml: { ...saml, certificates } };
}

export const canonicalDomains = (domains: readonly string[]): string[] => [
  ...new Set(
    domains.map((domain) => {
      const named = canonicalDomain(domain);
      return named.ok ? named.domain : domain;
    }),
  ),
];

/** Fields whose change makes another authority of the provider: who was known to the one before is not to this one. */
const identifying: Record<ProviderType, readonly string[]> = {
  oidc: ['issuer', 'clientId'],
  oauth2: ['issuer', 'clientId', 'tokenUrl', 'userInfoUrl'],
  saml: ['entityId'],
};

/** Fields beside them that decide whose word is believed: keys, and where keys come from. */
const keeping: Record<ProviderType, readonly string[]> = {
  oidc: ['clientAuthentication'],
  oauth2: ['authorisationUrl', 'jwksUrl', 'clientAuthentication'],
  saml: [
    'certificates',
    'metadataUrl',
    'followsMetadata',
    'singleSignOnUrl',
    'signedPart',
    'requiresEncryption',
    'acceptsUnrequested',
  ],
};

const differs = (before: object, after: object, names: readonly string[]) =>
  names.some((name) => {
    const [a, b] = [before, after].map((each) => JSON.stringify((each as Record<string, unknown>)[name] ?? null));
    return a !== b;
  });

type Compared = Pick<Provider, ProviderType | 'type' | 'mapping' | 'admission'>;

/** Whether the links that people have are to nobody any more. */
export const isAnotherAuthority = (before: Compared, after: Compared) =>
  differs(before[before.type], after[after.type], identifying[before.type]) ||
  differs(before.mapping, after.mapping, ['subject']);

/** Whether whom it lets in as whom may have changed. */
export const changesTrust = (before: Compared, after: Compared) =>
  isAnotherAuthority(before, after) ||
  differs(before[before.type], after[after.type], keeping[before.type]) ||
  differs(before.mapping, after.mapping, ['groups', 'secondFactorValues']) ||
  differs(before.admission, after.admission, ['matches', 'matchClaim']);
