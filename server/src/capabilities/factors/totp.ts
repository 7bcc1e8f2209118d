import { Secret, TOTP } from 'otpauth';
import type { TenantContext } from '../../kernel/context.ts';
import { newId, randomLetters } from '../../kernel/ids.ts';
import { conflict, invalid } from '../../kernel/problem.ts';
import * as store from './store.ts';

/** Generators of one-time codes (RFC 6238): six digits, 30 seconds, as every app reads them. */

const PERIOD_SECONDS = 30;
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** 160 bits (RFC 4226 section 4). */
const SEED_LETTERS = 32;
const SETTING_UP_SECONDS = 3600;
/** Each more makes guessing likelier: an old telephone and a new one. */
const MAX_GENERATORS = 2;

const generator = (seed: string, named: { issuer?: string; label?: string } = {}) =>
  new TOTP({ ...named, secret: Secret.fromBase32(seed), algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS });

const seedOf = (ctx: TenantContext, { id, seed }: { id: string; seed: Buffer | null }) =>
  ctx.keys.open(seed as Buffer, 'factors', id, 'seed');

/** The time step that a code is of: this one, or the one before or after; undefined when it is of none. */
function stepOf(seed: string, code: string, now: Date): number | undefined {
  const timestamp = now.getTime();
  const delta = generator(seed).validate({ token: code, timestamp, window: 1 });
  return delta === null ? undefined : TOTP.counter({ period: PERIOD_SECONDS, timestamp }) + delta;
}

/** Begins to set up a generator, which counts once a code of it was typed; one begun earlier is over. */
export async function beginTotp(ctx: TenantContext, accountId: string) {
  const { email, username } = await store.person(ctx, accountId);
  const id = newId();
  const secret = randomLetters(BASE_32, SEED_LETTERS);
  await store.insertGenerator(ctx, { id, accountId, seed: await ctx.keys.seal(secret, 'factors', id, 'seed') });
  const uri = generator(secret, { issuer: ctx.identity.tenantDisplayName, label: email ?? username }).toString();
  return { id, secret, uri, expiresAt: ctx.later(SETTING_UP_SECONDS) };
}

/**
 * Confirms the generator that was begun last, by a code of it.
 *
 * @throws {Problem} 400 that names `code`; 409 `nothing-begun`, `too-many-factors`
 */
export async function confirmTotp(ctx: TenantContext, accountId: string, code: string, name = 'Authenticator app') {
  const begun = await store.lockBegunGenerator(ctx, accountId, ctx.later(-SETTING_UP_SECONDS));
  if (!begun) throw conflict('nothing-begun', 'No authenticator app is being set up, or it took an hour. Begin again.');
  const step = stepOf(await seedOf(ctx, begun), code, ctx.now);
  if (step === undefined)
    throw invalid({ path: 'code', message: 'is not the code that the app shows now; look at the clock of its device' });
  if ((await store.generatorsOf(ctx, accountId)).length >= MAX_GENERATORS)
    throw conflict('too-many-factors', `You have ${MAX_GENERATORS} authenticator apps. Remove one first.`);
  return store.confirmGenerator(ctx, begun.id, { name, step });
}

/** Uses a code of one of the account's generators, which counts once over all nodes. @returns whether it was one */
export async function useTotp(ctx: TenantContext, accountId: string, code: string): Promise<boolean> {
  for (const factor of await store.generatorsOf(ctx, accountId)) {
    const step = stepOf(await seedOf(ctx, factor), code, ctx.now);
    if (step !== undefined && (await store.takeStep(ctx, factor.id, step))) return true;
  }
  return false;
}
