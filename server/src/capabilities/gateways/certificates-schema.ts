import { z } from 'zod';
import { Action } from '../../kernel/actions.ts';
import { Id, listOf, listQuery, secret, Timestamp } from '../../kernel/schema.ts';

const signsFrom = Timestamp.describe(
  'From when tokens are signed by it; the one before signs until then. Upstreams need that time to read the new key.',
);

export const GatewayCertificate = z
  .strictObject({
    id: Id,
    gatewayId: Id,
    source: z.enum(['uploaded', 'generated']),
    state: z
      .enum(['current', 'next', 'earlier', 'retired', 'over'])
      .describe(
        'Signs now; will sign; has signed and is still published; is published no more; is over and published no more.',
      ),
    publishedUntil: Timestamp.nullable().describe(
      'Of an earlier one: then its key leaves the published ones. Null while it is to sign again before.',
    ),
    subject: z.string(),
    fingerprint: z.string().describe('SHA-256 of the certificate, in hex.'),
    algorithm: z.enum(['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA']),
    keyId: z.string().describe('`kid` of what it signs.'),
    startsAt: Timestamp,
    expiresAt: Timestamp,
    signsFrom,
    certificate: z
      .string()
      .describe('PEM: the certificate, then those that issued it. The private key is never shown.'),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    actions: z.array(Action),
  })
  .meta({ id: 'GatewayCertificate' });

const begins = {
  signsFrom: signsFrom
    .optional()
    .describe('At once unless another one signs; then a day later, or when that one is over, if that is sooner.'),
};

export const UploadedCertificate = z
  .strictObject({
    pkcs12: secret(
      z
        .base64('must be Base64')
        .min(1, 'must not be empty')
        .max(200_000, 'must have at most 200,000 characters')
        .describe('A PKCS#12 file (.p12, .pfx) with one private key, in Base64.'),
    ),
    password: secret(
      z.string().min(1, 'must not be empty').max(200).describe('What the file is opened with; not kept.'),
    ),
    ...begins,
  })
  .meta({ id: 'UploadedCertificate' });
export type UploadedCertificate = z.output<typeof UploadedCertificate>;

export const GeneratedCertificate = z
  .strictObject({
    algorithm: z.enum(['ES256', 'EdDSA']).default('ES256').describe('ES256: a key on P-256; EdDSA: Ed25519.'),
    days: z.int().min(1).max(1825).default(365).describe('Days until it is over.'),
    ...begins,
  })
  .meta({ id: 'GeneratedCertificate' });
export type GeneratedCertificate = z.output<typeof GeneratedCertificate>;

export const CertificateChanges = z.strictObject({ signsFrom }).meta({ id: 'GatewayCertificateChanges' });
export type CertificateChanges = z.output<typeof CertificateChanges>;

export const CertificateQuery = listQuery(['signsFrom', 'expiresAt', 'createdAt']);
export const CertificateList = listOf(GatewayCertificate);

/** RFC 7517 and RFC 7518, section 6. */
export const PublishedKeys = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.string(),
        kty: z.string(),
        crv: z.string().optional(),
        x: z.string().optional(),
        y: z.string().optional(),
        n: z.string().optional(),
        e: z.string().optional(),
        x5c: z.array(z.string()).describe('The certificate, then those that issued it, each as Base64.'),
        'x5t#S256': z.string(),
      }),
    ),
  })
  .meta({ id: 'PublishedKeys' });
