import type { PlatformContext } from '../../kernel/context.ts';
import { hashSecret } from '../../kernel/credential-text.ts';
import { randomBase62, randomLetters } from '../../kernel/ids.ts';
import type { Platform } from '../../kernel/regions.ts';
import { fingerprint } from '../../kernel/secrets.ts';

/**
 * The browser that asked for a sign-in link, which is the one that the link lets in: who talks somebody into opening a
 * link gets no session of theirs, and signs nobody in as somebody else.
 */

const name = '__Host-bailiwick-link';

const heldBy = ({ request }: PlatformContext): string | undefined => {
  const value = request.cookies?.[name] ?? '';
  return /^[0-9A-Za-z]{32}$/.test(value) ? value : undefined;
};

/** What is kept of the browser with a link; undefined when it asked for none. */
export function browserHash(ctx: PlatformContext): Buffer | undefined {
  const value = heldBy(ctx);
  return value === undefined ? undefined : hashSecret(value);
}

/** Has the browser that asks known again, whether or not anything is mailed. */
export function askingBrowser(ctx: PlatformContext, seconds: number): { hash: Buffer; cookie: string } {
  const value = heldBy(ctx) ?? randomBase62(32);
  return {
    hash: hashSecret(value),
    cookie: `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Lax`,
  };
}

/** No vowels, so that no words come about; 34 bits, guessed at five times for a link. */
export const newCode = (): string => randomLetters('BCDFGHJKLMNPQRSTVWXZ', 8).replace(/^.{4}/, '$&-');

export const codeHash = ({ fingerprintKey }: Platform, typed: string): Buffer =>
  fingerprint(fingerprintKey, 'link code', typed.toUpperCase().replace(/[^A-Z]/g, ''));
