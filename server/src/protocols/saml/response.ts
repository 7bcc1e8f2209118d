import type { Certificate } from '../../kernel/certificates.ts';
import { decrypted } from './encryption.ts';
import { type Checking, type Finding, finding, shown } from './finding.ts';
import { ASSERTION, BEARER, PROTOCOL, SIGNATURE, SUCCESS, TRANSIENT, UNSPECIFIED } from './names.ts';
import { checkSignature, usableCertificates } from './signature.ts';
import {
  attributeOf,
  childrenOf,
  descendants,
  type Element,
  elementsOf,
  is,
  messageLimits,
  readXml,
  textOf,
} from './xml.ts';

/** The answer of a provider: SAML 2.0 core and profiles, section 4.1.4, each MUST and what the defaults leave open. */

export interface Expected {
  /** Of the provider. */
  entityId: string;
  certificates: readonly string[];
  signedPart: 'assertion' | 'response';
  requiresEncryption: boolean;
  nameIdFormat: string | null;
  /** Whether the NameID is who the person is. */
  isSubjectNameId: boolean;
  /** Of ours. */
  audience: string;
  acsUrl: string;
  privateKeys: readonly string[];
  /** The request that this answers; null when there was none. */
  requestId: string | null;
  /** The person had to be asked again. */
  isForced: boolean;
  now: Date;
}

export interface NameId {
  value: string;
  format: string | null;
  nameQualifier: string | null;
  spNameQualifier: string | null;
}

/** What an answer says that passed. */
export interface Said {
  assertionId: string;
  nameId: NameId;
  sessionIndex: string | null;
  /** When the person signed in at the provider. */
  provedAt: string | undefined;
  claims: Record<string, unknown>;
}

const SKEW_MS = 90_000;
/** An assertion is used at once. */
const OLDEST_MS = 10 * 60_000;
/** A person who was to be asked again was asked so long ago at most. */
const FRESH_MS = 300_000;

const answer = (rule: string, message: string, path: string | null = null) => finding('answer', rule, message, path);
const audience = (rule: string, message: string, path: string | null = null) =>
  finding('audience', rule, message, path);
const claims = (rule: string, message: string, path: string | null = null) => finding('claims', rule, message, path);

/** The request that an answer says it is for, to find the trip by; it is held against it later. */
export function requestIdOf(root: Element): string | null {
  return attributeOf(root, 'InResponseTo');
}

/**
 * Reads the SAMLResponse of a form.
 *
 * @returns the Response; undefined, after a finding, when it is none
 */
export function* readResponse(encoded: string): Checking<Element | undefined> {
  const bare = encoded.replace(/\s+/g, '');
  if (bare.length > (messageLimits.length / 3) * 4 + 4)
    yield answer('size', `What came is larger than ${messageLimits.length / 1024} KiB, which is more than is read.`);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) {
    yield answer('base64', 'What came is not Base64.');
    return undefined;
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bare, 'base64'));
  } catch {
    yield answer('encoding', 'What came is not UTF-8.');
    return undefined;
  }
  const root = yield* readXml(text, messageLimits);
  if (root && !(is(root, PROTOCOL, 'Response') && attributeOf(root, 'Version') === '2.0')) {
    yield answer('response', 'What came is not a Response of SAML 2.0.');
    return undefined;
  }
  return root;
}

/**
 * Examines a Response: whether it is whole and by the provider, and for us, for this request and now.
 *
 * @returns what it says; undefined after findings that leave nothing to read
 */
export function* examineResponse(root: Element, expected: Expected): Checking<Said | undefined> {
  yield* checkStatus(root);
  const certificates = yield* usableCertificates(expected.certificates, expected.now);
  const direct = elementsOf(root).filter(isAssertion);
  if (direct.length === 0 || descendants(root).filter(looksLikeAssertion).length !== 1)
    yield answer('one-assertion', 'The answer must hold exactly one assertion, right below the Response.');
  const [found] = direct;
  if (!found) return undefined;
  const isEncrypted = found.name === 'EncryptedAssertion';
  yield* checkPlaces(descendants(root), [root, ...(isEncrypted ? [] : [found])]);
  yield* checkOwnSignature(root, certificates, expected.signedPart === 'response' ? responseUnsigned : undefined);

  if (expected.requiresEncryption && !isEncrypted)
    yield finding(
      'signature',
      'encryption',
      'The assertion is not encrypted, which is required here.',
      'saml.requiresEncryption',
    );
  const assertion = isEncrypted ? yield* decrypted(found, expected.privateKeys) : found;
  if (!assertion) return undefined;
  if (isEncrypted) {
    const within = descendants(assertion);
    if (!is(assertion, ASSERTION, 'Assertion') || within.filter(looksLikeAssertion).length !== 1) {
      yield answer('one-assertion', 'What was encrypted must be exactly one assertion.');
      return undefined;
    }
    yield* checkPlaces(within, [assertion], descendants(root));
  }
  yield* checkOwnSignature(
    assertion,
    certificates,
    expected.signedPart === 'assertion' ? assertionUnsigned : undefined,
  );

  yield* checkEnvelope(root, expected);
  return yield* examineAssertion(assertion, expected);
}

