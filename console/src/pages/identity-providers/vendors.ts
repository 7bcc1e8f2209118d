import type { components } from '@bailiwick/sdk';
import type { IdentityProvider } from '../../api/types.ts';

/** Products that have a guide, the protocols that each speaks, the simpler one first, and what differs from the usual. */

type Type = IdentityProvider['type'];
type New = components['schemas']['NewIdentityProviderInput'];

export const vendors: Record<string, Type[]> = {
  entra: ['oidc', 'saml'],
  okta: ['oidc', 'saml'],
  google: ['oidc', 'saml'],
  keycloak: ['oidc', 'saml'],
  adfs: ['oidc', 'saml'],
  generic: ['oidc', 'oauth2', 'saml'],
};

const statements = {
  username: 'username',
  displayName: 'displayName',
  firstName: 'firstName',
  lastName: 'lastName',
  email: 'email',
  groups: 'groups',
};

/** What a new provider of the product begins with, where that is known. */
export const beginnings: Record<string, Omit<New, 'name' | 'type'>> = {
  'okta.oidc': { oidc: { scopes: ['openid', 'profile', 'email', 'groups'] } },
  'okta.saml': { mapping: statements },
  'google.oidc': {
    oidc: { issuer: 'https://accounts.google.com' },
    mapping: { username: 'email', groups: null },
  },
  'google.saml': { mapping: { ...statements, username: 'email', displayName: null } },
  'adfs.oidc': {
    oidc: { scopes: ['openid', 'profile', 'email', 'allatclaims'] },
    mapping: { username: 'upn', groups: 'group' },
  },
};

const signs: [string, RegExp][] = [
  ['entra', /microsoftonline|sts\.windows\.net/],
  ['okta', /\.okta(preview|-emea)?\.com/],
  ['google', /accounts\.google\.com/],
  ['keycloak', /\/realms\//],
  ['adfs', /\/adfs(\/|$)|FederationMetadata/],
];

/** Which product an address is of. */
export const vendorOf = ({ type, oidc, saml }: Pick<IdentityProvider, 'type' | 'oidc' | 'saml'>): string => {
  const address = oidc?.issuer ?? saml?.metadataUrl ?? saml?.entityId ?? '';
  const found = signs.find(([vendor, sign]) => sign.test(address) && vendors[vendor]?.includes(type));
  return found?.[0] ?? 'generic';
};
