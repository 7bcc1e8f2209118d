import type { TenantContext } from '../../kernel/context.ts';
import { checkPassword } from '../../kernel/passwords.ts';
import { hashNewPassword } from './making.ts';
import * as waysIn from './ways-in-store.ts';

/** The password of an account that is there. */

export interface PasswordOwner {
  email: string | undefined;
  names: string[];
  /** Of the present password. */
  hash: string | undefined;
}

/** What a new password is held against. @throws {Problem} 404 */
export async function passwordOwner(ctx: TenantContext, accountId: string): Promise<PasswordOwner> {
  const { email, hash, ...names } = await waysIn.passwordOwner(ctx, accountId);
  return { email: email ?? undefined, names: Object.values(names), hash: hash ?? undefined };
}

export interface HashedPassword {
  hash: string;
  /** Whether it is long enough where no second factor is asked. */
  standsAlone: boolean;
}

/**
 * Checks and hashes a password that a person chose. Takes a while: no connection is to be held meanwhile.
 *
 * @param isAlone whether it opens without a second factor
 * @param path where the input holds it
 * @throws {Problem} 400 that names the path; 429 when too many wait
 */
export async function chosenPassword(
  ctx: Pick<TenantContext, 'platform' | 'tenantId'>,
  { email, names }: PasswordOwner,
  password: string,
  isAlone: boolean,
  path: string,
): Promise<HashedPassword> {
  const about = { email, names };
  const minLength = isAlone ? 15 : 8;
  const hash = await hashNewPassword(ctx.platform, ctx.tenantId, password, { ...about, minLength }, path);
  return { hash, standsAlone: isAlone || checkPassword(password, { ...about, minLength: 15 }).ok };
}

/** Gives an account its new password. The caller ends its sessions and records it. */
export const setPassword = (ctx: TenantContext, accountId: string, { hash, standsAlone }: HashedPassword): void =>
  waysIn.setPassword(ctx, accountId, hash, standsAlone);
