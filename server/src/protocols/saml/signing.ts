import { createHash, sign } from 'node:crypto';
import type { OwnKey } from '../../capabilities/identity-providers/service.ts';
import { canonical } from './canonical.ts';
import { bare } from './metadata.ts';
import { ENVELOPED, EXCLUSIVE, RSA_SHA256, SHA256, SIGNATURE } from './names.ts';
import { attributeOf, type Element, escaped, messageLimits, readXml } from './xml.ts';

/**
 * Signs a message of ours within itself, for a form (SAML 2.0 core, section 5.4). The signature stands after the issuer.
 *
 * @param text a whole message, whose `ID` is signed
 */
export function signedWithin(text: string, { privateKey, certificate }: OwnKey): string {
  const root = read(text);
  const digest = createHash('sha256').update(canonical(root)).digest('base64');
  const transforms = [ENVELOPED, EXCLUSIVE].map((each) => `<ds:Transform Algorithm="${each}"></ds:Transform>`).join('');
  const info = [
    `<ds:SignedInfo xmlns:ds="${SIGNATURE}">`,
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>`,
    `<ds:SignatureMethod Algorithm="${RSA_SHA256}"></ds:SignatureMethod>`,
    `<ds:Reference URI="#${escaped(attributeOf(root, 'ID') ?? '')}">`,
    `<ds:Transforms>${transforms}</ds:Transforms>`,
    `<ds:DigestMethod Algorithm="${SHA256}"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue>`,
    '</ds:Reference></ds:SignedInfo>',
  ].join('');
  const value = sign('sha256', Buffer.from(canonical(read(info))), privateKey).toString('base64');
  const key = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
  const signature = `<ds:Signature xmlns:ds="${SIGNATURE}">${info}<ds:SignatureValue>${value}</ds:SignatureValue>${key}</ds:Signature>`;
  return text.replace('</saml:Issuer>', (issuer) => issuer + signature);
}

function read(text: string): Element {
  const reading = readXml(text, messageLimits).next();
  if (!reading.done || !reading.value) throw new Error('A message of ours cannot be read.');
  return reading.value;
}
