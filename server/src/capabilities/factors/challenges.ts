import { timingSafeEqual } from 'node:crypto';
import type { TenantContext } from '../../kernel/context.ts';
import { hashSecret } from '../../kernel/credential-text.ts';
import { randomBase62 } from '../../kernel/ids.ts';
import type { Platform } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';
import * as store from './store.ts';

/**
 * Challenges of passkeys carry their own end and a seal over what they are for, so that any node knows them again and
 * nothing is stored before one is answered.
 */

export const CHALLENGE_SECONDS = 300;

/** @param bound the session or unfinished sign-in that it belongs to; empty before anybody is known */
export interface ChallengeUse {
  purpose: 'sign-in' | 'second-factor' | 'step-up' | 'enrolment';
  bound: string;
}

const sealOf = (platform: Platform, { purpose, bound }: ChallengeUse, text: string) =>
  fingerprint(platform.fingerprintKey, `passkey challenge ${purpose}`, JSON.stringify([bound, text]));

export function makeChallenge(platform: Platform, now: Date, use: ChallengeUse): string {
  const text = `${now.getTime() + CHALLENGE_SECONDS * 1000}.${randomBase62(32)}`;
  return Buffer.from(`${text}.${sealOf(platform, use, text).toString('base64url')}`).toString('base64url');
}

/** Whether the challenge was made for this use and is not too old. */
export function isChallenge(platform: Platform, now: Date, use: ChallengeUse, challenge: string): boolean {
  const [expires = '', random = '', seal = ''] = Buffer.from(challenge, 'base64url').toString().split('.');
  const given = Buffer.from(seal, 'base64url');
  const expected = sealOf(platform, use, `${expires}.${random}`);
  return given.length === expected.length && timingSafeEqual(given, expected) && Number(expires) > now.getTime();
}

/** Uses a challenge up, once over all nodes. @returns whether it was not used before */
export const spendChallenge = (ctx: TenantContext, challenge: string): Promise<boolean> =>
  store.spend(ctx, hashSecret(challenge), ctx.later(CHALLENGE_SECONDS));
