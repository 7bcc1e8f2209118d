import type { components } from '@bailiwick/sdk';
import { useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Versioned } from '../../api/client.ts';
import type { IdentityProvider, ProviderTest } from '../../api/types.ts';
import type { Values } from '../../kit/draft.ts';
import { partText } from '../../messages/en.provider-parts.ts';

/** What the page of a provider and the page behind a set-up link have in common. */

type Schemas = components['schemas'];
export type Connection = Omit<IdentityProvider, 'admission'>;
export type Changes = Pick<Schemas['IdentityProviderChangesInput'], 'oidc' | 'oauth2' | 'saml' | 'mapping'>;

/** How a connection is read, changed and tested: by who is signed in, or by the holder of a link. */
export interface Desk {
  found: Versioned<Connection>;
  queryKey: readonly unknown[];
  read: () => Promise<Versioned<Connection>>;
  change: (version: string, changes: Changes) => Promise<Versioned<Connection>>;
  changeSecret: (body: Schemas['NewClientSecretInput']) => Promise<unknown>;
  /** Whether the secret before may go on for a while. */
  hasOverlap: boolean;
  /** The next key of ours for a SAML provider; not by a link. */
  makeKey?: (overlapSeconds: number) => Promise<unknown>;
  /** What metadata of a SAML provider says; nothing is changed. */
  readMetadata: (from: Schemas['MetadataSourceInput']) => Promise<Schemas['ReadMetadata']>;
  beginTest: () => Promise<ProviderTest>;
  readTest: (id: string) => Promise<ProviderTest>;
  /** Leads to the field of a path such as `oidc.clientId`. */
  mend: (path: string) => void;
}

/** Texts of a form beside the values of the API: lists are words, what was not given is empty. */
type Kind = 'text' | 'words' | 'certificates' | 'choice' | 'yes';

export interface Field {
  name: string;
  kind: Kind;
  isNeeded?: boolean;
  /** Seldom needed, so it stands below the others. */
  isMore?: boolean;
}

const more = (part: string): Field[] => [
  { name: `${part}.audience`, kind: 'text', isMore: true },
  { name: `${part}.resource`, kind: 'text', isMore: true },
  { name: `${part}.logoutUrl`, kind: 'text', isMore: true },
];

export const connectionFields: Record<IdentityProvider['type'], Field[]> = {
  oidc: [
    { name: 'oidc.issuer', kind: 'text', isNeeded: true },
    { name: 'oidc.clientId', kind: 'text', isNeeded: true },
    { name: 'oidc.clientAuthentication', kind: 'choice', isNeeded: true },
    { name: 'oidc.scopes', kind: 'words', isNeeded: true, isMore: true },
    ...more('oidc'),
  ],
  oauth2: [
    { name: 'oauth2.authorisationUrl', kind: 'text', isNeeded: true },
    { name: 'oauth2.tokenUrl', kind: 'text', isNeeded: true },
    { name: 'oauth2.userInfoUrl', kind: 'text', isNeeded: true },
    { name: 'oauth2.clientId', kind: 'text', isNeeded: true },
    { name: 'oauth2.clientAuthentication', kind: 'choice', isNeeded: true },
    { name: 'oauth2.scopes', kind: 'words' },
    { name: 'oauth2.issuer', kind: 'text', isMore: true },
    { name: 'oauth2.jwksUrl', kind: 'text', isMore: true },
    ...more('oauth2'),
  ],
  saml: [
    { name: 'saml.metadataUrl', kind: 'text' },
    { name: 'saml.followsMetadata', kind: 'yes', isNeeded: true },
    { name: 'saml.entityId', kind: 'text', isNeeded: true },
    { name: 'saml.singleSignOnUrl', kind: 'text', isNeeded: true },
    { name: 'saml.certificates', kind: 'certificates', isNeeded: true },
    { name: 'saml.singleSignOnBinding', kind: 'choice', isNeeded: true, isMore: true },
    { name: 'saml.singleLogoutUrl', kind: 'text', isMore: true },
    { name: 'saml.singleLogoutBinding', kind: 'choice', isNeeded: true, isMore: true },
    { name: 'saml.nameIdFormat', kind: 'choice', isMore: true },
    { name: 'saml.signedPart', kind: 'choice', isNeeded: true, isMore: true },
    { name: 'saml.signsRequests', kind: 'yes', isNeeded: true, isMore: true },
    { name: 'saml.requiresEncryption', kind: 'yes', isNeeded: true, isMore: true },
    { name: 'saml.acceptsUnrequested', kind: 'yes', isNeeded: true, isMore: true },
    { name: 'saml.requestedContexts', kind: 'words', isMore: true },
  ],
};

