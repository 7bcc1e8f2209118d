import { canonicalEmail, foldCase, skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { addressFingerprint } from '../sessions/service.ts';
import type { ProvisionedRow } from './provisioned-store.ts';
import type { Attributes } from './schema.ts';

/** A person as provisioning describes it, and the rows that it comes to. */

/** A person as provisioning describes it. What is in an index is of bounded length already. */
export interface ProvisionedPerson {
  userName: string;
  externalId: string | null;
  active: boolean;
  /** The whole resource without `userName`, `externalId`, `active`, `password` and what the server makes. */
  attributes: Attributes;
  /** As it came; one that is no valid address is kept in `attributes` only. */
  email: string | null;
  firstName: string;
  lastName: string;
  displayName: string;
  mobilePhone: string | null;
  /** Of a new password; null takes it away. */
  passwordHash?: string | null | undefined;
}

/** What a row says of its person, to be handed to `replaceProvisioned` with what is to change. */
export const personOf = (row: ProvisionedRow): ProvisionedPerson => ({
  userName: row.username,
  externalId: row.externalId,
  active: row.status === 'enabled',
  attributes: row.attributes,
  email: row.email,
  firstName: row.firstName,
  lastName: row.lastName,
  displayName: row.displayName,
  mobilePhone: row.mobilePhone,
});

/** The columns that a person comes to, but for state and version. */
export function fieldsOf({ userName, email, ...person }: ProvisionedPerson) {
  const address = email === null ? undefined : canonicalEmail(email);
  return {
    username: userName,
    externalId: person.externalId,
    email: address?.ok ? address.email : null,
    emailCanonical: address?.ok ? address.canonical : null,
    firstName: person.firstName,
    lastName: person.lastName,
    displayName: person.displayName,
    mobilePhone: person.mobilePhone,
    attributes: person.attributes,
  };
}

/** What of a person's credentials would be another, the password left aside. Case and look of a name are none. */
export function changedCredentials(before: ProvisionedRow, next: ProvisionedPerson) {
  const { email, emailCanonical } = fieldsOf(next);
  const changes: ('userName' | 'email' | 'externalId')[] = [];
  if (foldCase(before.username) !== foldCase(next.userName)) changes.push('userName');
  if (before.emailCanonical !== emailCanonical) changes.push('email');
  if (before.externalId !== next.externalId) changes.push('externalId');
  return { changes, email };
}

export const written = (
  ctx: TenantContext,
  { username, attributes, ...row }: Omit<ProvisionedRow, 'groups' | 'lastSignInAt'>,
) => ({
  tenantId: ctx.tenantId,
  username,
  usernameCanonical: skeleton(username),
  usernameFolded: foldCase(username),
  attributes: JSON.stringify(attributes),
  updatedBy: ctx.actor.id,
  ...row,
});

export const audited = (row: ProvisionedRow, password?: string) => Object.assign({}, row, { source: 'scim', password });

export const targetOf = (id: string) => ({ kind: 'account', id });

/** The values of `emails` beyond the address that the account has, folded, each once. */
export function otherAddresses({
  attributes: { emails },
  emailCanonical,
}: Pick<ProvisionedRow, 'attributes' | 'emailCanonical'>) {
  if (!Array.isArray(emails)) return [];
  const values = emails.flatMap((email: { value?: unknown }) =>
    typeof email?.value === 'string' ? foldCase(email.value) : [],
  );
  return [...new Set(values)].filter((value) => value !== emailCanonical);
}

export const fingerprintOf = ({ platform }: TenantContext, canonical: string | null) =>
  canonical === null ? null : addressFingerprint(platform, canonical);

/** One that waited for the row began before the change that it waited for. */
export const changedAt = (ctx: TenantContext, before: { updatedAt: Date }) =>
  new Date(Math.max(before.updatedAt.getTime(), ctx.now.getTime()));

const FRESH_SECONDS = 86_400;

/**
 * What is kept of a deactivation or deletion for the guard: nothing for an account that provisioning made within the
 * day and nobody signed in to.
 */
export const removedAt = (
  ctx: TenantContext,
  { createdAt, lastSignInAt }: Pick<ProvisionedRow, 'createdAt' | 'lastSignInAt'>,
) => (lastSignInAt === null && createdAt > ctx.later(-FRESH_SECONDS) ? null : ctx.now);
