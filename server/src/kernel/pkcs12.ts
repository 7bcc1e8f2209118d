import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  type KeyObject,
  pbkdf2,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';

/** A private key and its certificates from a file of PKCS#12 (RFC 7292), read strictly and within bounds. */

export interface KeyFile {
  privateKey: KeyObject;
  /** DER, in the order of the file. */
  certificates: Buffer[];
}

export type KeyFileFault =
  | 'unreadable'
  | 'unprotected'
  | 'outdated'
  | 'too-many-rounds'
  | 'wrong-password'
  | 'no-key'
  | 'several-keys'
  | 'unknown-key';

export class KeyFileRefused extends Error {
  readonly fault: KeyFileFault;
  constructor(fault: KeyFileFault) {
    super(fault);
    this.fault = fault;
  }
}

const MOST_ROUNDS = 600_000;
/** Of the derivation of RFC 7292, which has no function of its own in the platform. */
const MOST_OLD_ROUNDS = 200_000;
/** One for the integrity, one for the certificates, one for the key, and some to spare. */
const MOST_DERIVATIONS = 5;
const MOST_DEPTH = 30;
const MOST_PARTS = 100;

const oids = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  nestedBag: '1.2.840.113549.1.12.10.1.6',
  x509: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  tripleDes: '1.2.840.113549.1.12.1.3',
};
/** RC4 and RC2 of RFC 7292 appendix C. */
const outdated =
  /^1\.2\.840\.113549\.1\.12\.1\.[12456]$|^1\.2\.840\.113549\.1\.5\.\d$|^1\.2\.840\.113549\.1\.5\.1[01]$/;

const digests: Record<string, { name: string; block: number }> = {
  '1.3.14.3.2.26': { name: 'sha1', block: 64 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', block: 64 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', block: 128 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', block: 128 },
};
const hmacs: Record<string, string> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const ciphers: Record<string, { name: string; keyBytes: number }> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24 },
};

/** The password, and how often it may still be hashed for this file. */
interface Opening {
  password: string;
  derivations: number;
}

/** @throws {KeyFileRefused} */
export async function readKeyFile(file: Buffer, password: string): Promise<KeyFile> {
  const [, safe, mac] = parts(read(file).node, 0x30);
  const contents = octets(dataOf(need(safe)));
  if (!mac) throw new KeyFileRefused('unprotected');
  const opening = { password, derivations: MOST_DERIVATIONS };
  await verify(contents, mac, opening);
  const keys: Buffer[] = [];
  const certificates: Buffer[] = [];
  for (const info of parts(read(contents).node, 0x30)) {
    const [type, wrapped] = parts(info, 0x30);
    const inner = first(need(wrapped), 0xa0);
    const bags = oidOf(need(type)) === oids.encryptedData ? await decryptData(inner, opening) : octets(inner);
    await collect(read(bags).node, opening, { keys, certificates }, 0);
  }
  const [key] = keys;
  if (!key) throw new KeyFileRefused('no-key');
  try {
    return { privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }), certificates };
  } catch {
    throw new KeyFileRefused('unknown-key');
  }
}

async function collect(
  safe: Node,
  opening: Opening,
  found: { keys: Buffer[]; certificates: Buffer[] },
  depth: number,
): Promise<void> {
  if (depth > 3) throw new KeyFileRefused('unreadable');
  for (const bag of parts(safe, 0x30)) {
    const [type, wrapped] = parts(bag, 0x30);
    const value = first(need(wrapped), 0xa0);
    const kind = oidOf(need(type));
    const isKey = kind === oids.keyBag || kind === oids.shroudedKeyBag;
    if (isKey && found.keys.length > 0) throw new KeyFileRefused('several-keys');
    if (kind === oids.keyBag) found.keys.push(value.whole);
    if (kind === oids.shroudedKeyBag) {
      const [algorithm, sealed] = parts(value, 0x30);
      found.keys.push(await decrypt(need(algorithm), octets(need(sealed)), opening));
    }
    if (kind === oids.certificateBag) {
      const [form, certificate] = parts(value, 0x30);
      if (oidOf(need(form)) === oids.x509) found.certificates.push(octets(first(need(certificate), 0xa0)));
    }
    if (kind === oids.nestedBag) await collect(value, opening, found, depth + 1);
  }
}