const isAssertion = (element: Element) =>
  is(element, ASSERTION, 'Assertion') || is(element, ASSERTION, 'EncryptedAssertion');
/** In whatever namespace. */
const looksLikeAssertion = ({ name }: Element) => /^(Encrypted)?Assertion$/i.test(name);

const responseUnsigned = finding(
  'signature',
  'response-signature',
  'The response is not signed. Have the provider sign responses, or set here that assertions are signed.',
  'saml.signedPart',
);
const assertionUnsigned = finding(
  'signature',
  'assertion-signature',
  'The assertion is not signed. Have the provider sign assertions, or set here that responses are signed.',
  'saml.signedPart',
);

const signaturesOf = (element: Element) => childrenOf(element, SIGNATURE, 'Signature');

function* checkStatus(root: Element): Checking<void> {
  const [status, ...others] = childrenOf(root, PROTOCOL, 'Status');
  const codes = status ? descendants(status).filter((each) => is(each, PROTOCOL, 'StatusCode')) : [];
  const values = codes.map((each) => attributeOf(each, 'Value') ?? '');
  if (others.length === 0 && values[0] === SUCCESS) return;
  const [message] = status ? childrenOf(status, PROTOCOL, 'StatusMessage') : [];
  const said = [...values.map((value) => value.replace(/^.*:/, '')), message ? textOf(message) : null];
  yield answer(
    'status',
    `The provider let nobody in. It said: ${said.filter(Boolean).join(': ').slice(0, 300) || 'nothing'}.`,
  );
}

/** Ids are unique, and signatures stand in what they sign: as schema and library differ about others. */
function* checkPlaces(elements: Element[], signed: Element[], besides: Element[] = []): Checking<void> {
  const ids = [...elements, ...besides].flatMap(({ attributes }) =>
    attributes.filter(({ name }) => /^id$/i.test(name)).map(({ value }) => value),
  );
  if (new Set(ids).size < ids.length) yield answer('unique-ids', 'Two elements have the same ID.');
  const signatures = elements.filter((each) => each.name === 'Signature');
  const isMisplaced = signatures.some((each) => !each.parent || !signed.includes(each.parent));
  if (isMisplaced || signed.some((each) => signaturesOf(each).length > 1))
    yield finding(
      'signature',
      'signature-place',
      'A signature stands where none belongs: one may stand in the Response and one in the Assertion.',
    );
  if (signatures.some((each) => descendants(each).some(({ name }) => name === 'Object' || name === 'Manifest')))
    yield finding('signature', 'signature-object', 'A signature holds objects of its own, which is not accepted.');
}

function* checkOwnSignature(
  element: Element,
  certificates: Certificate[],
  unsigned: Finding | undefined,
): Checking<void> {
  const [signature] = signaturesOf(element);
  if (signature) yield* checkSignature(element, signature, certificates);
  else if (unsigned) yield unsigned;
}

/** What the Response says around the assertion. */
function* checkEnvelope(root: Element, { acsUrl, requestId, entityId }: Expected): Checking<void> {
  const destination = attributeOf(root, 'Destination');
  if (destination !== acsUrl)
    yield audience(
      'destination',
      `The response was sent to ${shown(destination)}, and our address is ${shown(acsUrl)}. Enter ours at the provider.`,
    );
  if (attributeOf(root, 'InResponseTo') !== requestId) yield otherRequest;
  const issuers = childrenOf(root, ASSERTION, 'Issuer');
  for (const each of issuers) yield* checkIssuer(each, entityId);
  if (issuers.length > 1) yield finding('issuer', 'issuer', 'The response names more than one issuer.');
}

const otherRequest = audience(
  'request',
  'It does not answer the request that was sent, or answers one although none was sent.',
);

function* checkIssuer(element: Element | undefined, entityId: string): Checking<void> {
  const issuer = element ? textOf(element) : null;
  if (issuer !== entityId)
    yield finding(
      'issuer',
      'issuer',
      `The provider calls itself ${shown(issuer)}, and here stands ${shown(entityId)}. Both must be the same, letter by letter.`,
      'saml.entityId',
    );
}

