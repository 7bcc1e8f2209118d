import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { CompactSign, compactVerify, decodeProtectedHeader, errors } from 'jose';
import type { LicenceKey } from './config.ts';

/** Why a file is not what it says; the message goes on from its name: "is ...". */
export class FileRefused extends Error {}

/**
 * What a signed file (JWS in compact form, RFC 7515) has in it. The key that it names says which algorithm holds, never
 * the file itself.
 *
 * @throws {FileRefused} when it is none of this type, of a key that is not known, or was changed
 */
export async function readSignedFile(file: string, type: string, keys: readonly LicenceKey[]) {
  const { id: keyId, key, algorithm } = keyOf(file, type, keys);
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(file, key, { algorithms: [algorithm] }));
  } catch (error) {
    throw new FileRefused(
      error instanceof errors.JOSEAlgNotAllowed
        ? 'is signed by another algorithm than its key is for'
        : 'was changed after it was signed, or was not signed by the key that it names. Get it anew',
    );
  }
  try {
    return { keyId, contents: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown };
  } catch {
    throw new FileRefused('is signed, but holds no JSON');
  }
}

function keyOf(file: string, type: string, keys: readonly LicenceKey[]): LicenceKey {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(file);
  } catch {
    throw new FileRefused('is not signed as such files are');
  }
  if (header.typ !== type || header.crit !== undefined) throw new FileRefused('is signed for something else');
  const key = keys.find(({ id }) => id === header.kid);
  if (!key) throw new FileRefused('is signed by a key that this platform does not know');
  return key;
}

/** A vendor's key, with the half that platforms are given. Ed25519. */
export function makeVendorKey(keyId: string): { privateKey: JsonWebKey; publicKey: JsonWebKey } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const named = (jwk: JsonWebKey) => ({ kid: keyId, use: 'sig', ...jwk });
  return {
    privateKey: named(privateKey.export({ format: 'jwk' })),
    publicKey: named(publicKey.export({ format: 'jwk' })),
  };
}

/** Signs what a file has in it by a vendor's private key. */
export function signFile(contents: object, type: string, jwk: JsonWebKey & { kid?: unknown }): Promise<string> {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const alg = createPublicKey(key).asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256';
  return new CompactSign(Buffer.from(JSON.stringify(contents)))
    .setProtectedHeader({ alg, kid: String(jwk.kid), typ: type })
    .sign(key);
}