/** Section 4: integrity by the password. A wrong one is told here, before anything is decrypted. */
async function verify(contents: Buffer, mac: Node, opening: Opening): Promise<void> {
  const [info, salt, rounds] = parts(mac, 0x30);
  const [algorithm, value] = parts(need(info), 0x30);
  const digest = digests[oidOf(need(parts(need(algorithm), 0x30)[0]))];
  if (!digest) throw new KeyFileRefused('outdated');
  const key = await derive(digest, 3, passwordFor(opening), octets(need(salt)), rounds ? numberOf(rounds) : 1, 0);
  const expected = octets(need(value));
  const found = createHmac(digest.name, key).update(contents).digest();
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) throw new KeyFileRefused('wrong-password');
}

async function decryptData(encrypted: Node, opening: Opening): Promise<Buffer> {
  const [, info] = parts(encrypted, 0x30);
  const [, algorithm, contents] = parts(need(info), 0x30);
  return decrypt(need(algorithm), octets(need(contents)), opening);
}

async function decrypt(algorithm: Node, sealed: Buffer, opening: Opening): Promise<Buffer> {
  const { name, key, iv } = await cipherOf(algorithm, opening);
  try {
    const decipher = createDecipheriv(name, key, iv);
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch {
    throw new KeyFileRefused('wrong-password');
  }
}

async function cipherOf(algorithm: Node, opening: Opening): Promise<{ name: string; key: Buffer; iv: Buffer }> {
  const [scheme, given] = parts(algorithm, 0x30);
  const oid = oidOf(need(scheme));
  if (oid === oids.tripleDes) {
    const [salt, rounds] = parts(need(given), 0x30).map((node) => node);
    const sha1 = { name: 'sha1', block: 64 };
    const asked = [passwordFor(opening), octets(need(salt)), numberOf(need(rounds))] as const;
    return { name: 'des-ede3-cbc', key: await derive(sha1, 1, ...asked, 24), iv: await derive(sha1, 2, ...asked, 8) };
  }
  if (oid !== oids.pbes2) throw new KeyFileRefused(outdated.test(oid) ? 'outdated' : 'unreadable');
  // RFC 8018, appendix A.
  const [derivation, encryption] = parts(need(given), 0x30);
  const [function_, settings] = parts(need(derivation), 0x30);
  if (oidOf(need(function_)) !== oids.pbkdf2) throw new KeyFileRefused('outdated');
  const [salt, rounds, ...optional] = parts(need(settings), 0x30);
  const pseudorandom = optional.find(({ tag }) => tag === 0x30);
  const hash = pseudorandom ? hmacs[oidOf(need(parts(pseudorandom, 0x30)[0]))] : 'sha1';
  const [cipherId, iv] = parts(need(encryption), 0x30);
  const cipher = ciphers[oidOf(need(cipherId))];
  if (!hash || !cipher) throw new KeyFileRefused('outdated');
  const times = bounded(numberOf(need(rounds)), MOST_ROUNDS);
  const key = await promisify(pbkdf2)(passwordFor(opening), octets(need(salt)), times, cipher.keyBytes, hash);
  return { name: cipher.name, key, iv: octets(need(iv)) };
}

/** Takes one of the file's derivations. */
function passwordFor(opening: Opening): string {
  if (opening.derivations === 0) throw new KeyFileRefused('too-many-rounds');
  opening.derivations -= 1;
  return opening.password;
}

function bounded(rounds: number, most: number): number {
  if (rounds > most) throw new KeyFileRefused('too-many-rounds');
  if (rounds < 1) throw new KeyFileRefused('unreadable');
  return rounds;
}

/**
 * Appendix B.2. Lets others have their turn between slices.
 *
 * @param purpose 1: a key, 2: an initialisation vector, 3: a key for integrity
 * @param bytes 0: as many as the digest has
 */
export async function derive(
  { name, block }: { name: string; block: number },
  purpose: 1 | 2 | 3,
  password: string,
  salt: Buffer,
  rounds: number,
  bytes: number,
): Promise<Buffer> {
  const times = bounded(rounds, MOST_OLD_ROUNDS);
  const filled = (from: Buffer) => Buffer.alloc(Math.ceil(from.length / block) * block, from.length ? from : 0);
  // BMPString: two octets a character, the most significant one first, two zeros at the end.
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16();
  const seed = Buffer.concat([filled(salt), filled(text)]);
  const diversifier = Buffer.alloc(block, purpose);
  const out: Buffer[] = [];
  const wanted = bytes || createHash(name).digest().length;
  for (let length = 0; length < wanted; ) {
    let hash = createHash(name).update(diversifier).update(seed).digest();
    for (let round = 1; round < times; round++) {
      hash = createHash(name).update(hash).digest();
      if (round % 2_000 === 0) await promisify(setImmediate)();
    }
    out.push(hash);
    length += hash.length;
    addToEach(seed, Buffer.alloc(block, hash));
  }
  return Buffer.concat(out).subarray(0, wanted);
}

/** Adds a number and one to each block of the seed, without what is carried over the block. */
function addToEach(seed: Buffer, addend: Buffer): void {
  for (let start = 0; start < seed.length; start += addend.length) {
    let carry = 1;
    for (let at = addend.length - 1; at >= 0; at--) {
      carry += (seed[start + at] as number) + (addend[at] as number);
      seed[start + at] = carry & 0xff;
      carry >>= 8;
    }
  }
}

/** What was read of a value: basic encoding (X.690), since some programs write lengths that are not definite. */
interface Node {
  tag: number;
  contents: Buffer;
  whole: Buffer;
}

/** @throws {KeyFileRefused} what is cut off, nested too deep, or of a form that has no place here */
function read(bytes: Buffer, at = 0, depth = 0): { node: Node; end: number } {
  const [tag, size] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || size === undefined || (tag & 0x1f) === 0x1f || depth > MOST_DEPTH)
    throw new KeyFileRefused('unreadable');
  let start = at + 2;
  if (size === 0x80) {
    if ((tag & 0x20) === 0) throw new KeyFileRefused('unreadable');
    let end = start;
    while (bytes[end] !== 0 || bytes[end + 1] !== 0) end = read(bytes, end, depth + 1).end;
    return { node: { tag, contents: bytes.subarray(start, end), whole: bytes.subarray(at, end + 2) }, end: end + 2 };
  }
  let length = size;
  if (size > 0x80) {
    const octetsOfLength = size & 0x7f;
    if (octetsOfLength > 4 || start + octetsOfLength > bytes.length) throw new KeyFileRefused('unreadable');
    length = bytes.readUIntBE(start, octetsOfLength);
    start += octetsOfLength;
  }
  const end = start + length;
  if (end > bytes.length) throw new KeyFileRefused('unreadable');
  return { node: { tag, contents: bytes.subarray(start, end), whole: bytes.subarray(at, end) }, end };
}

