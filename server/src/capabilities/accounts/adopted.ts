import { canonicalEmail, skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { isId } from '../../kernel/ids.ts';
import { conflict, forbidden, invalid, notFound } from '../../kernel/problem.ts';
import { type Held, holdWhatItHolds } from '../groups/service.ts';
import { shutOut } from '../sessions/service.ts';
import * as local from './adopted-store.ts';
import { endLinks } from './links-store.ts';
import { effectOfState, readProvisioned } from './provisioned.ts';
import { leaveGroups } from './provisioned-groups-store.ts';
import {
  audited,
  changedAt,
  fieldsOf,
  fingerprintOf,
  otherAddresses,
  type ProvisionedPerson,
  targetOf,
  written,
} from './provisioned-person.ts';
import * as store from './provisioned-store.ts';
import { ProvisionedAccount } from './schema.ts';
import { find } from './store.ts';
import { setPassword } from './ways-in-store.ts';
import { replaceWords } from './words-store.ts';

/** Local accounts that provisioning takes over, and the way back. */

/**
 * Hands a local account over to provisioning, as an administrator allowed: it keeps its id, groups and password, and
 * becomes what the person is.
 *
 * @param isAllowed whether an account that holds this may be handed over; asked while nobody gives it more
 * @returns undefined when it may not, and nothing was changed
 * @throws {Problem} 404 when there is no such local account; 403 `owner-stays-local`; 409 `another-name` when it has
 *   another username than the person, since an address alone says nothing of who somebody is
 */
export async function adopt(
  ctx: TenantContext,
  id: string,
  person: ProvisionedPerson,
  isAllowed: (held: Held) => Promise<boolean>,
): Promise<store.ProvisionedRow | undefined> {
  const before = isId(id) ? await local.lockLocal(ctx, id) : undefined;
  if (!before) throw notFound('account');
  const held = await holdWhatItHolds(ctx, { id, version: before.version });
  if (held.length > 0 && !(await isAllowed(held))) return undefined;
  if (held.some(({ isOwnerGroup }) => isOwnerGroup))
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
  const effect = await effectOfState(ctx, before, row.status);
  store.rewrite(ctx, written(ctx, row));
  replaceWords(ctx, { ...row, source: 'scim' });
  store.addAddresses(ctx, id, otherAddresses(row));
  if (person.active) endLinks(ctx, id);
  else shutOut(ctx, id);
  if (passwordHash !== undefined) setPassword(ctx, id, passwordHash);
  store.indexIfPassword(ctx, id, fingerprintOf(ctx, row.emailCanonical));
  ctx.audit(ProvisionedAccount, {
    target: targetOf(id),
    before,
    after: { ...row, source: 'scim', password: passwordHash },
    details: effect,
  });
  return readProvisioned(ctx, id);
}

/** Who an account was before provisioning took it over. */
export interface LocalPerson {
  username: string;
  email: string;
  firstName: string;
  lastName: string;
  displayName: string;
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
  const groupIds = await leaveGroups(ctx, id, 'provisioned');
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
  local.release(ctx, { ...after, updatedBy: ctx.actor.id });
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
