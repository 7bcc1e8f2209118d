import {
  createHash,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import { der, explicit, integer, nothing, objectId, octetString, sequence, setOf } from './der.ts';

/** X.509 certificates as protocols of sign-in use them: a name and a term around a key, without a chain. */

export interface Certificate {
  /** PEM, one line break at the end. */
  pem: string;
  /** SHA-256 of the certificate, in hex. */
  fingerprint: string;
  subject: string;
  startsAt: Date;
  expiresAt: Date;
  /** Why nothing should be verified by it, whatever the time; for the person who gave it. */
  weakness: string | undefined;
  publicKey: KeyObject;
}

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];
const LEAST_RSA_BITS = 2048;

/**
 * Reads one certificate: PEM, or its Base64 alone as metadata has it.
 *
 * @returns undefined when it is none
 */
export function readCertificate(text: string): Certificate | undefined {
  const base64 = text.replace(/-----(BEGIN|END) CERTIFICATE-----/g, '').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]{100,20000}={0,2}$/.test(base64)) return undefined;
  try {
    const read = new X509Certificate(Buffer.from(base64, 'base64'));
    return {
      pem: pemOf(read.raw),
      fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase(),
      subject: read.subject.replaceAll('\n', ', ').slice(0, 300),
      startsAt: new Date(read.validFrom),
      expiresAt: new Date(read.validTo),
      weakness: weaknessOf(read),
      publicKey: read.publicKey,
    };
  } catch {
    // Also where the certificate can be read and its key cannot.
    return undefined;
  }
}

function weaknessOf({ publicKey: { asymmetricKeyType, asymmetricKeyDetails: details } }: X509Certificate) {
  if (asymmetricKeyType === 'rsa')
    return (details?.modulusLength ?? 0) < LEAST_RSA_BITS
      ? `has an RSA key of less than ${LEAST_RSA_BITS} bits`
      : undefined;
  if (asymmetricKeyType === 'ec')
    return CURVES.includes(details?.namedCurve ?? '') ? undefined : 'has a key on a curve that is not accepted';
  return 'has a key that is neither RSA nor ECDSA';
}

const pemOf = (der: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

/** By what tokens are signed (RFC 7518 section 3.1, RFC 8037). */
export type SigningAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';

const ofCurve: Record<string, SigningAlgorithm> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** The algorithm of a key; the reason when nothing should be signed by it, for the person who gave it. */
export function signingAlgorithm(key: KeyObject): { algorithm: SigningAlgorithm } | { weakness: string } {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return { algorithm: 'EdDSA' };
  if (type === 'rsa')
    return (details?.modulusLength ?? 0) < LEAST_RSA_BITS
      ? { weakness: `has an RSA key of less than ${LEAST_RSA_BITS} bits` }
      : { algorithm: 'RS256' };
  if (type !== 'ec') return { weakness: 'has a key that is neither RSA, ECDSA nor Ed25519' };
  const algorithm = ofCurve[details?.namedCurve ?? ''];
  return algorithm ? { algorithm } : { weakness: 'has a key on a curve that is not accepted' };
}

/** A public key as others look it up (RFC 7517), under its thumbprint (RFC 7638). */
export function publicJwk(key: KeyObject): { kid: string; [member: string]: unknown } {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' });
  const jwk = JSON.parse(JSON.stringify({ crv, e, kty, n, x, y })) as Record<string, unknown>;
  return { kid: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'), ...jwk };
}

/** Whether the public key is the one of the private key. */
export const isPair = (publicKey: KeyObject, privateKey: KeyObject): boolean =>
  createPublicKey(privateKey).equals(publicKey);

const make = promisify(generateKeyPair);
const makers = {
  RS256: () => make('rsa', { modulusLength: 3072 }),
  ES256: () => make('ec', { namedCurve: 'prime256v1' }),
  EdDSA: () => make('ed25519'),
};

/**
 * A new key in a certificate that it signs itself.
 *
 * @param usage `clients`: that a program shows itself by, and nothing else
 */
export async function makeCertificate(
  name: string,
  startsAt: Date,
  expiresAt: Date,
  algorithm: keyof typeof makers = 'RS256',
  usage: 'any' | 'clients' = 'any',
): Promise<{ certificate: string; privateKey: string }> {
  const { publicKey, privateKey } = await makers[algorithm]();
  const signedBy = signatureIds[algorithm];
  const toBeSigned = sequence(
    // Version 3, positive serial number.
    explicit(0, integer(2)),
    der(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    signedBy,
    commonName(name),
    sequence(timeOf(startsAt), timeOf(expiresAt)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        sequence(objectId('551d0f'), critical, octetString(algorithm === 'RS256' ? signsAndOpens : signs)),
        ...(usage === 'clients' ? [sequence(objectId('551d25'), critical, octetString(forClients))] : []),
      ),
    ),
  );
  const signature = sign(algorithm === 'EdDSA' ? null : 'sha256', toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, signedBy, der(0x03, Buffer.from([0]), signature));
  return {
    certificate: pemOf(certificate),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** The key that a certificate holds, as PEM. */
export const publicKeyOf = (pem: string): string =>
  createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;

const signatureIds = {
  RS256: sequence(objectId('2a864886f70d01010b'), nothing),
  ES256: sequence(objectId('2a8648ce3d040302')),
  EdDSA: sequence(objectId('2b6570')),
};
const commonName = (name: string) =>
  sequence(setOf(sequence(objectId('550403'), der(0x0c, Buffer.from(name.slice(0, 64), 'utf8')))));
/** Key usage: digital signature and key encipherment, or the first alone. */
const signsAndOpens = der(0x03, Buffer.from([5, 0xa0]));
const signs = der(0x03, Buffer.from([7, 0x80]));
/** Extended key usage (RFC 5280 section 4.2.1.12): clients of TLS. */
const forClients = sequence(objectId('2b06010505070302'));
const critical = der(0x01, Buffer.from([0xff]));

/** RFC 5280 section 4.1.2.5: UTCTime through 2049. */
const timeOf = (at: Date) =>
  der(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'latin1'));
