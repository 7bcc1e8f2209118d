import { createPublicKey, generateKeyPair, randomBytes, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';

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

/** A new RSA key in a certificate that it signs itself. */
export async function makeCertificate(
  name: string,
  startsAt: Date,
  expiresAt: Date,
): Promise<{ certificate: string; privateKey: string }> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const toBeSigned = sequence(
    // Version 3, positive serial number.
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    sha256WithRsa,
    commonName(name),
    sequence(timeOf(startsAt), timeOf(expiresAt)),
    commonName(name),
    pair.publicKey,
    der(0xa3, sequence(sequence(objectId('551d0f'), der(0x01, Buffer.from([0xff])), der(0x04, keyUsage)))),
  );
  const signature = sign('sha256', toBeSigned, pair.privateKey);
  const certificate = sequence(toBeSigned, sha256WithRsa, der(0x03, Buffer.from([0]), signature));
  return { certificate: pemOf(certificate), privateKey: pair.privateKey };
}

/** The key that a certificate holds, as PEM. */
export const publicKeyOf = (pem: string): string =>
  createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;

/** Distinguished encoding (X.690): tag, length, contents. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const sha256WithRsa = sequence(objectId('2a864886f70d01010b'), der(0x05));
const commonName = (name: string) =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(name.slice(0, 64), 'utf8')))));
/** Digital signature and key encipherment. */
const keyUsage = der(0x03, Buffer.from([5, 0xa0]));

/** RFC 5280 section 4.1.2.5: UTCTime through 2049. */
const timeOf = (at: Date) =>
  der(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'latin1'));
