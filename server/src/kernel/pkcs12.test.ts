import { createCipheriv, createHash, createHmac, pbkdf2Sync, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyFiles, passwordOfFiles, passwordOfTripleDes } from '../../test/key-files.ts';
import { isPair } from './certificates.ts';
import { KeyFileRefused, readKeyFile } from './pkcs12.ts';

const bytesOf = (name: keyof typeof keyFiles) => Buffer.from(keyFiles[name], 'base64');
const faultOf = (file: Buffer, password = passwordOfFiles) =>
  readKeyFile(file, password).then(
    () => 'none',
    (error: unknown) => (error instanceof KeyFileRefused ? error.fault : error),
  );

test.each([
  ['usual', passwordOfFiles, ['CN=usual'], 'ec'],
  ['tripleDes', passwordOfTripleDes, ['CN=tripleDes'], 'ec'],
  ['keytool', passwordOfFiles, ['CN=keytool'], 'ec'],
  ['rsa', passwordOfFiles, ['CN=rsa'], 'rsa'],
  ['ed25519', passwordOfFiles, ['CN=ed25519'], 'ed25519'],
  ['chain', passwordOfFiles, ['CN=issued\nO=Northwind', 'CN=issuer'], 'ec'],
] as const)('the file %s opens', async (name, password, subjects, type) => {
  const { privateKey, certificates } = await readKeyFile(bytesOf(name), password);
  const read = certificates.map((der) => new X509Certificate(der));
  expect(read.map(({ subject }) => subject)).toEqual(subjects);
  expect(privateKey.asymmetricKeyType).toBe(type);
  expect(isPair((read[0] as X509Certificate).publicKey, privateKey)).toBe(true);
});

test.each([
  ['outdated', 'outdated'],
  ['unprotected', 'unprotected'],
  ['withoutKey', 'no-key'],
  ['severalKeys', 'several-keys'],
  ['withoutCertificate', 'none'],
] as const)('the file %s is refused: %s', async (name, fault) => {
  expect(await faultOf(bytesOf(name))).toBe(fault);
});

test.each(['', ' ', 'of the matrix ', 'Of the matrix', '\0', 'of the matrix\0', '😀'])(
  'the password %j opens nothing',
  async (password) => {
    for (const name of ['usual', 'keytool'] as const)
      expect(await faultOf(bytesOf(name), password)).toBe('wrong-password');
    expect(await faultOf(bytesOf('tripleDes'), password)).toBe('wrong-password');
  },
);

/** A value of the encoding, of definite length. */
const der = (tag: number, ...parts: Buffer[]) => {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  return Buffer.concat([Buffer.from(length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]), contents]);
};

describe('a file that is not as it should be', () => {
  test('is refused at whichever octet it is broken or cut', async () => {
    const file = bytesOf('usual');
    const faults = new Set<unknown>();
    for (let at = 0; at < file.length; at += 7) {
      const broken = Buffer.from(file);
      broken[at] = (broken[at] as number) ^ 0xff;
      faults.add(await faultOf(broken));
      faults.add(await faultOf(file.subarray(0, at)));
    }
    const known = ['unreadable', 'unprotected', 'outdated', 'too-many-rounds', 'wrong-password'];
    expect([...faults].filter((fault) => !known.includes(fault as string))).toEqual([]);
  });

  test('is refused whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await faultOf(Buffer.from(bytes))).toBe('unreadable');
      }),
      { numRuns: 300 },
    );
  });

  test('is refused when it is nested deeper than anything needs, definitely or not', async () => {
    let nested = der(0x30);
    for (let depth = 0; depth < 5_000 && nested.length < 60_000; depth++) nested = der(0x30, nested);
    expect(await faultOf(nested)).toBe('unreadable');
    expect(await faultOf(Buffer.alloc(100_000, Buffer.from([0x30, 0x80])))).toBe('unreadable');
    expect(await faultOf(Buffer.alloc(100_000, Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff])))).toBe('unreadable');
  });

  test('is refused when it asks for more rounds than are accepted, before any is done', async () => {
    // INTEGER 2048 stands where OpenSSL writes how often the password is hashed.
    const file = bytesOf('usual');
    const rounds = Buffer.from([0x02, 0x02, 0x08, 0x00]);
    const at = file.lastIndexOf(rounds);
    const mac = Buffer.from(file);
    mac.writeUInt16BE(0x7fff, at + 2);
    expect(await faultOf(mac)).toBe('wrong-password');
    const many = (value: number[]) => {
      const data = der(0x30, der(0x06, Buffer.from('2a864886f70d010701', 'hex')), der(0xa0, der(0x04, der(0x30))));
      const sha256 = der(0x30, der(0x06, Buffer.from('608648016503040201', 'hex')));
      const info = der(0x30, sha256, der(0x04, createHmac('sha256', 'x').digest()));
      return der(
        0x30,
        der(0x02, Buffer.from([3])),
        data,
        der(0x30, info, der(0x04, Buffer.alloc(8)), der(0x02, Buffer.from(value))),
      );
    };
    expect(await faultOf(many([0x03, 0x0d, 0x41]))).toBe('too-many-rounds');
    expect(await faultOf(many([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff]))).toBe('too-many-rounds');
    expect(await faultOf(many([0]))).toBe('unreadable');
    expect(await faultOf(many([0xff]))).toBe('unreadable');
  });
});