function* examineAssertion(assertion: Element, expected: Expected): Checking<Said | undefined> {
  const { now } = expected;
  const id = attributeOf(assertion, 'ID');
  if (!id || attributeOf(assertion, 'Version') !== '2.0')
    yield answer('assertion', 'The assertion has no ID or is not of SAML 2.0.');
  const [issuer, ...issuers] = childrenOf(assertion, ASSERTION, 'Issuer');
  yield* checkIssuer(issuers.length > 0 ? undefined : issuer, expected.entityId);
  const issued = timeOf(attributeOf(assertion, 'IssueInstant'));
  if (!issued || isAfter(issued, now, SKEW_MS))
    yield audience(
      'issued',
      'The assertion says nothing of when it was made, or a time to come. Is the clock of the provider right?',
    );
  else if (now.getTime() - issued.getTime() > OLDEST_MS + SKEW_MS)
    yield audience('age', 'The assertion is more than ten minutes old. Is the clock of the provider right?');

  const [subject, ...subjects] = childrenOf(assertion, ASSERTION, 'Subject');
  if (!subject || subjects.length > 0) yield claims('subject', 'The assertion must be about one person.');
  const nameId = subject ? yield* examineNameId(subject, expected) : undefined;
  if (subject) yield* checkConfirmation(subject, expected);
  yield* checkConditions(assertion, expected);
  const authentication = yield* examineAuthentication(assertion, expected);
  if (!id || !nameId) return undefined;
  return {
    assertionId: id,
    nameId,
    sessionIndex: authentication?.sessionIndex ?? null,
    provedAt: authentication?.provedAt,
    claims: {
      ...(yield* attributesOf(assertion, expected.privateKeys)),
      ...authentication?.claims,
      NameID: nameId.value,
      NameIDFormat: nameId.format,
    },
  };
}

/**
 * Reads the one NameID of an element, decrypted where it is encrypted.
 *
 * @returns undefined, after a finding, when there is none or several
 */
export function* nameIdIn(parent: Element, privateKeys: readonly string[]): Checking<NameId | undefined> {
  const [found, ...others] = elementsOf(parent).filter(({ name }) => /ID$/.test(name));
  const isEncrypted = found !== undefined && is(found, ASSERTION, 'EncryptedID');
  const element = isEncrypted ? yield* decrypted(found, privateKeys) : found;
  const value = element && is(element, ASSERTION, 'NameID') ? textOf(element) : null;
  if (!element || !value || others.length > 0) {
    yield claims('name-id', 'The person must be named by one NameID.', 'mapping.subject');
    return undefined;
  }
  const of = (name: string) => attributeOf(element, name);
  return {
    value,
    format: of('Format'),
    nameQualifier: of('NameQualifier'),
    spNameQualifier: of('SPNameQualifier'),
  };
}

function* examineNameId(
  subject: Element,
  { nameIdFormat, isSubjectNameId, privateKeys }: Expected,
): Checking<NameId | undefined> {
  const nameId = yield* nameIdIn(subject, privateKeys);
  if (!nameId) return undefined;
  const { format } = nameId;
  if (nameIdFormat && (format ?? UNSPECIFIED) !== nameIdFormat)
    yield claims(
      'name-id-format',
      `The NameID has the format ${shown(format ?? UNSPECIFIED)} instead of ${shown(nameIdFormat)}.`,
      'saml.nameIdFormat',
    );
  if (isSubjectNameId && format === TRANSIENT)
    yield claims(
      'transient',
      'The NameID is another one each time (transient). Have the provider send a persistent one, or map the subject to an attribute that never changes.',
      'mapping.subject',
    );
  return nameId;
}

/** SAML 2.0 profiles, section 4.1.4.2: bearer, for our address and this request, and for a short time. */
function* checkConfirmation(subject: Element, { acsUrl, requestId, now }: Expected): Checking<void> {
  const [confirmation, ...others] = childrenOf(subject, ASSERTION, 'SubjectConfirmation');
  const [data, ...more] = confirmation ? childrenOf(confirmation, ASSERTION, 'SubjectConfirmationData') : [];
  if (!confirmation || !data || others.length + more.length > 0 || attributeOf(confirmation, 'Method') !== BEARER) {
    yield audience('confirmation', 'The assertion must confirm its subject once, as bearer.');
    if (!data) return;
  }
  const recipient = attributeOf(data, 'Recipient');
  if (recipient !== acsUrl)
    yield audience(
      'recipient',
      `The assertion is meant for ${shown(recipient)}, and our address is ${shown(acsUrl)}. Enter ours at the provider.`,
    );
  if (attributeOf(data, 'InResponseTo') !== requestId)
    yield audience(
      'confirmed-request',
      'The assertion was not made for the request that was sent, or for one although none was sent.',
    );
  const ends = timeOf(attributeOf(data, 'NotOnOrAfter'));
  if (!ends || !isAfter(ends, now, -SKEW_MS))
    yield audience(
      'confirmed-until',
      'The assertion could be used until a time that has passed, or without end. Is the clock of the provider right?',
    );
  const begins = attributeOf(data, 'NotBefore');
  if (begins !== null && isLater(begins, now))
    yield audience('confirmed-from', 'The assertion may not be used yet. Is the clock of the provider right?');
}

