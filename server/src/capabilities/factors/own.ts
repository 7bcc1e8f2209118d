import type { TenantContext } from '../../kernel/context.ts';
import type { NoticeKind } from '../../kernel/messages/mails.ts';
import { conflict } from '../../kernel/problem.ts';
import { holdOwners, requireNotStronger, requireUsableOwner } from '../groups/service.ts';
import { endOtherSessionsOf } from '../sessions/service.ts';
import { passkeyCreation, registerPasskey } from './passkeys.ts';
import { ofAccount, personOf } from './people.ts';
import { makeRecoveryCodes } from './recovery-codes.ts';
import { Factor, Factors, type PasskeyRegistration } from './schema.ts';
import * as store from './store.ts';
import { beginTotp, confirmTotp } from './totp.ts';

/** What a person set up beside a password, seen and changed by themselves and by administrators. */

const shown = ({ id, kind, name, createdAt, lastUsedAt, version }: store.FactorRow) => ({
  id,
  kind: kind as 'passkey' | 'totp',
  name,
  createdAt,
  lastUsedAt,
  version,
});

const tell = (ctx: TenantContext, accountId: string, kind: NoticeKind, what: string) =>
  ctx.notify({
    kind,
    text: `${what} If it was not you, change your password and tell an administrator.`,
    to: { accountId },
    target: ofAccount(accountId),
  });

async function factorsOf(ctx: TenantContext, accountId: string) {
  const rows = await store.listOf(ctx, accountId);
  return {
    items: rows.map(shown),
    recoveryCodesLeft: await store.countCodes(ctx, accountId),
    hasPassword: (await store.passwordHash(ctx, accountId)) !== undefined,
  };
}

/** The caller's factors. @throws {Problem} 403 `people-only` */
export const listOwnFactors = (ctx: TenantContext) => factorsOf(ctx, personOf(ctx).accountId);

/** @throws {Problem} 404 */
export async function listFactorsOf(ctx: TenantContext, accountId: string) {
  await store.person(ctx, accountId);
  return factorsOf(ctx, accountId);
}

/** Begins to set up a generator of codes. */
export async function beginOwnTotp(ctx: TenantContext) {
  const { accountId } = personOf(ctx);
  const begun = await beginTotp(ctx, accountId);
  ctx.audit(Factor, { target: ofAccount(accountId), details: { kind: 'totp' } });
  return begun;
}

/**
 * What follows when a factor was added, by whom it was: with the first one recovery codes, and word to its person.
 *
 * @returns the factor as it is shown
 */
async function added(ctx: TenantContext, accountId: string, factor: store.FactorRow) {
  const isFirst = (await store.listOf(ctx, accountId)).length === 1;
  ctx.audit(Factor, { after: shown(factor), target: ofAccount(accountId) });
  const what = factor.kind === 'passkey' ? 'A passkey' : 'An authenticator app';
  tell(ctx, accountId, 'factor-added', `${what} was added to your account.`);
  return { ...shown(factor), ...(isFirst ? { recoveryCodes: makeRecoveryCodes(ctx, accountId) } : {}) };
}

/** Confirms the generator that was begun. @throws {Problem} as `confirmTotp` */
export async function addTotp(
  ctx: TenantContext,
  accountId: string,
  { code, name }: { code: string; name?: string | undefined },
) {
  await store.lockPerson(ctx, accountId);
  return added(ctx, accountId, await confirmTotp(ctx, accountId, code, name));
}

/** Registers a passkey. @throws {Problem} as `registerPasskey` */
export async function addPasskey(
  ctx: TenantContext,
  accountId: string,
  made: { name: string; response: PasskeyRegistration },
  bound: string,
) {
  await store.lockPerson(ctx, accountId);
  return added(ctx, accountId, await registerPasskey(ctx, accountId, made, bound));
}

export const addOwnTotp = (ctx: TenantContext, input: { code: string; name?: string | undefined }) =>
  addTotp(ctx, personOf(ctx).accountId, input);

export function beginOwnPasskey(ctx: TenantContext) {
  const { accountId, sessionId } = personOf(ctx);
  return passkeyCreation(ctx, accountId, sessionId);
}

