import { canonicalEmail, foldCase, skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId, newId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid, notFound } from '../../kernel/problem.ts';
import { holdOwners } from '../groups/service.ts';
import { addressFingerprint, closeSessionsOf } from '../sessions/service.ts';
import { endLinks } from './links-store.ts';
import * as store from './provisioned-store.ts';
import { type Attributes, type DeletedAccount, ProvisionedAccount } from './schema.ts';
import { entomb, find } from './store.ts';
import { indexAddress, removePassword, setPassword } from './ways-in-store.ts';
import { addWords, insertWords, replaceWords, restand } from './words-store.ts';

/**
 * Accounts of provisioning, as `protocols/scim` changes them. Local accounts are not there for it, but for `adopt` and
 * for what stands in the way of a name.
 */

export type { ProvisionedRow } from './provisioned-store.ts';

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

/** What a name or an address that provisioning wants belongs to already. */
export interface Clash {
  accountId: string;
  source: 'local' | 'scim';
  displayName: string;
  /** Canonical: by what it is one. */
  takenName: string | null;
  takenEmail: string | null;
}

/** No row has it, so what is no id finds nothing without reaching a cast. */
const nobody = '00000000-0000-0000-0000-000000000000';
const known = (id: string) => ({ id: isId(id) ? id : nobody });

const FRESH_SECONDS = 86_400;

/** The query of `readProvisioned`, to be foreseen. Any text may be the id. */
export const foundProvisioned = (id: string) => store.found(known(id));

/** The query of `lockProvisioned`, to be foreseen. Any text may be the id. */
export const lockedProvisioned = (id: string) => store.locked(known(id));

/** Every account of provisioning with its groups, to be filtered, ordered and limited. */
export const selectProvisioned = store.provisioned;

async function only(ctx: TenantContext, query: ReturnType<typeof foundProvisioned>): Promise<store.ProvisionedRow> {
  const [row] = await ctx.ask(query);
  if (!row) throw notFound('user');
  return row;
}

/** @throws {Problem} 404 */
export const readProvisioned = (ctx: TenantContext, id: string) => only(ctx, foundProvisioned(id));

/** The hash of the password that provisioning, or somebody before it, set. */
export const storedHash = store.storedHash;

/** Reads an account and holds its row until the transaction ends. @throws {Problem} 404 */
export const lockProvisioned = (ctx: TenantContext, id: string) => only(ctx, lockedProvisioned(id));