export const mappingFields = (type: IdentityProvider['type']): Field[] => [
  ...(type === 'oidc' ? [] : [{ name: 'mapping.subject', kind: 'text', isNeeded: type === 'oauth2' } as Field]),
  ...['username', 'displayName', 'firstName', 'lastName', 'email', 'groups'].map(
    (name): Field => ({ name: `mapping.${name}`, kind: 'text' }),
  ),
  { name: 'mapping.secondFactorValues', kind: 'words' },
];

export const admissionFields: Field[] = [
  { name: 'admission.createsAccounts', kind: 'yes', isNeeded: true },
  { name: 'admission.domains', kind: 'words' },
  { name: 'admission.matches', kind: 'text', isNeeded: true },
  { name: 'admission.matchClaim', kind: 'text' },
];

export const wordsOf = (value: string) => value.split(/[\s,;]+/).filter(Boolean);

/** A certificate may be pasted with its frame or without. */
const certificatesOf = (value: string) =>
  value.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? (value.trim() ? [value.trim()] : []);

const textOf = (value: unknown, kind: Kind): string => {
  if (kind === 'yes') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(kind === 'certificates' ? '\n' : ' ');
  return typeof value === 'string' ? value : '';
};

const toldOf = (value: string, { kind, isNeeded }: Field): unknown => {
  if (kind === 'yes') return value === 'yes';
  if (kind === 'words') return wordsOf(value);
  if (kind === 'certificates') return certificatesOf(value);
  return value === '' && !isNeeded ? null : value;
};

/** The texts of a form. */
export const valuesOf = (from: object, fields: Field[]): Values<string> =>
  Object.fromEntries(
    fields.map(({ name, kind }) => {
      const [part = '', own = ''] = name.split('.');
      const values = (from as Record<string, Record<string, unknown> | undefined>)[part];
      return [name, textOf(values?.[own], kind)];
    }),
  );

/** What the API is told of the texts that changed. */
export function changesOf(changes: Partial<Values<string>>, fields: Field[]): Record<string, Record<string, unknown>> {
  const told: Record<string, Record<string, unknown>> = {};
  for (const field of fields) {
    const value = changes[field.name];
    if (value === undefined) continue;
    const [part = '', own = ''] = field.name.split('.');
    told[part] = { ...told[part], [own]: toldOf(value, field) };
  }
  return told;
}

/** What a field of few values may hold, by what each is called. */
export const choicesOf = (name: string): Record<string, string> =>
  partText.choices[name.slice(name.indexOf('.') + 1)] ?? {};

/** How a text reads where nothing is edited. */
export const shownOf = (values: Values<string>, fields: Field[]): Record<string, string> =>
  Object.fromEntries(
    fields.map(({ name, kind }) => {
      const value = values[name] ?? '';
      if (kind === 'yes') return [name, value === 'yes' ? partText.yes : partText.no];
      return [name, kind === 'choice' ? (choicesOf(name)[value] ?? value) : value];
    }),
  );

export const labelsOf = (fields: Field[]): Record<string, string> =>
  Object.fromEntries(fields.map(({ name }) => [name, partText.fields[name] ?? name]));

/** Takes the focus to a field of the page, wherever it stands on it. */
export function focusField(path: string): void {
  const name = path.replace(/\.\d+(\..*)?$/, '');
  const field =
    document.getElementById(`field-${name}`) ??
    document.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"], [data-field="${CSS.escape(name)}"]`);
  field?.closest('details')?.setAttribute('open', '');
  field?.scrollIntoView({ block: 'center' });
  field?.focus();
}

/** The field that the address names takes the focus, once the heading has had it. */
export function useFieldOfAddress(): void {
  const { field } = useSearch({ strict: false }) as { field?: string };
  useEffect(() => {
    if (!field) return;
    const timer = setTimeout(() => focusField(field));
    return () => clearTimeout(timer);
  }, [field]);
}

/** The part of the page that has the field. */
export const tabOf = (path: string): string | undefined =>
  path.startsWith('mapping.') ? 'attributes' : path.startsWith('admission.') ? 'people' : undefined;
