import { hostname } from 'node:os';
import { BailiwickProblem, createBailiwick } from '@bailiwick/sdk';
import { has, once, type Typed, typedOf } from './arguments.ts';
import { asksForHelp, loginHelp } from './help.ts';
import type { Surroundings } from './run.ts';
import { forgetSession, type KeptSession, keepSession, keptSession } from './session-file.ts';
import { urlOf } from './settings.ts';
import { Usage } from './usage.ts';

/** `bailiwick login` and `logout`: a session of a person, by a browser that may be on another machine (RFC 8628). */

const flags = ['url', 'tenant', 'name', 'help', 'verbose'];

function wordsOf(verb: string, words: string[]): Typed | undefined {
  const typed = typedOf(words, () => false);
  if (has(typed, 'help') || (words.length === 1 && asksForHelp(words[0]))) return undefined;
  const unknown = typed.flags.find(({ name }) => !flags.includes(name));
  if (unknown) throw new Usage(`${verb} has no --${unknown.name}. See bailiwick ${verb} --help`);
  if (typed.positionals.length > 0) throw new Usage(`${verb} takes no ${JSON.stringify(typed.positionals[0])}.`);
  return typed;
}

/**
 * Waits until somebody typed the code that is shown, and keeps the session in a file that only its owner can read.
 *
 * @throws {Usage} the command line is wrong
 * @throws {BailiwickProblem} refused, or nobody typed the code in time
 */
export async function login(words: string[], around: Surroundings): Promise<0> {
  const { env, home, version, warn, write, wait } = around;
  const typed = wordsOf('login', words);
  if (!typed) {
    write(loginHelp);
    return 0;
  }
  const url = urlOf(typed, env);
  const earlier = keptSession(home, url);
  const tenantId = once(typed, 'tenant') ?? (env.BAILIWICK_TENANT || earlier?.tenantId);
  if (!tenantId) throw new Usage('Into which tenant? Say --tenant <id>, as in the address of its console: /t/<id>');
  const headers = { 'user-agent': `bailiwick-cli/${version}` };
  const name = once(typed, 'name') ?? `bailiwick on ${hostname()}`.slice(0, 100);
  const { data: codes } = await createBailiwick({ baseUrl: url, headers }).deviceSignIn.begin({
    body: { tenantId, name },
  });
  warn(`Open ${codes.verificationUri} in a browser and type ${codes.userCode}\n`);
  warn(`or open ${codes.verificationUriComplete}\n`);

  const baseUrl = new URL(codes.verificationUri).origin;
  const known = earlier?.cookies ?? {};
  // What is known of this machine goes along, so that its person is not told of a new one each time.
  const cookie = Object.entries(known).filter(([name]) => name.includes('device'));
  const client = createBailiwick({ baseUrl, headers: { ...headers, ...cookieHeader(Object.fromEntries(cookie)) } });
  const endsAt = Date.now() + codes.expiresInSeconds * 1000;
  // RFC 8628 section 3.5: a server that does not answer, or not yet, is asked less often.
  for (let seconds = codes.intervalSeconds; ; ) {
    await wait(seconds * 1000);
    try {
      const { response, data } = await client.deviceSignIn.finish({ body: { deviceCode: codes.deviceCode } });
      keepCookies(home, { url, baseUrl, tenantId, cookies: Object.fromEntries(cookie) }, response);
      warn(`Signed in as ${data.displayName}. The session is kept in this account's files until bailiwick logout.\n`);
      return 0;
    } catch (error) {
      const code = error instanceof BailiwickProblem ? error.code : '';
      if (code === 'slow-down') seconds += 5;
      else if (isSilence(error) || isBusy(error)) seconds = Math.min(60, seconds * 2);
      else if (code !== 'authorization-pending') throw error;
      if (Date.now() > endsAt) throw error;
    }
  }
}

/** Ends the session on the server, and forgets it here whatever the server said. */
export async function logout(words: string[], around: Surroundings): Promise<0> {
  const { env, home, version, warn, write } = around;
  const typed = wordsOf('logout', words);
  if (!typed) {
    write(loginHelp);
    return 0;
  }
  const url = urlOf(typed, env);
  const kept = keptSession(home, url);
  if (!kept) throw new Usage(`There is no session of ${url}.`);
  try {
    const headers = { 'user-agent': `bailiwick-cli/${version}`, ...sessionHeaders(kept) };
    await createBailiwick({ baseUrl: kept.baseUrl, headers }).sessions.endCurrent();
  } catch (error) {
    // One that is over already is what was wanted.
    if (!(error instanceof BailiwickProblem) || error.status !== 401) throw error;
  } finally {
    forgetSession(home, url);
  }
  warn('Signed out.\n');
  return 0;
}

/** What a session sends with each request: a change needs to say where it comes from. */
export const sessionHeaders = ({ baseUrl, cookies }: KeptSession): Record<string, string> => ({
  ...cookieHeader(cookies),
  origin: baseUrl,
  'x-bailiwick-csrf': '1',
});

const cookieHeader = (cookies: Record<string, string>): Record<string, string> => {
  const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return pairs.length > 0 ? { cookie: pairs.join('; ') } : {};
};

function cookieOf(header: string): [string, string] {
  const [name = '', value = ''] = (header.split(';')[0] ?? '').split('=');
  return [name, value];
}

/** Keeps what an answer sets, as a browser would: a session that proved again who it is has another secret from then on. */
export function keepCookies(home: string, session: KeptSession, { headers }: Response): void {
  const set = headers.getSetCookie().map(cookieOf);
  if (set.length === 0) return;
  const cookies = Object.entries({ ...session.cookies, ...Object.fromEntries(set) }).filter(
    ([, value]) => value !== '',
  );
  keepSession(home, { ...session, cookies: Object.fromEntries(cookies) });
}

const isSilence = (error: unknown) => error instanceof TypeError && error.message === 'fetch failed';
const isBusy = (error: unknown) => error instanceof BailiwickProblem && [429, 502, 503, 504].includes(error.status);
