import { randomBytes, randomInt } from 'node:crypto';
import { secureBytes } from './randomness.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Characters of a UUID in base62: 62^22 is more than 2^128. */
export const base62IdLength = 22;

let lastMs = 0;
let counter = 0;

/**
 * Makes a UUIDv7 (RFC 9562, section 5.7), larger than any that this process made before.
 *
 * `rand_a` is a counter within the millisecond (section 6.2, method 1). When it overflows, or the clock steps
 * back, the timestamp runs ahead of the clock instead.
 */
export function newId(): string {
  const bytes = secureBytes(16);
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = bytes.readUInt16BE(6) & 0x7ff; // The top bit is room to count.
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = bytes.readUInt16BE(6) & 0x7ff;
  }
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return idOfBytes(bytes);
}

/** Tells whether the text is a UUID in canonical form: lower case, with hyphens, of any version. */
export const isId = (text: string): boolean => idForm.test(text);

/** When a UUIDv7 was made, by the clock of the node that made it. */
export const timeOfId = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));

/** Writes an id as 22 base62 characters. @throws {TypeError} not an id */
export function idToBase62(id: string): string {
  if (!isId(id)) throw new TypeError('Not a canonical UUID.');
  return encodeBase62(Buffer.from(id.replaceAll('-', ''), 'hex'), base62IdLength);
}

/** Reads what `idToBase62` wrote; undefined for any other text, also for a number of more than 128 bits. */
export function idFromBase62(text: string): string | undefined {
  const bytes = text.length === base62IdLength ? decodeBase62(text, 16) : undefined;
  return bytes && idOfBytes(bytes);
}

/** Makes `length` base62 characters, each uniform and independent: 5.95 bits of secret a character. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length + 8)) {
      // 248 = 4 * 62: the bytes above would make the first characters likelier.
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62);
    }
  }
  return text;
}

/** Characters of a code that people type, each uniform and independent. */
export const randomLetters = (letters: string, length: number): string =>
  Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');

/** So many digits are one step with big numbers: 62 ** 8 is exact as a plain number. */
const step = 8;
const stepSize = 62n ** BigInt(step);
const digits = new Map([...alphabet].map((character, digit) => [character, digit]));

/** Writes bytes, as one big-endian number, in exactly `length` base62 characters. @throws {RangeError} too large */
export function encodeBase62(bytes: Uint8Array, length: number): string {
  let rest = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (text.length < length) {
    let part = Number(rest % stepSize);
    rest /= stepSize;
    for (let place = 0; place < step && text.length < length; place++) {
      text = alphabet.charAt(part % 62) + text;
      part = Math.floor(part / 62);
    }
    if (part > 0) throw new RangeError(`Does not fit in ${length} base62 characters.`);
  }
  if (rest > 0n) throw new RangeError(`Does not fit in ${length} base62 characters.`);
  return text;
}

/** Writes a number below 2^53 in exactly `length` base62 characters that hold it. */
export function smallToBase62(value: number, length: number): string {
  let rest = value;
  let text = '';
  for (let place = 0; place < length; place++) {
    text = alphabet.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Reads base62 as a number of `byteLength` bytes; undefined for other characters or a larger number. */
export function decodeBase62(text: string, byteLength: number): Buffer | undefined {
  let value = 0n;
  for (let at = 0; at < text.length; at += step) {
    let part = 0;
    const end = Math.min(text.length, at + step);
    for (let place = at; place < end; place++) {
      const digit = digits.get(text.charAt(place));
      if (digit === undefined) return undefined;
      part = part * 62 + digit;
    }
    value = value * (end - at === step ? stepSize : 62n ** BigInt(end - at)) + BigInt(part);
  }
  const hex = value.toString(16).padStart(byteLength * 2, '0');
  return hex.length > byteLength * 2 ? undefined : Buffer.from(hex, 'hex');
}

/** 16 bytes as an id. */
export function idOfBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
