import { crc32 } from 'node:zlib';

/** A picture by its own bytes, whatever it was called, with nothing in it but the picture. */
export interface Picture {
  type: 'image/png' | 'image/jpeg' | 'image/webp';
  width: number;
  height: number;
  bytes: Buffer<ArrayBuffer>;
}

/**
 * Reads a PNG, JPEG or WebP. Texts, places, previews, further frames and whatever stands behind the end are left out.
 *
 * @returns undefined for anything else, also for one that is cut off
 */
export function readPicture(bytes: Buffer<ArrayBuffer>): Picture | undefined {
  try {
    if (bytes.subarray(0, 8).equals(pngStart)) return readPng(bytes);
    if (bytes.readUInt16BE(0) === 0xffd8) return readJpeg(bytes);
    if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return readWebp(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // read beyond the end
  }
  return undefined;
}

const pngStart = Buffer.from('89504e470d0a1a0a', 'hex');
const pngKept = new Set(['IHDR', 'PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'IDAT', 'IEND']);

/** PNG (third edition), section 5.3: length, type, data, checksum. */
function readPng(bytes: Buffer<ArrayBuffer>): Picture | undefined {
  const kept = [pngStart];
  let hasData = false;
  for (let at = 8; ; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(at + 4, end - 4))) return undefined;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if ((at === 8) !== (type === 'IHDR')) return undefined;
    hasData ||= type === 'IDAT';
    if (pngKept.has(type)) kept.push(bytes.subarray(at, end));
    if (type === 'IEND') break;
    at = end;
  }
  if (!hasData) return undefined;
  return {
    type: 'image/png',
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    bytes: Buffer.concat(kept),
  };
}

const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Tables, frames, scans, and Adobe's word on what the colours mean. */
const isKept = (marker: number) => isFrame(marker) || [0xc4, 0xda, 0xdb, 0xdd, 0xee].includes(marker);

/** ITU-T T.81, annex B: segments by their markers; behind the head of a scan its data, up to the next marker. */
function readJpeg(bytes: Buffer): Picture | undefined {
  const kept = [bytes.subarray(0, 2)];
  let size: { width: number; height: number } | undefined;
  for (let at = 2; ; ) {
    const marker = bytes.readUInt8(at + 1);
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    if (marker === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    if (marker === 0xd9) {
      if (!size) return undefined;
      return { type: 'image/jpeg', ...size, bytes: Buffer.concat([...kept, bytes.subarray(at, at + 2)]) };
    }
    let end = at + 2 + bytes.readUInt16BE(at + 2);
    if (isFrame(marker)) {
      if (size) return undefined;
      size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    if (marker === 0xda) while (!isMarker(bytes, end)) end += 1;
    if (isKept(marker)) kept.push(bytes.subarray(at, end));
    at = end;
  }
}

/** Within the data of a scan 0xff stands before 0 or the number of a restart, or begins the next segment. */
function isMarker(bytes: Buffer, at: number): boolean {
  if (bytes.readUInt8(at) !== 0xff) return false;
  const next = bytes.readUInt8(at + 1);
  return next !== 0 && !(next >= 0xd0 && next <= 0xd7);
}

/** RFC 9649: chunks of a name, a length and data, padded to an even length. */
function readWebp(bytes: Buffer): Picture | undefined {
  const chunks: Buffer[] = [];
  let size: { width: number; height: number } | undefined;
  const end = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  for (let at = 12; at < end; ) {
    const type = bytes.toString('latin1', at, at + 4);
    const data = at + 8;
    const next = data + bytes.readUInt32LE(at + 4);
    if (next > end) return undefined;
    const chunk = Buffer.from(bytes.subarray(at, next + (next % 2)));
    if (type === 'ANIM' || type === 'ANMF') return undefined;
    if (type === 'VP8X') chunk.writeUInt8(chunk.readUInt8(8) & 0x10, 8); // says of what is left: transparency
    if (type === 'VP8 ') {
      if (bytes.readUIntBE(data + 3, 3) !== 0x9d012a) return undefined;
      size = { width: bytes.readUInt16LE(data + 6) & 0x3fff, height: bytes.readUInt16LE(data + 8) & 0x3fff };
    }
    if (type === 'VP8L') {
      if (bytes.readUInt8(data) !== 0x2f) return undefined;
      const bits = bytes.readUInt32LE(data + 1);
      size = { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    if (['VP8X', 'ALPH', 'VP8 ', 'VP8L'].includes(type)) chunks.push(chunk);
    at = next + (next % 2);
  }
  if (!size) return undefined;
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  const picture = Buffer.concat([head, ...chunks]);
  picture.writeUInt32LE(picture.length - 8, 4);
  return { type: 'image/webp', ...size, bytes: picture };
}
