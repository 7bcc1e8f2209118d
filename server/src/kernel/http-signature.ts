import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type AgentKey, agentKeyParts, formatKeyId, parseKeyId } from './credential-text.ts';

/** A request's signature as its headers claim it: read, bounded, not verified yet. */
export interface RequestSignature {
  label: string;
  tenantId: string;
  /** Id of the agent key, within the tenant. */
  keyId: string;
  /** Unix time in seconds. The caller holds it against the time window. */
  created: number;
  /** 1 to 128 printable characters. The caller remembers it, so that it counts once. */
  nonce: string;
  /** Covered components in the order in which they were signed. */
  components: Component[];
  /** The value of `@signature-params`, in canonical form. */
  params: string;
  signature: Buffer;
  /** The value of the header `Content-Digest`. */
  contentDigest: string | undefined;
}

type Component = (typeof knownComponents)[number];

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const knownComponents = ['@method', '@target-uri', 'content-digest'] as const;
const visibleAscii = /^[!-~]+$/;
const longestHeader = 4096;
const longestNonce = 128;

/**
 * Reads the signature headers of an agent's request (RFC 9421, the profile of design, section 8).
 *
 * @param headers names in lower case
 * @returns undefined for anything but one Ed25519 signature over `@method`, `@target-uri` and, where there is a
 *   body, `content-digest`, with `created`, `nonce` and a `keyid` of ours, and no other component or parameter
 */
export function readSignature(headers: Headers): RequestSignature | undefined {
  const input = headers['signature-input'];
  const signature = headers.signature;
  const digest = headers['content-digest'];
  if (typeof input !== 'string' || typeof signature !== 'string' || Array.isArray(digest)) return undefined;
  const contentDigest = typeof digest === 'string' ? digest.trim() : undefined;
  if ([input, signature, contentDigest ?? ''].some((header) => header.length > longestHeader)) return undefined;
  try {
    const inputs = new FieldReader(input);
    const label = inputs.key();
    inputs.expect('=');
    const components = readComponents(inputs);
    const parameters = readParameters(inputs);
    inputs.end();

    const signatures = new FieldReader(signature);
    if (signatures.key() !== label) return undefined;
    signatures.expect('=');
    const bytes = signatures.bytes();
    signatures.end();

    const { created, nonce, keyid, alg } = Object.fromEntries(parameters);
    const key = typeof keyid === 'string' ? parseKeyId(keyid) : undefined;
    if (typeof created !== 'number' || typeof nonce !== 'string' || !key || bytes.length !== 64) return undefined;
    if (nonce.length < 1 || nonce.length > longestNonce || (alg !== undefined && alg !== 'ed25519')) return undefined;
    if (!components.includes('@method') || !components.includes('@target-uri')) return undefined;
    if (components.includes('content-digest') && contentDigest === undefined) return undefined;

    const params = formatParams(components, parameters);
    return { label, ...key, created, nonce, components, params, signature: bytes, contentDigest };
  } catch (error) {
    if (error instanceof MalformedField) return undefined;
    throw error;
  }
}

/**
 * Tells whether the request is the one that was signed, body included.
 *
 * Time and nonce are the caller's to check, in the same transaction as the key.
 *
 * @param request `targetUri` is the absolute URL as the agent addressed it, by configuration and not by Host header
 * @param request.publicKey 32 raw bytes
 */
export function verifySignature(
  parsed: RequestSignature,
  request: { method: string; targetUri: string; body: Uint8Array; publicKey: Uint8Array },
): boolean {
  if (parsed.components.includes('content-digest')) {
    if (parsed.contentDigest === undefined || !digestMatches(parsed.contentDigest, request.body)) return false;
  } else if (request.body.length > 0) {
    return false;
  }
  // A line break or a character beyond ASCII could make two requests one text.
  if (!visibleAscii.test(request.method) || !visibleAscii.test(request.targetUri)) return false;
  if (request.publicKey.length !== 32) return false;
  const x = Buffer.from(request.publicKey).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const base = signatureBase(parsed.components, parsed.params, { ...request, contentDigest: parsed.contentDigest });
  return verify(null, base, publicKey, parsed.signature);
}

/**
 * Signs a request as an agent does.
 *
 * @param request.agentKey the credential `bwk_ak_...`, or its parts, which cost more to read than a signature to make
 * @returns the headers to send with the body
 * @throws {TypeError} not an agent key
 */
