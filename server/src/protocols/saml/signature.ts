import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { type Certificate, readCertificate } from '../../kernel/certificates.ts';
import { canonical } from './canonical.ts';
import { type Checking, finding } from './finding.ts';
import { ENVELOPED, EXCLUSIVE, RSA_SHA256, SHA256, SIGNATURE } from './names.ts';
import { attributeOf, childrenOf, descendants, type Element, elementsOf, is, textOf } from './xml.ts';

/**
 * Enveloped XML signatures: of one element, by a certificate that the tenant entered. What the document says of keys is
 * not looked at.
 */

interface Algorithm {
  hash: string;
  key: 'rsa' | 'ec';
  isStrong: boolean;
}

const more = 'http://www.w3.org/2001/04/xmldsig-more#';

const signatures: Record<string, Algorithm> = {
  [RSA_SHA256]: { hash: 'sha256', key: 'rsa', isStrong: true },
  [`${more}rsa-sha384`]: { hash: 'sha384', key: 'rsa', isStrong: true },
  [`${more}rsa-sha512`]: { hash: 'sha512', key: 'rsa', isStrong: true },
  [`${more}ecdsa-sha256`]: { hash: 'sha256', key: 'ec', isStrong: true },
  [`${more}ecdsa-sha384`]: { hash: 'sha384', key: 'ec', isStrong: true },
  [`${more}ecdsa-sha512`]: { hash: 'sha512', key: 'ec', isStrong: true },
  // Known, so that it can be said what is wrong.
  [`${SIGNATURE}rsa-sha1`]: { hash: 'sha1', key: 'rsa', isStrong: false },
  [`${more}rsa-md5`]: { hash: 'md5', key: 'rsa', isStrong: false },
};

const digests: Record<string, { hash: string; isStrong: boolean }> = {
  [SHA256]: { hash: 'sha256', isStrong: true },
  [`${more}sha384`]: { hash: 'sha384', isStrong: true },
  'http://www.w3.org/2001/04/xmlenc#sha512': { hash: 'sha512', isStrong: true },
  [`${SIGNATURE}sha1`]: { hash: 'sha1', isStrong: false },
};

const bad = (rule: string, message: string, path: string | null = null) => finding('signature', rule, message, path);

/** The certificates that verify now; one that is over or weak verifies nothing. */
export function* usableCertificates(pems: readonly string[], now: Date): Checking<Certificate[]> {
  const all = pems.map(readCertificate).filter((each) => each !== undefined);
  const usable = all.filter(({ weakness, expiresAt }) => !weakness && expiresAt > now);
  if (usable.length > 0) return usable;
  const weak = all.find(({ weakness }) => weakness);
  yield bad(
    'certificate',
    all.length === 0
      ? 'There is no certificate of the provider to verify with.'
      : weak
        ? `The certificate of the provider is not accepted: it ${weak.weakness}.`
        : `The certificate of the provider has expired on ${all[0]?.expiresAt.toISOString().slice(0, 10)}. Read its metadata again, or enter the new certificate.`,
    'saml.certificates',
  );
  return all;
}

const keyOf = ({ pem }: Certificate): KeyObject => new X509Certificate(pem).publicKey;

/** @param data as it was signed; for requests and answers in addresses, too (SAML 2.0 bindings, section 3.4.4.1) */
export function* checkSignatureValue(
  method: string | null,
  data: string,
  value: Buffer,
  certificates: Certificate[],
): Checking<void> {
  const algorithm = method !== null && Object.hasOwn(signatures, method) ? signatures[method] : undefined;
  if (!algorithm?.isStrong)
    yield bad(
      'signature-algorithm',
      'It is signed in a way that is not accepted. RSA and ECDSA with SHA-256, SHA-384 or SHA-512 are.',
    );
  if (!algorithm) return;
  const isValid = certificates.some((certificate) => {
    const key = keyOf(certificate);
    if (key.asymmetricKeyType !== algorithm.key) return false;
    // XML Signature 1.1 section 6.4.3: r and s side by side.
    const by = algorithm.key === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
    return verify(algorithm.hash, Buffer.from(data), by, value);
  });
  if (!isValid)
    yield bad(
      'signature-value',
      'The signature is not by a certificate that is set here, or what was signed has been changed. Read the metadata of the provider again.',
      'saml.certificates',
    );
}