export function addOwnPasskey(ctx: TenantContext, made: { name: string; response: PasskeyRegistration }) {
  const { accountId, sessionId } = personOf(ctx);
  return addPasskey(ctx, accountId, made, sessionId);
}

/** @throws {Problem} 404 */
export const readFactor = async (ctx: TenantContext, id: string) =>
  shown(await store.find(ctx, personOf(ctx).accountId, id));

/** @throws {Problem} 404; 412, 428 */
export async function renameFactor(ctx: TenantContext, id: string, name: string) {
  const { accountId } = personOf(ctx);
  const before = await store.lock(ctx, accountId, id);
  ctx.requireVersion(before);
  const after = await store.rename(ctx, id, name);
  ctx.audit(Factor, { before: shown(before), after: shown(after), target: ofAccount(accountId) });
  return shown(after);
}

/**
 * Removes a factor: other sessions end, and with the last factor the recovery codes go.
 *
 * @throws {Problem} 404; 409 `last-way-in`, `last-owner`
 */
export async function removeFactor(ctx: TenantContext, id: string): Promise<void> {
  const { accountId, sessionId } = personOf(ctx);
  await store.lockPerson(ctx, accountId);
  const before = await store.lock(ctx, accountId, id);
  await holdOwners(ctx);
  const others = (await store.listOf(ctx, accountId)).filter((other) => other.id !== id);
  if (
    before.kind === 'passkey' &&
    !others.some(({ kind }) => kind === 'passkey') &&
    !(await hasOtherWay(ctx, accountId))
  )
    throw conflict('last-way-in', 'You sign in by this passkey only. Set a password or add another passkey first.');
  await store.remove(ctx, id);
  if (others.length === 0) store.removeCodes(ctx, accountId);
  const ended = await endOtherSessionsOf(ctx, accountId, sessionId);
  await requireUsableOwner(ctx);
  ctx.audit(Factor, { before: shown(before), target: ofAccount(accountId), details: { ended } });
  const what = before.kind === 'passkey' ? 'A passkey' : 'An authenticator app';
  tell(ctx, accountId, 'factor-removed', `${what} was removed from your account. Other sessions were ended.`);
}

/** Whether the account has a passkey or a generator. */
export const hasFactor = async (ctx: TenantContext, accountId: string): Promise<boolean> =>
  (await store.listOf(ctx, accountId)).length > 0;

const hasOtherWay = async (ctx: TenantContext, accountId: string) =>
  (await store.passwordHash(ctx, accountId)) !== undefined || (await store.hasExternalIdentity(ctx, accountId));

/** Makes new recovery codes; earlier ones are over. @throws {Problem} 409 `no-factor` */
export async function renewRecoveryCodes(ctx: TenantContext) {
  const { accountId } = personOf(ctx);
  await store.lockPerson(ctx, accountId);
  if ((await store.listOf(ctx, accountId)).length === 0)
    throw conflict(
      'no-factor',
      'Recovery codes stand in for a second factor. Add a passkey or an authenticator app first.',
    );
  const recoveryCodes = makeRecoveryCodes(ctx, accountId);
  ctx.audit(Factors, { target: ofAccount(accountId), details: { made: recoveryCodes.length } });
  tell(
    ctx,
    accountId,
    'recovery-codes-renewed',
    'New recovery codes were made for your account; earlier ones are over.',
  );
  return { recoveryCodes };
}

/**
 * Takes all factors and recovery codes of an account away, for somebody who lost them. The password stays; all sessions
 * end.
 *
 * @throws {Problem} 404; 403 `stronger-principal`; 409 `last-owner`
 */
export async function resetFactors(ctx: TenantContext, accountId: string): Promise<void> {
  await store.lockPerson(ctx, accountId);
  await requireNotStronger(ctx, accountId);
  await holdOwners(ctx);
  const removed = await store.removeAllOf(ctx, accountId);
  store.removeCodes(ctx, accountId);
  const ended = await endOtherSessionsOf(ctx, accountId, null);
  await requireUsableOwner(ctx);
  ctx.audit(Factors, { target: ofAccount(accountId), details: { removed, ended } });
  tell(
    ctx,
    accountId,
    'factors-reset',
    'An administrator removed the passkeys, authenticator apps and recovery codes of your account. Your sessions were ended.',
  );
}
