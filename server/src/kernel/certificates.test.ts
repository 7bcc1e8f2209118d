import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeCertificate, publicKeyOf, readCertificate } from './certificates.ts';

const startsAt = new Date('2026-01-02T03:04:05Z');
const expiresAt = new Date('2029-01-01T00:00:00Z');
const { certificate, privateKey } = await makeCertificate('Bailiwick of tests', startsAt, expiresAt);

test('what is made verifies itself, holds the key, and says for how long', () => {
  const read = new X509Certificate(certificate);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  expect([read.subject, read.issuer]).toEqual(['CN=Bailiwick of tests', 'CN=Bailiwick of tests']);
  expect(read.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
  expect(publicKeyOf(certificate)).toBe(read.publicKey.export({ type: 'spki', format: 'pem' }));
});

test('it is read from PEM, from Base64 alone, and with other line breaks, as the same text', () => {
  const bare = certificate.replace(/-----.*?-----|\n/g, '');
  for (const text of [certificate, bare, ` ${bare.replace(/(.{76})/g, '$1\r\n')}\n`])
    expect(readCertificate(text)).toMatchObject({
      pem: certificate,
      subject: 'CN=Bailiwick of tests',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      startsAt,
      expiresAt,
      weakness: undefined,
    });
});

test('what is no certificate is none', () => {
  for (const text of ['', 'x', privateKey, certificate + certificate, certificate.slice(0, 400), 'A'.repeat(400)])
    expect(readCertificate(text), text.slice(0, 40)).toBeUndefined();
});

test('a certificate whose key cannot be read is none, at whichever byte it is broken', () => {
  const der = Buffer.from(certificate.replace(/-----.*?-----|\n/g, ''), 'base64');
  let unreadable = 0;
  for (let at = 0; at < der.length; at++) {
    const broken = Buffer.from(der);
    broken[at] = (broken[at] as number) ^ 0xff;
    if (!readCertificate(broken.toString('base64'))) unreadable++;
  }
  expect(unreadable).toBeGreaterThan(100);
});
