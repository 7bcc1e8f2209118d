import { canonicalEmail, mixesScripts, skeleton } from '../../kernel/canonical.ts';
import { requireRoom } from '../../kernel/caps.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { hashPassword } from '../../kernel/hashing.ts';
import { newId } from '../../kernel/ids.ts';
import { checkPassword } from '../../kernel/passwords.ts';
import { invalid } from '../../kernel/problem.ts';
import type { Platform } from '../../kernel/regions.ts';
import { addressFingerprint } from '../sessions/service.ts';
import { Account } from './schema.ts';
import { audited } from './shown.ts';
import * as store from './store.ts';
import * as waysIn from './ways-in-store.ts';

/** How a local account comes to be. */

/** @throws {Problem} 400 that names the field */
export function emailOf(text: string, path: string) {
  const email = canonicalEmail(text);
  if (!email.ok) throw invalid({ path, message: email.reason });
  return email;
}

/**
 * Checks and hashes a password that somebody chose.
 *
 * @param fairnessKey whose turn it is: the tenant, or the source of the request
 * @throws {Problem} 400 that names `password`; 429 when too many wait
 */
export async function hashNewPassword(
  _platform: Platform,
  fairnessKey: string,
  password: string,
  about: { email?: string | undefined; names?: readonly string[]; minLength: 15 | 8 },
  path = 'password',
): Promise<string> {
  const checked = checkPassword(password, about);
  if (!checked.ok) throw invalid({ path, message: checked.message });
  return hashPassword(fairnessKey, password);
}

export interface Person {
  email: string;
  firstName: string;
  lastName: string;
  username?: string | undefined;
  displayName?: string | undefined;
  mobilePhone?: string | undefined;
}

export async function insertPerson(
  ctx: TenantContext,
  person: Person,
  state: {
    status: 'new' | 'enabled';
    verifiedAt: Date | null;
    createdBy: string | null;
    hasProvedAddress?: boolean;
  },
  path = 'email',
) {
  const { email, canonical } = emailOf(person.email, path);
  const username = person.username ?? email;
  if (username.split(/[^\p{L}\p{M}\p{N}]+/u).some(mixesScripts))
    throw invalid({ path: 'username', message: 'must not mix letters of several scripts' });
  await requireRoom(ctx, 'accounts');
  return store.insert(ctx, {
    id: newId(),
    email,
    emailCanonical: canonical,
    username,
    usernameCanonical: skeleton(username),
    firstName: person.firstName,
    lastName: person.lastName,
    displayName: person.displayName ?? `${person.firstName} ${person.lastName}`,
    mobilePhone: person.mobilePhone ?? null,
    ...state,
    fingerprint: addressFingerprint(ctx.platform, canonical),
  });
}

/** Makes the first owner of a new tenant who has chosen a password already; may sign in at once. */
export async function createOwnerWithPassword(
  ctx: TenantContext,
  { passwordHash, ...owner }: Person & { passwordHash: string },
) {
  const state = { status: 'enabled' as const, verifiedAt: ctx.now, createdBy: null, hasProvedAddress: true };
  const made = await insertPerson(ctx, owner, state);
  waysIn.setPassword(ctx, made.id, passwordHash);
  ctx.audit(Account, { after: audited(made), action: 'accounts.create' });
  return made;
}
