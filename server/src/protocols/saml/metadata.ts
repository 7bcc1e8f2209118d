import { readCertificate } from '../../kernel/certificates.ts';
import { invalid } from '../../kernel/problem.ts';
import { METADATA, POST, PROTOCOL, REDIRECT, SIGNATURE } from './names.ts';
import type { Binding } from './requests.ts';
import {
  attributeOf,
  childrenOf,
  descendants,
  type Element,
  escaped,
  is,
  metadataLimits,
  readXml,
  textOf,
} from './xml.ts';

/** What the two sides tell each other of themselves (SAML 2.0 metadata). */

export interface Ours {
  entityId: string;
  acsUrl: string;
  logoutUrl: string;
  signsRequests: boolean;
  wantsSignedAssertions: boolean;
  nameIdFormat: string | null;
  /** PEM; of the key that signs now, and of those that will or did. */
  certificates: string[];
}

/** Our metadata, for the provider to read. */
export function metadataOf(ours: Ours): string {
  const { entityId, acsUrl, logoutUrl, signsRequests, wantsSignedAssertions, nameIdFormat, certificates } = ours;
  const keys = certificates.flatMap((pem) =>
    ['signing', 'encryption'].map(
      (use) =>
        `<md:KeyDescriptor use="${use}"><ds:KeyInfo xmlns:ds="${SIGNATURE}"><ds:X509Data><ds:X509Certificate>${bare(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    ),
  );
  const logout = [REDIRECT, POST].map(
    (binding) => `<md:SingleLogoutService Binding="${binding}" Location="${escaped(logoutUrl)}"/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<md:EntityDescriptor xmlns:md="${METADATA}" entityID="${escaped(entityId)}">`,
    `<md:SPSSODescriptor AuthnRequestsSigned="${signsRequests}" WantAssertionsSigned="${wantsSignedAssertions}" protocolSupportEnumeration="${PROTOCOL}">`,
    ...keys,
    ...logout,
    ...(nameIdFormat ? [`<md:NameIDFormat>${escaped(nameIdFormat)}</md:NameIDFormat>`] : []),
    `<md:AssertionConsumerService Binding="${POST}" Location="${escaped(acsUrl)}" index="0" isDefault="true"/>`,
    '</md:SPSSODescriptor>',
    '</md:EntityDescriptor>',
    '',
  ].join('\n');
}

/** A certificate's Base64 alone. */
export const bare = (pem: string): string => pem.replace(/-----[A-Z ]+-----|\s/g, '');

export interface Theirs {
  entityId: string;
  singleSignOnUrl: string;
  singleSignOnBinding: Binding;
  singleLogoutUrl: string | null;
  singleLogoutBinding: Binding;
  certificates: string[];
  signsRequests: boolean;
}

/**
 * Reads a provider's metadata.
 *
 * @param wanted the entity ID of the provider that is meant, where there are several
 * @param path the field that errors name
 * @throws {Problem} 400 that says what it lacks
 */
export function readMetadata(text: string, wanted: string | undefined, now: Date, path: string): Theirs {
  const refuse = (message: string, at = path) => invalid({ path: at, message });
  const reading = readXml(text, metadataLimits).next();
  if (!reading.done) throw refuse(`is not metadata that can be read: ${reading.value.message}`);
  const root = reading.value;
  if (!root || !(is(root, METADATA, 'EntityDescriptor') || is(root, METADATA, 'EntitiesDescriptor')))
    throw refuse('is not SAML 2.0 metadata: it must begin with EntityDescriptor');
  const providers = descendants(root).filter(
    (each) => is(each, METADATA, 'EntityDescriptor') && childrenOf(each, METADATA, 'IDPSSODescriptor').length > 0,
  );
  const ids = providers.map((each) => attributeOf(each, 'entityID') ?? '');
  const meant = wanted === undefined ? providers : providers.filter((_, at) => ids[at] === wanted);
  if (providers.length === 0) throw refuse('describes no identity provider');
  if (meant.length === 0)
    throw refuse(`must be one of the metadata's: ${ids.slice(0, 10).join(', ').slice(0, 500)}`, 'entityId');
  if (meant.length > 1)
    throw refuse(
      `describes ${providers.length} identity providers: say which one by entityId: ${ids.slice(0, 10).join(', ').slice(0, 500)}`,
    );
  const entity = meant[0] as Element;
  const ends = attributeOf(entity, 'validUntil') ?? attributeOf(root, 'validUntil');
  if (ends !== null && !(new Date(ends) > now)) throw refuse('is over: its validUntil has passed');
  const [role, another] = childrenOf(entity, METADATA, 'IDPSSODescriptor').filter((each) =>
    (attributeOf(each, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(PROTOCOL),
  );
  if (!role || another) throw refuse('must describe one identity provider that speaks SAML 2.0');
  const entityId = attributeOf(entity, 'entityID') ?? '';
  if (entityId === '' || entityId.length > 1024) throw refuse('has no usable entityID');
  const signOn = serviceOf(role, 'SingleSignOnService');
  if (!signOn)
    throw refuse('has no SingleSignOnService with the HTTP-Redirect or HTTP-POST binding, which sign-ins begin with');
  const logout = serviceOf(role, 'SingleLogoutService');
  return {
    entityId,
    singleSignOnUrl: signOn.url,
    singleSignOnBinding: signOn.binding,
    singleLogoutUrl: logout?.url ?? null,
    singleLogoutBinding: logout?.binding ?? 'redirect',
    certificates: certificatesOf(role, now, refuse),
    signsRequests: attributeOf(role, 'WantAuthnRequestsSigned') === 'true',
  };
}

/** An address is preferred to a form: it needs no script. */
function serviceOf(role: Element, name: string): { url: string; binding: Binding } | undefined {
  const services = childrenOf(role, METADATA, name);
  for (const [binding, uri] of [
    ['redirect', REDIRECT],
    ['post', POST],
  ] as const)
    for (const each of services) {
      const url = attributeOf(each, 'Location') ?? '';
      if (attributeOf(each, 'Binding') === uri && /^[!-~]{1,2000}$/.test(url)) return { url, binding };
    }
  return undefined;
}

const MOST_CERTIFICATES = 5;

/** Those that verify signatures now: of what is only for encryption, over or weak none is taken. */
function certificatesOf(role: Element, now: Date, refuse: (message: string) => Error): string[] {
  const found = childrenOf(role, METADATA, 'KeyDescriptor')
    .filter((each) => attributeOf(each, 'use') !== 'encryption')
    .flatMap(descendants)
    .filter((each) => is(each, SIGNATURE, 'X509Certificate'))
    .map((each) => readCertificate(textOf(each) ?? ''));
  const usable = found.filter((each) => each && !each.weakness && each.expiresAt > now).map((each) => each?.pem ?? '');
  if (usable.length > 0) return [...new Set(usable)].slice(0, MOST_CERTIFICATES);
  if (found.length === 0) throw refuse('has no certificate for signing');
  if (found.every((each) => each && each.expiresAt <= now)) throw refuse('has only certificates that have expired');
  throw refuse(
    `has no usable certificate for signing: ${found.find((each) => each?.weakness)?.weakness ?? 'none can be read'}`,
  );
}
