import { canonicalEmail, hasForbiddenCharacters, mixesScripts, skeleton } from '../../kernel/canonical.ts';
import type { TenantContext } from '../../kernel/context.ts';
import { conflict, invalid, notFound } from '../../kernel/problem.ts';
import { insertPerson } from './making.ts';
import { Account } from './schema.ts';
import { audited } from './shown.ts';
import * as store from './store.ts';

/** Accounts of people who come through an identity provider: what it says of them, and no rights. */

/** What a provider says of a person, whatever it is worth. */
export interface Described {
  email: string | null;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  displayName: string | null;
}

/** An account as a sign-in needs to know it; undefined when it was deleted. */
export const admitted = (ctx: TenantContext, id: string) =>
  store.find(ctx, id).then(
    ({ username, status, source }) => ({ id, username, status, source }),
    () => undefined,
  );

/** One line for people to read, as much of it as fits; undefined when nothing is left. */
function line(text: string | null, max: number): string | undefined {
  const bare = text?.normalize('NFC').replaceAll(/\s+/gu, ' ').trim() ?? '';
  if (bare === '' || hasForbiddenCharacters(bare)) return undefined;
  return [...bare].slice(0, max).join('').trim();
}

function namesOf(described: Described, fallback: string) {
  const firstName = line(described.firstName, 100) ?? '';
  const lastName = line(described.lastName, 100) ?? '';
  const displayName = line(described.displayName, 200) ?? (`${firstName} ${lastName}`.trim() || fallback);
  return { firstName, lastName, displayName };
}

/**
 * What an account for a person would be.
 *
 * @throws {Problem} 400 that names `email` or `username`; 409 `email-taken`, `username-taken`
 */
export async function accountFor(ctx: TenantContext, described: Described) {
  const email = canonicalEmail(described.email ?? '');
  if (!email.ok) throw invalid({ path: 'email', message: described.email ? email.reason : 'is missing' });
  const username = line(described.username, 100) ?? email.email;
  if (username.split(/[^\p{L}\p{M}\p{N}]+/u).some(mixesScripts))
    throw invalid({ path: 'username', message: 'must not mix letters of several scripts' });
  const usernameCanonical = skeleton(username);
  const taken = await store.taken(ctx, email.canonical, usernameCanonical);
  if (taken.some(({ emailCanonical }) => emailCanonical === email.canonical))
    throw conflict('email-taken', 'An account of this tenant has this e-mail address already.');
  if (taken.length > 0) throw conflict('username-taken', 'An account of this tenant has this username already.');
  return {
    email: email.email,
    domain: email.domain,
    username,
    ...namesOf(described, username),
  };
}

/**
 * Makes the account of a person whom an identity provider vouches for. It has no password; it is enabled unless the
 * tenant's policy leaves that to an administrator.
 *
 * @throws {Problem} as `accountFor`; 409 `too-many-accounts`
 */
export async function createAdmitted(ctx: TenantContext, described: Described) {
  const { email, username, ...names } = await accountFor(ctx, described);
  const { accountEnabling } = await store.tenant(ctx);
  const status = accountEnabling === 'automatic' ? 'enabled' : 'new';
  const made = await insertPerson(ctx, { email, username, ...names }, { status, verifiedAt: ctx.now, createdBy: null });
  ctx.audit(Account, { after: audited(made), action: 'accounts.create' });
  return { id: made.id, username: made.username, status: made.status, source: made.source };
}

/** Has the names of an account follow what its provider says. Whom provisioning manages is left alone. */
export async function followDescription(ctx: TenantContext, id: string, described: Described): Promise<void> {
  const before = await store.lock(ctx, id).catch(() => {
    throw notFound('account');
  });
  if (before.source !== 'local') return;
  const said = namesOf(described, before.displayName);
  const names = {
    firstName: said.firstName || before.firstName,
    lastName: said.lastName || before.lastName,
    displayName: said.displayName,
  };
  if (
    names.firstName === before.firstName &&
    names.lastName === before.lastName &&
    names.displayName === before.displayName
  )
    return;
  const after = await store.update(ctx, id, names);
  ctx.audit(Account, { before: audited(before), after: audited(after), action: 'accounts.change' });
}
