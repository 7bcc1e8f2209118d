import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** An authenticator for tests, with the browser before it: ES256, discoverable credentials, and lies when it is told to. */

interface CreationOptions {
  rp: { id: string };
  user: { id: string };
  challenge: string;
}

interface RequestOptions {
  challenge: string;
  allowCredentials: { id: string }[];
}

/** Where an answer differs from an honest one. */
interface Lies {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  crossOrigin?: boolean;
  /** Without verification of the person (UV). */
  isUnverified?: boolean;
  /** Without anybody there (UP). */
  isAbsent?: boolean;
  counter?: number;
  userHandle?: string;
  credentialId?: string;
  key?: KeyObject;
  algorithm?: number;
  attestation?: 'none' | 'packed-with-certificate';
}

interface Credential {
  id: Buffer;
  rpId: string;
  userHandle: string;
  privateKey: KeyObject;
  counter: number;
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest();

/** CBOR (RFC 8949) of what authenticators write: whole numbers, bytes, text, lists, maps. */
function cbor(value: unknown): Buffer {
  const head = (major: number, length: number) =>
    length < 24
      ? Buffer.of((major << 5) | length)
      : length < 256
        ? Buffer.of((major << 5) | 24, length)
        : Buffer.of((major << 5) | 25, length >> 8, length & 255);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, each]) => [cbor(key), cbor(each)])]);
  throw new Error('Not written by authenticators.');
}

export class Authenticator {
  readonly origin: string;
  readonly #credentials: Credential[] = [];

  /** @param origin of the page that the browser shows */
  constructor(origin = 'http://localhost:0') {
    this.origin = origin;
  }

  #authenticatorData(rpId: string, counter: number, { isUnverified, isAbsent }: Lies, attested?: Buffer): Buffer {
    const flags = (isAbsent ? 0 : 0x01) | (isUnverified ? 0 : 0x04) | (attested ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([sha256(rpId), Buffer.of(flags), count, attested ?? Buffer.alloc(0)]);
  }

  #clientData(type: string, challenge: string, lies: Lies): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: lies.type ?? type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? this.origin,
        crossOrigin: lies.crossOrigin ?? false,
      }),
    );
  }

  /** `navigator.credentials.create`: what the browser sends. */
  create(options: CreationOptions, lies: Lies = {}) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const id = randomBytes(32);
    const credential = { id, rpId: options.rp.id, userHandle: options.user.id, privateKey, counter: 1 };
    this.#credentials.push(credential);
    const cose = new Map<number, unknown>([
      [1, 2],
      [3, lies.algorithm ?? -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, cbor(cose)]);
    const authData = this.#authenticatorData(lies.rpId ?? options.rp.id, lies.counter ?? 1, lies, attested);
    const clientDataJSON = this.#clientData('webauthn.create', options.challenge, lies);
    const statement = new Map<string, unknown>();
    if (lies.attestation === 'packed-with-certificate') {
      statement.set('alg', -7);
      statement.set('sig', sign('sha256', Buffer.concat([authData, sha256(clientDataJSON)]), privateKey));
      statement.set('x5c', [randomBytes(40)]);
    }
    const attestationObject = cbor(
      new Map<string, unknown>([
        ['fmt', statement.size > 0 ? 'packed' : 'none'],
        ['attStmt', statement],
        ['authData', authData],
      ]),
    );
    return {
      id: base64url(id),
      rawId: base64url(id),
      type: 'public-key' as const,
      clientExtensionResults: {},
      authenticatorAttachment: 'platform',
      response: {
        clientDataJSON: base64url(clientDataJSON),
        attestationObject: base64url(attestationObject),
        transports: ['internal'],
      },
    };
  }

  /** `navigator.credentials.get`: what the browser sends. By the newest credential that is allowed. */
  get(options: RequestOptions, lies: Lies = {}) {
    const allowed = options.allowCredentials.map(({ id }) => id);
    const credential = this.#credentials.findLast(({ id }) => allowed.length === 0 || allowed.includes(base64url(id)));
    if (!credential) throw new Error('This authenticator has no such credential.');
    credential.counter++;
    const authenticatorData = this.#authenticatorData(
      lies.rpId ?? credential.rpId,
      lies.counter ?? credential.counter,
      lies,
    );
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, lies);
    const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)]);
    const id = lies.credentialId ?? base64url(credential.id);
    return {
      id,
      rawId: id,
      type: 'public-key' as const,
      clientExtensionResults: {},
      authenticatorAttachment: 'platform',
      response: {
        clientDataJSON: base64url(clientDataJSON),
        authenticatorData: base64url(authenticatorData),
        signature: base64url(sign('sha256', signed, lies.key ?? credential.privateKey)),
        userHandle: lies.userHandle ?? credential.userHandle,
      },
    };
  }
}

/**
 * The code that an authenticator app shows now, or will show next: never the one before, which may be too old when it
 * arrives.
 */
export const codeOf = (secret: string, steps: 0 | 1 = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
