import { createCipheriv, createHash, createHmac, createPrivateKey, pbkdf2, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { der, explicit, integer, nothing, objectId, octetString, sequence, setOf } from './der.ts';
import { derive } from './pkcs12.ts';
import { secureBytes } from './randomness.ts';

/** A private key and its certificate as a file of PKCS#12 (RFC 7292), for whoever made them to take away. */

/** Of each derivation: of the key of what is encrypted, and of the one for integrity. */
const ROUNDS = 100_000;
const SALT_BYTES = 16;

const oids = {
  data: objectId('2a864886f70d010701'),
  encryptedData: objectId('2a864886f70d010706'),
  shroudedKeyBag: objectId('2a864886f70d010c0a0102'),
  certificateBag: objectId('2a864886f70d010c0a0103'),
  x509: objectId('2a864886f70d01091601'),
  friendlyName: objectId('2a864886f70d010914'),
  localKeyId: objectId('2a864886f70d010915'),
  pbes2: objectId('2a864886f70d01050d'),
  pbkdf2: objectId('2a864886f70d01050c'),
  hmacSha256: objectId('2a864886f70d0209'),
  aes256: objectId('60864801650304012a'),
  sha256: objectId('608648016503040201'),
};

/**
 * Writes the file: AES-256 by PBES2 (RFC 8018) for the key and for the certificate, SHA-256 throughout.
 *
 * @param pair PEM: a private key and its certificate
 * @param name what programs call the entry
 */
export async function writeKeyFile(
  pair: { privateKey: string; certificate: string },
  name: string,
  password: string,
): Promise<Buffer> {
  const { raw } = new X509Certificate(pair.certificate);
  const key = createPrivateKey(pair.privateKey).export({ type: 'pkcs8', format: 'der' });
  const attributes = setOf(
    sequence(oids.friendlyName, setOf(der(0x1e, Buffer.from(name, 'utf16le').swap16()))),
    sequence(oids.localKeyId, setOf(octetString(createHash('sha256').update(raw).digest()))),
  );
  const certificateBag = sequence(
    oids.certificateBag,
    explicit(0, sequence(oids.x509, explicit(0, octetString(raw)))),
    attributes,
  );
  const sealedKey = await encrypted(key, password);
  const keyBag = sequence(
    oids.shroudedKeyBag,
    explicit(0, sequence(sealedKey.scheme, octetString(sealedKey.sealed))),
    attributes,
  );
  const certificates = await encrypted(sequence(certificateBag), password);
  const safe = sequence(
    sequence(
      oids.encryptedData,
      explicit(0, sequence(integer(0), sequence(oids.data, certificates.scheme, der(0x80, certificates.sealed)))),
    ),
    dataOf(sequence(keyBag)),
  );
  const salt = secureBytes(SALT_BYTES);
  const integrity = await derive({ name: 'sha256', block: 64 }, 3, password, salt, ROUNDS, 0);
  const mac = createHmac('sha256', integrity).update(safe).digest();
  return sequence(
    integer(3),
    dataOf(safe),
    sequence(sequence(sequence(oids.sha256, nothing), octetString(mac)), octetString(salt), integer(ROUNDS)),
  );
}

const dataOf = (contents: Buffer) => sequence(oids.data, explicit(0, octetString(contents)));

async function encrypted(plain: Buffer, password: string): Promise<{ scheme: Buffer; sealed: Buffer }> {
  const salt = secureBytes(SALT_BYTES);
  const iv = secureBytes(16);
  const key = await promisify(pbkdf2)(password, salt, ROUNDS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  const derivation = sequence(octetString(salt), integer(ROUNDS), sequence(oids.hmacSha256, nothing));
  const scheme = sequence(
    oids.pbes2,
    sequence(sequence(oids.pbkdf2, derivation), sequence(oids.aes256, octetString(iv))),
  );
  return { scheme, sealed };
}
