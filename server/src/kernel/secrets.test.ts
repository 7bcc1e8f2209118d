import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  embeddedKeyFiles,
  fingerprint,
  KeyFileProblem,
  keyFolderFiles,
  loadKey,
  loadKeys,
  loadOrCreateKey,
  newDataKey,
  open,
  SealBroken,
  seal,
  unwrapKey,
  wrapKey,
} from './secrets.ts';

const key = randomBytes(32);
const bound = ['tenant', 'table', 'row', 'column'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is sealed opens in its place, and looks different each time', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.array(fc.string()), (plaintext, place) => {
      const sealed = seal(key, plaintext, place);
      expect(open(key, sealed, place)).toEqual(Buffer.from(plaintext));
      expect(seal(key, plaintext, place)).not.toEqual(sealed);
      expect(sealed).toHaveLength(1 + 12 + plaintext.length + 16);
    }),
  );
  expect(open(key, seal(key, 'grüße', bound), bound).toString()).toBe('grüße');
});

test('a changed byte, a cut or another key opens nothing', () => {
  const sealed = seal(key, 'a secret', bound);
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ by;
      expect(() => open(key, changed, bound)).toThrow(SealBroken);
      expect(() => open(key, sealed.subarray(0, at), bound)).toThrow(SealBroken);
    }),
  );
  expect(() => open(randomBytes(32), sealed, bound)).toThrow(SealBroken);
});

test('a value opens in no other row, column, table or tenant', () => {
  const sealed = seal(key, 'a secret', bound);
  for (const place of bound.keys()) {
    expect(() => open(key, sealed, bound.with(place, 'other'))).toThrow(SealBroken);
  }
  expect(() => open(key, sealed, bound.slice(0, 3))).toThrow(SealBroken);
  expect(() => open(key, seal(key, 'x', ['ab', 'c']), ['a', 'bc'])).toThrow(SealBroken);
  expect(() => open(key, seal(key, 'x', ['a', '']), ['a'])).toThrow(SealBroken);
});

test("a data key opens with its region's master key for its tenant only", () => {
  const dataKey = newDataKey();
  const wrapped = wrapKey(key, dataKey, 'tenant-a');
  expect(unwrapKey(key, wrapped, 'tenant-a')).toEqual(dataKey);
  expect(() => unwrapKey(key, wrapped, 'tenant-b')).toThrow(SealBroken);
  expect(() => unwrapKey(randomBytes(32), wrapped, 'tenant-a')).toThrow(SealBroken);
  expect(() => open(key, wrapped, ['tenant-a'])).toThrow(SealBroken);
});

test('fingerprints differ by value, purpose and key', () => {
  const first = fingerprint(key, 'domain', 'example.com');
  expect(first).toHaveLength(32);
  expect(fingerprint(key, 'domain', 'example.com')).toEqual(first);
  expect(fingerprint(key, 'domain', 'example.org')).not.toEqual(first);
  expect(fingerprint(key, 'system-name', 'example.com')).not.toEqual(first);
  expect(fingerprint(key, 'domaine', 'xample.com')).not.toEqual(first);
  expect(fingerprint(randomBytes(32), 'domain', 'example.com')).not.toEqual(first);
});

test('a key is made once, closed to others, and nothing else is left behind', () => {
  const file = join(folder, 'eu', 'keys', 'master.key');
  const made = loadOrCreateKey(file);
  expect(made).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'eu', 'keys')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, 'eu', 'keys'))).toEqual(['master.key']);
  expect(loadOrCreateKey(file)).toEqual(made);
  expect(loadKey(file)).toEqual(made);
});

test('a half-made key of an earlier start does not stand in the way', () => {
  const file = join(folder, 'master.key');
  writeFileSync(`${file}.1234.new`, 'half');
  expect(loadOrCreateKey(file)).toHaveLength(32);
});

test('a key open to others is refused with the command that closes it', () => {
  const file = join(folder, 'master.key');
  loadOrCreateKey(file);
  for (const mode of [0o640, 0o604, 0o660]) {
    chmodSync(file, mode);
    expect(() => loadOrCreateKey(file)).toThrow(`chmod 600 '${file}'`);
  }
});

test('a broken key is never replaced, a missing one never made where it must exist', () => {
  const file = join(folder, 'master.key');
  expect(() => loadKey(file)).toThrow(KeyFileProblem);
  writeFileSync(file, 'short', { mode: 0o600 });
  expect(() => loadOrCreateKey(file)).toThrow('has 5 bytes instead of 32');
});

test('keys lie in the folder of their region, or all in the folder that is named', () => {
  const embedded = embeddedKeyFiles(folder, ['au', 'eu']);
  expect(embedded).toEqual({
    fingerprint: join(folder, 'directory', 'keys', 'fingerprint.key'),
    masters: { au: join(folder, 'au', 'keys', 'master.key'), eu: join(folder, 'eu', 'keys', 'master.key') },
  });
  const named = keyFolderFiles(folder, ['eu']);
  expect(named).toEqual({
    fingerprint: join(folder, 'fingerprint.key'),
    masters: { eu: join(folder, 'eu.master.key') },
  });
  expect(() => loadKeys(named, { create: false })).toThrow(KeyFileProblem);
  const keys = loadKeys(named, { create: true });
  expect([...keys.masters.keys()]).toEqual(['eu']);
  expect(keys.masters.get('eu')).not.toEqual(keys.fingerprint);
  expect(loadKeys(named, { create: false })).toEqual(keys);
});