describe('a file is opened by few derivations of its password', () => {
  const salt = Buffer.alloc(8, 1);
  const iv = Buffer.alloc(16);
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
  const int = (...value: number[]) => der(0x02, Buffer.from(value));
  const sealing = (...rounds: number[]) =>
    der(
      0x30,
      oid('2a864886f70d01050d'),
      der(
        0x30,
        der(0x30, oid('2a864886f70d01050c'), der(0x30, der(0x04, salt), int(...rounds))),
        der(0x30, oid('608648016503040102'), der(0x04, iv)),
      ),
    );
  /** A safe without anything in it, encrypted. */
  const encrypted = () => {
    const cipher = createCipheriv('aes-128-cbc', pbkdf2Sync(passwordOfFiles, salt, 1, 16, 'sha1'), iv);
    const contents = Buffer.concat([cipher.update(der(0x30)), cipher.final()]);
    const info = der(0x30, oid('2a864886f70d010701'), sealing(1), der(0x80, contents));
    return der(0x30, oid('2a864886f70d010706'), der(0xa0, der(0x30, int(0), info)));
  };
  const plain = (...bags: Buffer[]) => der(0x30, oid('2a864886f70d010701'), der(0xa0, der(0x04, der(0x30, ...bags))));
  /** With the integrity of RFC 7292 by one round. */
  const fileOf = (...infos: Buffer[]) => {
    const contents = der(0x30, ...infos);
    const text = Buffer.from(`${passwordOfFiles}\0`, 'utf16le').swap16();
    const key = createHash('sha256')
      .update(Buffer.alloc(64, 3))
      .update(Buffer.alloc(64, salt))
      .update(Buffer.alloc(64, text))
      .digest();
    const value = der(0x04, createHmac('sha256', key).update(contents).digest());
    const mac = der(0x30, der(0x30, der(0x30, oid('608648016503040201')), value), der(0x04, salt));
    return der(0x30, int(3), der(0x30, oid('2a864886f70d010701'), der(0xa0, der(0x04, contents))), mac);
  };

  test('five, that of its integrity with them', async () => {
    expect(await faultOf(fileOf(encrypted(), encrypted(), encrypted(), encrypted()))).toBe('no-key');
    expect(await faultOf(fileOf(...Array.from({ length: 5 }, encrypted)))).toBe('too-many-rounds');
    expect(await faultOf(fileOf(...Array.from({ length: 90 }, encrypted)))).toBe('too-many-rounds');
  });

  test('a second key is refused before it is decrypted', async () => {
    const key = der(0x30, oid('2a864886f70d010c0a0101'), der(0xa0, der(0x30)));
    const shrouded = (...rounds: number[]) =>
      der(0x30, oid('2a864886f70d010c0a0102'), der(0xa0, der(0x30, sealing(...rounds), der(0x04, iv))));
    const tooMany = [0x0f, 0xff, 0xff];
    expect(await faultOf(fileOf(plain(shrouded(...tooMany))))).toBe('too-many-rounds');
    expect(await faultOf(fileOf(plain(key, shrouded(...tooMany))))).toBe('several-keys');
    expect(await faultOf(fileOf(plain(key), plain(shrouded(...tooMany))))).toBe('several-keys');
    expect(await faultOf(fileOf(plain(key, key)))).toBe('several-keys');
  });
});

test('lengths that are not definite, and octets in pieces, are read as well', async () => {
  const file = bytesOf('keytool');
  expect(await faultOf(loosely(file))).toBe('none');
});

/** The outer sequence and its parts, with lengths that are not definite and the safe in two pieces. */
function loosely(file: Buffer): Buffer {
  const partsOf = (bytes: Buffer): Buffer[] => {
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = bytes[at + 1] as number;
      const head = size < 128 ? 2 : 2 + (size & 0x7f);
      const length = size < 128 ? size : bytes.readUIntBE(at + 2, size & 0x7f);
      found.push(bytes.subarray(at, at + head + length));
      at += head + length;
    }
    return found;
  };
  const contentsOf = (value: Buffer) =>
    value.subarray((value[1] as number) < 128 ? 2 : 2 + ((value[1] as number) & 0x7f));
  const open = (tag: number, ...parts: Buffer[]) =>
    Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.from([0, 0])]);
  const [version, safe, mac] = partsOf(contentsOf(file)) as [Buffer, Buffer, Buffer];
  const [type, wrapped] = partsOf(contentsOf(safe)) as [Buffer, Buffer];
  const contents = contentsOf(contentsOf(wrapped));
  const half = contents.length >> 1;
  const pieces = open(0x24, der(0x04, contents.subarray(0, half)), der(0x04, contents.subarray(half)));
  return open(0x30, version, open(0x30, type, open(0xa0, pieces)), mac);
}
