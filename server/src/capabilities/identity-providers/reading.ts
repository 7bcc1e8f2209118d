import type { TenantContext } from '../../kernel/context.ts';
import { notFound } from '../../kernel/problem.ts';
import type { SamlSettings } from './saml.ts';
import type { Admission, Mapping, OAuth2Settings, OidcSettings, ProviderType } from './schema.ts';
import * as store from './store.ts';

/** A provider as protocols use it, with its secrets. Never a reply. */
export interface Provider {
  id: string;
  name: string;
  type: ProviderType;
  status: 'inactive' | 'active';
  oidc: Partial<OidcSettings>;
  oauth2: Partial<OAuth2Settings>;
  saml: Partial<SamlSettings>;
  mapping: Mapping;
  admission: Admission;
  /** The newest first; the one before it while they overlap. */
  clientSecrets: string[];
  /** Of SAML. The newest first. */
  keys: OwnKey[];
  trustVersion: number;
  /** Who activated it, or last changed whose word it takes. */
  trustedBy: string | null;
  version: number;
}

/** A key of ours, with its private part. */
export interface OwnKey {
  certificate: string;
  privateKey: string;
  signsFrom: Date;
}

/** Those that decrypt, the newest first. */
async function readKeys(ctx: TenantContext, providerId: string): Promise<OwnKey[]> {
  const keys: OwnKey[] = [];
  for (const { id, certificate, privateKey, signsFrom } of await store.keysOf(ctx, [providerId]))
    keys.push({ certificate, signsFrom, privateKey: await ctx.keys.open(privateKey, 'saml_keys', id, 'private_key') });
  return keys;
}

/** @throws {Problem} 404 */
export async function readProvider(ctx: TenantContext, id: string): Promise<Provider> {
  const row = await store.find(ctx, id);
  const groups = await store.groupsOf(ctx, [id]);
  const secrets: string[] = [];
  if (row.clientSecret) secrets.push(await ctx.keys.open(row.clientSecret, 'identity_providers', id, 'client_secret'));
  const { earlierClientSecret, earlierClientSecretUntil } = row;
  if (earlierClientSecret && earlierClientSecretUntil && earlierClientSecretUntil > ctx.now)
    secrets.push(await ctx.keys.open(earlierClientSecret, 'identity_providers', id, 'earlier_client_secret'));
  const { name, type, status, settings, trustVersion, trustedBy, version } = row;
  return {
    id,
    name,
    type,
    status,
    oidc: type === 'oidc' ? settings : {},
    oauth2: type === 'oauth2' ? settings : {},
    saml: type === 'saml' ? settings : {},
    mapping: row.mapping,
    admission: admissionOf(row, groups),
    clientSecrets: secrets,
    keys: type === 'saml' ? await readKeys(ctx, id) : [],
    trustVersion,
    trustedBy,
    version,
  };
}

/** The same, for who wants to sign in. @throws {Problem} 404 when it is not active */
export async function readActive(ctx: TenantContext, id: string): Promise<Provider> {
  const provider = await readProvider(ctx, id);
  if (provider.status !== 'active') throw notFound('identity provider');
  return provider;
}

/** The rule as it is kept, with its groups. */
export function admissionOf(
  { admission }: Pick<store.ProviderRow, 'admission'>,
  groups: { claimValue: string; groupId: string }[],
): Admission {
  return {
    ...admission,
    defaultGroupIds: groups.filter(({ claimValue }) => claimValue === '').map(({ groupId }) => groupId),
    mappedGroups: groups
      .filter(({ claimValue }) => claimValue !== '')
      .map(({ claimValue, groupId }) => ({ value: claimValue, groupId })),
  };
}