export function signRequest(request: {
  method: string;
  targetUri: string;
  body: Uint8Array;
  agentKey: string | AgentKey;
  now: Date;
  nonce: string;
}): Record<string, string> {
  const { agentKey } = request;
  const key = typeof agentKey === 'string' ? agentKeyParts(agentKey) : agentKey;
  if (!key) throw new TypeError('Not an agent key.');
  const params = formatParams(knownComponents, [
    ['created', Math.floor(request.now.getTime() / 1000)],
    ['nonce', request.nonce],
    ['keyid', formatKeyId(key.tenantId, key.keyId)],
    ['alg', 'ed25519'],
  ]);
  const contentDigest = formatDigest(request.body);
  return {
    'content-digest': contentDigest,
    'signature-input': `agent=${params}`,
    signature: `agent=${signBase(signatureBase(knownComponents, params, { ...request, contentDigest }), key.privateKey)}`,
  };
}

const signBase = (base: Buffer, privateKey: KeyObject): string =>
  `:${sign(null, base, privateKey).toString('base64')}:`;

/** RFC 9421, section 2.5. */
function signatureBase(
  components: readonly Component[],
  params: string,
  request: { method: string; targetUri: string; contentDigest: string | undefined },
): Buffer {
  const values: Record<Component, string> = {
    '@method': request.method,
    '@target-uri': request.targetUri,
    'content-digest': request.contentDigest ?? '',
  };
  const lines = components.map((component) => `"${component}": ${values[component]}\n`);
  return Buffer.from(`${lines.join('')}"@signature-params": ${params}`, 'utf8');
}

const sha256 = (body: Uint8Array): Buffer => createHash('sha256').update(body).digest();

/** RFC 9530, section 2. */
const formatDigest = (body: Uint8Array): string => `sha-256=:${sha256(body).toString('base64')}:`;

/** Other algorithms may stand beside sha-256, as RFC 9530 allows; each name once. */
function digestMatches(header: string, body: Uint8Array): boolean {
  const digests = new Map<string, Buffer>();
  try {
    const reader = new FieldReader(header);
    do {
      const algorithm = reader.key();
      reader.expect('=');
      if (digests.has(algorithm)) return false;
      digests.set(algorithm, reader.bytes());
    } while (reader.nextMember());
    reader.end();
  } catch (error) {
    if (error instanceof MalformedField) return false;
    throw error;
  }
  return digests.get('sha-256')?.equals(sha256(body)) ?? false;
}

type Parameter = [name: string, value: string | number];

function readComponents(reader: FieldReader): Component[] {
  const components: Component[] = [];
  reader.expect('(');
  reader.spaces();
  while (!reader.take(')')) {
    const name = reader.string();
    const component = knownComponents.find((known) => known === name);
    if (!component || components.includes(component)) throw new MalformedField();
    components.push(component);
    if (reader.spaces() === 0 && !reader.at(')')) throw new MalformedField();
  }
  return components;
}

function readParameters(reader: FieldReader): Parameter[] {
  const parameters: Parameter[] = [];
  while (reader.take(';')) {
    reader.spaces();
    const name = reader.key();
    if (!['created', 'nonce', 'keyid', 'alg'].includes(name)) throw new MalformedField();
    if (parameters.some(([earlier]) => earlier === name)) throw new MalformedField();
    reader.expect('=');
    parameters.push([name, name === 'created' ? reader.integer() : reader.string()]);
  }
  return parameters;
}

function formatParams(components: readonly Component[], parameters: Parameter[]): string {
  const quote = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  const list = parameters.map(([name, value]) => `;${name}=${typeof value === 'number' ? value : quote(value)}`);
  return `(${components.map(quote).join(' ')})${list.join('')}`;
}

class MalformedField extends Error {}

/** The parts of RFC 8941 (structured fields) that signatures and digests use. Each step moves forward: linear. */
class FieldReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.trim();
  }

  at(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  take(character: string): boolean {
    if (!this.at(character)) return false;
    this.#at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.take(character)) throw new MalformedField();
  }

  spaces(): number {
    return this.#match(/ */y).length;
  }

  end(): void {
    if (this.#at !== this.#text.length) throw new MalformedField();
  }

  /** Passes the comma before another member of a dictionary, if there is one. */
  nextMember(): boolean {
    this.#match(/[ \t]*/y);
    if (!this.take(',')) return false;
    this.#match(/[ \t]*/y);
    return true;
  }

  key(): string {
    return this.#match(/[a-z*][a-z0-9_.*-]{0,63}/y);
  }

  integer(): number {
    return Number(this.#match(/(?:0|[1-9]\d{0,14})(?![\d.])/y));
  }

  string(): string {
    // Printable ASCII; only the quote and the backslash are escaped.
    return this.#match(/"(?:[ !#-[\]-~]|\\["\\])*"/y)
      .slice(1, -1)
      .replaceAll(/\\(.)/g, '$1');
  }

  bytes(): Buffer {
    const encoded = this.#match(/:[A-Za-z0-9+/]*={0,2}:/y).slice(1, -1);
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.toString('base64') !== encoded) throw new MalformedField();
    return bytes;
  }

  #match(form: RegExp): string {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (!found) throw new MalformedField();
    this.#at = form.lastIndex;
    return found[0];
  }
}
