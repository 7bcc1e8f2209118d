import { inflateRawSync } from 'node:zlib';
import type { Provider } from '../../capabilities/identity-providers/service.ts';
import { type Checking, finding, shown } from './finding.ts';
import { ASSERTION, PROTOCOL, SIGNATURE } from './names.ts';
import { nameIdIn } from './response.ts';
import { base64, checkSignature, checkSignatureValue, usableCertificates } from './signature.ts';
import { attributeOf, childrenOf, descendants, type Element, is, messageLimits, readXml, textOf } from './xml.ts';

/** A provider's request to sign somebody out (SAML 2.0 profiles, section 4.4). It is believed when it is signed. */

export interface AskedOut {
  id: string;
  nameId: string;
  sessionIndexes: string[];
}

interface Expected {
  provider: Provider;
  /** Where such requests go. */
  logoutUrl: string;
  now: Date;
}

const SKEW_MS = 90_000;
const OLDEST_MS = 10 * 60_000;
const MOST_INFLATED = 64 * 1024;

const bad = (rule: string, message: string) => finding('answer', rule, message);

/** The part of an address that is called so, as it was written; undefined when there are several. */
function partOf(query: string, name: string): string | undefined {
  const found = query.split('&').filter((part) => part.split('=', 1)[0] === name);
  return found.length === 1 ? found[0] : undefined;
}

const parameterOf = (query: string, name: string): string =>
  decodeURIComponent((partOf(query, name) ?? '').slice(name.length + 1).replaceAll('+', ' '));

/** What an address that was examined says for us to hand back: only what was signed. */
export function relayStateIn(query: string): string | undefined {
  try {
    return parameterOf(query, 'RelayState') || undefined;
  } catch {
    return undefined; // signed as it is, and nothing that can be read
  }
}

/**
 * Reads one that came in the address: deflated, and signed over the address as it was written (bindings, 3.4.4.1).
 *
 * @param query without `?`, as it came
 */
export function* examineLogoutAddress(query: string, expected: Expected): Checking<AskedOut | undefined> {
  const parameter = (name: string) => parameterOf(query, name);
  const signed = ['SAMLRequest', 'RelayState', 'SigAlg'].flatMap((name) => partOf(query, name) ?? []);
  let text: string;
  let signature: Buffer;
  let method: string;
  try {
    text = inflateRawSync(Buffer.from(parameter('SAMLRequest'), 'base64'), { maxOutputLength: MOST_INFLATED }).toString(
      'utf8',
    );
    signature = base64(parameter('Signature'));
    method = parameter('SigAlg');
  } catch {
    yield bad('deflate', 'What came in the address cannot be read.');
    return undefined;
  }
  const certificates = yield* usableCertificates(expected.provider.saml.certificates ?? [], expected.now);
  if (signature.length === 0) yield finding('signature', 'unsigned', 'A request to sign somebody out must be signed.');
  else yield* checkSignatureValue(method, signed.join('&'), signature, certificates);
  const root = yield* readXml(text, messageLimits);
  return root && (yield* examine(root, expected));
}

/** Reads one that came in a form, signed within. */
export function* examineLogoutForm(encoded: string, expected: Expected): Checking<AskedOut | undefined> {
  const text = base64(encoded).toString('utf8');
  const root = yield* readXml(text, messageLimits);
  if (!root) return undefined;
  const certificates = yield* usableCertificates(expected.provider.saml.certificates ?? [], expected.now);
  const signatures = descendants(root).filter(({ name }) => name === 'Signature');
  const [signature, ...others] = childrenOf(root, SIGNATURE, 'Signature');
  if (!signature) yield finding('signature', 'unsigned', 'A request to sign somebody out must be signed.');
  else if (others.length > 0 || signatures.length > 1)
    yield finding('signature', 'signature-place', 'A signature stands where none belongs.');
  else yield* checkSignature(root, signature, certificates);
  return yield* examine(root, expected);
}

function* examine(root: Element, { provider, logoutUrl, now }: Expected): Checking<AskedOut | undefined> {
  if (!is(root, PROTOCOL, 'LogoutRequest') || attributeOf(root, 'Version') !== '2.0') {
    yield bad('logout-request', 'What came is not a LogoutRequest of SAML 2.0.');
    return undefined;
  }
  const issuer = childrenOf(root, ASSERTION, 'Issuer').map(textOf);
  if (issuer.length !== 1 || issuer[0] !== provider.saml.entityId)
    yield finding('issuer', 'issuer', `The request is by ${shown(issuer[0])}.`, 'saml.entityId');
  if (attributeOf(root, 'Destination') !== logoutUrl)
    yield finding('audience', 'destination', 'The request was sent to another address than ours.');
  const issued = Date.parse(attributeOf(root, 'IssueInstant') ?? '');
  if (!(Math.abs(now.getTime() - issued) <= OLDEST_MS + SKEW_MS))
    yield finding('audience', 'issued', 'The request is too old, or of a time to come.');
  const ends = attributeOf(root, 'NotOnOrAfter');
  if (ends !== null && !(Date.parse(ends) > now.getTime() - SKEW_MS))
    yield finding('audience', 'not-on-or-after', 'The request is over.');
  const id = attributeOf(root, 'ID');
  const nameId = yield* nameIdIn(
    root,
    provider.keys.map(({ privateKey }) => privateKey),
  );
  if (!id || !nameId) {
    yield bad('logout-request', 'The request must have an ID and name one person.');
    return undefined;
  }
  const sessionIndexes = childrenOf(root, PROTOCOL, 'SessionIndex').flatMap((each) => textOf(each) || []);
  return { id, nameId: nameId.value, sessionIndexes };
}
