import type { z } from 'zod';
import { makeCertificate, readCertificate } from '../../kernel/certificates.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { nextTelling, untilThen } from '../../kernel/expiry.ts';
import { newId } from '../../kernel/ids.ts';
import { job } from '../../kernel/jobs.ts';
import { conflict } from '../../kernel/problem.ts';
import type { NewSamlKey } from './saml.ts';
import { IdentityProvider } from './schema.ts';
import { readIdentityProvider, shownOne } from './showing.ts';
import * as store from './store.ts';

/**
 * Keys of ours for a SAML provider. A new one is published and decrypts at once, signs when the overlap is over, and
 * the one before goes after as long again: the provider has that time to read our metadata.
 */

const OVERLAP_SECONDS = 7 * 86_400;
const LIFE_SECONDS = 3 * 365 * 86_400;
/** Of a provider, those that retired not counted: each rotation waits for the one before. */
const MOST_KEYS = 3;

/** Makes the first key of a provider; nothing when it has one. Requires the row to be held, or new. */
export async function requireKey(ctx: TenantContext, providerId: string): Promise<void> {
  if ((await store.keysOf(ctx, [providerId])).length === 0) await insertKey(ctx, providerId, ctx.now);
}

async function insertKey(ctx: TenantContext, providerId: string, signsFrom: Date): Promise<void> {
  const id = newId();
  const expiresAt = ctx.later(LIFE_SECONDS);
  const { certificate, privateKey } = await makeCertificate(`Bailiwick ${providerId}`, ctx.now, expiresAt);
  await store.insertKey(ctx, {
    id,
    providerId,
    certificate,
    privateKey: await ctx.keys.seal(privateKey, 'saml_keys', id, 'private_key'),
    signsFrom,
    expiresAt,
  });
  tellLater(ctx, { providerId, keyId: id, expiresAt: expiresAt.toISOString() });
}

/**
 * Makes the next key of a SAML provider. With no overlap it signs at once, and the one before is over.
 *
 * @throws {Problem} 409 `no-keys` but for SAML; `too-many-keys` while earlier rotations go on
 */
export async function makeKey(ctx: TenantContext, id: string, { overlapSeconds }: z.output<typeof NewSamlKey>) {
  const row = await store.lock(ctx, id);
  if (row.type !== 'saml') throw conflict('no-keys', 'Only SAML has keys of ours.');
  const before = await shownOne(ctx, row);
  if ((before.keys?.length ?? 0) >= MOST_KEYS)
    throw conflict('too-many-keys', 'Earlier keys still overlap. Wait until one of them has retired.');
  const overlap = overlapSeconds ?? OVERLAP_SECONDS;
  await store.retireKeys(ctx, id, ctx.later(2 * overlap));
  await insertKey(ctx, id, ctx.later(overlap));
  await store.update(ctx, id, {});
  const after = await readIdentityProvider(ctx, id);
  ctx.audit(IdentityProvider, { before, after });
  return after;
}

interface Expiry {
  providerId: string;
  /** Of a key of ours, or of a certificate of theirs. */
  keyId?: string;
  fingerprint?: string;
  expiresAt: string;
}

function tellLater(ctx: TenantContext, expiry: Expiry): void {
  const next = nextTelling(ctx, new Date(expiry.expiresAt));
  if (next) ctx.enqueue('identity-providers.tell-certificate-expiry', expiry, next);
}

/** Has owners told before certificates are over that were not there before. */
export function watchCertificates(ctx: TenantContext, providerId: string, before: string[], after: string[]): void {
  for (const pem of after.filter((each) => !before.includes(each))) {
    const { fingerprint, expiresAt } = readCertificate(pem) ?? {};
    if (fingerprint && expiresAt) tellLater(ctx, { providerId, fingerprint, expiresAt: expiresAt.toISOString() });
  }
}

/** Tells owners that a certificate will be over; nothing when another took its place. */
export const tellCertificateExpiry = job<Expiry>('identity-providers.tell-certificate-expiry', async (ctx, expiry) => {
  const { providerId, keyId, fingerprint } = expiry;
  const row = await store.ifAny(ctx, providerId);
  if (!row) return;
  const isOurs = keyId !== undefined;
  const inForce = isOurs
    ? (await store.keysOf(ctx, [providerId])).some(({ id, retiresAt }) => id === keyId && retiresAt === null)
    : ((row.settings.certificates as string[] | undefined) ?? []).some(
        (pem) => readCertificate(pem)?.fingerprint === fingerprint,
      );
  if (!inForce) return;
  const when = untilThen(ctx, new Date(expiry.expiresAt));
  ctx.notify({
    kind: 'certificate-expiring',
    text: isOurs
      ? `The key that requests to the identity provider "${row.name}" are signed with is over ${when}. Make a new one here and have the provider read our metadata again.`
      : `A certificate of the identity provider "${row.name}" is over ${when}. Read its metadata again, or enter the new certificate beside it; until then nobody can sign in by it.`,
    to: 'owners',
    target: { kind: 'identity-provider', id: providerId },
  });
  tellLater(ctx, expiry);
});