const conditions = ['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'];

function* checkConditions(assertion: Element, { audience: ours, now }: Expected): Checking<void> {
  const [all, ...others] = childrenOf(assertion, ASSERTION, 'Conditions');
  if (!all || others.length > 0) {
    yield audience('conditions', 'The assertion must have conditions, once.');
    if (!all) return;
  }
  const begins = attributeOf(all, 'NotBefore');
  if (begins === null || isLater(begins, now))
    yield audience(
      'not-before',
      'The assertion does not hold yet, or does not say from when. Is the clock of the provider right?',
    );
  const ends = timeOf(attributeOf(all, 'NotOnOrAfter'));
  if (!ends || !isAfter(ends, now, -SKEW_MS))
    yield audience(
      'not-on-or-after',
      'The assertion is over, or does not say until when it holds. Is the clock of the provider right?',
    );
  // Core, section 2.5.1.4: each restriction must name us.
  const restrictions = childrenOf(all, ASSERTION, 'AudienceRestriction');
  const named = restrictions.map((each) => childrenOf(each, ASSERTION, 'Audience').map(textOf));
  if (named.length === 0 || !named.every((each) => each.includes(ours)))
    yield audience(
      'audience',
      `The assertion is for ${shown(named.flat()[0])}, and we are ${shown(ours)}. Enter our entity ID at the provider.`,
    );
  // Section 2.5.1.1: with one that we do not know it cannot be said whether it holds.
  if (elementsOf(all).some((each) => each.namespace !== ASSERTION || !conditions.includes(each.name)))
    yield audience('condition', 'The assertion holds under a condition that is not known here.');
}

function* examineAuthentication(assertion: Element, { isForced, now }: Expected) {
  const [statement, ...others] = childrenOf(assertion, ASSERTION, 'AuthnStatement');
  if (!statement || others.length > 0) {
    yield claims('authentication', 'The assertion must say once how and when the person signed in.');
    if (!statement) return undefined;
  }
  const at = timeOf(attributeOf(statement, 'AuthnInstant'));
  if (!at || isAfter(at, now, SKEW_MS))
    yield audience('authenticated', 'The assertion does not say when the person signed in, or a time to come.');
  else if (isForced && now.getTime() - at.getTime() > FRESH_MS)
    yield audience('fresh', 'The person was to be asked again, and the provider did not: it must honour ForceAuthn.');
  const ends = attributeOf(statement, 'SessionNotOnOrAfter');
  if (ends !== null && !isLater(ends, now, -SKEW_MS))
    yield audience('session-over', "The person's session at the provider is over.");
  const classes = descendants(statement)
    .filter((each) => is(each, ASSERTION, 'AuthnContextClassRef'))
    .map(textOf)
    .filter((each) => each !== null && each !== '');
  return {
    sessionIndex: attributeOf(statement, 'SessionIndex'),
    provedAt: at?.toISOString(),
    claims: { acr: classes[0] ?? null },
  };
}

/** By name; of several values a list. What holds elements instead of text is left out. */
function* attributesOf(
  assertion: Element,
  privateKeys: readonly string[],
): Checking<Record<string, string | string[]>> {
  const all = new Map<string, string[]>();
  for (const statement of childrenOf(assertion, ASSERTION, 'AttributeStatement'))
    for (const each of elementsOf(statement)) {
      const attribute = is(each, ASSERTION, 'EncryptedAttribute') ? yield* decrypted(each, privateKeys) : each;
      if (!attribute || !is(attribute, ASSERTION, 'Attribute')) continue;
      const name = attributeOf(attribute, 'Name');
      const values = childrenOf(attribute, ASSERTION, 'AttributeValue')
        .map(textOf)
        .filter((value) => value !== null && value !== '');
      if (name) all.set(name, [...(all.get(name) ?? []), ...(values as string[])]);
    }
  const authenticated = all.get(METHODS);
  if (authenticated) all.set('amr', authenticated);
  return Object.fromEntries(
    [...all]
      .filter(([, { length }]) => length > 0)
      .map(([name, values]) => [name, values.length === 1 ? (values[0] as string) : values]),
  );
}

/** How Entra ID and AD FS say which factors were proved. */
const METHODS = 'http://schemas.microsoft.com/claims/authnmethodsreferences';

/** Core, section 1.3.3: UTC. */
function timeOf(text: string | null): Date | undefined {
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** @param ms later than that by so much more */
const isAfter = (time: Date, than: Date, ms: number) => time.getTime() > than.getTime() + ms;

/** A time that cannot be read is later than any. */
const isLater = (text: string, now: Date, ms = SKEW_MS) => {
  const time = timeOf(text);
  return !time || isAfter(time, now, ms);
};
