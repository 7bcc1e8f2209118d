import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import {
  base62IdLength,
  decodeBase62,
  encodeBase62,
  idFromBase62,
  idToBase62,
  randomBase62,
  smallToBase62,
} from './ids.ts';

/** Service account, provisioning token, service key, agent key, operator: design, section 8. */
export type CredentialKind = 'sa' | 'pt' | 'sk' | 'ak' | 'op';

/** What a credential of ours says of itself. The tenant is a claim until the secret is found in it. */
export type Credential =
  | { kind: Exclude<CredentialKind, 'op'>; tenantId: string; random: string }
  | { kind: 'op'; tenantId: undefined; random: string };

const credentialForm = /^bwk_(sa|pt|sk|ak|op)_([0-9A-Za-z]{32,250})_([0-9A-Za-z]{6})$/;
const alphanumeric = /^[0-9A-Za-z]+$/;
const longestCredential = 300;
const secretLength = 32;
const sessionSecretLength = 32;
const linkSecretLength = 43;
/** An Ed25519 seed of 32 bytes in base62. */
const seedLength = 43;

/**
 * Writes a credential: `bwk_<kind>_<22 base62: tenant id><random>_<6 base62: checksum>`.
 *
 * @param tenantId undefined for an operator key, and only for it
 * @param random at least 32 base62 characters; made here by default
 * @throws {TypeError} tenant or random do not fit the kind
 */
export function formatCredential(
  kind: CredentialKind,
  tenantId: string | undefined,
  fingerprintKey: Uint8Array,
  random = randomBase62(secretLength),
): string {
  if ((kind === 'op') !== (tenantId === undefined))
    throw new TypeError('Operator keys, and only they, have no tenant.');
  const body = `bwk_${kind}_${tenantId === undefined ? '' : idToBase62(tenantId)}${random}`;
  const text = `${body}_${checksum(body, fingerprintKey)}`;
  if (random.length < secretLength || text.length > longestCredential || !alphanumeric.test(random)) {
    throw new TypeError('The random part of a credential is 32 or more base62 characters.');
  }
  return text;
}

/**
 * Reads a credential that this platform issued; undefined for any other text. Needs no query.
 *
 * The checksum only keeps guesses and typing errors away from the database: the secret is then looked up by hash.
 */
export function parseCredential(text: string, fingerprintKey: Uint8Array): Credential | undefined {
  if (text.length > longestCredential) return undefined;
  const [, kind, body, given] = credentialForm.exec(text) ?? [];
  if (!kind || !body || !given) return undefined;
  const expected = checksum(text.slice(0, text.lastIndexOf('_')), fingerprintKey);
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return undefined;

  if (kind === 'op') return { kind, tenantId: undefined, random: body };
  const tenantId = idFromBase62(body.slice(0, base62IdLength));
  const random = body.slice(base62IdLength);
  if (!tenantId || random.length < secretLength) return undefined;
  return { kind: kind as Exclude<CredentialKind, 'op'>, tenantId, random };
}

/** SHA-256 of a whole secret as it was given: what tables hold and look up by. */
export const hashSecret = (text: string): Buffer => hash('sha256', text, 'buffer');

/** The same hash as a text of its bytes, to look up by. */
export const fingerprintOf = (text: string): string => hash('sha256', text, 'binary');

/** Makes a session cookie's value: `<22 base62: home tenant id><32 random>`. */
export const formatSessionSecret = (tenantId: string): string =>
  idToBase62(tenantId) + randomBase62(sessionSecretLength);

export const parseSessionSecret = (text: string): { tenantId: string } | undefined =>
  parseTenantSecret(text, sessionSecretLength);

/** Makes the secret of a one-time link in a mail: `<22 base62: tenant id><43 random>`. */
export const formatLinkSecret = (tenantId: string): string => idToBase62(tenantId) + randomBase62(linkSecretLength);

export const parseLinkSecret = (text: string): { tenantId: string } | undefined =>
  parseTenantSecret(text, linkSecretLength);

/**
 * Makes an agent key: `bwk_ak_<22: tenant id><22: key id><43: seed>_<6: checksum>`.
 *
 * @returns the value to show once, and the raw Ed25519 public key (32 bytes), which alone is kept
 */
export function formatAgentKey(
  tenantId: string,
  keyId: string,
  fingerprintKey: Uint8Array,
): { value: string; publicKey: Buffer } {
  const seed = randomBytes(32);
  const value = formatCredential('ak', tenantId, fingerprintKey, idToBase62(keyId) + encodeBase62(seed, seedLength));
  return { value, publicKey: rawPublicKey(privateKeyOfSeed(seed)) };
}

export interface AgentKey {
  tenantId: string;
  keyId: string;
  privateKey: KeyObject;
}

/**
 * Takes an agent key apart, as the agent does that holds it; undefined when it is none.
 *
 * The checksum is not verified: its key never leaves the platform.
 */
export function agentKeyParts(value: string): AgentKey | undefined {
  if (value.length > longestCredential) return undefined;
  const [, kind, body = ''] = credentialForm.exec(value) ?? [];
  if (kind !== 'ak' || body.length !== 2 * base62IdLength + seedLength) return undefined;
  const tenantId = idFromBase62(body.slice(0, base62IdLength));
  const keyId = idFromBase62(body.slice(base62IdLength, 2 * base62IdLength));
  const seed = decodeBase62(body.slice(2 * base62IdLength), 32);
  return tenantId && keyId && seed ? { tenantId, keyId, privateKey: privateKeyOfSeed(seed) } : undefined;
}

/** Writes the `keyid` of an agent's signatures: `<22 base62: tenant id>.<22 base62: key id>`. */
export const formatKeyId = (tenantId: string, keyId: string): string => `${idToBase62(tenantId)}.${idToBase62(keyId)}`;

export function parseKeyId(text: string): { tenantId: string; keyId: string } | undefined {
  if (text.length !== 2 * base62IdLength + 1 || text[base62IdLength] !== '.') return undefined;
  const tenantId = idFromBase62(text.slice(0, base62IdLength));
  const keyId = idFromBase62(text.slice(base62IdLength + 1));
  return tenantId && keyId ? { tenantId, keyId } : undefined;
}

function parseTenantSecret(text: string, randomLength: number): { tenantId: string } | undefined {
  if (text.length !== base62IdLength + randomLength || !alphanumeric.test(text)) return undefined;
  const tenantId = idFromBase62(text.slice(0, base62IdLength));
  return tenantId ? { tenantId } : undefined;
}

/** The public key of these 32 bytes. */
export const publicKeyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') }, format: 'jwk' });

function checksum(body: string, fingerprintKey: Uint8Array): string {
  const digest = createHmac('sha256', fingerprintKey).update(body, 'utf8').digest();
  return smallToBase62(digest.readUInt32BE(0), 6); // six characters hold 35 bits
}

/** An Ed25519 key of its 32 bytes. */
export function privateKeyOfSeed(seed: Buffer): KeyObject {
  // RFC 8410: the fixed PKCS#8 frame of an Ed25519 private key.
  const frame = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([frame, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of the public part. */
export function rawPublicKey(privateKey: KeyObject): Buffer {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
}
