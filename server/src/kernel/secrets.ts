import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { secureBytes } from './randomness.ts';

const keyBytes = 32;
const sealVersion = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** The ciphertext was changed, moved to another place, or sealed with another key. Says nothing of the contents. */
export class SealBroken extends Error {
  constructor() {
    super('The sealed value does not open: it was changed or moved, or the key is another one.');
  }
}

/** A key file that cannot be used; the message says what to type. */
export class KeyFileProblem extends Error {}

/**
 * Encrypts a value (AES-256-GCM): version byte, nonce of 12 bytes, ciphertext, tag of 16 bytes.
 *
 * @param bound where the value belongs, such as `[tenantId, table, rowId, column]`: it opens nowhere else
 */
export function seal(key: Uint8Array, plaintext: Uint8Array | string, bound: readonly string[]): Buffer {
  const nonce = secureBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(encode([String(sealVersion), ...bound]));
  const clear = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
  const body = Buffer.concat([cipher.update(clear), cipher.final()]);
  return Buffer.concat([Buffer.of(sealVersion), nonce, body, cipher.getAuthTag()]);
}

/** Decrypts what `seal` made. @throws {SealBroken} changed, moved or sealed with another key */
export function open(key: Uint8Array, sealed: Uint8Array, bound: readonly string[]): Buffer {
  const bytes = Buffer.from(sealed);
  if (bytes.length < 1 + nonceBytes + tagBytes || bytes[0] !== sealVersion) throw new SealBroken();
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    .setAAD(encode([String(sealVersion), ...bound]))
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(1 + nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw new SealBroken();
  }
}

/**
 * Encrypts a value so that the same one always reads the same (a synthetic nonce, as in RFC 5297), for identifiers that
 * tell nobody what they identify: 16 bytes more than the value.
 */
export function sealStably(key: Uint8Array, plaintext: Uint8Array, purpose: string): Buffer {
  const nonce = stableNonce(key, plaintext, purpose);
  const cipher = createCipheriv('aes-256-ctr', fingerprint(key, `${purpose} key`, ''), nonce);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final()]);
}

/** Decrypts what `sealStably` made; undefined for anything else. */
export function openStably(key: Uint8Array, sealed: Uint8Array, purpose: string): Buffer | undefined {
  const nonce = Buffer.from(sealed.subarray(0, 16));
  if (nonce.length < 16) return undefined;
  const decipher = createDecipheriv('aes-256-ctr', fingerprint(key, `${purpose} key`, ''), nonce);
  const plaintext = Buffer.concat([decipher.update(sealed.subarray(16)), decipher.final()]);
  return timingSafeEqual(nonce, stableNonce(key, plaintext, purpose)) ? plaintext : undefined;
}

const stableNonce = (key: Uint8Array, plaintext: Uint8Array, purpose: string): Buffer =>
  fingerprint(key, `${purpose} nonce`, Buffer.from(plaintext).toString('base64')).subarray(0, 16);

/** Makes a tenant's data key: 32 random bytes. */
export const newDataKey = (): Buffer => randomBytes(keyBytes);

/** Encrypts a tenant's data key with its region's master key, bound to the tenant. */
export const wrapKey = (masterKey: Uint8Array, dataKey: Uint8Array, tenantId: string): Buffer =>
  seal(masterKey, dataKey, ['data-key', tenantId]);

/** @throws {SealBroken} another tenant's, changed, or of another region */
export const unwrapKey = (masterKey: Uint8Array, wrapped: Uint8Array, tenantId: string): Buffer =>
  open(masterKey, wrapped, ['data-key', tenantId]);

/**
 * HMAC-SHA256 under the platform's fingerprint key: finds a value again without telling it.
 * Fingerprints of the same value for two purposes have nothing in common.
 */
export const fingerprint = (key: Uint8Array, purpose: string, value: string): Buffer =>
  createHmac('sha256', key)
    .update(encode([purpose, value]))
    .digest();

/** Where keys lie, outside the databases and their backups. */
export interface KeyFiles {
  fingerprint: string;
  /** By region code. */
  masters: Readonly<Record<string, string>>;
}

export interface Keys {
  /** The same on all nodes of the platform. */
  fingerprint: Buffer;
  /** By region code; the same on all nodes of the region. */
  masters: ReadonlyMap<string, Buffer>;
}

/** Key files of the embedded databases: each region's in the region's own folder. */
export const embeddedKeyFiles = (dataFolder: string, regions: readonly string[]): KeyFiles => ({
  fingerprint: join(dataFolder, 'directory', 'keys', 'fingerprint.key'),
  masters: Object.fromEntries(regions.map((region) => [region, join(dataFolder, region, 'keys', 'master.key')])),
});

/** Key files in the folder that `BAILIWICK_KEYS` names. */
export const keyFolderFiles = (folder: string, regions: readonly string[]): KeyFiles => ({
  fingerprint: join(folder, 'fingerprint.key'),
  masters: Object.fromEntries(regions.map((region) => [region, join(folder, `${region}.master.key`)])),
});

/**
 * Reads all keys that a node needs.
 *
 * @param options.create makes the missing ones: on the embedded databases, or where keys are made for the first time.
 *   A node that joins others must find theirs; one that made its own could read nothing of what they wrote.
 * @throws {KeyFileProblem}
 */
export function loadKeys(files: KeyFiles, options: { create: boolean }): Keys {
  const load = options.create ? loadOrCreateKey : loadKey;
  return {
    fingerprint: load(files.fingerprint),
    masters: new Map(Object.entries(files.masters).map(([region, file]) => [region, load(file)])),
  };
}

/** Reads a key of 32 bytes. @throws {KeyFileProblem} missing, of another length, or open to other users */
export function loadKey(file: string): Buffer {
  const key = readKey(file);
  if (key) return key;
  throw new KeyFileProblem(
    `There is no key at ${file}. Copy it from another node; for a new installation make it once:\n` +
      `  (umask 077; head -c ${keyBytes} /dev/urandom > '${file}')`,
  );
}

/**
 * Reads a key of 32 bytes, or makes it where there is none, so that it survives a power cut once this returns.
 * Of several processes that make it at once all get the same.
 *
 * @throws {KeyFileProblem} of another length, or open to other users
 */
export function loadOrCreateKey(file: string): Buffer {
  return readKey(file) ?? createKey(file);
}

function readKey(file: string): Buffer | undefined {
  let key: Buffer;
  try {
    const { mode } = statSync(file);
    // Windows has no such mode: there the folder's access list decides.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new KeyFileProblem(`Other users may read the key at ${file}. Close it:\n  chmod 600 '${file}'`);
    }
    key = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (key.length !== keyBytes) {
    throw new KeyFileProblem(
      `The key at ${file} has ${key.length} bytes instead of ${keyBytes}. Put the right one back from its backup.`,
    );
  }
  return key;
}

function createKey(file: string): Buffer {
  const folder = dirname(file);
  // Only the folder of keys is closed: a region's own folder is entered by its database's user too.
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(handle, randomBytes(keyBytes));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    chmodSync(temporary, 0o600); // Whatever the umask took.
    // A link, unlike a rename, never replaces a key that another process has made meanwhile.
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(folder);
  return loadKey(file);
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // A folder cannot be opened there.
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Each part behind its length in octets, so that no two lists have the same encoding. */
function encode(parts: readonly string[]): Buffer {
  let size = 0;
  for (const part of parts) size += 4 + Buffer.byteLength(part);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    const length = bytes.write(part, at + 4);
    at = bytes.writeUInt32BE(length, at) + length;
  }
  return bytes;
}
