import { sign } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { OwnKey } from '../../capabilities/identity-providers/service.ts';
import { ASSERTION, POST, PROTOCOL, RSA_SHA256, SUCCESS } from './names.ts';
import type { NameId } from './response.ts';
import { signedWithin } from './signing.ts';
import { escaped } from './xml.ts';

/** What we send to a provider by the browser: in an address, or in a form (SAML 2.0 bindings, sections 3.4 and 3.5). */

export type Binding = 'redirect' | 'post';

/** A message on its way: the address that the browser is sent to, and what it posts there where that is a form. */
export interface Carried {
  url: string;
  form?: Record<string, string>;
}

interface Head {
  /** A name: it begins with a letter or `_`. */
  id: string;
  now: Date;
  destination: string;
  /** Our entity ID. */
  issuer: string;
}

const message = (name: string, { id, now, destination, issuer }: Head, attributes: string, contents: string) =>
  `<samlp:${name} xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${escaped(id)}" Version="2.0" IssueInstant="${now.toISOString()}" Destination="${escaped(destination)}"${attributes}><saml:Issuer>${escaped(issuer)}</saml:Issuer>${contents}</samlp:${name}>`;

/** Asks the provider to sign a person in. */
export function authnRequest(
  head: Head,
  asked: { acsUrl: string; nameIdFormat: string | null; contexts: readonly string[]; isForced: boolean },
): string {
  const format = asked.nameIdFormat ? ` Format="${escaped(asked.nameIdFormat)}"` : '';
  const classes = asked.contexts.map(
    (each) => `<saml:AuthnContextClassRef>${escaped(each)}</saml:AuthnContextClassRef>`,
  );
  return message(
    'AuthnRequest',
    head,
    ` ProtocolBinding="${POST}" AssertionConsumerServiceURL="${escaped(asked.acsUrl)}"${asked.isForced ? ' ForceAuthn="true"' : ''}`,
    `<samlp:NameIDPolicy${format} AllowCreate="true"/>${
      classes.length > 0
        ? `<samlp:RequestedAuthnContext Comparison="exact">${classes.join('')}</samlp:RequestedAuthnContext>`
        : ''
    }`,
  );
}

/** Asks the provider to sign a person out, there and wherever else they are. */
export function logoutRequest(
  head: Head,
  { value, format, nameQualifier, spNameQualifier }: NameId,
  index: string | null,
) {
  const attribute = (name: string, text: string | null) => (text === null ? '' : ` ${name}="${escaped(text)}"`);
  const qualified =
    attribute('Format', format) +
    attribute('NameQualifier', nameQualifier) +
    attribute('SPNameQualifier', spNameQualifier);
  return message(
    'LogoutRequest',
    head,
    '',
    `<saml:NameID${qualified}>${escaped(value)}</saml:NameID>${index === null ? '' : `<samlp:SessionIndex>${escaped(index)}</samlp:SessionIndex>`}`,
  );
}

/** Says that the person was signed out here. */
export const logoutResponse = (head: Head, inResponseTo: string): string =>
  message(
    'LogoutResponse',
    head,
    ` InResponseTo="${escaped(inResponseTo)}"`,
    `<samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>`,
  );

interface Carriage {
  /** Of the provider. */
  url: string;
  binding: Binding | undefined;
  relayState?: string | undefined;
  key?: OwnKey | undefined;
}

/** Puts a message where the provider takes it; signed when there is a key. */
export function carried(name: 'SAMLRequest' | 'SAMLResponse', text: string, carriage: Carriage): Carried {
  const { url, binding, relayState, key } = carriage;
  if (binding !== 'post') return { url: addressWith(name, text, carriage) };
  const message = Buffer.from(key ? signedWithin(text, key) : text).toString('base64');
  return { url, form: { [name]: message, ...(relayState === undefined ? {} : { RelayState: relayState }) } };
}

function addressWith(name: string, text: string, { url, relayState, key }: Carriage): string {
  const parts = [`${name}=${encodeURIComponent(deflateRawSync(text).toString('base64'))}`];
  if (relayState !== undefined) parts.push(`RelayState=${encodeURIComponent(relayState)}`);
  if (key) {
    parts.push(`SigAlg=${encodeURIComponent(RSA_SHA256)}`);
    const signature = sign('sha256', Buffer.from(parts.join('&')), key.privateKey);
    parts.push(`Signature=${encodeURIComponent(signature.toString('base64'))}`);
  }
  return url + (url.includes('?') ? '&' : '?') + parts.join('&');
}

/** The key that signs: of those that have begun the latest. */
export const signingKey = (keys: readonly OwnKey[], now: Date): OwnKey | undefined =>
  keys.find(({ signsFrom }) => signsFrom <= now) ?? keys.at(-1);