/** What a row says of its person, to be handed to `replaceProvisioned` with what is to change. */
export const personOf = (row: store.ProvisionedRow): ProvisionedPerson => ({
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
function fieldsOf({ userName, email, ...person }: ProvisionedPerson) {
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

const written = (
  ctx: TenantContext,
  { username, attributes, ...row }: Omit<store.ProvisionedRow, 'groups' | 'lastSignInAt'>,
) => ({
  tenantId: ctx.tenantId,
  username,
  usernameCanonical: skeleton(username),
  usernameFolded: foldCase(username),
  attributes: JSON.stringify(attributes),
  updatedBy: ctx.actor.id,
  ...row,
});

const audited = (row: store.ProvisionedRow, password?: string) => Object.assign({}, row, { source: 'scim', password });

const targetOf = (id: string) => ({ kind: 'account', id });

/** The values of `emails` beyond the address that the account has, folded, each once. */
function otherAddresses({
  attributes: { emails },
  emailCanonical,
}: Pick<store.ProvisionedRow, 'attributes' | 'emailCanonical'>) {
  if (!Array.isArray(emails)) return [];
  const values = emails.flatMap((email: { value?: unknown }) =>
    typeof email?.value === 'string' ? foldCase(email.value) : [],
  );
  return [...new Set(values)].filter((value) => value !== emailCanonical);
}

const fingerprintOf = ({ platform }: TenantContext, canonical: string | null) =>
  canonical === null ? null : addressFingerprint(platform, canonical);

/** One that waited for the row began before the change that it waited for. */
const changedAt = (ctx: TenantContext, before: { updatedAt: Date }) =>
  new Date(Math.max(before.updatedAt.getTime(), ctx.now.getTime()));

/**
 * What is kept of a deactivation or deletion for the guard: nothing for an account that provisioning made within the
 * day and nobody signed in to.
 */
const removedAt = (
  ctx: TenantContext,
  { createdAt, lastSignInAt }: Pick<store.ProvisionedRow, 'createdAt' | 'lastSignInAt'>,
) => (lastSignInAt === null && createdAt > ctx.later(-FRESH_SECONDS) ? null : ctx.now);

/**
 * Makes an account. Everything goes with the next message, the commit as a rule.
 *
 * @throws {Problem} 409 `username-taken`, `email-taken`, with that message
 */
export async function createProvisioned(ctx: TenantContext, person: ProvisionedPerson): Promise<store.ProvisionedRow> {
  await requireRoom(ctx, 'accounts');
  const row = {
    id: newId(),
    ...fieldsOf(person),
    status: person.active ? 'enabled' : 'disabled',
    lastSignInAt: null,
    removedAt: null,
    version: 1,
    createdAt: ctx.now,
    updatedAt: ctx.now,
    groups: [],
  };
  store.insert(ctx, written(ctx, row));
  insertWords(ctx, { ...row, source: 'scim' });
  await ctx.keys.createSubject(row.id);
  store.addAddresses(ctx, row.id, otherAddresses(row));
  const passwordHash = person.passwordHash ?? undefined;
  if (passwordHash !== undefined) {
    setPassword(ctx, row.id, passwordHash);
    const fingerprint = fingerprintOf(ctx, row.emailCanonical);
    if (fingerprint) indexAddress(ctx, row.id, fingerprint);
  }
  ctx.audit(ProvisionedAccount, { target: targetOf(row.id), after: audited(row, passwordHash) });
  return row;
}

/**
 * Makes an account what the person is, writing what differs; where nothing does, nothing is written and the version
 * stays. One that is deactivated loses its sessions and open links with the commit.
 *
 * @param before held by `lockProvisioned`
 * @returns the account as it is now
 * @throws {Problem} 409 `username-taken`, `email-taken`, with the next message
 */
export function replaceProvisioned(
  ctx: TenantContext,
  before: store.ProvisionedRow,
  next: ProvisionedPerson,
): store.ProvisionedRow {
  const { passwordHash } = next;
  const wasActive = before.status === 'enabled';
  const fields = fieldsOf(next);
  // The database gives the members of an object in an order of its own.
  if (isSame(before.attributes, fields.attributes)) fields.attributes = before.attributes;
  const differs = Object.entries(fields).some(([name, value]) => value !== before[name as keyof typeof fields]);
  if (!differs && next.active === wasActive && passwordHash === undefined) return before;

  const after = { ...before, ...fields, ...nextState(ctx, before, next.active) };
  if (differs) store.rewrite(ctx, written(ctx, after));
  else store.switchStatus(ctx, { ...after, updatedBy: ctx.actor.id });
  if (worded.some((field) => after[field] !== before[field])) replaceWords(ctx, { ...after, source: 'scim' });
  else if (after.status !== before.status) restand(ctx, { ...after, source: 'scim' });
  replaceAddresses(ctx, before, after);
  if (wasActive && !next.active) shutOut(ctx, before.id);
  if (passwordHash !== undefined && wasActive) closeSessionsOf(ctx, before.id); // P10
  if (passwordHash === null) removePassword(ctx, before.id);
  else if (passwordHash !== undefined) setPassword(ctx, before.id, passwordHash);
  if (passwordHash !== undefined || before.emailCanonical !== after.emailCanonical)
    store.indexIfPassword(ctx, before.id, fingerprintOf(ctx, after.emailCanonical));
  ctx.audit(ProvisionedAccount, {
    target: targetOf(before.id),
    before: audited(before, passwordHash === null ? '' : undefined),
    after: audited(after, passwordHash ?? undefined),
  });
  return after;
}

/** The same of an account's state alone: what identity providers change most. */
export function switchProvisioned(
  ctx: TenantContext,
  before: store.ProvisionedRow,
  isActive: boolean,
): store.ProvisionedRow {
  if (isActive === (before.status === 'enabled')) return before;
  const after = { ...before, ...nextState(ctx, before, isActive) };
  store.switchStatus(ctx, { ...after, updatedBy: ctx.actor.id });
  if (!isActive) shutOut(ctx, before.id);
  ctx.audit(ProvisionedAccount, {
    target: targetOf(before.id),
    before: { status: before.status },
    after: { status: after.status },
  });
  return after;
}

/** State and version after a change. */
function nextState(ctx: TenantContext, before: store.ProvisionedRow, isActive: boolean) {
  const isAsBefore = isActive === (before.status === 'enabled');
  const gone = isActive ? null : removedAt(ctx, before);
  return {
    status: isAsBefore ? before.status : isActive ? 'enabled' : 'disabled',
    removedAt: isAsBefore ? before.removedAt : gone,
    version: before.version + 1,
    updatedAt: changedAt(ctx, before),
  };
}

/** What searches find an account by. */
const worded = ['username', 'email', 'firstName', 'lastName', 'displayName'] as const;

function replaceAddresses(
  ctx: TenantContext,
  before: Pick<store.ProvisionedRow, 'id' | 'attributes' | 'emailCanonical'>,
  after: Pick<store.ProvisionedRow, 'attributes' | 'emailCanonical'>,
) {
  if (before.attributes === after.attributes && before.emailCanonical === after.emailCanonical) return;
  const [had, has] = [otherAddresses(before), otherAddresses(after)];
  store.removeAddresses(
    ctx,
    before.id,
    had.filter((value) => !has.includes(value)),
  );
  store.addAddresses(
    ctx,
    before.id,
    has.filter((value) => !had.includes(value)),
  );
}

/** Sessions and open links end. */
function shutOut(ctx: TenantContext, id: string) {
  closeSessionsOf(ctx, id);
  endLinks(ctx, id);
}

/** Whether two values of JSON are the same, in whatever order their members come. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key as keyof typeof a], b[key as keyof typeof b]))
  );
}

/**
 * Deletes an account with its memberships, sessions and password: name and address are free at once, and of the person
 * nothing remains outside the audit, whose entry holds what `restoreProvisioned` needs.
 *
 * @param before held by `lockProvisioned`
 */
export async function deleteProvisioned(ctx: TenantContext, before: store.ProvisionedRow): Promise<void> {
  const groupIds = await store.leaveGroups(ctx, before.id);
  shutOut(ctx, before.id);
  entomb(ctx, before.id, removedAt(ctx, before));
  ctx.audit(ProvisionedAccount, { target: targetOf(before.id), before: audited(before), details: { groupIds } });
}

/** The accounts of the tenant, local ones too, that have the name or the address that a person would get. */
export async function clashesOf(
  ctx: TenantContext,
  person: Pick<ProvisionedPerson, 'userName' | 'email'>,
): Promise<Clash[]> {
  const address = person.email === null ? undefined : canonicalEmail(person.email);
  const emailCanonical = address?.ok ? address.canonical : null;
  const usernameCanonical = skeleton(person.userName);
  const occupants = await store.occupantsOf(ctx, { usernameCanonical, emailCanonical });
  return occupants.map((account) => ({
    accountId: account.id,
    source: account.source === 'scim' ? 'scim' : 'local',
    displayName: account.displayName,
    takenName: account.usernameCanonical === usernameCanonical ? usernameCanonical : null,
    takenEmail: account.emailCanonical === emailCanonical ? emailCanonical : null,
  }));
}

/**
 * What stands in the way of a restoration, or will be missing after it; to be shown before anything is done.
 *
 * @returns who has the name or the address now, and the groups that are gone
 */
export async function obstaclesToRestoring(ctx: TenantContext, { before, details }: DeletedAccount) {
  const clashes = await clashesOf(ctx, { userName: before.username, email: before.email });
  const there = await store.groupsThere(ctx, details.groupIds);
  return { clashes, missingGroupIds: details.groupIds.filter((id) => !there.has(id)) };
}

/**
 * Undoes a deletion: the account with the same id, fields, state, and those of its groups that are there. It gets no
 * password and no session back. Only an owner puts one back into the Owner Group. Where somebody has the name or the
 * address now, says who and does nothing.
 *
 * @param deleted what the deletion's audit entry holds, its personal part opened
 * @returns who is in the way, or the account and the groups that it did not come back into
 * @throws {Problem} 404 when no such account was deleted, or it is there again
 */
export async function restoreProvisioned(ctx: TenantContext, deleted: DeletedAccount) {
  const { before: fields, details } = deleted;
  const { id } = fields;
  const tombstone = await store.lockTombstone(ctx, id);
  if (!tombstone) throw notFound('deleted user');
  const clashes = await clashesOf(ctx, { userName: fields.username, email: fields.email });
  if (clashes.length > 0) return { clashes };

  const there = await store.holdGroups(ctx, details.groupIds);
  const groupIds = there.filter((group) => ctx.rights.isOwner || !group.isOwnerGroup).map((group) => group.id);
  const row = {
    id,
    ...fieldsOf({ ...fields, userName: fields.username, active: fields.status === 'enabled' }),
    ...tombstone,
    status: fields.status,
    removedAt: null,
    version: tombstone.version + 1,
    updatedAt: changedAt(ctx, tombstone),
  };
  store.rewrite(ctx, written(ctx, row));
  addWords(ctx, { ...row, source: 'scim' });
  store.addAddresses(ctx, id, otherAddresses(row));
  store.joinGroups(ctx, id, groupIds);
  ctx.audit(ProvisionedAccount, { target: targetOf(id), after: { ...row, source: 'scim' }, details: { groupIds } });
  return {
    account: await readProvisioned(ctx, id),
    missingGroupIds: details.groupIds.filter((groupId) => !groupIds.includes(groupId)),
  };
}

/**
 * Hands a local account over to provisioning, as an administrator allowed: it keeps its id, groups and password, and
 * becomes what the person is.
 *
 * @throws {Problem} 404 when there is no such local account; 403 `owner-stays-local`; 409 `another-name` when it has
 *   another username than the person, since an address alone says nothing of who somebody is
 */
export async function adopt(ctx: TenantContext, id: string, person: ProvisionedPerson): Promise<store.ProvisionedRow> {
  const before = isId(id) ? await store.lockLocal(ctx, id) : undefined;
  if (!before) throw notFound('account');
  await holdOwners(ctx);
  if (await store.isInOwnerGroup(ctx, id))
    throw forbidden('owner-stays-local', 'This account is in the Owner Group. Provisioning never takes over an owner.');
  if (skeleton(person.userName) !== before.usernameCanonical)
    throw conflict(
      'another-name',
      'This account has another username than the user of the identity provider. Give one of them the name of the other, or delete the account.',
    );
  const passwordHash = person.passwordHash ?? undefined;
  const row = {
    ...fieldsOf(person),
    id,
    status: person.active ? 'enabled' : 'disabled',
    lastSignInAt: before.lastSignInAt,
    removedAt: person.active || before.status === 'disabled' ? null : ctx.now,
    version: before.version + 1,
    createdAt: before.createdAt,
    updatedAt: changedAt(ctx, before),
  };
  store.rewrite(ctx, written(ctx, row));
  replaceWords(ctx, { ...row, source: 'scim' });
  store.addAddresses(ctx, id, otherAddresses(row));
  endLinks(ctx, id);
  if (!person.active) closeSessionsOf(ctx, id);
  if (passwordHash !== undefined) setPassword(ctx, id, passwordHash);
  store.indexIfPassword(ctx, id, fingerprintOf(ctx, row.emailCanonical));
  ctx.audit(ProvisionedAccount, {
    target: targetOf(id),
    before,
    after: { ...row, source: 'scim', password: passwordHash },
  });
  return readProvisioned(ctx, id);
}

/** Who an account was before provisioning took it over. */
export interface LocalPerson extends Omit<Names, 'mobilePhone'> {
  username: string;
  email: string;
  mobilePhone: string | null;
  status: string;
}

/**
 * Takes an adoption back: the account is a local one again, with its id, its own groups and its password. It leaves the
 * groups of provisioning, which nobody could take it out of.
 *
 * @param before held by `lockProvisioned`
 * @throws {Problem} 409 `username-taken`, `email-taken`, with the next message; 400 when the address is not valid
 */
export async function release(ctx: TenantContext, before: store.ProvisionedRow, person: LocalPerson): Promise<void> {
  const address = canonicalEmail(person.email);
  if (!address.ok) throw invalid({ path: 'email', message: address.reason });
  const { id } = before;
  const groupIds = await store.leaveGroups(ctx, id, 'provisioned');
  const { verifiedAt } = await find(ctx, id);
  const after = {
    ...person,
    id,
    usernameCanonical: skeleton(person.username),
    email: address.email,
    emailCanonical: address.canonical,
    version: before.version + 1,
    updatedAt: changedAt(ctx, before),
  };
  store.release(ctx, { ...after, updatedBy: ctx.actor.id });
  replaceWords(ctx, { ...after, source: 'local', verifiedAt });
  store.removeAddresses(ctx, id, otherAddresses(before));
  if (after.status !== 'enabled') shutOut(ctx, id);
  store.indexIfPassword(ctx, id, fingerprintOf(ctx, after.emailCanonical));
  ctx.audit(ProvisionedAccount, {
    target: targetOf(id),
    before: audited(before),
    after: { ...after, source: 'local' },
    details: { groupIds },
  });
}

interface Names {
  firstName: string;
  lastName: string;
  displayName: string;
  mobilePhone: string | null;
}

/**
 * The attributes of an account whose names an administrator changes while provisioning is off, so that provisioning
 * reads what people see when it is on again.
 *
 * @returns JSON
 */
export async function attributesWith(ctx: TenantContext, id: string, next: Names): Promise<string> {
  const { attributes, ...before } = await readProvisioned(ctx, id);
  const { name, displayName, phoneNumbers, ...others } = attributes;
  const isRenamed = next.firstName !== before.firstName || next.lastName !== before.lastName;
  const { formatted: _formatted, ...parts } = (name ?? {}) as Record<string, unknown>;
  const phones = Array.isArray(phoneNumbers) ? (phoneNumbers as { type?: unknown }[]) : [];
  const keptPhones = phones.filter(({ type }) => `${type}`.toLowerCase() !== 'mobile');
  const newPhones = next.mobilePhone === null ? [] : [{ value: next.mobilePhone, type: 'mobile' }];
  return JSON.stringify({
    ...others,
    name: isRenamed ? { ...parts, givenName: next.firstName, familyName: next.lastName } : name,
    displayName: next.displayName === before.displayName ? displayName : next.displayName,
    phoneNumbers: next.mobilePhone === before.mobilePhone ? phoneNumbers : listOrNone([...keptPhones, ...newPhones]),
  });
}

const listOrNone = (values: object[]) => (values.length > 0 ? values : undefined);
