import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { isPair, makeCertificate } from './certificates.ts';
import { KeyFileRefused, readKeyFile } from './pkcs12.ts';
import { writeKeyFile } from './pkcs12-writing.ts';

/** Row G4 of the attacks: a key file that is made here, as others open it. */

const folder = mkdtempSync(join(tmpdir(), 'bailiwick-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'made.p12');
const password = '7K3QF-0Z9XA-7K3QF-0Z9XA-00000';
const name = 'Werk Süd 北';
const now = new Date();
const made = await makeCertificate(name, now, new Date(now.getTime() + 86_400_000), 'ES256', 'clients');
const file = await writeKeyFile(made, name, password);
writeFileSync(path, file);

/** What a program of this machine says; undefined where there is none. */
function said(program: string, args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

test('is read here, by its password alone', async () => {
  const { privateKey, certificates } = await readKeyFile(file, password);
  const certificate = new X509Certificate(certificates[0] as Buffer);
  expect(certificate.toString()).toBe(made.certificate);
  expect(isPair(certificate.publicKey, privateKey)).toBe(true);
  expect(privateKey.equals(createPrivateKey(made.privateKey))).toBe(true);
  await expect(readKeyFile(file, 'another')).rejects.toThrow(KeyFileRefused);
});

test('opens in TLS of Node, and not by another password', () => {
  createSecureContext({ pfx: file, passphrase: password });
  expect(() => createSecureContext({ pfx: file, passphrase: 'another' })).toThrow('mac verify failure');
});

test('is for clients of TLS only, and no authority', () => {
  const certificate = new X509Certificate(made.certificate);
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(certificate.ca).toBe(false);
});

test('opens in OpenSSL: AES-256, SHA-256, 100,000 rounds of each', (context) => {
  const info = ['pkcs12', '-in', path, '-passin', `pass:${password}`, '-noenc', '-info'];
  const told = said('sh', [
    '-c',
    'command -v openssl >/dev/null && exec openssl "$@" 2>&1 || echo none',
    'sh',
    ...info,
  ]);
  if (told === undefined || told === 'none\n') return context.skip('There is no OpenSSL on this machine.');
  expect(told).toContain('MAC: sha256, Iteration 100000');
  expect(told.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256/g)).toHaveLength(2);
  expect(told).toContain('BEGIN PRIVATE KEY');
  expect(told).toContain(made.certificate);
});

test('opens in keytool of Java', (context) => {
  const told = said('keytool', ['-list', '-v', '-keystore', path, '-storepass', password]);
  if (told === undefined) return context.skip('There is no keytool on this machine.');
  expect(told).toContain('Entry type: PrivateKeyEntry');
  expect(told.replaceAll(':', '').toLowerCase()).toContain(
    new X509Certificate(made.certificate).fingerprint256.replaceAll(':', '').toLowerCase(),
  );
});
