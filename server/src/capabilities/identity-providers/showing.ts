import { actionsOf } from '../../kernel/actions.ts';
import { readCertificate } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { admissionOf } from './reading.ts';
import type { SamlSettings } from './saml.ts';
import type { ProviderType } from './schema.ts';
import { missingOf } from './settings.ts';
import * as store from './store.ts';

/** Providers as administrators see them; a secret is never among it. */
export async function shown(ctx: TenantContext, rows: store.ProviderRow[]) {
  const ids = rows.map(({ id }) => id);
  const groups = await store.groupsOf(ctx, ids);
  const tests = await store.testsOf(ctx, ids);
  const uses = await store.usesOf(ctx, ids);
  const links = await store.setUpLinksOf(ctx, ids);
  const ofSaml = rows.filter(({ type }) => type === 'saml').map(({ id }) => id);
  const keys = await store.keysOf(ctx, ofSaml);
  const metadata = await store.metadataOf(ctx, ofSaml);
  return rows.map((row) => {
    const { id, type, settings, mapping } = row;
    const admission = admissionOf(
      row,
      groups.filter(({ providerId }) => providerId === id),
    );
    const own = { oidc: {}, oauth2: {}, saml: {}, [type]: settings };
    const missing = missingOf({ type, ...own, mapping, admission }, row.clientSecret !== null);
    const test = tests.find(({ providerId }) => providerId === id);
    const change = { permission: 'identity-providers.change' };
    return {
      ...row,
      [type]: settings,
      admission,
      clientSecret: {
        isSet: row.clientSecret !== null,
        expiresAt: row.clientSecretExpiresAt,
        earlierUntil: row.earlierClientSecret ? row.earlierClientSecretUntil : null,
      },
      addresses: addressesOf(ctx, id, type),
      ...(type === 'saml'
        ? {
            ...shownMetadata(
              settings,
              metadata.find(({ providerId }) => providerId === id),
            ),
            keys: keys.filter(({ providerId }) => providerId === id).map(shownKey),
          }
        : {}),
      missing,
      lastTest: test ? { id: test.id, state: test.state, at: test.createdAt } : null,
      lastUsedAt: uses.find(({ providerId }) => providerId === id)?.lastUsedAt ?? null,
      setUpLinkExpiresAt: links.find(({ providerId }) => providerId === id)?.expiresAt ?? null,
      actions: actionsOf(ctx, [
        { name: 'identity-providers.change', ...change },
        {
          name: 'identity-providers.test',
          ...change,
          blocked: missing.length > 0 ? `Fill in what is missing first: ${missing[0]?.message}` : null,
        },
        row.status === 'active'
          ? { name: 'identity-providers.deactivate', ...change }
          : {
              name: 'identity-providers.activate',
              ...change,
              blocked: missing.length > 0 ? `Fill in what is missing first: ${missing[0]?.message}` : null,
            },
        {
          name: 'identity-providers.change-secret',
          ...change,
          blocked: type === 'saml' ? 'SAML has certificates and no client secret.' : null,
        },
        ...(type === 'saml' ? [{ name: 'identity-providers.make-key', ...change }] : []),
        {
          name: 'identity-providers.make-set-up-link',
          ...change,
          blocked: row.status === 'active' ? 'Deactivate it first: a set-up link opens inactive ones only.' : null,
        },
        {
          name: 'identity-providers.delete',
          ...change,
          blocked: row.status === 'active' ? 'Deactivate it, then delete it.' : null,
        },
      ]),
    };
  });
}

function shownMetadata(
  { certificates = [], followsMetadata, metadataUrl }: Partial<SamlSettings>,
  noted: Awaited<ReturnType<typeof store.metadataOf>>[number] | undefined,
) {
  const isFollowed = followsMetadata && metadataUrl && noted;
  return {
    certificates: shownCertificates(certificates).map((each) => ({
      ...each,
      ...(isFollowed && each.fingerprint in noted.leaving ? { acceptedUntil: noted.leaving[each.fingerprint] } : {}),
    })),
    ...(isFollowed ? { metadata: noted } : {}),
  };
}

const shownKey = ({ id, certificate, signsFrom, expiresAt, retiresAt }: store.KeyRow) => ({
  id,
  certificate,
  fingerprint: readCertificate(certificate)?.fingerprint,
  signsFrom,
  expiresAt,
  retiresAt,
});

/** What of certificates people compare. */
export const shownCertificates = (pems: string[]) =>
  pems.flatMap((pem) => {
    const { fingerprint, subject, startsAt, expiresAt } = readCertificate(pem) ?? {};
    return fingerprint ? [{ fingerprint, subject, startsAt, expiresAt }] : [];
  });

export const shownOne = async (ctx: TenantContext, row: store.ProviderRow) => {
  const [only] = await shown(ctx, [row]);
  if (!only) throw new Error('One provider is shown as one.');
  return only;
};

/** What the provider needs to know of us, each provider its own (P7): a code of one is none of another. */
export function addressesOf({ tenantId, place }: TenantContext, id: string, type: ProviderType) {
  const { baseUrl } = place.region;
  const below = `${baseUrl}/v1/sign-in/${type === 'saml' ? 'saml' : 'oidc'}/${tenantId}/${id}`;
  const startUrl = `${baseUrl}/v1/sign-in/${tenantId}/providers/${id}/start`;
  return type === 'saml'
    ? {
        startUrl,
        entityId: `${below}/metadata`,
        acsUrl: `${below}/acs`,
        metadataUrl: `${below}/metadata`,
        logoutUrl: `${below}/logout`,
      }
    : { startUrl, redirectUrl: `${below}/callback`, logoutUrl: `${baseUrl}/t/${tenantId}/sign-in` };
}

export const readIdentityProvider = async (ctx: TenantContext, id: string) => shownOne(ctx, await store.find(ctx, id));
