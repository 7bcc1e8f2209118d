import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once, type Typed } from './arguments.ts';
import { type KeptSession, keptSession, requirePrivate } from './session-file.ts';
import { Usage } from './usage.ts';

export interface Settings {
  url: string;
  key: string | undefined;
  /** Of `bailiwick login`; a key goes before it. */
  session: KeptSession | undefined;
  /** @throws {Usage} neither flag, setting nor key names one */
  tenant: () => string;
}

export type Env = Record<string, string | undefined>;

export function settingsOf(typed: Typed, env: Env, home: string): Settings {
  if (typed.flags.some(({ name }) => name === 'key'))
    throw new Usage(
      'A key on the command line can be read by other people of this machine. Set BAILIWICK_KEY, or keep it in a file: see bailiwick help',
    );
  const url = urlOf(typed, env);
  const named = once(typed, 'tenant') ?? (env.BAILIWICK_TENANT || undefined);
  const key = env.BAILIWICK_KEY?.trim() || keyOfFile(home);
  const session = key ? undefined : keptSession(home, url);
  return {
    url: session?.baseUrl ?? url,
    key,
    session,
    tenant: () => {
      const tenant = named ?? (key ? tenantOfKey(key) : session?.tenantId);
      if (!tenant)
        throw new Usage(
          'Which tenant? Say --tenant <id>, set BAILIWICK_TENANT, use a key of the tenant, or type bailiwick login.',
        );
      return tenant;
    },
  };
}

/** @throws {Usage} it is none */
export function urlOf(typed: Typed, env: Env): string {
  const url = once(typed, 'url') ?? (env.BAILIWICK_URL || 'http://localhost:7070');
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new Usage(`${JSON.stringify(url)} is not a base URL such as https://eu.example.com (--url or BAILIWICK_URL).`);
}

/** @throws {Usage} others could read it */
function keyOfFile(home: string): string | undefined {
  const file = join(home, '.config', 'bailiwick', 'key');
  if (!requirePrivate(file)) return undefined;
  return readFileSync(file, 'utf8').trim() || undefined;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The tenant that a key says it belongs to: 22 base62 characters after its kind (design, section 8). */
export function tenantOfKey(key: string): string | undefined {
  const claim = /^bwk_(?:sa|pt|sk|ak)_([0-9A-Za-z]{22})/.exec(key)?.[1];
  if (!claim) return undefined;
  let value = 0n;
  for (const character of claim) value = value * 62n + BigInt(alphabet.indexOf(character));
  const hex = value.toString(16).padStart(32, '0');
  return hex.length > 32 ? undefined : hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
