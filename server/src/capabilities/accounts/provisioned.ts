import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId, newId } from '../../kernel/ids.ts';
import { notFound } from '../../kernel/problem.ts';
import { effectToKeep } from '../effects/service.ts';
import { holdAsRead, holdToLeave } from '../groups/service.ts';
import { shutOut } from '../sessions/service.ts';
import * as groups from './provisioned-groups-store.ts';
import {
  audited,
  changedAt,
  fieldsOf,
  fingerprintOf,
  otherAddresses,
  type ProvisionedPerson,
  removedAt,
  targetOf,
  written,
} from './provisioned-person.ts';
import * as store from './provisioned-store.ts';
import { ProvisionedAccount } from './schema.ts';
import { indexAddress, removePassword, setPassword } from './ways-in-store.ts';
import { standingOf } from './words.ts';
import { insertWords, replaceWords, restand } from './words-store.ts';

/**
 * Accounts of provisioning, as `protocols/scim` changes them. Local accounts are not there for it, but for `adopt` and
 * for what stands in the way of a name.
 */

export { changedCredentials, type ProvisionedPerson, personOf } from './provisioned-person.ts';
export { groupsIn, type ProvisionedRow } from './provisioned-store.ts';

/** No row has it, so what is no id finds nothing without reaching a cast. */
const nobody = '00000000-0000-0000-0000-000000000000';
const known = (id: string) => ({ id: isId(id) ? id : nobody });

/** The query of `readProvisioned`, to be foreseen. Any text may be the id. */
export const foundProvisioned = (id: string) => store.found(known(id));

/** The query of `lockProvisioned`, to be foreseen. Any text may be the id. */
export const lockedProvisioned = (id: string) => store.locked(known(id));

/** What a change of an account's state asks besides, to be foreseen. Any text may be the id. */
export const foreseenOfState = (id: string) => groups.holding(known(id));

/**
 * Who gains and loses what when an account comes to act or acts no more, for the entry. Who is in no group that gives
 * anything is asked about no more. Of others the rows that the change needs are held first, with the query of the effect.
 *
 * @param before as it was read; the transaction ends when it is so no longer
 * @param after undefined when it is deleted, and leaves its groups
 */
export async function effectOfState(
  ctx: TenantContext,
  { id, status, version }: Pick<store.ProvisionedRow, 'id' | 'status' | 'version'>,
  after: string | undefined,
) {
  if (ctx.isRehearsing || (status === 'enabled') === (after === 'enabled')) return undefined;
  const [standing] = await ctx.ask(foreseenOfState(id));
  if (!standing?.holds) return undefined;
  holdAsRead(ctx, { id, version });
  if (after === undefined) holdToLeave(ctx, id);
  return effectToKeep(ctx, after === 'enabled' ? { starting: [id] } : { stopping: [id] });
}

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
    groups: null,
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
export async function replaceProvisioned(
  ctx: TenantContext,
  before: store.ProvisionedRow,
  next: ProvisionedPerson,
): Promise<store.ProvisionedRow> {
  const { passwordHash } = next;
  const wasActive = before.status === 'enabled';
  const fields = fieldsOf(next);
  // The database gives the members of an object in an order of its own.
  if (isSame(before.attributes, fields.attributes)) fields.attributes = before.attributes;
  const differs = Object.entries(fields).some(([name, value]) => value !== before[name as keyof typeof fields]);
  if (!differs && next.active === wasActive && passwordHash === undefined) return before;

  const after = { ...before, ...fields, ...nextState(ctx, before, next.active) };
  const effect = await effectOfState(ctx, before, after.status);
  if (!differs) writeState(ctx, after);
  else {
    store.rewrite(ctx, written(ctx, after));
    if (worded.some((field) => after[field] !== before[field])) replaceWords(ctx, { ...after, source: 'scim' });
    else if (after.status !== before.status) restand(ctx, { ...after, source: 'scim' });
  }
  replaceAddresses(ctx, before, after);
  if (wasActive && (!next.active || passwordHash !== undefined)) shutOut(ctx, before.id); // P10
  if (passwordHash === null) removePassword(ctx, before.id);
  else if (passwordHash !== undefined) setPassword(ctx, before.id, passwordHash);
  if (passwordHash !== undefined || before.emailCanonical !== after.emailCanonical)
    store.indexIfPassword(ctx, before.id, fingerprintOf(ctx, after.emailCanonical));
  ctx.audit(ProvisionedAccount, {
    target: targetOf(before.id),
    before: audited(before, passwordHash === null ? '' : undefined),
    after: audited(after, passwordHash ?? undefined),
    details: effect,
  });
  return after;
}

/** The same of an account's state alone: what identity providers change most. */
export async function switchProvisioned(
  ctx: TenantContext,
  before: store.ProvisionedRow,
  isActive: boolean,
): Promise<store.ProvisionedRow> {
  if (isActive === (before.status === 'enabled')) return before;
  // Not spread: an object of another layout each time (decision 14).
  const after = Object.assign({}, before, nextState(ctx, before, isActive));
  const effect = await effectOfState(ctx, before, after.status);
  writeState(ctx, after);
  if (!isActive) shutOut(ctx, before.id);
  ctx.audit(ProvisionedAccount, {
    target: targetOf(before.id),
    before: { status: before.status },
    after: { status: after.status },
    details: effect,
  });
  return after;
}

const writeState = (ctx: TenantContext, after: store.ProvisionedRow) => {
  const standing = standingOf({ status: after.status, source: 'scim', verifiedAt: null });
  store.switchStatus(ctx, { updatedBy: ctx.actor.id, standing, ...after });
};

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
