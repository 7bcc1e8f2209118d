import { createHmac, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { SignedXml } from 'xml-crypto';
import { encrypt } from 'xml-encryption';
import { publicKeyOf } from '../../../src/kernel/certificates.ts';
import { one } from './certificates.ts';

/** A SAML provider that signs and encrypts for real, by other people's libraries, and says whatever a test wants. */

export const entityId = 'https://idp.example.com/metadata';
const assertionNs = 'urn:oasis:names:tc:SAML:2.0:assertion';
const protocolNs = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const signatureNs = 'http://www.w3.org/2000/09/xmldsig#';
export const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const enveloped = `${signatureNs}enveloped-signature`;
export const rsaSha256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

export interface Parts {
  /** Ours. */
  audience: string;
  acsUrl: string;
  requestId: string | null;
  now: Date;
  entityId: string;
  id: string;
  assertionId: string;
  nameId: string;
  nameIdFormat: string;
  sessionIndex: string;
  /** Name to values. */
  attributes: Record<string, string[]>;
  contextClass: string;
  /** Seconds from now. */
  authenticatedAt: number;
}

export const time = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000).toISOString();

let made = 0;
export const partsOf = (parts: Pick<Parts, 'audience' | 'acsUrl' | 'requestId' | 'now'> & Partial<Parts>): Parts => ({
  entityId,
  id: `_response-${++made}-${process.pid}-${parts.now.getTime()}`,
  assertionId: `_assertion-${made}-${process.pid}-${parts.now.getTime()}`,
  nameId: 'ann',
  nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  sessionIndex: `_session-${made}`,
  attributes: { mail: ['ann@people.example'], uid: ['ann'], name: ['Ann Example'] },
  contextClass: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
  authenticatedAt: -5,
  ...parts,
});

/** A whole answer, unsigned. Tests change it by its text. */
export function answer(parts: Parts): string {
  const at = (seconds: number) => time(parts.now, seconds);
  const inResponseTo = parts.requestId === null ? '' : ` InResponseTo="${parts.requestId}"`;
  const attributes = Object.entries(parts.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  );
  return [
    `<samlp:Response xmlns:samlp="${protocolNs}" xmlns:saml="${assertionNs}" ID="${parts.id}" Version="2.0" IssueInstant="${at(0)}" Destination="${parts.acsUrl}"${inResponseTo}>`,
    `<saml:Issuer>${parts.entityId}</saml:Issuer>`,
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
    `<saml:Assertion ID="${parts.assertionId}" Version="2.0" IssueInstant="${at(0)}">`,
    `<saml:Issuer>${parts.entityId}</saml:Issuer>`,
    `<saml:Subject><saml:NameID Format="${parts.nameIdFormat}">${parts.nameId}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${at(300)}" Recipient="${parts.acsUrl}"${inResponseTo}/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${at(-30)}" NotOnOrAfter="${at(330)}"><saml:AudienceRestriction><saml:Audience>${parts.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${at(parts.authenticatedAt)}" SessionIndex="${parts.sessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>${parts.contextClass}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`,
    `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`,
    '</saml:Assertion></samlp:Response>',
  ].join('');
}

export interface Signing {
  privateKey: string;
  certificate: string;
  signatureAlgorithm: string;
  digestAlgorithm: string;
  transforms: string[];
  canonicalization: string;
  /** Of exclusive canonicalisation. */
  prefixes: string[];
  /** XPath of what is signed, when it is not the element itself. */
  references: string[];
}

/** Signs an element within itself, after its issuer. */
export function signed(
  xml: string,
  name: 'Assertion' | 'Response' | 'LogoutRequest',
  how: Partial<Signing> = {},
): string {
  const own = `//*[local-name(.)='${name}' and @ID]`;
  const by = {
    ...one,
    signatureAlgorithm: rsaSha256,
    digestAlgorithm: sha256,
    transforms: [enveloped, exclusive],
    canonicalization: exclusive,
    prefixes: [],
    references: [own],
    ...how,
  };
  const signer = new SignedXml({
    privateKey: by.privateKey,
    publicCert: by.certificate,
    signatureAlgorithm: by.signatureAlgorithm,
    canonicalizationAlgorithm: by.canonicalization,
  });
  const add = (name: string, compute: (data: Buffer) => Buffer) => {
    const uri = `http://www.w3.org/2001/04/xmldsig-more#${name}`;
    signer.SignatureAlgorithms[uri] = algorithm(uri, compute);
  };
  for (const hash of ['sha256', 'sha384'])
    add(`ecdsa-${hash}`, (data) => sign(hash, data, { key: by.privateKey, dsaEncoding: 'ieee-p1363' }));
  add('hmac-sha256', (data) => createHmac('sha256', by.certificate).update(data).digest());
  for (const xpath of by.references)
    signer.addReference({
      xpath,
      transforms: by.transforms,
      digestAlgorithm: by.digestAlgorithm,
      inclusiveNamespacesPrefixList: by.prefixes,
    });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${own}/*[local-name(.)='Issuer']`, action: 'after' },
  });
  return signer.getSignedXml();
}

const algorithm = (uri: string, compute: (data: Buffer) => Buffer) =>
  class {
    getSignature(data: unknown) {
      return compute(Buffer.from(String(data))).toString('base64');
    }
    verifySignature() {
      return false;
    }
    getAlgorithmName() {
      return uri;
    }
  } as never;

export const assertionIn = (xml: string): string => /<saml:Assertion .*<\/saml:Assertion>/s.exec(xml)?.[0] ?? '';

export const gcm = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
export const cbc = 'http://www.w3.org/2001/04/xmlenc#aes256-cbc';
export const oaep = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';

const encryptedData = (
  certificate: string,
  content: string,
  { cipher = gcm, transport = oaep }: { cipher?: string; transport?: string } = {},
): Promise<string> =>
  promisify(encrypt)(content, {
    rsa_pub: publicKeyOf(certificate),
    pem: certificate,
    encryptionAlgorithm: cipher,
    keyEncryptionAlgorithm: transport,
    warnInsecureAlgorithm: false,
  });

/** Has the assertion encrypted for the holder of a certificate. */
export async function encryptedFor(
  certificate: string,
  xml: string,
  { content = assertionIn(xml), ...how }: { cipher?: string; transport?: string; content?: string } = {},
): Promise<string> {
  const data = await encryptedData(certificate, content, how);
  return xml.replace(assertionIn(xml), () => `<saml:EncryptedAssertion>${data}</saml:EncryptedAssertion>`);
}

/** Has the NameID or an attribute encrypted, to be signed afterwards. */
export async function encryptedWithin(
  certificate: string,
  xml: string,
  part: 'NameID' | 'Attribute',
  { content, ...how }: { cipher?: string; content?: string } = {},
): Promise<string> {
  const plain = new RegExp(`<saml:${part} .*?</saml:${part}>`).exec(xml)?.[0] ?? '';
  const data = await encryptedData(certificate, content ?? plain, how);
  const name = part === 'NameID' ? 'EncryptedID' : 'EncryptedAttribute';
  return xml.replace(plain, () => `<saml:${name}>${data}</saml:${name}>`);
}

/** As a form has it. */
export const encoded = (xml: string): string => Buffer.from(xml).toString('base64');