function parts({ tag, contents }: Node, wanted: number): Node[] {
  if (tag !== wanted) throw new KeyFileRefused('unreadable');
  const found: Node[] = [];
  for (let at = 0; at < contents.length; ) {
    const { node, end } = read(contents, at);
    found.push(node);
    if (found.length > MOST_PARTS) throw new KeyFileRefused('unreadable');
    at = end;
  }
  return found;
}

function need(node: Node | undefined): Node {
  if (!node) throw new KeyFileRefused('unreadable');
  return node;
}

const first = (node: Node, wanted: number): Node => need(parts(node, wanted)[0]);

/** The value of a ContentInfo that holds data as it is. */
function dataOf(info: Node): Node {
  const [type, wrapped] = parts(info, 0x30);
  if (oidOf(need(type)) !== oids.data) throw new KeyFileRefused('unreadable');
  return first(need(wrapped), 0xa0);
}

/** A string of octets, also one that is tagged [0] instead, or that comes in pieces. */
function octets({ tag, contents }: Node): Buffer {
  if (tag === 0x04 || tag === 0x80) return contents;
  if (tag !== 0x24 && tag !== 0xa0) throw new KeyFileRefused('unreadable');
  const pieces: Buffer[] = [];
  for (let at = 0; at < contents.length; ) {
    const { node, end } = read(contents, at);
    if (node.tag !== 0x04) throw new KeyFileRefused('unreadable');
    pieces.push(node.contents);
    at = end;
  }
  return Buffer.concat(pieces);
}

function numberOf({ tag, contents }: Node): number {
  if (tag !== 0x02 || contents.length === 0) throw new KeyFileRefused('unreadable');
  // Four octets at most are read as they are; more is more than is accepted of anything here.
  return contents.length > 4 ? Number.MAX_SAFE_INTEGER : contents.readIntBE(0, contents.length);
}

function oidOf({ tag, contents }: Node): string {
  if (tag !== 0x06 || contents.length === 0 || contents.length > 32) throw new KeyFileRefused('unreadable');
  const numbers: number[] = [];
  let value = 0;
  for (const octet of contents) {
    value = value * 128 + (octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    if (numbers.length === 0)
      numbers.push(Math.min(Math.floor(value / 40), 2), value - 40 * Math.min(Math.floor(value / 40), 2));
    else numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}
