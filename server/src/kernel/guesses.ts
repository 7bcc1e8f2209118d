import { isIPv4, isIPv6 } from 'node:net';
import { ask, type Pool } from './database/pool.ts';
import { tooMany } from './problem.ts';
import type { Platform } from './regions.ts';
import { fingerprint } from './secrets.ts';

/**
 * Limits of guessing, counted over all nodes in the home cell of the first of the served regions. A row holds a keyed
 * fingerprint of what was guessed at and from where, never the address; `kernel/sweep.ts` keeps rows 24 hours.
 */
export interface GuessLimit {
  /** What is counted, for example `sign-in-source`. */
  purpose: string;
  /** Parts that together are guessed at; known and unknown names are counted alike. */
  of: readonly string[];
  /** Wrong guesses in a window. */
  limit: number;
  /** Length of the fixed windows, which begin at multiples of it. */
  windowSeconds: number;
}

const windowOf = (seconds: string) =>
  `date_bin(make_interval(secs => ${seconds}), platform_time(), timestamptz 'epoch')`;

const countStatement = `
  insert into guesses as g (fingerprint, period, count)
  select each.fingerprint, ${windowOf('each.seconds')}, 1
  from unnest($1::bytea[], $2::int[]) as each (fingerprint, seconds) order by each.fingerprint
  on conflict (fingerprint, period) do update set count = g.count + 1
  returning fingerprint, count, extract(epoch from platform_time() - period)::int as "ageSeconds"`;

const readStatement = `
  select g.fingerprint, g.count, extract(epoch from platform_time() - g.period)::int as "ageSeconds"
  from unnest($1::bytea[], $2::int[]) as each (fingerprint, seconds)
  join guesses g on g.fingerprint = each.fingerprint and g.period = ${windowOf('each.seconds')}`;

// Rows are held in one order, as where they are counted, so that no two wait for each other.
const forgiveStatement = `
  with held as (
    select g.fingerprint, g.period
    from unnest($1::bytea[], $2::int[]) as each (fingerprint, seconds)
    join guesses g on g.fingerprint = each.fingerprint and g.period = ${windowOf('each.seconds')}
    order by g.fingerprint for update of g)
  update guesses set count = greatest(0, guesses.count - 1)
  from held where guesses.fingerprint = held.fingerprint and guesses.period = held.period`;

interface Counted {
  fingerprint: Buffer;
  count: number;
  ageSeconds: number;
}

/** The cell that counts for this node: the same for all nodes that serve the same regions. */
function cellOf(platform: Platform): Pool {
  const [first] = [...platform.regions.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  return first?.cells[0] as Pool;
}

const keysOf = (platform: Platform, limits: readonly GuessLimit[]) =>
  limits.map((each) => ({
    ...each,
    key: fingerprint(platform.fingerprintKey, `guess ${each.purpose}`, JSON.stringify(each.of)),
  }));

async function run(platform: Platform, name: string, text: string, limits: readonly GuessLimit[]) {
  const keyed = keysOf(platform, limits);
  const rows = await ask<Counted>(cellOf(platform), {
    name,
    text,
    values: [keyed.map(({ key }) => key), keyed.map(({ windowSeconds }) => windowSeconds)],
  });
  return rows.flatMap(({ fingerprint: found, count, ageSeconds }) => {
    const limit = keyed.find(({ key }) => key.equals(found));
    return limit ? [{ count, limit: limit.limit, leftSeconds: limit.windowSeconds - ageSeconds }] : [];
  });
}

function refuse(over: { leftSeconds: number }[]) {
  if (over.length === 0) return;
  throw tooMany(
    'There were too many wrong attempts. Wait, then try again.',
    Math.max(...over.map(({ leftSeconds }) => leftSeconds)),
  );
}

/** @throws {Problem} 429 with Retry-After when a limit is used up; nothing is written, so that waiting is enough */
export async function requireGuessesLeft(platform: Platform, limits: readonly GuessLimit[]): Promise<void> {
  refuse((await run(platform, 'guesses-read', readStatement, limits)).filter(({ count, limit }) => count >= limit));
}

/**
 * Counts a guess, in one commit, before its outcome is told: of many at once over many nodes no more than the limit
 * learn theirs.
 *
 * @throws {Problem} 429 when it is one too many; its outcome must not be told then
 */
export async function countGuess(platform: Platform, limits: readonly GuessLimit[]): Promise<void> {
  refuse((await run(platform, 'guesses-count', countStatement, limits)).filter(({ count, limit }) => count > limit));
}

/** Takes back the count of a guess that was right. */
export async function forgiveGuess(platform: Platform, limits: readonly GuessLimit[]): Promise<void> {
  await run(platform, 'guesses-forgive', forgiveStatement, limits);
}

/**
 * The network from which a request comes, as limits count it: one IPv4 address, or the /64 that an IPv6 customer has.
 *
 * @returns CIDR; `0.0.0.0/32` when the address is not known
 */
export function networkOf(address: string | null): string {
  const plain = plainAddress(address);
  if (plain === null) return '0.0.0.0/32';
  if (isIPv4(plain)) return `${plain}/32`;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const used = left.length + right.length + (plain.includes('.') ? 1 : 0);
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - used).fill('0'), ...right];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** An address without zone, IPv4 in its own form; null when it is none. */
export function plainAddress(address: string | null): string | null {
  if (address !== null && isIPv4(address)) return address;
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIPv4(plain) || isIPv6(plain) ? plain : null;
}