/**
 * Checks the signature that an element holds of itself.
 *
 * @param signature a child of the element
 */
export function* checkSignature(element: Element, signature: Element, certificates: Certificate[]): Checking<void> {
  const [info, ...others] = childrenOf(signature, SIGNATURE, 'SignedInfo');
  const [value, ...values] = childrenOf(signature, SIGNATURE, 'SignatureValue');
  const [method, ...methods] = info ? childrenOf(info, SIGNATURE, 'SignatureMethod') : [];
  const [form, ...forms] = info ? childrenOf(info, SIGNATURE, 'CanonicalizationMethod') : [];
  if (!info || !value || !method || !form || [others, values, methods, forms].some(({ length }) => length > 0)) {
    yield bad('signature-form', 'The signature is not of the form that XML Signature has.');
    return;
  }
  yield* checkReferences(element, signature, info);
  if (attributeOf(form, 'Algorithm') !== EXCLUSIVE)
    yield bad('canonicalisation', 'The signature must use exclusive canonicalisation without comments.');
  yield* checkSignatureValue(
    attributeOf(method, 'Algorithm'),
    canonical(info, undefined, yield* prefixesOf([form])),
    base64(textOf(value)),
    certificates,
  );
}

function* checkReferences(element: Element, signature: Element, info: Element): Checking<void> {
  const references = childrenOf(info, SIGNATURE, 'Reference');
  if (references.length !== 1) yield bad('one-reference', 'The signature must be over one element and no more.');
  for (const reference of references) {
    const id = attributeOf(element, 'ID');
    if (!id || attributeOf(reference, 'URI') !== `#${id}`)
      yield bad('reference', 'The signature is over another element than the one that holds it.');
    const transforms = childrenOf(reference, SIGNATURE, 'Transforms').flatMap(elementsOf);
    const named = transforms.map((each) => attributeOf(each, 'Algorithm'));
    if (named.join(' ') !== `${ENVELOPED} ${EXCLUSIVE}`)
      yield bad(
        'transforms',
        'The signature must transform by enveloped-signature and exclusive canonicalisation, and by nothing else.',
      );
    const [method, ...methods] = childrenOf(reference, SIGNATURE, 'DigestMethod');
    const [value, ...values] = childrenOf(reference, SIGNATURE, 'DigestValue');
    if (!method || !value || methods.length > 0 || values.length > 0) {
      yield bad('signature-form', 'The signature is not of the form that XML Signature has.');
      continue;
    }
    const called = attributeOf(method, 'Algorithm') ?? '';
    const digest = Object.hasOwn(digests, called) ? digests[called] : undefined;
    if (!digest?.isStrong)
      yield bad('digest-algorithm', 'It is digested in a way that is not accepted. SHA-256, SHA-384 and SHA-512 are.');
    if (!digest) continue;
    const text = canonical(element, signature, yield* prefixesOf(transforms));
    if (
      !createHash(digest.hash)
        .update(text)
        .digest()
        .equals(base64(textOf(value)))
    )
      yield bad('digest', 'What was signed has been changed on the way: its digest is another.');
  }
}

/** More than anybody declares. */
const MOST_PREFIXES = 20;

/** Exclusive canonicalisation, section 4. */
function* prefixesOf(transforms: Element[]): Checking<string[]> {
  const prefixes = transforms
    .flatMap(descendants)
    .filter((each) => is(each, EXCLUSIVE, 'InclusiveNamespaces'))
    .flatMap((each) => (attributeOf(each, 'PrefixList') ?? '').split(/\s+/));
  if (prefixes.length > MOST_PREFIXES)
    yield bad('prefix-list', `The signature names more than ${MOST_PREFIXES} prefixes that are always written.`);
  return prefixes.map((prefix) => (prefix === '#default' ? '' : prefix));
}

/** Base64 with line breaks; empty where it is none. */
export function base64(text: string | null): Buffer {
  const bare = (text ?? '').replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(bare) ? Buffer.from(bare, 'base64') : Buffer.alloc(0);
}
