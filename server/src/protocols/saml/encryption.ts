import { constants, createDecipheriv, privateDecrypt } from 'node:crypto';
import { type Checking, finding } from './finding.ts';
import { ENCRYPTION, ENCRYPTION_11, SIGNATURE } from './names.ts';
import { base64 } from './signature.ts';
import { attributeOf, childrenOf, descendants, type Element, is, messageLimits, readXml, textOf } from './xml.ts';

/** Assertions, names and attributes that are encrypted for a key of ours (XML Encryption 1.1): RSA-OAEP and AES. */

const ciphers: Record<
  string,
  { name: 'aes-128-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-256-cbc'; keyBytes: number }
> = {
  [`${ENCRYPTION_11}aes128-gcm`]: { name: 'aes-128-gcm', keyBytes: 16 },
  [`${ENCRYPTION_11}aes256-gcm`]: { name: 'aes-256-gcm', keyBytes: 32 },
  [`${ENCRYPTION}aes128-cbc`]: { name: 'aes-128-cbc', keyBytes: 16 },
  [`${ENCRYPTION}aes256-cbc`]: { name: 'aes-256-cbc', keyBytes: 32 },
};

const bad = (rule: string, message: string) => finding('signature', rule, message);

/** One for all that can fail: what exactly did is told to nobody, since it would help to decrypt bit by bit. */
const undecryptable = bad(
  'decryption',
  'What is encrypted cannot be decrypted. Have the provider read our metadata again: it must encrypt for a certificate of ours that is in force.',
);

/**
 * Decrypts an EncryptedAssertion, EncryptedID or EncryptedAttribute.
 *
 * @param privateKeys PEM; each is tried, since they overlap
 * @returns the root of what was encrypted
 */
export function* decrypted(encrypted: Element, privateKeys: readonly string[]): Checking<Element | undefined> {
  const all = descendants(encrypted);
  const [data, ...more] = all.filter((each) => is(each, ENCRYPTION, 'EncryptedData'));
  const [key, ...others] = all.filter((each) => is(each, ENCRYPTION, 'EncryptedKey'));
  if (!data || !key || data.parent !== encrypted || more.length > 0 || others.length > 0) {
    yield bad('encryption-form', 'What is encrypted must hold one EncryptedData with one EncryptedKey.');
    return undefined;
  }
  const cipher = ciphers[methodOf(data)];
  if (!cipher) {
    yield bad('cipher', 'It is encrypted in a way that is not accepted. AES-128 and AES-256 with GCM or CBC are.');
    return undefined;
  }
  const oaepHash = oaepHashOf(key);
  if (!oaepHash) {
    yield bad(
      'key-transport',
      'Its key is encrypted in a way that is not accepted. RSA-OAEP with SHA-1 or, in XML Encryption 1.1, SHA-256 throughout is; RSA 1.5 is not.',
    );
    return undefined;
  }
  for (const privateKey of privateKeys) {
    const text = opened(cipherValueOf(key), cipherValueOf(data), { privateKey, oaepHash, cipher });
    const root = text === undefined ? undefined : yield* readXml(text, messageLimits, encrypted.scope);
    if (root) return root;
  }
  yield undecryptable;
  return undefined;
}

interface Opening {
  privateKey: string;
  oaepHash: string;
  cipher: (typeof ciphers)[string];
}

function opened(key: Buffer, data: Buffer, { privateKey, oaepHash, cipher }: Opening): string | undefined {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const contentKey = privateDecrypt({ key: privateKey, padding, oaepHash }, key);
    if (contentKey.length !== cipher.keyBytes) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(contents(cipher, contentKey, data));
  } catch {
    return undefined;
  }
}

/** XML Encryption 1.1 section 5.2: the initialisation vector stands before, the tag of GCM behind. */
function contents({ name }: Opening['cipher'], key: Buffer, data: Buffer): Buffer {
  if (name === 'aes-128-gcm' || name === 'aes-256-gcm') {
    const decipher = createDecipheriv(name, key, data.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(data.subarray(-16));
    return Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
  }
  const decipher = createDecipheriv(name, key, data.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(data.subarray(16)), decipher.final()]);
  // Section 5.2.1: the last byte counts the padding, whose other bytes are any.
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > 16) throw new Error('padding');
  return padded.subarray(0, -padding);
}

const methodsOf = (encrypted: Element) => childrenOf(encrypted, ENCRYPTION, 'EncryptionMethod');
const methodOf = (encrypted: Element) => attributeOf(methodsOf(encrypted)[0] ?? encrypted, 'Algorithm') ?? '';

function cipherValueOf(encrypted: Element): Buffer {
  const [data] = childrenOf(encrypted, ENCRYPTION, 'CipherData');
  const [value] = data ? childrenOf(data, ENCRYPTION, 'CipherValue') : [];
  return base64(value ? textOf(value) : null);
}

/** The hash of RSA-OAEP, when it is the one of its mask too: another combination is in no use. */
function oaepHashOf(key: Element): 'sha1' | 'sha256' | undefined {
  const [method] = methodsOf(key);
  if (!method) return undefined;
  const [digest] = childrenOf(method, SIGNATURE, 'DigestMethod');
  const hash = digest ? attributeOf(digest, 'Algorithm') : `${SIGNATURE}sha1`;
  const [mask] = childrenOf(method, ENCRYPTION_11, 'MGF');
  const masked = mask ? attributeOf(mask, 'Algorithm') : `${ENCRYPTION_11}mgf1sha1`;
  const algorithm = attributeOf(method, 'Algorithm');
  if (algorithm !== `${ENCRYPTION}rsa-oaep-mgf1p` && algorithm !== `${ENCRYPTION_11}rsa-oaep`) return undefined;
  if (hash === `${SIGNATURE}sha1` && masked === `${ENCRYPTION_11}mgf1sha1`) return 'sha1';
  if (hash === `${ENCRYPTION}sha256` && masked === `${ENCRYPTION_11}mgf1sha256`) return 'sha256';
  return undefined;
}
