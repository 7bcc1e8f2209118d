import type { z } from 'zod';
import type { Actor } from '../../kernel/authenticate.ts';
import type { PlatformContext, TenantContext } from '../../kernel/context.ts';
import { formatLinkSecret, hashSecret, parseLinkSecret } from '../../kernel/credential-text.ts';
import { enterTenant, requireDoorOpen } from '../../kernel/enter.ts';
import { countGuess, forgiveGuess, networkOf, plainAddress } from '../../kernel/guesses.ts';
import { newId, randomLetters } from '../../kernel/ids.ts';
import { Reply } from '../../kernel/operation.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import { type Entered, enter, sessionOf } from '../sessions/service.ts';
import { DeviceRequest, type NewDeviceRequest } from './schema.ts';
import * as store from './store.ts';

/** Sign-in of a device without a browser, such as a command line: RFC 8628, with sessions as tokens. */

const LIFE_SECONDS = 600;
/** RFC 8628 section 3.5: what asks sooner is told to slow down. */
const INTERVAL_SECONDS = 5;
/** RFC 8628 section 6.1: no vowels, so that no words come about; 34 bits, guessed at ten times in ten minutes at most. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const MINUTES = 60;

const device: Actor = { kind: 'system', id: null, credentialId: null, door: 'link' };

const asTyped = (code: string) => code.toUpperCase().replace(/[^A-Z]/g, '');
const fingerprintOf = ({ platform, tenantId }: TenantContext, userCode: string) =>
  fingerprint(platform.fingerprintKey, `device ${tenantId}`, asTyped(userCode));

/**
 * Begins: the device shows the user code and the address to its person, and keeps the device code.
 *
 * @throws {Problem} 404 no such tenant; 421 when it is served elsewhere; 429 after 30 in a quarter of an hour from a network
 */
export async function beginDeviceSignIn(
  { platform, request }: PlatformContext,
  { tenantId, name }: z.output<typeof NewDeviceRequest>,
) {
  const place = await platform.locate(tenantId);
  if (!place) throw notFound('tenant');
  const network = networkOf(request.sourceAddress);
  await countGuess(platform, [{ purpose: 'device', of: [network], limit: 30, windowSeconds: 15 * MINUTES }]);
  const deviceCode = formatLinkSecret(tenantId);
  const letters = randomLetters(LETTERS, 8);
  const made = await enterTenant({ platform, place, tenantId, actor: device, request }, async (ctx) => {
    requireDoorOpen({ actor: { ...device, door: 'console' }, tenantStatus: ctx.identity.tenantStatus });
    await store.insert(ctx, {
      id: newId(),
      deviceCodeHash: hashSecret(deviceCode),
      userCodeFingerprint: fingerprintOf(ctx, letters),
      name,
      sourceAddress: plainAddress(request.sourceAddress),
      expiresAt: ctx.later(LIFE_SECONDS),
    });
    return true;
  });
  if (!made) throw notFound('tenant');
  const userCode = `${letters.slice(0, 4)}-${letters.slice(4)}`;
  const verificationUri = `${place.region.baseUrl}/t/${tenantId}/device`;
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: `${verificationUri}#${userCode}`,
    expiresInSeconds: LIFE_SECONDS,
    intervalSeconds: INTERVAL_SECONDS,
  };
}

const notYet = (code: string, detail: string) => new Problem(400, code, detail);
const expired = () =>
  notYet('expired-token', 'The code is used, refused or too old, or who allowed it has signed out. Begin again.');

/**
 * The device asks what its person said. The session that it gets has proved what the person's own session had, when that
 * had, so that one does not make the next without end. Whatever ended the person's own keeps the device out too.
 *
 * @throws {Problem} 400 `authorization-pending`, `slow-down`, `access-denied`, `expired-token` (RFC 8628 section 3.5)
 */
export async function finishDeviceSignIn(
  { platform, request }: PlatformContext,
  { deviceCode }: { deviceCode: string },
) {
  const tenantId = parseLinkSecret(deviceCode)?.tenantId;
  const place = tenantId && (await platform.locate(tenantId));
  if (!tenantId || !place) throw expired();
  const outcome = await enterTenant({ platform, place, tenantId, actor: device, request }, async (ctx) => {
    const found = await store.lockByDeviceCode(ctx, hashSecret(deviceCode));
    if (!found || found.expiresAt <= ctx.now) return expired();
    if (found.isAllowed === null) {
      await store.noteQuestion(ctx, found.id);
      // A second is left to networks that are not even.
      const isEarly = ctx.now.getTime() - found.askedAt.getTime() < (INTERVAL_SECONDS - 1) * 1000;
      if (isEarly && found.askedAt > found.createdAt) return notYet('slow-down', 'Wait longer between questions.');
      return notYet('authorization-pending', 'Nobody has typed the code yet. Ask again.');
    }
    await store.consume(ctx, found.id);
    if (!found.isAllowed || !found.accountId) return notYet('access-denied', 'The person refused it.');
    const session = found.sessionId ? await sessionOf(ctx, found.sessionId) : undefined;
    if (!session) return expired();
    return enter(ctx, {
      accountId: found.accountId,
      method: 'device',
      identityProviderId: found.identityProviderId,
      hasSecondFactor: found.hasSecondFactor ?? false,
      provedAt: session.provedAt,
      via: session.method,
    });
  });
  if (!outcome) throw expired();
  if (outcome instanceof Problem) throw outcome;
  return signedIn(outcome);
}

/** The proof of a device is never half of one. */
function signedIn(entered: Entered): Reply {
  if (entered.kind !== 'session') throw expired();
  return new Reply(entered.session, { status: 201, headers: { 'set-cookie': entered.cookies } });
}

/** @throws {Problem} 404 a code that does not wait for anybody; 429 after 10 wrong ones in a quarter of an hour */
async function waiting(ctx: TenantContext, userCode: string) {
  const { platform, tenantId, actor } = ctx;
  const limits = [{ purpose: 'device-code', of: [tenantId, actor.id ?? ''], limit: 10, windowSeconds: 15 * MINUTES }];
  await countGuess(platform, limits);
  const found = await store.lockUndecided(ctx, fingerprintOf(ctx, userCode));
  if (!found) throw notFound('device-request');
  await forgiveGuess(platform, limits);
  return found;
}

/** What waits behind a code that a person typed. */
export const readDeviceRequest = (ctx: TenantContext, { userCode }: { userCode: string }) => waiting(ctx, userCode);

/**
 * Lets the device in as the caller, or refuses it.
 *
 * @throws {Problem} 404 a code that does not wait for anybody; 403 for a machine
 */
export async function decideDeviceRequest(ctx: TenantContext, userCode: string, isAllowed: boolean): Promise<void> {
  const { kind, id, credentialId } = ctx.actor;
  const session = kind === 'account' && credentialId ? await sessionOf(ctx, credentialId) : undefined;
  if (!session || !id) throw notFound('device-request');
  const found = await waiting(ctx, userCode);
  await store.decide(ctx, found.id, {
    isAllowed,
    accountId: id,
    sessionId: session.id,
    identityProviderId: session.identityProviderId,
    hasSecondFactor: session.secondFactorAt !== null,
  });
  ctx.audit(DeviceRequest, { after: found, target: { kind: 'account', id } });
}
