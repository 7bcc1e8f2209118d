import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPicture } from './picture.ts';

/** 24 by 16 pixels each, as a browser made them. */
const pictures = {
  'image/png':
    'iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAYAAAAMJL+VAAAAM0lEQVR4AezSsQkAAAgDQXESR3M0N9URUqXyBbtA4EhWzzo/w3wUSGCIIJICMsCKHhAdAAAA//9EepPGAAAABklEQVQDAFXVMwlMRL6xAAAAAElFTkSuQmCC',
  'image/jpeg':
    '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAT/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCIBYkAAf/Z',
  'image/webp':
    'UklGRnQAAABXRUJQVlA4WAoAAAAQAAAAFwAADwAAQUxQSBQAAAABDzD/ERFCSED4v9YD3YKI/gc2A1ZQOCA6AAAAEAMAnQEqGAAQAD8RcrBQLCakorAIAYAiCWMALv/AtOAAAP7tZ//JGeJWbjLn4+SxJ/tiUojMw04AAA==',
};
const bytesOf = (type: keyof typeof pictures) => Buffer.from(pictures[type], 'base64');
const types = Object.keys(pictures) as (keyof typeof pictures)[];

const pngChunk = (type: string, data: string) => {
  const body = Buffer.from(type + data, 'latin1');
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
};
const jpegSegment = (marker: number, data: string) =>
  Buffer.concat([Buffer.from([0xff, marker, 0, data.length + 2]), Buffer.from(data, 'latin1')]);
const webpChunk = (type: string, data: string) => {
  const chunk = Buffer.from(`${type}\0\0\0\0${data}${data.length % 2 ? '\0' : ''}`, 'latin1');
  chunk.writeUInt32LE(data.length, 4);
  return chunk;
};
/** As a file of its own: its length stands at its beginning. */
const riff = (...parts: Buffer[]) => {
  const file = Buffer.concat(parts);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
};

test.each(types)('%s: what it is and how large is read from its bytes', (type) => {
  const bytes = bytesOf(type);
  expect(readPicture(bytes)).toEqual({ type, width: 24, height: 16, bytes });
});

test('a WebP without extensions, and one without loss', () => {
  const extended = bytesOf('image/webp');
  const plain = riff(extended.subarray(0, 12), extended.subarray(58));
  expect(readPicture(plain)).toEqual({ type: 'image/webp', width: 24, height: 16, bytes: plain });
  const lossless = riff(extended.subarray(0, 12), webpChunk('VP8L', '\x2f\x17\xc0\x03\x00'));
  expect(readPicture(lossless)).toMatchObject({ width: 24, height: 16 });
});

test('texts, places and scripts within or behind a picture are left out', () => {
  const said = '<script>alert(1)</script> 48.2, 16.4';
  const png = bytesOf('image/png');
  const jpeg = bytesOf('image/jpeg');
  const webp = bytesOf('image/webp');
  const behind = Buffer.from(said);
  const laden = {
    'image/png': [
      [png.subarray(0, 33), pngChunk('tEXt', said), pngChunk('acTL', said), png.subarray(33)],
      [png, behind],
    ],
    'image/jpeg': [
      [jpeg.subarray(0, 2), jpegSegment(0xe1, said), jpegSegment(0xfe, said), jpeg.subarray(2)],
      [jpeg, behind],
    ],
    'image/webp': [
      [webp.subarray(0, 30), webpChunk('EXIF', said), webpChunk('XMP ', said), webp.subarray(30)],
      [webp, behind],
    ],
  };
  for (const type of types)
    for (const [at, parts] of laden[type].entries()) {
      const file = at === 0 && type === 'image/webp' ? riff(...parts) : Buffer.concat(parts);
      expect(readPicture(file)?.bytes.equals(bytesOf(type)), `${type} ${at}`).toBe(true);
    }
});

test('what is no still picture is none', () => {
  const webp = bytesOf('image/webp');
  const wrongSum = bytesOf('image/png');
  wrongSum.writeUInt8(1, 20);
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    Buffer.from('GIF89a\x18\0\x10\0\x80\0\0 `\xa0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;', 'latin1'),
    wrongSum,
    riff(webp.subarray(0, 30), webpChunk('ANIM', 'abcdef'), webp.subarray(30)),
  ])
    expect(readPicture(bytes)).toBeUndefined();
});

test('cut off anywhere, it is no picture', () => {
  for (const type of types) {
    const bytes = bytesOf(type);
    for (let length = 0; length < bytes.length; length++)
      expect(readPicture(bytes.subarray(0, length)), `${type} of ${length}`).toBeUndefined();
  }
});

test('any bytes are read without a fault, and never become more', () => {
  const damaged = fc.tuple(
    fc.constantFrom(...types),
    fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(damaged, ([type, changes]) => {
      const bytes = bytesOf(type);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      expect(readPicture(bytes)?.bytes.length ?? 0).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 2000 },
  );
});
